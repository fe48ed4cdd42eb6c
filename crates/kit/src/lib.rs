//! What the author of a plugin is helped with: a new plugin's folder, and the component built from its sources.
//!
//! This crate knows no host and runs no plugin: it writes folders, calls compilers, and compares code with manifests.

mod build;
mod component;
mod digest;
mod reads;

pub use build::{BuildError, Report, build};
pub use component::{ComponentError, ComponentShape, component, shape};
pub use reads::{Differences, READS_SECTION, Read, ReadKind, compare, reads};
