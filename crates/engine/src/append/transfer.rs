//! Amended facts that go from one record to another: two writes, of which one may be refused.

use std::collections::HashMap;

use tierhook_model::RecordId;
use tierhook_store::KnownFact;

/// Amended facts on their way from one record to another, by their place among the facts.
#[derive(Debug, Default)]
pub(super) struct Transfers(HashMap<usize, Transfer>);

#[derive(Debug)]
struct Transfer {
    /// What the fact replaces, and where.
    known: KnownFact,
    retracted: bool,
    recorded: bool,
}

/// What is still to be written of a fact that goes from one record to another.
#[derive(Clone, Copy, Debug)]
pub(super) enum Rest {
    /// The new version stands; the known one has to be taken back.
    Retraction(KnownFact),
    /// The known one is taken back; the new version has to be recorded.
    Record,
}

impl Transfers {
    /// Notes that a fact is about to replace a known one of another record.
    pub(super) fn begin(&mut self, origin: usize, known: KnownFact) {
        self.0.insert(origin, Transfer { known, retracted: false, recorded: false });
    }

    /// Notes that a record's write with facts of these origins is in the book.
    pub(super) fn written(&mut self, record: RecordId, origins: &[usize]) {
        for origin in origins {
            let Some(transfer) = self.0.get_mut(origin) else { continue };
            match transfer.known.record == record {
                true => transfer.retracted = true,
                false => transfer.recorded = true,
            }
        }
    }

    /// Forgets all but those that are half done: the others are done, or begin anew with what stands by then.
    pub(super) fn keep_halves(&mut self) {
        self.0.retain(|_, transfer| transfer.retracted != transfer.recorded);
    }

    /// Tells what is left of a fact that is half done.
    pub(super) fn rest(&self, origin: usize) -> Option<Rest> {
        let transfer = self.0.get(&origin)?;
        Some(if transfer.recorded { Rest::Retraction(transfer.known) } else { Rest::Record })
    }
}
