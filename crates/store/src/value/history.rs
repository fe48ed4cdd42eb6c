//! History entries as they are kept: names by number, each field that was read once, short numbers short.
//!
//! A receipt names every rule, every field and every reason again, and many rules read the same fields; spelled out it
//! would be most of a book. What is read back is the same to the last bit.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use tierhook_model::{
    Argument, Change, ClassMove, Combined, Day, DimensionReceipt, FaultRecord, FieldRead, GenerationId, HistoryEntry,
    Moment, MoveCause, Override, Reason, Receipt, RuleReceipt, ScoreGroup, ScoreReceipt,
};

use super::atom::{KeptValue, Name, Number, UnknownName};
use crate::name::Names;

/// A [`HistoryEntry`] as it is kept.
#[derive(Debug, Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(super) struct KeptEntry<'a> {
    recorded: Moment,
    cause: MoveCause,
    changes: Vec<KeptChange<'a>>,
    generation: GenerationId,
    day: Day,
    dimensions: Vec<KeptDimension<'a>>,
    /// What the rules read, each field once, or once for each value that it had.
    fields: Vec<(Name<'a>, KeptValue<'a>)>,
    rules: Vec<KeptRule<'a>>,
    /// What rules noted on their way, each with the rule's place. Few do.
    hits: Vec<(u32, Name<'a>)>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
enum KeptChange<'a> {
    Class(Name<'a>, Name<'a>, Name<'a>, MoveCause),
    FollowUpOpened(u32),
    FollowUpChanged(u32),
    FollowUpClosed(u32, Name<'a>),
    WarningOpened(u32),
    WarningClosed(u32, Name<'a>),
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
struct KeptDimension<'a> {
    dimension: Name<'a>,
    before: Name<'a>,
    class: Name<'a>,
    by_rules: Name<'a>,
    decided_by: Vec<Name<'a>>,
    combined: Combined,
    score: Option<KeptScore<'a>>,
    reasons: Vec<KeptReason<'a>>,
    overridden: Option<Cow<'a, Override>>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
struct KeptScore<'a> {
    groups: Vec<(Name<'a>, Number, Number)>,
    share: Number,
    known: Number,
    bands: Vec<(Name<'a>, Number)>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
struct KeptReason<'a> {
    code: Name<'a>,
    arguments: Vec<(Name<'a>, KeptValue<'a>)>,
    points: Number,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
struct KeptRule<'a> {
    rule: Name<'a>,
    version: Name<'a>,
    hook: Name<'a>,
    /// Places in the entry's fields.
    read: Vec<u32>,
    fault: Option<(Name<'a>, Cow<'a, str>)>,
}

impl<'a> KeptEntry<'a> {
    /// Shortens an entry by the names that the book keeps.
    pub(super) fn of(entry: &'a HistoryEntry, names: &Names) -> Self {
        let name = |text: &'a str| Name::of(text, names);
        let maybe = |text: &'a Option<String>| Name::of_maybe(text.as_deref(), names);
        let changes = entry.changes.iter().map(|change| match change {
            Change::Class(it) => KeptChange::Class(name(&it.dimension), maybe(&it.from), name(&it.to), it.cause),
            Change::FollowUpOpened(number) => KeptChange::FollowUpOpened(*number),
            Change::FollowUpChanged(number) => KeptChange::FollowUpChanged(*number),
            Change::FollowUpClosed { number, why } => KeptChange::FollowUpClosed(*number, name(why)),
            Change::WarningOpened(number) => KeptChange::WarningOpened(*number),
            Change::WarningClosed { number, why } => KeptChange::WarningClosed(*number, name(why)),
        });
        let dimensions = entry.receipt.dimensions.iter().map(|it| KeptDimension {
            dimension: name(&it.dimension),
            before: maybe(&it.before),
            class: name(&it.class),
            by_rules: maybe(&it.by_rules),
            decided_by: it.decided_by.iter().map(|rule| name(rule)).collect(),
            combined: it.combined,
            score: it.score.as_ref().map(|score| KeptScore {
                groups: score
                    .groups
                    .iter()
                    .map(|group| (name(&group.name), Number::of(Some(group.attainable)), Number::of(group.points)))
                    .collect(),
                share: Number::of(score.share),
                known: Number::of(Some(score.known)),
                bands: score.bands.iter().map(|(class, from)| (name(class), Number::of(Some(*from)))).collect(),
            }),
            reasons: it
                .reasons
                .iter()
                .map(|reason| KeptReason {
                    code: name(&reason.code),
                    arguments: reason
                        .arguments
                        .iter()
                        .map(|it| (name(&it.name), KeptValue::of(it.value.as_ref(), names)))
                        .collect(),
                    points: Number::of(reason.points),
                })
                .collect(),
            overridden: it.overridden.as_ref().map(Cow::Borrowed),
        });
        let mut reads = Reads::default();
        let rules = entry.receipt.rules.iter().map(|it| KeptRule {
            rule: name(&it.rule),
            version: name(&it.version),
            hook: name(&it.hook),
            read: it.read.iter().map(|read| reads.place(read, names)).collect(),
            fault: it.fault.as_ref().map(|fault| (name(&fault.code), Cow::Borrowed(fault.message.as_str()))),
        });
        let noted = entry.receipt.rules.iter().enumerate();
        let hits = noted.flat_map(|(at, rule)| rule.hits.iter().map(move |hit| (at as u32, name(hit)))).collect();
        Self {
            recorded: entry.recorded,
            cause: entry.cause,
            changes: changes.collect(),
            generation: entry.receipt.generation,
            day: entry.receipt.day,
            dimensions: dimensions.collect(),
            rules: rules.collect(),
            hits,
            fields: reads.fields,
        }
    }

    /// Spells an entry out again.
    ///
    /// # Errors
    /// [`UnknownName`] if it holds a number that no name has, or a place where no field is.
    pub(super) fn spelled_out(self, names: &Names) -> Result<HistoryEntry, UnknownName> {
        let fields: Vec<FieldRead> = self
            .fields
            .into_iter()
            .map(|(field, value)| Ok(FieldRead { field: field.text(names)?, value: value.value(names)? }))
            .collect::<Result<_, UnknownName>>()?;
        let changes = self.changes.into_iter().map(|change| change.spelled_out(names));
        let dimensions = self.dimensions.into_iter().map(|dimension| dimension.spelled_out(names));
        let rules = self.rules.into_iter().map(|it| {
            let read = it.read.into_iter().map(|at| fields.get(at as usize).cloned().ok_or(UnknownName::Place(at)));
            let fault = it
                .fault
                .map(|(code, message)| Ok(FaultRecord { code: code.text(names)?, message: message.into_owned() }));
            Ok(RuleReceipt {
                rule: it.rule.text(names)?,
                version: it.version.text(names)?,
                hook: it.hook.text(names)?,
                read: read.collect::<Result<_, _>>()?,
                hits: Vec::new(),
                fault: fault.transpose()?,
            })
        });
        let mut rules: Vec<RuleReceipt> = rules.collect::<Result<_, UnknownName>>()?;
        for (at, hit) in self.hits {
            rules.get_mut(at as usize).ok_or(UnknownName::Place(at))?.hits.push(hit.text(names)?);
        }
        Ok(HistoryEntry {
            recorded: self.recorded,
            cause: self.cause,
            changes: changes.collect::<Result<_, _>>()?,
            receipt: Receipt {
                generation: self.generation,
                day: self.day,
                dimensions: dimensions.collect::<Result<_, _>>()?,
                rules,
            },
        })
    }
}

/// The fields that were read so far.
#[derive(Default)]
struct Reads<'a> {
    fields: Vec<(Name<'a>, KeptValue<'a>)>,
    /// Where each field was read last.
    places: HashMap<&'a str, u32>,
}

impl<'a> Reads<'a> {
    fn place(&mut self, read: &'a FieldRead, names: &Names) -> u32 {
        let value = KeptValue::of(read.value.as_ref(), names);
        if let Some(at) = self.places.get(read.field.as_str())
            && self.fields[*at as usize].1 == value
        {
            return *at;
        }
        let at = self.fields.len() as u32;
        self.fields.push((Name::of(&read.field, names), value));
        self.places.insert(&read.field, at);
        at
    }
}

impl KeptChange<'_> {
    fn spelled_out(self, names: &Names) -> Result<Change, UnknownName> {
        Ok(match self {
            Self::Class(dimension, from, to, cause) => Change::Class(ClassMove {
                dimension: dimension.text(names)?,
                from: from.maybe_text(names)?,
                to: to.text(names)?,
                cause,
            }),
            Self::FollowUpOpened(number) => Change::FollowUpOpened(number),
            Self::FollowUpChanged(number) => Change::FollowUpChanged(number),
            Self::FollowUpClosed(number, why) => Change::FollowUpClosed { number, why: why.text(names)? },
            Self::WarningOpened(number) => Change::WarningOpened(number),
            Self::WarningClosed(number, why) => Change::WarningClosed { number, why: why.text(names)? },
        })
    }
}

impl KeptDimension<'_> {
    fn spelled_out(self, names: &Names) -> Result<DimensionReceipt, UnknownName> {
        let score = self.score.map(|score| {
            let groups = score.groups.into_iter().map(|(name, attainable, points)| {
                let attainable = attainable.number().ok_or(UnknownName::Absent)?;
                Ok(ScoreGroup { name: name.text(names)?, attainable, points: points.number() })
            });
            let bands = score
                .bands
                .into_iter()
                .map(|(class, from)| Ok((class.text(names)?, from.number().ok_or(UnknownName::Absent)?)));
            Ok(ScoreReceipt {
                groups: groups.collect::<Result<_, UnknownName>>()?,
                share: score.share.number(),
                known: score.known.number().ok_or(UnknownName::Absent)?,
                bands: bands.collect::<Result<_, UnknownName>>()?,
            })
        });
        let reasons = self.reasons.into_iter().map(|reason| {
            let arguments = reason
                .arguments
                .into_iter()
                .map(|(name, value)| Ok(Argument { name: name.text(names)?, value: value.value(names)? }));
            Ok(Reason {
                code: reason.code.text(names)?,
                arguments: arguments.collect::<Result<_, UnknownName>>()?,
                points: reason.points.number(),
            })
        });
        Ok(DimensionReceipt {
            dimension: self.dimension.text(names)?,
            before: self.before.maybe_text(names)?,
            class: self.class.text(names)?,
            by_rules: self.by_rules.maybe_text(names)?,
            decided_by: self.decided_by.into_iter().map(|rule| rule.text(names)).collect::<Result<_, _>>()?,
            combined: self.combined,
            score: score.transpose()?,
            reasons: reasons.collect::<Result<_, UnknownName>>()?,
            overridden: self.overridden.map(Cow::into_owned),
        })
    }
}

#[cfg(test)]
mod tests {
    use tierhook_model::Value;

    use super::super::{decode_history, encode, encode_history};
    use super::*;
    use crate::ReadError;

    fn read(field: &str, value: Option<Value>) -> FieldRead {
        FieldRead { field: field.into(), value }
    }

    fn rule(name: &str, read: Vec<FieldRead>) -> RuleReceipt {
        let fault = (name == "size").then(|| FaultRecord { code: "deadline".into(), message: "too slow".into() });
        RuleReceipt {
            rule: name.into(),
            version: "1f2e3d4c".into(),
            hook: "classify".into(),
            read,
            hits: Vec::new(),
            fault,
        }
    }

    /// An entry with everything that an entry can have.
    fn entry() -> HistoryEntry {
        let moved = |from: Option<&str>| ClassMove {
            dimension: "grade".into(),
            from: from.map(str::to_owned),
            to: "A".into(),
            cause: MoveCause::Initial,
        };
        let groups = vec![
            ScoreGroup { name: "spend".into(), attainable: 45.0, points: Some(100.0 / 3.0) },
            ScoreGroup { name: "satisfaction".into(), attainable: 15.0, points: None },
        ];
        let score = ScoreReceipt {
            groups,
            share: Some(0.741),
            known: 0.75,
            bands: vec![("A".into(), 0.65), ("B".into(), 0.35), ("C".into(), -0.0)],
        };
        let arguments = vec![
            Argument { name: "spend".into(), value: Some(Value::Decimal(1_149.0)) },
            Argument { name: "product".into(), value: Some(Value::Text("王芳茶".into())) },
            Argument { name: "days".into(), value: None },
        ];
        let word = Override {
            class: "A".into(),
            who: "lin".into(),
            why: "opens a second shop".into(),
            since: Day(20_000),
            until: Some(Day(20_090)),
            review: None,
        };
        let dimension = DimensionReceipt {
            dimension: "grade".into(),
            before: None,
            class: "A".into(),
            by_rules: Some("B".into()),
            decided_by: vec!["abc_grade".into()],
            combined: Combined::Points,
            score: Some(score),
            reasons: vec![Reason { code: "SPEND".into(), arguments, points: Some(12.5) }],
            overridden: Some(word),
        };
        let revenue = read("net_revenue_365d", Some(Value::Decimal(1_149.25)));
        let rules = vec![
            rule("abc_grade", vec![revenue.clone(), read("orders_365d", Some(Value::Integer(9)))]),
            // Another reading of a field that is decided meanwhile.
            rule("value", vec![revenue, read("class.grade", Some(Value::Text("A".into()))), read("orders_365d", None)]),
            rule(
                "size",
                vec![
                    read("orders_365d", Some(Value::Integer(9))),
                    read("tags", Some(Value::TextList(vec!["vip".into()]))),
                    read("is_company", Some(Value::Boolean(true))),
                    read("first_order", Some(Value::Day(Day(19_000)))),
                ],
            ),
        ];
        HistoryEntry {
            recorded: Moment(1_728_000_301),
            cause: MoveCause::Import,
            changes: vec![
                Change::Class(moved(None)),
                Change::Class(moved(Some("B"))),
                Change::FollowUpOpened(3),
                Change::FollowUpChanged(4),
                Change::FollowUpClosed { number: 5, why: "reason-gone".into() },
                Change::WarningOpened(6),
                Change::WarningClosed { number: 7, why: "rule-retired".into() },
            ],
            receipt: Receipt { generation: GenerationId(4), day: Day(20_000), dimensions: vec![dimension], rules },
        }
    }

    #[test]
    fn an_entry_is_read_back_as_it_was_whatever_is_known_by_name() {
        let entry = entry();
        let mut names = Names::default();
        let mut lengths = Vec::new();
        for more in [&[][..], &["grade", "A", "net_revenue_365d"], &["abc_grade", "1f2e3d4c", "classify", "SPEND", "B"]]
        {
            names.learn(more.iter().copied());
            let bytes = encode_history(&entry, &names).unwrap();
            assert_eq!(format!("{:?}", decode_history(&bytes, &names).unwrap()), format!("{entry:?}"));
            lengths.push(bytes.len());
        }
        assert!(lengths.is_sorted_by(|a, b| a > b), "{lengths:?}");
        assert!(lengths[0] < encode(&entry).unwrap().len());
    }

    #[test]
    fn a_name_that_is_lost_is_damage() {
        let mut names = Names::default();
        names.learn(["grade"]);
        let bytes = encode_history(&entry(), &names).unwrap();
        let error = decode_history(&bytes, &Names::default()).unwrap_err();
        assert!(matches!(&error, ReadError::Damaged { .. }) && error.to_string().contains("name 1 is not"), "{error}");
    }
}
