//! What a list of orders tells: one page that somebody may send on.

use std::path::Path;

use tierhook_model::Severity;
use tierhook_server::api::{AtRiskRow, Backtest, MoveMatrix, TrialReport};

use super::page::Page;
use crate::number::{count, counted, decimal, percent};
use crate::screen::{Style, quoted, width};
use crate::table::{Cell, Column, Table};
use crate::word::fill;

/// How many dimensions are shown.
const DIMENSIONS: usize = 5;
/// How many different things to do are listed.
const ACTIONS: usize = 2;

/// Renders what a list tells.
pub(super) fn trial(page: &mut Page, report: &TrialReport, file: &Path, map: Option<&Path>) {
    extent(page, report);
    graded(page, report);
    at_risk(page, report);
    if let Some(test) = &report.backtest {
        backtest(page, test);
    }
    next(page, report, file, map);
}

fn extent(page: &mut Page, report: &TrialReport) {
    let (words, extent) = (page.words, &report.extent);
    let customers = counted(extent.customers, words.one_customer, words.many_customers);
    let orders = counted(extent.orders, words.one_order, words.many_orders);
    let money = fill(words.net_of, &[&money(extent.net_revenue), &extent.currency.as_deref().unwrap_or_default()]);
    page.line(Style::Strong, &fill(words.extent, &[&report.import.file, &customers, &orders, &money.trim_end()]));
    page.line(Style::Plain, &fill(words.from_to, &[&extent.first, &extent.last]));
    if extent.currency.is_none() {
        page.sentence(0, Style::Warn, words.no_currency);
    }
    if let Some(guess) = &report.guess {
        let taken = guess.columns.iter().filter_map(|column| {
            let unsure = if column.is_unsure() { format!(" ({})", words.unsure) } else { String::new() };
            Some(joined(&format!("{} = {}{unsure}", words.mapping_key(column.key.as_deref()?), column.column)))
        });
        let taken = taken.collect::<Vec<_>>().join(", ");
        page.sentence(0, Style::Faint, &fill(words.columns_taken, &[&taken]));
    }
    let mut rejected: Vec<_> = report.import.rejected.iter().collect();
    rejected.sort_by_key(|counted| std::cmp::Reverse(counted.count));
    if !rejected.is_empty() {
        let why: Vec<String> =
            rejected.iter().take(4).map(|it| format!("{} {}", words.code(&it.what), count(it.count))).collect();
        let (left, rows) = (count(report.import.rejected_rows()), count(report.import.rows));
        page.sentence(0, Style::Warn, &fill(words.rows_left, &[&left, &rows, &why.join(", ")]));
    }
}

fn graded(page: &mut Page, report: &TrialReport) {
    let words = page.words;
    page.heading(words.graded_to_fit);
    let tells = |matrix: &&MoveMatrix| matrix.cells.iter().any(|cell| cell.to != tierhook_model::UNRATED);
    let all = report.extent.customers.max(1) as f64;
    let classes = |matrix: &MoveMatrix| {
        let class = |class: &tierhook_server::api::ClassHead| {
            let number: u64 = matrix.cells.iter().filter(|cell| cell.to == class.id).map(|cell| cell.count).sum();
            let share = number as f64 / all * 100.0;
            (number > 0)
                .then(|| joined(&format!("{} {} ({share:.0} %)", words.class(&class.id, &class.name), count(number))))
        };
        let rated = matrix.classes.iter().filter(|class| class.id != tierhook_model::UNRATED);
        rated.filter_map(class).collect::<Vec<_>>().join(", ")
    };
    let shown: Vec<&MoveMatrix> = report.graded.dimensions.iter().filter(tells).take(DIMENSIONS).collect();
    let widest = shown.iter().map(|matrix| width(&matrix.dimension.name)).max().unwrap_or_default();
    for matrix in shown {
        // As in a table, but what is too long goes on below rather than being cut.
        let name = &matrix.dimension.name;
        let between = "\u{a0}".repeat(widest - width(name) + 2);
        page.sentence(2, Style::Plain, &format!("{name}{between}{}", classes(matrix)));
    }
}

fn at_risk(page: &mut Page, report: &TrialReport) {
    let words = page.words;
    if report.warned == 0 {
        page.heading(words.nobody_at_risk);
        return;
    }
    let customers = counted(report.warned, words.one_customer, words.many_customers);
    page.heading(&fill(words.at_risk, &[&customers, &money(report.at_stake), &report.at_risk.len()]));
    let mut table = Table::new(vec![
        Column::text(words.customer),
        Column::left(""),
        Column::right(words.in_365_days),
        Column::text(words.why),
    ]);
    for row in &report.at_risk {
        // The first reason is the one that counts, and each customer has one line.
        let reason = row.warning.reasons.first().map_or(row.warning.name.as_str(), |reason| reason.text.as_str());
        let style = if row.warning.severity == Severity::High { Style::Bad } else { Style::Warn };
        let class = row.class.as_ref().map_or("", |class| words.class(&class.id, &class.name));
        table.row(vec![
            row.warning.customer.name.as_deref().unwrap_or(&row.warning.customer.id).into(),
            class.into(),
            money(row.net_revenue_365d).into(),
            Cell::new(style, reason),
        ]);
    }
    page.table(2, &table);
    for (action, times) in actions(&report.at_risk).into_iter().take(ACTIONS) {
        let all = times == report.at_risk.len();
        let whom = if all { String::new() } else { fill(words.for_so_many, &[&times]) };
        page.sentence(2, Style::Plain, &format!("{}{whom}", fill(words.suggestion, &[&action])));
    }
}

/// What to do, the most frequent first.
fn actions(rows: &[AtRiskRow]) -> Vec<(&str, usize)> {
    let mut actions: Vec<(&str, usize)> = Vec::new();
    for action in rows.iter().filter_map(|row| row.warning.suggestion.as_deref()) {
        match actions.iter_mut().find(|(known, _)| *known == action) {
            Some((_, times)) => *times += 1,
            None => actions.push((action, 1)),
        }
    }
    actions.sort_by_key(|(_, times)| std::cmp::Reverse(*times));
    actions
}

fn backtest(page: &mut Page, test: &Backtest) {
    let words = page.words;
    if !test.is_telling() {
        let text = fill(words.too_few_to_tell, &[&test.as_of, &count(test.warned), &count(test.others)]);
        return page.sentence(2, Style::Faint, &text);
    }
    let share = |part: u64, of: u64| percent(part as f64 / of as f64);
    let text = fill(
        words.backtest,
        &[
            &test.as_of,
            &count(test.warned),
            &test.purchase_days,
            &test.days,
            &share(test.warned_bought, test.warned),
            &count(test.others),
            &share(test.others_bought, test.others),
        ],
    );
    page.sentence(2, Style::Plain, &text);
}

fn next(page: &mut Page, report: &TrialReport, file: &Path, map: Option<&Path>) {
    let words = page.words;
    page.heading(words.what_next);
    let currency = report.extent.currency.as_deref().unwrap_or("CNY");
    // The command is typed in the folder that the file was named from; a workspace elsewhere would have another.
    let word = |path: &Path| quoted(&path.display().to_string());
    let by = map.map_or_else(|| "--guess".to_owned(), |map| format!("--map {}", word(map)));
    let import = format!("tierhook --workspace shop import {} {by}", word(file));
    let mut steps = vec![
        (format!("tierhook init shop --currency {currency}"), words.next_init),
        (import, words.next_import),
        ("tierhook --workspace shop rules suggest --write".to_owned(), words.next_suggest),
        ("tierhook --workspace shop today".to_owned(), words.next_today),
    ];
    if report.extent.is_old {
        steps.insert(2, ("tierhook --workspace shop clock follow last-fact".to_owned(), words.next_clock));
    }
    // A command that is cut short is of no use, however long the path in it is.
    for (command, note) in &steps {
        page.remarked(2, command, note);
    }
}

/// Keeps a text on one line of a sentence.
fn joined(text: &str) -> String {
    text.replace(' ', "\u{a0}")
}

/// Writes an amount without a fraction: nobody reads it here.
fn money(amount: f64) -> String {
    decimal(amount.round())
}
