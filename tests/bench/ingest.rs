//! Single orders, 64 at a time, each decided and durable when it is answered; against the same bytes put into a bare database.

use std::fs::File;
use std::iter;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, SyncSender};
use std::thread;
use std::time::{Duration, Instant};

use criterion::Criterion;
use rayon::ThreadPoolBuilder;
use tierhook_engine::{Appended, Ingested};
use tierhook_model::{Amount, Currency, ExternalRef, FactBody, Line, Money, NewFact, Order};

use crate::book::{Book, DAY, NOW, RECORDING, copy, one_rule};
use crate::floor::Floors;

const CUSTOMERS: usize = 10_000;
/// How many orders come in at a time.
const AT_A_TIME: usize = 64;
/// How many each of those who bring them brings in a turn, one after the other.
const EACH: usize = 16;
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
    let pool = ThreadPoolBuilder::new().num_threads(AT_A_TIME).build().expect("threads can be had");
    let (next, latencies) = (AtomicU64::new(0), Mutex::new(Vec::new()));
    let ours = || {
        let began = Instant::now();
        pool.broadcast(|_| {
            for _ in 0..EACH {
                let order = order(next.fetch_add(1, Ordering::Relaxed));
                let began = Instant::now();
                let ingested = book.engine.ingest(&[order], RECORDING).expect("an order can be recorded");
                let took = began.elapsed();
                assert!(matches!(ingested[0].appended, Appended::Recorded(_)), "{ingested:?}");
                latencies.lock().expect("nobody panics").push(took);
            }
        });
        began.elapsed()
    };
    floors.pair(criterion, "ingest, 64 at a time", (0.6, AT_A_TIME * EACH, "an order"), ours, || {
        (0..EACH).map(|_| bare.put()).sum()
    });
    let mut latencies = latencies.into_inner().expect("nobody panics");
    latencies.sort_unstable();
    if let Some(last) = latencies.len().checked_sub(1) {
        let at = |share: f64| latencies[(last as f64 * share) as usize];
        let (middle, high) = (at(0.5), at(0.99));
        floors.note(format!("answered after {middle:.1?} (half of them) and {high:.1?} (99 %), {} orders", last + 1));
        // What stands between this and the floor: who brings the orders, and what it takes to decide them.
        let undecided = beside(|| bare.turns(), || bare.put());
        floors.note(format!(
            "the bare writes alone, brought by {AT_A_TIME} threads: {undecided:.0} % of the floor's speed"
        ));
        let alone = beside(|| bare.each_alone(), || bare.put());
        floors.note(format!(
            "the bare writes alone, each of {AT_A_TIME} threads making its own durable: {alone:.0} % of the floor's speed"
        ));
        let stream = beside(|| stream(&book, &next), || bare.put());
        floors.note(format!(
            "decided, brought one by one by a sender who keeps {AT_A_TIME} unanswered: {stream:.0} % of the floor's speed"
        ));
        let batch = || {
            let orders: Vec<NewFact> = (0..AT_A_TIME).map(|_| order(next.fetch_add(1, Ordering::Relaxed))).collect();
            let began = Instant::now();
            book.engine.ingest(&orders, RECORDING).expect("orders can be recorded");
            began.elapsed()
        };
        let batched = beside(|| (0..EACH).map(|_| batch()).sum(), || bare.put());
        floors.note(format!(
            "decided, brought by one thread as batches of {AT_A_TIME}: {batched:.0} % of the floor's speed"
        ));
    }
}

/// The same orders from one sender, who sends the next one whenever one is answered: what has arrived is decided while what
/// came before is being made durable.
fn stream(book: &Book, next: &AtomicU64) -> Duration {
    let (send, sent) = mpsc::channel::<NewFact>();
    let (begin, begun) = mpsc::sync_channel(AT_A_TIME);
    let (answer, answered) = mpsc::channel::<Vec<Ingested>>();
    let began = Instant::now();
    thread::scope(|scope| {
        scope.spawn(move || {
            while let Ok(first) = sent.recv() {
                let arrived: Vec<NewFact> = iter::once(first).chain(sent.try_iter().take(AT_A_TIME / 2 - 1)).collect();
                let ingesting = book.engine.begin_ingest(arrived, RECORDING).expect("orders can be decided");
                begin.send(ingesting).expect("somebody waits for them");
            }
        });
        scope.spawn(move || {
            while let Ok(ingesting) = begun.recv() {
                let ingested = book.engine.finish_ingest(ingesting).expect("orders can be recorded");
                answer.send(ingested).expect("the sender waits");
            }
        });
        let bring = || send.send(order(next.fetch_add(1, Ordering::Relaxed))).expect("somebody takes it");
        (0..AT_A_TIME).for_each(|_| bring());
        let (mut unsent, mut unanswered) = (AT_A_TIME * (EACH - 1), AT_A_TIME);
        while unanswered > 0 {
            for ingested in answered.recv().expect("somebody answers") {
                assert!(matches!(ingested.appended, Appended::Recorded(_)), "{ingested:?}");
                unanswered -= 1;
                if unsent > 0 {
                    bring();
                    (unsent, unanswered) = (unsent - 1, unanswered + 1);
                }
            }
        }
        drop(send);
    });
    began.elapsed()
}

/// The floor's speed is 100; the median of some turns.
fn beside(ours: impl Fn() -> Duration, floor: impl Fn() -> Duration) -> f64 {
    let mut shares: Vec<f64> = (0..NOTE_TURNS)
        .map(|_| (0..EACH).map(|_| floor()).sum::<Duration>().as_secs_f64() / ours().as_secs_f64())
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
                    for _ in 0..EACH {
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
                    for _ in 0..EACH {
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
            // The order of this one is one more purchase day, product and bucket.
            let record = [record.as_ref(), &[0; 24]].concat();
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
