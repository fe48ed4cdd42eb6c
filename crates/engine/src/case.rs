//! Golden cases: facts and a day in, what one rule says out.

mod expect;
mod fact;
mod plain;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::IgnoredAny;
use tierhook_features::{FieldContext, field_value, replay};
use tierhook_hooks::{FrameBuilder, Hook, RecordOutcome, Rule, Ruleset, closest};
use tierhook_model::{
    Catalogue, ClassStanding, Connected, Day, Dimensions, ExternalRef, Fact, GroupRate, Population, ProfileKey, Record,
    RecordId, RecordKind,
};
use toml::Spanned;

use self::expect::Expect;
use self::fact::CaseFact;
use self::plain::Plain;
use crate::Conventions;
use crate::told::Told;

/// The cases of one file, all for one rule.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseSet {
    /// Parameters that hold for these cases, whatever the operator has set. The loader puts them into the rule.
    #[serde(default, rename = "parameters")]
    _parameters: IgnoredAny,
    /// What the whole book is taken to tell.
    #[serde(default)]
    population: CasePopulation,
    /// The cases.
    #[serde(default, rename = "case")]
    cases: Vec<Case>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct CasePopulation {
    customers: u64,
    net_90: f64,
    net_previous_90: f64,
    groups: BTreeMap<String, f64>,
    connected: Vec<String>,
}

impl Default for CasePopulation {
    fn default() -> Self {
        let all = ["sales", "contacts", "consultations", "web_views", "complaints", "returns"];
        Self {
            customers: 1,
            net_90: 0.0,
            net_previous_90: 0.0,
            groups: BTreeMap::new(),
            connected: all.map(str::to_owned).to_vec(),
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: Spanned<String>,
    day: String,
    #[serde(default)]
    profile: BTreeMap<String, Plain>,
    #[serde(default)]
    class: BTreeMap<String, Spanned<String>>,
    #[serde(default)]
    standing: BTreeMap<String, Spanned<String>>,
    #[serde(default)]
    facts: Vec<CaseFact>,
    expect: Expect,
}

/// Why a file of cases cannot be run.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CaseSetError {
    /// A case says something that cannot be.
    #[error("case `{case}`: {message}")]
    BadCase {
        /// The case's name.
        case: String,
        /// What is wrong with it.
        message: String,
        /// Where in the text, in bytes.
        span: Range<usize>,
    },
    /// A case expects something of a field that there is none of.
    #[error("case `{case}`: there is no field `{field}`")]
    NoField {
        /// The case's name.
        case: String,
        /// The field.
        field: String,
        /// The field that is most like it.
        near: Option<String>,
        /// Where in the text, in bytes.
        span: Range<usize>,
    },
    /// A case names a class or a dimension that there is none of.
    #[error("case `{case}`: {}", no_class(dimension, class.as_deref()))]
    NoClass {
        /// The case's name.
        case: String,
        /// The dimension.
        dimension: String,
        /// The class; `None` if the dimension is not there.
        class: Option<String>,
        /// What it is called now, if it had this id before.
        now: Option<String>,
        /// Where in the text, in bytes.
        span: Range<usize>,
    },
}

fn no_class(dimension: &str, class: Option<&str>) -> String {
    match class {
        Some(class) => format!("dimension `{dimension}` has no class `{class}`"),
        None => format!("there is no dimension `{dimension}`"),
    }
}

/// A case that did not come out as expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseFailure {
    /// The case's name.
    pub case: String,
    /// What was expected, and what came out.
    pub message: String,
    /// Where in the text it was expected, in bytes; the case's name where that is nowhere written.
    pub span: Range<usize>,
}

impl CaseSet {
    /// The names of the cases.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.cases.iter().map(|case| case.name.get_ref().as_str())
    }

    /// The number of cases.
    pub fn len(&self) -> usize {
        self.cases.len()
    }

    /// Tells whether there are none.
    pub fn is_empty(&self) -> bool {
        self.cases.is_empty()
    }

    /// Runs all cases with a rule of a set and returns those that did not come out as expected.
    ///
    /// # Errors
    /// [`CaseSetError`] if a case says something that cannot be, for example a day that is none or a class that the
    /// dimension has not.
    pub fn run(
        &self,
        rule: &dyn Rule,
        ruleset: &Ruleset,
        conventions: &Conventions,
    ) -> Result<Vec<CaseFailure>, CaseSetError> {
        let catalogue = &*ruleset.catalogue;
        let mut failures = Vec::new();
        for case in &self.cases {
            case.check_classes(&ruleset.dimensions)?;
            case.check_fields(catalogue)?;
            let name = case.name.get_ref();
            let bad = |message: String| CaseSetError::BadCase { case: name.clone(), message, span: case.name.span() };
            let day: Day = case.day.parse().map_err(|error| bad(format!("{error}")))?;
            let facts = case.facts(conventions).map_err(bad)?;
            let record = case.record(&facts, day, catalogue).map_err(bad)?;
            let told = Told::new([facts], day);
            let population = self.population.on(day, conventions).map_err(bad)?;
            let context = FieldContext { population: &population, day, currency: conventions.currency };
            let class = |dimension: &str| case.class.get(dimension).map(|class| class.get_ref().clone());
            let field = |name: &str| {
                let field = catalogue.get(name)?;
                field_value(&field.source, &record, &context, &class)
            };
            let answers: Vec<(Hook, RecordOutcome)> = rule
                .meta()
                .hooks
                .iter()
                .filter_map(|hook| {
                    let reads = rule.meta().reads(*hook);
                    let fields: Vec<_> = reads.iter().filter_map(|name| catalogue.get(name)).collect();
                    let columns = fields.iter().map(|field| (field.name.as_str(), field.ty));
                    let mut frame = FrameBuilder::new(columns, 1);
                    frame.push(record.id, |at| field_value(&fields[at].source, &record, &context, &class));
                    let history = told.history(&rule.meta().history, 1, conventions.currency);
                    let frame = Arc::new(frame.finish().with_history(history));
                    let outcome = rule.call(*hook, &frame, &conventions.context(day));
                    Some((*hook, outcome.records.into_iter().next()?))
                })
                .collect();
            let wrong = case.expect.compare(&answers, &record, day, field);
            failures.extend(wrong.into_iter().map(|(message, span)| {
                let span = span.unwrap_or_else(|| case.name.span());
                CaseFailure { case: name.clone(), message, span }
            }));
        }
        Ok(failures)
    }
}

impl Case {
    /// A case about a class that there is none of would prove nothing.
    fn check_classes(&self, dimensions: &Dimensions) -> Result<(), CaseSetError> {
        for (id, class) in self.class.iter().chain(&self.standing).chain(self.expect.classes()) {
            let (case, span, class) = (self.name.get_ref().clone(), class.span(), class.get_ref());
            let Some(dimension) = dimensions.get(id) else {
                let now = dimensions.present(id).map(|present| present.id.clone());
                return Err(CaseSetError::NoClass { case, dimension: id.clone(), class: None, now, span });
            };
            if !dimension.allows(class) {
                let now = dimension.successor(class);
                let now = (now != class).then(|| now.to_owned());
                let class = Some(class.clone());
                return Err(CaseSetError::NoClass { case, dimension: id.clone(), class, now, span });
            }
        }
        Ok(())
    }

    /// A field that there is none of is missing always.
    fn check_fields(&self, catalogue: &Catalogue) -> Result<(), CaseSetError> {
        match self.expect.fields().find(|(field, _)| catalogue.get(field).is_none()) {
            None => Ok(()),
            Some((field, span)) => Err(CaseSetError::NoField {
                case: self.name.get_ref().clone(),
                field: field.to_owned(),
                near: closest(field, catalogue.iter().map(|field| field.name.as_str())).map(str::to_owned),
                span,
            }),
        }
    }

    fn facts(&self, conventions: &Conventions) -> Result<Vec<Fact>, String> {
        self.facts.iter().enumerate().map(|(at, fact)| fact.to_fact(at, conventions)).collect()
    }

    fn record(&self, facts: &[Fact], day: Day, catalogue: &Catalogue) -> Result<Record, String> {
        let external = ExternalRef::new("case", self.name.get_ref().clone());
        let mut record = Record::new(RecordId(1), RecordKind::Customer, external);
        (record.profile, record.aggregates) = replay(record.id, facts, Some(day));
        for (name, value) in &self.profile {
            self.set_profile(&mut record, name, value, catalogue)?;
        }
        for (dimension, class) in &self.standing {
            record.standing.classes.push(ClassStanding {
                dimension: dimension.clone(),
                class: class.get_ref().clone(),
                since: day,
                overridden: false,
            });
        }
        Ok(record)
    }

    fn set_profile(&self, record: &mut Record, name: &str, value: &Plain, catalogue: &Catalogue) -> Result<(), String> {
        if let ("custom", Plain::Table(fields)) = (name, value) {
            for (name, value) in fields {
                let full = format!("custom.{name}");
                let field = catalogue.get(&full).ok_or_else(|| format!("there is no field `{full}`"))?;
                let value = value.to_value(field.ty).ok_or_else(|| wrong_type(&full, field.ty.name()))?;
                record.profile.set_custom(name, Some(value));
            }
            return Ok(());
        }
        let key = ProfileKey::named(name).ok_or_else(|| format!("there is no profile field `{name}`"))?;
        let value = value.to_value(key.field_type()).ok_or_else(|| wrong_type(name, key.field_type().name()))?;
        record.profile.set(key, Some(value));
        Ok(())
    }
}

fn wrong_type(name: &str, ty: &str) -> String {
    format!("`{name}` takes a value of the type {ty}")
}

impl CasePopulation {
    fn on(&self, day: Day, conventions: &Conventions) -> Result<Population, String> {
        let mut connected = Connected::default();
        for kind in &self.connected {
            match kind.as_str() {
                "sales" => connected.sales = true,
                "contacts" => connected.contacts = true,
                "consultations" => connected.consultations = true,
                "web_views" => connected.web_views = true,
                "complaints" => connected.complaints = true,
                "returns" => connected.returns = true,
                other => return Err(format!("`{other}` is no kind of fact that can be connected")),
            }
        }
        let minor = |major: f64| (major * conventions.currency.minor_per_major() as f64).round() as i64;
        let groups = self.groups.iter();
        Ok(Population {
            day,
            customers: self.customers,
            net_90: minor(self.net_90),
            net_previous_90: minor(self.net_previous_90),
            groups: groups
                .map(|(group, rate)| GroupRate { group: group.clone(), days_per_unit: *rate, customers: 5 })
                .collect(),
            connected,
        })
    }
}
