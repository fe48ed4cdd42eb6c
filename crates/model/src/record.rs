//! Records: customers and what else rules may classify.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Aggregates, ExternalRef, Profile, RecordId, Standing};

/// The kinds of record. The position is what is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RecordKind {
    /// Somebody who buys or might.
    #[default]
    Customer,
    /// A deal that is being negotiated.
    Opportunity,
    /// Something that is sold.
    Product,
    /// A campaign.
    Campaign,
}

impl fmt::Display for RecordKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Customer => "customer",
            Self::Opportunity => "opportunity",
            Self::Product => "product",
            Self::Campaign => "campaign",
        })
    }
}

/// Everything that an evaluation needs of one record: one value in the store.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The record's number.
    pub id: RecordId,
    /// What it is.
    pub kind: RecordKind,
    /// How the source that brought it first names it.
    pub external: ExternalRef,
    /// Who it is.
    pub profile: Profile,
    /// What its facts come to.
    pub aggregates: Aggregates,
    /// What earlier decisions left.
    pub standing: Standing,
    /// The record that it was merged into, which stands for it.
    pub merged_into: Option<RecordId>,
    /// All records that were merged into this one, those that were merged into them among them. Their facts count here.
    pub merged: Vec<MergedRecord>,
}

/// A record that was merged into another one: the same customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MergedRecord {
    /// Its number.
    pub id: RecordId,
    /// How the source that brought it first names it.
    pub external: ExternalRef,
}

impl Record {
    /// Makes a record of which nothing is known but its name in a source.
    pub fn new(id: RecordId, kind: RecordKind, external: ExternalRef) -> Self {
        Self {
            id,
            kind,
            external,
            profile: Profile::default(),
            aggregates: Aggregates::default(),
            standing: Standing::default(),
            merged_into: None,
            merged: Vec::new(),
        }
    }

    /// Tells whether it is listed, counted and graded. A record that was merged is not: another one stands for it. Nor
    /// is one of which no fact is left; the next fact brings it back.
    pub fn is_listed(&self) -> bool {
        self.merged_into.is_none() && self.aggregates.facts > 0
    }
}
