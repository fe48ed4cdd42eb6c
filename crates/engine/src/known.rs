//! What the book knows of facts by their keys, and whether they still hold.

use tierhook_model::{ExternalRef, FactKind, FactSeq};
use tierhook_store::KnownFact;

use crate::{Engine, EngineError};

/// A fact that the book has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// Where it is, and what it says.
    pub fact: KnownFact,
    /// Whether it holds. One that was taken back counts as unknown: it can be recorded again.
    pub holds: bool,
}

/// The key of the retraction of a fact. There is one for each fact, so a fact is never taken back twice.
pub(crate) fn retraction_key(fact: FactSeq) -> ExternalRef {
    ExternalRef::new("tierhook", format!("retract:{}", fact.0))
}

impl Engine {
    /// Returns what is known of facts by their kinds and their keys in their sources.
    ///
    /// # Errors
    /// [`EngineError::Read`] if the store cannot be read.
    pub fn known(&self, keys: &[(FactKind, ExternalRef)]) -> Result<Vec<Option<Known>>, EngineError> {
        self.standing(self.store.known(keys)?)
    }

    /// Says of known facts whether they hold.
    pub(crate) fn standing(&self, found: Vec<Option<KnownFact>>) -> Result<Vec<Option<Known>>, EngineError> {
        let known = |fact: KnownFact| Ok(Known { fact, holds: self.holds(fact.order.seq)? });
        found.into_iter().map(|fact| fact.map(known).transpose()).collect()
    }

    /// Returns the retraction of a fact, if there ever was one.
    pub(crate) fn retraction_of(&self, fact: FactSeq) -> Result<Option<Known>, EngineError> {
        Ok(self.known(&[(FactKind::Retraction, retraction_key(fact))])?[0])
    }

    /// Tells whether a fact holds: nothing took it back, or what did was taken back itself.
    pub(crate) fn holds(&self, fact: FactSeq) -> Result<bool, EngineError> {
        let (mut fact, mut holds) = (fact, true);
        while let Some(by) = self.store.known(&[(FactKind::Retraction, retraction_key(fact))])?[0] {
            (fact, holds) = (by.order.seq, !holds);
        }
        Ok(holds)
    }
}
