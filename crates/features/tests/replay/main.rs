//! Folding fact by fact equals replaying all facts, and features equal what a count over the bare facts gives.

mod count;

use proptest::prelude::*;
use tierhook_features::{Observation, apply, feature, in_order, order, replay};
use tierhook_model::{
    Aggregates, Amount, Cancellation, Connected, Contact, ContactChange, Currency, Day, ExternalRef, Fact, FactBody,
    FactSeq, FeatureKey, Feedback, FeedbackKind, GroupRate, Interaction, InteractionKind, Line, Measure, Merge, Moment,
    Money, Order, Outcome, OutcomeKind, OverrideFact, Population, Profile, ProfileChange, ProfileKey, RecordId, Refund,
    Retraction, Value,
};

use crate::count::{Count, is_complaint, is_contact, is_order, open_consultation, products, purchase_days, viewed};

const CONNECTED: Connected =
    Connected { sales: true, contacts: true, consultations: true, web_views: true, complaints: true, returns: true };

fn base_amount() -> impl Strategy<Value = Amount> {
    (-500_i64..50_000).prop_map(|minor| Amount::in_base(minor, Currency::CNY))
}

fn amount() -> impl Strategy<Value = Amount> {
    let foreign = (0_i64..5_000, 0_i64..50_000).prop_map(|(minor, base)| {
        let currency = "USD".parse().expect("USD is a currency");
        Amount { original: Money { minor, currency }, base }
    });
    prop_oneof![3 => base_amount(), 1 => foreign]
}

fn line() -> impl Strategy<Value = Line> {
    let product = prop_oneof![3 => 0_u32..6, 1 => 0_u32..60];
    let quantity = prop_oneof![6 => 1_i64..5, 1 => Just(0), 1 => Just(-1)];
    (product, any::<bool>(), any::<bool>(), quantity, -100_i64..9_000, prop::bool::weighted(0.9)).prop_map(
        |(product, grouped, named, quantity, amount_minor, is_goods)| Line {
            product: format!("p{product}"),
            name: named.then(|| format!("Product {product}")),
            category: (product % 3 != 0).then(|| format!("c{}", product % 40)),
            group: grouped.then(|| format!("g{}", product % 25)),
            quantity_milli: quantity * 1_000,
            amount_minor,
            is_goods,
        },
    )
}

fn feedback_kind() -> impl Strategy<Value = FeedbackKind> {
    prop_oneof![
        (100..=500).prop_map(|score_hundredths| FeedbackKind::Satisfaction { score_hundredths }),
        Just(FeedbackKind::Complaint),
        Just(FeedbackKind::Complaint),
        (1_u64..60).prop_map(|seq| FeedbackKind::ComplaintResolved { complaint: format!("f{seq}") }),
        Just(FeedbackKind::Return { product: None }),
        Just(FeedbackKind::Remark),
    ]
}

fn profile_change() -> impl Strategy<Value = FactBody> {
    let text = prop::option::of((0..4).prop_map(|n| Value::Text(format!("t{n}"))));
    let created = prop::option::of((0..900).prop_map(|day| Value::Day(Day(day))));
    (text, created, 0..4).prop_map(|(text, created, n)| {
        let born = created.clone();
        let fields =
            vec![(ProfileKey::Region, text.clone()), (ProfileKey::Birthday, born), (ProfileKey::Created, created)];
        FactBody::Profile(ProfileChange {
            fields,
            custom: vec![(format!("custom{n}"), text)],
            ..ProfileChange::default()
        })
    })
}

fn word() -> impl Strategy<Value = FactBody> {
    (0..3, prop::option::of(0..3), prop::option::of(0..900)).prop_map(|(dimension, class, until)| {
        FactBody::Override(OverrideFact {
            dimension: format!("d{dimension}"),
            class: class.map(|class| format!("c{class}")),
            who: "li".into(),
            why: "knows better".into(),
            until: until.map(Day),
            review: until.map(|until| Day(until - 1)),
        })
    })
}

fn contact_change() -> impl Strategy<Value = FactBody> {
    (0..3, 0..3, any::<bool>()).prop_map(|(id, name, removed)| {
        let contact =
            Contact { id: format!("k{id}"), name: format!("n{name}"), role: None, phones: vec![], emails: vec![] };
        FactBody::Contact(ContactChange { contact, removed })
    })
}

fn body() -> impl Strategy<Value = FactBody> {
    use InteractionKind as Kind;
    let kinds = prop::sample::select(vec![Kind::Call, Kind::Visit, Kind::Chat, Kind::WebView, Kind::Consultation]);
    prop_oneof![
           8 => (amount(), prop::collection::vec(line(), 0..6))
               .prop_map(|(amount, lines)| FactBody::Order(Order { amount, lines, channel: None })),
           2 => base_amount().prop_map(|amount| FactBody::Refund(Refund { order: None, amount, reason: None })),
           2 => base_amount().prop_map(|amount| FactBody::Cancellation(Cancellation { order: None, amount, reason: None })),
           5 => (kinds, any::<bool>(), prop::option::of(any::<bool>()), prop::option::of(0_u32..12)).prop_map(
               |(kind, known, inbound, product)| FactBody::Interaction(Interaction {
                   kind,
                   by: known.then(|| "li".to_owned()),
                   inbound,
                   note: None,
                   product: product.map(|product| format!("p{product}")),
               })
           ),
           3 => feedback_kind().prop_map(|kind| FactBody::Feedback(Feedback { kind, text: None })),
           2 => (0..70, prop_oneof![9 => -5.0..5.0, 1 => Just(f64::NAN)])
               .prop_map(|(name, value)| FactBody::Measure(Measure { name: format!("m{name}"), value })),
           2 => profile_change(),
           1 => contact_change(),
           2 => word(),
           1 => Just(FactBody::Outcome(Outcome {
               number: 1,
               kind: OutcomeKind::Done { contact: true, cause: Some("price".into()) },
               who: "li".into(),
               note: None,
           })),
           1 => Just(FactBody::Merge(Merge {
    other: RecordId(2), external: ExternalRef::new("shop", "other"), undo: false, who: "li".into(), why: String::new() })),
           // Any earlier fact may be meant, retractions among them; rarely one that is yet to come.
           3 => (0_u64..80).prop_map(|seq| FactBody::Retraction(Retraction { fact: FactSeq(seq), reason: "slip".into() })),
       ]
}

/// Facts in the order in which they arrive. Their days mostly go forward, and some are backdated or years apart.
fn arrivals() -> impl Strategy<Value = Vec<Fact>> {
    let step = prop_oneof![8 => 0_i32..12, 1 => 100_i32..450, 3 => -60_i32..0];
    prop::collection::vec((step, 0_i64..3, body()), 1..80).prop_map(|drafts| {
        let mut today = 0;
        (1..)
            .zip(drafts)
            .map(|(seq, (step, hour, body))| {
                let day = Day((today + step).max(0));
                today = today.max(day.0);
                Fact {
                    seq: FactSeq(seq),
                    record: RecordId(1),
                    key: ExternalRef::new("shop", format!("f{seq}")),
                    occurred: Moment(i64::from(day.0) * 86_400 + hour * 3_600),
                    day,
                    recorded: Moment(0),
                    import: None,
                    contact: None,
                    body,
                }
            })
            .collect()
    })
}

fn population() -> Population {
    let groups = (0..9).map(|n| GroupRate { group: format!("g{n}"), days_per_unit: 5.5, customers: 5 }).collect();
    Population { net_90: 3, net_previous_90: 2, groups, connected: CONNECTED, ..Population::default() }
}

fn features(profile: &Profile, aggregates: &Aggregates, day: Day) -> Vec<Option<Value>> {
    let population = population();
    let seen = Observation { profile, aggregates, population: &population, day, currency: Currency::CNY };
    FeatureKey::ALL.iter().map(|key| feature(*key, &seen)).collect()
}

/// The state as it comes to be when facts arrive one by one, and how many of them needed a replay.
fn fold_as_they_arrive(arrivals: &[Fact]) -> (Profile, Aggregates, usize) {
    let (mut profile, mut aggregates, mut replays) = (Profile::default(), Aggregates::default(), 0);
    for (at, fact) in arrivals.iter().enumerate() {
        if in_order(RecordId(1), &aggregates, fact) {
            apply(&mut profile, &mut aggregates, fact);
        } else {
            (profile, aggregates) = replay(RecordId(1), &arrivals[..=at], None);
            replays += 1;
        }
    }
    (profile, aggregates, replays)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn folding_as_facts_arrive_equals_a_replay_of_all(arrivals in arrivals(), later in 0..500) {
        let (profile, aggregates, _) = fold_as_they_arrive(&arrivals);
        prop_assert_eq!(&(profile.clone(), aggregates.clone()), &replay(RecordId(1), &arrivals, None));

        let day = aggregates.last.map_or(Day(0), |last| last.day).plus(later);
        let (past_profile, past_aggregates) = replay(RecordId(1), &arrivals, Some(day));
        prop_assert_eq!(features(&profile, &aggregates, day), features(&past_profile, &past_aggregates, day));
    }

    #[test]
    fn a_replay_does_not_depend_on_the_order_in_which_facts_are_given(
        (arrivals, shuffled) in arrivals().prop_flat_map(|facts| (Just(facts.clone()), Just(facts).prop_shuffle())),
        until in prop::option::of(0..900),
    ) {
        prop_assert_eq!(replay(RecordId(1), &arrivals, until.map(Day)), replay(RecordId(1), &shuffled, until.map(Day)));
    }

    #[test]
    fn features_equal_a_count_over_the_bare_facts(arrivals in arrivals(), until in 0..900, later in 0..400) {
        let (profile, aggregates) = replay(RecordId(1), &arrivals, Some(Day(until)));
        let day = Day(until + later);
        let count = Count::new(&arrivals, Day(until), day);
        let population = population();
        let seen = Observation {
            profile: &profile,
            aggregates: &aggregates,
            population: &population,
            day,
            currency: Currency::CNY,
        };
        let days = purchase_days(&count.facts);
        let (now, both) = (count.minor(90), count.minor(180));
        for (key, expected) in [
            (FeatureKey::OrdersTotal, count.number(i32::MAX, is_order)),
            (FeatureKey::Orders30d, count.number(30, is_order)),
            (FeatureKey::Orders365d, count.number(365, is_order)),
            (FeatureKey::NetRevenueTotal, count.net(i32::MAX)),
            (FeatureKey::NetRevenue90d, count.net(90)),
            (FeatureKey::NetRevenue180d, count.net(180)),
            (FeatureKey::NetRevenue365d, count.net(365)),
            (FeatureKey::Contacts30d, count.number(30, is_contact)),
            (FeatureKey::ContactsPrevious90d, count.number_before(90, 90, is_contact)),
            (FeatureKey::OpenConsultationId, open_consultation(&count.in_order()).map(Value::Text)),
            (FeatureKey::Contacts365d, count.number(365, is_contact)),
            (FeatureKey::Complaints365d, count.number(365, is_complaint)),
            (FeatureKey::PurchaseDays, Some(Value::Integer(days.len() as i64))),
            (FeatureKey::FirstOrderDay, days.first().copied().map(Value::Day)),
            (FeatureKey::RecencyDays, days.last().map(|last| Value::Integer(day.since(*last).into()))),
            (FeatureKey::RevenueTrend, (both > now).then(|| Value::Decimal(now as f64 / (both - now) as f64))),
        ] {
            prop_assert_eq!(feature(key, &seen), expected, "{}", key.name());
        }
        if let Some((product, last, times)) = viewed(&count.in_order()) {
            prop_assert_eq!(feature(FeatureKey::ViewedProduct, &seen), product);
            prop_assert_eq!(feature(FeatureKey::ViewedDays, &seen), last.map(|last| Value::Integer(day.since(last).into())));
            prop_assert_eq!(feature(FeatureKey::ViewedTimes, &seen), times.map(Value::Integer));
        }
        let bought = products(&count.facts).len();
        if bought > 0 {
            prop_assert_eq!(feature(FeatureKey::DistinctProducts, &seen), Some(Value::Integer(bought as i64)));
        }
    }

    #[test]
    fn what_is_kept_is_bounded(arrivals in arrivals()) {
        let (_, aggregates) = replay(RecordId(1), &arrivals, None);
        // What is written down later than anything happened does not make time pass.
        let last = aggregates.days.last().map_or(Day(0), |last| last.day);
        prop_assert!(aggregates.cycles.len() <= tierhook_model::MAX_CYCLES);
        prop_assert!(aggregates.categories.len() <= tierhook_model::MAX_CATEGORIES);
        prop_assert!(aggregates.purchase_days.len() <= tierhook_model::MAX_PURCHASE_DAYS);
        prop_assert!(aggregates.measures.len() <= tierhook_model::MAX_MEASURES);
        prop_assert!(aggregates.viewed.len() <= tierhook_model::MAX_VIEWED);
        prop_assert!(aggregates.open_complaints.len() <= tierhook_model::MAX_OPEN_COMPLAINTS);
        prop_assert!(aggregates.days.iter().all(|bucket| last.since(bucket.day) <= tierhook_model::RETAINED_DAYS));
        prop_assert!(aggregates.days.windows(2).all(|pair| pair[0].day < pair[1].day));
    }
}

/// The property above would hold of facts that all need a replay, or of none that does; so both kinds must be there.
#[test]
fn the_arrivals_that_are_tried_hold_facts_of_both_kinds() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut facts, mut replays) = (0, 0);
    for _ in 0..50 {
        let tree = arrivals().new_tree(&mut runner).expect("the strategy rejects nothing");
        let arrivals = proptest::strategy::ValueTree::current(&tree);
        facts += arrivals.len();
        replays += fold_as_they_arrive(&arrivals).2;
    }
    assert!((facts / 10..facts * 9 / 10).contains(&replays), "{replays} of {facts} facts were replayed");
}

/// An order that arrives late, between two that stand, changes the intervals and cycles that they made.
#[test]
fn a_backdated_order_is_not_in_order() {
    let draft = |seq, day| Fact {
        seq: FactSeq(seq),
        record: RecordId(1),
        key: ExternalRef::new("shop", format!("f{seq}")),
        occurred: Moment(i64::from(day) * 86_400),
        day: Day(day),
        recorded: Moment(0),
        import: None,
        contact: None,
        body: FactBody::Order(Order { amount: Amount::in_base(100, Currency::CNY), lines: Vec::new(), channel: None }),
    };
    let (_, aggregates) = replay(RecordId(1), &[draft(1, 10), draft(2, 30)], None);
    assert!(!in_order(RecordId(1), &aggregates, &draft(3, 20)));
    assert!(in_order(RecordId(1), &aggregates, &draft(3, 30)));
    assert!(!in_order(RecordId(1), &aggregates, &draft(2, 30)));
    assert!(order(&draft(3, 30)) > order(&draft(2, 30)));
}
