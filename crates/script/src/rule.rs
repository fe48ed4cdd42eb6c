//! Scripted rules: hooks of a compiled script, called for one batch after the other.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use rhai::{
    AST, ASTNode, Caches, Dynamic, Engine, EvalAltResult, GlobalRuntimeState, ImmutableString, Map, Module, Scope, Stmt,
};
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
    /// The body of each hook that it has.
    pub(crate) hooks: Vec<(Hook, Body)>,
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
        let Some((_, body)) = self.hooks.iter().find(|(of, _)| *of == hook) else {
            let nothing = || RecordOutcome::new(Ok(Wishes::default()), ReadSet::default());
            return BatchOutcome {
                records: std::iter::repeat_with(nothing).take(frame.len()).collect(),
                ..Default::default()
            };
        };
        Batch::new(self, hook, frame).run(Caller::new(self, body, context))
    }
}

/// One call for a batch.
struct Batch<'a> {
    rule: &'a ScriptRule,
    gatherer: Gatherer<'a>,
    view: Arc<View>,
    records: usize,
    deadline: Option<Instant>,
}

/// Calls one hook for one record after the other. What the engine finds out about the functions that the script calls
/// it finds out once.
struct Caller<'a> {
    rule: &'a ScriptRule,
    body: &'a Body,
    source: Option<ImmutableString>,
    context: Map,
    /// The customer and the context, as the hook calls them. What a script added for one record is taken out for the
    /// next; the context, a constant, stays.
    scope: Scope<'static>,
    /// Tells whether the context in the scope has the parameters of a segment.
    is_segment: bool,
    caches: Caches,
    /// How many operations the last call took.
    operations: u64,
}

impl<'a> Caller<'a> {
    fn new(rule: &'a ScriptRule, body: &'a Body, context: &Context) -> Self {
        let mut seen = Map::new();
        seen.insert("day".into(), Dynamic::from(ScriptDay(context.day)));
        seen.insert("zone".into(), context.zone.clone().into());
        seen.insert("currency".into(), context.currency.to_string().into());
        seen.insert("params".into(), Dynamic::from_map(rule.parameters.clone()));
        Self {
            rule,
            body,
            source: rule.ast.source().map(ImmutableString::from),
            context: seen,
            scope: Scope::new(),
            is_segment: false,
            caches: Caches::new(),
            operations: 0,
        }
    }

    fn call(&mut self, row: Row, parameters: Option<&Map>) -> Result<Dynamic, Box<EvalAltResult>> {
        self.operations = 0;
        self.present(row, parameters);
        let mut state = self.state();
        #[expect(deprecated, reason = "the only way to keep what was found out; the rhai version is pinned")]
        let returned =
            self.rule.engine.eval_statements_raw(&mut state, &mut self.caches, &mut self.scope, &self.body.statements);
        // The one that was too many was not made.
        self.operations = state.num_operations.min(self.rule.limits.operations);
        returned
    }

    /// Puts a record into the scope, and the context if the one that is there has other parameters.
    fn present(&mut self, row: Row, parameters: Option<&Map>) {
        let [customer, ctx] = &self.body.arguments;
        self.scope.rewind(2);
        if parameters.is_none()
            && !self.is_segment
            && let Some(place) = self.scope.get_mut(customer)
        {
            *place = Dynamic::from(row);
            return;
        }
        let mut context = self.context.clone();
        if let Some(parameters) = parameters {
            context.insert("params".into(), Dynamic::from_map(parameters.clone()));
        }
        self.is_segment = parameters.is_some();
        self.scope.clear();
        self.scope
            .push_dynamic(customer.as_str(), Dynamic::from(row))
            .push_constant_dynamic(ctx.as_str(), Dynamic::from_map(context));
    }

    /// Nothing but the script's functions: no record sees what another one left.
    fn state(&self) -> GlobalRuntimeState {
        let mut state = self.rule.engine.new_global_runtime_state();
        state.lib.push(self.rule.ast.shared_lib().clone());
        state.source.clone_from(&self.source);
        // A hook counts as a call.
        state.level = 1;
        state
    }
}

/// What a hook does, and what it calls its arguments. Its statements are run as they are, without a call: that would find
/// the function and copy the arguments anew for each record.
#[derive(Debug)]
pub(crate) struct Body {
    arguments: [ImmutableString; 2],
    statements: Vec<Stmt>,
}

impl Body {
    /// Takes the body of a hook from the functions of a script, which has it.
    pub(crate) fn of(hook: Hook, ast: &AST) -> Self {
        let definition = ast.shared_lib().get_script_fn(hook.name(), 2).expect("the script was found to have the hook");
        let arguments = std::array::from_fn(|at| definition.params[at].clone());
        let mut alone = Module::new();
        alone.set_script_fn(definition.clone());
        let mut statements = Vec::new();
        AST::new_from_module(alone).walk(&mut |path: &[ASTNode<'_>]| {
            if let [ASTNode::Stmt(statement)] = path {
                statements.push((*statement).clone());
            }
            true
        });
        Self { arguments, statements }
    }
}

impl<'a> Batch<'a> {
    fn new(rule: &'a ScriptRule, hook: Hook, frame: &Arc<Frame>) -> Self {
        let decided = &rule.meta.dimensions;
        Self {
            rule,
            gatherer: Gatherer { hook, dimensions: &rule.dimensions, decided, limits: &rule.limits },
            view: Arc::new(View::new(frame, &rule.fields, rule.meta.reads(hook))),
            records: frame.len(),
            deadline: Instant::now().checked_add(rule.limits.wall(frame.len())),
        }
    }

    fn run(self, mut caller: Caller<'_>) -> BatchOutcome {
        let mut usage = Usage { records: self.records as u64, ..Usage::default() };
        let mut records = Vec::with_capacity(self.records);
        let mut deadlines = 0;
        let mut given_up = None;
        for row in 0..self.records {
            let outcome = match &given_up {
                Some(fault) => RecordOutcome::new(Err(Fault::clone(fault)), ReadSet::default()),
                None => {
                    let (outcome, operations) = self.call(row, &mut caller);
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
    fn call(&self, row: usize, caller: &mut Caller<'_>) -> (RecordOutcome, u64) {
        let rule = self.rule;
        let now = Instant::now();
        let left = self.deadline.map_or(rule.limits.wall(1), |deadline| deadline.saturating_duration_since(now));
        let allowed = rule.limits.wall(1).min(left);
        if allowed.is_zero() {
            let fault = budget::deadline_fault(rule.limits.wall(self.records));
            return (RecordOutcome::new(Err(fault), ReadSet::default()), 0);
        }
        self.view.begin_record();
        let watched = budget::begin_at(now, &rule.limits, allowed);
        let result = catch_unwind(AssertUnwindSafe(|| self.evaluate(row, caller)));
        let operations = caller.operations;
        let result = match (result, watched.stopped()) {
            (Ok(result), stopped) => result_or_stop(result, stopped, &rule.sources),
            (Err(panic), _) => {
                // Nobody knows in which state it left them.
                caller.caches = Caches::new();
                caller.scope = Scope::new();
                Err(from_panic(&*panic))
            }
        };
        let result = result.map_err(|fault| rule.sources.rule().place_in_function(fault, self.gatherer.hook.name()));
        (RecordOutcome::new(result, self.view.read()), operations)
    }

    fn evaluate(&self, row: usize, caller: &mut Caller<'_>) -> Result<Wishes, Fault> {
        let rule = self.rule;
        let parameters = rule.segments.as_ref().and_then(|segments| {
            let class = self.view.text(&segments.field, row)?;
            segments.of(class)
        });
        match caller.call(Row::new(self.view.clone(), row), parameters) {
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
