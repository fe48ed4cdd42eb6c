//! A mapping's terms, compiled for the columns of one file.

use std::borrow::Cow;

use rust_decimal::Decimal;
use tierhook_model::{BookZone, Day, Moment};
use tierhook_script::expression::{Evaluator, ExpressionColumn, ExpressionSource, ExpressionValue, Expressions};

use crate::ImportError;
use crate::mapping::{Mapping, Term, TermId, TermSource};
use crate::number::NumberFormat;
use crate::phone::{PhoneError, as_dialled, is_rounded, normalise_phones, normalise_split};
use crate::row::{Rejection, Row};
use crate::when::{When, YEARS};

/// A mapping's terms, compiled for the columns of one file.
#[derive(Debug)]
pub(crate) struct Formulas<'m> {
    mapping: &'m Mapping,
    columns: Vec<String>,
    /// The numbers of the columns that expressions see as numbers.
    numbers: Vec<usize>,
    list: Vec<Formula>,
    expressions: Expressions,
    /// Whether dates may be ISO dates whatever the formats say, because the file has dates of its own.
    dated: bool,
}

/// Where a term's value comes from. Most terms are just a column, and need no script.
#[derive(Debug)]
enum Formula {
    Column(usize),
    Constant,
    Computed(usize),
}

/// A value of a row.
#[derive(Clone, Debug, PartialEq)]
enum Datum<'r> {
    Text(Cow<'r, str>),
    Number(Decimal),
    Boolean(bool),
    Nothing,
}

impl<'m> Formulas<'m> {
    /// Compiles all terms of a mapping. `dated` says that the file has dates of its own, which come as ISO dates.
    pub(crate) fn compile(mapping: &'m Mapping, columns: &[String], dated: bool) -> Result<Self, ImportError> {
        let mut numbers = Vec::new();
        for name in &mapping.format.numbers {
            let at = columns
                .iter()
                .position(|column| column == name)
                .ok_or_else(|| unknown_column(mapping, columns, name))?;
            numbers.push(at);
        }
        let typed = columns
            .iter()
            .enumerate()
            .map(|(at, name)| ExpressionColumn { name: name.clone(), numeric: numbers.contains(&at) })
            .collect();
        let mut expressions = Expressions::new(typed, &Default::default());
        let mut list = Vec::with_capacity(mapping.terms.len());
        for term in &mapping.terms {
            list.push(compile(mapping, term, columns, &mut expressions)?);
        }
        Ok(Self { mapping, columns: columns.to_vec(), numbers, list, expressions, dated })
    }

    /// Begins to evaluate them, row by row.
    pub(crate) fn reader(&self) -> TermReader<'_> {
        TermReader { formulas: self, evaluator: self.expressions.evaluator(), normal: Vec::new() }
    }
}

fn compile(
    mapping: &Mapping,
    term: &Term,
    columns: &[String],
    expressions: &mut Expressions,
) -> Result<Formula, ImportError> {
    let TermSource::Expression(text) = &term.source else { return Ok(Formula::Constant) };
    let name = text.trim();
    let quoted = name.strip_prefix("row[\"").and_then(|rest| rest.strip_suffix("\"]"));
    if let Some(at) = columns.iter().position(|column| column == name || Some(column.as_str()) == quoted) {
        return Ok(Formula::Column(at));
    }
    let source = ExpressionSource {
        name: term.key.clone(),
        text: text.clone(),
        file: mapping.file_name.clone(),
        line: term.line,
        column: term.column,
    };
    let number = expressions.add(source).map_err(|fault| {
        let mut problem = fault.to_string();
        if name.chars().all(|c| c.is_alphanumeric() || c == '_') {
            problem.push_str(&format!("; if it is meant literally, write `{{ text = \"{name}\" }}`"));
        }
        ImportError::Expression { key: term.key.clone(), problem }
    })?;
    Ok(Formula::Computed(number))
}

fn unknown_column(mapping: &Mapping, columns: &[String], name: &str) -> ImportError {
    let nearest = columns
        .iter()
        .map(|column| (strsim::jaro_winkler(column, name), column))
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .filter(|(likeness, _)| *likeness > 0.8);
    let remedy = match nearest {
        Some((_, column)) => format!("did you mean `{column}`?"),
        None => format!("it has {}", columns.join(", ")),
    };
    let (file, key) = (mapping.file_name.clone(), "file.numbers".to_owned());
    ImportError::UnknownColumn { file, key, column: name.to_owned(), remedy }
}

/// Evaluates a mapping's terms, row by row.
#[derive(Debug)]
pub(crate) struct TermReader<'f> {
    formulas: &'f Formulas<'f>,
    evaluator: Evaluator<'f>,
    /// The row's numbers as expressions read them, where the file or the row writes them in another way.
    normal: Vec<Option<String>>,
}

impl TermReader<'_> {
    /// Begins a row: checks the columns that are numbers.
    pub(crate) fn begin(&mut self, row: &Row) -> Result<(), Rejection> {
        let format = self.number_format();
        let symbols = &self.formulas.mapping.format.symbols;
        self.normal.clear();
        let is_plain =
            format == PLAIN && symbols.is_empty() && self.formulas.numbers.iter().all(|at| row.cell(*at).is_ascii());
        for at in &self.formulas.numbers {
            let text = row.cell(*at);
            let number = format.parse(without_symbol(text, symbols));
            if number.is_none() && !text.is_empty() {
                return Err(no_number(&self.formulas.columns[*at], text, format));
            }
            if !is_plain {
                self.normal.push(number.map(|number| number.to_string()));
            }
        }
        Ok(())
    }

    /// Returns a term's text; `None` if it is empty.
    pub(crate) fn text<'r>(&mut self, term: TermId, row: &'r Row) -> Result<Option<Cow<'r, str>>, Rejection>
    where
        Self: 'r,
    {
        Ok(match self.datum(term, row)? {
            Datum::Text(text) if text.is_empty() => None,
            Datum::Text(text) => Some(text),
            Datum::Number(number) => Some(Cow::Owned(number.normalize().to_string())),
            Datum::Boolean(yes) => Some(Cow::Owned(yes.to_string())),
            Datum::Nothing => None,
        })
    }

    /// Returns the text of a term that may be left out.
    pub(crate) fn optional(&mut self, term: Option<TermId>, row: &Row) -> Result<Option<String>, Rejection> {
        let Some(term) = term else { return Ok(None) };
        Ok(self.text(term, row)?.map(Cow::into_owned))
    }

    /// Returns the text of a term that must not be empty.
    pub(crate) fn required(&mut self, term: TermId, row: &Row) -> Result<String, Rejection> {
        match self.text(term, row)? {
            Some(text) => Ok(text.into_owned()),
            None => Err(self.empty(term)),
        }
    }

    /// Returns the id that a term is, or `None` if it is empty. What a spreadsheet has rounded is no id: it would make one
    /// customer or order of many.
    pub(crate) fn optional_id(&mut self, term: Option<TermId>, row: &Row) -> Result<Option<String>, Rejection> {
        let Some(term) = term else { return Ok(None) };
        let Some(id) = self.text(term, row)? else { return Ok(None) };
        if id.contains(['+', '.']) && is_rounded(&id) {
            let key = self.key(term);
            let detail = format!(
                "`{key}`: `{id}` is what a spreadsheet made of a longer number, and its digits are lost; format the \
                 column as text in Excel and export again"
            );
            return Err(Rejection::new(format!("`{key}` is rounded"), detail));
        }
        Ok(Some(id.into_owned()))
    }

    /// Returns the id that a term is; it must not be empty.
    pub(crate) fn required_id(&mut self, term: TermId, row: &Row) -> Result<String, Rejection> {
        self.optional_id(Some(term), row)?.ok_or_else(|| self.empty(term))
    }

    /// Returns the id of the customer whom a row is about.
    pub(crate) fn customer(&mut self, row: &Row) -> Result<String, Rejection> {
        let mapping = self.formulas.mapping;
        let id = self.required_id(mapping.customer, row)?;
        if !mapping.customer_is_phone {
            return Ok(id);
        }
        match normalise_phones(&id, mapping.region) {
            Ok(numbers) => match numbers.first() {
                Some(number) => Ok(as_dialled(number)),
                None => Err(self.empty(mapping.customer)),
            },
            // Many customers may have the same one.
            Err(error @ (PhoneError::Masked { .. } | PhoneError::Rounded { .. })) => {
                Err(self.no_phone(mapping.customer, &error))
            }
            Err(_) => Ok(id),
        }
    }

    /// Returns the customer of a row that may have been rejected for any reason; `None` if it cannot be told.
    pub(crate) fn customer_of_any(&mut self, row: &Row) -> Option<String> {
        let mapping = self.formulas.mapping;
        match self.formulas.list[mapping.customer.0] {
            Formula::Column(at) if !mapping.customer_is_phone => {
                Some(row.cell(at).to_owned()).filter(|id| !id.is_empty())
            }
            _ => {
                self.begin(row).ok()?;
                self.customer(row).ok()
            }
        }
    }

    /// Returns a term's number; `None` if it is empty.
    pub(crate) fn number(&mut self, term: TermId, row: &Row) -> Result<Option<Decimal>, Rejection> {
        let format = self.number_format();
        match self.datum(term, row)? {
            Datum::Number(number) => Ok(Some(number)),
            Datum::Nothing => Ok(None),
            Datum::Text(text) if text.is_empty() => Ok(None),
            Datum::Text(text) => match format.parse(without_symbol(&text, &self.formulas.mapping.format.symbols)) {
                Some(number) => Ok(Some(number)),
                None => Err(no_number(self.key(term), &text, format)),
            },
            Datum::Boolean(yes) => Err(no_number(self.key(term), &yes.to_string(), format)),
        }
    }

    /// Returns the number of a term that must not be empty.
    pub(crate) fn required_number(&mut self, term: TermId, row: &Row) -> Result<Decimal, Rejection> {
        self.number(term, row)?.ok_or_else(|| self.empty(term))
    }

    /// Returns a term's answer; `None` if it is empty.
    pub(crate) fn answer(&mut self, term: TermId, row: &Row) -> Result<Option<bool>, Rejection> {
        let text = match self.datum(term, row)? {
            Datum::Boolean(yes) => return Ok(Some(yes)),
            Datum::Nothing => return Ok(None),
            Datum::Number(number) => Cow::Owned(number.normalize().to_string()),
            Datum::Text(text) => text,
        };
        match text.to_lowercase().as_str() {
            "" => Ok(None),
            "true" | "yes" | "y" | "1" | "是" | "同意" | "已同意" => Ok(Some(true)),
            "false" | "no" | "n" | "0" | "否" | "不同意" | "拒绝" => Ok(Some(false)),
            _ => {
                let key = self.key(term);
                let detail =
                    format!("`{key}`: `{text}` is neither yes nor no; compare it, for example `X == \"{text}\"`");
                Err(Rejection::new(format!("`{key}` is neither yes nor no"), detail))
            }
        }
    }

    /// Returns a term's moment and the book's civil day; `None` if it is empty.
    pub(crate) fn moment(
        &mut self,
        term: TermId,
        row: &Row,
        book: &BookZone,
    ) -> Result<Option<(Moment, Day)>, Rejection> {
        let Some(text) = self.text(term, row)? else { return Ok(None) };
        let written = self.formulas.mapping.term(term);
        let iso = || When::parse(&text, &[]).filter(|_| self.formulas.dated);
        match When::parse(&text, &written.formats).or_else(iso) {
            Some(when) => Ok(Some(when.resolve(written.zone.as_ref().unwrap_or(book), book))),
            None => {
                let expected = if written.formats.is_empty() {
                    "write it like 2011-12-09 or 2011-12-09 14:05:00, or name the format under `formats`".to_owned()
                } else {
                    format!("the formats are {}", written.formats.join(", "))
                };
                let key = self.key(term);
                let detail = format!("`{key}`: `{text}` is no date; {expected}");
                Err(Rejection::new(format!("`{key}` is no date"), detail))
            }
        }
    }

    /// Returns when something happened; `None` if nobody says. A day that means never, or none, is not one on which
    /// anything did.
    pub(crate) fn happened(
        &mut self,
        term: TermId,
        row: &Row,
        book: &BookZone,
    ) -> Result<Option<(Moment, Day)>, Rejection> {
        let at = self.moment(term, row, book)?;
        if let Some((_, day)) = at.filter(|(_, day)| !YEARS.contains(&day.to_date().year())) {
            let (key, first, last) = (self.key(term), YEARS.start(), YEARS.end());
            let detail = format!("`{key}`: {day}: what happened lies between the years {first} and {last}");
            return Err(Rejection::new(format!("`{key}` is no date"), detail));
        }
        Ok(at)
    }

    /// Returns the items of a list; `None` if there are none.
    pub(crate) fn list(&mut self, term: TermId, row: &Row) -> Result<Option<Vec<String>>, Rejection> {
        let Some(text) = self.text(term, row)? else { return Ok(None) };
        let split = self.formulas.mapping.term(term).split.as_deref().unwrap_or(";");
        let items: Vec<String> =
            text.split(split).map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect();
        Ok((!items.is_empty()).then_some(items))
    }

    /// Returns the telephone numbers of a term in E.164.
    pub(crate) fn phones(&mut self, term: TermId, row: &Row) -> Result<Vec<String>, Rejection> {
        let Some(text) = self.text(term, row)? else { return Ok(Vec::new()) };
        let mapping = self.formulas.mapping;
        let phones = match &mapping.term(term).split {
            Some(split) => normalise_split(&text, split, mapping.region),
            None => normalise_phones(&text, mapping.region),
        };
        phones.map_err(|error| self.no_phone(term, &error))
    }

    fn no_phone(&self, term: TermId, error: &PhoneError) -> Rejection {
        let key = self.key(term);
        Rejection::new(format!("`{key}` is no telephone number"), format!("`{key}`: {error}"))
    }

    /// Returns the email addresses of a term.
    pub(crate) fn emails(&mut self, term: TermId, row: &Row) -> Result<Vec<String>, Rejection> {
        if self.formulas.mapping.term(term).split.is_some() {
            return Ok(self.list(term, row)?.unwrap_or_default());
        }
        let Some(text) = self.text(term, row)? else { return Ok(Vec::new()) };
        let between = |c: char| c.is_whitespace() || matches!(c, ';' | ',' | '|' | '；' | '，' | '、');
        Ok(text.split(between).filter(|address| !address.is_empty()).map(str::to_owned).collect())
    }

    /// The term's key in the mapping, and the column that it is, if it is one.
    pub(crate) fn key(&self, term: TermId) -> &str {
        match self.formulas.list[term.0] {
            Formula::Column(at) => &self.formulas.columns[at],
            _ => &self.formulas.mapping.term(term).key,
        }
    }

    /// The rejection of a row whose term is empty.
    pub(crate) fn empty(&self, term: TermId) -> Rejection {
        let (key, name) = (self.key(term), &self.formulas.mapping.term(term).key);
        let detail = format!("`{key}` is empty; fill it in, or say in a `[[reject]]` that such rows are left out");
        Rejection::new(format!("no {}", name.rsplit('.').next().unwrap_or(name).replace('_', " ")), detail)
    }

    fn number_format(&self) -> NumberFormat {
        self.formulas.mapping.format.number
    }

    fn datum<'r>(&mut self, term: TermId, row: &'r Row) -> Result<Datum<'r>, Rejection> {
        let Self { formulas, evaluator, normal } = self;
        match formulas.list[term.0] {
            Formula::Column(at) => Ok(Datum::Text(Cow::Borrowed(row.cell(at)))),
            Formula::Constant => Ok(match &formulas.mapping.term(term).source {
                TermSource::Text(text) | TermSource::Expression(text) => Datum::Text(Cow::Owned(text.clone())),
                TermSource::Number(number) => Datum::Number(*number),
                TermSource::Boolean(yes) => Datum::Boolean(*yes),
            }),
            Formula::Computed(number) => {
                let cell = |column: usize| {
                    if normal.is_empty() {
                        return Some(row.cell(column));
                    }
                    match formulas.numbers.iter().position(|at| *at == column) {
                        Some(at) => normal[at].as_deref(),
                        None => Some(row.cell(column)),
                    }
                };
                match evaluator.evaluate(number, cell) {
                    Ok(ExpressionValue::Text(text)) => Ok(Datum::Text(Cow::Owned(text.trim().to_owned()))),
                    Ok(ExpressionValue::Decimal(number)) => Ok(Datum::Number(number)),
                    Ok(ExpressionValue::Boolean(yes)) => Ok(Datum::Boolean(yes)),
                    Ok(ExpressionValue::Nothing) => Ok(Datum::Nothing),
                    Err(fault) => {
                        let key = &formulas.mapping.term(term).key;
                        Err(Rejection::new(format!("`{key}` cannot be computed"), fault.to_string()))
                    }
                }
            }
        }
    }
}

/// Takes off one of the symbols that may stand before or after a number.
fn without_symbol<'t>(text: &'t str, symbols: &[String]) -> &'t str {
    let rest = |symbol: &String| text.strip_suffix(symbol.as_str()).or_else(|| text.strip_prefix(symbol.as_str()));
    symbols.iter().find_map(rest).map_or(text, str::trim)
}

/// How expressions read numbers.
const PLAIN: NumberFormat = NumberFormat { decimal: '.', thousands: None };

fn no_number(key: &str, text: &str, format: NumberFormat) -> Rejection {
    let detail = format!(
        "`{key}`: `{text}` is no number; write digits with `{}` before the fraction, or set `decimal` and \
         `thousands` under `[file]`",
        format.decimal
    );
    Rejection::new(format!("`{key}` is no number"), detail)
}
