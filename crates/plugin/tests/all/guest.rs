//! What a guest is given and where it runs.

use std::sync::Arc;

use tierhook_hooks::Hook;
use tierhook_plugin::{Allocator, HostSecret, PluginHost, PluginHostSettings};

use crate::support::{
    catalogue, classify, classifying, context, dimensions, frame, host, refused, rule, source, wishes,
};

const NOTHING: &str = "(i32.const 1024)";

#[test]
fn one_that_wants_nothing_gets_every_batch_in_parts() {
    let rule = rule(source(classifying(NOTHING, ""), &["orders_total"]));
    assert_eq!(rule.meta().hooks, [Hook::Classify]);
    let outcome = classify(&*rule, &frame(3000));
    assert!(wishes(&outcome).iter().all(|wishes| wishes.classes.is_empty()));
    assert_eq!((outcome.usage.records, outcome.usage.faults), (3000, 0));
    // A hook that it has not got wants nothing either.
    assert_eq!(rule.call(Hook::FollowUp, &frame(2), &context()).records.len(), 2);
}

#[test]
fn nothing_is_left_from_one_call_to_the_next() {
    // Counts its calls, and traps at the second one.
    let counting = "(global.set $calls (i32.add (global.get $calls) (i32.const 1)))
        (if (i32.gt_s (global.get $calls) (i32.const 1)) (then unreachable)) (i32.const 1024)";
    let rule = rule(source(classifying(counting, "(global $calls (mut i32) (i32.const 0))"), &[]));
    for _ in 0..5 {
        wishes(&classify(&*rule, &frame(2)));
    }
}

#[test]
fn many_threads_share_the_places() {
    let host = host();
    let rule = host.compile(source(classifying(NOTHING, ""), &[]), &catalogue(), &dimensions()).unwrap().rule;
    assert_eq!(host.allocator(), Some(Allocator::Pooling));
    std::thread::scope(|scope| {
        for _ in 0..32 {
            let rule = &rule;
            scope.spawn(move || (0..50).for_each(|_| drop(wishes(&classify(&**rule, &frame(4))))));
        }
    });
}

#[test]
fn traces_and_logs_come_through() {
    let body = "(call $trace (i32.const 1) (i32.const 2048) (i32.const 8))
        (call $log (i32.const 1) (i32.const 1) (i32.const 0) (i32.const 2048) (i32.const 8))
        (i32.const 1024)";
    let rule = rule(source(classifying(body, "(data (i32.const 2048) \"big-buys\")"), &[]));
    let outcome = classify(&*rule, &frame(2));
    assert!(outcome.records[0].hits.is_empty());
    assert_eq!(outcome.records[1].hits, ["big-buys"]);
}

#[test]
fn reads_are_those_that_were_granted_and_the_catalogue_knows() {
    let plugin = rule(source(classifying(NOTHING, ""), &["orders_total"]));
    assert_eq!(plugin.meta().reads(Hook::Classify), ["orders_total"]);
    let outcome = classify(&*plugin, &frame(1));
    assert_eq!(outcome.records[0].read.iter().collect::<Vec<_>>(), [0], "what it was given counts as read");
    let said = refused(source(classifying(NOTHING, ""), &["orders_totl"]));
    assert!(said.contains("no field `orders_totl`") && said.contains("did you mean `orders_total`"), "{said}");
    let said = refused(source(classifying(NOTHING, ""), &["class.grade"]));
    assert!(said.contains("decides itself") && said.contains("standing.grade"), "{said}");
}

#[test]
fn a_manifest_says_which_dimensions_it_decides() {
    let mut none = source(classifying(NOTHING, ""), &[]);
    none.manifest.dimensions = None;
    assert!(refused(none).contains("names no dimension"));
    let mut unknown = source(classifying(NOTHING, ""), &[]);
    unknown.manifest.dimensions = Some(vec!["grad".into()]);
    assert!(refused(unknown).contains("did you mean `grade`"));
}

#[test]
fn compiled_code_is_kept_and_nobody_else_may_write_it() {
    let folder = tempfile::tempdir().unwrap();
    let secret = HostSecret::open(&folder.path().join("host.key")).unwrap();
    let cache = folder.path().join("compiled");
    let compile = || {
        let settings = PluginHostSettings { cache: Some(cache.clone()), ..PluginHostSettings::new(secret.clone()) };
        let compiled =
            PluginHost::new(settings).compile(source(classifying(NOTHING, ""), &[]), &catalogue(), &dimensions());
        let compiled = compiled.unwrap();
        wishes(&classify(&*compiled.rule, &frame(2)));
        compiled.notes
    };
    assert_eq!(compile(), []);
    let entry = || std::fs::read_dir(&cache).unwrap().next().unwrap().unwrap().path();
    let (path, bytes) = (entry(), std::fs::read(entry()).unwrap());
    assert_eq!(compile(), [], "what is kept is used");
    assert_eq!(std::fs::read(entry()).unwrap(), bytes);

    let mut tampered = bytes.clone();
    let middle = tampered.len() / 2;
    tampered[middle] ^= 1;
    for other in [tampered, bytes[..100].to_vec(), Vec::new()] {
        std::fs::write(&path, &other).unwrap();
        let notes = compile();
        assert_eq!(notes.len(), 1, "{notes:?}");
        assert!(notes[0].message.contains("changed by somebody else"), "{}", notes[0]);
        assert_eq!(compile(), [], "it was compiled anew and kept");
    }
}

#[test]
fn parameters_differ_by_segment() {
    use std::collections::BTreeMap;
    use tierhook_hooks::{FrameBuilder, Manifest, Segments};
    use tierhook_model::{FieldType, RecordId, Value};

    // Traces, for record 0 of its call, how many parameters it got: the length of the list is the eighth parameter.
    let body = "(call $trace (i32.const 0) (i32.const 2048) (local.get 7)) (i32.const 1024)";
    let mut source = source(classifying(body, "(data (i32.const 2048) \"123456\")"), &[]);
    source.manifest =
        Manifest { dimensions: source.manifest.dimensions, ..Manifest::parse("[parameters]\na = 1\n").unwrap() };
    let large = Manifest::parse("[parameters]\na = 1\nb = 2\n").unwrap();
    source.by_class = [("large".to_owned(), large)].into();
    source.segments = Some(Segments { dimension: "points".into(), values: BTreeMap::new() });
    let rule = rule(source);
    assert_eq!(rule.meta().reads(Hook::Classify), ["class.points"]);
    let mut builder = FrameBuilder::new([("class.points", FieldType::Text)], 4);
    for (at, class) in [Some("large"), None, Some("small"), Some("large")].into_iter().enumerate() {
        builder.push(RecordId(at as u64), |_| class.map(|class| Value::Text(class.to_owned())));
    }
    let outcome = classify(&*rule, &Arc::new(builder.finish()));
    let hits: Vec<_> = outcome.records.iter().map(|record| record.hits.concat()).collect();
    assert_eq!(hits, ["12", "1", "", ""], "one call for each set of parameters");
}
