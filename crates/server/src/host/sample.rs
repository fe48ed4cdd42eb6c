//! The made-up company: a book to look at.

use tierhook_engine::Recording;
use tierhook_model::{MoveCause, NewFact, RecordKind};
use tierhook_sample::Company;

use super::Host;
use super::failure::api;
use super::text::Texts;
use crate::api::{Answer, ApiError, Event, Progress, ProgressUnit, SampleReport};

/// How many customers are recorded together.
const PART: usize = 2048;

impl Host {
    /// Fills an empty book with a made-up company.
    pub(super) fn sample(
        &self,
        customers: usize,
        seed: u64,
        texts: &Texts,
        events: &mut dyn FnMut(Event),
    ) -> Result<Answer, ApiError> {
        let store = self.engine.store();
        let count = |host: &Self| host.customers_count();
        if !store.scan(None, 1).map_err(api)?.is_empty() {
            return Ok(Answer::Sample(SampleReport {
                filled: false,
                customers: count(self)?,
                facts: 0,
                regrade: None,
            }));
        }
        let company = self.company(seed, customers);
        let _under_way = self.imports.begin(None);
        let recording = Recording { recorded: self.now(), import: None, amend: false, kind: RecordKind::Customer };
        let mut facts = 0;
        // Customer by customer: then each is written once.
        for first in (0..customers).step_by(PART) {
            let part: Vec<NewFact> = company.facts_of(first..first + PART).collect();
            facts += self.engine.append(&part, recording).map_err(api)?.len() as u64;
            events(Event::Progress(Progress {
                step: texts.pick("inventing", "生成示例数据").to_owned(),
                done: facts,
                total: None,
                unit: ProgressUnit::Facts,
            }));
        }
        let regrade = self.bring_up_to_date(Some(MoveCause::Import), texts, events)?;
        Ok(Answer::Sample(SampleReport { filled: true, customers: count(self)?, facts, regrade }))
    }

    /// The made-up company whose history ends yesterday.
    pub(super) fn company(&self, seed: u64, customers: usize) -> Company {
        let yesterday = self.engine.snapshot().clock.day.plus(-1);
        Company::new(seed, customers, yesterday, self.engine.conventions().currency)
            .with_zone(self.engine.conventions().zone.clone())
    }

    /// The number of customers.
    fn customers_count(&self) -> Result<u64, ApiError> {
        let mut count = 0;
        self.engine.for_each_record(|_| count += 1).map_err(api)?;
        Ok(count)
    }
}
