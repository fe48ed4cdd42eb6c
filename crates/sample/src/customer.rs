//! How the made-up customers live: when they come, how they buy, when they leave.

use fastrand::Rng;
use tierhook_model::{Day, ExternalRef, FactBody};

use crate::assortment::USED_UP;
use crate::chance::{Stream, between, happens, heavy, stream, waiting, weighted};
use crate::company::SOURCE;
use crate::person::{CHANNELS, Card, OWNERS};

/// How a customer buys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Asks and looks, and has bought nothing so far.
    Prospect,
    /// Buys once.
    Once,
    /// Orders enormously once and calls it off.
    Whale,
    /// Buys now and then.
    Occasional,
    /// Buys what is used up, whenever it is.
    Habitual,
    /// A firm that buys by the dozen.
    Wholesale,
}

const MANNERS: [(Manner, f64); 6] = [
    (Manner::Prospect, 5.0),
    (Manner::Once, 44.0),
    (Manner::Whale, 0.3),
    (Manner::Occasional, 22.0),
    (Manner::Habitual, 27.0),
    (Manner::Wholesale, 1.7),
];

/// Something that a customer uses up at a pace of its own.
#[derive(Clone, Debug)]
pub(crate) struct Habit {
    /// The product, as a number in [`USED_UP`].
    pub(crate) product: usize,
    /// The customer's days per unit, compared with an ordinary household's.
    pub(crate) pace: f64,
    /// How many units the customer usually takes.
    pub(crate) units: i64,
    /// The day on which the last purchase is used up.
    pub(crate) due: Day,
}

/// A made-up customer.
#[derive(Debug)]
pub(crate) struct Customer {
    /// The customer's number.
    pub(crate) index: u64,
    /// Who the customer is.
    pub(crate) card: Card,
    /// How the customer buys.
    pub(crate) manner: Manner,
    /// How much the customer has to spend, compared with others of the kind.
    pub(crate) budget: f64,
    /// Mean days between purchases of customers without habits.
    pub(crate) gap: f64,
    /// What the customer buys again and again.
    pub(crate) habits: Vec<Habit>,
    /// The day of the first purchase.
    pub(crate) begins: Day,
    /// The day after which the customer buys no more.
    pub(crate) leaves: Day,
    /// How many orders there were.
    pub(crate) orders: u32,
    /// The customer's own chance.
    pub(crate) rng: Rng,
    serial: u32,
}

impl Customer {
    /// Draws the customer with a number. The customer comes between `from` and `until`.
    pub(crate) fn draw(seed: u64, index: u64, from: Day, until: Day) -> Self {
        let mut rng = stream(seed, index, Stream::Life);
        let manner = MANNERS[weighted(&mut rng, &MANNERS.map(|(_, weight)| weight))].0;
        // The shop grows: somewhat more customers come later.
        let share = rng.f64().powf(0.85);
        let created = from.plus((f64::from(until.since(from)) * share) as i32);
        let begins = if happens(&mut rng, 0.6) { created } else { created.plus(rng.i32(1..=30)) };
        let (stays, gap) = match manner {
            Manner::Prospect | Manner::Once | Manner::Whale => (0.0, 0.0),
            Manner::Occasional => (120.0 + waiting(&mut rng, 420.0), between(&mut rng, 35.0, 130.0)),
            Manner::Habitual => (60.0 + waiting(&mut rng, 480.0), 0.0),
            Manner::Wholesale => (200.0 + waiting(&mut rng, 900.0), between(&mut rng, 20.0, 45.0)),
        };
        let firm = matches!(manner, Manner::Wholesale | Manner::Whale);
        let channel = weighted(&mut rng, &[5.0, 3.0, 2.0]);
        let owner = rng.usize(..OWNERS.len());
        let mut customer = Self {
            index,
            card: Card { seed, index, created, firm, channel, owner },
            manner,
            budget: heavy(&mut rng, 0.7),
            gap,
            habits: Vec::new(),
            begins,
            leaves: begins.plus(stays as i32),
            orders: 0,
            rng,
            serial: 0,
        };
        if manner == Manner::Habitual {
            customer.take_up_habits();
        }
        customer
    }

    /// Who the customer is in the book.
    pub(crate) fn reference(&self) -> ExternalRef {
        ExternalRef::new(SOURCE, format!("C{:06}", self.index))
    }

    /// Returns the number that the customer's next fact gets.
    pub(crate) fn next_serial(&mut self) -> u32 {
        self.serial += 1;
        self.serial
    }

    /// The number of the customer's newest fact.
    pub(crate) fn serial(&self) -> u32 {
        self.serial
    }

    /// Returns the id of one of the customer's facts.
    pub(crate) fn fact_id(&self, body: &FactBody, serial: u32) -> String {
        format!("{}{:06}-{serial}", letter(body), self.index)
    }

    /// The channel that the customer buys through.
    pub(crate) fn channel(&self) -> (&'static str, bool) {
        CHANNELS[self.card.channel]
    }

    /// The id of the person at the customer, for a firm.
    pub(crate) fn contact(&self) -> Option<String> {
        self.card.firm.then(|| format!("P{}", self.index))
    }

    /// Returns a second of the day at which a shop is busy (08:30 to 21:30).
    pub(crate) fn second(&mut self) -> u32 {
        self.rng.u32(30_600..77_400)
    }

    fn take_up_habits(&mut self) {
        let wanted = 1 + weighted(&mut self.rng, &[5.0, 3.5, 1.5]);
        // A household with two children or three cats uses up everything sooner.
        let household = 1.0 / self.budget.clamp(0.8, 2.2).sqrt();
        for _ in 0..wanted {
            let weights: Vec<f64> = USED_UP
                .iter()
                .map(|product| if self.has_habit_like(product.lasts) { 0.0 } else { product.weight })
                .collect();
            let product = weighted(&mut self.rng, &weights);
            let pace = household * between(&mut self.rng, 0.85, 1.2);
            let units = 1 + weighted(&mut self.rng, &[6.0, 3.0, 1.0]) as i64;
            self.habits.push(Habit { product, pace, units, due: self.begins });
        }
    }

    /// Tells whether the customer uses up something of the same pace already: a stand-in for the same group, which
    /// keeps anybody from buying two stages of milk powder at once.
    fn has_habit_like(&self, lasts: f64) -> bool {
        self.habits.iter().any(|habit| USED_UP[habit.product].lasts == lasts)
    }
}

fn letter(body: &FactBody) -> char {
    match body {
        FactBody::Order(_) => 'O',
        FactBody::Refund(_) => 'R',
        FactBody::Cancellation(_) => 'X',
        FactBody::Interaction(_) => 'I',
        FactBody::Feedback(_) => 'F',
        FactBody::Measure(_) => 'M',
        FactBody::Profile(_) => 'P',
        _ => 'K',
    }
}
