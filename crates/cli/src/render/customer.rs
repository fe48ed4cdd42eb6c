//! Customers in tables and in full.

use tierhook_model::FieldGroup;
use tierhook_server::api::{
    ClassCell, ClassRow, CustomerDetail, CustomerHead, CustomerList, FieldValue, HistoryRow, OverrideReport,
    OverrideRow, ReasonRow,
};

use super::page::Page;
use super::work;
use crate::number::{count, counted, value};
use crate::screen::Style;
use crate::table::{Cell, Column, Table};

/// Renders a list of customers.
pub(super) fn list(page: &mut Page, list: &CustomerList) {
    if list.rows.is_empty() {
        page.line(Style::Plain, "no customer fits");
        page.line(Style::Faint, "`tierhook status` tells how many there are, `tierhook import` brings some in");
        return;
    }
    let heads: Vec<&CustomerHead> = list.rows.iter().map(|row| &row.customer).collect();
    let ids = Ids::of(&heads);
    let mut columns = vec![Column::left("customer"), Column::text("name")];
    columns.extend(list.dimensions.iter().map(|dimension| Column::left(&dimension.name)));
    columns.extend([Column::right("follow-ups"), Column::right("warnings"), Column::text("owner")]);
    columns.extend(list.fields.iter().map(|field| match field.number {
        true => Column::right(&field.name),
        false => Column::text(&field.name),
    }));
    let mut table = Table::new(columns);
    for row in &list.rows {
        let mut cells = vec![ids.show(&row.customer).into(), name(&row.customer)];
        cells.extend(row.classes.iter().map(class));
        cells.push(some(row.open_follow_ups, Style::Plain));
        cells.push(some(row.open_warnings, Style::Warn));
        cells.push(row.customer.owner.as_deref().unwrap_or_default().into());
        cells.extend(row.values.iter().map(|field| value(field.as_ref())));
        table.row(cells);
    }
    page.table(0, &table);
    if list.rows.iter().flat_map(|row| &row.classes).flatten().any(|class| class.overridden) {
        page.line(Style::Faint, "* by a person's word");
    }
    more(page, list.rows.len(), list.total, "customer", "customers");
}

/// Renders everything that is known about a customer.
pub(super) fn detail(page: &mut Page, detail: &CustomerDetail) {
    title(page, &detail.customer, &format!("as of {}", detail.day));
    if !detail.classes.is_empty() {
        page.heading("Classes");
        detail.classes.iter().for_each(|row| class_row(page, row));
    }
    for fault in &detail.faults {
        page.indented(2, Style::Bad, &format!("a rule faulted: {}", fault.message));
    }
    for (heading, groups) in [
        ("Profile", &[FieldGroup::Profile, FieldGroup::Custom][..]),
        ("Features", &[FieldGroup::Feature, FieldGroup::Measure][..]),
    ] {
        let known: Vec<&FieldValue> =
            detail.fields.iter().filter(|field| groups.contains(&field.group) && field.value.is_some()).collect();
        if !known.is_empty() {
            page.heading(heading);
            page.table(2, &fields(&known));
        }
    }
    people(page, detail);
    if !detail.follow_ups.is_empty() {
        page.heading("Follow-ups");
        work::follow_up_details(page, &detail.follow_ups);
    }
    if !detail.warnings.is_empty() {
        page.heading("Warnings");
        work::warning_details(page, &detail.warnings);
    }
    if !detail.facts.is_empty() {
        page.heading(&format!("Facts (newest {} of {})", detail.facts.len(), count(detail.facts_total)));
        let mut table = Table::new(vec![Column::left(""), Column::left(""), Column::left(""), Column::text("")]);
        for fact in &detail.facts {
            let style = if fact.retracted { Style::Faint } else { Style::Plain };
            let text = if fact.retracted { format!("{} (retracted)", fact.text) } else { fact.text.clone() };
            let cells = [&fact.day.to_string(), &fact.what, &fact.id, &text];
            table.row(cells.map(|cell| Cell::new(style, cell)).into());
        }
        page.table(2, &table);
    }
    if !detail.history.is_empty() {
        page.heading("History");
        detail.history.iter().for_each(|row| history(page, row));
    }
}

/// Renders what became of a person's word on a class.
pub(super) fn overridden(page: &mut Page, report: &OverrideReport) {
    title(page, &report.customer, "");
    let before = report.before.as_deref().unwrap_or("not graded");
    let outcome = match before == report.class {
        true => format!("{}: stays {}", report.dimension.name, named(&report.class, &report.name)),
        false => format!("{}: {before} -> {}", report.dimension.name, named(&report.class, &report.name)),
    };
    page.indented(2, Style::Strong, &outcome);
    match &report.overridden {
        Some(word) => page.indented(4, Style::Plain, &override_text(word)),
        None => page.indented(4, Style::Plain, "the rules decide again"),
    }
    if let Some(by_rules) = report.by_rules.as_ref().filter(|class| **class != report.class) {
        page.indented(4, Style::Faint, &format!("the rules alone say {by_rules}"));
    }
    for change in report.changes.iter().filter(|change| change.code != "class") {
        page.indented(2, Style::Plain, &change.text);
    }
}

/// Adds the line with which a page about one customer begins.
pub(super) fn title(page: &mut Page, customer: &CustomerHead, addition: &str) {
    let id = format!("{}:{}", customer.source, customer.id);
    let number = format!("C{}", customer.record.0);
    let owner = customer.owner.as_ref().map_or_else(String::new, |owner| format!("owner {owner}"));
    page.pieces(
        0,
        &[
            (Style::Strong, customer.name.as_deref().unwrap_or_default()),
            (Style::Plain, &id),
            (Style::Faint, &number),
            (Style::Plain, &owner),
            (Style::Faint, addition),
        ],
    );
}

/// Adds reasons, one a line, with the points that they brought.
pub(super) fn reasons(page: &mut Page, indent: usize, reasons: &[ReasonRow]) {
    for reason in reasons {
        let points = reason.points.map_or_else(String::new, |points| format!("{points:+.1}"));
        page.pieces(indent, &[(Style::Plain, &reason.text), (Style::Faint, &points)]);
    }
}

/// Says how many there are, if not all of them are listed.
pub(super) fn more(page: &mut Page, listed: usize, total: u64, one: &str, many: &str) {
    if total > listed as u64 {
        page.line(Style::Faint, &format!("{listed} of {}; --limit N lists more", counted(total, one, many)));
    }
}

/// Puts a class's id and name together, unless one of them says it all.
pub(super) fn named(id: &str, name: &str) -> String {
    match name {
        "" => id.to_owned(),
        name if name.starts_with(id) => name.to_owned(),
        name => format!("{id} ({name})"),
    }
}

/// Says whose word holds, since when and until when.
pub(super) fn override_text(word: &OverrideRow) -> String {
    let until = word.until.map_or_else(|| "until it is released".to_owned(), |until| format!("until {until}"));
    let why = if word.why.is_empty() { String::new() } else { format!(": {}", word.why) };
    format!("{} by the word of {} since {}, {until}{why}", word.class, word.who, word.since)
}

/// Makes a table of fields with their values.
pub(super) fn fields(values: &[&FieldValue]) -> Table {
    let mut table = Table::new(vec![Column::left(""), Column::text("")]);
    for field in values {
        table.row(vec![Cell::new(Style::Faint, &field.field), value(field.value.as_ref())]);
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

fn class(class: &Option<ClassCell>) -> Cell {
    match class {
        None => Cell::new(Style::Faint, "-"),
        Some(class) if class.overridden => Cell::new(Style::Warn, format!("{}*", class.class)),
        Some(class) => class.class.as_str().into(),
    }
}

fn some(number: u32, style: Style) -> Cell {
    if number == 0 { Cell::new(Style::Faint, "-") } else { Cell::new(style, count(number.into())) }
}

fn class_row(page: &mut Page, row: &ClassRow) {
    let since = format!("since {}", row.since);
    let class = named(&row.class, &row.name);
    page.pieces(2, &[(Style::Plain, &row.dimension.name), (Style::Strong, &class), (Style::Faint, &since)]);
    if let Some(word) = &row.overridden {
        page.indented(4, Style::Warn, &override_text(word));
    }
    reasons(page, 4, &row.reasons);
}

fn people(page: &mut Page, detail: &CustomerDetail) {
    if !detail.contacts.is_empty() {
        page.heading("Contacts");
        let mut table = Table::new(vec![Column::text(""), Column::text(""), Column::text("")]);
        for contact in &detail.contacts {
            let reach: Vec<&str> = contact.phones.iter().chain(&contact.emails).map(String::as_str).collect();
            let role = contact.role.as_deref().unwrap_or_default();
            table.row(vec![contact.name.as_str().into(), role.into(), reach.join(", ").into()]);
        }
        page.table(2, &table);
    }
    if !detail.consents.is_empty() {
        page.heading("Consents");
        let mut table = Table::new(vec![Column::left(""), Column::left(""), Column::left("")]);
        for consent in &detail.consents {
            let (style, given) = if consent.given { (Style::Good, "given") } else { (Style::Bad, "refused") };
            table.row(vec![
                consent.purpose.as_str().into(),
                Cell::new(style, given),
                Cell::new(Style::Faint, format!("since {}", consent.since)),
            ]);
        }
        page.table(2, &table);
    }
}

fn history(page: &mut Page, row: &HistoryRow) {
    let cause = super::regrade::cause(row.cause);
    let changes: Vec<&str> = row.changes.iter().map(|change| change.text.as_str()).collect();
    page.pieces(2, &[(Style::Faint, &row.day.to_string()), (Style::Faint, cause), (Style::Plain, &changes.join("; "))]);
}
