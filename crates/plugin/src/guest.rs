//! Guests: what a store knows of the component that runs in it.

use std::collections::BTreeMap;
use std::sync::Arc;

use tierhook_hooks::{Limits, PluginLimits};
use wasmtime::{ResourceLimiter, Result};

use crate::contract::{Host, Level};

/// What a store knows of the component that runs in it, for one batch.
#[derive(Debug)]
pub(crate) struct Guest {
    /// The plugin.
    name: Arc<str>,
    memory_bytes: usize,
    table_elements: usize,
    /// What was asked for and not given.
    pub(crate) refused: Option<Refused>,
    host_call_bytes: usize,
    log_left: usize,
    /// Lines of log that were dropped.
    pub(crate) dropped: u64,
    hit_bytes: usize,
    records: u32,
    /// What was noted about records.
    pub(crate) hits: BTreeMap<u32, Vec<String>>,
    /// Values that no log may show.
    hidden: Vec<String>,
}

/// What a component asked for beyond its limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// So many bytes of memory.
    Memory(usize),
    /// So many elements of tables.
    Table(usize),
    /// More data in calls of the host.
    HostCalls,
}

/// How many memories and tables a component may have.
pub(crate) const MOST_MEMORIES: usize = 1;
pub(crate) const MOST_TABLES: usize = 8;
/// Host calls cost something even without any text.
const CALL_BYTES: usize = 32;
/// How long one line of log may be, in bytes; the rest of it is cut off.
const LINE_BYTES: usize = 1024;
/// How many rules may be noted for one record, and how long the name of one may be, in bytes.
const MOST_HITS: usize = 16;
const HIT_BYTES: usize = 64;

impl Guest {
    /// Makes the state for a batch of so many records. `hidden` are values that no log may show.
    pub(crate) fn new(
        name: Arc<str>,
        limits: &Limits,
        plugin: &PluginLimits,
        records: usize,
        hidden: Vec<String>,
    ) -> Self {
        Self {
            name,
            memory_bytes: plugin.memory_bytes,
            table_elements: plugin.table_elements,
            refused: None,
            host_call_bytes: plugin.host_call_bytes,
            log_left: limits.log_bytes.saturating_mul(records.max(1)),
            dropped: 0,
            hit_bytes: limits.output_bytes.saturating_mul(records.max(1)),
            records: records as u32,
            hits: BTreeMap::new(),
            // As they would stand in a line.
            hidden: hidden.iter().map(|value| printable(value)).collect(),
        }
    }

    /// Counts what a call of the host carried.
    fn count(&mut self, bytes: usize) -> Result<()> {
        match self.host_call_bytes.checked_sub(bytes + CALL_BYTES) {
            Some(left) => {
                self.host_call_bytes = left;
                Ok(())
            }
            None => {
                self.refused = Some(Refused::HostCalls);
                Err(wasmtime::Error::msg("its calls of the host carried too much"))
            }
        }
    }

    /// A text of at most so many bytes in which no value that is hidden can be read, not even a part of one.
    fn masked(&self, text: &str, most: usize) -> String {
        // No more of it is searched than is shown, but for what is masked; what is cut off must not begin before the end.
        let part = cut(text, 2 * most);
        let is_cut = part.len() < text.len();
        let mut part = printable(part);
        if is_cut {
            let begun = self.hidden.iter().filter_map(|value| begun(&part, value)).max();
            part.truncate(part.len() - begun.unwrap_or(0));
        }
        for value in &self.hidden {
            if part.contains(value.as_str()) {
                part = part.replace(value.as_str(), "***");
            }
        }
        part.truncate(cut(&part, most).len());
        part
    }
}

/// How many bytes at the end of a text are the beginning of a value.
fn begun(text: &str, value: &str) -> Option<usize> {
    value.char_indices().map(|(at, _)| at).rev().find(|at| *at > 0 && text.ends_with(&value[..*at]))
}

/// A line without what a terminal would obey.
fn printable(line: &str) -> String {
    line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn cut(text: &str, most: usize) -> &str {
    if text.len() <= most {
        return text;
    }
    let end = (0..=most).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    &text[..end]
}

impl Host for Guest {
    fn log(&mut self, level: Level, record: Option<u32>, message: String) -> Result<()> {
        self.count(message.len())?;
        let line = self.masked(&message, LINE_BYTES);
        if line.len() > self.log_left {
            self.dropped += 1;
            return Ok(());
        }
        self.log_left -= line.len();
        let plugin = &*self.name;
        match level {
            Level::Debug => tracing::debug!(target: "tierhook::plugin", plugin, record, "{line}"),
            Level::Info => tracing::info!(target: "tierhook::plugin", plugin, record, "{line}"),
            Level::Warning => tracing::warn!(target: "tierhook::plugin", plugin, record, "{line}"),
        }
        Ok(())
    }

    fn trace(&mut self, record: u32, rule: String) -> Result<()> {
        self.count(rule.len())?;
        let rule = self.masked(&rule, HIT_BYTES);
        if record >= self.records || rule.len() > self.hit_bytes {
            return Ok(());
        }
        let hits = self.hits.entry(record).or_default();
        if hits.len() < MOST_HITS && !hits.contains(&rule) {
            self.hit_bytes -= rule.len();
            hits.push(rule);
        }
        Ok(())
    }
}

impl ResourceLimiter for Guest {
    // A limit on each would be none on all of them.
    fn memories(&self) -> usize {
        MOST_MEMORIES
    }

    fn tables(&self) -> usize {
        MOST_TABLES
    }

    fn memory_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> Result<bool> {
        let allowed = desired <= self.memory_bytes;
        if !allowed {
            self.refused = Some(Refused::Memory(desired));
        }
        Ok(allowed)
    }

    fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> Result<bool> {
        let allowed = desired <= self.table_elements;
        if !allowed {
            self.refused = Some(Refused::Table(desired));
        }
        Ok(allowed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guest(hidden: &[&str]) -> Guest {
        let hidden = hidden.iter().map(|value| (*value).to_owned()).collect();
        Guest::new("p".into(), &Limits::default(), &PluginLimits::default(), 2, hidden)
    }

    #[test]
    fn what_is_noted_is_bounded_and_about_records_that_there_are() {
        let mut guest = guest(&[]);
        for at in 0..100 {
            guest.trace(0, format!("rule {at}")).unwrap();
            guest.trace(0, format!("rule {at}")).unwrap();
        }
        guest.trace(7, "nobody".into()).unwrap();
        assert_eq!(guest.hits[&0].len(), MOST_HITS);
        assert_eq!(guest.hits.len(), 1);
    }

    #[test]
    fn lines_of_log_are_masked_and_obey_no_terminal() {
        let guest = guest(&["13800138000"]);
        assert_eq!(guest.masked("call 13800138000\u{1b}[2J", 100), "call *** [2J");
        assert_eq!(cut("王芳", 4), "王");
    }

    /// What is noted was cut before it was masked, and lines were cut again after masking had drawn what lay beyond the cut into
    /// them: with some padding before it the first part of any value could be read.
    #[test]
    fn no_part_of_a_hidden_value_is_left_where_a_text_is_cut() {
        let guest = guest(&["13800138000", "北京路一号三单元", "Main Street\n5"]);
        for value in ["13800138000", "北京路一号三单元", "Main Street\n5"] {
            for most in [8, 64, 1024] {
                for padding in 0..2 * most + 2 {
                    let said = guest.masked(&format!("{}{}", "x".repeat(padding), value.repeat(200)), most);
                    assert!(said.len() <= most, "{said}");
                    assert!(said.chars().all(|c| "x*".contains(c)), "{padding} of {most}: {said}");
                }
            }
        }
        assert_eq!(guest.masked("138 of 1380", 64), "138 of 1380", "what merely begins alike is no value");
    }

    #[test]
    fn a_flood_of_calls_ends() {
        let mut guest = guest(&[]);
        let line = "x".repeat(100_000);
        let ended = (0..1000).find(|_| guest.log(Level::Info, None, line.clone()).is_err());
        assert!(ended.is_some_and(|at| at < 50) && guest.refused == Some(Refused::HostCalls));
        assert!(guest.dropped > 0);
    }
}
