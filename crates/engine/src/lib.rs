//! One event's journey: append, evaluate, decide, commit; regrade; explain.
