//! What happens while the company is open: now and then an order, a question, a look, a complaint.

use tierhook_model::{Day, ExternalRef, FactBody, Feedback, FeedbackKind, InteractionKind, Moment, NewFact};

use crate::chance::{Stream, stream, weighted};
use crate::company::{Company, SOURCE};
use crate::customer::{Customer, Manner};
use crate::person::{CHANNELS, Card, OWNERS};

/// How often a customer is looked for who buys more than once, before whoever came last is taken.
const ATTEMPTS: usize = 12;

impl Company {
    /// Returns what happens at a moment while the company is open: nothing, one fact, or two for a new customer.
    ///
    /// It is meant to be asked every few seconds; about two of three calls bring something. `day` is the civil
    /// day of the moment. The same moment brings the same facts with the same keys, so that asking twice does no
    /// harm; other moments have other keys.
    pub fn live(&self, day: Day, moment: Moment) -> Vec<NewFact> {
        let mut rng = stream(self.seed(), moment.0 as u64, Stream::Live);
        let what = weighted(&mut rng, &[34.0, 20.0, 12.0, 7.0, 18.0, 4.0, 2.0, 3.0]);
        if what == 0 {
            return Vec::new();
        }
        if what == 7 || self.customers() == 0 {
            return self.newcomer(day, moment, rng.usize(..CHANNELS.len()), rng.usize(..OWNERS.len()));
        }
        let mut customer = self.customer(rng.u64(..self.customers() as u64));
        for _ in 0..ATTEMPTS {
            if matches!(customer.manner, Manner::Habitual | Manner::Occasional | Manner::Wholesale) {
                break;
            }
            customer = self.customer(rng.u64(..self.customers() as u64));
        }
        // What follows is another draw than the customer's history.
        customer.rng = rng;
        let body = match what {
            1 => customer.view(),
            2 => customer.question(InteractionKind::Chat),
            3 => customer.question(InteractionKind::Consultation),
            4 => FactBody::Order(self.live_order(&mut customer, day)),
            5 => {
                let score_hundredths = 250 + 50 * customer.rng.i32(0..=5);
                FactBody::Feedback(Feedback { kind: FeedbackKind::Satisfaction { score_hundredths }, text: None })
            }
            _ => customer.complaint(),
        };
        let contact = matches!(body, FactBody::Interaction(_)).then(|| customer.contact()).flatten();
        vec![self.live_fact(customer.reference(), day, moment, 1, contact, body)]
    }

    fn live_order(&self, customer: &mut Customer, day: Day) -> tierhook_model::Order {
        // One thing has run out today; the others have not yet.
        let ran_out = customer.rng.usize(..customer.habits.len().max(1));
        for (at, habit) in customer.habits.iter_mut().enumerate() {
            habit.due = if at == ran_out { day } else { day.plus(30) };
        }
        customer.order(day, self.base())
    }

    fn newcomer(&self, day: Day, moment: Moment, channel: usize, owner: usize) -> Vec<NewFact> {
        let card = Card { seed: self.seed(), index: moment.0 as u64, created: day, firm: false, channel, owner };
        let record = ExternalRef::new(SOURCE, format!("L{}", moment.0));
        let (change, _) = card.profile();
        let profile = FactBody::Profile(change);
        let mut asks = self.customer(u64::MAX);
        asks.card = card;
        let question = asks.question(InteractionKind::Consultation);
        vec![
            self.live_fact(record.clone(), day, moment, 1, None, profile),
            self.live_fact(record, day, moment, 2, None, question),
        ]
    }

    fn live_fact(
        &self,
        record: ExternalRef,
        day: Day,
        moment: Moment,
        number: u32,
        contact: Option<String>,
        body: FactBody,
    ) -> NewFact {
        let key = ExternalRef::new(SOURCE, format!("L{}-{number}", moment.0));
        NewFact { record, key, occurred: moment, day, contact, body }
    }
}
