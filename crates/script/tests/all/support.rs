//! A small book for scripts: a catalogue, dimensions, and records given as values by field name.

use std::collections::BTreeMap;
use std::sync::Arc;

use tierhook_hooks::{
    BatchOutcome, Context, Fault, Frame, FrameBuilder, Hook, Limits, ParameterValue, RecordOutcome, Rule, Wishes,
};
use tierhook_model::{
    Band, BookZone, Catalogue, Class, Combination, Currency, CustomField, Day, Dimension, Dimensions, FieldType, Label,
    RecordId, Text, Value,
};
use tierhook_script::{ScriptHost, ScriptSource};

pub(crate) type Fields<'a> = &'a [(&'a str, Value)];

pub(crate) fn dimension(id: &str, combine: Combination, classes: &[&str]) -> Dimension {
    let class = |id: &&str| Class { id: (*id).to_owned(), name: Text::new(*id, *id), ..Class::default() };
    let bands = match combine {
        Combination::Points => vec![Band { class: classes[0].to_owned(), from: 0.5 }],
        Combination::First | Combination::Best | Combination::Worst => Vec::new(),
    };
    Dimension {
        id: id.to_owned(),
        name: Text::new(id, id),
        combine,
        bands,
        classes: classes.iter().map(class).collect(),
        ..Dimension::default()
    }
}

pub(crate) fn dimensions() -> Arc<Dimensions> {
    let all = vec![
        dimension("grade", Combination::First, &["A", "B", "C", "new"]),
        dimension("value", Combination::Points, &["high", "low"]),
    ];
    Arc::new(Dimensions::new(all).unwrap())
}

pub(crate) fn catalogue() -> Arc<Catalogue> {
    let declared = |name: &str, ty| CustomField {
        name: name.to_owned(),
        ty,
        label: Label::Internal,
        description: Text::new("declared", "declared"),
    };
    Arc::new(Catalogue::new(
        &dimensions(),
        &[declared("region", FieldType::Text)],
        &[declared("assets", FieldType::Decimal), declared("seats", FieldType::Integer)],
    ))
}

pub(crate) fn host() -> ScriptHost {
    host_with(Limits::default())
}

pub(crate) fn host_with(limits: Limits) -> ScriptHost {
    ScriptHost::new(catalogue(), dimensions(), limits)
}

pub(crate) fn source(text: &str, manifest: Option<&str>) -> ScriptSource {
    ScriptSource {
        name: "rule".to_owned(),
        file: "scripts/rule.rhai".to_owned(),
        text: text.to_owned(),
        manifest_file: "scripts/rule.toml".to_owned(),
        manifest: manifest.map(str::to_owned),
        parameters: BTreeMap::new(),
        segments: None,
        limits: None,
        values: None,
        modules: BTreeMap::new(),
    }
}

/// A script with modules, by their paths below the scripts folder.
pub(crate) fn with_modules(text: &str, modules: &[(&str, &str)]) -> ScriptSource {
    let file = |(path, text): &(&str, &str)| (format!("scripts/{path}.rhai"), (*text).to_owned());
    ScriptSource { modules: modules.iter().map(file).collect(), ..source(text, None) }
}

pub(crate) fn compile(text: &str, manifest: Option<&str>) -> Arc<dyn Rule> {
    host().compile(source(text, manifest)).unwrap_or_else(|faults| panic!("{}", show(&faults)))
}

pub(crate) fn faults(text: &str, manifest: Option<&str>) -> Vec<Fault> {
    host().compile(source(text, manifest)).expect_err("the script should be refused")
}

pub(crate) fn show(faults: &[Fault]) -> String {
    faults.iter().map(|fault| format!("{}: {fault}\n", fault.code.name())).collect()
}

pub(crate) fn context() -> Context {
    let zone = BookZone::named("Asia/Shanghai").unwrap();
    let day: Day = "2026-03-09".parse().unwrap();
    let day_end = zone.start_of(day.plus(1));
    Context { day, day_end, zone: zone.name().to_owned(), currency: Currency::CNY }
}

/// A frame with all fields that a hook reads; what a record does not name is missing.
pub(crate) fn frame(rule: &Arc<dyn Rule>, hook: Hook, records: &[Fields]) -> Arc<Frame> {
    let catalogue = catalogue();
    let reads = rule.meta().reads(hook);
    let columns = reads.iter().map(|name| (name.as_str(), catalogue.get(name).unwrap().ty));
    let mut builder = FrameBuilder::new(columns, records.len());
    for (number, record) in (0..).zip(records) {
        builder.push(RecordId(number), |column| {
            record.iter().find(|(name, _)| *name == reads[column]).map(|(_, value)| value.clone())
        });
    }
    Arc::new(builder.finish())
}

pub(crate) fn batch(rule: &Arc<dyn Rule>, hook: Hook, records: &[Fields]) -> BatchOutcome {
    rule.call(hook, &frame(rule, hook, records), &context())
}

pub(crate) fn one(rule: &Arc<dyn Rule>, hook: Hook, record: Fields) -> RecordOutcome {
    batch(rule, hook, &[record]).records.remove(0)
}

/// Runs the body of a `classify` on one record.
pub(crate) fn classify(body: &str, record: Fields) -> Result<Wishes, Fault> {
    let rule =
        compile(&format!("fn classify(customer, ctx) {{\n{body}\n}}"), Some("dimensions = [\"grade\", \"value\"]"));
    one(&rule, Hook::Classify, record).result
}

/// What a body throws: lets an expression be looked at through its text.
pub(crate) fn thrown(expression: &str, record: Fields) -> String {
    let fault = classify(&format!("throw `${{{expression}}}`;"), record).unwrap_err();
    match fault.message.strip_prefix("the script threw `").and_then(|rest| rest.strip_suffix('`')) {
        Some(text) => text.to_owned(),
        None => fault.to_string(),
    }
}

pub(crate) fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

pub(crate) fn day(value: &str) -> Value {
    Value::Day(value.parse::<Day>().unwrap())
}

/// An operator's value.
pub(crate) fn parameters(values: &[(&str, ParameterValue)]) -> BTreeMap<String, ParameterValue> {
    values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}
