//! Every source of a field, on one record.

use tierhook_model::{
    Anchor, ClassStanding, Consent, ExternalRef, FeatureKey, FollowUp, FollowUpState, ProfileKey, RecordId, RecordKind,
};

use super::*;
use crate::example::{day, facts, measure, order_of};
use crate::replay;

fn record() -> Record {
    let mut record = Record::new(RecordId(1), RecordKind::Customer, ExternalRef::new("shop", "C1"));
    let facts = facts([
        ("2026-01-01", measure("seats", 12.0)),
        ("2026-02-01", measure("assets", 9.5)),
        ("2026-02-02", measure("assets", f64::NAN)),
        ("2026-03-01", order_of(100)),
    ]);
    (record.profile, record.aggregates) = replay(RecordId(1), &facts, None);
    record.profile.set(ProfileKey::Region, Some(Value::Text("Zhejiang".into())));
    record.profile.set_custom("shoe_size", Some(Value::Integer(38)));
    let class = |class: &str| ClassStanding {
        dimension: "grade".into(),
        class: class.into(),
        since: day("2026-03-05"),
        overridden: false,
    };
    record.standing.classes.push(class("A"));
    record.standing.last_churn_cause = Some("silence".into());
    let states = [
        FollowUpState::Open,
        FollowUpState::Snoozed { until: day("2026-04-01") },
        FollowUpState::Done { on: Day(0), cause: None },
    ];
    record.standing.follow_ups = (1..).zip(states).map(|(number, state)| follow_up(number, state)).collect();
    record
}

fn follow_up(number: u32, state: FollowUpState) -> FollowUp {
    FollowUp {
        number,
        kind: "care-call".into(),
        anchor: Anchor::Once,
        state,
        due: Day(0),
        opened: Day(0),
        rule: "care".into(),
        channel: None,
        priority: 0,
        reasons: Vec::new(),
        action: None,
        offer: None,
        moved_from: None,
    }
}

fn value(source: FieldSource, record: &Record) -> Option<Value> {
    let population = Population::default();
    let context = FieldContext { population: &population, day: day("2026-03-11"), currency: Currency::CNY };
    let decided = |dimension: &str| (dimension == "grade").then(|| "B".to_owned());
    field_value(&source, record, &context, &decided)
}

#[test]
fn every_source_is_read_from_its_place() {
    let text = |text: &str| Some(Value::Text(text.to_owned()));
    let record = record();
    for (source, expected) in [
        (FieldSource::ExternalId, text("C1")),
        (FieldSource::Profile(ProfileKey::Region), text("Zhejiang")),
        (FieldSource::Profile(ProfileKey::Name), None),
        (FieldSource::Feature(FeatureKey::RecencyDays), Some(Value::Integer(10))),
        (FieldSource::Measure("assets".into()), Some(Value::Decimal(9.5))),
        (FieldSource::Measure("seats".into()), Some(Value::Decimal(12.0))),
        (FieldSource::Measure("debts".into()), None),
        (FieldSource::Custom("shoe_size".into()), Some(Value::Integer(38))),
        (FieldSource::Custom("hat_size".into()), None),
        (FieldSource::StandingClass("grade".into()), text("A")),
        (FieldSource::StandingClass("value".into()), None),
        (FieldSource::StandingDays("grade".into()), Some(Value::Integer(6))),
        (FieldSource::StandingDays("value".into()), None),
        (FieldSource::OpenFollowUps, Some(Value::Integer(2))),
        (FieldSource::LastChurnCause, text("silence")),
        (FieldSource::Class("grade".into()), text("B")),
        (FieldSource::Class("value".into()), None),
    ] {
        assert_eq!(value(source.clone(), &record), expected, "{source:?}");
    }
}

#[test]
fn no_word_on_consents_is_missing_and_a_refusal_is_not() {
    let mut record = record();
    assert_eq!(value(FieldSource::Consents, &record), None);
    let consent = |purpose: &str, given| Consent { purpose: purpose.into(), given, since: Day(0) };
    record.profile.consents = vec![consent("call", false)];
    assert_eq!(value(FieldSource::Consents, &record), Some(Value::TextList(Vec::new())));
    record.profile.consents.push(consent("email", true));
    assert_eq!(value(FieldSource::Consents, &record), Some(Value::TextList(vec!["email".into()])));
}
