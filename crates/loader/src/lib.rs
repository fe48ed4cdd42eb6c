//! Folders to candidates to sets of rules: watching, settling, compiling, proving, last good.
//!
//! A [`Watch`] hands out a [`Candidate`] whenever the files of a workspace have settled on something new. A
//! [`Loader`] makes one whole [`Ruleset`](tierhook_hooks::Ruleset) of it: what is broken falls back to its last
//! good version, what results is proved by a [`Prover`], and every failure is a [`Problem`] beside the result.
//! Once the set is active, [`Loader::confirm`] keeps its versions by content, so that a restart with a broken
//! folder serves the last good ones. This crate knows no store and no record: what a proof is made of, and how a
//! set becomes active, is the caller's.

mod archive;
mod assembly;
mod document;
mod edit;
mod loaded;
mod loader;
mod member;
mod plugin;
mod problem;
mod proof;
mod redaction;
mod setting;
mod shared;
mod tree;
mod unit;
mod vocabulary;
mod watch;

pub use archive::ArchiveError;
pub use edit::{
    DimensionEdit, EditError, FileEditError, Look, NewClass, NewGrant, Spot, add_grants, edit_dimensions,
    edit_plugin_files, revoke_grants, revoke_key, trust_key,
};
pub use loaded::{Loaded, UnitState, UnitStatus};
pub use loader::{CheckError, LoadSettings, Loader, check};
pub use problem::{Problem, Weight};
pub use proof::{CaseFile, Prover};
pub use redaction::{ForgottenVersions, without_cases};
pub use setting::{NewValue, SettingError, lowest_serial, set_lowest_serial, set_parameters};
pub use tree::{Candidate, TreeError, TreeLimits};
pub use vocabulary::{DIMENSIONS_FILE, FIELDS_FILE};
pub use watch::{Sighting, Watch, WatchError, WatchSettings};
