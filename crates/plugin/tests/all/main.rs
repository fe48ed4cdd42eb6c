//! Components as rules: what they get, what they answer, and what stops them.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod answer;
mod guest;
mod hostile;
mod lower;
mod support;
mod written;
