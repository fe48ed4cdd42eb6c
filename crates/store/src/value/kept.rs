//! Bytes that were written once and must be read for ever: one value of each family.
//!
//! Until a release has written a format its bytes may be replaced here, by what a failing test prints. From then on
//! they stay, and a changed shape gets bytes of its own beside them (see [`super`]).

use std::collections::BTreeMap;
use std::fmt::{Debug, Write as _};

use serde::Serialize;
use serde::de::DeserializeOwned;
use tierhook_model::{
    Amount, BookClock, Change, ClassMove, ClassStanding, ClockMode, Day, DayBucket, ExternalRef, Fact, FactBody,
    FactOrder, FactSeq, FieldRead, GenerationId, HistoryEntry, ImportId, Line, MergedRecord, Moment, Money, MoveCause,
    Order, Position, ProfileKey, Receipt, Record, RecordId, RecordKind, RuleReceipt, Value,
};

use super::{decode, decode_history, encode, encode_history};
use crate::census::Census;
use crate::key::Family;
use crate::name::Names;
use crate::progress::Progress;
use crate::store::KnownFact;
use crate::{ImportEntry, Reversal, Tombstone};

/// Checks that kept bytes decode to a sample, and that the sample is still written like that.
fn check<T: Serialize + DeserializeOwned + PartialEq + Debug>(family: Family, kept: &str, sample: &T) {
    let now = hex(&encode(sample).unwrap());
    match decode::<T>(family, &bytes(kept)) {
        Ok(read) => assert_eq!(&read, sample, "the {family} value of version 1 is read as something else; now {now}"),
        Err(error) => panic!("the {family} value of version 1 cannot be read ({error}); now it is {now}"),
    }
    assert_eq!(now, kept, "a {family} value is written in another way under the same version");
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap()).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[test]
fn a_record() {
    let mut record = Record::new(RecordId(2 << 56 | 5), RecordKind::Customer, ExternalRef::new("shop", "wang"));
    record.profile.set(ProfileKey::Name, Some(Value::Text("王芳".into())));
    record.profile.set_custom("stamp", Some(Value::Integer(-7)));
    record.aggregates.last = Some(order());
    record.aggregates.orders = 3;
    record.aggregates.gross = 123_456;
    record.aggregates.days = vec![DayBucket { day: Day(20_000), orders: 3, gross: 123_456, ..DayBucket::default() }];
    record.standing.classes =
        vec![ClassStanding { dimension: "grade".into(), class: "A".into(), since: Day(19_990), overridden: true }];
    record.standing.generation = GenerationId(4);
    record.merged = vec![MergedRecord { id: RecordId(2 << 56 | 9), external: ExternalRef::new("web", "fang") }];
    check(Family::Record, RECORD, &(300_u64, record));
}

#[test]
fn a_fact() {
    let line = Line {
        product: "p1".into(),
        name: Some("茶".into()),
        category: None,
        group: Some("tea".into()),
        quantity_milli: 2_500,
        amount_minor: 9_900,
        is_goods: true,
    };
    let amount = Amount { original: Money { minor: 9_900, currency: "CNY".parse().unwrap() }, base: 9_900 };
    let fact = Fact {
        seq: FactSeq(17),
        record: RecordId(5),
        key: ExternalRef::new("shop", "o1"),
        occurred: Moment(1_728_000_000),
        day: Day(20_000),
        recorded: Moment(1_728_000_300),
        import: Some(ImportId(2)),
        contact: Some("li".into()),
        body: FactBody::Order(Order { amount, lines: vec![line], channel: Some("wechat".into()) }),
    };
    check(Family::Fact, FACT, &fact);
}

#[test]
fn a_history_entry() {
    let moved =
        ClassMove { dimension: "grade".into(), from: Some("B".into()), to: "A".into(), cause: MoveCause::Rules };
    let rule = RuleReceipt {
        rule: "abc_grade".into(),
        version: "1f2e".into(),
        hook: "classify".into(),
        read: vec![FieldRead { field: "orders_365d".into(), value: Some(Value::Integer(9)) }],
        hits: vec!["big".into()],
        fault: None,
    };
    let entry = HistoryEntry {
        recorded: Moment(1_728_000_301),
        cause: MoveCause::Rules,
        changes: vec![Change::Class(moved), Change::FollowUpOpened(3)],
        receipt: Receipt { generation: GenerationId(4), day: Day(20_000), dimensions: vec![], rules: vec![rule] },
    };
    let mut names = Names::default();
    names.learn(["grade", "B", "A", "abc_grade", "1f2e"]);
    let now = hex(&encode_history(&entry, &names).unwrap());
    assert_eq!(now, HISTORY, "a history value is written in another way under the same version");
    assert_eq!(decode_history(&bytes(HISTORY), &names).unwrap(), entry);
}

#[test]
fn an_import() {
    let entry = ImportEntry {
        id: ImportId(2),
        file: "orders.csv".into(),
        kind: "orders".into(),
        started: Moment(1_728_000_000),
        finished: Some(Moment(1_728_000_400)),
        rows: 300,
        taken: 290,
        rejected: 4,
        duplicates: 5,
        conflicts: 1,
        reverted: Some(Reversal { who: "lin".into(), began: Moment(1_728_000_600), finished: None }),
    };
    check(Family::Import, IMPORT, &entry);
}

#[test]
fn values_about_the_book() {
    let records = BTreeMap::from([(0, 900), (2, 5)]);
    let census = Census { records: 905, writes: 1_200, facts: 5_000, history: 800 };
    let progress = Progress { position: Position(1_000), fact: FactSeq(5_000), import: 2, records, census };
    check(Family::Meta, PROGRESS, &progress);
    check(Family::Meta, GENERATION, &GenerationId(4));
    check(Family::Name, NAME, &"abc_grade".to_owned());
    check(Family::Meta, CLOCK, &BookClock { mode: ClockMode::Fixed, day: Day(20_000) });
}

#[test]
fn indexes_and_tombstones() {
    check(Family::FactKey, FACT_KEY, &KnownFact { record: RecordId(5), order: order(), content: [0xab; 16] });
    check(Family::Reference, REFERENCE, &RecordId(2 << 56 | 5));
    check(Family::Tombstone, TOMBSTONE, &Tombstone { digest: [0xcd; 16], erased: Moment(1_728_000_500) });
}

fn order() -> FactOrder {
    FactOrder { day: Day(20_000), occurred: Moment(1_728_000_000), seq: FactSeq(17) }
}

const RECORD: &str = "01ac02858080808080808002000473686f700477616e6701000006e78e8be88ab301057374616d70010d000001c0b80280c0f9ef0c1100000300000080890f000000000001c0b8020380890f0000000000000000000000000000000000000000000000000000000000010567726164650141acb80201000000000400000001898080808080808002037765620466616e67";
const FACT: &str = "0111050473686f70026f3180c0f9ef0cc0b802d8c4f9ef0c010201026c6900d89a01434e59d89a01010270310103e88cb60001037465618827d89a01010106776563686174";
const HISTORY: &str = "01dac4f9ef0c03020002030403010304c0b8020001000b6f72646572735f3336356402120105060008636c61737369667901000001000003626967";
const IMPORT: &str =
    "01020a6f72646572732e637376066f726465727380c0f9ef0c01a0c6f9ef0cac02a20204050101036c696eb0c9f9ef0c00";
const PROGRESS: &str = "01e8078827020200840702058907b0098827a006";
const GENERATION: &str = "0104";
const NAME: &str = "01096162635f6772616465";
const CLOCK: &str = "0101c0b802";
const FACT_KEY: &str = "0105c0b80280c0f9ef0c11abababababababababababababababab";
const REFERENCE: &str = "01858080808080808002";
const TOMBSTONE: &str = "01cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcde8c7f9ef0c";
