//! Definitions: everything that a rule may read and call, as a text for editors and people.

use std::fmt::Write as _;

use tierhook_model::{Catalogue, Dimensions, Field, FieldType};

/// The functions that the host adds to the language, as the documentation shows them.
const FUNCTIONS: &str = r#"
// What several rules share: `import "lib/tiers" as tiers;` above the functions, for the file scripts/lib/tiers.rhai (or
// `import "_tiers" as tiers;` for scripts/_tiers.rhai), then `tiers::best(customer)`.

/// The word on a dimension: this class.
fn class(dimension: String, class: String) -> Class;
/// The word on a dimension: points. Without bands they are added to those of other rules.
fn score(dimension: String) -> Score;
/// Adds a group of points: what can be had, and the share of it that the record has (0 to 1; missing is unknown).
fn group(score: Score, name: String, attainable: number, share: number) -> Score;
/// The same with a reason that carries the points.
fn group(score: Score, name: String, attainable: number, share: number, code: String, args: Map) -> Score;
/// The share of points from which a class is given; best class first.
fn band(score: Score, class: String, from: number) -> Score;
/// The share of the way from one number to another that a value has come, within 0 and 1; missing stays missing.
fn scaled(x: number, from: number, to: number) -> number;

/// Something to do.
fn plan(kind: String) -> Plan;
/// What makes it the same one when it is wished again: once for the record.
fn once(plan: Plan) -> Plan;
/// Once for a fact, by its id.
fn per_fact(plan: Plan, id: String) -> Plan;
/// Every so many days since the last contact, or since what the next method names.
fn every(plan: Plan, days: int) -> Plan;
fn since_contact(plan: Plan) -> Plan;
fn since_order(plan: Plan) -> Plan;
fn since_first_seen(plan: Plan) -> Plan;
fn since(plan: Plan, day: Day) -> Plan;
/// Once for the last purchase of a consumption group.
fn per_cycle(plan: Plan, group: String) -> Plan;
/// Once a year, on the anniversary of a day.
fn per_year(plan: Plan, day: Day) -> Plan;
/// Once for an episode that began on a day.
fn episode(plan: Plan, day: Day) -> Plan;
fn due(plan: Plan, day: Day) -> Plan;
fn channel(plan: Plan, channel: String) -> Plan;
fn priority(plan: Plan, priority: int) -> Plan;
fn action(plan: Plan, code: String, args: Map) -> Plan;
fn offer(plan: Plan, code: String, args: Map, last_day: Day) -> Plan;

/// Something to fear.
fn warn(cause: String) -> Warning;
/// "low", "medium" or "high".
fn severity(warning: Warning, severity: String) -> Warning;
fn episode(warning: Warning, day: Day) -> Warning;
fn per_fact(warning: Warning, id: String) -> Warning;
fn suggest(warning: Warning, code: String, args: Map) -> Warning;

/// Adds a reason to a class, score, plan or warning.
fn because(wish, code: String, args: Map);

/// The value, or the other one where it is missing. `.is_missing` and `.is_known` ask.
fn or(value, other);

/// A day from YYYY-MM-DD.
fn day(text: String) -> Day;
fn plus(day: Day, days: int) -> Day;
/// Days since an earlier day; the same as `day - earlier`.
fn since(day: Day, earlier: Day) -> int;
/// Properties of a day: year, month, day, weekday (1 is Monday), end_of_week (the Sunday).

/// An exact number from a text or number.
fn num(value) -> Decimal;
fn trim(text: String) -> String;
fn lower(text: String) -> String;
fn upper(text: String) -> String;
fn replace(text: String, from: String, to: String) -> String;
"#;

/// Renders the fields, the context, the classes and the functions that a rule may use.
pub fn definitions(catalogue: &Catalogue, dimensions: &Dimensions) -> String {
    let mut text = String::from("module static;\n\n// Fields: customer.<name>. Any of them can be missing.\n");
    for field in catalogue.iter() {
        let _ = writeln!(text, "/// {} {}", field.description.en, field.computed);
        let _ = writeln!(text, "let customer.{}: {};", field.name, type_name(field));
    }
    text.push_str("\n// The context.\nlet ctx.day: Day;\nlet ctx.params: Map;\nlet ctx.currency: String;\nlet ctx.zone: String;\n");
    text.push_str("\n// Dimensions and their classes.\n");
    for dimension in dimensions.iter() {
        let classes: Vec<&str> = dimension.classes.iter().map(|class| class.id.as_str()).collect();
        let _ = writeln!(text, "// {}: {}", dimension.id, classes.join(", "));
    }
    text.push_str(FUNCTIONS);
    text
}

fn type_name(field: &Field) -> &'static str {
    match field.ty {
        FieldType::Text => "String",
        FieldType::Integer => "int",
        FieldType::Decimal | FieldType::Money => "float",
        FieldType::Boolean => "bool",
        FieldType::Day => "Day",
        FieldType::TextList => "Array",
    }
}
