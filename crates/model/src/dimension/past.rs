//! Former ids: what dimensions and classes were called before, and what takes the place of those that are no more.
//!
//! What is kept says the ids of its day and is never rewritten: facts are not edited, and history is what it was. So a
//! record is brought to the present ids when it is read. A class that is renamed keeps its customers; one that is
//! removed hands them to another one, and that is a move which everybody sees.

use std::collections::BTreeMap;

use super::{Dimension, DimensionError, Dimensions};
use crate::{Change, HistoryEntry, Override, Record};

impl Dimensions {
    /// Adds the dimensions that are no more: their classes are given up without asking.
    ///
    /// # Errors
    /// [`DimensionError::Former`] if one of them is there, or is a former id of one that is.
    pub fn without(mut self, removed: Vec<String>) -> Result<Self, DimensionError> {
        for id in &removed {
            if let Some(there) = self.present(id) {
                let (id, of) = (there.id.clone(), id.clone());
                return Err(DimensionError::Former { id, what: "dimension", of });
            }
        }
        self.removed = removed.into_iter().collect();
        Ok(self)
    }

    /// Returns the dimension with an id, also one that it had before.
    pub fn present(&self, id: &str) -> Option<&Dimension> {
        self.get(id).or_else(|| self.all.iter().find(|dimension| dimension.was.iter().any(|was| was == id)))
    }

    /// Tells whether a dimension is given up: what was said on it counts no more.
    pub fn gave_up(&self, id: &str) -> bool {
        self.removed.contains(id)
    }

    /// Iterates over the dimensions that are given up.
    pub fn given_up(&self) -> impl Iterator<Item = &str> {
        self.removed.iter().map(String::as_str)
    }

    /// Tells whether any id has changed, so that a record or a history may say another one.
    pub fn has_past(&self) -> bool {
        let classes = |dimension: &Dimension| dimension.classes.iter().any(|class| !class.was.is_empty());
        self.all.iter().any(|it| !it.was.is_empty() || !it.removed.is_empty() || classes(it))
    }

    /// Brings a record to the present ids. A standing class that is no more stays, so that what takes its place is a
    /// move; a person's word on it is one on the class that takes its place.
    pub fn renew(&self, record: &mut Record) {
        if !self.has_past() {
            return;
        }
        for standing in &mut record.standing.classes {
            self.rename(&mut standing.dimension, &mut standing.class);
        }
        let mut present: BTreeMap<String, Override> = BTreeMap::new();
        for (mut dimension, mut word) in std::mem::take(&mut record.aggregates.overrides) {
            self.rename(&mut dimension, &mut word.class);
            if let Some(found) = self.get(&dimension) {
                word.class = found.successor(&word.class).to_owned();
            }
            // Said under two ids: the later word counts.
            if present.get(&dimension).is_none_or(|known| known.since <= word.since) {
                present.insert(dimension, word);
            }
        }
        record.aggregates.overrides = present.into_iter().collect();
    }

    /// Brings a kept decision to the present ids. Classes that are no more stay as they were called.
    pub fn renew_history(&self, entry: &mut HistoryEntry) {
        if !self.has_past() {
            return;
        }
        for change in &mut entry.changes {
            let Change::Class(class_move) = change else { continue };
            if let Some(found) = self.present(&class_move.dimension) {
                class_move.dimension.clone_from(&found.id);
                class_move.from = class_move.from.take().map(|from| found.renamed(&from).to_owned());
                class_move.to = found.renamed(&class_move.to).to_owned();
            }
        }
        for receipt in &mut entry.receipt.dimensions {
            let Some(found) = self.present(&receipt.dimension) else { continue };
            let renamed = |class: &mut String| *class = found.renamed(class).to_owned();
            receipt.dimension.clone_from(&found.id);
            renamed(&mut receipt.class);
            receipt.before.iter_mut().chain(&mut receipt.by_rules).for_each(renamed);
            receipt.overridden.iter_mut().for_each(|word| renamed(&mut word.class));
            receipt.score.iter_mut().flat_map(|score| &mut score.bands).for_each(|(class, _)| renamed(class));
        }
    }

    fn rename(&self, dimension: &mut String, class: &mut String) {
        if let Some(found) = self.present(dimension) {
            if found.id != *dimension {
                dimension.clone_from(&found.id);
            }
            let renamed = found.renamed(class);
            if renamed != class {
                *class = renamed.to_owned();
            }
        }
    }
}

impl Dimension {
    /// Returns the present id of a class that was renamed; any other id as it is.
    pub fn renamed<'a>(&'a self, class: &'a str) -> &'a str {
        let found = self.classes.iter().find(|it| it.was.iter().any(|was| was == class));
        found.map_or(class, |found| &found.id)
    }

    /// Returns the class that has the customers of a class that was renamed or removed; any other id as it is.
    pub fn successor<'a>(&'a self, class: &'a str) -> &'a str {
        self.removed.get(class).map_or_else(|| self.renamed(class), String::as_str)
    }
}

/// Checks that no former id is another one's as well, and that what takes the place of a removed class is there.
pub(super) fn check(all: &[Dimension]) -> Result<(), DimensionError> {
    let mut former: BTreeMap<&str, &str> = BTreeMap::new();
    for dimension in all {
        for id in &dimension.was {
            let other = former.insert(id, &dimension.id);
            if other.is_some() || all.iter().any(|it| it.id == *id) {
                let of = other.unwrap_or(&dimension.id).to_owned();
                return Err(DimensionError::Former { id: id.clone(), what: "dimension", of });
            }
        }
        check_classes(dimension)?;
    }
    Ok(())
}

fn check_classes(dimension: &Dimension) -> Result<(), DimensionError> {
    let mut former: BTreeMap<&str, &str> = BTreeMap::new();
    let was = dimension.classes.iter().flat_map(|class| class.was.iter().map(|was| (was.as_str(), class.id.as_str())));
    let removed = dimension.removed.iter().map(|(class, to)| (class.as_str(), to.as_str()));
    for (id, of) in was.chain(removed) {
        if dimension.allows(id) || former.insert(id, of).is_some() {
            let id = format!("{}.{id}", dimension.id);
            return Err(DimensionError::Former { id, what: "class", of: of.to_owned() });
        }
    }
    if let Some(to) = dimension.removed.values().find(|to| !dimension.allows(to)) {
        let (dimension, class) = (dimension.id.clone(), to.clone());
        return Err(DimensionError::UnknownClass { dimension, class, place: "removed" });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Class, ClassMove, ClassStanding, Day, ExternalRef, Moment, MoveCause, Receipt, RecordId, RecordKind};

    fn dimension(id: &str, was: &[&str], classes: &[(&str, &[&str])], removed: &[(&str, &str)]) -> Dimension {
        let owned = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
        let class = |(id, was): &(&str, &[&str])| Class { id: (*id).to_owned(), was: owned(was), ..Class::default() };
        Dimension {
            id: id.to_owned(),
            was: owned(was),
            classes: classes.iter().map(class).collect(),
            removed: removed.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect(),
            ..Dimension::default()
        }
    }

    fn renamed() -> Dimensions {
        let grade = dimension("grade", &["rank"], &[("key", &["A", "top"]), ("C", &[])], &[("D", "C")]);
        Dimensions::new(vec![grade]).unwrap()
    }

    fn word(class: &str, since: i32) -> Override {
        let (who, why) = ("li".to_owned(), "an old friend".to_owned());
        Override { class: class.to_owned(), who, why, since: Day(since), until: None, review: None }
    }

    #[test]
    fn a_record_is_brought_to_the_present_ids() {
        let mut record = Record::new(RecordId(1), RecordKind::Customer, ExternalRef::new("shop", "1"));
        let standing = |dimension: &str, class: &str| ClassStanding {
            dimension: dimension.to_owned(),
            class: class.to_owned(),
            since: Day(1),
            overridden: true,
        };
        record.standing.classes = vec![standing("rank", "A"), standing("reach", "far")];
        record.aggregates.overrides = vec![("grade".to_owned(), word("D", 3)), ("rank".to_owned(), word("top", 2))];
        renamed().renew(&mut record);
        assert_eq!(record.standing.classes, [standing("grade", "key"), standing("reach", "far")]);
        assert_eq!(record.aggregates.overrides, [("grade".to_owned(), word("C", 3))], "the later word counts");
        // A class that is no more stays where it stands: what takes its place is a move.
        record.standing.classes = vec![standing("grade", "D")];
        renamed().renew(&mut record);
        assert_eq!(record.standing.classes, [standing("grade", "D")]);
    }

    #[test]
    fn history_is_told_in_the_present_ids() {
        let class_move = |dimension: &str, from: &str, to: &str| {
            let (from, cause) = (Some(from.to_owned()), MoveCause::Fact);
            Change::Class(ClassMove { dimension: dimension.to_owned(), from, to: to.to_owned(), cause })
        };
        let changes = vec![class_move("rank", "D", "A"), class_move("reach", "A", "B")];
        let (cause, receipt) = (MoveCause::Fact, Receipt::default());
        let mut entry = HistoryEntry { recorded: Moment(0), cause, changes, receipt };
        renamed().renew_history(&mut entry);
        assert_eq!(entry.changes, [class_move("grade", "D", "key"), class_move("reach", "A", "B")]);
    }

    #[test]
    fn an_id_means_one_thing_only() {
        let error = |all: Vec<Dimension>| Dimensions::new(all).unwrap_err().to_string();
        let plain = |id: &str, was: &[&str]| dimension(id, was, &[("A", &[])], &[]);
        let taken = error(vec![plain("grade", &[]), plain("level", &["grade"])]);
        assert!(taken.starts_with("dimension `grade` is a former id of `level`"), "{taken}");
        assert!(error(vec![plain("grade", &["rank"]), plain("level", &["rank"])]).contains("former id of `grade`"));
        let classes = |classes: &[(&str, &[&str])], removed| error(vec![dimension("grade", &[], classes, removed)]);
        assert!(classes(&[("A", &[]), ("key", &["A"])], &[]).starts_with("class `grade.A` is a former id of `key`"));
        assert!(classes(&[("A", &["X"])], &[("X", "A")]).starts_with("class `grade.X`"));
        assert!(classes(&[("A", &[])], &[("D", "C")]).contains("names the class `C` in its removed"));
        let given_up = Dimensions::new(vec![plain("grade", &["rank"])]).unwrap();
        assert!(given_up.clone().without(vec!["rank".to_owned()]).is_err());
        assert!(given_up.without(vec!["reach".to_owned()]).unwrap().gave_up("reach"));
    }
}
