//! People's words: overrides of classes, and what came of follow-ups and warnings.

use std::cell::Cell;

use tierhook_model::{
    Anchor, Argument, Change, Connected, Day, ExternalRef, Fact, FactBody, FollowUp, FollowUpState, Interaction,
    InteractionKind, Moment, MoveCause, Outcome, OutcomeKind, OverrideFact, Reason, Record, RecordId, Value,
    WarningState,
};
use tierhook_store::NewlyRecorded;

use crate::book::ATTEMPTS;
use crate::known::retraction_key;
use crate::spoken::Spoken;
use crate::{Engine, EngineError};

/// A person's word on a class, or its end.
#[derive(Clone, Debug)]
pub struct OverrideWord {
    /// The dimension.
    pub dimension: String,
    /// The class; `None` hands the decision back to the rules.
    pub class: Option<String>,
    /// Who says so.
    pub who: String,
    /// Why.
    pub why: String,
    /// The last day on which it holds; `None` is until somebody ends it.
    pub until: Option<Day>,
    /// The day from which somebody has to look at it again.
    pub review: Option<Day>,
}

/// A follow-up that a person wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reminder {
    /// What to do, in the person's words.
    pub text: String,
    /// When.
    pub due: Day,
    /// How: `call`, `visit`, `email`, `chat`.
    pub channel: Option<String>,
    /// Who wants it.
    pub who: String,
    /// How much it matters: higher first.
    pub priority: i32,
}

/// The code of what a person wants done; the argument `text` has the words.
pub const REMINDER: &str = "REMINDER";

impl Reminder {
    fn to_follow_up(&self, number: u32, day: Day) -> FollowUp {
        let argument =
            |name: &str, text: &str| Argument { name: name.to_owned(), value: Some(Value::Text(text.to_owned())) };
        FollowUp {
            number,
            kind: "reminder".to_owned(),
            anchor: Anchor::Fact(format!("reminder:{number}")),
            state: FollowUpState::Open,
            due: self.due,
            opened: day,
            // No rule wants it, so none closes it.
            rule: String::new(),
            channel: self.channel.clone(),
            priority: self.priority,
            reasons: Vec::new(),
            action: Some(Reason {
                code: REMINDER.to_owned(),
                arguments: vec![argument("text", &self.text), argument("who", &self.who)],
                points: None,
            }),
            offer: None,
            moved_from: None,
        }
    }
}

/// Which kind of work an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkKind {
    /// A follow-up.
    FollowUp,
    /// A churn warning.
    Warning,
}

impl WorkKind {
    fn name(self) -> &'static str {
        match self {
            Self::FollowUp => "follow-up",
            Self::Warning => "warning",
        }
    }
}

/// A follow-up or warning of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkItem {
    /// The record.
    pub record: RecordId,
    /// The number within the record.
    pub number: u32,
    /// Which kind it is.
    pub kind: WorkKind,
}

impl Engine {
    /// Puts a person's word on a class, or takes it back, and decides at once. Returns what that changed.
    ///
    /// # Errors
    /// [`EngineError::NoClass`] if the dimension or class is not there, [`EngineError::AlreadyOver`] if the word
    /// would have ended before the book's day.
    pub fn override_class(
        &self,
        record: RecordId,
        word: &OverrideWord,
        now: Moment,
    ) -> Result<Vec<Change>, EngineError> {
        self.check_word(word)?;
        let body = FactBody::Override(OverrideFact {
            dimension: word.dimension.clone(),
            class: word.class.clone(),
            who: word.who.clone(),
            why: word.why.clone(),
            until: word.until,
            review: word.review,
        });
        let snapshot = self.snapshot();
        let dimensions = &snapshot.generation.ruleset.dimensions;
        self.say(record, now, MoveCause::Override, |record, _| {
            // What was said when the dimension had another id ends with this.
            let former = record.aggregates.overrides.iter().map(|(of, _)| of).filter(|of| {
                **of != word.dimension && dimensions.present(of).is_some_and(|present| present.id == word.dimension)
            });
            let ended = former.map(|of| {
                let (who, why) = (word.who.clone(), word.why.clone());
                FactBody::Override(OverrideFact {
                    dimension: of.clone(),
                    class: None,
                    who,
                    why,
                    until: None,
                    review: None,
                })
            });
            Ok(ended.chain([body.clone()]).collect())
        })
    }

    /// Notes what came of a follow-up or warning, and decides at once. Returns what that changed.
    ///
    /// # Errors
    /// [`EngineError::NoItem`] if there is no such item, [`EngineError::ClosedItem`] if it is closed already,
    /// [`EngineError::AlreadyOver`] if a snooze would end before it begins.
    pub fn outcome(
        &self,
        item: WorkItem,
        outcome: &OutcomeKind,
        who: &str,
        note: Option<&str>,
        now: Moment,
    ) -> Result<Vec<Change>, EngineError> {
        self.say(item.record, now, MoveCause::Fact, |record, day| {
            settle(record, item, outcome, who, day)?;
            let said = Outcome {
                number: item.number,
                kind: outcome.clone(),
                who: who.to_owned(),
                note: note.map(str::to_owned),
            };
            let mut bodies = vec![FactBody::Outcome(said)];
            if matches!(outcome, OutcomeKind::Done { contact: true, .. }) {
                bodies.push(FactBody::Interaction(contact(record, item.number, who, note)));
            }
            Ok(bodies)
        })
    }

    /// Records what somebody says of a record today: a changed profile, a call, a complaint. Decides at once. Returns
    /// what that changed.
    ///
    /// # Errors
    /// [`EngineError::NoRecord`] if there is none with this number.
    pub fn note(&self, record: RecordId, bodies: &[FactBody], now: Moment) -> Result<Vec<Change>, EngineError> {
        self.say(record, now, MoveCause::Fact, |_, _| Ok(bodies.to_vec()))
    }

    /// Opens a follow-up that a person wants. No rule closes it. Returns its number.
    ///
    /// # Errors
    /// [`EngineError::NoRecord`] if there is none with this number, [`EngineError::AlreadyOver`] if it should have
    /// been done before the book's day.
    pub fn remind(&self, record: RecordId, reminder: &Reminder, now: Moment) -> Result<u32, EngineError> {
        let number = Cell::new(0);
        self.say(record, now, MoveCause::Fact, |record, day| {
            if reminder.due < day {
                return Err(EngineError::AlreadyOver { until: reminder.due, day });
            }
            record.standing.last_number += 1;
            number.set(record.standing.last_number);
            record.standing.follow_ups.push(reminder.to_follow_up(record.standing.last_number, day));
            Ok(Vec::new())
        })?;
        Ok(number.get())
    }

    fn check_word(&self, word: &OverrideWord) -> Result<(), EngineError> {
        let snapshot = self.snapshot();
        let dimensions = &snapshot.generation.ruleset.dimensions;
        let unknown = |known: Vec<&str>| EngineError::NoClass {
            dimension: word.dimension.clone(),
            class: word.class.clone().unwrap_or_default(),
            known: known.join(", "),
        };
        let Some(dimension) = dimensions.get(&word.dimension) else {
            return Err(unknown(dimensions.iter().map(|dimension| dimension.id.as_str()).collect()));
        };
        if word.class.as_deref().is_some_and(|class| dimension.class(class).is_none()) {
            return Err(unknown(dimension.classes.iter().map(|class| class.id.as_str()).collect()));
        }
        match word.until.or(word.review) {
            Some(until) if until < snapshot.clock.day => {
                Err(EngineError::AlreadyOver { until, day: snapshot.clock.day })
            }
            _ => Ok(()),
        }
    }

    /// Records what a person said about a record and decides at once, in one commit.
    fn say(
        &self,
        id: RecordId,
        now: Moment,
        cause: MoveCause,
        bodies: impl Fn(&mut Record, Day) -> Result<Vec<FactBody>, EngineError>,
    ) -> Result<Vec<Change>, EngineError> {
        let mut turn = None;
        for _ in 0..ATTEMPTS {
            let snapshot = self.snapshot();
            let day = snapshot.clock.day;
            let stored = self.load(id)?;
            self.check_leads(&stored.record)?;
            let mut record = stored.record;
            let bodies = bodies(&mut record, day)?;
            let (record, facts) = self.fold_words(record, bodies, day, now)?;
            let unsaved = facts.iter().map(|recorded| &recorded.fact);
            let kinds = unsaved.clone().map(tierhook_features::connected).fold(Default::default(), Connected::union);
            // A word about a customer is no sign of the customer: only a contact moves the newest fact on.
            let newest = unsaved.clone().any(|fact| fact.body.is_event()).then_some(day);
            let spoken = Spoken { record, expect: stored.version, facts, changes: Vec::new() };
            let (write, changes) = self.decide_one(&snapshot, spoken, cause, now)?;
            if self.commit(vec![vec![write]], false)?[0].is_taken() {
                self.note_facts(kinds, newest)?;
                return Ok(changes);
            }
            self.await_turn(&mut turn);
        }
        Err(EngineError::Contended { kind: tierhook_model::FactKind::Outcome, key: id.to_string() })
    }

    fn fold_words(
        &self,
        mut record: Record,
        bodies: Vec<FactBody>,
        day: Day,
        now: Moment,
    ) -> Result<(Record, Vec<NewlyRecorded>), EngineError> {
        let first = self.allocate_facts(bodies.len());
        let occurred = self.moment_within(day, now);
        let facts: Vec<NewlyRecorded> = bodies
            .into_iter()
            .enumerate()
            .map(|(at, body)| {
                let seq = tierhook_model::FactSeq(first.0 + at as u64);
                let (key, replaces) = match &body {
                    FactBody::Retraction(retraction) => {
                        let before = self.retraction_of(retraction.fact)?;
                        (retraction_key(retraction.fact), before.map(|before| before.fact.order.seq))
                    }
                    _ => (ExternalRef::new("tierhook", format!("said:{}", seq.0)), None),
                };
                let fact = Fact {
                    seq,
                    record: record.id,
                    key,
                    occurred,
                    day,
                    recorded: now,
                    import: None,
                    contact: None,
                    body,
                };
                Ok(NewlyRecorded { content: [0; 16], replaces, fact })
            })
            .collect::<Result<_, EngineError>>()?;
        let unsaved: Vec<&Fact> = facts.iter().map(|recorded| &recorded.fact).collect();
        self.refold(&mut record, false, &unsaved)?;
        Ok((record, facts))
    }

    /// What is said now happens on the book's day: the moment itself if it lies within that day, else its last one.
    pub fn moment_within(&self, day: Day, now: Moment) -> Moment {
        let (from, to) = (self.conventions.zone.start_of(day), self.conventions.zone.start_of(day.plus(1)));
        // At the ends of the calendar a day may be shorter than any.
        Moment(now.0.clamp(from.0, (to.0 - 1).max(from.0)))
    }
}

/// Notes an outcome with the item itself.
fn settle(record: &mut Record, item: WorkItem, outcome: &OutcomeKind, who: &str, day: Day) -> Result<(), EngineError> {
    if let OutcomeKind::Snoozed { until } = outcome
        && *until <= day
    {
        return Err(EngineError::AlreadyOver { until: *until, day });
    }
    let missing = EngineError::NoItem { record: item.record, what: item.kind.name(), number: item.number };
    let closed =
        |state| EngineError::ClosedItem { record: item.record, what: item.kind.name(), number: item.number, state };
    match item.kind {
        WorkKind::FollowUp => {
            let found = record.standing.follow_ups.iter_mut().find(|it| it.number == item.number);
            let follow_up = found.ok_or(missing)?;
            if !follow_up.state.is_open() {
                return Err(closed(follow_up_state(&follow_up.state)));
            }
            follow_up.state = match outcome {
                OutcomeKind::Snoozed { until } => FollowUpState::Snoozed { until: *until },
                OutcomeKind::Done { cause, .. } => FollowUpState::Done { on: day, cause: cause.clone() },
                _ => FollowUpState::Done { on: day, cause: None },
            };
        }
        WorkKind::Warning => {
            let found = record.standing.warnings.iter_mut().find(|it| it.number == item.number);
            let warning = found.ok_or(missing)?;
            if !warning.state.is_open() {
                return Err(closed(warning_state(&warning.state)));
            }
            warning.state = match outcome {
                OutcomeKind::Done { .. } | OutcomeKind::Acknowledged => {
                    WarningState::Acknowledged { on: day, who: who.to_owned() }
                }
                OutcomeKind::Snoozed { until } => WarningState::Snoozed { until: *until },
                OutcomeKind::Resolved { cause } => WarningState::Resolved { on: day, cause: cause.clone() },
                OutcomeKind::Lost { cause } => WarningState::Lost { on: day, cause: cause.clone() },
                OutcomeKind::FalseAlarm => WarningState::FalseAlarm { on: day },
            };
        }
    }
    Ok(())
}

/// The state of a follow-up in words.
fn follow_up_state(state: &FollowUpState) -> String {
    match state {
        FollowUpState::Open => "open".to_owned(),
        FollowUpState::Snoozed { until } => format!("snoozed until {until}"),
        FollowUpState::Done { on, .. } => format!("done on {on}"),
        FollowUpState::Withdrawn { on, why } => format!("withdrawn on {on}: {why}"),
    }
}

/// The state of a warning in words.
fn warning_state(state: &WarningState) -> String {
    match state {
        WarningState::Open => "open".to_owned(),
        WarningState::Acknowledged { on, who } => format!("acknowledged by {who} on {on}"),
        WarningState::Snoozed { until } => format!("snoozed until {until}"),
        WarningState::Resolved { on, cause } => format!("resolved on {on}: {cause}"),
        WarningState::Lost { on, cause } => format!("lost on {on}: {cause}"),
        WarningState::FalseAlarm { on } => format!("false alarm on {on}"),
        WarningState::Withdrawn { on, why } => format!("withdrawn on {on}: {why}"),
    }
}

/// The contact that a follow-up done with the customer was.
fn contact(record: &Record, number: u32, who: &str, note: Option<&str>) -> Interaction {
    let channel = record.standing.follow_ups.iter().find(|it| it.number == number).and_then(|it| it.channel.as_deref());
    let kind = match channel {
        Some("visit") => InteractionKind::Visit,
        Some("email") => InteractionKind::Email,
        Some("chat") => InteractionKind::Chat,
        _ => InteractionKind::Call,
    };
    Interaction { kind, by: Some(who.to_owned()), inbound: Some(false), note: note.map(str::to_owned), product: None }
}
