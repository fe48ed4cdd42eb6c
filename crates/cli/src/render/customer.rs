//! Customers in tables and in full.

use tierhook_model::{FieldGroup, UNRATED};
use tierhook_server::api::{
    ClassCell, ClassRow, CustomerDetail, CustomerHead, CustomerList, FieldValue, HistoryRow, OverrideReport,
    OverrideRow, ReasonRow,
};

use super::page::Page;
use super::{merge, work};
use crate::number::{count, counted, value};
use crate::screen::{Style, quoted};
use crate::table::{Cell, Column, Table};
use crate::word::{Words, fill};

/// The field whose value is the code of a cause.
const LOST_CAUSE: &str = "lost_cause";
/// How many dimensions have a column in a list.
const LISTED_DIMENSIONS: usize = 4;

/// Renders a list of customers.
pub(super) fn list(page: &mut Page, list: &CustomerList) {
    let words = page.words;
    if list.rows.is_empty() && list.offset > 0 && list.total > 0 {
        let customers = counted(list.total, words.one_customer, words.many_customers);
        page.line(Style::Plain, &fill(words.beyond, &[&customers]));
        return;
    }
    if list.rows.is_empty() {
        page.line(Style::Plain, words.no_customer);
        page.sentence(0, Style::Faint, words.no_customer_hint);
        return;
    }
    let heads: Vec<&CustomerHead> = list.rows.iter().map(|row| &row.customer).collect();
    let ids = Ids::of(&heads);
    let mut columns = vec![Column::left(words.customer), Column::text(words.name).optional()];
    // The first dimensions are the ones that the company put first.
    columns.extend(list.dimensions.iter().take(LISTED_DIMENSIONS).map(|dimension| Column::left(&dimension.name)));
    columns.extend([
        Column::right(words.follow_ups),
        Column::right(words.warnings),
        Column::text(words.owner).optional(),
    ]);
    columns.extend(list.fields.iter().map(|field| match field.number {
        true => Column::right(&field.name),
        false => Column::text(&field.name),
    }));
    let mut table = Table::new(columns);
    for row in &list.rows {
        let mut cells = vec![ids.show(&row.customer).into(), name(&row.customer)];
        cells.extend(row.classes.iter().take(LISTED_DIMENSIONS).map(|cell| class(words, cell)));
        cells.push(some(row.open_follow_ups, Style::Plain));
        cells.push(some(row.open_warnings, Style::Warn));
        cells.push(row.customer.owner.as_deref().unwrap_or_default().into());
        cells.extend(row.values.iter().map(|field| match field {
            Some(known) => value(known).into(),
            None => Cell::new(Style::Faint, "-"),
        }));
        table.row(cells);
    }
    page.table(0, &table);
    let left_out = list.dimensions.len().saturating_sub(LISTED_DIMENSIONS);
    if left_out > 0 {
        page.line(Style::Faint, &fill(words.more_dimensions, &[&left_out]));
    }
    if list.rows.iter().flat_map(|row| &row.classes).flatten().any(|class| class.overridden) {
        page.line(Style::Faint, words.by_hand);
    }
    let (first, last) = (count(list.offset + 1), count(list.offset + list.rows.len() as u64));
    match &list.next {
        Some(next) => {
            let next = format!("--after {}", quoted(next));
            page.line(Style::Faint, &fill(words.listed_next, &[&first, &last, &count(list.total), &next]));
        }
        None if list.offset == 0 => more(page, list.rows.len(), list.total),
        None => page.line(Style::Faint, &fill(words.listed_from, &[&first, &last, &count(list.total)])),
    }
}

/// Renders everything that is known about a customer.
pub(super) fn detail(page: &mut Page, detail: &CustomerDetail) {
    let words = page.words;
    title(page, &detail.customer, &fill(words.as_of, &[&detail.day]));
    if !detail.classes.is_empty() {
        match detail.decided.filter(|decided| *decided != detail.day) {
            Some(decided) => page.heading(&fill(words.classes_of, &[&decided])),
            None => page.heading(words.classes),
        }
        let is_known = |row: &&ClassRow| row.class != UNRATED || row.overridden.is_some() || !row.reasons.is_empty();
        let (known, unrated): (Vec<_>, Vec<_>) = detail.classes.iter().partition(is_known);
        known.into_iter().for_each(|row| class_row(page, row));
        page.unrated(2, unrated.iter().map(|row| row.dimension.name.as_str()));
    }
    for fault in &detail.faults {
        page.sentence(2, Style::Bad, &fill(words.rule_faulted, &[&fault.message]));
    }
    for (heading, groups) in [
        (words.profile, &[FieldGroup::Profile, FieldGroup::Custom][..]),
        (words.features, &[FieldGroup::Feature, FieldGroup::Measure][..]),
    ] {
        let known: Vec<&FieldValue> =
            detail.fields.iter().filter(|field| groups.contains(&field.group) && field.value.is_some()).collect();
        if !known.is_empty() {
            page.heading(heading);
            page.table(2, &fields(words, &known));
        }
    }
    merge::merged(page, &detail.merged);
    people(page, detail);
    if !detail.follow_ups.is_empty() {
        page.heading(words.follow_ups_heading);
        work::follow_up_details(page, &detail.follow_ups);
    }
    if !detail.warnings.is_empty() {
        page.heading(words.warnings_heading);
        work::warning_details(page, &detail.warnings);
    }
    if !detail.facts.is_empty() {
        page.heading(&fill(words.facts_heading, &[&detail.facts.len(), &count(detail.facts_total)]));
        let mut table = Table::new(vec![Column::left(""), Column::left(""), Column::left(""), Column::text("")]);
        for fact in &detail.facts {
            let style = if fact.retracted { Style::Faint } else { Style::Plain };
            let text = if fact.retracted { fill(words.retracted, &[&fact.text]) } else { fact.text.clone() };
            let cells = [&fact.day.to_string(), &fact.what, &fact.id, &text];
            table.row(cells.map(|cell| Cell::new(style, cell)).into());
        }
        page.table(2, &table);
    }
    if !detail.history.is_empty() {
        page.heading(words.history);
        detail.history.iter().for_each(|row| history(page, row));
    }
}

/// Renders what became of a person's word on a class.
pub(super) fn overridden(page: &mut Page, report: &OverrideReport) {
    let words = page.words;
    title(page, &report.customer, "");
    let before = report.before.as_deref();
    let class = named(&report.class, &report.name);
    let outcome = match before == Some(report.class.as_str()) {
        true => fill(words.stays, &[&report.dimension.name, &class]),
        false => {
            let before = before.map(|id| named(id, report.before_name.as_deref().unwrap_or(id)));
            let before = before.unwrap_or_else(|| words.not_graded.to_owned());
            fill(words.moves, &[&report.dimension.name, &before, &class])
        }
    };
    page.indented(2, Style::Strong, &outcome);
    match &report.overridden {
        Some(word) => page.sentence(4, Style::Plain, &override_text(words, word)),
        None => page.indented(4, Style::Plain, words.rules_decide),
    }
    if let Some(by_rules) = report.by_rules.as_ref().filter(|class| **class != report.class) {
        let by_rules = named(by_rules, report.by_rules_name.as_deref().unwrap_or(by_rules));
        page.indented(4, Style::Faint, &fill(words.rules_alone, &[&by_rules]));
    }
    for change in report.changes.iter().filter(|change| change.code != "class") {
        page.indented(2, Style::Plain, &change.text);
    }
}

/// Adds the line with which a page about one customer begins.
pub(super) fn title(page: &mut Page, customer: &CustomerHead, addition: &str) {
    let id = format!("{}:{}", customer.source, customer.id);
    let number = format!("C{}", customer.record.0);
    let owner = customer.owner.as_ref().map_or_else(String::new, |owner| fill(page.words.owned_by, &[owner]));
    let also = match &customer.also[..] {
        [] => String::new(),
        also => fill(page.words.also, &[&also.join(", ")]),
    };
    page.pieces(
        0,
        &[
            (Style::Strong, customer.name.as_deref().unwrap_or_default()),
            (Style::Plain, &id),
            (Style::Faint, &number),
            (Style::Faint, &also),
            (Style::Plain, &owner),
            (Style::Faint, addition),
        ],
    );
}

/// Adds reasons, one a line, with the points that they brought.
pub(super) fn reasons(page: &mut Page, indent: usize, reasons: &[ReasonRow]) {
    for reason in reasons {
        let points = reason.points.map_or_else(String::new, |points| format!("  {points:+.1}"));
        page.sentence(indent, Style::Plain, &format!("{}{points}", reason.text));
    }
}

/// Says how many there are, if not all of them are listed.
pub(super) fn more(page: &mut Page, listed: usize, total: u64) {
    if total > listed as u64 {
        page.line(Style::Faint, &fill(page.words.listed, &[&listed, &count(total)]));
    }
}

/// Puts a class's id and name together, unless one of them says it all.
pub(super) fn named(id: &str, name: &str) -> String {
    match name {
        "" => id.to_owned(),
        name if name.to_lowercase().starts_with(&id.to_lowercase()) => name.to_owned(),
        name => format!("{name} ({id})"),
    }
}

/// Says whose word holds, since when and until when.
pub(super) fn override_text(words: &Words, word: &OverrideRow) -> String {
    let until = match (word.until, word.review) {
        (Some(until), _) => fill(words.until, &[&until]),
        (None, Some(review)) => fill(words.until_reviewed, &[&review]),
        (None, None) => words.until_released.to_owned(),
    };
    let why = if word.why.is_empty() { String::new() } else { format!(": {}", word.why) };
    format!("{}{why}", fill(words.override_text, &[&word.class, &word.who, &word.since, &until]))
}

/// Makes a table of fields with their values.
fn fields(words: &Words, values: &[&FieldValue]) -> Table {
    let mut table = Table::new(vec![Column::left(""), Column::text("")]);
    for field in values {
        let known = field_value(words, field).unwrap_or_default();
        table.row(vec![Cell::new(Style::Faint, &field.field), known.into()]);
    }
    table
}

/// How customers are named in a list: by their ids alone if all come from one source.
#[derive(Debug)]
pub(super) struct Ids {
    is_one_source: bool,
}

impl Ids {
    /// Looks at all customers of a list.
    pub(super) fn of(customers: &[&CustomerHead]) -> Self {
        Self { is_one_source: customers.windows(2).all(|pair| pair[0].source == pair[1].source) }
    }

    /// Names one of them.
    pub(super) fn show(&self, customer: &CustomerHead) -> String {
        if self.is_one_source { customer.id.clone() } else { format!("{}:{}", customer.source, customer.id) }
    }
}

/// Makes a cell of a customer's name.
pub(super) fn name(customer: &CustomerHead) -> Cell {
    customer.name.as_deref().unwrap_or_default().into()
}

/// Makes a cell of a class; a person's word has a star.
pub(super) fn class(words: &Words, class: &Option<ClassCell>) -> Cell {
    let Some(class) = class else { return Cell::new(Style::Faint, "-") };
    let shown = words.class(&class.class, &class.name);
    if class.overridden { Cell::new(Style::Warn, format!("{shown}*")) } else { shown.into() }
}

fn some(number: u32, style: Style) -> Cell {
    if number == 0 { Cell::new(Style::Faint, "-") } else { Cell::new(style, count(number.into())) }
}

fn class_row(page: &mut Page, row: &ClassRow) {
    let since = fill(page.words.since, &[&row.since]);
    let class = named(&row.class, &row.name);
    page.pieces(2, &[(Style::Plain, &row.dimension.name), (Style::Strong, &class), (Style::Faint, &since)]);
    if let Some(word) = &row.overridden {
        page.sentence(4, Style::Warn, &override_text(page.words, word));
    }
    reasons(page, 4, &row.reasons);
    entitled(page, 4, &row.entitlements);
}

/// Says what a customer is entitled to.
pub(super) fn entitled(page: &mut Page, indent: usize, entitlements: &[String]) {
    if !entitlements.is_empty() {
        page.sentence(indent, Style::Good, &fill(page.words.entitled_to, &[&in_a_row(page.words, entitlements)]));
    }
}

/// Puts sentences in a row as parts of one.
pub(super) fn in_a_row(words: &Words, sentences: &[String]) -> String {
    let parts: Vec<&str> = sentences.iter().map(|sentence| sentence.trim_end_matches(['.', '。'])).collect();
    parts.join(words.between)
}

/// A field's value as people read it: a cause is a code.
pub(super) fn field_value(words: &Words, field: &FieldValue) -> Option<String> {
    let known = field.value.as_ref()?;
    Some(if field.field == LOST_CAUSE { words.code(&value(known)).to_owned() } else { value(known) })
}

fn people(page: &mut Page, detail: &CustomerDetail) {
    let words = page.words;
    if !detail.contacts.is_empty() {
        page.heading(words.contacts);
        let mut table = Table::new(vec![Column::text(""), Column::text(""), Column::text("")]);
        for contact in &detail.contacts {
            let reach: Vec<&str> = contact.phones.iter().chain(&contact.emails).map(String::as_str).collect();
            let role = contact.role.as_deref().unwrap_or_default();
            table.row(vec![contact.name.as_str().into(), role.into(), reach.join(", ").into()]);
        }
        page.table(2, &table);
    }
    if !detail.consents.is_empty() {
        page.heading(words.consents);
        let mut table = Table::new(vec![Column::left(""), Column::left(""), Column::left("")]);
        for consent in &detail.consents {
            let (style, given) =
                if consent.given { (Style::Good, words.given) } else { (Style::Bad, words.refused_consent) };
            table.row(vec![
                consent.purpose.as_str().into(),
                Cell::new(style, given),
                Cell::new(Style::Faint, fill(words.since, &[&consent.since])),
            ]);
        }
        page.table(2, &table);
    }
}

fn history(page: &mut Page, row: &HistoryRow) {
    let cause = page.words.move_cause(row.cause);
    let changes: Vec<&str> = row.changes.iter().map(|change| change.text.as_str()).collect();
    page.pieces(2, &[(Style::Faint, &row.day.to_string()), (Style::Faint, cause)]);
    page.sentence(4, Style::Plain, &changes.join("; "));
}
