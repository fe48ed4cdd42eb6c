//! What script authors rely on, as they see it: scripts in, wishes and faults out.

mod check;
mod expression;
mod hostile;
mod missing;
mod parallel;
mod support;
mod wish;
