//! Facts that refer to others which are not there.
//!
//! Such a fact is taken all the same when it comes, as what it refers to may still be under way.

use std::collections::HashSet;

use tierhook_model::{ExternalRef, Fact, FactBody, FactKind, FactSeq, FeedbackKind, Record};
use tierhook_store::{ReadError, Store};

/// Why a fact does not refer to one of the same customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Nowhere {
    /// The book has no such fact.
    Unknown,
    /// It is another customer's.
    OfAnother,
    /// It was taken back.
    TakenBack,
}

/// A reference that leads nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Dangling {
    /// The kind of fact that refers, as lists of facts call it.
    pub(super) from: &'static str,
    /// The id that it refers to.
    pub(super) to: ExternalRef,
    pub(super) why: Nowhere,
}

/// Finds the references of a record's facts that lead nowhere; `gone` are the facts that were taken back. Of the
/// customer's own facts the id is enough: what somebody enters refers to what a shop brought.
pub(super) fn dangling(
    record: &Record,
    facts: &[Fact],
    gone: &HashSet<FactSeq>,
    store: &Store,
) -> Result<Vec<Dangling>, ReadError> {
    let holds = |fact: &&Fact| !gone.contains(&fact.seq);
    let referring = facts.iter().filter(holds).filter_map(|fact| {
        let (from, kind, id) = reference(&fact.body)?;
        Some((from, kind, ExternalRef::new(fact.key.source.clone(), id)))
    });
    let mut referring = referring.peekable();
    if referring.peek().is_none() {
        return Ok(Vec::new());
    }
    let own: HashSet<(FactKind, &str)> =
        facts.iter().filter(holds).map(|fact| (fact.body.kind(), fact.key.id.as_str())).collect();
    let missing: Vec<_> = referring.filter(|(_, kind, to)| !own.contains(&(*kind, to.id.as_str()))).collect();
    let keys: Vec<(FactKind, ExternalRef)> = missing.iter().map(|(_, kind, to)| (*kind, to.clone())).collect();
    let known = store.known(&keys)?;
    let is_own = |id| record.id == id || record.merged.iter().any(|merged| merged.id == id);
    let found = missing.into_iter().zip(known).map(|((from, _, to), known)| {
        let why = match known {
            None => Nowhere::Unknown,
            Some(known) if is_own(known.record) => Nowhere::TakenBack,
            Some(_) => Nowhere::OfAnother,
        };
        Dangling { from, to, why }
    });
    Ok(found.collect())
}

/// What a fact refers to: what lists call the fact, the kind of the other and its id in the same source.
fn reference(body: &FactBody) -> Option<(&'static str, FactKind, &str)> {
    match body {
        FactBody::Refund(refund) => Some(("refund", FactKind::Order, refund.order.as_deref()?)),
        FactBody::Cancellation(cancellation) => Some(("cancellation", FactKind::Order, cancellation.order.as_deref()?)),
        FactBody::Feedback(feedback) => match &feedback.kind {
            FeedbackKind::ComplaintResolved { complaint } => {
                Some(("complaint-resolved", FactKind::Feedback, complaint))
            }
            _ => None,
        },
        _ => None,
    }
}
