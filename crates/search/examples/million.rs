//! Measures the index on made-up customers: `cargo run --release -p tierhook-search --example million [CUSTOMERS]`
//! prints how long it takes to build, how much memory each customer takes, and how long answers take: in time of the
//! processor where the system tells it, so that what else runs on the machine matters less.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "it measures and tells what it measured")]

use std::fs;
use std::time::{Duration, Instant};

use tierhook_model::{ClassStanding, Day, ExternalRef, ProfileKey, Record, RecordId, RecordKind, Value};
use tierhook_search::{Facet, Index, Query, Scan, Selection};

const SURNAMES: &str = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕单仇解";
const GIVEN: &str = "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂玉建国文斌宇浩然子涵雨晨欣怡梓轩博思源嘉琪若曦";
const LATIN: &[&str] = &["Anna Schmidt", "Tom Becker", "Zoë Martin", "Hannah Keller", "Oliver Brown", "Lucía Gómez"];
const STREETS: &[&str] = &["人民路", "解放大道", "中山北路", "建设街", "Hauptstraße"];

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }

    fn pick<'a>(&mut self, texts: &[&'a str]) -> &'a str {
        texts[self.roll(texts.len())]
    }
}

/// Time of the processor since it began, or of the clock where the system does not tell.
#[derive(Clone, Copy)]
struct Timer(Option<Duration>, Instant);

impl Timer {
    fn start() -> Self {
        Self(processor_time(), Instant::now())
    }

    fn elapsed(self) -> Duration {
        let spent = self.0.zip(processor_time()).map(|(before, now)| now.saturating_sub(before));
        // The system counts in ticks.
        spent.filter(|spent| *spent >= Duration::from_millis(10)).unwrap_or_else(|| self.1.elapsed())
    }
}

fn processor_time() -> Option<Duration> {
    let told = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    told.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

fn customer(number: u64, dice: &mut Dice, surnames: &[char], given: &[char]) -> Record {
    let id = ExternalRef::new("shop", format!("C{number:07}"));
    let mut record = Record::new(RecordId(number), RecordKind::Customer, id);
    let mut name: String = match dice.roll(4) {
        0 => format!("{} {}", dice.pick(LATIN), dice.roll(1_000)),
        _ => surnames[dice.roll(surnames.len())].into(),
    };
    if name.chars().count() == 1 {
        (0..1 + dice.roll(2)).for_each(|_| name.push(given[dice.roll(given.len())]));
    }
    let text = |text: String| Some(Value::Text(text));
    let list = |text: String| Some(Value::TextList(vec![text]));
    let profile = &mut record.profile;
    profile.set(ProfileKey::Name, text(name));
    profile.set(ProfileKey::Phones, list(format!("+861{}{:09}", 3 + dice.roll(6), dice.roll(1_000_000_000))));
    profile.set(ProfileKey::Emails, list(format!("user{}@example.com", dice.roll(10_000_000))));
    profile.set(ProfileKey::Address, text(format!("{}{}号", dice.pick(STREETS), dice.roll(900))));
    profile.set(ProfileKey::Region, text(dice.pick(&["浙江", "上海", "广东", "Bayern"]).to_owned()));
    profile.set(ProfileKey::Owner, text(format!("{}{}", surnames[dice.roll(20)], given[dice.roll(3)])));
    profile.set(ProfileKey::Tags, list(dice.pick(&["VIP", "twins", "wholesale", "new"]).to_owned()));
    for dimension in 0..13 {
        let (dimension, class) = (format!("d{dimension}"), dice.roll(4).to_string());
        record.standing.classes.push(ClassStanding { dimension, class, since: Day(0), overridden: false });
    }
    record.aggregates.facts = 1;
    record.aggregates.last_order = Some(Day(20_000 + dice.roll(700) as i32));
    record
}

fn main() {
    let customers: u64 = std::env::args().nth(1).map_or(1_000_000, |number| number.parse().unwrap());
    let (surnames, given): (Vec<char>, Vec<char>) = (SURNAMES.chars().collect(), GIVEN.chars().collect());
    let make = |from: u64, to: u64| {
        // The same customers in both rounds.
        (from..to).map(|number| customer(number, &mut Dice(number), &surnames, &given))
    };
    let begun = Timer::start();
    let made = make(1, customers + 1).fold(0, |sum, record| sum + record.external.id.len());
    let making = begun.elapsed();
    let (mut index, begun) = (Index::default(), Timer::start());
    make(1, customers + 1).for_each(|record| index.put(&record));
    let built = begun.elapsed().saturating_sub(making);
    index.settle();
    let each = index.bytes() / customers;
    println!("{customers} customers ({made} bytes of ids) in {built:.1?}, {each} bytes each");
    let texts = [
        "13812345678",
        "5678",
        "138",
        "王芳",
        "王",
        "芳",
        "张伟强",
        "zhangwei",
        "zw",
        "li",
        "schmidt",
        "anna 77",
        "a",
        "user1234567",
        "人民路 上海",
        "C0012345",
        "VIP",
        "nobody",
    ];
    for text in texts {
        let query = Query::new(text).unwrap();
        let begun = Timer::start();
        let found = index.search(&query, 50);
        println!("{:>9.2?}  search {text}: {}", begun.elapsed(), found.total);
    }
    let facets = vec![Facet::class("d0", "1"), Facet::Owner("王伟".into()), Facet::Tag("VIP".into())];
    let begun = Timer::start();
    let selected = index.select(&Selection { facets, query: None }).len();
    println!("{:>9.2?}  a class, an owner and a tag: {selected}", begun.elapsed());
    let query = Query::new("王芳").unwrap();
    let (mut scan, begun) = (Scan::new(&query, 50), Timer::start());
    make(1, customers.min(100_000) + 1).for_each(|record| scan.look(&record));
    println!(
        "{:>9.2?}  making {} customers and looking through them: {}",
        begun.elapsed(),
        customers.min(100_000),
        scan.finish().total
    );
    let records: Vec<Record> = make(1, 1_001).collect();
    let begun = Timer::start();
    for mut record in records {
        record.profile.set(ProfileKey::Name, Some(Value::Text("改名".into())));
        index.put(&record);
    }
    println!("{:>9.2?}  renaming 1,000 customers", begun.elapsed());
}
