//! The ordered set of rules, and in which strata they run.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tierhook_model::{Catalogue, Dimensions, UNRATED};

use crate::{ColumnNames, HistoryKind, Hook, MAX_COLUMNS, Rule};

/// An ordered set of rules. It never changes; a change makes a new one.
#[derive(Clone, Debug, Default)]
pub struct HookSet {
    rules: Vec<Arc<dyn Rule>>,
    strata: Vec<Stratum>,
}

/// Rules that run on the same frame: nothing that one decides is read by another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stratum {
    /// The hook that is called.
    pub hook: Hook,
    /// The rules, as numbers in the set, in their order.
    pub rules: Vec<usize>,
    /// The dimensions that are decided when they have run, by id, sorted.
    pub dimensions: Vec<String>,
    /// The fields that at least one of them reads, by name, sorted.
    pub columns: Arc<ColumnNames>,
    /// The kinds of facts that at least one of them looks at one by one, with the most that one wants for each record.
    pub history: BTreeMap<HistoryKind, u32>,
}

/// Everything that decides: the rules, the dimensions they decide on, the fields they read.
#[derive(Clone, Debug, Default)]
pub struct Ruleset {
    /// The rules and their strata.
    pub hooks: HookSet,
    /// The dimensions.
    pub dimensions: Arc<Dimensions>,
    /// The fields.
    pub catalogue: Arc<Catalogue>,
    /// The digest of all that it was made from, in hexadecimal.
    pub digest: String,
}

/// Why rules cannot be put together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SetError {
    /// Rules wait for each other.
    #[error("rules decide in a circle: {}; break it by reading `standing.…`, which is what stood before", .path.join(" -> "))]
    Circle {
        /// The rules and dimensions on the way round, for example `a.rhai`, `class.grade`, `b.rhai`.
        path: Vec<String>,
    },
    /// The rules of one stratum read more fields than a frame can have.
    #[error("rules {} read {count} fields together; {MAX_COLUMNS} are allowed", .rules.join(", "))]
    TooManyColumns {
        /// The rules.
        rules: Vec<String>,
        /// How many fields they read.
        count: usize,
    },
}

impl Ruleset {
    /// What receipts of its decisions name: hooks, dimensions, classes, rules and their versions, the words written in
    /// rules, and fields. What is named most comes first; nothing of any customer is among them.
    pub fn names(&self) -> Vec<&str> {
        let metas = || self.hooks.rules().iter().map(|rule| rule.meta());
        let mut names: Vec<&str> = Hook::ALL.map(Hook::name).into();
        names.push(UNRATED);
        for dimension in self.dimensions.iter() {
            names.push(&dimension.id);
            names.extend(dimension.classes.iter().map(|class| class.id.as_str()));
        }
        names.extend(metas().flat_map(|meta| [meta.name.as_str(), meta.version()]));
        names.extend(metas().flat_map(|meta| meta.words.iter().map(String::as_str)));
        names.extend(self.catalogue.iter().map(|field| field.name.as_str()));
        names
    }
}

impl HookSet {
    /// Puts rules in order and finds their strata. Rules go by their manifests' order (100 where none is given),
    /// then by name.
    ///
    /// # Errors
    /// [`SetError`] if rules wait for each other or read too many fields.
    pub fn new(mut rules: Vec<Arc<dyn Rule>>) -> Result<Self, SetError> {
        rules.sort_by(|a, b| {
            let key = |rule: &Arc<dyn Rule>| (rule.meta().manifest.order.unwrap_or(100), rule.meta().name.clone());
            key(a).cmp(&key(b))
        });
        let mut strata = classify_strata(&rules)?;
        for hook in [Hook::ChurnWarning, Hook::FollowUp] {
            let members: Vec<usize> = with_hook(&rules, hook).collect();
            if !members.is_empty() {
                strata.push(stratum(&rules, hook, members, Vec::new()));
            }
        }
        for stratum in &strata {
            if stratum.columns.len() > MAX_COLUMNS {
                let names = stratum.rules.iter().map(|at| rules[*at].meta().name.clone()).collect();
                return Err(SetError::TooManyColumns { rules: names, count: stratum.columns.len() });
            }
        }
        Ok(Self { rules, strata })
    }

    /// The rules in their order.
    pub fn rules(&self) -> &[Arc<dyn Rule>] {
        &self.rules
    }

    /// The strata in the order in which they run.
    pub fn strata(&self) -> &[Stratum] {
        &self.strata
    }

    /// Tells whether a rule looks at facts one by one.
    pub fn wants_history(&self) -> bool {
        self.strata.iter().any(|stratum| !stratum.history.is_empty())
    }

    /// Returns the rule with a name.
    pub fn rule(&self, name: &str) -> Option<&Arc<dyn Rule>> {
        self.rules.iter().find(|rule| rule.meta().name == name)
    }
}

fn with_hook(rules: &[Arc<dyn Rule>], hook: Hook) -> impl Iterator<Item = usize> {
    rules.iter().enumerate().filter(move |(_, rule)| rule.meta().hooks.contains(&hook)).map(|(at, _)| at)
}

fn stratum(rules: &[Arc<dyn Rule>], hook: Hook, members: Vec<usize>, dimensions: Vec<String>) -> Stratum {
    let columns: BTreeSet<&String> = members.iter().flat_map(|at| rules[*at].meta().reads(hook)).collect();
    let mut history = BTreeMap::new();
    for (kind, most) in members.iter().flat_map(|at| &rules[*at].meta().history) {
        let wanted: &mut u32 = history.entry(*kind).or_default();
        *wanted = (*wanted).max(*most);
    }
    let columns = Arc::new(columns.into_iter().map(String::as_str).collect());
    Stratum { hook, columns, rules: members, dimensions, history }
}

/// Classifying rules wait for the dimensions that they read; a dimension waits for all rules that decide it.
fn classify_strata(rules: &[Arc<dyn Rule>]) -> Result<Vec<Stratum>, SetError> {
    let mut waiting: Vec<usize> = with_hook(rules, Hook::Classify).collect();
    let mut deciders: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    for &at in &waiting {
        for dimension in &rules[at].meta().dimensions {
            deciders.entry(dimension).or_default().insert(at);
        }
    }
    let mut strata = Vec::new();
    while !waiting.is_empty() {
        let undecided: BTreeSet<&str> =
            deciders.iter().filter(|(_, by)| !by.is_empty()).map(|(dimension, _)| *dimension).collect();
        let (ready, later): (Vec<usize>, Vec<usize>) =
            waiting.iter().partition(|at| !classes_read(&rules[**at]).any(|dimension| undecided.contains(dimension)));
        if ready.is_empty() {
            return Err(SetError::Circle { path: circle(rules, &later, &deciders) });
        }
        for by in deciders.values_mut() {
            by.retain(|at| !ready.contains(at));
        }
        let decided =
            undecided.into_iter().filter(|dimension| deciders[dimension].is_empty()).map(str::to_owned).collect();
        strata.push(stratum(rules, Hook::Classify, ready, decided));
        waiting = later;
    }
    Ok(strata)
}

fn classes_read(rule: &Arc<dyn Rule>) -> impl Iterator<Item = &str> {
    rule.meta().reads(Hook::Classify).iter().filter_map(|field| field.strip_prefix("class."))
}

/// Follows from any waiting rule to a rule that it waits for, until one comes round again.
fn circle(rules: &[Arc<dyn Rule>], waiting: &[usize], deciders: &BTreeMap<&str, BTreeSet<usize>>) -> Vec<String> {
    let mut seen: Vec<usize> = Vec::new();
    let mut path: Vec<String> = Vec::new();
    let mut at = waiting[0];
    loop {
        if let Some(from) = seen.iter().position(|earlier| *earlier == at) {
            path.push(rules[at].meta().name.clone());
            return path.split_off(from * 2);
        }
        seen.push(at);
        path.push(rules[at].meta().name.clone());
        let next = classes_read(&rules[at])
            .find_map(|dimension| Some((dimension, *deciders.get(dimension)?.iter().find(|by| waiting.contains(by))?)));
        let Some((dimension, decider)) = next else { return path };
        path.push(format!("class.{dimension}"));
        at = decider;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BatchOutcome, Context, Frame, Manifest, RuleMeta};

    #[derive(Debug)]
    struct Fake(RuleMeta);

    impl Rule for Fake {
        fn meta(&self) -> &RuleMeta {
            &self.0
        }
        fn call(&self, _: Hook, _: &Arc<Frame>, _: &Context) -> BatchOutcome {
            BatchOutcome::default()
        }
    }

    fn rule(name: &str, hook: Hook, reads: &[&str], decides: &[&str]) -> Arc<dyn Rule> {
        let owned = |list: &[&str]| list.iter().map(|item| (*item).to_owned()).collect();
        Arc::new(Fake(RuleMeta {
            name: name.into(),
            digest: String::new(),
            file: name.into(),
            hooks: vec![hook],
            reads: [(hook, owned(reads))].into(),
            dimensions: owned(decides),
            words: BTreeSet::new(),
            manifest: Manifest::default(),
            segments: None,
            release: None,
            history: BTreeMap::new(),
        }))
    }

    #[test]
    fn a_rule_runs_after_all_that_decide_what_it_reads() {
        let set = HookSet::new(vec![
            rule("care", Hook::FollowUp, &["class.grade"], &[]),
            rule("loyalty", Hook::Classify, &["class.grade"], &["loyalty"]),
            rule("grade_b", Hook::Classify, &["class.value"], &["grade"]),
            rule("grade_a", Hook::Classify, &["orders_total"], &["grade"]),
            rule("value", Hook::Classify, &["net_revenue_365d"], &["value"]),
        ])
        .unwrap();
        let names: Vec<Vec<&str>> = set
            .strata()
            .iter()
            .map(|stratum| stratum.rules.iter().map(|at| set.rules()[*at].meta().name.as_str()).collect())
            .collect();
        assert_eq!(names, [vec!["grade_a", "value"], vec!["grade_b"], vec!["loyalty"], vec!["care"]]);
        assert_eq!(set.strata()[0].dimensions, ["value"]);
        assert_eq!(set.strata()[1].dimensions, ["grade"]);
    }

    #[test]
    fn a_circle_is_refused_and_printed() {
        let error = HookSet::new(vec![
            rule("a", Hook::Classify, &["class.value"], &["grade"]),
            rule("b", Hook::Classify, &["class.grade"], &["value"]),
        ])
        .unwrap_err();
        assert!(error.to_string().contains("a -> class.value -> b -> class.grade -> a"), "{error}");
    }

    #[test]
    fn what_stood_before_makes_no_order() {
        let set = HookSet::new(vec![rule("a", Hook::Classify, &["standing.grade"], &["grade"])]).unwrap();
        assert_eq!(set.strata().len(), 1);
    }
}
