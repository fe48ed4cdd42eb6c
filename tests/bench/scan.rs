//! Reading all records into frames, against a bare scan of the database that decodes the same values.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::Criterion;
use tierhook_model::Record;

use crate::book::{Book, copy, shipped};
use crate::floor::Floors;

const CUSTOMERS: usize = 10_000;
/// How many records an evaluation reads at a time, and how many of them one core projects.
const BATCH: usize = 1_024;
const SHARE: usize = 128;

pub(crate) fn bench(criterion: &mut Criterion, floors: &mut Floors) {
    if !Floors::wants("scan and project") {
        return;
    }
    let book = Book::graded(CUSTOMERS, shipped());
    let twin = tempfile::tempdir().expect("there is room for a book");
    copy(&book.path(), twin.path());
    let config = sled::Config::new().path(twin.path()).cache_capacity(256 << 20).flush_every_ms(None);
    let db = config.open().expect("the copy can be opened");
    let (ours, floor) = (|| project(&book), || decode(&db));
    floors.pair(criterion, "scan and project", (0.6, CUSTOMERS, "a record"), ours, floor);
}

/// Projects everybody to what all strata of the shipped rules read.
fn project(book: &Book) -> Duration {
    let began = Instant::now();
    let (mut after, mut seen) = (None, 0);
    loop {
        let batch = book.engine.store().scan_raw(after, BATCH).expect("the book can be read");
        let Some(last) = batch.last() else { break };
        after = Some(last.id());
        seen += batch.len();
        for share in batch.chunks(SHARE) {
            let read = share.iter().map(|raw| raw.read().map(|stored| stored.record));
            let records: Vec<Record> = read.collect::<Result<_, _>>().expect("a record can be decoded");
            drop(black_box(book.engine.project(&records)));
        }
    }
    assert_eq!(seen, CUSTOMERS);
    began.elapsed()
}

fn decode(db: &sled::Db) -> Duration {
    let began = Instant::now();
    let mut seen = 0;
    // Records are the family `r`; a value is a version byte and postcard.
    for item in db.range(b"r".as_slice()..b"s".as_slice()) {
        let (_, bytes) = item.expect("the copy can be read");
        let record: (u64, Record) = postcard::from_bytes(&bytes[1..]).expect("a record can be decoded");
        black_box(record);
        seen += 1;
    }
    assert_eq!(seen, CUSTOMERS);
    began.elapsed()
}
