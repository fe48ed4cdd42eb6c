//! Values that cannot be.

use std::collections::BTreeMap;

use tierhook_model::{Day, ProfileKey, Record, Value};

use super::super::text::Texts;
use super::reference::{Dangling, Nowhere};
use crate::api::{CustomerHead, OddRow};

/// Who is older than this is no customer.
const OLDEST_YEARS: i32 = 120;
/// No employer has more people.
const MOST_EMPLOYEES: i64 = 5_000_000;

/// Counts values that cannot be.
#[derive(Debug)]
pub(super) struct Odd<'t> {
    today: Day,
    texts: &'t Texts,
    found: BTreeMap<(&'static str, &'static str), (u64, CustomerHead, String)>,
}

impl<'t> Odd<'t> {
    pub(super) fn new(today: Day, texts: &'t Texts) -> Self {
        Self { today, texts, found: BTreeMap::new() }
    }

    /// Looks at one customer.
    pub(super) fn observe(&mut self, record: &Record) {
        let oldest = self.today.plus(-OLDEST_YEARS * 366);
        for (key, value) in record.profile.fields() {
            let wrong = match (key, value) {
                (ProfileKey::Birthday | ProfileKey::Created, Value::Day(day)) if *day > self.today => "future",
                (ProfileKey::Birthday, Value::Day(day)) if *day < oldest => "past",
                (ProfileKey::Employees, Value::Integer(number)) if !(0..=MOST_EMPLOYEES).contains(number) => "range",
                (ProfileKey::Emails, Value::TextList(list)) if !list.iter().all(|text| is_email(text)) => "email",
                (ProfileKey::Phones, Value::TextList(list)) if !list.iter().all(|text| is_phone(text)) => "phone",
                _ => continue,
            };
            self.note(key.name(), wrong, record, crate::api::Datum::from(value).to_string());
        }
        let newest = record.aggregates.days.last().map(|bucket| bucket.day).filter(|day| *day > self.today);
        if let Some(day) = newest {
            self.note("last_order_day", "future", record, day.to_string());
        }
    }

    /// Takes in a fact that refers to one that is not there.
    pub(super) fn refers_nowhere(&mut self, record: &Record, dangling: &Dangling) {
        let wrong = match dangling.why {
            Nowhere::Unknown => "unknown",
            Nowhere::OfAnother => "another",
            Nowhere::TakenBack => "taken-back",
        };
        self.note(dangling.from, wrong, record, dangling.to.to_string());
    }

    fn note(&mut self, field: &'static str, wrong: &'static str, record: &Record, value: String) {
        let found = self.found.entry((field, wrong)).or_insert_with(|| (0, Texts::head(record), value));
        found.0 += 1;
    }

    /// What was found, the most frequent first.
    pub(super) fn rows(self) -> Vec<OddRow> {
        let texts = self.texts;
        let mut rows: Vec<OddRow> = self
            .found
            .into_iter()
            .map(|((field, wrong), (count, example, value))| {
                let who = format!("{}:{}", example.source, example.id);
                OddRow {
                    field: field.to_owned(),
                    what: match wrong {
                        "future" => texts.pick("lies in the future", "日期在未来"),
                        "past" => texts.pick("is too long ago", "年代过早"),
                        "email" => texts.pick("is no email address", "不是邮箱地址"),
                        "phone" => texts.pick("is no telephone number", "不是电话号码"),
                        "unknown" => texts.pick("refers to what the book does not have", "所指的记录不在账本中"),
                        "another" => texts.pick("refers to what is another customer's", "所指的记录属于另一位客户"),
                        "taken-back" => texts.pick("refers to what was taken back", "所指的记录已撤回"),
                        _ => texts.pick("cannot be", "超出合理范围"),
                    }
                    .to_owned(),
                    count,
                    remedy: match (field, wrong) {
                        (_, "unknown") => format!(
                            "{} tierhook customers show {who}",
                            texts.pick("import the list that has it;", "请导入含有该记录的清单；")
                        ),
                        ("last_order_day", _) | (_, "another" | "taken-back") => {
                            format!("tierhook customers show {who}")
                        }
                        _ => format!("tierhook customers edit {who} --set {field}=..."),
                    },
                    example,
                    value,
                }
            })
            .collect();
        rows.sort_by_key(|row| std::cmp::Reverse(row.count));
        rows
    }
}

fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.') && !host.contains('@'))
        && !text.contains(char::is_whitespace)
}

/// From a short number to the longest international one, with extension.
fn is_phone(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    (3..=20).contains(&digits) && text.chars().all(|c| c.is_ascii_digit() || " +-()/.,;#xX转extEXT".contains(c))
}
