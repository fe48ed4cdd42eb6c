//! Rules and mapping expressions written in rhai.
