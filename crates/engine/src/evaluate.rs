//! Evaluation: the rules of one generation over a batch of records, stratum by stratum.
//!
//! Pure: given records, a generation and a day, the answer is always the same.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::sync::Arc;

use tierhook_hooks::{
    BatchOutcome, Context, Fault, FaultCode, Frame, Hook, RecordOutcome, Rule, Stratum, Usage, Wishes,
};
use tierhook_model::{Day, DimensionReceipt, FaultRecord, FieldRead, Receipt, Record, RuleReceipt};

use crate::combine::{Decided, Word, combine};
use crate::project::Projector;
use crate::told::Told;
use crate::{Conventions, Generation};

/// What the rules of one generation say about a batch of records.
#[derive(Debug)]
pub(crate) struct BatchEvaluation<'a> {
    generation: &'a Generation,
    day: Day,
    strata: Vec<StratumRun<'a>>,
    /// For each dimension, what was decided for each record.
    decided: BTreeMap<&'a str, Vec<Decided>>,
    records: usize,
}

#[derive(Debug)]
struct StratumRun<'a> {
    stratum: &'a Stratum,
    frame: Arc<Frame>,
    /// One for each rule of the stratum, in its order.
    outcomes: Vec<BatchOutcome>,
}

/// What one rule wants for one record.
#[derive(Debug)]
pub(crate) struct RuleWishes<'a> {
    /// The rule's name.
    pub(crate) rule: &'a str,
    /// The wishes, or the fault.
    pub(crate) result: Result<&'a Wishes, &'a Fault>,
}

/// Runs all rules of a generation over a batch of records as of a day. `told` has the facts that rules look at one by one.
pub(crate) fn evaluate<'a>(
    records: &[impl Borrow<Record>],
    told: &Told,
    generation: &'a Generation,
    conventions: &Conventions,
    day: Day,
) -> BatchEvaluation<'a> {
    let ruleset = &generation.ruleset;
    let mut evaluation = BatchEvaluation {
        generation,
        day,
        strata: Vec::with_capacity(ruleset.hooks.strata().len()),
        decided: BTreeMap::new(),
        records: records.len(),
    };
    let records: Vec<&Record> = records.iter().map(Borrow::borrow).collect();
    evaluation.decide_without_rules(&records);
    let context = conventions.context(day);
    let mut projector = Projector::new(&records, generation, conventions, day);
    for stratum in ruleset.hooks.strata() {
        let class = |row: usize, dimension: &str| evaluation.decided.get(dimension)?[row].class.as_deref();
        let history = told.history(&stratum.history, records.len(), conventions.currency);
        let frame = Arc::new(projector.frame(stratum, class).with_history(history));
        let rules = stratum.rules.iter().map(|at| &ruleset.hooks.rules()[*at]);
        let outcomes = rules.map(|rule| call(rule.as_ref(), stratum.hook, &frame, &context)).collect();
        evaluation.strata.push(StratumRun { stratum, frame, outcomes });
        for dimension in &stratum.dimensions {
            evaluation.decide(dimension, &records);
        }
    }
    evaluation
}

/// Calls a rule for a batch. Records for which the wall clock ran out get a second chance by themselves: a machine
/// that stood still for a moment is no fault of theirs.
fn call(rule: &dyn Rule, hook: Hook, frame: &Arc<Frame>, context: &Context) -> BatchOutcome {
    let mut outcome = rule.call(hook, frame, context);
    let late: Vec<usize> =
        outcome.records.iter().enumerate().filter(|(_, record)| ran_out(record)).map(|(row, _)| row).collect();
    if late.is_empty() {
        return outcome;
    }
    let again = rule.call(hook, &Arc::new(frame.select(&late)), context);
    outcome.usage.operations += again.usage.operations;
    outcome.usage.most_operations = outcome.usage.most_operations.max(again.usage.most_operations);
    for (row, record) in late.into_iter().zip(again.records) {
        outcome.usage.faults = outcome.usage.faults.saturating_sub(u64::from(record.result.is_ok()));
        outcome.records[row] = record;
    }
    outcome
}

fn ran_out(record: &RecordOutcome) -> bool {
    matches!(&record.result, Err(fault) if fault.code == FaultCode::Deadline)
}

impl<'a> BatchEvaluation<'a> {
    /// A dimension that no rule decides still obeys a person's word, and rules may read it from the start.
    fn decide_without_rules(&mut self, records: &[&Record]) {
        let ruleset = &self.generation.ruleset;
        let by_rule: Vec<&String> = ruleset.hooks.strata().iter().flat_map(|stratum| &stratum.dimensions).collect();
        for dimension in ruleset.dimensions.iter().filter(|dimension| !by_rule.contains(&&dimension.id)) {
            let decided = records.iter().map(|record| combine(dimension, &[], record, self.day)).collect();
            self.decided.insert(&dimension.id, decided);
        }
    }

    /// Puts together what all rules said about one dimension.
    fn decide(&mut self, dimension: &str, records: &[&Record]) {
        let Some(dimension) = self.generation.ruleset.dimensions.get(dimension) else { return };
        let rules = self.generation.ruleset.hooks.rules();
        // Who has a say is the same for all records.
        let mut deciders: Vec<(usize, &BatchOutcome)> = self
            .strata
            .iter()
            .filter(|run| run.stratum.hook == Hook::Classify)
            .flat_map(|run| run.stratum.rules.iter().copied().zip(&run.outcomes))
            .filter(|(at, _)| rules[*at].meta().dimensions.contains(&dimension.id))
            .collect();
        deciders.sort_by_key(|(at, _)| *at);
        let combined = records.iter().enumerate().map(|(row, record)| {
            let words = deciders.iter().map(|(at, outcome)| Word {
                rule: &rules[*at].meta().name,
                said: outcome.records[row].result.as_ref().map(|wishes| {
                    wishes.classes.iter().filter(|wish| wish.dimension == dimension.id).collect::<Vec<_>>()
                }),
            });
            combine(dimension, &words.collect::<Vec<_>>(), record, self.day)
        });
        let decided = combined.collect();
        self.decided.insert(&dimension.id, decided);
    }

    /// Iterates over what each rule answered to one hook for one record, in the set's order.
    fn wishes(
        &self,
        hook: Hook,
        row: usize,
    ) -> impl Iterator<Item = (&'a tierhook_hooks::RuleMeta, RuleWishes<'_>)> + '_ {
        let rules = self.generation.ruleset.hooks.rules();
        let mut found: Vec<(usize, RuleWishes<'_>)> = self
            .strata
            .iter()
            .filter(move |run| run.stratum.hook == hook)
            .flat_map(move |run| {
                run.stratum.rules.iter().zip(&run.outcomes).map(move |(at, outcome)| {
                    let result = outcome.records[row].result.as_ref();
                    (*at, RuleWishes { rule: &rules[*at].meta().name, result })
                })
            })
            .collect();
        found.sort_by_key(|(at, _)| *at);
        found.into_iter().map(move |(at, wishes)| (rules[at].meta(), wishes))
    }

    /// What each rule with a follow-up hook wants for one record.
    pub(crate) fn follow_ups(&self, row: usize) -> impl Iterator<Item = RuleWishes<'_>> + '_ {
        self.wishes(Hook::FollowUp, row).map(|(_, wishes)| wishes)
    }

    /// What each rule with a churn hook fears for one record.
    pub(crate) fn warnings(&self, row: usize) -> impl Iterator<Item = RuleWishes<'_>> + '_ {
        self.wishes(Hook::ChurnWarning, row).map(|(_, wishes)| wishes)
    }

    /// What was decided on each dimension for one record, by the ids of the dimensions.
    pub(crate) fn decided(&self, row: usize) -> impl Iterator<Item = (&'a str, &Decided)> + '_ {
        self.decided.iter().map(move |(dimension, decided)| (*dimension, &decided[row]))
    }

    /// The generation whose rules ran.
    pub(crate) fn generation(&self) -> &'a Generation {
        self.generation
    }

    /// The day as of which they ran.
    pub(crate) fn day(&self) -> Day {
        self.day
    }

    /// The rules that faulted for one record, with their faults.
    pub(crate) fn faults(&self, row: usize) -> impl Iterator<Item = (&'a str, &Fault)> + '_ {
        let rules = self.generation.ruleset.hooks.rules();
        self.strata.iter().flat_map(move |run| {
            run.stratum.rules.iter().zip(&run.outcomes).filter_map(move |(at, outcome)| {
                let fault = outcome.records[row].result.as_ref().err()?;
                Some((rules[*at].meta().name.as_str(), fault))
            })
        })
    }

    /// Tells whether a rule ran out of its wall clock for one record, also when it was tried again.
    pub(crate) fn is_late(&self, row: usize) -> bool {
        let outcomes = self.strata.iter().flat_map(|run| &run.outcomes);
        outcomes.map(|outcome| &outcome.records[row]).any(ran_out)
    }

    /// What each rule cost over the whole batch.
    pub(crate) fn usage(&self) -> impl Iterator<Item = (&'a str, Usage)> + '_ {
        let rules = self.generation.ruleset.hooks.rules();
        self.strata.iter().flat_map(move |run| {
            run.stratum
                .rules
                .iter()
                .zip(&run.outcomes)
                .map(move |(at, outcome)| (rules[*at].meta().name.as_str(), outcome.usage))
        })
    }

    /// The rules that said other things in another evaluation of the same batch by the same generation. Cost and time
    /// may differ; a fault of the clock is no word.
    pub(crate) fn differing(&self, other: &Self) -> Vec<&'a str> {
        let rules = self.generation.ruleset.hooks.rules();
        let pairs = self.strata.iter().zip(&other.strata);
        let mut names: Vec<&str> = pairs
            .flat_map(|(a, b)| a.stratum.rules.iter().zip(a.outcomes.iter().zip(&b.outcomes)))
            .filter(|(_, (a, b))| {
                let pairs = a.records.iter().zip(&b.records);
                pairs.filter(|(a, b)| !ran_out(a) && !ran_out(b)).any(|(a, b)| a.result != b.result)
            })
            .map(|(at, _)| rules[*at].meta().name.as_str())
            .collect();
        names.dedup();
        names
    }

    /// Number of records in the batch.
    pub(crate) fn len(&self) -> usize {
        self.records
    }

    /// Writes the receipt for one record.
    pub(crate) fn receipt(&self, row: usize, record: &Record) -> Receipt {
        let dimensions = self.generation.ruleset.dimensions.iter();
        let dimensions = dimensions
            .filter_map(|dimension| {
                let decided = self.decided.get(dimension.id.as_str())?.get(row)?;
                Some(DimensionReceipt {
                    dimension: dimension.id.clone(),
                    before: record.standing.class(&dimension.id).map(|standing| standing.class.clone()),
                    class: decided.class.clone()?,
                    by_rules: decided.by_rules.clone(),
                    decided_by: decided.decided_by.clone(),
                    combined: decided.combined,
                    score: decided.score.clone(),
                    reasons: decided.reasons.clone(),
                    overridden: decided.overridden.clone(),
                })
            })
            .collect();
        let rules = self.strata.iter().flat_map(|run| self.rule_receipts(run, row)).collect();
        Receipt { generation: self.generation.id, day: self.day, dimensions, rules }
    }

    fn rule_receipts<'r>(&'r self, run: &'r StratumRun<'a>, row: usize) -> impl Iterator<Item = RuleReceipt> + 'r {
        run.stratum.rules.iter().zip(&run.outcomes).map(move |(at, outcome)| {
            let meta = self.generation.ruleset.hooks.rules()[*at].meta();
            let outcome = &outcome.records[row];
            let read = outcome
                .read
                .iter()
                .filter(|column| *column < run.frame.columns().len())
                .map(|column| FieldRead {
                    field: run.frame.columns()[column].name.to_string(),
                    value: run.frame.value(column, row),
                })
                .collect();
            let fault: Option<FaultRecord> = outcome.result.as_ref().err().map(Fault::to_record);
            RuleReceipt {
                rule: meta.name.clone(),
                version: meta.version().to_owned(),
                hook: run.stratum.hook.name().to_owned(),
                read,
                hits: outcome.hits.clone(),
                fault,
            }
        })
    }
}
