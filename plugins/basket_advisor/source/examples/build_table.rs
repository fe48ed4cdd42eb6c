//! Builds the table of what goes together, from the orders of the made-up company, and prints it as `src/table.rs`:
//!
//! ```sh
//! cargo run -p basket-advisor --example build_table > plugins/basket_advisor/source/src/table.rs
//! ```
//!
//! For each segment and each pair of things, `confidence` is the share of the customers who bought the one that bought the other, too,
//! and `lift` how many times that is the share among all customers of the segment (R. Agrawal, T. Imielinski, A. Swami, "Mining
//! Association Rules between Sets of Items in Large Databases", SIGMOD 1993; lift: S. Brin and others, SIGMOD 1997). To learn from a book of
//! your own, put its order lines in place of the company's.
#![allow(clippy::print_stdout, reason = "it prints the table")]

use std::collections::{BTreeMap, BTreeSet};

use tierhook_model::{Currency, Day, FactBody, Line, ProfileKey};
use tierhook_sample::Company;

/// Pairs that fewer customers have are chance.
const LEAST_CUSTOMERS: usize = 25;
/// Pairs that go together less are none.
const LEAST_LIFT: f64 = 1.25;
/// How many things are kept for each one that was bought.
const KEPT: usize = 5;

fn main() {
    let Some(until) = Day::from_ymd(2026, 3, 1) else { return };
    let company = Company::new(7, 6000, until, Currency::CNY);
    let mut segments: BTreeMap<String, String> = BTreeMap::new();
    let mut baskets: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for fact in company.facts() {
        match fact.body {
            FactBody::Profile(change) => {
                let kind =
                    change.fields.into_iter().find(|(key, _)| *key == ProfileKey::Kind).and_then(|(_, value)| value);
                if let Some(kind) = kind.as_ref().and_then(|kind| kind.as_text()) {
                    segments.insert(fact.record.id, kind.to_owned());
                }
            }
            FactBody::Order(order) => {
                let goods = || order.lines.iter().filter(|line| line.is_goods);
                names.extend(goods().filter_map(named));
                baskets.entry(fact.record.id).or_default().extend(goods().map(|line| item(line).to_owned()));
            }
            _ => {}
        }
    }
    println!(
        "//! What goes together, by segment. Built by `examples/build_table.rs`; do not edit.\n\nuse crate::Pair;\n"
    );
    println!(
        "/// The pairs, sorted by segment and by what was bought, best first.\n#[rustfmt::skip]\n#[allow(clippy::approx_constant, reason = \"a share that looks like a constant is none\")]\npub(crate) const PAIRS: &[Pair] = &["
    );
    let kinds: BTreeSet<&String> = segments.values().collect();
    for segment in kinds {
        let own: Vec<&BTreeSet<String>> =
            baskets.iter().filter(|(id, _)| segments.get(*id) == Some(segment)).map(|(_, items)| items).collect();
        print_pairs(segment, &own);
    }
    println!("];");
    println!("\n/// What the products among them are called, sorted by id.");
    println!("pub(crate) const NAMES: &[(&str, &str)] = &{names:?};", names = names.into_iter().collect::<Vec<_>>());
}

/// What a line counts as: its consumption group, else its category, else its product.
fn item(line: &Line) -> &str {
    line.group.as_ref().or(line.category.as_ref()).unwrap_or(&line.product)
}

/// The product and its name, if a line counts as that.
fn named(line: &Line) -> Option<(String, String)> {
    let is_itself = line.group.is_none() && line.category.is_none();
    is_itself.then(|| Some((line.product.clone(), line.name.clone()?))).flatten()
}

fn print_pairs(segment: &str, baskets: &[&BTreeSet<String>]) {
    let count = |has: &dyn Fn(&BTreeSet<String>) -> bool| baskets.iter().filter(|items| has(items)).count();
    let items: BTreeSet<&String> = baskets.iter().flat_map(|items| items.iter()).collect();
    for bought in &items {
        let buyers = count(&|items| items.contains(*bought));
        let mut pairs: Vec<(f64, f64, &String)> = Vec::new();
        for other in items.iter().filter(|other| other != &bought) {
            let both = count(&|items| items.contains(*bought) && items.contains(*other));
            let confidence = both as f64 / buyers as f64;
            let lift = confidence * baskets.len() as f64 / count(&|items| items.contains(*other)) as f64;
            if both >= LEAST_CUSTOMERS && lift >= LEAST_LIFT {
                pairs.push((confidence, lift, other));
            }
        }
        pairs.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.2.cmp(b.2)));
        for (confidence, lift, other) in pairs.into_iter().take(KEPT) {
            println!(
                "    Pair {{ segment: {segment:?}, bought: {bought:?}, offer: {other:?}, confidence: {confidence:.3}, lift: {lift:.2} }},"
            );
        }
    }
}
