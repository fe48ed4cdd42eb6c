//! Guesses: a mapping for a file that nobody has described, from the names of its columns and their values.

mod choice;
mod column;
mod customer;
mod date;
mod draft;
mod event;
mod notation;
mod order;
mod refund;
mod table;
mod word;

use std::collections::{BTreeMap, BTreeSet};

use choice::{Choice, kind as kind_of};
use column::Column;
use draft::Draft;
use rust_decimal::Decimal;
use serde::Serialize;
use table::Table;
use tierhook_model::{BookZone, Currency, FactKind, Moment, NewFact, Text, grouped};
use word::{Role, is_total};

use crate::money::read_currency;
use crate::{
    ImportContext, ImportError, ImportKind, Mapping, ReadReport, RejectedFile, RejectedRow, Sink, SinkError, import,
};

/// How many values of a column are shown.
const EXAMPLES: usize = 3;
/// How many customers and facts of the sample are told.
const TOLD: usize = 200;
/// Why a row without a customer is left out.
const NO_CUSTOMER: &str = "no customer";
/// Why a row that sums up others is left out.
const TOTAL: &str = "a total";

/// A mapping that was guessed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Guess {
    /// What the rows seem to be.
    pub kind: ImportKind,
    /// The mapping file: it can be read by [`Mapping::parse`], and says in comments what is unsure.
    pub mapping_toml: String,
    /// The columns of the file in their order.
    pub columns: Vec<ColumnGuess>,
    /// What somebody who knows the file should answer, and what was taken until then.
    pub questions: Vec<Text>,
    /// What reading the sample by the mapping came to.
    pub trial: ReadReport,
    /// The ids of customers in the sample as the mapping reads them: different ones, at most 200, sorted.
    pub customers: Vec<String>,
    /// By which keys the sample's first facts are known again, at most 200.
    pub facts: Vec<(FactKind, String)>,
}

/// What a column was guessed to be.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ColumnGuess {
    /// The column.
    pub column: String,
    /// The key in the mapping that it was taken for, such as `line.quantity`; `None` if it is not taken.
    pub key: Option<String>,
    /// How sure that is, from 0 to 1; 0 if the column is not taken.
    pub confidence: f64,
    /// Its first different values; none of an empty column.
    pub examples: Vec<String>,
}

/// Why no mapping can be guessed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GuessError {
    /// The file cannot be read.
    #[error(transparent)]
    Unreadable(#[from] ImportError),
    /// There is nothing to learn from.
    #[error("the file has no rows; give one with a header and some rows")]
    NoRows,
    /// It is what an import wrote out, not a list.
    #[error(
        "this is a file of rejected rows: correct them in the list that they come from, and import that again; what is in \
         stays as it is"
    )]
    Rejected,
    /// No column says who the customer is.
    #[error(
        "none of the columns {columns} says who the customer is; export the list with a customer number, phone or name"
    )]
    NoCustomer {
        /// The columns.
        columns: String,
    },
    /// A column that the kind needs is not there.
    #[error("none of the columns {columns} is {what}, which {kind} need; name it in a mapping of your own")]
    NoColumn {
        /// The columns.
        columns: String,
        /// What is missing.
        what: &'static str,
        /// What the rows seem to be.
        kind: ImportKind,
    },
}

/// Guesses a mapping from the beginning of a file: its header and some hundred rows or more. Of a workbook, which cannot
/// be read in part, `sample` is the whole file. `kind` is what the rows are, if somebody knows.
///
/// # Errors
/// [`GuessError`] if the file cannot be read or lacks a column without which no mapping can be written.
pub fn guess(sample: &[u8], file_name: &str, kind: Option<ImportKind>) -> Result<Guess, GuessError> {
    let table = Table::read(sample)?;
    let columns: Vec<Column<'_>> =
        table.columns.iter().enumerate().map(|(at, name)| Column::new(name, table.values(at))).collect();
    if table.rows.is_empty() || columns.is_empty() {
        return Err(GuessError::NoRows);
    }
    if table.columns == RejectedFile::<Vec<u8>>::COLUMNS {
        return Err(GuessError::Rejected);
    }
    let kind = kind.unwrap_or_else(|| kind_of(&columns, file_name));
    let mut draft = Draft::new(&table, &columns, kind, file_name, &source_of(file_name, kind));
    match kind {
        ImportKind::Orders => order::draft(&mut draft)?,
        ImportKind::Customers => customer::draft_customers(&mut draft)?,
        ImportKind::Contacts => customer::draft_contacts(&mut draft)?,
        ImportKind::Interactions => event::draft_interactions(&mut draft, file_name)?,
        ImportKind::Feedback => event::draft_feedback(&mut draft, file_name)?,
        ImportKind::Measures => event::draft_measures(&mut draft)?,
    }
    if let [first, others @ ..] = &table.sheets[..]
        && !others.is_empty()
    {
        let others = others.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        draft.ask(
            format!("the workbook has other sheets, too: {others}. Only `{first}` is read; another one is named by `sheet` under [file]"),
            format!("工作簿还有其他工作表：{others}；只读取了 `{first}`，其他工作表请在 [file] 下用 sheet 指定"),
        );
    }
    let drafted = draft.finish();
    let (mapping_toml, used, mut questions) = (drafted.text, drafted.used, drafted.questions);
    let (trial, Ids { customers, facts }) = trial(&mapping_toml, &table, &columns)?;
    let customers = customers.into_iter().collect();
    let left: Vec<String> = trial
        .rejected
        .iter()
        .filter(|(reason, _)| !drafted.asked.contains(reason))
        .map(|(reason, rows)| format!("{reason}: {}", grouped(&rows.to_string())))
        .collect();
    if !left.is_empty() {
        let (rows, left) = (grouped(&trial.rows.to_string()), left.join("; "));
        questions.push(Text::new(
            format!("of {rows} rows of the sample some are left out ({left}); is that right?"),
            format!("样本 {rows} 行中有些不计（{}），对吗？", in_chinese(&left)),
        ));
    }
    let columns = columns.iter().zip(used).map(|(column, used)| {
        // A phone that says who the customer is, is this before all else.
        let says_who = |key: &str| key == "customer";
        let best = used.into_iter().max_by(|a, b| says_who(&a.0).cmp(&says_who(&b.0)).then(a.1.total_cmp(&b.1)));
        let (key, confidence) = best.map_or((None, 0.0), |(key, sureness)| (Some(key), sureness));
        ColumnGuess { column: column.name.to_owned(), key, confidence, examples: examples(column) }
    });
    Ok(Guess { kind, mapping_toml, columns: columns.collect(), questions, trial, customers, facts })
}

/// The first different values of a column.
fn examples(column: &Column<'_>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for value in column.values.iter().filter(|value| !value.is_empty()) {
        if !found.iter().any(|known| known == value) {
            found.push((*value).to_owned());
        }
        if found.len() == EXAMPLES {
            break;
        }
    }
    found
}

/// Whom a sample is about, and the keys of what it tells, as far as they are told.
#[derive(Debug, Default)]
struct Ids {
    customers: BTreeSet<String>,
    facts: Vec<(FactKind, String)>,
}

impl Sink for Ids {
    fn facts(&mut self, facts: Vec<NewFact>) -> Result<(), SinkError> {
        for fact in facts {
            if self.facts.len() < TOLD {
                self.facts.push((fact.body.kind(), fact.key.id));
            }
            if self.customers.len() < TOLD {
                self.customers.insert(fact.record.id);
            }
        }
        Ok(())
    }

    fn rejected(&mut self, _: &RejectedRow) -> Result<(), SinkError> {
        Ok(())
    }
}

/// Reads the sample by the mapping. Returns what came of it, and whom it is about.
fn trial(mapping: &str, table: &Table, columns: &[Column<'_>]) -> Result<(ReadReport, Ids), GuessError> {
    let mapping = Mapping::parse(mapping, "the guess")
        .map_err(|error| ImportError::Expression { key: "the guess".to_owned(), problem: error.to_string() })?;
    let mut context = ImportContext::new(BookZone::utc(), Currency::CNY, Moment(0));
    // Whether there is a rate for a currency is no question of the file.
    let codes = columns.iter().filter(|column| column.fits(Role::Currency)).flat_map(|column| column.distinct.keys());
    let known = ["USD", "EUR", "GBP", "HKD"];
    context.rates = codes
        .copied()
        .chain(known)
        .filter_map(|code| Some((read_currency(code, Currency::CNY).ok()?, Decimal::ONE)))
        .collect();
    let mut ids = Ids::default();
    let report = import(&table.bytes[..], &mapping, &context, &mut ids)?;
    Ok((report, ids))
}

/// Makes the name of a source system from that of a file, without what differs from export to export.
fn source_of(file_name: &str, kind: ImportKind) -> String {
    let name = file_name.rsplit(['/', '\\']).next().unwrap_or(file_name);
    let stem = name.split('.').find(|part| !part.is_empty()).unwrap_or(name);
    let words = stem.split(|c: char| !c.is_alphanumeric()).map(|word| word.trim_matches(|c: char| c.is_ascii_digit()));
    let source = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-").to_lowercase();
    if source.is_empty() { kind.name().to_owned() } else { source }
}

/// Says in Chinese why rows are left out, where that is for what every list has.
fn in_chinese(reasons: &str) -> String {
    let said = [
        (NO_CUSTOMER, "没有客户"),
        (TOTAL, "合计行"),
        ("is no date", "不是日期"),
        ("is no number", "不是数字"),
        ("is empty", "为空"),
    ];
    said.iter().fold(reasons.to_owned(), |text, (en, zh)| text.replace(en, zh))
}

/// The names of all columns, for messages.
fn names(columns: &[Column<'_>]) -> String {
    columns.iter().map(|column| format!("`{}`", column.name)).collect::<Vec<_>>().join(", ")
}

/// Writes the column that says who the customer is, and the rejection of rows where it is empty.
fn write_customer(draft: &mut Draft<'_>, choice: &Choice) -> Result<usize, GuessError> {
    let roles = [Role::Customer, Role::Phone, Role::Handle, Role::Email, Role::Company, Role::Name];
    let columns = draft.columns;
    let found = roles.into_iter().find_map(|role| {
        choice
            .get(role)
            .filter(|(column, _)| !columns[*column].is_masked())
            .map(|(column, sureness)| (role, column, sureness))
    });
    let Some((role, at, sureness)) = found else {
        return Err(GuessError::NoCustomer { columns: names(columns) });
    };
    let column = &columns[at];
    let name = column.name;
    if role == Role::Name || role == Role::Company {
        draft.ask(
            format!(
                "customers are told apart by `{name}`: two of one name are one customer. Is there a customer number or \
                 phone?"
            ),
            format!("客户按 `{name}` 区分，同名视为同一客户；有客户编号或电话吗？"),
        );
    }
    // Data frames write a column of numbers with gaps as 17850.0.
    let whole =
        |value: &str| value.strip_suffix(".0").is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()));
    if column.filled > 0 && column.share(whole) == 100 {
        draft.expression("customer", at, sureness, &format!("{}.replace(\".0\", \"\")", notation::cell(name)));
    } else {
        draft.column("customer", at, sureness);
    }
    if role == Role::Phone && column.is_chinese_phones() {
        draft.write("customer_is", "\"phone\"", "in whatever spelling");
    }
    if column.filled < column.values.len() {
        draft.reject(&format!("{} == \"\"", notation::cell(name)), NO_CUSTOMER);
    }
    let totals: Vec<String> =
        column.distinct.keys().filter(|it| is_total(it)).map(|it| notation::literal(it)).collect();
    if !totals.is_empty() {
        draft.reject(&format!("{} in [{}]", notation::cell(name), totals.join(", ")), TOTAL);
    }
    Ok(at)
}

/// Writes an expression that turns each known value of a column into another text; others stay as they are.
fn switched(column: &Column<'_>, pairs: &BTreeMap<&str, &str>) -> String {
    let cell = notation::cell(column.name);
    if pairs.is_empty() {
        return cell;
    }
    let arms: Vec<String> =
        pairs.iter().map(|(from, to)| format!("{} => {}", notation::literal(from), notation::literal(to))).collect();
    format!("switch {cell} {{ {}, _ => {cell} }}", arms.join(", "))
}

#[cfg(test)]
mod tests;
