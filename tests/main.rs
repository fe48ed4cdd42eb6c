//! Tests of Tierhook as a whole, one binary.

mod grading;
mod real_data;
mod reload;
mod support;
mod wall;
mod work;
