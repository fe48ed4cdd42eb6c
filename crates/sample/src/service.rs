//! What happens round the purchases: calls, chats, satisfaction, complaints, refunds.

use tierhook_model::{
    Amount, Cancellation, Day, FactBody, Feedback, FeedbackKind, Interaction, InteractionKind, Measure, Order,
    ProfileChange, ProfileKey, Refund, Value,
};

use crate::assortment::{KEPT, USED_UP};
use crate::chance::{Stream, between, happens, pick, stream, waiting, weighted};
use crate::customer::{Customer, Manner};
use crate::person::OWNERS;
use crate::timeline::{Agenda, Step};

/// When balances are told, in seconds of the day, and how they are numbered.
const STATEMENT: u32 = 79_200;
const FIRST_STATEMENT: u32 = 1 << 24;

const COMPLAINTS: &[&str] = &[
    "快递太慢了 Delivery took far too long",
    "包装破损 The package was damaged",
    "发错货了 The wrong item came",
    "价格比别家贵 Dearer than elsewhere",
    "客服态度不好 Nobody listened to me",
    "保质期太短 Too close to its date",
];
const QUESTIONS: &[&str] = &[
    "几段奶粉适合六个月？ Which milk for six months?",
    "什么时候到货？ When will it arrive?",
    "有没有优惠？ Is there any offer?",
    "尺码怎么选？ Which size should I take?",
];
const CALLS: &[&str] = &["例行关怀 routine care", "介绍新品 told of what is new", "回访 asked how it went"];
const REGULAR: &str = "老客户 regular";
/// From this order on a customer is tagged as a regular.
const REGULAR_FROM: u32 = 8;

impl Customer {
    /// Plans what leads up to a purchase: looks at the website, and a question before the first one.
    pub(crate) fn before_purchase(&mut self, now: Day, purchase: Day, agenda: &mut Agenda) {
        // The days in between: what is planned for today might lie in the past already.
        let days = purchase.since(now) - 1;
        if days < 1 {
            return;
        }
        let (_, online) = self.channel();
        if online && happens(&mut self.rng, 0.45) {
            for _ in 0..self.rng.usize(1..=3) {
                let day = purchase.plus(-self.rng.i32(1..=days.min(6)));
                let view = self.view();
                self.plan(day, view, agenda);
            }
        }
        if self.orders == 0 && happens(&mut self.rng, 0.5) {
            let day = purchase.plus(-self.rng.i32(1..=days.min(4)));
            let question = self.question(InteractionKind::Consultation);
            self.plan(day, question, agenda);
        }
    }

    /// Plans what a prospect does: looks and asks.
    pub(crate) fn look_around(&mut self, now: Day, agenda: &mut Agenda) {
        let mut day = now.plus(1);
        for _ in 0..self.rng.usize(1..=5) {
            let body =
                if happens(&mut self.rng, 0.35) { self.question(InteractionKind::Consultation) } else { self.view() };
            self.plan(day, body, agenda);
            day = day.plus(1 + waiting(&mut self.rng, 12.0) as i32);
        }
    }

    /// Plans what follows a purchase.
    pub(crate) fn after_purchase(&mut self, id: &str, order: &Order, day: Day, agenda: &mut Agenda) {
        if self.manner == Manner::Whale || happens(&mut self.rng, 0.02) {
            let reason = Some("下单有误 ordered by mistake".to_owned());
            let body =
                FactBody::Cancellation(Cancellation { order: Some(id.to_owned()), amount: order.amount, reason });
            let later = day.plus(self.rng.i32(1..=2));
            self.plan(later, body, agenda);
            return;
        }
        if happens(&mut self.rng, 0.025) {
            self.send_back(id, order, day, agenda);
        }
        if happens(&mut self.rng, 0.2) {
            let question = self.question(InteractionKind::Chat);
            let later = day.plus(self.rng.i32(1..=3));
            self.plan(later, question, agenda);
        }
        if happens(&mut self.rng, 0.035) {
            self.complain(id, order, day, agenda);
        } else if happens(&mut self.rng, 0.13) {
            let score = 300 + 50 * weighted(&mut self.rng, &[1.0, 2.0, 6.0, 12.0, 18.0]) as i32;
            self.rate(day.plus(2), score, agenda);
        }
        if self.orders.is_multiple_of(5) {
            let value = (f64::from(self.orders) * 40.0 * self.budget).round();
            let points = FactBody::Measure(Measure { name: "card_points".to_owned(), value });
            self.plan(day.plus(1), points, agenda);
        }
        if self.saves() && (self.orders == 1 || self.orders.is_multiple_of(3)) {
            // Who spends more has much more to lay aside.
            let value = (self.budget.powf(3.5) * 12_000.0 * (0.7 + f64::from(self.orders) / 15.0)).round();
            let assets = FactBody::Measure(Measure { name: "assets".to_owned(), value });
            // Told at the end of the day, under a number of its own: all else stays as it is without the plan.
            let step = Step::Happen(Box::new(assets));
            agenda.add(day.plus(1), STATEMENT, self.index, FIRST_STATEMENT + self.orders, step);
        }
        if self.orders == REGULAR_FROM {
            let mut tags = self.card.tags();
            tags.push(REGULAR.to_owned());
            let fields = vec![(ProfileKey::Tags, Some(Value::TextList(tags)))];
            self.plan(day.plus(1), FactBody::Profile(ProfileChange { fields, ..ProfileChange::default() }), agenda);
        }
    }

    /// Tells whether the customer is in the savings plan: one in five is.
    fn saves(&self) -> bool {
        !self.card.firm && (self.budget.to_bits() >> 16).is_multiple_of(5)
    }

    /// Makes the contact that a sales person has on a planned day, and plans the next one.
    pub(crate) fn care(&mut self, day: Day, agenda: &mut Agenda) -> FactBody {
        // A firm is called on; a household has a call, a chat or an email.
        let weights = if self.card.firm { [4.0, 2.0, 1.0, 3.0] } else { [5.0, 4.0, 1.0, 0.0] };
        let kinds = [InteractionKind::Call, InteractionKind::Chat, InteractionKind::Email, InteractionKind::Visit];
        let kind = kinds[weighted(&mut self.rng, &weights)];
        let note = (*pick(&mut self.rng, CALLS)).to_owned();
        if self.manner != Manner::Once {
            let next = day.plus(between(&mut self.rng, 30.0, 80.0) as i32);
            // Nobody calls those for ever who have stopped buying.
            if next <= self.leaves.plus(60) {
                self.plan_step(next, Step::Care, agenda);
            }
        }
        self.interaction(kind, false, Some(note), None)
    }

    /// Makes a look at the website.
    pub(crate) fn view(&mut self) -> FactBody {
        let product = match self.habits.first() {
            Some(habit) if happens(&mut self.rng, 0.6) => USED_UP[habit.product].id,
            _ => pick(&mut self.rng, KEPT).id,
        };
        self.interaction(InteractionKind::WebView, true, None, Some(product.to_owned()))
    }

    /// Makes a question of the customer.
    pub(crate) fn question(&mut self, kind: InteractionKind) -> FactBody {
        let note = (*pick(&mut self.rng, QUESTIONS)).to_owned();
        self.interaction(kind, true, Some(note), None)
    }

    /// Makes a complaint.
    pub(crate) fn complaint(&mut self) -> FactBody {
        let text = Some((*pick(&mut self.rng, COMPLAINTS)).to_owned());
        FactBody::Feedback(Feedback { kind: FeedbackKind::Complaint, text })
    }

    fn complain(&mut self, id: &str, order: &Order, day: Day, agenda: &mut Agenda) {
        let day = day.plus(self.rng.i32(2..=9));
        let body = self.complaint();
        let serial = self.plan(day, body.clone(), agenda);
        let complaint = self.fact_id(&body, serial);
        if happens(&mut self.rng, 0.88) {
            let end = day.plus(1 + waiting(&mut self.rng, 5.0).min(40.0) as i32);
            let text = Some("已解决 settled".to_owned());
            let kind = FeedbackKind::ComplaintResolved { complaint };
            self.plan(end, FactBody::Feedback(Feedback { kind, text }), agenda);
            if happens(&mut self.rng, 0.35) {
                let amount = Amount::in_base(order.amount.base / 10, order.amount.original.currency);
                let reason = Some("补偿 goodwill".to_owned());
                self.plan(end, FactBody::Refund(Refund { order: Some(id.to_owned()), amount, reason }), agenda);
            }
        } else if happens(&mut self.rng, 0.6) {
            // Nobody settled it, and the customer goes elsewhere.
            self.leaves = self.leaves.min(day.plus(5));
        }
        if happens(&mut self.rng, 0.5) {
            let score = 100 + 50 * weighted(&mut self.rng, &[3.0, 2.0, 4.0, 2.0, 1.0]) as i32;
            self.rate(day, score, agenda);
        }
    }

    fn send_back(&mut self, id: &str, order: &Order, day: Day, agenda: &mut Agenda) {
        let goods: Vec<_> = order.lines.iter().filter(|line| line.is_goods).collect();
        if goods.is_empty() {
            return;
        }
        let line = *pick(&mut self.rng, &goods);
        let returned = day.plus(self.rng.i32(3..=12));
        let kind = FeedbackKind::Return { product: Some(line.product.clone()) };
        self.plan(returned, FactBody::Feedback(Feedback { kind, text: None }), agenda);
        let amount = Amount::in_base(line.amount_minor, order.amount.original.currency);
        let refund = Refund { order: Some(id.to_owned()), amount, reason: Some("退货 returned".to_owned()) };
        self.plan(returned.plus(2), FactBody::Refund(refund), agenda);
    }

    fn rate(&mut self, from: Day, score_hundredths: i32, agenda: &mut Agenda) {
        let day = from.plus(self.rng.i32(0..=5));
        let kind = FeedbackKind::Satisfaction { score_hundredths };
        self.plan(day, FactBody::Feedback(Feedback { kind, text: None }), agenda);
    }

    fn interaction(
        &mut self,
        kind: InteractionKind,
        inbound: bool,
        note: Option<String>,
        product: Option<String>,
    ) -> FactBody {
        let by = (kind.is_contact() && !self.finds_nobody(kind)).then(|| OWNERS[self.card.owner].to_owned());
        FactBody::Interaction(Interaction { kind, by, inbound: Some(inbound), note, product })
    }

    /// Tells whether a question comes when nobody is at the desk, and waits.
    fn finds_nobody(&self, kind: InteractionKind) -> bool {
        // A chance of its own: what the customer does next must not hang on who was there.
        let moment = self.index << 20 | u64::from(self.serial());
        kind == InteractionKind::Consultation && happens(&mut stream(self.card.seed, moment, Stream::Desk), 0.35)
    }

    /// Plans a fact and returns its number.
    pub(crate) fn plan(&mut self, day: Day, body: FactBody, agenda: &mut Agenda) -> u32 {
        self.plan_step(day, Step::Happen(Box::new(body)), agenda)
    }

    /// Plans a step at a busy time of a day and returns its number.
    pub(crate) fn plan_step(&mut self, day: Day, step: Step, agenda: &mut Agenda) -> u32 {
        let (second, serial) = (self.second(), self.next_serial());
        agenda.add(day, second, self.index, serial, step);
        serial
    }
}
