//! Components as rules: what they get, what they answer, and what stops them.

mod answer;
mod guest;
mod hostile;
mod lower;
mod support;
