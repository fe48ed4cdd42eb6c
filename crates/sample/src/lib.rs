//! A made-up company.
