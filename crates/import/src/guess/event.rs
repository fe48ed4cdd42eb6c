//! Lists of interactions, feedback and measures.

use std::collections::{BTreeMap, BTreeSet};

use super::choice::Choice;
use super::column::Column;
use super::customer::write_region;
use super::draft::Draft;
use super::notation::{cell, literal};
use super::word::{FEEDBACK, INTERACTIONS, Role, is_settled, kind_of_event};
use super::{GuessError, names, switched, write_customer};
use crate::mapping::ImportKind;

/// What all lists of events have.
const SHARED: [Role; 8] =
    [Role::Customer, Role::Phone, Role::Handle, Role::Email, Role::Company, Role::Name, Role::Date, Role::PersonId];

/// Drafts the mapping of a list of interactions.
pub(super) fn draft_interactions(draft: &mut Draft<'_>, file: &str) -> Result<(), GuessError> {
    let more = [Role::What, Role::Channel, Role::Direction, Role::Owner, Role::Text, Role::Notes, Role::Product];
    let choice = head(draft, &more, ImportKind::Interactions)?;
    let columns = draft.columns;
    let of_kind = |at: usize| columns[at].share(|value| kind_of_event(value, INTERACTIONS).is_some()) >= 60;
    let what = [Role::What, Role::Channel].into_iter().find_map(|role| choice.get(role).filter(|(at, _)| of_kind(*at)));
    write_what(draft, what.map(|(at, _)| at), file, INTERACTIONS, "call");
    if let Some((owner, sureness)) = choice.get(Role::Owner) {
        draft.column("by", owner, sureness);
    }
    if let Some((direction, sureness)) = choice.get(Role::Direction) {
        let column = &columns[direction];
        let inbound = |value: &&str| {
            ["in", "inbound", "incoming", "呼入", "来电", "客户来电"].contains(&value.to_lowercase().as_str())
        };
        let inbound: Vec<String> =
            column.distinct.keys().copied().filter(|value| inbound(value)).map(literal).collect();
        if !inbound.is_empty() {
            let expression = format!("{} in [{}]", cell(column.name), inbound.join(", "));
            draft.expression("inbound", direction, sureness, &expression);
        }
    }
    if let Some((note, sureness)) = choice.get(Role::Text).or(choice.get(Role::Notes)) {
        draft.column("note", note, sureness);
    }
    if let Some((product, sureness)) = choice.get(Role::Product) {
        draft.column("product", product, sureness);
    }
    Ok(())
}

/// Drafts the mapping of a list of feedback.
pub(super) fn draft_feedback(draft: &mut Draft<'_>, file: &str) -> Result<(), GuessError> {
    let more = [Role::What, Role::Score, Role::Complaint, Role::Status, Role::Text, Role::Notes, Role::Product];
    let choice = head(draft, &more, ImportKind::Feedback)?;
    let columns = draft.columns;
    let score = choice.get(Role::Score);
    let fallback = if score.is_some() { "satisfaction" } else { "complaint" };
    write_what(draft, choice.get(Role::What).map(|(at, _)| at), file, FEEDBACK, fallback);
    if let Some((at, sureness)) = score {
        write_score(draft, at, sureness);
    }
    if let Some((text, sureness)) = choice.get(Role::Text).or(choice.get(Role::Notes)) {
        draft.column("text", text, sureness);
    }
    let what = choice.get(Role::What).map(|(at, _)| at);
    if let Some((complaint, sureness)) = choice.get(Role::Complaint) {
        write_complaint(draft, complaint, what, score.is_none(), sureness);
    }
    ask_what_is_settled(draft, &choice);
    if let Some((product, sureness)) = choice.get(Role::Product).filter(|(at, _)| columns[*at].filled > 0) {
        draft.column("product", product, sureness);
    }
    Ok(())
}

/// Writes the number of a complaint: it is the complaint's own, and what a row that settles it speaks of.
fn write_complaint(draft: &mut Draft<'_>, at: usize, what: Option<usize>, are_complaints: bool, sureness: f64) {
    let columns = draft.columns;
    let of_kind = |column: &Column<'_>, kind: &str| -> Vec<String> {
        let values = column.distinct.keys().filter(|value| kind_of_event(value, FEEDBACK) == Some(kind));
        values.map(|value| literal(value)).collect()
    };
    match what.map(|at| &columns[at]) {
        None if are_complaints => draft.column("id", at, sureness),
        None => draft.column("complaint", at, sureness),
        Some(kinds) => {
            let complaints = of_kind(kinds, "complaint");
            if !complaints.is_empty() {
                let (kind, number) = (cell(kinds.name), cell(columns[at].name));
                let expression = format!("if {kind} in [{}] {{ {number} }} else {{ \"\" }}", complaints.join(", "));
                draft.expression("id", at, sureness, &expression);
            }
            if !of_kind(kinds, "complaint-resolved").is_empty() || complaints.is_empty() {
                draft.column("complaint", at, sureness);
            }
        }
    }
}

/// A row is one thing: of a ledger that says which complaints are settled, the settling is another list.
fn ask_what_is_settled(draft: &mut Draft<'_>, choice: &Choice) {
    let Some((at, _)) = choice.get(Role::Status) else { return };
    let column = &draft.columns[at];
    let settled: Vec<&str> = column.distinct.keys().copied().filter(|value| is_settled(value)).collect();
    if settled.is_empty() {
        return;
    }
    let (name, settled) = (column.name, settled.join(", "));
    draft.ask(
        format!(
            "`{name}` says {settled}, but a row is one thing: these complaints come in as open. Import the list a second \
             time by a copy of the mapping with what = {{ text = \"complaint-resolved\" }}, complaint = the number of the \
             complaint instead of id, at = the day on which it was settled, and a [[reject]] for the others"
        ),
        format!(
            "`{name}` 中有 {settled}，但一行只记一件事：这些投诉会按未解决导入。请复制映射再导入一次：\
             what = {{ text = \"complaint-resolved\" }}，用 complaint 代替 id 填投诉编号，at 填解决日期，其余行用 [[reject]] 排除"
        ),
    );
}

/// Drafts the mapping of a list of measures.
pub(super) fn draft_measures(draft: &mut Draft<'_>) -> Result<(), GuessError> {
    let choice = head(draft, &[Role::Measure, Role::Value], ImportKind::Measures)?;
    let columns = draft.columns;
    if let (Some((measure, how)), Some((value, sure))) = (choice.get(Role::Measure), choice.get(Role::Value)) {
        draft.column("measure", measure, how);
        draft.number("value", value, sure);
        return Ok(());
    }
    let mut any = false;
    for (at, column) in columns.iter().enumerate() {
        if draft.used[at].is_empty() && column.numbers.is_some() {
            let words = column.name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
            let name = words.collect::<Vec<_>>().join("_").to_lowercase();
            draft.number(&format!("measures.{name}"), at, 0.5);
            any = true;
        }
    }
    if any {
        return Ok(());
    }
    Err(GuessError::NoColumn { columns: names(columns), what: "a number", kind: ImportKind::Measures })
}

/// Writes who it was and when.
fn head(draft: &mut Draft<'_>, more: &[Role], kind: ImportKind) -> Result<Choice, GuessError> {
    let columns = draft.columns;
    let roles: Vec<Role> = SHARED.iter().chain(more).copied().collect();
    let mut choice = Choice::of(columns, &roles);
    let customer = write_customer(draft, &choice)?;
    if choice.get(Role::Phone).is_some_and(|(at, _)| at == customer) {
        write_region(draft, &choice);
    }
    if let Some(at) = (0..columns.len()).find(|at| columns[*at].dates.is_some() && !choice.has_column(*at)) {
        choice.add(Role::Date, at, 0.5);
    }
    let missing = || GuessError::NoColumn { columns: names(columns), what: "a date", kind };
    let (date, sureness) = choice.get(Role::Date).ok_or_else(missing)?;
    draft.date("at", date, sureness);
    if let Some((person, sureness)) = choice.get(Role::PersonId) {
        draft.column("contact", person, sureness);
    }
    Ok(choice)
}

/// Writes what each row is: by a column, by the file's name, or by what is likeliest.
fn write_what(
    draft: &mut Draft<'_>,
    what: Option<usize>,
    file: &str,
    kinds: &[(&'static str, &[&str])],
    fallback: &str,
) {
    let columns = draft.columns;
    if let Some(at) = what {
        let column = &columns[at];
        let pairs: BTreeMap<&str, &str> =
            column.distinct.keys().filter_map(|value| Some((*value, kind_of_event(value, kinds)?))).collect();
        if !pairs.is_empty() {
            let unknown: Vec<&str> =
                column.distinct.keys().copied().filter(|value| !pairs.contains_key(value)).collect();
            if !unknown.is_empty() {
                let known: BTreeSet<&str> = kinds.iter().map(|(kind, _)| *kind).collect();
                let known = known.into_iter().collect::<Vec<_>>().join(", ");
                let (name, unknown) = (column.name, unknown.join(", "));
                draft.ask(
                    format!("which of {known} is `{name}` {unknown}?"),
                    format!("`{name}` 的 {unknown} 属于 {known} 中的哪一种？"),
                );
            }
            return draft.expression("what", at, 0.7, &switched(column, &pairs));
        }
    }
    let by_name = kind_of_event(file, kinds);
    let kind = by_name.unwrap_or(fallback);
    if by_name.is_none() {
        draft.ask(
            format!("no column says what each row is; all are taken as {kind}"),
            format!("没有列说明各行的类型，全部计为 {kind}"),
        );
    }
    draft.write("what", &format!("{{ text = \"{kind}\" }}"), "");
}

/// What a score says that is not written as a number alone.
fn score_in_words(value: &str) -> Option<&'static str> {
    const SCORES: [&str; 5] = ["1", "2", "3", "4", "5"];
    if value.chars().all(|c| matches!(c, '★' | '⭐' | '☆')) {
        let full = value.chars().filter(|c| *c != '☆').count();
        return SCORES.get(full.checked_sub(1)?).copied();
    }
    let lower = value.to_lowercase();
    let bare = ["星", "分", "stars", "star"].iter().find_map(|unit| lower.strip_suffix(unit)).unwrap_or(&lower).trim();
    let at = match bare {
        "1" | "一" | "非常不满意" | "很不满意" | "差评" => 0,
        "2" | "二" | "两" | "不满意" | "不太满意" => 1,
        "3" | "三" | "一般" | "中评" => 2,
        "4" | "四" | "满意" | "比较满意" => 3,
        "5" | "五" | "非常满意" | "很满意" | "好评" => 4,
        _ => return None,
    };
    Some(SCORES[at])
}

/// Writes a score from 1 to 5: scales to 10 and to 100, and words, are converted.
fn write_score(draft: &mut Draft<'_>, at: usize, sureness: f64) {
    let column = &draft.columns[at];
    let name = column.name;
    let Some(numbers) = &column.numbers else {
        let pairs: BTreeMap<&str, &str> =
            column.distinct.keys().filter_map(|value| Some((*value, score_in_words(value)?))).collect();
        return draft.expression("score", at, sureness.min(0.7), &switched(column, &pairs));
    };
    let most = numbers.values.iter().flatten().max().copied().unwrap_or_default();
    let scale = [5, 10, 100].into_iter().find(|top| most <= (*top).into()).unwrap_or(100);
    if scale == 5 {
        return draft.number("score", at, sureness);
    }
    draft.as_number(at);
    draft.expression("score", at, sureness.min(0.6), &format!("1 + {} * 4 / {scale}", cell(name)));
    draft.ask(
        format!("`{name}` goes up to {most}: it is taken as a scale from 0 to {scale} and converted to 1 to 5"),
        format!("`{name}` 最高为 {most}：按 0 至 {scale} 分计，并换算为 1 至 5 分"),
    );
}
