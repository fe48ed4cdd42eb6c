//! What a hook is, and how an ordered set of rules runs.
//!
//! A rule sees a [`Frame`]: a batch of records projected to the fields that the rules of one stratum read. It
//! answers with wishes or a fault for each record. This crate knows no script language, no WebAssembly, no
//! store and no clock; it knows what both kinds of rule have in common.

mod check;
mod column;
mod fault;
mod frame;
mod history;
mod limit;
mod manifest;
mod place;
mod rule;
mod set;
mod suggestion;
mod text;
mod wish;

pub use check::{NAME_CHARACTERS, check_name, closest, unknown_class, unknown_dimension};
pub use column::{Column, ColumnData, ColumnNames, TextColumn, Validity};
pub use fault::{Fault, FaultCode};
pub use frame::{Cell, Frame, FrameBuilder, MAX_COLUMNS, ReadSet};
pub use history::{History, HistoryKind, MAX_HISTORY};
pub use limit::{Limits, PluginLimits};
pub use manifest::{DATE_HINT, DescribedParameter, Manifest, ManifestError, Parameter, ParameterCheck, ParameterValue};
pub use place::Place;
pub use rule::{BatchOutcome, Context, Hook, RecordOutcome, Rule, RuleMeta, Segments, Usage};
pub use set::{HookSet, Ruleset, SetError, Stratum};
pub use suggestion::{Measured, Part, Suggestion};
pub use text::unclosed;
pub use wish::{AnchorWish, ClassWish, FollowUpWish, OfferWish, Since, Verdict, WarningWish, Wishes};
