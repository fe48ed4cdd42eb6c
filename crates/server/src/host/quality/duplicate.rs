//! Customers who may be the same one: by phone, by email, by name and company.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use tierhook_model::{ProfileKey, Record, Value};

use super::super::text::Texts;
use crate::api::{CustomerHead, DuplicateRow};

/// The digits at the end of a phone number that tell it from others, whatever country code stands before.
const PHONE_DIGITS: usize = 11;
/// Fewer digits than these are a short number that many have.
const FEWEST_DIGITS: usize = 7;
/// How many customers of a group are named.
const NAMED: usize = 5;
/// What more customers than this have in common is no sign: a switchboard, a placeholder.
const CROWD: usize = 20;

/// What customers have in common.
#[derive(Debug, Default)]
pub(super) struct Duplicates {
    /// Places in `heads` by kind and value.
    having: HashMap<(&'static str, String), Vec<usize>>,
    heads: Vec<(CustomerHead, u32)>,
}

impl Duplicates {
    /// Looks at one customer. Only who has something that others can have too is kept.
    pub(super) fn observe(&mut self, record: &Record) {
        let keys = keys(record);
        if keys.is_empty() {
            return;
        }
        let at = self.heads.len();
        self.heads.push((Texts::head(record), record.aggregates.facts));
        for key in keys {
            self.having.entry(key).or_default().push(at);
        }
    }

    /// How many groups there are, and the first of them.
    pub(super) fn rows(self, most: usize) -> (u64, Vec<DuplicateRow>) {
        let mut root: Vec<usize> = (0..self.heads.len()).collect();
        let shared = || self.having.iter().filter(|(_, having)| (2..=CROWD).contains(&having.len()));
        for (_, having) in shared() {
            for other in &having[1..] {
                let (a, b) = (find(&mut root, having[0]), find(&mut root, *other));
                root[a.max(b)] = a.min(b);
            }
        }
        let mut groups: BTreeMap<usize, (BTreeSet<&'static str>, BTreeSet<usize>)> = BTreeMap::new();
        for ((kind, _), having) in shared() {
            let group = groups.entry(find(&mut root, having[0])).or_default();
            group.0.insert(kind);
            group.1.extend(having);
        }
        let total = groups.len() as u64;
        let mut rows: Vec<DuplicateRow> = groups.into_values().map(|(by, members)| self.row(&by, &members)).collect();
        // The more they have in common, the surer it is.
        rows.sort_by_key(|row| (Reverse(row.by.len()), row.customers[0].record));
        rows.truncate(most);
        (total, rows)
    }

    fn row(&self, by: &BTreeSet<&'static str>, members: &BTreeSet<usize>) -> DuplicateRow {
        let mut members: Vec<&(CustomerHead, u32)> = members.iter().map(|at| &self.heads[*at]).collect();
        members.sort_by_key(|(head, facts)| (Reverse(*facts), head.record));
        let customers: Vec<CustomerHead> = members.iter().take(NAMED).map(|(head, _)| head.clone()).collect();
        let named = |head: &CustomerHead| word(&format!("{}:{}", head.source, head.id));
        DuplicateRow {
            by: by.iter().map(|kind| (*kind).to_owned()).collect(),
            remedy: format!("tierhook customers merge {} {}", named(&customers[0]), named(&customers[1])),
            customers,
        }
    }
}

/// Writes a name so that a shell takes it for one word.
fn word(name: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, ':' | '.' | '-' | '_' | '/');
    if name.chars().all(is_plain) { name.to_owned() } else { format!("'{}'", name.replace('\'', r"'\''")) }
}

fn find(root: &mut [usize], mut at: usize) -> usize {
    while root[at] != at {
        root[at] = root[root[at]];
        at = root[at];
    }
    at
}

/// What another customer may have in common with this one, each once however often and in whatever spelling it has it.
fn keys(record: &Record) -> BTreeSet<(&'static str, String)> {
    let list = |key| match record.profile.get(key) {
        Some(Value::TextList(list)) => list.as_slice(),
        _ => &[],
    };
    let phones = list(ProfileKey::Phones).iter().filter_map(|phone| {
        let digits: Vec<char> = phone.chars().filter(char::is_ascii_digit).collect();
        let told = digits.len().saturating_sub(PHONE_DIGITS);
        (digits.len() >= FEWEST_DIGITS).then(|| ("phone", digits[told..].iter().collect()))
    });
    let emails = list(ProfileKey::Emails).iter().map(|email| ("email", email.trim().to_lowercase()));
    let plain = |key| record.profile.text(key).map(|text| text.trim().to_lowercase()).filter(|text| !text.is_empty());
    let person = plain(ProfileKey::Name).zip(plain(ProfileKey::Company));
    let person = person.map(|(name, company)| ("name-and-company", format!("{name}\n{company}")));
    phones.chain(emails).chain(person).collect()
}

#[cfg(test)]
mod tests {
    use tierhook_model::{ExternalRef, RecordId, RecordKind};

    use super::*;

    fn customer(id: u64, phone: &str, email: &str, name: &str, company: &str) -> Record {
        let mut record = Record::new(RecordId(id), RecordKind::Customer, ExternalRef::new("shop", id.to_string()));
        let list = |text: &str| (!text.is_empty()).then(|| Value::TextList(vec![text.to_owned()]));
        let text = |text: &str| (!text.is_empty()).then(|| Value::Text(text.to_owned()));
        record.profile.set(ProfileKey::Phones, list(phone));
        record.profile.set(ProfileKey::Emails, list(email));
        record.profile.set(ProfileKey::Name, text(name));
        record.profile.set(ProfileKey::Company, text(company));
        record.aggregates.facts = id as u32;
        record
    }

    fn groups(customers: &[Record]) -> Vec<(Vec<String>, Vec<String>)> {
        let mut duplicates = Duplicates::default();
        customers.iter().for_each(|customer| duplicates.observe(customer));
        let (total, rows) = duplicates.rows(99);
        assert_eq!(total, rows.len() as u64);
        rows.into_iter().map(|row| (row.by, row.customers.into_iter().map(|head| head.id).collect())).collect()
    }

    #[test]
    fn who_shares_a_phone_or_an_email_may_be_the_same_also_by_way_of_a_third() {
        let found = groups(&[
            customer(1, "+8613800138001", "", "王芳", ""),
            customer(2, "138 0013 8001", "w@x.cn", "王芳", ""),
            customer(3, "", "W@X.cn", "", ""),
            customer(4, "13900139004", "", "王芳", ""),
        ]);
        assert_eq!(found, [(vec!["email".into(), "phone".into()], vec!["3".into(), "2".into(), "1".into()])]);
    }

    /// It took `quality` down for the whole book.
    #[test]
    fn an_address_in_two_spellings_is_nobody_elses() {
        let mut twice = customer(1, "", "", "", "");
        let emails = ["A@x.de", "a@X.de "].map(str::to_owned).to_vec();
        twice.profile.set(ProfileKey::Emails, Some(Value::TextList(emails)));
        assert_eq!(groups(std::slice::from_ref(&twice)), []);
        assert_eq!(groups(&[twice, customer(2, "", "a@x.de", "", "")]).len(), 1);
    }

    #[test]
    fn a_name_alone_or_what_a_crowd_has_is_no_sign() {
        let crowd: Vec<Record> = (1..=30).map(|id| customer(id, "4008001234", "", "Anna Schmidt", "")).collect();
        assert_eq!(groups(&crowd), []);
        let two = [customer(1, "", "", "Anna Schmidt", "Acme"), customer(2, "110", "", "anna schmidt", "ACME ")];
        assert_eq!(groups(&two), [(vec!["name-and-company".into()], vec!["2".into(), "1".into()])]);
    }
}
