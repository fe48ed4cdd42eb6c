//! Customers for whom a rule ran out of time: on a machine that was busy for a moment they are tried again.
//!
//! A rule that is slow by itself runs out of time whenever it is tried, so nobody is tried for ever: a few times at
//! growing intervals, and then no more until other rules decide or another day begins, when all are graded anyway.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use tierhook_model::{Day, GenerationId, MoveCause, RecordId};

use super::Host;
use super::text::Texts;
use crate::api::{ApiError, RegradeReport};

/// How many seconds pass before each try after the first, which comes at once.
const PAUSES: [u64; 4] = [5, 30, 120, 600];
/// How many customers are tried together: the upkeep has other things to do.
const TOGETHER: usize = 1024;

/// Who was tried again, and when they are next.
#[derive(Debug, Default)]
pub(super) struct Tries {
    /// What decided, and the day as of which.
    of: (GenerationId, Day),
    tries: BTreeMap<RecordId, Try>,
}

/// How often one customer was tried again, and when the next try is due; `None` is never.
#[derive(Debug)]
struct Try {
    count: usize,
    due: Option<Instant>,
}

impl Tries {
    /// Chooses who is tried now, and takes note of it. `late` are those for whom a rule ran out of time when they were
    /// decided last.
    fn choose(&mut self, late: &BTreeSet<RecordId>, of: (GenerationId, Day), now: Instant) -> Vec<RecordId> {
        if std::mem::replace(&mut self.of, of) != of {
            self.tries.clear();
        }
        self.tries.retain(|record, _| late.contains(record));
        for record in late {
            self.tries.entry(*record).or_insert(Try { count: 0, due: Some(now) });
        }
        let is_due = |attempt: &Try| attempt.due.is_some_and(|due| due <= now);
        let chosen = self.tries.iter_mut().filter(|(_, attempt)| is_due(attempt)).take(TOGETHER);
        chosen
            .map(|(record, attempt)| {
                attempt.due = PAUSES.get(attempt.count).map(|pause| now + Duration::from_secs(*pause));
                attempt.count += 1;
                *record
            })
            .collect()
    }

    /// Of some who were tried, counts those who are late again and are not tried any more.
    fn given_up(&self, tried: &[RecordId], late: &BTreeSet<RecordId>) -> usize {
        let is_given_up = |record: &&RecordId| {
            late.contains(record) && self.tries.get(record).is_some_and(|attempt| attempt.due.is_none())
        };
        tried.iter().filter(is_given_up).count()
    }
}

impl Host {
    /// Tries those again for whom a rule ran out of time, if it is time to. Returns what that came to, if there was
    /// anybody. While an import is under way the machine is busy, and the import grades everybody at its end.
    pub(super) fn try_late_again(
        &self,
        tries: &mut Tries,
        now: Instant,
        texts: &Texts,
    ) -> Result<Option<RegradeReport>, ApiError> {
        let late = self.engine.late();
        if self.imports.settled(0).is_none() {
            return Ok(None);
        }
        let snapshot = self.engine.snapshot();
        let chosen = tries.choose(&late, (snapshot.generation.id, snapshot.clock.day), now);
        if chosen.is_empty() {
            return Ok(None);
        }
        let count = chosen.len();
        let report = self.grade_some(chosen.clone(), MoveCause::Fact, texts)?;
        let late = self.engine.late();
        let still = chosen.iter().filter(|record| late.contains(record)).count();
        tracing::info!("customers for whom a rule ran out of time: {count} tried again, {still} of them in vain");
        match tries.given_up(&chosen, &late) {
            0 => {}
            given_up => tracing::warn!(
                "a rule takes too long for {given_up} customers, also when they are tried again: they stand as before \
                 until the rules or the day change"
            ),
        }
        Ok(Some(report))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    use tierhook_engine::Recording;
    use tierhook_hooks::{
        BatchOutcome, ClassWish, Context, Fault, FaultCode, Frame, Hook, HookSet, Manifest, ReadSet, RecordOutcome,
        Rule, RuleMeta, Ruleset, Usage, Verdict, Wishes,
    };
    use tierhook_model::{
        Catalogue, Class, Dimension, Dimensions, ExternalRef, FactBody, Interaction, InteractionKind, Language, Moment,
        NewFact, RecordKind, Text,
    };

    use super::*;
    use crate::{HostOptions, Settings};

    /// A grade whose first calls run out of time.
    #[derive(Debug)]
    struct Slow {
        meta: RuleMeta,
        left: AtomicUsize,
        calls: Arc<AtomicUsize>,
    }

    impl Rule for Slow {
        fn meta(&self) -> &RuleMeta {
            &self.meta
        }

        fn call(&self, _: Hook, frame: &Arc<Frame>, _: &Context) -> BatchOutcome {
            self.calls.fetch_add(1, Ordering::SeqCst);
            let is_late =
                self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
            let verdict = Verdict::Class("A".into());
            let wish = ClassWish { dimension: "grade".into(), verdict, reasons: Vec::new() };
            let result = match is_late {
                true => Err(Fault::new(FaultCode::Deadline, "took longer than 51 ms")),
                false => Ok(Wishes { classes: vec![wish], ..Wishes::default() }),
            };
            let records = (0..frame.len()).map(|_| RecordOutcome::new(result.clone(), ReadSet::default()));
            BatchOutcome { records: records.collect(), usage: Usage::default() }
        }
    }

    /// A host of one customer whose grade takes too long for so many calls, and how often it was asked. The decision of
    /// a fact asks twice before it gives up, grading four times.
    fn host(folder: &std::path::Path, late_calls: usize) -> (Arc<Host>, RecordId, Arc<AtomicUsize>) {
        std::fs::create_dir(folder.join("scripts")).unwrap();
        let now = Moment(i64::from(OF.1.0) * 86_400);
        let (workspace, data) = (folder.to_owned(), folder.join("data"));
        let host =
            Host::open(HostOptions { workspace, data, settings: Settings::default(), now: Arc::new(move || now) })
                .unwrap();
        let class = Class { id: "A".into(), name: Text::new("A", "A"), ..Class::default() };
        let grade = Dimension { id: "grade".into(), classes: vec![class], ..Dimension::default() };
        let dimensions = Dimensions::new(vec![grade]).unwrap();
        let calls = Arc::<AtomicUsize>::default();
        let meta = RuleMeta {
            segments: None,
            release: None,
            history: BTreeMap::new(),
            name: "slow".into(),
            digest: "00000000".into(),
            file: "scripts/slow.rhai".into(),
            hooks: vec![Hook::Classify],
            reads: [(Hook::Classify, Vec::new())].into(),
            dimensions: vec!["grade".into()],
            words: BTreeSet::new(),
            manifest: Manifest::default(),
        };
        let rule = Slow { meta, left: AtomicUsize::new(late_calls), calls: calls.clone() };
        let catalogue = Arc::new(Catalogue::new(&dimensions, &[], &[]));
        let hooks = HookSet::new(vec![Arc::new(rule) as Arc<dyn Rule>]).unwrap();
        let (dimensions, digest) = (Arc::new(dimensions), "slow".to_owned());
        host.engine.activate(Arc::new(Ruleset { hooks, dimensions, catalogue, digest })).unwrap();
        let call = Interaction { kind: InteractionKind::Call, by: None, inbound: None, note: None, product: None };
        let fact = NewFact {
            record: ExternalRef::new("shop", "wang"),
            key: ExternalRef::new("shop", "1"),
            occurred: now,
            day: OF.1,
            contact: None,
            body: FactBody::Interaction(call),
        };
        let recording = Recording { recorded: now, import: None, amend: false, kind: RecordKind::Customer };
        host.engine.ingest(&[fact], recording).unwrap();
        let found = host.engine.store().resolve(RecordKind::Customer, &[ExternalRef::new("shop", "wang")]).unwrap();
        (host, found[0].unwrap(), calls)
    }

    fn grade(host: &Host, record: RecordId) -> Option<String> {
        let standing = host.engine.record(record).unwrap().standing;
        standing.class("grade").map(|standing| standing.class.clone())
    }

    #[test]
    fn a_host_that_serves_tries_again_who_ran_out_of_time() {
        let folder = tempfile::tempdir().unwrap();
        // When the fact came in, and when the host began to serve.
        let (host, wang, _) = host(folder.path(), 6);
        let serving = host.start_serving(None).unwrap();
        let began = Instant::now();
        while grade(&host, wang).is_none() {
            assert!(began.elapsed() < Duration::from_secs(60), "nobody tried again");
            thread::sleep(Duration::from_millis(5));
        }
        serving.stop();
        assert!(host.engine.late().is_empty() && host.engine.record(wang).unwrap().standing.faulted.is_empty());
    }

    #[test]
    fn a_rule_that_is_slow_by_itself_is_not_tried_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let (host, wang, calls) = host(folder.path(), usize::MAX);
        let (mut tries, texts, start) = (Tries::default(), host.texts(Language::En), Instant::now());
        let before = calls.load(Ordering::SeqCst);
        let hour = (0..3_600).filter(|second| {
            let now = start + Duration::from_secs(*second);
            host.try_late_again(&mut tries, now, &texts).unwrap().is_some()
        });
        assert_eq!(hour.count(), 1 + PAUSES.len());
        assert_eq!(calls.load(Ordering::SeqCst) - before, 4 * (1 + PAUSES.len()));
        assert_eq!(
            (grade(&host, wang), host.engine.record(wang).unwrap().standing.faulted),
            (None, vec!["slow".into()])
        );
    }

    const OF: (GenerationId, Day) = (GenerationId(3), Day(20_000));

    fn records(numbers: std::ops::Range<u64>) -> BTreeSet<RecordId> {
        numbers.map(RecordId).collect()
    }

    #[test]
    fn who_is_late_again_and_again_is_tried_a_few_times() {
        let (mut tries, start, late) = (Tries::default(), Instant::now(), records(7..8));
        let at = |seconds: u64| start + Duration::from_secs(seconds);
        let when: Vec<u64> = (0..10_000).filter(|second| !tries.choose(&late, OF, at(*second)).is_empty()).collect();
        assert_eq!(when, [0, 5, 35, 155, 755]);
        assert_eq!(tries.given_up(&[RecordId(7)], &late), 1);
        // Other rules, or another day, may be another matter.
        assert_eq!(tries.choose(&late, (GenerationId(4), OF.1), at(10_000)), [RecordId(7)]);
        assert_eq!(tries.given_up(&[RecordId(7)], &late), 0);
        assert_eq!(tries.choose(&late, (GenerationId(4), Day(20_001)), at(10_001)), [RecordId(7)]);
    }

    #[test]
    fn who_was_decided_begins_anew() {
        let (mut tries, start) = (Tries::default(), Instant::now());
        assert_eq!(tries.choose(&records(1..3), OF, start), [RecordId(1), RecordId(2)]);
        assert_eq!(tries.choose(&records(1..2), OF, start), [], "not yet");
        assert_eq!(tries.choose(&records(1..3), OF, start), [RecordId(2)]);
        assert_eq!(tries.given_up(&[RecordId(2)], &records(1..3)), 0);
    }

    #[test]
    fn of_many_some_go_first() {
        let (mut tries, start, late) = (Tries::default(), Instant::now(), records(0..1_500));
        assert_eq!(tries.choose(&late, OF, start).len(), TOGETHER);
        assert_eq!(tries.choose(&late, OF, start).len(), 1_500 - TOGETHER);
        assert!(tries.choose(&late, OF, start).is_empty());
    }
}
