//! Components written by hand, a host for them, and frames.

use std::collections::BTreeMap;
use std::sync::Arc;

use tierhook_hooks::{BatchOutcome, Context, Frame, FrameBuilder, Hook, Manifest, Rule, Wishes};
use tierhook_model::{
    Band, BookZone, Catalogue, Class, Combination, Currency, CustomField, Day, Dimension, Dimensions, FieldType, Label,
    RecordId, Text, Value,
};
use tierhook_plugin::{HostSecret, PluginHost, PluginHostSettings, PluginSource};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// The parameters of a hook after lowering: a context and a frame.
const PARAMETERS: &str = "(param i32 i64 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)";

/// Makes a component of a core module in text, for a world of the contract.
pub(crate) fn component_of(world: &str, module: &str) -> Vec<u8> {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir("../sdk/wit").unwrap();
    let world = resolve.select_world(&[package], Some(world)).unwrap();
    let mut module = wat::parse_str(module).unwrap();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    ComponentEncoder::default().module(&module).unwrap().validate(true).encode().unwrap()
}

/// A module that exports a hook with this body, and more items besides. The body leaves the address of its answer; at 1024
/// there is one that wants nothing.
pub(crate) fn module(hook: &str, body: &str, items: &str) -> String {
    format!(
        r#"(module
            (import "tierhook:hooks/host@0.1.0" "log" (func $log (param i32 i32 i32 i32 i32)))
            (import "tierhook:hooks/host@0.1.0" "trace" (func $trace (param i32 i32 i32)))
            (memory (export "memory") 4)
            (global $next (mut i32) (i32.const 131072))
            (func (export "cabi_realloc") (param $old i32) (param $size i32) (param $align i32) (param $new i32) (result i32)
                (local $at i32)
                (local.set $at (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
                (global.set $next (i32.add (local.get $at) (local.get $new)))
                (if (i32.gt_u (global.get $next) (i32.mul (memory.size) (i32.const 65536)))
                    (then (if (i32.eq (memory.grow (i32.const 16)) (i32.const -1)) (then unreachable))))
                (local.get $at))
            {items}
            (func (export "tierhook:hooks/{hook}@0.1.0#{hook}") {PARAMETERS} (result i32) {body}))"#
    )
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
