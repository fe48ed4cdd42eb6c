//! Facts that reverted imports brought, and what they had replaced. Pure.

use std::collections::{BTreeSet, HashMap};

use tierhook_features::retracted;
use tierhook_model::{ExternalRef, Fact, FactBody, FactSeq, ImportId, NewFact};

/// Tells whether a fact came by an import that was reverted.
pub(super) fn is_void(fact: &Fact, void: &BTreeSet<ImportId>) -> bool {
    fact.import.is_some_and(|of| void.contains(&of))
}

/// The facts of a record that reverted imports replaced and that are not void themselves, each with the retraction that
/// keeps it from holding.
pub(super) fn replaced<'a>(facts: &'a [Fact], void: &BTreeSet<ImportId>) -> Vec<(&'a Fact, FactSeq)> {
    let taken_back = retracted(facts);
    let numbered: HashMap<FactSeq, &Fact> = facts.iter().map(|fact| (fact.seq, fact)).collect();
    let by_void = facts.iter().filter(|fact| is_void(fact, void) && !taken_back.contains(&fact.seq));
    by_void
        .filter_map(|fact| {
            let FactBody::Retraction(retraction) = &fact.body else { return None };
            let target = *numbered.get(&retraction.fact)?;
            (!is_void(target, void)).then_some((target, fact.seq))
        })
        .collect()
}

/// The digest of what a recorded fact says, as it was when the fact came in.
pub(super) fn content(record: &ExternalRef, fact: &Fact) -> [u8; 16] {
    let said = NewFact {
        record: record.clone(),
        key: fact.key.clone(),
        occurred: fact.occurred,
        day: fact.day,
        contact: fact.contact.clone(),
        body: fact.body.clone(),
    };
    said.content()
}
