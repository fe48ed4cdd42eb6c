//! Limits: what one rule may use up.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize};

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
    /// What a plugin may use up besides.
    pub plugin: PluginLimits,
    /// What a plugin may use up that says it is heavy: one that brings its own interpreter.
    #[serde(deserialize_with = "heavy")]
    pub heavy: PluginLimits,
}

/// What a plugin may use up, besides wall clock, answers and log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PluginLimits {
    /// Fuel for each record: about one for each WebAssembly instruction. All records of a batch share what they have.
    pub fuel: u64,
    /// Fuel of a batch, on top of [`PluginLimits::fuel`].
    pub fuel_per_batch: u64,
    /// Bytes of memory.
    pub memory_bytes: usize,
    /// Elements of all tables.
    pub table_elements: usize,
    /// Bytes that calls of the host may carry in one batch, the answer among them.
    pub host_call_bytes: usize,
    /// Records of one call; a larger batch is called in parts.
    pub batch_records: usize,
    /// Bytes of the component.
    pub component_bytes: usize,
    /// Time that compiling may take, in milliseconds.
    pub compile_ms: u64,
}

/// Reads the limits of heavy plugins: what is not written is theirs, not that of others.
fn heavy<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PluginLimits, D::Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Written {
        fuel: Option<u64>,
        fuel_per_batch: Option<u64>,
        memory_bytes: Option<usize>,
        table_elements: Option<usize>,
        host_call_bytes: Option<usize>,
        batch_records: Option<usize>,
        component_bytes: Option<usize>,
        compile_ms: Option<u64>,
    }
    let (written, heavy) = (Written::deserialize(deserializer)?, PluginLimits::heavy());
    Ok(PluginLimits {
        fuel: written.fuel.unwrap_or(heavy.fuel),
        fuel_per_batch: written.fuel_per_batch.unwrap_or(heavy.fuel_per_batch),
        memory_bytes: written.memory_bytes.unwrap_or(heavy.memory_bytes),
        table_elements: written.table_elements.unwrap_or(heavy.table_elements),
        host_call_bytes: written.host_call_bytes.unwrap_or(heavy.host_call_bytes),
        batch_records: written.batch_records.unwrap_or(heavy.batch_records),
        component_bytes: written.component_bytes.unwrap_or(heavy.component_bytes),
        compile_ms: written.compile_ms.unwrap_or(heavy.compile_ms),
    })
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
            plugin: PluginLimits::default(),
            heavy: PluginLimits::heavy(),
        }
    }
}

impl Default for PluginLimits {
    fn default() -> Self {
        Self {
            fuel: 2_000_000,
            fuel_per_batch: 1_000_000,
            memory_bytes: 16 << 20,
            table_elements: 10_000,
            host_call_bytes: 4 << 20,
            batch_records: 1024,
            component_bytes: 8 << 20,
            compile_ms: 10_000,
        }
    }
}

impl PluginLimits {
    /// A record alone gets the fuel and the time of so many, so that what passes in a batch passes by itself.
    pub const ALONE: usize = 64;

    /// The defaults of a plugin that says it is heavy.
    pub fn heavy() -> Self {
        Self {
            memory_bytes: 128 << 20,
            batch_records: 256,
            component_bytes: 32 << 20,
            compile_ms: 120_000,
            ..Self::default()
        }
    }

    /// The fuel for a batch of so many records.
    pub fn fuel_for(&self, records: usize) -> u64 {
        let records = records.max(Self::ALONE) as u64;
        self.fuel_per_batch.saturating_add(self.fuel.saturating_mul(records))
    }

    fn lowered_by(&self, other: &Self) -> Self {
        Self {
            fuel: self.fuel.min(other.fuel),
            fuel_per_batch: self.fuel_per_batch.min(other.fuel_per_batch),
            memory_bytes: self.memory_bytes.min(other.memory_bytes),
            table_elements: self.table_elements.min(other.table_elements),
            host_call_bytes: self.host_call_bytes.min(other.host_call_bytes),
            batch_records: self.batch_records.min(other.batch_records),
            component_bytes: self.component_bytes.min(other.component_bytes),
            compile_ms: self.compile_ms.min(other.compile_ms),
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
            plugin: self.plugin.lowered_by(&other.plugin),
            heavy: self.heavy.lowered_by(&other.heavy),
        }
    }

    /// Returns the limits that were meant to be higher than the ceiling, by their path in a manifest: what was asked for,
    /// and what is allowed. What nobody wrote has its default, which asks for nothing.
    pub fn above(&self, ceiling: &Self) -> Vec<(Vec<String>, i64, i64)> {
        let (own, default, ceiling) = (self.by_path(), Self::default().by_path(), ceiling.by_path());
        let limits = own.into_iter().zip(default).zip(ceiling);
        let above = limits.filter(|(((_, own), (_, default)), (_, most))| own > most && own != default);
        above.map(|(((path, own), _), (_, most))| (path, own, most)).collect()
    }

    /// All limits, in an order that does not depend on their values.
    fn by_path(&self) -> Vec<(Vec<String>, i64)> {
        let table = toml::Table::try_from(self).unwrap_or_default();
        let limits = table.into_iter().flat_map(|(name, value)| match value {
            toml::Value::Table(nested) => {
                nested.into_iter().map(|(inner, value)| (vec![name.clone(), inner], value)).collect()
            }
            value => vec![(vec![name], value)],
        });
        limits.filter_map(|(path, value)| Some((path, value.as_integer()?))).collect()
    }

    /// Puts two wishes for lower limits together.
    #[must_use]
    pub fn lower_of(one: Option<Self>, other: Option<Self>) -> Option<Self> {
        match (one, other) {
            (Some(one), Some(other)) => Some(one.lowered_by(&other)),
            (one, other) => one.or(other),
        }
    }

    /// The wall clock for a batch of so many records.
    pub fn wall(&self, records: usize) -> Duration {
        Duration::from_millis(self.wall_ms + self.wall_ms_per_record * records as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_written_of_heavy_limits_stays_heavy() {
        let limits: Limits = toml::from_str("heavy = { fuel = 7 }\nplugin = { memory_bytes = 9 }\n").unwrap();
        assert_eq!((limits.heavy.fuel, limits.heavy.memory_bytes), (7, PluginLimits::heavy().memory_bytes));
        assert_eq!((limits.plugin.memory_bytes, limits.plugin.fuel), (9, PluginLimits::default().fuel));
        assert!(toml::from_str::<Limits>("heavy = { feul = 7 }\n").is_err());
        let lower = Limits::default().lowered_by(&limits);
        assert_eq!((lower.heavy.fuel, lower.plugin.memory_bytes), (7, 9));
    }

    #[test]
    fn what_is_above_the_ceiling_is_told_by_its_path() {
        let ceiling = Limits { reasons: 8, ..Limits::default() };
        let above = |text: &str| {
            let limits: Limits = toml::from_str(text).unwrap();
            let above = limits.above(&ceiling);
            above.into_iter().map(|(path, own, most)| (path.join("."), own, most)).collect::<Vec<_>>()
        };
        assert_eq!(above("operations = 100000\nreasons = 8\nplugin = { fuel = 1 }\n"), []);
        let told = above("operations = 100001\nreasons = 9\nheavy = { memory_bytes = 1000000000 }\n");
        let expected = [
            ("heavy.memory_bytes".to_owned(), 1_000_000_000, 128 << 20),
            ("operations".to_owned(), 100_001, 100_000),
            ("reasons".to_owned(), 9, 8),
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn a_record_alone_has_the_fuel_of_several() {
        let limits = PluginLimits::default();
        assert_eq!(limits.fuel_for(1), limits.fuel_for(PluginLimits::ALONE));
        assert!(limits.fuel_for(256) > limits.fuel_for(64));
    }
}
