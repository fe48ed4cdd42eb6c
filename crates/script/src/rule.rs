//! Scripted rules: hooks of a compiled script, called for one batch after the other.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use rhai::{AST, CallFnOptions, Dynamic, Engine, Map, Scope};
use tierhook_hooks::{
    BatchOutcome, Context, Fault, FaultCode, Frame, Hook, Limits, ReadSet, RecordOutcome, Rule, RuleMeta, Usage, Wishes,
};
use tierhook_model::Dimensions;

use crate::budget::{self, Stop};
use crate::calendar::ScriptDay;
use crate::failure::{from_panic, from_rule};
use crate::row::{Fields, Row, View};
use crate::segment::SegmentParameters;
use crate::source::Sources;
use crate::wish::Gatherer;

/// After so many records of a batch that ran out of time a rule is not called for the rest of it. Otherwise one hostile
/// rule could hold the host for as long as there are records.
const DEADLINES_PER_BATCH: usize = 64;

/// A rule written in a script.
#[derive(Debug)]
pub(crate) struct ScriptRule {
    pub(crate) meta: RuleMeta,
    pub(crate) engine: Arc<Engine>,
    pub(crate) ast: AST,
    pub(crate) sources: Sources,
    pub(crate) fields: Arc<Fields>,
    pub(crate) dimensions: Arc<Dimensions>,
    pub(crate) limits: Limits,
    pub(crate) parameters: Map,
    pub(crate) segments: Option<SegmentParameters>,
}

impl Rule for ScriptRule {
    fn meta(&self) -> &RuleMeta {
        &self.meta
    }

    fn call(&self, hook: Hook, frame: &Arc<Frame>, context: &Context) -> BatchOutcome {
        if !self.meta.hooks.contains(&hook) {
            let nothing = || RecordOutcome { result: Ok(Wishes::default()), read: ReadSet::default() };
            return BatchOutcome {
                records: std::iter::repeat_with(nothing).take(frame.len()).collect(),
                ..Default::default()
            };
        }
        Batch::new(self, hook, frame, context).run()
    }
}

/// One call for a batch.
struct Batch<'a> {
    rule: &'a ScriptRule,
    gatherer: Gatherer<'a>,
    view: Arc<View>,
    context: Map,
    records: usize,
    deadline: Option<Instant>,
}

impl<'a> Batch<'a> {
    fn new(rule: &'a ScriptRule, hook: Hook, frame: &Arc<Frame>, context: &Context) -> Self {
        let mut seen = Map::new();
        seen.insert("day".into(), Dynamic::from(ScriptDay(context.day)));
        seen.insert("zone".into(), context.zone.clone().into());
        seen.insert("currency".into(), context.currency.to_string().into());
        seen.insert("params".into(), Dynamic::from_map(rule.parameters.clone()));
        let decided = &rule.meta.dimensions;
        Self {
            rule,
            gatherer: Gatherer { hook, dimensions: &rule.dimensions, decided, limits: &rule.limits },
            view: Arc::new(View::new(frame, &rule.fields, rule.meta.reads(hook))),
            context: seen,
            records: frame.len(),
            deadline: Instant::now().checked_add(rule.limits.wall(frame.len())),
        }
    }

    fn run(self) -> BatchOutcome {
        let mut usage = Usage { records: self.records as u64, ..Usage::default() };
        let mut records = Vec::with_capacity(self.records);
        let mut deadlines = 0;
        let mut given_up = None;
        for row in 0..self.records {
            let outcome = match &given_up {
                Some(fault) => RecordOutcome { result: Err(Fault::clone(fault)), read: ReadSet::default() },
                None => {
                    let (outcome, operations) = self.call(row);
                    usage.operations += operations;
                    usage.most_operations = usage.most_operations.max(operations);
                    outcome
                }
            };
            if let (Err(fault), None) = (&outcome.result, &given_up)
                && fault.code == FaultCode::Deadline
            {
                deadlines += 1;
                if deadlines >= DEADLINES_PER_BATCH {
                    given_up = Some(Self::give_up(fault));
                }
            }
            usage.faults += u64::from(outcome.result.is_err());
            records.push(outcome);
        }
        BatchOutcome { records, usage }
    }

    fn give_up(last: &Fault) -> Fault {
        let message = format!("it was not called: {DEADLINES_PER_BATCH} records of this batch took too long before");
        let hint = last.hint.clone().unwrap_or_default();
        Fault::new(FaultCode::Deadline, message).with_hint(hint)
    }

    /// Calls the hook for one record. Each record has its own time, so that a slow one cannot sink the others, as long
    /// as the batch has time left.
    fn call(&self, row: usize) -> (RecordOutcome, u64) {
        let rule = self.rule;
        let left =
            self.deadline.map_or(rule.limits.wall(1), |deadline| deadline.saturating_duration_since(Instant::now()));
        let allowed = rule.limits.wall(1).min(left);
        if allowed.is_zero() {
            let fault = budget::deadline_fault(rule.limits.wall(self.records));
            return (RecordOutcome { result: Err(fault), read: ReadSet::default() }, 0);
        }
        self.view.begin_record();
        let counting = budget::begin(&rule.limits, allowed);
        let result = catch_unwind(AssertUnwindSafe(|| self.evaluate(row)));
        let operations = counting.operations();
        let result = match (result, counting.stopped()) {
            (Ok(result), stopped) => result_or_stop(result, stopped, &rule.sources),
            (Err(panic), _) => Err(from_panic(&*panic)),
        };
        let result = result.map_err(|fault| rule.sources.rule().place_in_function(fault, self.gatherer.hook.name()));
        (RecordOutcome { result, read: self.view.read() }, operations)
    }

    fn evaluate(&self, row: usize) -> Result<Wishes, Fault> {
        let rule = self.rule;
        let mut context = self.context.clone();
        if let Some(segments) = &rule.segments
            && let Some(parameters) = self.view.text(&segments.field, row).and_then(|class| segments.of(class))
        {
            context.insert("params".into(), Dynamic::from_map(parameters.clone()));
        }
        let arguments = (Row::new(self.view.clone(), row), context);
        let options = CallFnOptions::new().eval_ast(false).rewind_scope(true);
        let name = self.gatherer.hook.name();
        match rule.engine.call_fn_with_options::<Dynamic>(options, &mut Scope::new(), &rule.ast, name, arguments) {
            Ok(returned) => self.gatherer.gather(returned),
            Err(error) => Err(from_rule(*error, &rule.sources, &rule.limits, &self.view.missing(row))),
        }
    }
}

/// What stopped the call comes before what it came to.
fn result_or_stop(result: Result<Wishes, Fault>, stopped: Option<Stop>, sources: &Sources) -> Result<Wishes, Fault> {
    let Some((fault, position, file)) = stopped else { return result };
    let fault = sources.place(fault, position, file.as_deref());
    let noticed = result.err().and_then(|noticed| noticed.place);
    Err(Fault { place: fault.place.clone().or(noticed), ..fault })
}
