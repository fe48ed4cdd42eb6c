//! Plugins as rules: one hook of a component, called for one batch after the other.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tierhook_hooks::{
    BatchOutcome, Cell, Context, Fault, FaultCode, Frame, Hook, Limits, PluginLimits, ReadSet, RecordOutcome, Rule,
    RuleMeta, Usage, Wishes,
};
use tierhook_model::Dimensions;

use crate::contract;
use crate::fault::Allowance;
use crate::host::Linked;
use crate::lift::{Lifted, Lifter, own_fault};
use crate::lower::Inputs;
use crate::parameter::Parameters;
use crate::secret::Tokens;

/// After so many records of a batch that broke it the rest is not called one by one any more.
const MOST_FAULTS: usize = 64;
/// How long the halving of a batch that broke may take, on top of four times what the batch itself may.
const HALVING: Duration = Duration::from_secs(1);

/// A rule in a component.
#[derive(Debug)]
pub(crate) struct PluginRule {
    pub(crate) name: Arc<str>,
    pub(crate) meta: RuleMeta,
    pub(crate) linked: Arc<Linked>,
    pub(crate) inputs: BTreeMap<Hook, Inputs>,
    pub(crate) parameters: Arc<Parameters>,
    /// The parameters of customers in a class of the dimension that sets them apart.
    pub(crate) by_class: BTreeMap<String, Arc<Parameters>>,
    pub(crate) dimensions: Arc<Dimensions>,
    pub(crate) tokens: Tokens,
    pub(crate) limits: Limits,
    pub(crate) heavy: bool,
    pub(crate) stack_bytes: usize,
}

impl Rule for PluginRule {
    fn meta(&self) -> &RuleMeta {
        &self.meta
    }

    fn call(&self, hook: Hook, frame: &Arc<Frame>, context: &Context) -> BatchOutcome {
        let silent = |read| vec![RecordOutcome::new(Ok(Wishes::default()), read); frame.len()];
        let Some(inputs) = self.inputs.get(&hook) else {
            return BatchOutcome { records: silent(ReadSet::default()), usage: Usage::default() };
        };
        let frame = inputs.narrowed(frame);
        let records = silent(self.read(hook, &frame));
        let mut run =
            Run { rule: self, hook, inputs, context, frame: &frame, records, usage: Usage::default(), faults: 0 };
        for (rows, parameters) in self.groups(&frame) {
            for rows in rows.chunks(self.plugin_limits().batch_records.max(1)) {
                run.batch(rows, &parameters);
            }
        }
        let Run { records, mut usage, .. } = run;
        usage.records = records.len() as u64;
        usage.faults = records.iter().filter(|outcome| outcome.result.is_err()).count() as u64;
        BatchOutcome { records, usage }
    }
}

impl PluginRule {
    fn plugin_limits(&self) -> &PluginLimits {
        if self.heavy { &self.limits.heavy } else { &self.limits.plugin }
    }

    /// The time for a call: as for fuel, a record alone gets that of several.
    fn wall(&self, records: usize) -> Duration {
        self.limits.wall(records.max(PluginLimits::ALONE))
    }

    /// The columns that the hook is given.
    fn read(&self, hook: Hook, frame: &Frame) -> ReadSet {
        let mut read = ReadSet::default();
        self.meta.reads(hook).iter().filter_map(|field| frame.column(field)).for_each(|column| read.insert(column));
        read
    }

    /// The records by the parameters that hold for them.
    fn groups(&self, frame: &Frame) -> Vec<(Vec<usize>, Arc<Parameters>)> {
        let column = self.meta.segments.as_ref().and_then(|segments| frame.column(&segments.field()));
        let Some(column) = column.filter(|_| !self.by_class.is_empty()) else {
            return vec![((0..frame.len()).collect(), self.parameters.clone())];
        };
        let mut groups: BTreeMap<Option<&str>, Vec<usize>> = BTreeMap::new();
        for row in 0..frame.len() {
            let class = match frame.cell(column, row) {
                Cell::Text(class) if self.by_class.contains_key(class) => Some(class),
                _ => None,
            };
            groups.entry(class).or_default().push(row);
        }
        let parameters =
            |class: Option<&str>| class.and_then(|class| self.by_class.get(class)).unwrap_or(&self.parameters);
        groups.into_iter().map(|(class, rows)| (rows, parameters(class).clone())).collect()
    }
}

/// One call of a hook, with what came of it so far.
struct Run<'a> {
    rule: &'a PluginRule,
    hook: Hook,
    inputs: &'a Inputs,
    context: &'a Context,
    frame: &'a Arc<Frame>,
    records: Vec<RecordOutcome>,
    usage: Usage,
    /// Records that broke a batch.
    faults: usize,
}

impl Run<'_> {
    /// Calls the hook for some rows. A batch that breaks is halved, until the record that breaks it stands alone.
    fn batch(&mut self, rows: &[usize], parameters: &Parameters) {
        // Halving has some time of its own. What is as good as done comes first: the halves of what broke last, not first.
        let mut deadline = None;
        let mut open: VecDeque<&[usize]> = [rows].into();
        while let Some(part) = open.pop_front() {
            let now = Instant::now();
            let wall = self.rule.wall(part.len());
            let left = deadline.map_or(wall, |deadline: Instant| wall.min(deadline.saturating_duration_since(now)));
            if left.is_zero() {
                let fault =
                    Fault::new(FaultCode::Deadline, "it was not called: other records of this batch took too long")
                        .with_hint("`limits.wall_ms` and `limits.wall_ms_per_record` set how long");
                self.fail(part, &fault);
                continue;
            }
            match self.attempt(part, parameters, left) {
                Ok(()) => {}
                Err(fault) if part.len() == 1 || self.faults >= MOST_FAULTS => {
                    self.faults += 1;
                    self.fail(part, &fault);
                }
                Err(_) => {
                    deadline.get_or_insert_with(|| now + HALVING + self.rule.wall(rows.len()) * 4);
                    let (first, second) = part.split_at(part.len() / 2);
                    open.extend([first, second]);
                }
            }
        }
    }

    /// Makes a fault that of some rows.
    fn fail(&mut self, rows: &[usize], fault: &Fault) {
        rows.iter().for_each(|row| self.records[*row].result = Err(fault.clone()));
    }

    /// Calls the hook once, in a store of its own, and keeps what it said.
    ///
    /// # Errors
    /// What broke the call.
    fn attempt(&mut self, rows: &[usize], parameters: &Parameters, wall: Duration) -> Result<(), Fault> {
        let (rule, records) = (self.rule, rows.len());
        let part = if records == self.frame.len() { self.frame.clone() } else { Arc::new(self.frame.select(rows)) };
        let lowered = self.inputs.lower(&part, &rule.tokens);
        let _place = rule.linked.machine.enter();
        let allowance = Allowance {
            limits: rule.plugin_limits(),
            settings: if rule.heavy { "heavy" } else { "plugin" },
            records,
            wall,
            stack_bytes: rule.stack_bytes,
        };
        let hidden = self.inputs.hidden(&part);
        let mut store = rule.linked.store(rule.name.clone(), &rule.limits, &allowance, hidden);
        let answer = rule.linked.component.instantiate(&mut store).and_then(|instance| {
            parameters.with(|parameters| {
                let context = contract::Context {
                    day: self.context.day.0,
                    day_end: self.context.day_end.0.saturating_mul(1000),
                    zone: &self.context.zone,
                    currency: &self.context.currency.to_string(),
                    parameters,
                };
                lowered.with(|frame| rule.linked.exports.call(self.hook, &mut store, &instance, context, frame))
            })
        });
        let used = allowance.fuel().saturating_sub(store.get_fuel().unwrap_or(0));
        self.usage.operations += used;
        self.usage.most_operations = self.usage.most_operations.max(used / records.max(1) as u64);
        let guest = store.into_data();
        if guest.dropped > 0 {
            let (plugin, lines) = (&*rule.name, guest.dropped);
            tracing::warn!(target: "tierhook::plugin", plugin, lines, "lines of log were dropped: more than `limits.log_bytes`");
        }
        match answer.map_err(|error| allowance.fault(&error, guest.refused))? {
            None => {}
            // What the plugin says of the whole batch is no breakdown: nothing would come of asking again.
            Some(Err(fault)) => self.fail(rows, &own_fault(&fault)),
            Some(Ok(outcome)) => {
                let lifter = Lifter {
                    hook: self.hook,
                    dimensions: &rule.dimensions,
                    decided: &rule.meta.dimensions,
                    limits: &rule.limits,
                };
                if let Err(fault) = lifter.lift(&outcome, Lifted { outcomes: &mut self.records, rows }) {
                    self.fail(rows, &fault);
                }
            }
        }
        for (at, noted) in guest.hits {
            if let Some(row) = rows.get(at as usize) {
                self.records[*row].hits = noted;
            }
        }
        Ok(())
    }
}
