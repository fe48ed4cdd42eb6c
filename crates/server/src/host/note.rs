//! What people note: calls, complaints, measures, and what they want to be reminded of.

use tierhook_engine::{Appended, Recording, Reminder};
use tierhook_model::{
    Day, FactBody, Feedback, FeedbackKind, Interaction, InteractionKind, Measure, NewFact, Record, RecordKind,
};

use super::Host;
use super::failure::api;
use super::list::closest;
use super::text::Texts;
use crate::api::{Answer, ApiError, FactRow, FollowUpChanged, FollowUpId, LogEntry, LogKind, LogReport, NewReminder};

/// Nothing that somebody notes happened before the year 1900,
pub(super) const FIRST_DAY: Day = Day(-25_567);
/// or after the year 2199.
pub(super) const LAST_DAY: Day = Day(84_005);

impl Host {
    /// Notes what happened with a customer, and decides at once.
    pub(super) fn log_entry(&self, name: &str, entry: &LogEntry, who: &str, texts: &Texts) -> Result<Answer, ApiError> {
        let record = self.find(name)?;
        let day = entry.on.unwrap_or(texts.day());
        if day > texts.day() {
            return Err(ApiError::invalid(format!("{day} is still to come: the book's day is {}", texts.day()))
                .with_hint("`tierhook follow-ups add` notes what is to be done"));
        }
        if day < FIRST_DAY {
            return Err(ApiError::invalid(format!("{day} is before {FIRST_DAY}: was it mistyped?")));
        }
        check_extras(entry)?;
        if let Some(contact) = &entry.contact
            && !record.profile.contacts.iter().any(|known| known.id == *contact)
        {
            return Err(ApiError::not_found(format!("{} has no contact `{contact}`", record.external)).with_hint(
                format!("`tierhook customers contact {} --id {contact} --name NAME` adds one", record.external),
            ));
        }
        let now = self.now();
        let fact = NewFact {
            record: record.external.clone(),
            key: self.own_key(),
            occurred: self.engine.moment_within(day, now),
            day,
            contact: entry.contact.clone(),
            body: self.body(entry, &record, who, texts)?,
        };
        let recording = Recording { recorded: now, import: None, amend: false, kind: RecordKind::Customer };
        let known = self.engine.snapshot().connected;
        let ingested = self.engine.ingest(std::slice::from_ref(&fact), recording).map_err(api)?;
        let ingested = ingested.into_iter().next().ok_or_else(|| ApiError::failed("nothing was recorded"))?;
        let Appended::Recorded(id) = ingested.appended else {
            return Err(ApiError::conflict(format!("{} was not recorded; try again", fact.key)));
        };
        let record = self.engine.record(id).map_err(api)?;
        Ok(Answer::Logged(LogReport {
            customer: Texts::head(&record),
            fact: FactRow {
                day,
                what: super::fact_text::kind(&fact.body, texts).to_owned(),
                id: fact.key.id.clone(),
                text: super::fact_text::with_contact(&fact.body, fact.contact.as_deref(), &record, texts),
                retracted: false,
            },
            is_complaint: entry.what == LogKind::Complaint,
            is_first: self.engine.snapshot().connected != known,
            changes: ingested.changes.iter().map(|change| texts.change(&record, change)).collect(),
        }))
    }

    fn body(&self, entry: &LogEntry, record: &Record, who: &str, texts: &Texts) -> Result<FactBody, ApiError> {
        let interaction = |kind: InteractionKind| {
            let asked = matches!(kind, InteractionKind::Consultation | InteractionKind::WebView);
            FactBody::Interaction(Interaction {
                kind,
                by: kind.is_contact().then(|| who.to_owned()),
                inbound: Some(asked || entry.inbound),
                note: entry.text.clone(),
                product: entry.product.clone(),
            })
        };
        let feedback = |kind: FeedbackKind| FactBody::Feedback(Feedback { kind, text: entry.text.clone() });
        Ok(match entry.what {
            LogKind::Call => interaction(InteractionKind::Call),
            LogKind::Visit => interaction(InteractionKind::Visit),
            LogKind::Email => interaction(InteractionKind::Email),
            LogKind::Chat => interaction(InteractionKind::Chat),
            LogKind::Consultation => interaction(InteractionKind::Consultation),
            LogKind::View => interaction(InteractionKind::WebView),
            LogKind::Satisfaction => {
                let score = entry.score.filter(|score| (1.0..=5.0).contains(score)).ok_or_else(|| {
                    ApiError::invalid("how satisfied a customer is, is a score from 1 (not at all) to 5 (very)")
                        .with_hint("add it, for example --score 4.5")
                })?;
                feedback(FeedbackKind::Satisfaction { score_hundredths: (score * 100.0).round() as i32 })
            }
            LogKind::Complaint => feedback(FeedbackKind::Complaint),
            LogKind::Resolved => {
                feedback(FeedbackKind::ComplaintResolved { complaint: open_complaint(entry, record, texts.day())? })
            }
            LogKind::Return => feedback(FeedbackKind::Return { product: entry.product.clone() }),
            LogKind::Remark if entry.text.is_none() => {
                return Err(ApiError::invalid("a remark without words says nothing")
                    .with_hint("tierhook log CUSTOMER remark \"likes the new store\""));
            }
            LogKind::Remark => feedback(FeedbackKind::Remark),
            LogKind::Measure => FactBody::Measure(measure(entry, texts)?),
        })
    }

    /// Opens a follow-up that a person wants.
    pub(super) fn remind(
        &self,
        name: &str,
        wanted: &NewReminder,
        who: &str,
        texts: &Texts,
    ) -> Result<Answer, ApiError> {
        let record = self.find(name)?;
        let text = wanted.text.trim();
        if text.is_empty() {
            return Err(ApiError::invalid("a reminder without words says nothing")
                .with_hint("tierhook follow-ups add CUSTOMER \"send the price list\" --due 7d"));
        }
        let reminder = Reminder {
            text: text.to_owned(),
            due: wanted.due.day(texts.day()),
            channel: wanted.channel.as_deref().map(channel),
            who: who.to_owned(),
            priority: wanted.priority,
        };
        let number = self.engine.remind(record.id, &reminder, self.now()).map_err(api)?;
        let record = self.engine.record(record.id).map_err(api)?;
        let id = FollowUpId { record: record.id, number };
        let found = record.standing.follow_ups.iter().find(|it| it.number == number);
        let found = found.ok_or_else(|| ApiError::failed(format!("the follow-up {id} was not kept")))?;
        Ok(Answer::FollowUp(FollowUpChanged {
            follow_up: texts.follow_up(&record, found),
            open_complaints: Vec::new(),
            changes: Vec::new(),
        }))
    }
}

/// Writes a channel as rules do, so that filters find it.
fn channel(said: &str) -> String {
    let said = said.trim();
    let code = match said {
        "电话" => "call",
        "拜访" | "上门" | "上门拜访" | "到店" => "visit",
        "邮件" | "电子邮件" => "email",
        "在线沟通" | "微信" | "企业微信" | "聊天" => "chat",
        "短信" => "sms",
        other => return other.to_lowercase(),
    };
    code.to_owned()
}

/// Refuses what does not go with the kind of entry, rather than losing it without a word.
fn check_extras(entry: &LogEntry) -> Result<(), ApiError> {
    use LogKind::{Call, Chat, Consultation, Email, Measure, Resolved, Return, Satisfaction, View, Visit};
    let talks: &[LogKind] = &[Call, Visit, Email, Chat];
    let products: &[LogKind] = &[Call, Visit, Email, Chat, Consultation, View, Return];
    let extras: [(bool, &str, &[LogKind]); 6] = [
        (entry.inbound, "--inbound", talks),
        (entry.score.is_some(), "--score", &[Satisfaction]),
        (entry.complaint.is_some(), "--complaint", &[Resolved]),
        (entry.product.is_some(), "--product", products),
        (entry.measure.is_some(), "--measure", &[Measure]),
        (entry.value.is_some(), "--value", &[Measure]),
    ];
    for (given, option, kinds) in extras {
        if given && !kinds.contains(&entry.what) {
            let kinds: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
            return Err(ApiError::invalid(format!("{option} does not go with `{}`", entry.what.name()))
                .with_hint(format!("it goes with {}", kinds.join(", "))));
        }
    }
    if entry.what == Measure && entry.text.is_some() {
        return Err(ApiError::invalid("a measure is a number and has no words")
            .with_hint("tierhook log CUSTOMER measure --measure NAME --value NUMBER"));
    }
    Ok(())
}

/// The complaint that is resolved: the one that is named, or else the only open one.
fn open_complaint(entry: &LogEntry, record: &Record, today: Day) -> Result<String, ApiError> {
    let complaint = complaint_named(entry, record)?;
    let open = record.aggregates.open_complaints.iter().find(|open| open.id == complaint);
    let on = entry.on.unwrap_or(today);
    if let Some(since) = open.map(|open| open.day).filter(|since| on < *since) {
        return Err(ApiError::invalid(format!(
            "the complaint `{complaint}` is of {since}: it was not settled on {on}"
        ))
        .with_hint("leave --on out, or give the day on which it was settled"));
    }
    Ok(complaint)
}

fn complaint_named(entry: &LogEntry, record: &Record) -> Result<String, ApiError> {
    let open: Vec<&str> = record.aggregates.open_complaints.iter().map(|open| open.id.as_str()).collect();
    let hint = |error: ApiError| match open.is_empty() {
        true => error,
        false => error.with_hint(format!("open are {}; name one with --complaint ID", open.join(", "))),
    };
    match (&entry.complaint, open.as_slice()) {
        (Some(complaint), open) if open.contains(&complaint.as_str()) => Ok(complaint.clone()),
        (Some(complaint), _) => {
            Err(hint(ApiError::not_found(format!("{} has no open complaint `{complaint}`", record.external))))
        }
        (None, [one]) => Ok((*one).to_owned()),
        (None, []) => Err(ApiError::conflict(format!("{} has no open complaint", record.external))),
        (None, _) => Err(hint(ApiError::conflict(format!("{} has several open complaints", record.external)))),
    }
}

fn measure(entry: &LogEntry, texts: &Texts) -> Result<Measure, ApiError> {
    let (Some(name), Some(value)) = (&entry.measure, entry.value.filter(|value| value.is_finite())) else {
        return Err(ApiError::invalid("a measure has a name and a value")
            .with_hint("tierhook log CUSTOMER measure --measure NAME --value NUMBER"));
    };
    declared_measure(name, texts)?;
    Ok(Measure { name: name.clone(), value })
}

/// Refuses a measure that nobody has declared: no rule could read it.
pub(super) fn declared_measure(name: &str, texts: &Texts) -> Result<(), ApiError> {
    let catalogue = &texts.snapshot.generation.ruleset.catalogue;
    if catalogue.get(&format!("measure.{name}")).is_none() {
        let known: Vec<&str> = catalogue.iter().filter_map(|field| field.name.strip_prefix("measure.")).collect();
        let hint = match closest(name, known.iter().copied()) {
            Some(close) => format!("did you mean `{close}`?"),
            None if known.is_empty() => "declare it as a [[measure]] in scripts/fields.toml".to_owned(),
            None => format!("there are {}; scripts/fields.toml declares more", known.join(", ")),
        };
        return Err(ApiError::invalid(format!("there is no measure `{name}`")).with_hint(hint));
    }
    Ok(())
}
