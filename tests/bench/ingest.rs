//! Single orders, 64 at a time, each decided and durable when it is answered; against the same bytes put into a bare database.

use std::collections::VecDeque;
use std::fs::File;
use std::iter;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, SyncSender};
use std::thread;
use std::time::{Duration, Instant};

use criterion::Criterion;
use rayon::{ThreadPool, ThreadPoolBuilder};
use tierhook_engine::{Appended, Ingested, Ingesting};
use tierhook_model::{Amount, Currency, ExternalRef, FactBody, Line, Money, NewFact, Order};

use crate::book::{Book, DAY, NOW, RECORDING, copy, one_rule};
use crate::floor::Floors;

const CUSTOMERS: usize = 10_000;
/// How many orders come in at a time.
const AT_A_TIME: usize = 64;
/// How many batches a host has on their way while the next one is decided.
const OF_A_HOST: usize = 2;
/// How many times so many come in a turn.
const TURN: usize = 16;
/// How often what is only noted takes turns with the floor.
const NOTE_TURNS: usize = 15;

pub(crate) fn bench(criterion: &mut Criterion, floors: &mut Floors) {
    if !Floors::wants("ingest") {
        return;
    }
    let book = Book::graded(CUSTOMERS, one_rule());
    let twin = tempfile::tempdir().expect("there is room for a book");
    copy(&book.path(), twin.path());
    let bare = Bare::new(twin.path(), &book);
    let next = AtomicU64::new(0);
    let latencies = Latencies::default();
    let ours = || batches(&book, &next, (AT_A_TIME, 1), &latencies);
    let orders = AT_A_TIME * TURN;
    floors.pair(criterion, "ingest, 64 at a time", (0.6, orders, "an order"), ours, || {
        (0..TURN).map(|_| bare.put()).sum()
    });
    let Some(answered) = latencies.say() else { return };
    floors.note(answered);
    let unnoted = Latencies::default();
    for (size, ahead) in [(AT_A_TIME, OF_A_HOST), (AT_A_TIME / 2, 1)] {
        let share = beside(|| batches(&book, &next, (size, ahead), &unnoted), || bare.put());
        let most = size * (ahead + 1);
        floors.note(format!("with no more than {most} unanswered: {share:.0} % of the floor's speed"));
    }
    let one_by_one = || (0..TURN).map(|_| batch(&book, &next)).sum();
    let share = beside(one_by_one, || bare.put());
    floors.note(format!("where each batch waits for the one before: {share:.0} % of the floor's speed"));
    // From as many threads, of which each waits for its own order, waking them is most of the time.
    let pool = ThreadPoolBuilder::new().num_threads(AT_A_TIME).build().expect("threads can be had");
    let latencies = Latencies::default();
    let share = beside(|| threads(&book, &next, &pool, &latencies), || bare.put());
    let answered = latencies.say().unwrap_or_default();
    floors.note(format!("from {AT_A_TIME} threads with an order each: {share:.0} % of the floor's speed, {answered}"));
    let share = beside(|| bare.turns(), || bare.put());
    floors.note(format!("the bare writes alone from {AT_A_TIME} threads: {share:.0} % of the floor's speed"));
    let share = beside(|| bare.each_alone(), || bare.put());
    floors.note(format!(
        "the bare writes alone, each of {AT_A_TIME} threads making its own durable: {share:.0} % of the floor's speed"
    ));
}

/// How long orders waited for their answers.
#[derive(Default)]
struct Latencies(Mutex<Vec<Duration>>);

impl Latencies {
    fn note(&self, since: Instant, orders: usize) {
        let took = since.elapsed();
        self.0.lock().expect("nobody panics").extend(iter::repeat_n(took, orders));
    }

    /// Says how long half of them waited, and 99 %; nothing if there are none.
    fn say(&self) -> Option<String> {
        let mut all = self.0.lock().expect("nobody panics");
        all.sort_unstable();
        let last = all.len().checked_sub(1)?;
        let at = |share: f64| all[(last as f64 * share) as usize];
        let (middle, high) = (at(0.5), at(0.99));
        Some(format!("answered after {middle:.1?} (half of them) and {high:.1?} (99 %), {} orders", all.len()))
    }
}

/// Orders from one sender as batches of a size, of which the next one is decided while so many before it are on their way to
/// the disk: what a host does with the lines of a sender who does not wait, where it is two.
fn batches(book: &Book, next: &AtomicU64, (size, ahead): (usize, usize), latencies: &Latencies) -> Duration {
    let orders = |_| (0..size).map(|_| order(next.fetch_add(1, Ordering::Relaxed))).collect();
    let batches: Vec<Vec<NewFact>> = (0..TURN * AT_A_TIME / size).map(orders).collect();
    let finish = |(begun, ingesting): (Instant, Ingesting<Vec<NewFact>>)| {
        check(&book.engine.finish_ingest(ingesting).expect("orders can be recorded"));
        latencies.note(begun, size);
    };
    let began = Instant::now();
    let mut before = VecDeque::with_capacity(ahead + 1);
    for batch in batches {
        let begun = Instant::now();
        let ingesting = book.engine.begin_ingest(batch, RECORDING).expect("orders can be decided");
        before.push_back((begun, ingesting));
        if before.len() > ahead {
            before.pop_front().into_iter().for_each(finish);
        }
    }
    before.into_iter().for_each(finish);
    began.elapsed()
}

/// One batch, from when it is brought until it is answered.
fn batch(book: &Book, next: &AtomicU64) -> Duration {
    let orders: Vec<NewFact> = (0..AT_A_TIME).map(|_| order(next.fetch_add(1, Ordering::Relaxed))).collect();
    let began = Instant::now();
    check(&book.engine.ingest(&orders, RECORDING).expect("orders can be recorded"));
    began.elapsed()
}

/// Orders from as many threads as there may be at a time, of which each waits until its own is answered.
fn threads(book: &Book, next: &AtomicU64, pool: &ThreadPool, latencies: &Latencies) -> Duration {
    let began = Instant::now();
    pool.broadcast(|_| {
        for _ in 0..TURN {
            let order = order(next.fetch_add(1, Ordering::Relaxed));
            let began = Instant::now();
            check(&book.engine.ingest(&[order], RECORDING).expect("an order can be recorded"));
            latencies.note(began, 1);
        }
    });
    began.elapsed()
}

fn check(ingested: &[Ingested]) {
    assert!(ingested.iter().all(|it| matches!(it.appended, Appended::Recorded(_))), "{ingested:?}");
}

/// The floor's speed is 100; the median of some turns.
fn beside(ours: impl Fn() -> Duration, floor: impl Fn() -> Duration) -> f64 {
    let mut shares: Vec<f64> = (0..NOTE_TURNS)
        .map(|_| (0..TURN).map(|_| floor()).sum::<Duration>().as_secs_f64() / ours().as_secs_f64())
        .collect();
    shares.sort_by(f64::total_cmp);
    100.0 * shares[shares.len() / 2]
}

/// An order of one customer after the other.
fn order(at: u64) -> NewFact {
    let money = Money { minor: 28_800, currency: Currency::CNY };
    let line = Line {
        product: format!("milk-{}", at % 40),
        name: Some("Infant milk, stage 2".into()),
        category: Some("milk".into()),
        group: Some("milk".into()),
        quantity_milli: 2_000,
        amount_minor: 28_800,
        is_goods: true,
    };
    NewFact {
        record: customer(at),
        key: ExternalRef::new("bench", format!("o{at}")),
        occurred: NOW,
        day: DAY,
        contact: None,
        body: FactBody::Order(Order {
            amount: Amount { original: money, base: money.minor },
            lines: vec![line],
            channel: Some("shop".into()),
        }),
    }
}

fn customer(at: u64) -> ExternalRef {
    // A step without a factor of the number of customers comes round to all of them.
    let number = at.wrapping_mul(7_919) % CUSTOMERS as u64;
    ExternalRef::new("sample", format!("C{number:06}"))
}

/// A bare database with the same book in it, and what an order writes.
struct Bare {
    db: sled::Db,
    file: File,
    /// The values of all records, with their keys.
    records: Vec<(sled::IVec, sled::IVec)>,
    next: AtomicU64,
    fact: Vec<u8>,
}

impl Bare {
    fn new(path: &std::path::Path, book: &Book) -> Self {
        let config = sled::Config::new().path(path).cache_capacity(256 << 20).flush_every_ms(None);
        let db = config.open().expect("the copy can be opened");
        let file = File::open(path.join("db")).expect("the database is a file");
        let records = db.range(b"r".as_slice()..b"s".as_slice());
        let records: Vec<_> = records.collect::<Result<_, _>>().expect("the copy can be read");
        assert_eq!(records.len(), CUSTOMERS);
        let fact = postcard::to_stdvec(&order(0)).expect("a fact can be encoded");
        let id = book.engine.store().resolve(RECORDING.kind, &[customer(0)]).expect("the book can be read");
        assert!(id[0].is_some(), "the orders are of customers that are there");
        Self { db, file, records, next: AtomicU64::new(0), fact }
    }

    /// Puts what so many orders write.
    fn put(&self) -> Duration {
        let first = self.next.fetch_add(AT_A_TIME as u64, Ordering::Relaxed);
        self.put_these(first..first + AT_A_TIME as u64)
    }

    /// The same orders one by one from as many threads, of which each waits until its own is durable. Whatever waits goes
    /// in together.
    fn turns(&self) -> Duration {
        let (bring, brought) = mpsc::channel::<(u64, SyncSender<()>)>();
        let began = Instant::now();
        thread::scope(|scope| {
            for _ in 0..AT_A_TIME {
                let bring = bring.clone();
                scope.spawn(move || {
                    for _ in 0..TURN {
                        let (reply, answer) = mpsc::sync_channel(1);
                        let at = self.next.fetch_add(1, Ordering::Relaxed);
                        bring.send((at, reply)).expect("somebody writes");
                        answer.recv().expect("it is written");
                    }
                });
            }
            drop(bring);
            while let Ok(first) = brought.recv() {
                let waiting: Vec<_> = iter::once(first).chain(brought.try_iter()).collect();
                self.put_these(waiting.iter().map(|(at, _)| *at));
                waiting.iter().for_each(|(_, reply)| reply.send(()).expect("somebody waits"));
            }
        });
        began.elapsed()
    }

    /// The same orders from as many threads, of which each puts its own and makes it durable, as a program does that has
    /// nothing but the database.
    fn each_alone(&self) -> Duration {
        let began = Instant::now();
        thread::scope(|scope| {
            for _ in 0..AT_A_TIME {
                scope.spawn(|| {
                    for _ in 0..TURN {
                        self.put_these(iter::once(self.next.fetch_add(1, Ordering::Relaxed)));
                    }
                });
            }
        });
        began.elapsed()
    }

    /// Puts the record, the fact, where the fact is, and the largest numbers, as one batch for all; makes it durable.
    fn put_these(&self, these: impl Iterator<Item = u64>) -> Duration {
        let mut batch = sled::Batch::default();
        let mut last = 0;
        for at in these {
            last = at;
            let (key, record) = &self.records[(at.wrapping_mul(7_919) % CUSTOMERS as u64) as usize];
            // An order adds some 40 bytes to a record that had none of its kind. It must be news each time: the database
            // writes nothing where a key holds the very same already.
            let record = [record.as_ref(), &at.to_be_bytes().repeat(5)].concat();
            let fact_key = [b"f".as_slice(), &key[1..], &at.to_be_bytes(), &[0; 12]].concat();
            let known_key = [b"k".as_slice(), &[0, 0, 0, 0, 5], b"bencho", at.to_string().as_bytes()].concat();
            batch.insert(key.clone(), record);
            batch.insert(fact_key, [self.fact.as_slice(), &[0; 12]].concat());
            batch.insert(known_key, vec![7; 32]);
        }
        batch.insert(b"m\xff".as_slice(), last.to_be_bytes().as_slice());
        let began = Instant::now();
        self.db.apply_batch(batch).expect("a batch can be applied");
        self.db.flush().expect("the database can be flushed");
        self.file.sync_data().expect("the file can be synced");
        began.elapsed()
    }
}
