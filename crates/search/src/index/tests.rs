use proptest::prelude::*;
use tierhook_model::{
    ClassStanding, Contact, Currency, ExternalRef, FactBody, MergedRecord, ProfileKey, RecordKind, Value,
};
use tierhook_sample::Company;

use super::*;
use crate::found::Scan;

/// Few characters, so that much is found: letters that are also initials, accents, wide ones, digits.
const CHARACTERS: &[char] =
    &['张', '三', '李', '单', '长', '吕', 'z', 's', 'a', 'l', 'é', 'Ａ', '1', '3', '8', '6', '0', ' ', '-', '\'', 'ß'];

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(CHARACTERS), 0..7).prop_map(|text| text.into_iter().collect())
}

/// A word, its sound, a part of a number.
fn wanted() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => text(),
        2 => prop::sample::select(vec!["zs", "zhangs", "zhangsan", "li", "shan", "lv", "chang", "lisan", "za", "s z"])
            .prop_map(str::to_owned),
        2 => "[01368]{1,5}",
        1 => "[+]?86[ -]?13[0-9]{2}",
    ]
}

#[derive(Clone, Debug)]
enum Edit {
    Put { id: u64, name: String, phones: Vec<String>, tags: Vec<String>, contact: String, class: u8, last: Option<i32> },
    Remove { id: u64 },
}

fn edit() -> impl Strategy<Value = Edit> {
    let id = 0_u64..12;
    let put = (
        id.clone(),
        text(),
        prop::collection::vec("(\\+86)?1[38][0-9]{2,9}", 0..3),
        prop::collection::vec(text(), 0..3),
        text(),
        0_u8..3,
        prop::option::of(0..3),
    );
    prop_oneof![
        5 => put.prop_map(|(id, name, phones, tags, contact, class, last)| Edit::Put {
            id, name, phones, tags, contact, class, last,
        }),
        1 => id.prop_map(|id| Edit::Remove { id }),
    ]
}

fn record(edit: &Edit) -> Option<Record> {
    let Edit::Put { id, name, phones, tags, contact, class, last } = edit else { return None };
    // Records of several partitions.
    let number = RecordId((id % 3) << 56 | id);
    let mut record = Record::new(number, RecordKind::Customer, ExternalRef::new("shop", format!("s{id}")));
    let profile = &mut record.profile;
    profile.set(ProfileKey::Name, Some(Value::Text(name.clone())));
    profile.set(ProfileKey::Phones, Some(Value::TextList(phones.clone())));
    profile.set(ProfileKey::Tags, Some(Value::TextList(tags.clone())));
    profile.set(ProfileKey::Owner, Some(Value::Text(contact.chars().take(1).collect())));
    let (id, name) = ("k".to_owned(), contact.clone());
    profile.contacts.push(Contact { id, name, role: None, phones: phones.clone(), emails: Vec::new() });
    record.standing.classes.push(ClassStanding {
        dimension: "grade".into(),
        class: class.to_string(),
        since: Day(0),
        overridden: false,
    });
    record.aggregates.last_order = last.map(Day);
    record.aggregates.facts = 1;
    Some(record)
}

/// Merges a record into another one, if both stand for themselves.
fn merge(records: &mut std::collections::BTreeMap<RecordId, Record>, keep: RecordId, other: RecordId) -> bool {
    let stands = |id| records.get(&id).is_some_and(Record::is_listed);
    if keep == other || !stands(keep) || !stands(other) {
        return false;
    }
    let gone = records.get_mut(&other).unwrap();
    gone.merged_into = Some(keep);
    let mut merged = vec![MergedRecord { id: other, external: gone.external.clone() }];
    merged.extend(gone.merged.iter().cloned());
    records.get_mut(&keep).unwrap().merged.extend(merged);
    true
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn an_index_finds_what_a_scan_finds(
        edits in prop::collection::vec(edit(), 1..40),
        queries in prop::collection::vec(wanted(), 1..12),
        limit in 0_usize..6,
        merges in prop::collection::vec((0_u64..12, 0_u64..12), 0..6),
        undone in any::<bool>(),
    ) {
        let mut index = Index::default();
        let mut records: std::collections::BTreeMap<RecordId, Record> = std::collections::BTreeMap::new();
        for edit in &edits {
            match (record(edit), edit) {
                (Some(record), _) => {
                    index.put(&record);
                    records.insert(record.id, record);
                }
                (None, Edit::Remove { id }) | (None, Edit::Put { id, .. }) => {
                    let number = RecordId((id % 3) << 56 | id);
                    index.remove(number);
                    records.remove(&number);
                }
            }
        }
        let mut last = None;
        for (keep, other) in merges.iter().map(|(a, b)| (RecordId((a % 3) << 56 | a), RecordId((b % 3) << 56 | b))) {
            if merge(&mut records, keep, other) {
                [keep, other].iter().for_each(|id| index.put(&records[id]));
                last = Some((keep, other));
            }
        }
        if let Some((keep, other)) = last.filter(|_| undone) {
            records.get_mut(&keep).unwrap().merged.clear();
            records.get_mut(&other).unwrap().merged_into = None;
            // Others may have been merged into the one that is kept before.
            let into: Vec<RecordId> = records.values().filter(|it| it.merged_into == Some(keep)).map(|it| it.id).collect();
            for id in into {
                let merged = MergedRecord { id, external: records[&id].external.clone() };
                records.get_mut(&keep).unwrap().merged.push(merged);
            }
            [keep, other].iter().for_each(|id| index.put(&records[id]));
        }
        prop_assert_eq!(index.len(), records.values().filter(|record| record.is_listed()).count());
        if limit % 2 == 0 {
            index.settle();
        }
        let own = records.values().filter_map(|record| record.profile.text(ProfileKey::Name)).map(str::to_owned);
        for text in queries.into_iter().chain(own) {
            for query in [Query::new(&text), Query::naming(&text)].into_iter().flatten() {
                let mut scan = Scan::new(&query, limit);
                records.values().for_each(|record| scan.look(record));
                prop_assert_eq!(index.search(&query, limit), scan.finish(), "{}", text);
                for class in ["0", "1"] {
                    let facets = vec![Facet::class("grade", class), Facet::Tag("a".into())];
                    let selected = index.select(&Selection { facets: facets.clone(), query: Some(&query) });
                    let mut scan = Scan::new(&query, usize::MAX);
                    records.values().for_each(|record| scan.look(record));
                    let mut expected: Vec<RecordId> = scan.finish().hits.iter().map(|hit| hit.record).collect();
                    expected.retain(|id| {
                        let own = Facet::of(&records[id]);
                        facets.iter().all(|facet| own.contains(facet))
                    });
                    expected.sort_unstable();
                    prop_assert_eq!(selected, expected);
                }
            }
        }
        let listed = || records.values().filter(|record| record.is_listed());
        let owners: std::collections::BTreeSet<Facet> = listed().flat_map(Facet::of).collect();
        for facet in owners {
            let expected: Vec<RecordId> =
                listed().filter(|record| Facet::of(record).contains(&facet)).map(|record| record.id).collect();
            prop_assert_eq!(index.count(&facet), expected.len() as u64);
            prop_assert_eq!(index.select(&Selection { facets: vec![facet], query: None }), expected);
        }
        // Whatever was put in and taken out again leaves nothing behind.
        for id in records.keys() {
            index.remove(*id);
        }
        prop_assert!(index.is_empty() && index.into.is_empty() && index.merged.is_empty() && index.leaders.is_empty());
        prop_assert!(index.grams.iter().all(RoaringBitmap::is_empty));
        prop_assert!(index.facets.is_empty() && index.facets.bitmaps().iter().all(RoaringBitmap::is_empty));
    }
}

/// Customers of the made-up company, with profiles and nothing else.
fn sample(customers: usize) -> Vec<Record> {
    let company = Company::new(7, customers, "2026-03-01".parse().unwrap(), Currency::CNY);
    let mut records: HashMap<ExternalRef, Record> = HashMap::new();
    for fact in company.facts() {
        let FactBody::Profile(change) = fact.body else { continue };
        let next = RecordId(records.len() as u64 + 1);
        let record =
            records.entry(fact.record.clone()).or_insert_with(|| Record::new(next, RecordKind::Customer, fact.record));
        change.fields.into_iter().for_each(|(key, value)| record.profile.set(key, value));
        for class in 0..13 {
            let (dimension, class) = (format!("d{class}"), (record.id.0 % 4).to_string());
            let standing = ClassStanding { dimension, class, since: Day(0), overridden: false };
            record.standing.classes.push(standing);
        }
    }
    records.into_values().collect()
}

#[test]
fn an_index_of_the_made_up_company_is_small_and_finds_few_candidates() {
    let records = sample(4_000);
    let mut index = Index::default();
    records.iter().for_each(|record| index.put(record));
    let unsettled = index.bytes();
    index.settle();
    assert!(index.bytes() <= unsettled);
    // The empty bitmaps weigh the same however many customers there are.
    let each = (index.bytes() - Index::default().bytes()) / records.len() as u64;
    println!("{each} bytes a customer");
    assert!(each < 600, "{each} bytes a customer");
    for text in ["王芳", "zhangwei", "13812345678", "anna@", "schmidt"] {
        let query = Query::new(text).unwrap();
        let (candidates, found) = (index.candidates(&query).len(), index.search(&query, 1).total);
        println!("{text}: {candidates} candidates, {found} found");
        assert!(candidates <= 2 * found + records.len() as u64 / 100, "{text}: {candidates} for {found}");
    }
}
