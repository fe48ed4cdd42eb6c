//! Limits: what one rule may use up.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What one rule may use up. The defaults are the ceiling unless the host's configuration says otherwise; a
/// manifest may only lower them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Operations of a script for one record.
    pub operations: u64,
    /// Wall clock of a batch, in milliseconds, on top of [`Limits::wall_ms_per_record`].
    pub wall_ms: u64,
    /// Wall clock for each record of a batch, in milliseconds.
    pub wall_ms_per_record: u64,
    /// Bytes of one string.
    pub string_bytes: usize,
    /// Elements of one array or map.
    pub collection_items: usize,
    /// Variables at a time.
    pub variables: usize,
    /// Depth of calls.
    pub call_depth: usize,
    /// Depth of expressions outside functions.
    pub expression_depth: usize,
    /// Depth of expressions inside functions.
    pub function_expression_depth: usize,
    /// Bytes of answers for one record.
    pub output_bytes: usize,
    /// Reasons for one record.
    pub reasons: usize,
    /// Bytes of log for one record.
    pub log_bytes: usize,
    /// Bytes of source, of each file.
    pub source_bytes: usize,
    /// Functions of one file, closures included.
    pub functions: usize,
    /// Modules that one rule imports, by itself or through others.
    pub modules: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            operations: 100_000,
            wall_ms: 50,
            wall_ms_per_record: 1,
            string_bytes: 16 * 1024,
            collection_items: 1024,
            variables: 256,
            call_depth: 32,
            expression_depth: 64,
            function_expression_depth: 32,
            output_bytes: 4 * 1024,
            reasons: 16,
            log_bytes: 1024,
            source_bytes: 256 * 1024,
            functions: 256,
            modules: 16,
        }
    }
}

impl Limits {
    /// Returns, limit by limit, the lower of both.
    #[must_use]
    pub fn lowered_by(&self, other: &Self) -> Self {
        Self {
            operations: self.operations.min(other.operations),
            wall_ms: self.wall_ms.min(other.wall_ms),
            wall_ms_per_record: self.wall_ms_per_record.min(other.wall_ms_per_record),
            string_bytes: self.string_bytes.min(other.string_bytes),
            collection_items: self.collection_items.min(other.collection_items),
            variables: self.variables.min(other.variables),
            call_depth: self.call_depth.min(other.call_depth),
            expression_depth: self.expression_depth.min(other.expression_depth),
            function_expression_depth: self.function_expression_depth.min(other.function_expression_depth),
            output_bytes: self.output_bytes.min(other.output_bytes),
            reasons: self.reasons.min(other.reasons),
            log_bytes: self.log_bytes.min(other.log_bytes),
            source_bytes: self.source_bytes.min(other.source_bytes),
            functions: self.functions.min(other.functions),
            modules: self.modules.min(other.modules),
        }
    }

    /// The wall clock for a batch of so many records.
    pub fn wall(&self, records: usize) -> Duration {
        Duration::from_millis(self.wall_ms + self.wall_ms_per_record * records as u64)
    }
}
