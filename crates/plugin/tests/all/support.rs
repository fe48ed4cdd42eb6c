//! Components written by hand, a host for them, and frames.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use tierhook_hooks::{BatchOutcome, Context, Frame, FrameBuilder, Hook, Manifest, Rule, Wishes};
use tierhook_model::{
    Band, BookZone, Catalogue, Class, Combination, Currency, CustomField, Day, Dimension, Dimensions, FieldType, Label,
    RecordId, Text, Value,
};
use tierhook_plugin::{HostSecret, PluginHost, PluginHostSettings, PluginSource};

use crate::written::{self, module};

/// Makes a component of a core module in text, for a world of the contract.
pub(crate) fn component_of(world: &str, text: &str) -> Vec<u8> {
    written::component_of(Path::new("../sdk/wit"), world, text)
}

/// A component that classifies with this body.
pub(crate) fn classifying(body: &str, items: &str) -> Vec<u8> {
    component_of("classifies", &module("classify", body, items))
}

pub(crate) fn dimensions() -> Arc<Dimensions> {
    let class = |id: &str| Class { id: id.into(), ..Class::default() };
    let grade = Dimension { id: "grade".into(), classes: vec![class("A"), class("B")], ..Dimension::default() };
    let points = Dimension {
        id: "points".into(),
        classes: vec![class("high"), class("low")],
        combine: Combination::Points,
        bands: vec![Band { class: "high".into(), from: 0.5 }, Band { class: "low".into(), from: 0.0 }],
        ..Dimension::default()
    };
    Arc::new(Dimensions::new(vec![grade, points]).unwrap())
}

pub(crate) fn catalogue() -> Arc<Catalogue> {
    let custom = |name: &str, ty, label| CustomField { name: name.into(), ty, label, description: Text::default() };
    let custom = [
        custom("alias", FieldType::Text, Label::Pii),
        custom("nickname", FieldType::Text, Label::Pii),
        custom("shoe_size", FieldType::Integer, Label::Pii),
    ];
    Arc::new(Catalogue::new(&dimensions(), &custom, &[]))
}

/// A source with the fields that `classify` reads.
pub(crate) fn source(component: Vec<u8>, reads: &[&str]) -> PluginSource {
    let mut reads: Vec<String> = reads.iter().map(|field| (*field).to_owned()).collect();
    reads.sort();
    PluginSource {
        name: "guest".into(),
        release: "1.0.0".to_owned(),
        file: "plugins/guest/plugin.wasm".into(),
        component: component.into(),
        heavy: false,
        manifest: Manifest { dimensions: Some(vec!["grade".into(), "points".into()]), ..Manifest::default() },
        by_class: BTreeMap::new(),
        segments: None,
        reads: Hook::ALL.into_iter().map(|hook| (hook, reads.clone())).collect(),
        history: BTreeMap::new(),
        clear: Default::default(),
        owner: "guest".into(),
        manifest_digest: String::new(),
    }
}

pub(crate) fn host() -> PluginHost {
    PluginHost::new(PluginHostSettings::new(HostSecret::random().unwrap()))
}

/// Compiles a source on a host of its own.
pub(crate) fn rule(source: PluginSource) -> Arc<dyn Rule> {
    host().compile(source, &catalogue(), &dimensions()).unwrap().rule
}

/// What is wrong with a source.
pub(crate) fn refused(source: PluginSource) -> String {
    let faults = host().compile(source, &catalogue(), &dimensions()).unwrap_err();
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// A frame of so many records with the number of their orders: that of each is its place in the frame.
pub(crate) fn frame(records: usize) -> Arc<Frame> {
    let mut builder = FrameBuilder::new([("orders_total", FieldType::Integer)], records);
    for at in 0..records {
        builder.push(RecordId(at as u64 + 1), |_| Some(Value::Integer(at as i64)));
    }
    Arc::new(builder.finish())
}

pub(crate) fn context() -> Context {
    let zone = BookZone::named("Asia/Shanghai").unwrap();
    let day: Day = "2026-03-09".parse().unwrap();
    Context { day, day_end: zone.start_of(day.plus(1)), zone: zone.name().to_owned(), currency: Currency::CNY }
}

/// Calls `classify`.
pub(crate) fn classify(rule: &dyn Rule, frame: &Arc<Frame>) -> BatchOutcome {
    let outcome = rule.call(Hook::Classify, frame, &context());
    assert_eq!(outcome.records.len(), frame.len());
    outcome
}

/// The wishes of all records; none may have faulted.
pub(crate) fn wishes(outcome: &BatchOutcome) -> Vec<&Wishes> {
    outcome.records.iter().map(|record| record.result.as_ref().unwrap()).collect()
}
