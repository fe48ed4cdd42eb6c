//! Reading all records into frames, against a bare scan of the database that decodes the same values.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::Criterion;
use tierhook_features::{FieldContext, field_value};
use tierhook_hooks::FrameBuilder;
use tierhook_model::{Currency, Record};

use crate::book::{Book, DAY, copy, shipped};
use crate::floor::Floors;

const CUSTOMERS: usize = 10_000;
const BATCH: usize = 1_024;

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

/// Projects everybody to the fields of all strata of the shipped rules, as an evaluation does.
fn project(book: &Book) -> Duration {
    let snapshot = book.engine.snapshot();
    let generation = &snapshot.generation;
    let context = FieldContext { population: &generation.population, day: DAY, currency: Currency::CNY };
    let catalogue = &generation.ruleset.catalogue;
    let strata: Vec<Vec<_>> = generation
        .ruleset
        .hooks
        .strata()
        .iter()
        .map(|stratum| stratum.columns.iter().filter_map(|name| catalogue.get(name)).collect())
        .collect();
    let began = Instant::now();
    let (mut after, mut seen) = (None, 0);
    loop {
        let batch = book.engine.store().scan(after, BATCH).expect("the book can be read");
        let Some(last) = batch.last() else { break };
        after = Some(last.record.id);
        seen += batch.len();
        for fields in &strata {
            let columns = fields.iter().map(|field| (field.name.as_str(), field.ty));
            let mut builder = FrameBuilder::new(columns, batch.len());
            for stored in &batch {
                let record = &stored.record;
                let class = |dimension: &str| Some(record.standing.class(dimension)?.class.clone());
                builder.push(record.id, |column| field_value(&fields[column].source, record, &context, &class));
            }
            black_box(builder.finish());
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
