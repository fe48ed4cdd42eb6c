//! The command under kill -9, and before disks and folders that refuse.
//!
//! It stands here rather than with the tests of the whole, because only the tests of a package know where its binary
//! is.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod book;
mod journal;
mod kill;
mod operation;
mod refusal;
