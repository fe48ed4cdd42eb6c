//! All facts of the company in the order of time.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::ops::Range;

use tierhook_model::{ContactChange, Day, ExternalRef, FactBody, Moment, NewFact};

use crate::chance::{between, happens};
use crate::company::{Company, SOURCE};
use crate::customer::{Customer, Manner};

/// The second of a day at which a new customer's profile is written: before the shop is busy.
const ARRIVAL: u32 = 30_000;

/// What a customer does at a time.
#[derive(Debug)]
pub(crate) enum Step {
    /// Comes into the book.
    Arrive,
    /// Buys.
    Purchase,
    /// Hears from a sales person.
    Care,
    /// Something that was settled when it was planned.
    Happen(Box<FactBody>),
}

/// A step that is still to come.
#[derive(Debug)]
struct Pending {
    day: Day,
    second: u32,
    customer: u64,
    serial: u32,
    step: Step,
}

impl Pending {
    fn key(&self) -> (Day, u32, u64, u32) {
        (self.day, self.second, self.customer, self.serial)
    }
}

impl PartialEq for Pending {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Pending {}

impl PartialOrd for Pending {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Pending {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

/// The steps that are still to come, up to a last day.
#[derive(Debug)]
pub(crate) struct Agenda {
    queue: BinaryHeap<Reverse<Pending>>,
    until: Day,
}

impl Agenda {
    /// Makes an empty agenda that forgets everything after a day.
    pub(crate) fn new(until: Day) -> Self {
        Self { queue: BinaryHeap::new(), until }
    }

    /// Adds a step of a customer, unless it lies after the last day.
    pub(crate) fn add(&mut self, day: Day, second: u32, customer: u64, serial: u32, step: Step) {
        if day <= self.until {
            self.queue.push(Reverse(Pending { day, second, customer, serial, step }));
        }
    }
}

/// The facts of a company in the order of time; see [`Company::facts`].
#[derive(Debug)]
pub struct Facts<'a> {
    company: &'a Company,
    customers: Vec<Customer>,
    /// The number of the first of the customers.
    first: usize,
    agenda: Agenda,
}

impl<'a> Facts<'a> {
    pub(crate) fn new(company: &'a Company, part: Range<usize>) -> Self {
        let mut agenda = Agenda::new(company.until());
        let first = part.start;
        let mut customers: Vec<Customer> = part.map(|index| company.customer(index as u64)).collect();
        for customer in &mut customers {
            let serial = customer.next_serial();
            agenda.add(customer.card.created, ARRIVAL, customer.index, serial, Step::Arrive);
        }
        Self { company, customers, first, agenda }
    }
}

impl Iterator for Facts<'_> {
    type Item = NewFact;

    fn next(&mut self) -> Option<NewFact> {
        let Reverse(Pending { day, second, customer, serial, step }) = self.agenda.queue.pop()?;
        let customer = &mut self.customers[customer as usize - self.first];
        let agenda = &mut self.agenda;
        let body = match step {
            Step::Arrive => arrive(customer, day, agenda),
            Step::Purchase => purchase(customer, day, serial, self.company, agenda),
            Step::Care => customer.care(day, agenda),
            Step::Happen(body) => *body,
        };
        let contact = matches!(body, FactBody::Interaction(_)).then(|| customer.contact()).flatten();
        Some(NewFact {
            record: customer.reference(),
            key: ExternalRef::new(SOURCE, customer.fact_id(&body, serial)),
            occurred: Moment(self.company.zone().start_of(day).0 + i64::from(second)),
            day,
            contact,
            body,
        })
    }
}

fn arrive(customer: &mut Customer, day: Day, agenda: &mut Agenda) -> FactBody {
    let (profile, contact) = customer.card.profile();
    if let Some(contact) = contact {
        let serial = customer.next_serial();
        let body = FactBody::Contact(ContactChange { contact, removed: false });
        agenda.add(day, ARRIVAL + 1, customer.index, serial, Step::Happen(Box::new(body)));
    }
    if customer.manner == Manner::Prospect {
        customer.look_around(day, agenda);
    } else {
        let begins = customer.begins;
        customer.before_purchase(day, begins, agenda);
        customer.plan_step(begins, Step::Purchase, agenda);
        let cared_for = match customer.manner {
            Manner::Habitual | Manner::Wholesale => 0.9,
            Manner::Occasional => 0.5,
            _ => 0.25,
        };
        if happens(&mut customer.rng, cared_for) {
            let first = begins.plus(between(&mut customer.rng, 10.0, 50.0) as i32);
            customer.plan_step(first, Step::Care, agenda);
        }
    }
    FactBody::Profile(profile)
}

fn purchase(customer: &mut Customer, day: Day, serial: u32, company: &Company, agenda: &mut Agenda) -> FactBody {
    let order = customer.order(day, company.base());
    let body = FactBody::Order(order.clone());
    let id = customer.fact_id(&body, serial);
    customer.after_purchase(&id, &order, day, agenda);
    if let Some(next) = customer.next_purchase(day) {
        customer.before_purchase(day, next, agenda);
        customer.plan_step(next, Step::Purchase, agenda);
    }
    body
}
