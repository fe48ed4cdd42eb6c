//! Answers laid out in a guest's memory as the canonical ABI says, and what a host makes of them.

use tierhook_hooks::{AnchorWish, FaultCode, Hook, Since, Verdict};
use tierhook_model::{Day, Severity, Value};

use crate::support::{classify, classifying, component_of, context, frame, rule, source, wishes};
use crate::written::{Data, Table, laid_out, module};

/// A component that always gives this answer to `classify`.
pub(crate) fn answering(tables: &[Table<'_>], faults: &[(u32, &str)]) -> Vec<u8> {
    let (data, at) = laid_out(tables, faults);
    classifying(&format!("(i32.const {at})"), &data)
}

/// What a component that gives this answer to a batch of three does.
fn outcome(tables: &[Table<'_>], faults: &[(u32, &str)]) -> tierhook_hooks::BatchOutcome {
    classify(&*rule(source(answering(tables, faults), &["orders_total"])), &frame(3))
}

#[test]
fn classes_come_with_their_reasons() {
    let outcome = outcome(
        &[
            (
                "classes",
                3,
                &[
                    ("record", Data::Integers(&[Some(0), Some(1), Some(1)])),
                    ("dimension", Data::Categories(&[0, 0, 1], &["grade", "points"])),
                    ("class", Data::Texts(&[Some("A"), Some("B"), None])),
                ],
            ),
            (
                "groups",
                2,
                &[
                    ("class", Data::Integers(&[Some(2), Some(2)])),
                    ("name", Data::Texts(&[Some("spend"), Some("复购")])),
                    ("attainable", Data::Decimals(&[Some(10.0), Some(5.0)])),
                    ("points", Data::Decimals(&[Some(12.0), None])),
                ],
            ),
            (
                "reasons",
                2,
                &[
                    ("wish", Data::Integers(&[Some(1), Some(0)])),
                    ("code", Data::Texts(&[Some("LOW"), Some("HIGH")])),
                    ("points", Data::Decimals(&[None, Some(2.5)])),
                ],
            ),
            (
                "arguments",
                2,
                &[
                    ("reason", Data::Integers(&[Some(1), Some(1)])),
                    ("name", Data::Texts(&[Some("spend"), Some("until")])),
                    ("decimal", Data::Decimals(&[Some(12.5), None])),
                    ("day", Data::Days(&[None, Some(20_000)])),
                ],
            ),
        ],
        &[(2, "it has no orders")],
    );
    let first = outcome.records[0].result.as_ref().unwrap();
    assert_eq!(first.classes[0].verdict, Verdict::Class("A".into()));
    let reason = &first.classes[0].reasons[0];
    assert_eq!((reason.code.as_str(), reason.points), ("HIGH", Some(2.5)));
    let values: Vec<_> = reason.arguments.iter().map(|one| (one.name.as_str(), one.value.clone())).collect();
    assert_eq!(values, [("spend", Some(Value::Decimal(12.5))), ("until", Some(Value::Day(Day(20_000))))]);
    let second = outcome.records[1].result.as_ref().unwrap();
    assert_eq!(second.classes.len(), 2);
    let Verdict::Score { groups, bands } = &second.classes[1].verdict else { panic!("{second:?}") };
    assert!(bands.is_empty());
    assert_eq!((groups[0].points, groups[1].points), (Some(10.0), None), "points are capped");
    let fault = outcome.records[2].result.as_ref().unwrap_err();
    assert_eq!((fault.code, fault.message.as_str()), (FaultCode::Failed, "it has no orders"));
    assert_eq!(outcome.usage.faults, 1);
    assert!(outcome.usage.operations > 0);
}

#[test]
fn what_is_wrong_with_a_wish_is_the_fault_of_its_record_alone() {
    let row = |dimension: &'static str, class: &'static str| (dimension, class);
    for ((dimension, class), says) in [
        (row("grade", "Z"), "no class `Z`"),
        (row("grad", "A"), "did you mean `grade`"),
        (row("points", "A"), "no class `A`"),
        (row("", "A"), "no dimension ``"),
    ] {
        let outcome = outcome(
            &[(
                "classes",
                2,
                &[
                    ("record", Data::Integers(&[Some(0), Some(1)])),
                    ("dimension", Data::Texts(&[Some(dimension), Some("grade")])),
                    ("class", Data::Texts(&[Some(class), Some("B")])),
                ],
            )],
            &[],
        );
        let fault = outcome.records[0].result.as_ref().unwrap_err();
        assert_eq!(fault.code, FaultCode::BadWish);
        assert!(fault.to_string().contains(says), "{fault}");
        assert_eq!(outcome.records[1].result.as_ref().unwrap().classes.len(), 1);
    }
}

#[test]
fn what_is_wrong_with_the_shape_is_the_fault_of_all() {
    let record = ("record", Data::Integers(&[Some(0)]));
    for (tables, says) in [
        (vec![("klasses", 0, &[][..])], "table `klasses`"),
        (vec![("classes", 0, &[][..]), ("classes", 0, &[])], "`classes` twice"),
        (vec![("classes", 1, &[("colour", Data::Integers(&[None]))][..])], "column `colour`"),
        (vec![("classes", 2, std::slice::from_ref(&record))], "2 rows"),
        (vec![("classes", 1, &[("record", Data::Decimals(&[Some(0.0)]))][..])], "does not hold integers"),
        (vec![("classes", 1, &[("record", Data::Integers(&[Some(3)]))][..])], "`record` of `classes` is 3"),
        (vec![("classes", 1, &[("record", Data::Integers(&[Some(-1)]))][..])], "is -1"),
        (vec![("classes", 1, &[("record", Data::Integers(&[None]))][..])], "is missing"),
        (
            vec![("reasons", 1, &[("wish", Data::Integers(&[Some(0)])), ("code", Data::Texts(&[Some("X")]))][..])],
            "there are 0 of them",
        ),
        (vec![("classes", 1, &[("dimension", Data::Categories(&[7], &["grade"]))][..])], "points beyond"),
    ] {
        let outcome = outcome(&tables, &[]);
        for record in &outcome.records {
            let fault = record.result.as_ref().unwrap_err();
            assert!(fault.code == FaultCode::BadWish && fault.to_string().contains(says), "{says}: {fault}");
        }
    }
    let beyond = outcome(&[], &[(9, "not mine")]);
    assert!(beyond.records[0].result.as_ref().unwrap_err().message.contains("record 9"));
}

#[test]
fn points_that_are_no_numbers_fault_their_record() {
    let groups: &[(&str, Data<'_>)] = &[
        ("class", Data::Integers(&[Some(0)])),
        ("name", Data::Texts(&[Some("spend")])),
        ("attainable", Data::Decimals(&[Some(10.0)])),
        ("points", Data::Decimals(&[Some(f64::NAN)])),
    ];
    let classes: &[(&str, Data<'_>)] =
        &[("record", Data::Integers(&[Some(0)])), ("dimension", Data::Texts(&[Some("points")]))];
    let outcome = outcome(&[("classes", 1, classes), ("groups", 1, groups)], &[]);
    let fault = outcome.records[0].result.as_ref().unwrap_err();
    assert!(fault.message.contains("NaN"), "{fault}");
    assert_eq!(wishes_of_rest(&outcome), 2);
}

fn wishes_of_rest(outcome: &tierhook_hooks::BatchOutcome) -> usize {
    outcome.records.iter().skip(1).filter(|record| record.result.is_ok()).count()
}

#[test]
fn follow_ups_and_warnings_have_their_anchors() {
    let of = |world: &str, hook: &str, tables: &[Table<'_>]| {
        let (data, at) = laid_out(tables, &[]);
        let component = component_of(world, &module(hook, &format!("(i32.const {at})"), &data));
        let mut source = source(component, &["orders_total"]);
        source.manifest.dimensions = None;
        rule(source)
    };
    let follow_up = of(
        "plans-follow-ups",
        "follow-up",
        &[
            (
                "follow-ups",
                2,
                &[
                    ("record", Data::Integers(&[Some(0), Some(2)])),
                    ("kind", Data::Texts(&[Some("care-call"), Some("repurchase")])),
                    ("anchor", Data::Texts(&[Some("every"), Some("cycle")])),
                    ("every", Data::Integers(&[Some(30), None])),
                    ("since", Data::Texts(&[Some("order"), None])),
                    ("fact", Data::Texts(&[None, Some("milk powder")])),
                    ("due", Data::Days(&[Some(20_600), None])),
                    ("priority", Data::Integers(&[Some(5), None])),
                ],
            ),
            (
                "reasons",
                2,
                &[
                    ("wish", Data::Integers(&[Some(0), Some(0)])),
                    ("role", Data::Texts(&[Some("action"), Some("offer")])),
                    ("code", Data::Texts(&[Some("CALL"), Some("COUPON")])),
                ],
            ),
        ],
    );
    let outcome = follow_up.call(Hook::FollowUp, &frame(3), &context());
    let wishes = wishes(&outcome);
    let first = &wishes[0].follow_ups[0];
    assert_eq!(first.anchor, AnchorWish::Every { days: 30, since: Since::Order });
    assert_eq!((first.due, first.priority), (Some(Day(20_600)), 5));
    assert_eq!(first.action.as_ref().map(|action| action.code.as_str()), Some("CALL"));
    assert_eq!(first.offer.as_ref().map(|offer| offer.terms.code.as_str()), Some("COUPON"));
    assert_eq!(wishes[2].follow_ups[0].anchor, AnchorWish::Cycle("milk powder".into()));

    let table: &[(&str, Data<'_>)] = &[
        ("record", Data::Integers(&[Some(1), Some(0)])),
        ("cause", Data::Texts(&[Some("silence"), Some("silence")])),
        ("anchor", Data::Texts(&[Some("episode"), Some("year")])),
        ("day", Data::Days(&[Some(20_000), Some(20_000)])),
        ("severity", Data::Texts(&[Some("high"), None])),
    ];
    let warns = of("warns-of-churn", "churn-warning", &[("warnings", 2, table)]);
    let outcome = warns.call(Hook::ChurnWarning, &frame(3), &context());
    let warning = &outcome.records[1].result.as_ref().unwrap().warnings[0];
    assert_eq!((warning.severity, warning.episode.clone()), (Severity::High, AnchorWish::Episode(Day(20_000))));
    assert!(outcome.records[0].result.as_ref().unwrap_err().message.contains("only follow-ups have"));
}
