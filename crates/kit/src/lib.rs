//! What the author of a plugin is helped with: a new plugin's folder, and the component built from its sources.
//!
//! This crate knows no host and runs no plugin: it writes new folders, calls compilers, and compares code with manifests. What a build
//! leaves in a folder is its caller's.

mod build;
mod component;
mod field_list;
mod reads;
mod scaffold;
mod vendored;

pub use build::{BuildError, Built, build};
pub use component::{ComponentError, ComponentShape, component, shape};
pub use field_list::{FieldList, ListedField};
pub use reads::{Differences, READS_SECTION, Read, ReadKind, compare, reads};
pub use scaffold::{Lang, ScaffoldError, scaffold};
