use super::*;
use crate::cell::cell;
use crate::{Cell, Day, class, plan, score, warn};

/// The rows of a table, as the cells of some columns.
fn rows<'o>(outcome: &'o types::Outcome, table: &str, columns: &[&str]) -> Vec<Vec<Cell<'o>>> {
    let Some(table) = outcome.tables.iter().find(|found| found.name == table) else { return Vec::new() };
    let at = |row: usize, name: &str| {
        let column = table.columns.iter().find(|column| column.name == name);
        column.map_or(Cell::Missing, |column| cell(column, row))
    };
    (0..table.rows as usize).map(|row| columns.iter().map(|name| at(row, name)).collect()).collect()
}

fn wanted<W: Wish>(records: &[&[W]]) -> types::Outcome {
    let mut tables = Tables::new::<W>();
    for (record, wishes) in records.iter().enumerate() {
        tables.add(record as u32, wishes);
    }
    tables.finish()
}

#[test]
fn what_nobody_wants_makes_no_tables() {
    let outcome = wanted::<Classes>(&[&[], &[]]);
    assert!(outcome.tables.is_empty() && outcome.faults.is_empty());
}

#[test]
fn reasons_and_arguments_go_by_the_rows_of_what_they_explain() {
    let first = class("grade", "A").because("X").with("n", 3).with("unknown", None::<f64>);
    let second = class("value", "high").because("Y").because("Z").with("day", Day(7));
    let outcome = wanted::<Classes>(&[&[], &[first.into(), second.into()]]);
    let classes = rows(&outcome, "classes", &["record", "dimension", "class"]);
    assert_eq!(classes[1], [Cell::Integer(1), Cell::Text("value"), Cell::Text("high")]);
    let reasons = rows(&outcome, "reasons", &["wish", "code", "role"]);
    assert_eq!(reasons[2], [Cell::Integer(1), Cell::Text("Z"), Cell::Missing]);
    let arguments = rows(&outcome, "arguments", &["reason", "name", "integer", "day"]);
    assert_eq!(arguments[0], [Cell::Integer(0), Cell::Text("n"), Cell::Integer(3), Cell::Missing]);
    assert_eq!(arguments[1], [Cell::Integer(0), Cell::Text("unknown"), Cell::Missing, Cell::Missing]);
    assert_eq!(arguments[2], [Cell::Integer(2), Cell::Text("day"), Cell::Missing, Cell::Day(Day(7))]);
}

#[test]
fn points_stand_in_groups_and_bands_once_for_the_dimension() {
    let word = || score("grade").group("a", 40.0, 0.5).group("b", 60.0, None).band("A", 0.5).band("B", 0.0);
    let outcome = wanted::<Classes>(&[&[word().into()], &[word().into()]]);
    assert_eq!(rows(&outcome, "classes", &["class"]), [[Cell::Missing], [Cell::Missing]]);
    let groups = rows(&outcome, "groups", &["class", "name", "attainable", "points"]);
    assert_eq!(groups[0], [Cell::Integer(0), Cell::Text("a"), Cell::Decimal(40.0), Cell::Decimal(20.0)]);
    assert_eq!(groups[3], [Cell::Integer(1), Cell::Text("b"), Cell::Decimal(60.0), Cell::Missing]);
    let bands = rows(&outcome, "bands", &["dimension", "class", "from"]);
    assert_eq!(bands[1], [Cell::Text("grade"), Cell::Text("B"), Cell::Decimal(0.0)]);
    assert_eq!(bands.len(), 2);
}

#[test]
fn bands_that_differ_are_the_fault_of_the_record_that_comes_later() {
    let word = |from| Classes::from(score("grade").group("a", 40.0, 0.5).band("A", from));
    let outcome = wanted(&[&[word(0.5)], &[word(0.4)]]);
    assert_eq!(outcome.faults[0].record, 1);
    assert!(outcome.faults[0].fault.message.contains("bands of `grade`"));
    assert_eq!(rows(&outcome, "classes", &["record"]), [[Cell::Integer(0)]]);
}

#[test]
fn two_words_on_a_dimension_are_a_fault_and_nothing_of_the_record_counts() {
    let outcome = wanted::<Classes>(&[&[class("grade", "A").into(), class("grade", "B").into()]]);
    assert_eq!(outcome.faults[0].fault.message, "there are two words on `grade`");
    assert!(outcome.tables.is_empty());
}

#[test]
fn anchors_say_what_they_need_and_nothing_else() {
    let columns = ["anchor", "fact", "every", "since", "day"];
    let outcome = wanted(&[&[
        plan("a"),
        plan("b").per_fact("o1"),
        plan("c").every(30).since_order(),
        plan("d").every(7).since(Day(3)),
        plan("e").per_cycle("milk"),
        plan("f").per_year(Day(4)),
        plan("g").episode(Day(5)),
    ]]);
    let expected = [
        ("once", Cell::Missing, Cell::Missing, Cell::Missing, Cell::Missing),
        ("fact", Cell::Text("o1"), Cell::Missing, Cell::Missing, Cell::Missing),
        ("every", Cell::Missing, Cell::Integer(30), Cell::Text("order"), Cell::Missing),
        ("every", Cell::Missing, Cell::Integer(7), Cell::Text("day"), Cell::Day(Day(3))),
        ("cycle", Cell::Text("milk"), Cell::Missing, Cell::Missing, Cell::Missing),
        ("year", Cell::Missing, Cell::Missing, Cell::Missing, Cell::Day(Day(4))),
        ("episode", Cell::Missing, Cell::Missing, Cell::Missing, Cell::Day(Day(5))),
    ];
    let expected = expected.map(|(anchor, fact, every, since, day)| vec![Cell::Text(anchor), fact, every, since, day]);
    assert_eq!(rows(&outcome, "follow-ups", &columns), expected);
}

#[test]
fn actions_offers_and_suggestions_are_reasons_with_a_role() {
    let wish = plan("a").because("X").action("DO").with("n", 1).offer("GIVE").offer_ends(Day(9));
    let outcome = wanted(&[&[wish]]);
    let roles = rows(&outcome, "reasons", &["role", "code"]);
    assert_eq!(roles[1], [Cell::Text("action"), Cell::Text("DO")]);
    assert_eq!(roles[2], [Cell::Text("offer"), Cell::Text("GIVE")]);
    assert_eq!(rows(&outcome, "follow-ups", &["offer-ends"]), [[Cell::Day(Day(9))]]);
    let outcome = wanted(&[&[warn("silence").severity(Severity::High).episode(Day(2)).suggest("CALL")]]);
    assert_eq!(rows(&outcome, "reasons", &["role"]), [[Cell::Text("suggestion")]]);
    assert_eq!(rows(&outcome, "warnings", &["severity", "day"]), [[Cell::Text("high"), Cell::Day(Day(2))]]);
}

#[test]
fn what_a_builder_cannot_mean_is_a_fault() {
    let outcome = wanted(&[
        &[plan("a").since_order()][..],
        &[plan("a").every(0)],
        &[plan("a").offer("X").offer("Y")],
        &[plan("a").because("X").with("n", f64::NAN)],
    ]);
    let messages: Vec<&str> = outcome.faults.iter().map(|faulted| faulted.fault.message.as_str()).collect();
    assert!(messages[0].starts_with("`since...` has no cycle"));
    assert_eq!(messages[1..], ["a cycle of 0 days", "there are two of `offer`", "`n` of X is no finite number"]);
    assert!(outcome.tables.is_empty());
}
