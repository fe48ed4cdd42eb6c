//! What the author of a plugin is helped with: a new plugin's folder, and the component built from its sources.
//!
//! This crate knows no host and runs no plugin: it writes folders, calls compilers, and compares code with manifests.

mod build;
mod component;
mod digest;
mod field_list;
mod reads;
mod scaffold;
mod vendored;

pub use build::{BuildError, Report, build};
pub use component::{ComponentError, ComponentShape, component, shape};
pub use digest::digests;
pub use field_list::{FieldList, ListedField};
pub use reads::{Differences, READS_SECTION, Read, ReadKind, compare, reads};
pub use scaffold::{Lang, ScaffoldError, scaffold};
