//! One customer with a bit of everything, one without facts, and the cases that are easy to get wrong.

mod cycle;

use tierhook_model::{
    Catalogue, Connected, Currency, Dimensions, Fact, FactBody, FeedbackKind, GroupRate, Interaction, InteractionKind,
    Line, Outcome, OutcomeKind, Population, Profile, ProfileChange, RecordId,
};

use super::*;
use crate::example::*;
use crate::replay;

fn book(connected: Connected) -> Population {
    Population { net_90: 900, net_previous_90: 600, connected, ..Population::default() }
}

fn observe(key: FeatureKey, facts: &[Fact], on: &str, population: &Population) -> Option<Value> {
    let (profile, aggregates) = replay(RecordId(1), facts, Some(day(on)));
    let (profile, aggregates) = (&profile, &aggregates);
    feature(key, &Observation { profile, aggregates, population, day: day(on), currency: Currency::CNY })
}

/// Computes a feature in a book that has every kind of fact.
fn value(key: FeatureKey, facts: &[Fact], on: &str) -> Option<Value> {
    observe(key, facts, on, &book(ALL_CONNECTED))
}

fn look(product: &str) -> FactBody {
    FactBody::Interaction(Interaction {
        kind: InteractionKind::WebView,
        by: None,
        inbound: None,
        note: None,
        product: Some(product.into()),
    })
}

fn born(on_day: &str) -> FactBody {
    let fields = vec![(ProfileKey::Birthday, on(on_day))];
    FactBody::Profile(ProfileChange { fields, ..ProfileChange::default() })
}

fn outcome(kind: OutcomeKind) -> FactBody {
    FactBody::Outcome(Outcome { number: 1, kind, who: "li".to_owned(), note: None })
}

fn text(text: &str) -> Option<Value> {
    Some(Value::Text(text.to_owned()))
}

fn whole(number: i64) -> Option<Value> {
    Some(Value::Integer(number))
}

fn decimal(number: f64) -> Option<Value> {
    Some(Value::Decimal(number))
}

fn on(text: &str) -> Option<Value> {
    Some(Value::Day(day(text)))
}

fn milk(tins: i64) -> Line {
    Line {
        name: Some("Milk powder 3".into()),
        category: Some("milk".into()),
        group: Some("milk-powder".into()),
        ..line("MILK-3", tins, tins * 20_000)
    }
}

fn toy() -> Line {
    Line { category: Some("toys".into()), ..line("TOY", 1, 5_000) }
}

fn postage() -> Line {
    Line { is_goods: false, category: Some("postage".into()), ..line("POST", 1, 90_000) }
}

/// Everything up to 2026-06-30.
fn customer() -> Vec<Fact> {
    let created = ProfileChange { fields: vec![(ProfileKey::Created, on("2025-01-01"))], ..ProfileChange::default() };
    facts([
        ("2025-03-01", FactBody::Profile(created)),
        ("2025-03-02", order_with(vec![milk(1)])),
        ("2026-01-01", order_with(vec![milk(1), toy()])),
        ("2026-03-02", order_with(vec![milk(1)])),
        ("2026-03-02", order_with(vec![postage()])),
        ("2026-04-01", order_with(vec![milk(1)])),
        ("2026-04-10", refund_of(5_000)),
        ("2026-05-01", order_with(vec![milk(2)])),
        ("2026-05-02", cancellation_of(20_000)),
        ("2026-05-03", interaction(InteractionKind::Call)),
        ("2026-06-01", interaction(InteractionKind::Consultation)),
        ("2026-06-02", interaction(InteractionKind::WebView)),
        ("2026-06-03", interaction(InteractionKind::WebView)),
        ("2026-06-04", satisfaction(500)),
        ("2026-06-05", satisfaction(250)),
        ("2026-03-01", feedback(FeedbackKind::Complaint)),
        ("2026-06-06", feedback(FeedbackKind::Complaint)),
        ("2026-06-07", resolved("f16")),
        ("2026-06-08", feedback(FeedbackKind::Return { product: None })),
        ("2026-02-01", interaction(InteractionKind::Visit)),
        ("2026-06-20", look("CRIB")),
        ("2026-06-22", look("CRIB")),
        ("1990-07-04", born("1990-07-04")),
        ("2026-06-24", outcome(OutcomeKind::Resolved { cause: "service".into() })),
        ("2026-06-25", outcome(OutcomeKind::Done { contact: true, cause: Some("price".into()) })),
        ("2026-06-26", outcome(OutcomeKind::Done { contact: true, cause: None })),
    ])
}

/// What each feature is for [`customer`] on 2026-06-30, for a customer without facts in a book that has every kind
/// of fact, and for one in a book that has none.
fn expected(key: FeatureKey) -> [Option<Value>; 3] {
    use FeatureKey as Key;
    match key {
        Key::TenureDays => [whole(545), None, None],
        Key::BirthdayDays => [whole(4), None, None],
        Key::FirstOrderDay => [on("2025-03-02"), None, None],
        Key::LastOrderDay => [on("2026-05-01"), None, None],
        Key::LastOrderId => [text("f8"), None, None],
        Key::RecencyDays => [whole(60), None, None],
        Key::OrdersTotal => [whole(6), whole(0), None],
        Key::Orders30d => [whole(0), whole(0), None],
        // From 2026-04-02 on: the order of the day before is out.
        Key::Orders90d => [whole(1), whole(0), None],
        Key::Orders180d => [whole(4), whole(0), None],
        Key::Orders365d => [whole(5), whole(0), None],
        Key::RevenueTotal => [decimal(2_150.0), decimal(0.0), None],
        Key::NetRevenueTotal => [decimal(1_900.0), decimal(0.0), None],
        Key::NetRevenue30d => [decimal(0.0), decimal(0.0), None],
        Key::NetRevenue90d => [decimal(150.0), decimal(0.0), None],
        Key::NetRevenue180d => [decimal(1_450.0), decimal(0.0), None],
        Key::NetRevenue365d => [decimal(1_700.0), decimal(0.0), None],
        Key::AverageOrderValue => [decimal(1_900.0 / 6.0), None, None],
        Key::LargestOrder => [decimal(900.0), None, None],
        Key::Refunds => [whole(1), whole(0), None],
        Key::RefundRatio365d => [decimal(50.0 / 1_950.0), None, None],
        Key::Cancellations => [whole(1), whole(0), None],
        Key::DistinctProducts => [whole(2), whole(0), None],
        Key::TopCategory => [text("milk"), None, None],
        Key::PurchaseDays => [whole(5), whole(0), None],
        // Intervals of 305, 60, 30 and 30 days.
        Key::PurchaseIntervalMedian => [decimal(45.0), None, None],
        Key::PurchaseIntervalSpread => [decimal(15.0), None, None],
        Key::RhythmRatio => [decimal(60.0 / 45.0), None, None],
        // Four tins in 425 days, so two last 213.
        Key::NextPurchaseDays => [whole(153), None, None],
        Key::NextPurchaseProduct => [text("Milk powder 3"), None, None],
        Key::NextPurchaseGroup => [text("milk-powder"), None, None],
        Key::NextPurchaseDay => [on("2026-11-30"), None, None],
        Key::NextPurchaseCycleDays => [whole(213), None, None],
        // 150.00 after 1,300.00; the book grew by half.
        Key::RevenueTrend => [decimal(15_000.0 / 130_000.0), None, None],
        Key::RevenueTrendVsBook => [decimal(15_000.0 / 130_000.0 / 1.5), None, None],
        Key::LastContactDay => [on("2026-06-01"), None, None],
        Key::LastContactDays => [whole(29), None, None],
        Key::Contacts30d => [whole(1), whole(0), None],
        Key::Contacts90d => [whole(2), whole(0), None],
        Key::ContactsPrevious90d => [whole(1), whole(0), None],
        Key::Contacts365d => [whole(3), whole(0), None],
        Key::Consultations90d => [whole(1), whole(0), None],
        Key::OpenConsultationId => [text("f11"), None, None],
        Key::OpenConsultationDays => [whole(29), None, None],
        Key::WebViews30d => [whole(4), whole(0), None],
        Key::ViewedProduct => [text("CRIB"), None, None],
        Key::ViewedDays => [whole(8), None, None],
        Key::ViewedTimes => [whole(2), None, None],
        Key::SatisfactionLatest => [decimal(2.5), None, None],
        Key::SatisfactionLatestDay => [on("2026-06-05"), None, None],
        Key::SatisfactionMean => [decimal(3.75), None, None],
        Key::Complaints90d => [whole(1), whole(0), None],
        Key::Complaints365d => [whole(2), whole(0), None],
        Key::OpenComplaints => [whole(1), whole(0), None],
        Key::OpenComplaintId => [text("f17"), None, None],
        Key::OpenComplaintDays => [whole(24), None, None],
        Key::NewestComplaintId => [text("f17"), None, None],
        Key::NewestComplaintDays => [whole(24), None, None],
        Key::SettledComplaintId => [text("f16"), None, None],
        Key::SettledComplaintDays => [whole(23), None, None],
        Key::Returns => [whole(1), whole(0), None],
        Key::LostCause => [text("price"), None, None],
        Key::LostCauseDays => [whole(5), None, None],
    }
}

#[test]
fn every_feature_is_what_the_catalogue_says() {
    for key in FeatureKey::ALL {
        let computed = [
            value(*key, &customer(), "2026-06-30"),
            value(*key, &[], "2026-06-30"),
            observe(*key, &[], "2026-06-30", &book(Connected::default())),
        ];
        assert_eq!(computed, expected(*key), "{}", key.name());
    }
}

#[test]
fn every_value_is_of_its_fields_type() {
    let catalogue = Catalogue::new(&Dimensions::default(), &[], &[]);
    for key in FeatureKey::ALL {
        let field = catalogue.get(key.name()).expect("every feature is in the catalogue");
        let value = value(*key, &customer(), "2026-06-30").expect("the customer has a value for every feature");
        assert!(value.fits(field.ty), "{} is a {:?}, not {value:?}", key.name(), field.ty);
    }
}

#[test]
fn a_records_own_facts_are_enough_to_know_that_their_kind_is_recorded() {
    let facts = facts([("2026-01-01", order_of(100)), ("2026-01-01", interaction(InteractionKind::Call))]);
    let newer = |key| observe(key, &facts, "2026-06-30", &book(Connected::default()));
    assert_eq!(newer(FeatureKey::Orders30d), whole(0));
    assert_eq!(newer(FeatureKey::Contacts30d), whole(0));
    assert_eq!(newer(FeatureKey::Complaints90d), None);
    assert_eq!(newer(FeatureKey::Consultations90d), None);
}

#[test]
fn windows_include_today_and_end_on_the_day_before_they_are_full() {
    let facts = facts([("2026-06-01", order_of(100))]);
    for (on, orders) in [("2026-06-01", 1), ("2026-06-30", 1), ("2026-07-01", 0)] {
        assert_eq!(value(FeatureKey::Orders30d, &facts, on), whole(orders), "{on}");
    }
    for (on, orders) in [("2027-05-31", 1), ("2027-06-01", 0)] {
        assert_eq!(value(FeatureKey::Orders365d, &facts, on), whole(orders), "{on}");
    }
    assert_eq!(value(FeatureKey::RecencyDays, &facts, "2026-06-01"), whole(0));
}

#[test]
fn tenure_begins_with_the_first_sign_of_the_customer() {
    let created = |on_day| {
        let fields = vec![(ProfileKey::Created, on(on_day))];
        FactBody::Profile(ProfileChange { fields, ..ProfileChange::default() })
    };
    let tenure = |facts: Vec<Fact>| value(FeatureKey::TenureDays, &facts, "2026-01-31");
    assert_eq!(tenure(facts([("2026-01-10", created("2026-01-21"))])), whole(10));
    assert_eq!(tenure(facts([("2026-01-10", created("2026-01-21")), ("2026-01-11", satisfaction(400))])), whole(20));
    assert_eq!(tenure(facts([("2026-01-10", created("2062-01-21"))])), None);
    assert_eq!(tenure(facts([("2026-01-10", created("2062-01-21")), ("2026-01-30", order_of(1))])), whole(1));
}

/// Customer 12346 of the UCI Online Retail data ordered for 77,183.60 and called all of it off minutes later.
#[test]
fn an_order_called_off_leaves_an_order_and_no_money() {
    let facts = facts([("2011-01-18", order_of(7_718_360)), ("2011-01-18", cancellation_of(7_718_360))]);
    let value = |key| value(key, &facts, "2011-02-01");
    assert_eq!(value(FeatureKey::OrdersTotal), whole(1));
    assert_eq!(value(FeatureKey::Cancellations), whole(1));
    assert_eq!(value(FeatureKey::RevenueTotal), decimal(77_183.6));
    assert_eq!(value(FeatureKey::NetRevenueTotal), decimal(0.0));
    assert_eq!(value(FeatureKey::NetRevenue30d), decimal(0.0));
    assert_eq!(value(FeatureKey::AverageOrderValue), decimal(0.0));
    assert_eq!(value(FeatureKey::LargestOrder), decimal(77_183.6));
    assert_eq!(value(FeatureKey::RefundRatio365d), decimal(0.0));
}

/// Customer 16446 ordered for 168,469.60, called it off within the quarter of an hour, and had bought for 2.90 before.
#[test]
fn what_was_bought_besides_an_order_called_off_is_what_is_left() {
    let facts = facts([
        ("2011-05-18", order_of(290)),
        ("2011-12-09", order_of(16_846_960)),
        ("2011-12-09", cancellation_of(16_846_960)),
    ]);
    let value = |key| value(key, &facts, "2011-12-09");
    assert_eq!(value(FeatureKey::NetRevenueTotal), decimal(2.9));
    assert_eq!(value(FeatureKey::NetRevenue90d), decimal(0.0));
    assert_eq!(value(FeatureKey::AverageOrderValue), decimal(1.45));
    assert_eq!(value(FeatureKey::RecencyDays), whole(0));
}

#[test]
fn money_that_comes_back_later_is_taken_from_the_days_on_which_it_came() {
    let facts = facts([("2026-01-01", order_of(10_000)), ("2026-04-01", cancellation_of(10_000))]);
    assert_eq!(value(FeatureKey::NetRevenue30d, &facts, "2026-04-01"), decimal(-100.0));
    assert_eq!(value(FeatureKey::NetRevenue365d, &facts, "2026-04-01"), decimal(0.0));
    assert_eq!(value(FeatureKey::RevenueTrend, &facts, "2026-04-01"), decimal(-1.0));
}

#[test]
fn purchases_on_one_day_are_one_purchase_day_and_one_purchase_of_a_group() {
    let twice = facts([
        ("2026-01-01", order_with(vec![milk(1)])),
        ("2026-01-01", order_with(vec![milk(1), milk(1)])),
        ("2026-03-05", order_with(vec![milk(1)])),
        ("2026-03-26", order_with(vec![milk(2)])),
    ]);
    assert_eq!(value(FeatureKey::PurchaseDays, &twice, "2026-03-26"), whole(3));
    // Three tins in 63 days and one in 21.
    assert_eq!(value(FeatureKey::NextPurchaseCycleDays, &twice, "2026-03-26"), whole(42));
}

#[test]
fn services_and_postage_are_no_products() {
    let facts =
        facts([("2026-01-01", order_with(vec![postage(), toy()])), ("2026-01-02", order_with(vec![postage()]))]);
    assert_eq!(value(FeatureKey::DistinctProducts, &facts, "2026-01-02"), whole(1));
    assert_eq!(value(FeatureKey::TopCategory, &facts, "2026-01-02"), text("toys"));
}

#[test]
fn what_was_bought_is_unknown_where_orders_name_no_goods() {
    let facts = facts([("2026-01-01", order_of(100))]);
    assert_eq!(value(FeatureKey::DistinctProducts, &facts, "2026-01-02"), None);
    assert_eq!(value(FeatureKey::TopCategory, &facts, "2026-01-02"), None);
}

#[test]
fn of_categories_with_equal_spend_the_first_bought_from_is_top() {
    let of = |category: &str, minor| Line { category: Some(category.into()), ..line(category, 1, minor) };
    let facts = facts([("2026-01-01", order_with(vec![of("b", 50), of("a", 100), of("b", 50)]))]);
    assert_eq!(value(FeatureKey::TopCategory, &facts, "2026-01-01"), text("b"));
}

#[test]
fn the_oldest_and_the_newest_open_complaint_are_named() {
    let facts = facts([
        ("2026-01-01", feedback(FeedbackKind::Complaint)),
        ("2026-01-05", feedback(FeedbackKind::Complaint)),
        ("2026-01-06", feedback(FeedbackKind::Complaint)),
        ("2026-01-07", resolved("f1")),
        ("2026-01-08", resolved("never-made")),
    ]);
    assert_eq!(value(FeatureKey::OpenComplaints, &facts, "2026-01-10"), whole(2));
    assert_eq!(value(FeatureKey::OpenComplaintId, &facts, "2026-01-10"), text("f2"));
    assert_eq!(value(FeatureKey::OpenComplaintDays, &facts, "2026-01-10"), whole(5));
    assert_eq!(value(FeatureKey::NewestComplaintId, &facts, "2026-01-10"), text("f3"));
    assert_eq!(value(FeatureKey::NewestComplaintDays, &facts, "2026-01-10"), whole(4));
}

#[test]
fn the_contacts_of_the_quarter_before_end_where_those_of_this_one_begin() {
    let call = || interaction(InteractionKind::Call);
    let facts = facts([("2026-01-01", call()), ("2026-01-02", call()), ("2026-04-02", call())]);
    // On 2026-06-30 the last 90 days begin with 2026-04-02, and the 90 before with 2026-01-02.
    assert_eq!(value(FeatureKey::Contacts90d, &facts, "2026-06-30"), whole(1));
    assert_eq!(value(FeatureKey::ContactsPrevious90d, &facts, "2026-06-30"), whole(1));
    assert_eq!(value(FeatureKey::ContactsPrevious90d, &facts, "2026-07-01"), whole(1));
    assert_eq!(value(FeatureKey::ContactsPrevious90d, &facts, "2026-06-29"), whole(2));
}

#[test]
fn birthdays_come_every_year() {
    let days = |born_on, on_day| value(FeatureKey::BirthdayDays, &facts([("2025-01-01", born(born_on))]), on_day);
    assert_eq!(days("1990-07-04", "2026-07-04"), whole(0));
    assert_eq!(days("1990-07-04", "2026-07-05"), whole(364));
    assert_eq!(days("1992-02-29", "2027-02-27"), whole(1));
    assert_eq!(days("1992-02-29", "2028-02-28"), whole(1));
    assert_eq!(days("2062-07-04", "2026-07-04"), None);
}

#[test]
fn only_a_complaint_that_was_open_can_be_settled() {
    let complaint = || feedback(FeedbackKind::Complaint);
    let facts = facts([
        ("2026-01-01", complaint()),
        ("2026-01-02", complaint()),
        ("2026-01-05", resolved("f2")),
        ("2026-01-06", resolved("f2")),
        ("2026-01-07", resolved("never-made")),
    ]);
    assert_eq!(value(FeatureKey::SettledComplaintId, &facts, "2026-01-10"), text("f2"));
    assert_eq!(value(FeatureKey::SettledComplaintDays, &facts, "2026-01-10"), whole(5));
}

#[test]
fn a_web_view_is_no_contact() {
    let facts = facts([("2026-01-01", interaction(InteractionKind::WebView))]);
    assert_eq!(value(FeatureKey::Contacts30d, &facts, "2026-01-01"), whole(0));
    assert_eq!(value(FeatureKey::LastContactDays, &facts, "2026-01-01"), None);
    assert_eq!(value(FeatureKey::WebViews30d, &facts, "2026-01-01"), whole(1));
}

#[test]
fn the_books_trend_is_missing_where_the_book_sold_nothing_before() {
    let sold_nothing = Population { net_90: 900, connected: ALL_CONNECTED, ..Population::default() };
    let facts = customer();
    assert_eq!(observe(FeatureKey::RevenueTrendVsBook, &facts, "2026-06-30", &sold_nothing), None);
    assert_eq!(observe(FeatureKey::RevenueTrend, &facts, "2026-06-30", &sold_nothing), decimal(15_000.0 / 130_000.0));
}

#[test]
fn money_is_in_major_units_of_the_base_currency() {
    let (_, aggregates) = replay(RecordId(1), &facts([("2026-01-01", order_of(1_234))]), None);
    let (profile, population) = (Profile::default(), Population::default());
    let revenue = |code: &str| {
        let currency = code.parse().expect("the code is a currency");
        let seen = Observation {
            profile: &profile,
            aggregates: &aggregates,
            population: &population,
            day: day("2026-01-01"),
            currency,
        };
        feature(FeatureKey::RevenueTotal, &seen)
    };
    assert_eq!(revenue("JPY"), decimal(1_234.0));
    assert_eq!(revenue("CNY"), decimal(12.34));
}
