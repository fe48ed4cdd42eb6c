//! Parameters that have other values for the customers in some class of another dimension.

use std::collections::BTreeMap;

use tierhook_hooks::{Hook, ParameterValue, Segments};

use super::support::{Fields, host, one, parameters, show, source, text};

const SCRIPT: &str = "fn classify(customer, ctx) {\n    \
    class(\"grade\", if customer.orders_365d.or(0) >= ctx.params.from { \"A\" } else { \"B\" })\n}";
const MANIFEST: &str = "segments = [\"value\"]\n[parameters]\nfrom = { value = 5, min = 1 }\nother = 1\n";

fn segments(class: &str, values: &[(&str, ParameterValue)]) -> Option<Segments> {
    Some(Segments { dimension: "value".to_owned(), values: [(class.to_owned(), parameters(values))].into() })
}

fn refused(manifest: &str, segments: Option<Segments>) -> String {
    let mut source = source(SCRIPT, Some(manifest));
    source.segments = segments;
    show(&host().compile(source).unwrap_err())
}

#[test]
fn a_class_may_have_values_of_its_own_and_the_others_keep_those_for_everybody() {
    let mut asked = source(SCRIPT, Some(MANIFEST));
    asked.segments = segments("high", &[("from", ParameterValue::Integer(50))]);
    let rule = host().compile(asked.clone()).unwrap();
    let grade = |record: Fields<'_>| {
        let outcome = one(&rule, Hook::Classify, record);
        let verdict = format!("{:?}", outcome.result.unwrap().classes[0].verdict);
        (verdict.contains("\"A\""), outcome.read.iter().count())
    };
    let orders = |count| ("orders_365d", tierhook_model::Value::Integer(count));
    // What the class is was read, and stands in the receipt.
    assert_eq!(grade(&[orders(10), ("class.value", text("high"))]), (false, 2));
    assert_eq!(grade(&[orders(50), ("class.value", text("high"))]), (true, 2));
    assert_eq!(grade(&[orders(10), ("class.value", text("low"))]), (true, 2));
    assert_eq!(grade(&[orders(10)]), (true, 2));
    assert_eq!(grade(&[orders(4)]), (false, 2));
    assert_eq!(rule.meta().reads(Hook::Classify), ["class.value", "orders_365d"]);

    // Segments are part of the version; without them it stays what it was.
    let plain = host().compile(source(SCRIPT, Some(MANIFEST))).unwrap();
    assert_ne!(rule.meta().digest, plain.meta().digest);
    assert_eq!(plain.meta().reads(Hook::Classify), ["orders_365d"]);
}

#[test]
fn segments_that_make_no_sense_are_refused() {
    let number = ParameterValue::Integer;
    let told = refused(MANIFEST.trim_start_matches("segments = [\"value\"]\n"), segments("high", &[]));
    assert!(told.contains("cannot be set apart by `value`") && told.contains("segments = [\"value\"]"), "{told}");
    let told = refused(MANIFEST, segments("hihg", &[]));
    assert!(
        told.contains(
            "dimension `value` has no class `hihg` (in the segments of scripts/rule.rhai); did you mean `high`?"
        ),
        "{told}"
    );
    let told = refused(MANIFEST, segments("high", &[("form", number(3))]));
    assert!(told.contains("`form`, which is no parameter") && told.contains("(in segment `high`)"), "{told}");
    let told = refused(MANIFEST, segments("high", &[("from", number(0))]));
    assert!(told.contains("has to lie at 1 or above (in segment `high`)"), "{told}");
    let gone = Segments { dimension: "size".to_owned(), values: BTreeMap::new() };
    let told = refused(&MANIFEST.replace("value", "size").replace("size = 5", "value = 5"), Some(gone));
    assert!(told.contains("there is no dimension `size`"), "{told}");
}

/// A dimension that there is none of was taken until somebody wanted to set values by it.
#[test]
fn a_manifest_may_name_no_dimension_that_there_is_none_of() {
    let told = refused(&MANIFEST.replace("[\"value\"]", "[\"value\", \"grades\"]"), None);
    assert_eq!(
        told,
        "bad-wish: scripts/rule.toml:1:22: there is no dimension `grades` (in the manifest's `segments`); \
         did you mean `grade`?\n"
    );
}
