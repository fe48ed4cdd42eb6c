//! Plugins.

mod contract;
