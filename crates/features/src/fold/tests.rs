//! What is folded where, and what happens at the bounds.

use tierhook_model::{
    Contact, ExternalRef, FactSeq, FeedbackKind, InteractionKind, Line, MAX_CATEGORIES, MAX_PRODUCTS,
    MAX_PURCHASE_DAYS, Merge, ProfileKey, RecordId, Retraction, Value,
};

use super::*;
use crate::example::*;
use crate::replay;

/// Folds bodies that happen on one day after the other, from day 0 on.
fn fold(bodies: impl IntoIterator<Item = FactBody>) -> (Profile, Aggregates) {
    let facts: Vec<Fact> = (0..).zip(bodies).map(|(at, body)| fact(at as u64 + 1, Day(at), body)).collect();
    replay(RecordId(1), &facts, None)
}

fn word(dimension: &str, class: Option<&str>) -> FactBody {
    FactBody::Override(OverrideFact {
        dimension: dimension.to_owned(),
        class: class.map(str::to_owned),
        who: "li".into(),
        why: "knows better".into(),
        until: Some(Day(90)),
        review: None,
    })
}

#[test]
fn an_override_holds_until_it_is_taken_back() {
    let (_, said) = fold([word("value", Some("gold")), word("grade", Some("A")), word("grade", Some("B"))]);
    let classes: Vec<_> = said.overrides.iter().map(|(on, word)| (on.as_str(), word.class.as_str())).collect();
    assert_eq!(classes, [("grade", "B"), ("value", "gold")]);
    assert_eq!((said.overrides[0].1.since, said.overrides[0].1.until), (Day(2), Some(Day(90))));
    assert_eq!(said.first_seen, None);

    let (_, taken_back) = fold([word("grade", Some("A")), word("grade", None), word("value", None)]);
    assert_eq!(taken_back.overrides, []);
}

#[test]
fn the_last_word_on_profile_and_contacts_stands() {
    let region = |region: Option<&str>| {
        let value = region.map(|region| Value::Text(region.to_owned()));
        let fields = vec![(ProfileKey::Region, value.clone())];
        FactBody::Profile(ProfileChange { fields, custom: vec![("area".into(), value)], ..ProfileChange::default() })
    };
    let contact = |id: &str, name: &str, removed| {
        let contact = Contact { id: id.into(), name: name.into(), role: None, phones: Vec::new(), emails: Vec::new() };
        FactBody::Contact(ContactChange { contact, removed })
    };
    let (profile, _) = fold([
        region(Some("Anhui")),
        region(Some("Zhejiang")),
        contact("k1", "Li", false),
        contact("k2", "Wang", false),
        contact("k1", "Li Na", false),
        contact("k2", "", true),
        contact("k3", "", true),
    ]);
    assert_eq!(profile.text(ProfileKey::Region), Some("Zhejiang"));
    assert_eq!(profile.custom("area"), Some(&Value::Text("Zhejiang".into())));
    assert_eq!(profile.contacts.iter().map(|contact| contact.name.as_str()).collect::<Vec<_>>(), ["Li Na"]);
    assert_eq!(fold([region(Some("Anhui")), region(None)]).0, Profile::default());
    let consent = |given| {
        FactBody::Profile(ProfileChange { consents: vec![("email".into(), given)], ..ProfileChange::default() })
    };
    let (profile, _) = fold([consent(true), consent(false), consent(false)]);
    assert_eq!(
        profile.consents.iter().map(|it| (it.purpose.as_str(), it.given)).collect::<Vec<_>>(),
        [("email", false)]
    );
}

#[test]
fn retractions_and_merges_are_never_in_order() {
    let (_, stands) = fold([order_of(1)]);
    let merge = FactBody::Merge(Merge {
        other: RecordId(2),
        external: ExternalRef::new("shop", "other"),
        undo: false,
        who: "li".into(),
        why: String::new(),
    });
    let retraction = FactBody::Retraction(Retraction { fact: FactSeq(1), reason: "slip".into() });
    for (body, expected) in [(merge, false), (retraction, false), (order_of(1), true)] {
        assert_eq!(in_order(RecordId(1), &stands, &fact(2, Day(9), body.clone())), expected, "{body:?}");
        assert_eq!(in_order(RecordId(1), &Aggregates::default(), &fact(2, Day(9), body)), expected);
    }
}

#[test]
fn days_are_kept_back_to_the_bound_and_sums_for_ever() {
    let on = |seq, day| fact(seq, Day(day), order_of(100));
    let (_, kept) = replay(RecordId(1), &[on(1, 0), on(2, 1), on(3, RETAINED_DAYS + 1)], None);
    assert_eq!(kept.days.iter().map(|bucket| bucket.day.0).collect::<Vec<_>>(), [1, RETAINED_DAYS + 1]);
    assert_eq!((kept.orders, kept.gross, kept.first_order), (3, 300, Some(Day(0))));
}

#[test]
fn what_is_written_down_years_later_forgets_no_days() {
    let ordered = fact(1, Day(0), order_of(500));
    let (_, before) = replay(RecordId(1), std::slice::from_ref(&ordered), None);
    let (_, after) = replay(RecordId(1), &[ordered, fact(2, Day(5_000), word("grade", Some("A")))], None);
    assert_eq!((after.days.len(), &after.days), (1, &before.days));
}

#[test]
fn only_what_a_bucket_counts_makes_one() {
    let (_, quiet) = fold([satisfaction(300), measure("seats", 1.0), word("grade", None), resolved("f1")]);
    assert_eq!(quiet.days, []);
    let (_, loud) = fold([
        order_of(1),
        refund_of(1),
        cancellation_of(1),
        interaction(InteractionKind::Email),
        interaction(InteractionKind::WebView),
        feedback(FeedbackKind::Complaint),
        feedback(FeedbackKind::Return { product: None }),
    ]);
    assert_eq!(loud.days.len(), 7);
}

#[test]
fn the_latest_purchase_days_are_kept() {
    let (_, kept) = fold((0..40).map(|_| order_of(1)));
    assert_eq!(kept.purchase_days.len(), MAX_PURCHASE_DAYS);
    assert_eq!(kept.purchase_days.last(), Some(&Day(39)));
    assert_eq!(kept.purchase_day_count, 40);
}

#[test]
fn products_beyond_the_bound_are_not_told_apart() {
    let (_, kept) = fold((0..600).map(|product| order_with(vec![line(&format!("p{product}"), 1, 1)])));
    assert_eq!(kept.products.len(), MAX_PRODUCTS);
    assert!(kept.products.is_sorted());
}

#[test]
fn the_first_categories_and_measures_are_kept_and_go_on() {
    let of = |category: usize| order_with(vec![Line { category: Some(format!("c{category}")), ..line("p", 1, 10) }]);
    let (_, kept) = fold((0..40).chain([0, 39]).map(of));
    assert_eq!(kept.categories.len(), MAX_CATEGORIES);
    assert_eq!(kept.categories[0], ("c0".to_owned(), 20));

    let names = (0..70).chain([0, 69]).map(|at| format!("m{at:02}"));
    let (_, kept) = fold(names.zip(1_u8..).map(|(name, value)| measure(&name, f64::from(value))));
    assert_eq!(kept.measures.len(), MAX_MEASURES);
    assert_eq!((kept.measures[0].value, kept.measures[0].day), (71.0, Day(70)));
}

#[test]
fn the_oldest_open_complaints_are_kept() {
    let (_, kept) = fold((0..20).map(|_| feedback(FeedbackKind::Complaint)));
    assert_eq!(kept.complaints, 20);
    assert_eq!(kept.open_complaints.len(), MAX_OPEN_COMPLAINTS);
    assert_eq!(kept.open_complaints[0].id, "f1");
}
