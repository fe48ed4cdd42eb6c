//! Tierhook's vocabulary: the words that every other crate speaks.
//!
//! Records and the facts about them, civil days, money, the catalogue of fields that rules may read,
//! dimensions and their classes, and what a decision leaves behind. This crate does no input or output,
//! reads no clock, and knows neither a store nor a script language. Everything that is persisted has its
//! shape here, so that a change of format is seen in one place.

mod aggregate;
mod catalogue;
mod clock;
mod day;
mod decision;
mod dimension;
mod fact;
mod identity;
mod money;
mod population;
mod profile;
mod record;
mod standing;
mod text;
mod value;

pub use aggregate::{
    Aggregates, Cycle, DayBucket, FactOrder, LatestMeasure, MAX_CATEGORIES, MAX_CYCLES, MAX_MEASURES,
    MAX_OPEN_COMPLAINTS, MAX_PRODUCTS, MAX_PURCHASE_DAYS, MAX_VIEWED, NotedCause, OpenComplaint, OpenConsultation,
    RETAINED_DAYS, SettledComplaint, Viewed,
};
pub use catalogue::{Catalogue, CustomField, FeatureKey, Field, FieldGroup, FieldSource, Label, Unit};
pub use clock::{BookClock, ClockMode};
pub use day::{BookZone, Day, DayError, Moment};
pub use decision::{
    Argument, Change, ClassMove, Combined, DimensionReceipt, FaultRecord, FieldRead, HistoryEntry, MoveCause, Reason,
    Receipt, RuleReceipt, ScoreGroup, ScoreReceipt,
};
pub use dimension::{Band, Class, Combination, Dimension, DimensionError, Dimensions, OnFault, UNRATED};
pub use fact::{
    Cancellation, ContactChange, Fact, FactBody, FactKind, Feedback, FeedbackKind, Interaction, InteractionKind, Line,
    Measure, Merge, NewFact, Order, Outcome, OutcomeKind, OverrideFact, ProfileChange, Refund, Retraction,
};
pub use identity::{ExternalRef, FactSeq, GenerationId, ImportId, Position, RecordId, digest128, digest256_hex};
pub use money::{Amount, Currency, Money, MoneyError};
pub use population::{Connected, GroupRate, Population};
pub use profile::{Consent, Contact, Profile, ProfileKey};
pub use record::{MergedRecord, Record, RecordKind};
pub use standing::{
    Anchor, CAUSES, ClassStanding, FollowUp, FollowUpState, MovedFrom, Offer, Override, Severity, Standing, Warning,
    WarningState,
};
pub use text::{Language, Text, grouped};
pub use value::{FieldType, Value, ValueRef};
