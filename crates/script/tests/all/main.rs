//! What script authors rely on, as they see it: scripts in, wishes and faults out.

#![expect(clippy::unwrap_used, reason = "a failed unwrap in a helper is a failed test")]

mod check;
mod expression;
mod hostile;
mod missing;
mod module;
mod parallel;
mod segment;
mod support;
mod wish;
