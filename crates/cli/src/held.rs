//! Panics that somebody else catches and tells of in words.

use std::any::Any;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Mutex, PoisonError};

use crate::output::tell;

/// What panics have said while they are held back; `None` while they are not.
static HELD: Mutex<Option<Vec<String>>> = Mutex::new(None);

/// Sees to it that panics can be held back.
pub(crate) fn install() {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |panic| match &mut *HELD.lock().unwrap_or_else(PoisonError::into_inner) {
        Some(held) => held.push(panic.to_string()),
        None => usual(panic),
    }));
}

/// Runs something that catches panics of its own: a damaged book makes the database panic, and the error that becomes
/// of it says all there is to say. What such panics print goes to the debug log. A panic that nobody catches is told and
/// goes on.
pub(crate) fn back<T>(run: impl FnOnce() -> T) -> T {
    *HELD.lock().unwrap_or_else(PoisonError::into_inner) = Some(Vec::new());
    let result: Result<T, Box<dyn Any + Send>> = panic::catch_unwind(AssertUnwindSafe(run));
    let held = HELD.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or_default();
    match result {
        Ok(value) => {
            held.iter().for_each(|said| tracing::debug!("{said}"));
            value
        }
        Err(payload) => {
            held.iter().for_each(|said| tell(&format!("{said}\n")));
            panic::resume_unwind(payload)
        }
    }
}
