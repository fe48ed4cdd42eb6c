//! A made-up company: a shop for mother-and-baby goods and groceries, with customers who are all invented.
//!
//! Everything comes from a seed: the same seed, size and last day give the same facts. The facts come out in the
//! order of time and are made as they are asked for, so that memory grows with the customers, not with the facts.
//! Every record and fact has the source [`SOURCE`], and every customer's notes say that there is no such person.
//! This crate knows nothing but the model: no store, no clock, no file.

mod assortment;
mod chance;
mod company;
mod customer;
mod live;
mod person;
mod purchase;
mod service;
mod timeline;

pub use company::{Company, DEFAULT_CUSTOMERS, SOURCE, SPAN_DAYS};
pub use timeline::Facts;
