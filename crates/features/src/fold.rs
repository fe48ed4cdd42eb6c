//! Folding: how one fact changes what is known of a record.

pub(crate) mod cycle;
mod interest;
mod purchase;

use tierhook_model::{
    Aggregates, Consent, ContactChange, Day, DayBucket, Fact, FactBody, FactOrder, Feedback, FeedbackKind, Interaction,
    InteractionKind, LatestMeasure, MAX_MEASURES, MAX_OPEN_COMPLAINTS, Measure, NotedCause, OpenComplaint, OutcomeKind,
    Override, OverrideFact, Profile, ProfileChange, RETAINED_DAYS, RecordId, SettledComplaint,
};

/// Folds one fact into what is known of its record.
///
/// Facts come in canonical order ([`order`]); for any other fact the record is [`replay`](crate::replay())ed, and
/// [`in_order`] tells which. Retractions and merges change nothing here and do not count: the one works by replay, what
/// the other brings are the other record's facts.
pub fn apply(profile: &mut Profile, aggregates: &mut Aggregates, fact: &Fact) {
    if matches!(fact.body, FactBody::Retraction(_) | FactBody::Merge(_)) {
        return;
    }
    let place = order(fact);
    let is_behind = |last: FactOrder| (last.day, last.occurred) <= (place.day, place.occurred);
    debug_assert!(aggregates.last.is_none_or(is_behind), "facts are folded in canonical order");
    aggregates.last = aggregates.last.max(Some(place));
    aggregates.facts = aggregates.facts.saturating_add(1);
    // What a source or a colleague writes down about the customer shows nothing, and may be written down years later;
    // what the customer did or had shows that time has passed.
    if fact.body.is_event() {
        forget_days_before(aggregates, fact.day.plus(-RETAINED_DAYS));
        aggregates.first_seen.get_or_insert(fact.day);
    }
    match &fact.body {
        FactBody::Order(order) => {
            purchase::add_order(aggregates, fact, order);
            interest::end_with_order(aggregates, order);
        }
        FactBody::Refund(refund) => purchase::add_refund(aggregates, fact.day, refund),
        FactBody::Cancellation(cancellation) => purchase::add_cancellation(aggregates, fact.day, cancellation),
        FactBody::Interaction(interaction) => {
            add_interaction(aggregates, fact.day, interaction);
            interest::follow(aggregates, fact, interaction);
        }
        FactBody::Feedback(feedback) => add_feedback(aggregates, fact, feedback),
        FactBody::Measure(measure) => set_measure(aggregates, fact.day, measure),
        FactBody::Profile(change) => change_profile(profile, fact.day, change),
        FactBody::Contact(change) => change_contact(profile, change),
        FactBody::Override(word) => set_override(aggregates, fact.day, word),
        FactBody::Outcome(outcome) => note_cause(aggregates, fact.day, &outcome.kind),
        FactBody::Merge(_) | FactBody::Retraction(_) => {}
    }
}

/// Tells whether a fact may be folded onto these aggregates of the record that `leads`, as they stand, rather than by a
/// replay: it comes after everything that is counted there, and does not change what earlier facts mean.
pub fn in_order(leads: RecordId, aggregates: &Aggregates, fact: &Fact) -> bool {
    let reaches_back = matches!(fact.body, FactBody::Retraction(_) | FactBody::Merge(_));
    let is_later = |last: FactOrder| match fact.record == leads {
        true => last < order(fact),
        // At the same moment the one that leads has the last word.
        false => (last.day, last.occurred) < (fact.day, fact.occurred),
    };
    !reaches_back && aggregates.last.is_none_or(is_later)
}

/// Returns a fact's place in the canonical order of its record.
pub fn order(fact: &Fact) -> FactOrder {
    FactOrder { day: fact.day, occurred: fact.occurred, seq: fact.seq }
}

fn forget_days_before(aggregates: &mut Aggregates, first_kept: Day) {
    let old = aggregates.days.partition_point(|bucket| bucket.day < first_kept);
    aggregates.days.drain(..old);
}

/// Returns the bucket of the newest fact's day.
fn bucket(aggregates: &mut Aggregates, day: Day) -> &mut DayBucket {
    if aggregates.days.last().is_none_or(|last| last.day != day) {
        aggregates.days.push(DayBucket { day, ..DayBucket::default() });
    }
    aggregates.days.last_mut().expect("the bucket of the day was there or has just been added")
}

fn add_one(count: &mut u32) {
    *count = count.saturating_add(1);
}

fn add_interaction(aggregates: &mut Aggregates, day: Day, interaction: &Interaction) {
    if interaction.kind.is_contact() {
        add_one(&mut aggregates.contacts);
        aggregates.last_contact = Some(day);
        add_one(&mut bucket(aggregates, day).contacts);
    }
    match interaction.kind {
        InteractionKind::Consultation => {
            add_one(&mut aggregates.consultations);
            add_one(&mut bucket(aggregates, day).consultations);
        }
        InteractionKind::WebView => {
            add_one(&mut aggregates.web_views);
            add_one(&mut bucket(aggregates, day).web_views);
        }
        InteractionKind::Call | InteractionKind::Visit | InteractionKind::Email | InteractionKind::Chat => {}
    }
}

fn add_feedback(aggregates: &mut Aggregates, fact: &Fact, feedback: &Feedback) {
    match &feedback.kind {
        FeedbackKind::Satisfaction { score_hundredths } => {
            aggregates.satisfaction_latest = Some(*score_hundredths);
            aggregates.satisfaction_day = Some(fact.day);
            aggregates.satisfaction_sum = aggregates.satisfaction_sum.saturating_add(i64::from(*score_hundredths));
            add_one(&mut aggregates.satisfaction_count);
        }
        FeedbackKind::Complaint => {
            add_one(&mut aggregates.complaints);
            add_one(&mut bucket(aggregates, fact.day).complaints);
            if aggregates.open_complaints.len() < MAX_OPEN_COMPLAINTS {
                aggregates.open_complaints.push(OpenComplaint { id: fact.key.id.clone(), day: fact.day });
            }
        }
        FeedbackKind::ComplaintResolved { complaint } => {
            if let Some(at) = aggregates.open_complaints.iter().position(|open| open.id == *complaint) {
                let settled = aggregates.open_complaints.remove(at);
                aggregates.settled_complaint = Some(SettledComplaint { id: settled.id, day: fact.day });
            }
        }
        FeedbackKind::Return { .. } => {
            add_one(&mut aggregates.returns);
            add_one(&mut bucket(aggregates, fact.day).returns);
        }
        FeedbackKind::Remark => {}
    }
}

/// A value that is no finite number says nothing.
fn set_measure(aggregates: &mut Aggregates, day: Day, measure: &Measure) {
    let (measures, name, value) = (&mut aggregates.measures, measure.name.as_str(), measure.value);
    if !value.is_finite() {
        return;
    }
    match measures.binary_search_by(|latest| latest.name.as_str().cmp(name)) {
        Ok(at) => (measures[at].day, measures[at].value) = (day, value),
        Err(at) if measures.len() < MAX_MEASURES => {
            measures.insert(at, LatestMeasure { name: name.to_owned(), day, value });
        }
        Err(_) => {}
    }
}

fn change_profile(profile: &mut Profile, day: Day, change: &ProfileChange) {
    for (key, value) in &change.fields {
        profile.set(*key, value.clone());
    }
    for (name, value) in &change.custom {
        profile.set_custom(name, value.clone());
    }
    for (purpose, given) in &change.consents {
        match profile.consents.iter_mut().find(|consent| consent.purpose == *purpose) {
            Some(consent) if consent.given == *given => {}
            Some(consent) => (consent.given, consent.since) = (*given, day),
            None => profile.consents.push(Consent { purpose: purpose.clone(), given: *given, since: day }),
        }
    }
}

fn change_contact(profile: &mut Profile, change: &ContactChange) {
    let at = profile.contacts.iter().position(|contact| contact.id == change.contact.id);
    match (at, change.removed) {
        (Some(at), true) => drop(profile.contacts.remove(at)),
        (Some(at), false) => profile.contacts[at] = change.contact.clone(),
        (None, false) => profile.contacts.push(change.contact.clone()),
        (None, true) => {}
    }
}

fn note_cause(aggregates: &mut Aggregates, day: Day, outcome: &OutcomeKind) {
    let cause = match outcome {
        OutcomeKind::Done { cause, .. } => cause.as_ref(),
        OutcomeKind::Resolved { cause } | OutcomeKind::Lost { cause } => Some(cause),
        OutcomeKind::Snoozed { .. } | OutcomeKind::Acknowledged | OutcomeKind::FalseAlarm => None,
    };
    if let Some(cause) = cause {
        aggregates.noted_cause = Some(NotedCause { cause: cause.clone(), day });
    }
}

fn set_override(aggregates: &mut Aggregates, day: Day, word: &OverrideFact) {
    let overrides = &mut aggregates.overrides;
    let at = overrides.binary_search_by(|(dimension, _)| dimension.as_str().cmp(&word.dimension));
    let holds = word.class.clone().map(|class| Override {
        class,
        who: word.who.clone(),
        why: word.why.clone(),
        since: day,
        until: word.until,
        review: word.review,
    });
    match (at, holds) {
        (Ok(at), Some(holds)) => overrides[at].1 = holds,
        (Ok(at), None) => drop(overrides.remove(at)),
        (Err(at), Some(holds)) => overrides.insert(at, (word.dimension.clone(), holds)),
        (Err(_), None) => {}
    }
}

#[cfg(test)]
mod tests;
