//! Tests of Tierhook as a whole, one binary.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod authoring;
mod book;
mod canary;
mod care;
mod cause;
mod dimension;
mod grading;
mod guess;
mod hostile;
mod ingest;
mod javascript;
mod kept;
mod merge;
mod person;
mod plugin;
mod quality;
mod real_data;
mod reload;
mod revert;
mod search;
mod shipped;
mod suggest;
mod support;
mod trial;
mod wall;
mod work;
