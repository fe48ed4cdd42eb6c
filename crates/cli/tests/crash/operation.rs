//! What books are killed in the middle of.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::book::{Book, argument};
use crate::journal::Entry;

/// What is done to a book.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Operation {
    /// A file of orders.
    Import,
    /// Orders as JSON lines from the standard input.
    Lines,
    /// Orders as facts, a line each: those that were answered are acknowledged, whatever becomes of the rest.
    Ingest,
    /// Customers and calls, one by one, each decided at once.
    Single,
    /// Two customers are merged, unmerged and merged again.
    Merge,
    /// An import that also changed what others had brought is taken back.
    Revert,
    /// Everybody is graded, in half of the cases because the day changes.
    Regrade,
    /// Rules are saved.
    Reload,
    /// A backup.
    Backup,
    /// A backup becomes a book.
    Restore,
}

/// Commands to run one after the other, and what each brings into the book.
#[derive(Default)]
pub(crate) struct Task {
    /// What nobody is killed in the middle of.
    pub(crate) before: Vec<Step>,
    pub(crate) steps: Vec<Step>,
    /// Rules to save before the first of them.
    pub(crate) class: Option<usize>,
    /// A backup that comes of it.
    pub(crate) backup: Option<PathBuf>,
    /// A data directory that comes of it.
    pub(crate) restored: Option<PathBuf>,
    /// What preparing it has brought into the book.
    pub(crate) brought: Vec<Entry>,
    /// What the book tells again when the task is done.
    pub(crate) like_before: Option<String>,
}

/// One command.
pub(crate) struct Step {
    pub(crate) arguments: Vec<String>,
    pub(crate) input: Option<PathBuf>,
    /// Where it answers line by line, each entry by itself.
    pub(crate) answers: Option<PathBuf>,
    pub(crate) entries: Vec<Entry>,
}

/// A sequence of numbers from a seed (SplitMix64).
#[derive(Debug)]
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// A number from 0 to 1.
    pub(crate) fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

impl Operation {
    pub(crate) const ALL: [Self; 10] = [
        Self::Import,
        Self::Lines,
        Self::Ingest,
        Self::Single,
        Self::Merge,
        Self::Revert,
        Self::Regrade,
        Self::Reload,
        Self::Backup,
        Self::Restore,
    ];

    /// Prepares the operation. `class` is what the module of the two sides gives now.
    pub(crate) fn prepare(self, book: &Book, round: u32, random: &mut Random, class: usize) -> Task {
        let mut task = Task::default();
        let step = |arguments: &[&str], entries: Vec<Entry>| Step {
            arguments: arguments.iter().map(|argument| (*argument).to_owned()).collect(),
            input: None,
            answers: None,
            entries,
        };
        let mapping = book.file("orders.toml");
        match self {
            Self::Import => {
                let (entries, orders) = orders(round, 120, 1, random);
                let file = write(book, round, &orders);
                task.steps.push(step(&["import", argument(&file), "--map", argument(&mapping)], entries));
            }
            Self::Lines => {
                let (entries, orders) = orders(round, 40, 1, random);
                let file = book.file(&format!("o{round}.jsonl"));
                let mut text = String::new();
                for [customer, id, day, product, amount] in orders {
                    let _ = writeln!(
                        text,
                        r#"{{"customer":"{customer}","id":"{id}","day":"{day}","product":"{product}","amount":{amount}}}"#
                    );
                }
                fs::write(&file, text).unwrap();
                let step = step(&["import", "-", "--map", argument(&mapping)], entries);
                task.steps.push(Step { input: Some(file), ..step });
            }
            Self::Ingest => {
                // Enough of them that a kill meets some answered and some not.
                let (mut entries, orders) = orders(round, 1_200, 1, random);
                let (file, answers) = (book.file(&format!("f{round}.jsonl")), book.file(&format!("a{round}.jsonl")));
                let mut text = String::new();
                for [customer, id, day, product, amount] in orders {
                    let _ = writeln!(
                        text,
                        r#"{{"kind":"order","customer":"shop:{customer}","id":"{id}","at":"{day}","lines":[{{"product":"{product}","amount":{amount}}}]}}"#
                    );
                }
                fs::write(&file, text).unwrap();
                entries.push(Entry::Drift);
                let step = step(&["--json", "ingest"], entries);
                task.steps.push(Step { input: Some(file), answers: Some(answers), ..step });
            }
            Self::Single => {
                for number in 0..6 {
                    let id = format!("k{round}-{number}");
                    task.steps.push(step(&["customers", "add", &id], vec![Entry::Customer(id.clone())]));
                    task.steps.push(step(&["log", &id, "call", "hello"], vec![Entry::Call(id.clone())]));
                }
            }
            Self::Merge => {
                let [keep, duplicate] = ["a", "b"].map(|which| format!("m{round}-{which}"));
                for id in [&keep, &duplicate] {
                    task.before.push(step(&["customers", "add", id], vec![Entry::Customer(id.clone())]));
                    task.before.push(step(&["log", id, "call", "hello"], vec![Entry::Call(id.clone())]));
                }
                for merged in [true, false, true] {
                    let entry = Entry::Merge { keep: keep.clone(), duplicate: duplicate.clone(), merged };
                    let arguments = ["customers", "merge", &keep, &duplicate];
                    let arguments = if merged { arguments.as_slice() } else { &["customers", "unmerge", &duplicate] };
                    task.steps.push(step(arguments, vec![entry]));
                }
            }
            Self::Revert => {
                book.json(&["evaluate"]);
                task.like_before = Some(book.everything());
                // Those of new customers are more than are taken back together.
                let (mut entries, mut orders) = orders(round, 400, 30, random);
                let mut back: Vec<Entry> = entries.iter().map(|entry| entry.back(None)).collect();
                for row in book.export(&["orders"]).into_iter().filter(|_| random.below(20) == 0) {
                    let [_, customer, _, id, day, amount, ..] = row.as_slice() else { panic!("{row:?}") };
                    let before = (customer.clone(), amount.parse().unwrap());
                    let amended = Entry::Order { id: id.clone(), customer: customer.clone(), amount: before.1 + 1_000 };
                    back.push(amended.back(Some(before.clone())));
                    entries.push(amended);
                    let amount = (before.1 + 1_000).to_string();
                    orders.push([customer.clone(), id.clone(), day.clone(), "p0".to_owned(), amount]);
                }
                let file = write(book, round, &orders);
                let import = book.json(&["import", argument(&file), "--map", argument(&mapping), "--amend"]);
                task.brought = entries;
                task.steps.push(step(&["import", "revert", &import["import"].to_string()], back));
            }
            Self::Regrade if random.below(2) == 0 => task.steps.push(step(&["evaluate"], Vec::new())),
            Self::Regrade => {
                let day = book.json(&["clock", "show"])["day"].as_str().unwrap().to_owned();
                let next = later(&day);
                task.steps.push(step(&["clock", "set", &next], vec![Entry::Day(next.clone())]));
            }
            Self::Reload => {
                task.class = Some(class + 1);
                task.steps.push(step(&["evaluate"], Vec::new()));
            }
            Self::Backup => {
                let file = book.file(&format!("b{round}"));
                task.steps.push(step(&["backup", argument(&file)], Vec::new()));
                task.backup = Some(file);
            }
            Self::Restore => {
                let (file, data) = (book.file(&format!("r{round}")), book.file(&format!("d{round}")));
                book.json(&["backup", argument(&file)]);
                task.steps.push(step(&["--data", argument(&data), "restore", argument(&file)], Vec::new()));
                task.restored = Some(data);
            }
        }
        task
    }
}

impl Step {
    /// What it has acknowledged by itself: its entries whose lines were answered.
    pub(crate) fn answered(&self) -> Vec<Entry> {
        let text = self.answers.as_ref().map(|answers| fs::read_to_string(answers).unwrap()).unwrap_or_default();
        // The last answer may have been cut off.
        let whole = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
        let answer = |line: &str| {
            let answer: serde_json::Value = serde_json::from_str(line).unwrap();
            assert!(["recorded", "known"].contains(&answer["outcome"].as_str().unwrap()), "{answer}");
            let line = usize::try_from(answer["line"].as_u64().unwrap()).unwrap();
            self.entries[line - 1].clone()
        };
        whole.map(answer).collect()
    }

    pub(crate) fn command(&self, book: &Book) -> Command {
        let arguments: Vec<&str> = self.arguments.iter().map(String::as_str).collect();
        let mut command = book.command(&arguments);
        if let Some(input) = &self.input {
            command.stdin(File::open(input).unwrap());
        }
        // What others say is of no use to anybody who kills them.
        let answers = self.answers.as_ref().map(|answers| File::create(answers).unwrap());
        command.stdout(answers.map_or_else(Stdio::null, Stdio::from)).stderr(Stdio::null());
        command
    }
}

/// Orders of customers whom the book knows, and of new ones: so many of forty.
fn orders(round: u32, count: usize, new_of_40: u64, random: &mut Random) -> (Vec<Entry>, Vec<[String; 5]>) {
    let mut orders = Vec::new();
    for number in 0..count {
        let new = random.below(40) < new_of_40;
        let customer = if new { format!("n{round}-{number}") } else { format!("c{}", random.below(60)) };
        let (month, day) = (1 + random.below(12), 1 + random.below(28));
        let amount = 5 + random.below(900);
        let product = format!("p{}", random.below(9));
        orders.push([
            customer,
            format!("o{round}-{number}"),
            format!("2025-{month:02}-{day:02}"),
            product,
            amount.to_string(),
        ]);
    }
    let entry = |[customer, id, _, _, amount]: &[String; 5]| Entry::Order {
        id: id.clone(),
        customer: customer.clone(),
        amount: amount.parse().unwrap(),
    };
    (orders.iter().map(entry).collect(), orders)
}

/// Writes orders to a file.
fn write(book: &Book, round: u32, orders: &[[String; 5]]) -> PathBuf {
    let file = book.file(&format!("o{round}.csv"));
    let mut text = "customer,id,day,product,amount\n".to_owned();
    orders.iter().for_each(|order| text += &format!("{}\n", order.join(",")));
    fs::write(&file, text).unwrap();
    file
}

/// Some days later; months have 28 days here.
fn later(day: &str) -> String {
    let numbers: Vec<u32> = day.split('-').map(|number| number.parse().unwrap()).collect();
    let [year, month, day] = numbers.as_slice() else { panic!("{day}") };
    let (month, day) = if *day + 3 > 28 { (month + 1, 1) } else { (*month, day + 3) };
    format!("{:04}-{:02}-{day:02}", year + (month - 1) / 12, (month - 1) % 12 + 1)
}
