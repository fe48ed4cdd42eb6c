//! Lines of log and traces. Neither tells the plugin anything; each is about the record whose function runs.

use std::cell::{Cell, RefCell};

pub use crate::bindings::host::Level;

thread_local! {
    static CURRENT: Cell<Option<u32>> = const { Cell::new(None) };
    static NOTES: RefCell<Vec<Note>> = const { RefCell::new(Vec::new()) };
}

/// What a function logged or traced in a test on the author's machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// A line of log.
    Line(Option<u32>, String),
    /// A rule that struck.
    Trace(u32, String),
}

/// Writes a line for whoever writes the plugin.
pub fn debug(message: impl AsRef<str>) {
    line(Level::Debug, message.as_ref());
}

/// Writes a line that is worth one.
pub fn info(message: impl AsRef<str>) {
    line(Level::Info, message.as_ref());
}

/// Writes a line about what is not as it should be.
pub fn warning(message: impl AsRef<str>) {
    line(Level::Warning, message.as_ref());
}

/// Notes that a rule of the plugin struck for the record; `tierhook explain` shows it.
pub fn trace(rule: impl AsRef<str>) {
    let Some(record) = CURRENT.get() else { return };
    #[cfg(target_arch = "wasm32")]
    crate::bindings::host::trace(record, rule.as_ref());
    #[cfg(not(target_arch = "wasm32"))]
    NOTES.with_borrow_mut(|notes| notes.push(Note::Trace(record, rule.as_ref().to_owned())));
}

#[cfg_attr(not(target_arch = "wasm32"), expect(unused_variables, reason = "no host on the author's machine"))]
fn line(level: Level, message: &str) {
    #[cfg(target_arch = "wasm32")]
    crate::bindings::host::log(level, CURRENT.get(), message);
    #[cfg(not(target_arch = "wasm32"))]
    NOTES.with_borrow_mut(|notes| notes.push(Note::Line(CURRENT.get(), message.to_owned())));
}

/// Says which record the function runs for.
pub(crate) fn about(record: Option<u32>) {
    CURRENT.set(record);
}

/// Takes what was noted since the last time.
pub(crate) fn take() -> Vec<Note> {
    NOTES.take()
}
