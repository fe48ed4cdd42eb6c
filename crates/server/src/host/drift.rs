//! Drift: facts that come in one by one are decided by what the book as a whole told when it was measured last, at the
//! beginning of the day or by an import. Once many have come in, it is measured again and everybody is graded by that.

use std::time::{Duration, Instant};

use tierhook_model::{GenerationId, MoveCause};

use super::Host;
use super::text::Texts;
use crate::api::{ApiError, RegradeReport};

/// How many new facts are worth it at least.
const LEAST_FACTS: u64 = 100;
/// And which part of those that the book had.
const LEAST_SHARE: u64 = 20;
/// How long ago it was at least.
const LEAST_PAUSE: Duration = Duration::from_secs(600);
/// And how many times as long as it takes.
const LEAST_TIMES: u32 = 20;

/// When the whole book was last measured, and by how many facts.
#[derive(Debug)]
pub(super) struct Drift {
    /// Whatever measures the book makes a new generation.
    generation: GenerationId,
    facts: u64,
    since: Instant,
    /// How long it took when enough had come in before.
    took: Duration,
}

impl Drift {
    pub(super) fn new(host: &Host, now: Instant) -> Self {
        let generation = host.engine.snapshot().generation.id;
        Self { generation, facts: facts(host), since: now, took: Duration::ZERO }
    }

    /// Tells whether so much has come in that the book is to be measured again.
    fn is_due(&mut self, generation: GenerationId, facts: u64, now: Instant) -> bool {
        if self.generation != generation {
            (self.generation, self.facts, self.since) = (generation, facts, now);
        }
        let pause = LEAST_PAUSE.max(self.took.saturating_mul(LEAST_TIMES));
        facts - self.facts >= LEAST_FACTS.max(self.facts / LEAST_SHARE)
            && now.saturating_duration_since(self.since) >= pause
    }
}

/// A number that grows with every fact.
fn facts(host: &Host) -> u64 {
    host.engine.store().allocate_facts(0).0
}

impl Host {
    /// Measures the book and grades everybody again, if so much has come in since the last time. While an import is
    /// under way that is for its end.
    pub(super) fn measure_again(
        &self,
        drift: &mut Drift,
        now: Instant,
        texts: &Texts,
    ) -> Result<Option<RegradeReport>, ApiError> {
        let generation = self.engine.snapshot().generation.id;
        if !drift.is_due(generation, facts(self), now) || self.imports.settled(0).is_none() {
            return Ok(None);
        }
        let began = Instant::now();
        let report = self.bring_up_to_date(Some(MoveCause::Fact), texts, &mut |_| {})?;
        drift.took = began.elapsed();
        Ok(report)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tierhook_engine::Recording;
    use tierhook_model::{
        Amount, Currency, Day, ExternalRef, FactBody, Language, Moment, Money, NewFact, Order, RecordKind,
    };

    use super::*;
    use crate::{HostOptions, Settings};

    const DAY: Day = Day(20_000);
    const NOW: Moment = Moment(20_000 * 86_400);

    fn ingest(host: &Host, numbers: std::ops::Range<i64>) {
        let order = |number: i64| {
            let original = Money { minor: 100 * number, currency: Currency::CNY };
            let amount = Amount { original, base: original.minor };
            NewFact {
                record: ExternalRef::new("shop", format!("c{number}")),
                key: ExternalRef::new("shop", format!("o{number}")),
                occurred: NOW,
                day: DAY,
                contact: None,
                body: FactBody::Order(Order { amount, lines: Vec::new(), channel: None }),
            }
        };
        let facts: Vec<NewFact> = numbers.map(order).collect();
        let recording = Recording { recorded: NOW, import: None, amend: false, kind: RecordKind::Customer };
        host.engine.ingest(&facts, recording).unwrap();
    }

    #[test]
    fn a_book_of_which_much_is_new_is_measured_again_now_and_then() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("scripts")).unwrap();
        let (workspace, data) = (folder.path().to_owned(), folder.path().join("data"));
        let options = HostOptions { workspace, data, settings: Settings::default(), now: Arc::new(|| NOW) };
        let host = Host::open(options).unwrap();
        let texts = host.texts(Language::En);
        host.bring_up_to_date(None, &texts, &mut |_| {}).unwrap();
        let (start, minute) = (Instant::now(), Duration::from_secs(60));
        let mut drift = Drift::new(&host, start);
        let mut measured = |minutes: u32| {
            let report = host.measure_again(&mut drift, start + minutes * minute, &texts).unwrap();
            report.map(|report| report.customers)
        };
        assert_eq!(measured(60), None, "nothing has come in");
        ingest(&host, 0..150);
        assert_eq!(measured(60), Some(150));
        let population = host.engine.snapshot().generation.population.clone();
        assert_eq!(measured(61), None, "nothing new");
        ingest(&host, 150..300);
        assert_eq!(measured(69), None, "not yet");
        assert_eq!(host.engine.snapshot().generation.population, population);
        assert_eq!(measured(72), Some(300));
        assert_ne!(host.engine.snapshot().generation.population, population);
        ingest(&host, 300..350);
        assert_eq!(measured(100), None, "too little");
    }

    #[test]
    fn a_large_book_waits_for_more_and_for_longer() {
        let (start, minute) = (Instant::now(), Duration::from_secs(60));
        let at = |minutes: u32| start + minutes * minute;
        let mut drift = Drift { generation: GenerationId(3), facts: 1_000_000, since: start, took: 3 * minute };
        assert!(!drift.is_due(GenerationId(3), 1_049_999, at(500)));
        assert!(!drift.is_due(GenerationId(3), 1_050_000, at(59)));
        assert!(drift.is_due(GenerationId(3), 1_050_000, at(60)));
        // A new day, new rules or an import measured it meanwhile.
        assert!(!drift.is_due(GenerationId(4), 1_050_000, at(61)));
        assert!(!drift.is_due(GenerationId(4), 1_102_499, at(500)));
        assert!(drift.is_due(GenerationId(4), 1_102_500, at(500)));
    }
}
