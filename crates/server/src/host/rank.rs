//! The order of work: what is worse first, and of what is as bad, whoever brings more.

use std::cmp::{Ordering, Reverse};
use std::collections::BTreeMap;

use tierhook_features::FieldContext;
use tierhook_model::{Field, Record, RecordId};

use super::Host;
use super::list::value_of;
use super::suggest::number;
use super::text::Texts;
use crate::api::{FollowUpRow, WarningRow};

/// The field by which customers count.
const WORTH: &str = "net_revenue_365d";

/// What each customer brought in the last 365 days, as far as there is work for it.
pub(super) struct Worth<'a> {
    field: Option<&'a Field>,
    context: FieldContext<'a>,
    known: BTreeMap<RecordId, f64>,
}

impl<'a> Worth<'a> {
    pub(super) fn new(host: &Host, texts: &'a Texts) -> Self {
        let field = texts.snapshot.generation.ruleset.catalogue.get(WORTH);
        Self { field, context: host.context(texts), known: BTreeMap::new() }
    }

    /// Notes what a customer brought.
    pub(super) fn note(&mut self, record: &Record) {
        let value = self.field.and_then(|field| value_of(field, record, &self.context));
        self.known.insert(record.id, value.as_ref().and_then(number).unwrap_or_default());
    }

    /// Sorts warnings: open ones before closed ones, and the worst first. A customer's stand together, where the worst
    /// of them stands; of customers whose worst is as bad, whoever brought more comes first.
    pub(super) fn sort_warnings(&self, rows: &mut [WarningRow]) {
        let mut worst = BTreeMap::new();
        for row in &*rows {
            let of = worst.entry((row.state.is_open(), row.customer.record)).or_insert(row.severity);
            *of = row.severity.max(*of);
        }
        let place = |row: &WarningRow| {
            let is_open = row.state.is_open();
            (!is_open, Reverse(worst[&(is_open, row.customer.record)]))
        };
        rows.sort_by(|a, b| {
            place(a)
                .cmp(&place(b))
                .then_with(|| self.by_worth(a.customer.record, b.customer.record))
                .then_with(|| Reverse(a.severity).cmp(&Reverse(b.severity)))
                .then_with(|| (a.opened, a.id).cmp(&(b.opened, b.id)))
        });
    }

    /// Sorts follow-ups by what is urgent of them; of those as urgent, whose customer brought more comes first.
    pub(super) fn sort_follow_ups<K: Ord>(&self, rows: &mut [FollowUpRow], urgency: impl Fn(&FollowUpRow) -> K) {
        rows.sort_by(|a, b| {
            urgency(a)
                .cmp(&urgency(b))
                .then_with(|| self.by_worth(a.customer.record, b.customer.record))
                .then_with(|| a.id.cmp(&b.id))
        });
    }

    fn by_worth(&self, a: RecordId, b: RecordId) -> Ordering {
        let brought = |record| self.known.get(&record).copied().unwrap_or_default();
        brought(b).total_cmp(&brought(a)).then(a.cmp(&b))
    }
}
