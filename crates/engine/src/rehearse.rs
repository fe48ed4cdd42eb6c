//! Rehearsing: running rules that do not decide yet on records that are real, and deciding nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tierhook_features::PopulationBuilder;
use tierhook_hooks::{Fault, FaultCode, Ruleset};
use tierhook_model::{
    Connected, Day, ExternalRef, Fact, FactSeq, GenerationId, Moment, NewFact, Population, Record, RecordId, RecordKind,
};

use crate::book::kinds_of;
use crate::evaluate::{BatchEvaluation, evaluate};
use crate::told::Told;
use crate::{Engine, EngineError, Generation};

/// How many records run first: a rule that runs into a limit on them is not tried on more.
const FIRST: usize = 8;

/// How a rule did on a sample.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Rehearsal {
    /// On how many records it ran.
    pub records: u64,
    /// On how many of them it faulted.
    pub faults: u64,
    /// The first fault, or the first that ran into a limit, and for whom.
    pub first: Option<(ExternalRef, Fault)>,
    /// Whether it said other things when it was asked a second time.
    pub unsteady: bool,
}

/// Records to rehearse on.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Sample {
    /// The records, as of the book's day.
    pub records: Vec<Record>,
    /// The facts of each where they are in no book.
    pub facts: Option<Vec<Vec<Fact>>>,
}

impl Engine {
    /// Runs a set of rules twice on records as of the book's day and tells how each rule did, by name. Nothing is
    /// decided or written.
    ///
    /// # Errors
    /// [`EngineError::Read`] if the store cannot be read.
    pub fn rehearse(
        &self,
        ruleset: &Arc<Ruleset>,
        sample: &Sample,
    ) -> Result<BTreeMap<String, Rehearsal>, EngineError> {
        let records = &sample.records[..];
        let snapshot = self.snapshot();
        let day = snapshot.clock.day;
        // A book without facts knows nothing of made-up records; they know it of each other.
        let population = if snapshot.connected == Connected::default() {
            Arc::new(population_among(records, day))
        } else {
            snapshot.generation.population.clone()
        };
        let generation = Generation { id: GenerationId::default(), ruleset: ruleset.clone(), population };
        let mut renewed = records.to_vec();
        renewed.iter_mut().for_each(|record| ruleset.dimensions.renew(record));
        let records = &renewed[..];
        let told = match &sample.facts {
            Some(facts) if ruleset.hooks.wants_history() => Told::new(facts.iter().cloned(), day),
            Some(_) => Told::default(),
            None => self.told(records, &ruleset.hooks, day, &[])?,
        };
        let run = |records: &[Record]| evaluate(records, &told, &generation, &self.conventions, day);
        let first = tally(&run(&records[..records.len().min(FIRST)]), records);
        let hit_a_limit = |it: &Rehearsal| it.first.as_ref().is_some_and(|(_, fault)| is_own_limit(fault.code));
        if first.values().any(hit_a_limit) {
            return Ok(first);
        }
        let (once, again) = (run(records), run(records));
        let mut rehearsals = tally(&once, records);
        for rule in once.differing(&again) {
            rehearsals.entry(rule.to_owned()).or_default().unsteady = true;
        }
        Ok(rehearsals)
    }

    /// Reads records from all over the book, at most so many.
    ///
    /// # Errors
    /// [`EngineError::Read`] if the store cannot be read.
    pub fn sample(&self, records: usize) -> Result<Sample, EngineError> {
        let day = self.snapshot().clock.day;
        let first = self.store.scan(None, 1)?;
        let Some(first) = first.first().map(|stored| stored.record.id.0) else { return Ok(Sample::default()) };
        // Numbers are given one after the other, so equal steps through them reach the whole book.
        let end = self.store.allocate_records(0, 0).0.max(first + 1);
        let step = ((end - first) / records.max(1) as u64).max(1);
        let ids: Vec<RecordId> = (first..end).step_by(usize::try_from(step).unwrap_or(1)).map(RecordId).collect();
        let stored = self.store.load(&ids[..ids.len().min(records)])?;
        let records = stored.into_iter().flatten().map(|stored| stored.record).filter(Record::is_listed);
        let records = records.map(|record| self.brought_to(day, record)).collect::<Result<_, _>>()?;
        Ok(Sample { records, facts: None })
    }

    /// Makes records of facts without storing anything, as of a day.
    pub fn imagine(facts: impl IntoIterator<Item = NewFact>, day: Day) -> Sample {
        let mut by_record: BTreeMap<ExternalRef, Vec<Fact>> = BTreeMap::new();
        for (at, fact) in facts.into_iter().enumerate() {
            let list = by_record.entry(fact.record).or_default();
            list.push(Fact {
                seq: FactSeq(at as u64),
                record: RecordId(0),
                key: fact.key,
                occurred: fact.occurred,
                day: fact.day,
                recorded: Moment(0),
                import: None,
                contact: fact.contact,
                body: fact.body,
            });
        }
        let record = |(at, (external, facts)): (usize, (ExternalRef, Vec<Fact>))| {
            let (profile, aggregates) = tierhook_features::replay(RecordId(0), &facts, Some(day));
            let record = Record::new(RecordId(at as u64), RecordKind::Customer, external);
            (Record { profile, aggregates, ..record }, facts)
        };
        let (records, facts) = by_record.into_iter().enumerate().map(record).unzip();
        Sample { records, facts: Some(facts) }
    }
}

/// What records tell about each other, if they were the whole book.
fn population_among(records: &[Record], day: Day) -> Population {
    let mut builder = PopulationBuilder::new(day);
    records.iter().for_each(|record| builder.observe(&record.aggregates));
    let kinds = records.iter().map(|record| kinds_of(&record.aggregates));
    builder.finish(kinds.fold(Connected::default(), Connected::union))
}

/// Tells whether a rule ran into a limit by itself. The wall clock also runs out when the machine is busy, so it
/// counts like any other fault: by how many records it strikes.
fn is_own_limit(code: FaultCode) -> bool {
    code.is_limit() && code != FaultCode::Deadline
}

/// Counts the faults of each rule. `records` begins with those of the batch.
fn tally(evaluation: &BatchEvaluation<'_>, records: &[Record]) -> BTreeMap<String, Rehearsal> {
    let mut rehearsals: BTreeMap<String, Rehearsal> = BTreeMap::new();
    for (rule, usage) in evaluation.usage() {
        let rehearsal = rehearsals.entry(rule.to_owned()).or_default();
        rehearsal.records = rehearsal.records.max(usage.records);
    }
    for (row, record) in records.iter().enumerate().take(evaluation.len()) {
        // A rule that faults in two hooks is at fault for one record.
        let mut at_fault = BTreeSet::new();
        for (rule, fault) in evaluation.faults(row) {
            let rehearsal = rehearsals.entry(rule.to_owned()).or_default();
            rehearsal.faults += u64::from(at_fault.insert(rule));
            let worse = |(_, known): &(ExternalRef, Fault)| is_own_limit(fault.code) && !is_own_limit(known.code);
            if rehearsal.first.as_ref().is_none_or(worse) {
                rehearsal.first = Some((record.external.clone(), fault.clone()));
            }
        }
    }
    rehearsals
}
