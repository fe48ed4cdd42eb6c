//! Components as rules: what they get, what they answer, and what stops them.

#![allow(clippy::unwrap_used, reason = "what fails in a helper fails the test")]

mod answer;
mod guest;
mod hostile;
mod lower;
mod support;
