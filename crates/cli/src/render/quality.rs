//! How good the book is, on one screen.

use tierhook_server::api::{CustomerHead, QualityReport};

use super::page::Page;
use crate::number::{count, percent};
use crate::screen::Style;
use crate::table::{Cell, Column, Table};
use crate::word::{Words, fill};

/// How many fields, sources and rows of a kind are shown.
const FIELDS: usize = 10;
const SOURCES: usize = 4;
const ROWS: usize = 2;

/// Renders how good the book is: each flaw with what mends it.
pub(super) fn quality(page: &mut Page, report: &QualityReport) {
    let words = page.words;
    if report.customers == 0 {
        page.sentence(0, Style::Faint, words.book_empty);
        return;
    }
    completeness(page, report);
    sources(page, report);
    duplicates(page, report);
    if !report.imports.is_empty() {
        page.heading(words.import_flaws);
        for flaw in report.imports.iter().take(ROWS) {
            let mut parts = vec![fill(words.import_flaw, &[&flaw.import.0, &flaw.file])];
            if flaw.rejected > 0 {
                parts.push(fill(words.flaw_rejected, &[&count(flaw.rejected)]));
            }
            if flaw.conflicts > 0 {
                parts.push(fill(words.flaw_conflicts, &[&count(flaw.conflicts)]));
            }
            if flaw.is_unfinished {
                parts.push(words.not_finished.to_owned());
            }
            page.sentence(2, Style::Warn, &parts.join(", "));
            page.sentence(4, Style::Faint, &flaw.remedy);
        }
        rest(page, report.imports.len());
    }
    if !report.odd.is_empty() {
        page.heading(words.odd_values);
        for odd in report.odd.iter().take(ROWS) {
            let (who, number) = (shown(&odd.example), count(odd.count));
            page.sentence(2, Style::Warn, &fill(words.odd_value, &[&odd.field, &odd.what, &number, &who, &odd.value]));
            page.sentence(4, Style::Faint, &odd.remedy);
        }
        rest(page, report.odd.len());
    }
    let is_good = report.duplicates.is_empty() && report.imports.is_empty() && report.odd.is_empty();
    if is_good && report.sources.iter().all(|source| !source.is_stale) {
        page.gap();
        page.line(Style::Good, words.quality_good);
    }
}

fn completeness(page: &mut Page, report: &QualityReport) {
    let words = page.words;
    page.line(Style::Strong, &fill(words.completeness, &[&count(report.customers)]));
    let sources: Vec<_> = report.sources.iter().take(SOURCES).filter(|source| source.customers > 0).collect();
    let mut columns = vec![Column::left(words.field), Column::right(words.known_share), Column::right(words.rules)];
    if sources.len() > 1 {
        columns.extend(sources.iter().map(|source| Column::right(&source.source)));
    }
    let mut table = Table::new(columns);
    let share = |known: u64, of: u64| percent(known as f64 / of.max(1) as f64);
    let (known, unknown): (Vec<_>, Vec<_>) = report.fields.iter().partition(|field| field.known > 0);
    for field in known.iter().take(FIELDS) {
        let style = if field.rules > 0 && field.known * 2 < report.customers { Style::Warn } else { Style::Plain };
        let rules = if field.rules > 0 { count(field.rules.into()) } else { String::new() };
        let mut cells = vec![
            Cell::new(style, &field.field.name),
            Cell::new(style, share(field.known, report.customers)),
            Cell::new(Style::Faint, rules),
        ];
        if sources.len() > 1 {
            let known = sources.iter().zip(&field.by_source);
            cells.extend(known.map(|(source, known)| Cell::new(Style::Faint, share(*known, source.customers))));
        }
        table.row(cells);
    }
    page.table(2, &table);
    if known.len() > FIELDS {
        page.indented(2, Style::Faint, &fill(words.more_in_json, &[&(known.len() - FIELDS)]));
    }
    if !unknown.is_empty() {
        let names: Vec<&str> = unknown.iter().map(|field| field.field.name.as_str()).collect();
        page.sentence(2, Style::Warn, &fill(words.known_of_nobody, &[&names.join(", ")]));
    }
    page.sentence(2, Style::Faint, words.completeness_hint);
}

fn sources(page: &mut Page, report: &QualityReport) {
    let words = page.words;
    page.heading(words.sources);
    let mut table = Table::new(vec![
        Column::left(words.source),
        Column::right(words.customers),
        Column::right(words.events),
        Column::left(words.newest_fact),
        Column::left(""),
    ]);
    for source in report.sources.iter().take(SOURCES) {
        let style = if source.is_stale { Style::Warn } else { Style::Plain };
        let newest = source.newest.map_or_else(String::new, |day| day.to_string());
        let age =
            source.days.filter(|_| source.is_stale).map_or_else(String::new, |days| fill(words.days_ago, &[&days]));
        table.row(vec![
            source.source.as_str().into(),
            count(source.customers).into(),
            count(source.events).into(),
            Cell::new(style, newest),
            Cell::new(style, age),
        ]);
    }
    page.table(2, &table);
    if let Some(stale) = report.sources.iter().find(|source| source.is_stale) {
        page.sentence(4, Style::Faint, &stale.remedy);
    }
}

fn duplicates(page: &mut Page, report: &QualityReport) {
    let words = page.words;
    if report.duplicates.is_empty() {
        return;
    }
    page.heading(&fill(words.duplicates, &[&count(report.duplicates_total)]));
    for row in report.duplicates.iter().take(ROWS) {
        let by: Vec<&str> = row.by.iter().map(|code| in_common(words, code)).collect();
        let who: Vec<String> = row.customers.iter().map(shown).collect();
        page.sentence(2, Style::Warn, &fill(words.duplicate, &[&who.join(", "), &by.join(", ")]));
        page.sentence(4, Style::Faint, &row.remedy);
    }
    rest(page, usize::try_from(report.duplicates_total).unwrap_or(usize::MAX));
}

fn in_common<'a>(words: &'a Words, code: &'a str) -> &'a str {
    match code {
        "phone" => words.same_phone,
        "email" => words.same_email,
        "name-and-company" => words.same_name,
        other => other,
    }
}

fn shown(customer: &CustomerHead) -> String {
    match &customer.name {
        Some(name) => format!("{}:{} {name}", customer.source, customer.id),
        None => format!("{}:{}", customer.source, customer.id),
    }
}

fn rest(page: &mut Page, total: usize) {
    if total > ROWS {
        page.indented(2, Style::Faint, &fill(page.words.more_in_json, &[&(total - ROWS)]));
    }
}

#[cfg(test)]
mod tests {
    use tierhook_model::{ImportId, Language, RecordId};
    use tierhook_server::api::{DuplicateRow, FieldHead, FieldShare, ImportFlaw, OddRow, SourceRow};

    use super::*;
    use crate::screen::{Screen, width};

    fn head(id: usize) -> CustomerHead {
        let (record, source, id) = (RecordId(id as u64), "shop".to_owned(), id.to_string());
        CustomerHead { record, source, id, name: Some("王芳".into()), owner: None, also: vec![] }
    }

    /// A book in which everything is wrong, many times over.
    fn report() -> QualityReport {
        let source = |at: usize| SourceRow {
            source: format!("source{at}"),
            customers: 500,
            events: 70_000,
            newest: Some("2026-01-05".parse().unwrap()),
            days: Some(56),
            is_stale: at == 1,
            remedy: if at == 1 { "import a newer list".into() } else { String::new() },
        };
        let field = |at: usize| FieldShare {
            field: FieldHead { name: format!("field{at}"), number: false },
            known: 300,
            by_source: vec![100, 100, 50, 50, 0, 0],
            rules: u32::from(at < 3),
        };
        let duplicate = |at: usize| DuplicateRow {
            by: vec!["phone".into(), "email".into()],
            customers: vec![head(at), head(at + 1)],
            remedy: format!("tierhook customers merge shop:{at} shop:{}", at + 1),
        };
        let flaw = |at: usize| ImportFlaw {
            import: ImportId(at as u32),
            file: "orders.csv".into(),
            rejected: 40,
            conflicts: 2,
            is_unfinished: true,
            remedy: "correct the rows".into(),
        };
        let odd = |at: usize| OddRow {
            field: "birthday".into(),
            what: "lies in the future".into(),
            count: 3,
            example: head(at),
            value: "2980-02-03".into(),
            remedy: format!("tierhook customers edit shop:{at} --set birthday=..."),
        };
        QualityReport {
            customers: 2_000,
            sources: (0..6).map(source).collect(),
            fields: (0..30).map(field).collect(),
            duplicates: (0..20).map(duplicate).collect(),
            duplicates_total: 812,
            imports: (1..20).map(flaw).collect(),
            odd: (0..9).map(odd).collect(),
        }
    }

    fn show(report: &QualityReport, language: Language) -> String {
        let mut page = Page::new(Words::of(language), Screen { width: Some(100), is_coloured: false });
        quality(&mut page, report);
        page.finish()
    }

    #[test]
    fn the_worst_book_fits_on_a_screen_in_either_language() {
        for language in [Language::En, Language::Zh] {
            let text = show(&report(), language);
            assert!(text.lines().count() <= 48, "{text}");
            assert!(text.lines().all(|line| width(line) <= 100), "{text}");
            for command in ["customers merge shop:0 shop:1", "customers edit shop:0", "correct the rows"] {
                assert!(text.contains(command), "{text}");
            }
        }
    }

    #[test]
    fn a_good_book_is_called_good() {
        let mut good =
            QualityReport { duplicates: vec![], duplicates_total: 0, imports: vec![], odd: vec![], ..report() };
        assert!(!show(&good, Language::En).contains("nothing is old"), "a source has run dry");
        good.sources.retain(|source| !source.is_stale);
        assert!(show(&good, Language::En).ends_with("nothing contradicts itself, nothing is old\n"));
    }
}
