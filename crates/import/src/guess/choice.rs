//! Which column is what, and what the rows are.

use super::column::Column;
use super::word::{FEEDBACK, INTERACTIONS, Role, is_balance, is_of_refunds, kind_of_event, normal};
use crate::mapping::ImportKind;

/// The columns that were chosen for roles.
#[derive(Debug, Default)]
pub(super) struct Choice(Vec<(Role, usize, f64)>);

impl Choice {
    /// Gives each role the column that is it most surely, and each column one role.
    pub(super) fn of(columns: &[Column<'_>], roles: &[Role]) -> Self {
        let mut candidates: Vec<(Role, usize, f64)> = Vec::new();
        for (at, column) in columns.iter().enumerate() {
            let fitting = column.roles.iter().filter(|(role, _)| roles.contains(role) && column.fits(*role));
            candidates.extend(fitting.map(|(role, sureness)| (*role, at, *sureness)));
        }
        candidates.sort_by(|a, b| b.2.total_cmp(&a.2));
        let mut chosen = Self::default();
        for (role, column, sureness) in candidates {
            if chosen.get(role).is_none() && !chosen.has_column(column) {
                chosen.0.push((role, column, sureness));
            }
        }
        chosen
    }

    /// The column of a role and how surely it is it.
    pub(super) fn get(&self, role: Role) -> Option<(usize, f64)> {
        self.0.iter().find(|(of, ..)| *of == role).map(|(_, column, sureness)| (*column, *sureness))
    }

    /// Tells whether a column was chosen for something.
    pub(super) fn has_column(&self, column: usize) -> bool {
        self.0.iter().any(|(_, at, _)| *at == column)
    }

    /// Chooses a column for a role that has none.
    pub(super) fn add(&mut self, role: Role, column: usize, sureness: f64) {
        if self.get(role).is_none() {
            self.0.push((role, column, sureness));
        }
    }
}

/// How sure a name has to be to tell what the rows are.
const SURE: f64 = 0.6;

/// Returns what the rows are by the columns' names and values, and by the file's name.
pub(super) fn kind(columns: &[Column<'_>], file: &str) -> ImportKind {
    let file = normal(file);
    let named = |words: &[&str]| words.iter().any(|word| file.contains(word));
    let top = |role: Role| {
        columns.iter().any(|column| {
            column.roles.first().is_some_and(|(first, sureness)| *first == role && *sureness >= SURE)
                && column.fits(role)
        })
    };
    let events = |kinds: &[(&'static str, &[&str])]| {
        columns.iter().any(|column| {
            column.roles.first().is_some_and(|(role, _)| matches!(role, Role::What | Role::Channel))
                && column.share(|value| kind_of_event(value, kinds).is_some()) >= 60
        })
    };
    let person = top(Role::PersonTitle) || top(Role::PersonId);
    if person || (top(Role::Person) && named(&["联系人", "contact"])) {
        return ImportKind::Contacts;
    }
    let gives_back = columns.iter().any(|column| {
        matches!(column.roles.first(), Some((Role::Order | Role::Date, _))) && is_of_refunds(column.name)
    });
    let priced =
        top(Role::Amount) || top(Role::UnitPrice) || top(Role::LineAmount) || gives_back && top(Role::Refunded);
    let dated = top(Role::Date);
    if priced && (dated || top(Role::Order)) {
        return ImportKind::Orders;
    }
    if dated
        && (top(Role::Score)
            || top(Role::Complaint)
            || events(FEEDBACK)
            || named(&["feedback", "投诉", "评价", "满意度"]))
    {
        return ImportKind::Feedback;
    }
    let talked = events(INTERACTIONS)
        || top(Role::Direction)
        || named(&["interaction", "calls", "拜访", "跟进", "通话", "沟通"]);
    if dated && talked {
        return ImportKind::Interactions;
    }
    let personal = [Role::Name, Role::Phone, Role::Email, Role::Birthday, Role::Address, Role::Industry];
    let unknown = |column: &Column<'_>| column.roles.first().is_none_or(|(_, sureness)| *sureness < SURE);
    let measured = columns.iter().any(|column| column.numbers.is_some() && unknown(column));
    let balances = columns.iter().any(|column| column.numbers.is_some() && is_balance(&normal(column.name)));
    if dated && balances && !top(Role::Phone) && !top(Role::Birthday) {
        return ImportKind::Measures;
    }
    if dated && !personal.into_iter().any(top) && (measured || (top(Role::Measure) && top(Role::Value))) {
        return ImportKind::Measures;
    }
    let headless = columns.iter().all(|column| column.roles.is_empty());
    if headless && columns.iter().any(|column| column.dates.is_some()) {
        return ImportKind::Orders;
    }
    ImportKind::Customers
}
