//! What was asked of a book and what of it was acknowledged, against what is in it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::book::{Book, CLASSES};

/// Whether something has to be in the book, or may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Word {
    Tried,
    Acknowledged,
}

/// What is there of an order: customer and amount, or nothing.
type Held = Option<(String, String)>;

/// What was asked of a book.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    /// Orders by their ids, each with what may be there of it: what was acknowledged last, and what was tried since.
    orders: BTreeMap<String, BTreeSet<Held>>,
    /// Customers that were added by hand.
    customers: BTreeMap<String, Word>,
    /// How many calls with a customer were acknowledged, and tried.
    calls: BTreeMap<String, (u32, u32)>,
    /// Duplicates with whom they may be merged into, and whether they may be merged and may not be.
    pairs: BTreeMap<String, (String, BTreeSet<bool>)>,
    /// The days that may be the book's: the last one that was acknowledged, and what was tried since.
    days: BTreeSet<String>,
    /// The class that the module of the two sides gave last.
    pub(crate) class: usize,
    /// Whether something came in that the whole book was not measured by yet: single facts are decided by what the book
    /// told before, until everybody is graded.
    pub(crate) is_adrift: bool,
}

/// Something that a command brings into a book.
#[derive(Clone, Debug)]
pub(crate) enum Entry {
    Order {
        id: String,
        customer: String,
        amount: u64,
    },
    Customer(String),
    Call(String),
    /// A duplicate becomes part of another customer, or is one of its own again.
    Merge {
        keep: String,
        duplicate: String,
        merged: bool,
    },
    Day(String),
    /// Single facts come in: they are decided by what the book told before.
    Drift,
    /// An import is taken back, and an order is what it was before: of a customer with an amount, or none.
    Back {
        id: String,
        before: Option<(String, u64)>,
    },
}

impl Entry {
    /// An order's being what it was before.
    pub(crate) fn back(&self, before: Option<(String, u64)>) -> Self {
        let Self::Order { id, .. } = self else { panic!("{self:?} is no order") };
        Self::Back { id: id.clone(), before }
    }
}

impl Journal {
    /// Takes note of what a command is about to bring.
    pub(crate) fn try_all(&mut self, entries: &[Entry]) {
        for entry in entries {
            match entry.clone() {
                Entry::Order { id, customer, amount } => self.may_hold(id, Some((customer, amount))),
                Entry::Back { id, before } => self.may_hold(id, before),
                Entry::Customer(id) => {
                    self.is_adrift = true;
                    self.customers.entry(id).or_insert(Word::Tried);
                }
                Entry::Call(customer) => {
                    self.is_adrift = true;
                    self.calls.entry(customer).or_default().1 += 1;
                }
                Entry::Merge { keep, duplicate, merged } => {
                    self.is_adrift = true;
                    self.pairs.entry(duplicate).or_insert((keep, BTreeSet::from([false]))).1.insert(merged);
                }
                Entry::Day(day) => drop(self.days.insert(day)),
                Entry::Drift => self.is_adrift = true,
            }
        }
    }

    /// Takes note of what a command has brought.
    pub(crate) fn acknowledge(&mut self, entries: &[Entry]) {
        for entry in entries {
            match entry {
                Entry::Order { id, customer, amount } => self.holds(id, Some((customer.clone(), *amount))),
                Entry::Back { id, before } => self.holds(id, before.clone()),
                Entry::Customer(id) => *self.customers.get_mut(id).unwrap() = Word::Acknowledged,
                Entry::Call(customer) => self.calls.get_mut(customer).unwrap().0 += 1,
                Entry::Merge { duplicate, merged, .. } => {
                    self.pairs.get_mut(duplicate).unwrap().1 = BTreeSet::from([*merged]);
                }
                Entry::Day(day) => self.days = BTreeSet::from([day.clone()]),
                Entry::Drift => {}
            }
        }
    }

    fn may_hold(&mut self, id: String, order: Option<(String, u64)>) {
        self.orders.entry(id).or_insert_with(|| BTreeSet::from([None])).insert(held(order));
    }

    fn holds(&mut self, id: &str, order: Option<(String, u64)>) {
        *self.orders.get_mut(id).unwrap() = BTreeSet::from([held(order)]);
    }

    /// Compares a book that has come to rest with what was asked of it.
    pub(crate) fn check(&mut self, book: &Book, status: &Value) {
        self.check_orders(book);
        self.check_customers(book);
        let day = status["clock"]["day"].as_str().unwrap();
        assert!(self.days.contains(day), "the day is {day}, not one of {:?}", self.days);
        check_follow_ups(book);
        if std::mem::take(&mut self.is_adrift) {
            book.json(&["evaluate"]);
        }
        let again = book.json(&["evaluate"]);
        assert_eq!(again["changed"], 0, "somebody was not what the rules make of him: {again:#}");
        assert_eq!(again["faults"].as_array().map(Vec::len), Some(0), "{again:#}");
    }

    /// Every acknowledged order is there, once, as it was; and none that nobody brought or that was taken back.
    fn check_orders(&self, book: &Book) {
        let mut found: BTreeMap<String, (String, String)> = BTreeMap::new();
        for row in book.export(&["orders"]) {
            let [_, customer, _, id, _, amount, _, _, lines] = row.as_slice() else { panic!("{row:?}") };
            assert_eq!(lines, "1", "order {id}");
            let before = found.insert(id.clone(), (customer.clone(), amount.clone()));
            assert_eq!(before, None, "order {id} is there twice");
        }
        for (id, may_be) in &self.orders {
            let there = found.remove(id);
            assert!(may_be.contains(&there), "order {id} is {there:?}, not {may_be:?}");
        }
        assert!(found.is_empty(), "nobody brought {found:?}");
    }

    /// Every acknowledged customer and call is there, once; everybody is decided by the newest rules, on both sides.
    fn check_customers(&self, book: &Book) {
        let class = format!("c{}", self.class % CLASSES);
        let mut found: BTreeMap<String, u32> = BTreeMap::new();
        for row in book.export(&["customers", "--fields", "id,class.left,class.right,contacts_365d"]) {
            let [id, left, right, calls] = row.as_slice() else { panic!("{row:?}") };
            assert_eq!((left, right), (&class, &class), "{id} was decided by older rules");
            let calls = if calls.is_empty() { 0 } else { calls.parse().unwrap() };
            assert_eq!(found.insert(id.clone(), calls), None, "customer {id} is there twice");
        }
        let mut calls_with = self.calls.clone();
        let mut merged = BTreeSet::new();
        for (duplicate, (keep, may_be)) in &self.pairs {
            let is_merged = !found.contains_key(duplicate);
            assert!(may_be.contains(&is_merged), "{duplicate} is merged into {keep}: {is_merged}, not {may_be:?}");
            if is_merged {
                let theirs = calls_with.remove(duplicate).unwrap_or_default();
                let all = calls_with.entry(keep.clone()).or_default();
                *all = (all.0 + theirs.0, all.1 + theirs.1);
                merged.insert(duplicate);
            }
        }
        for (id, word) in &self.customers {
            let is_there = found.contains_key(id) || merged.contains(id);
            assert!(is_there || *word == Word::Tried, "customer {id} was acknowledged and is missing");
        }
        for (id, (acknowledged, tried)) in &calls_with {
            let calls = found.get(id).copied().unwrap_or_default();
            assert!(
                (*acknowledged..=*tried).contains(&calls),
                "{id}: {calls} calls, {acknowledged} of {tried} acknowledged"
            );
        }
        let ordered: BTreeSet<&String> =
            self.orders.values().flatten().flatten().map(|(customer, _)| customer).collect();
        let strange: Vec<&String> =
            found.keys().filter(|id| !self.customers.contains_key(*id) && !ordered.contains(id)).collect();
        assert!(strange.is_empty(), "nobody brought {strange:?}");
    }
}

fn held(order: Option<(String, u64)>) -> Held {
    order.map(|(customer, amount)| (customer, amount.to_string()))
}

/// Nobody has the same thing to do twice.
fn check_follow_ups(book: &Book) {
    let mut seen = BTreeSet::new();
    let list = book.json(&["follow-ups", "list", "--limit", "1000000"]);
    for row in list["rows"].as_array().unwrap() {
        let key = [&row["customer"]["id"], &row["kind"], &row["rule"], &row["due"], &row["why"]].map(Value::to_string);
        assert!(seen.insert(key.clone()), "the same follow-up twice: {key:?}");
    }
}
