//! Customers: listed, shown, classified by hand.

use std::cmp::Ordering;

use tierhook_engine::OverrideWord;
use tierhook_features::{FieldContext, field_value};
use tierhook_model::{Catalogue, Day, Fact, FaultRecord, Field, FieldGroup, FieldType, Record, Value};

use super::Host;
use super::failure::api;
use super::text::Texts;
use crate::api::{
    Answer, ApiError, ClassRow, ConsentRow, CustomerDetail, CustomerFilter, CustomerList, CustomerRow, Datum, FactRow,
    FieldHead, FieldValue, OverrideReport, OverrideRow,
};

/// How many of a customer's facts and decisions are shown.
const SHOWN: usize = 12;

impl Host {
    /// Finds the fields with these names.
    pub(super) fn fields_named<'a>(
        &self,
        catalogue: &'a Catalogue,
        names: &[String],
    ) -> Result<Vec<&'a Field>, ApiError> {
        let find = |name: &String| {
            catalogue.get(name).ok_or_else(|| {
                let error = ApiError::invalid(format!("there is no field `{name}`"));
                let known = catalogue.iter().map(|field| field.name.as_str());
                match closest(name, known) {
                    Some(close) => error.with_hint(format!("did you mean `{close}`? `tierhook fields` lists them all")),
                    None => error.with_hint("`tierhook fields` lists them all"),
                }
            })
        };
        names.iter().map(find).collect()
    }

    /// Lists customers.
    pub(super) fn customers(&self, filter: &CustomerFilter, texts: &Texts) -> Result<Answer, ApiError> {
        let ruleset = &texts.snapshot.generation.ruleset;
        for (dimension, class) in &filter.classes {
            let Some(found) = ruleset.dimensions.get(dimension) else {
                let known: Vec<&str> = ruleset.dimensions.iter().map(|dimension| dimension.id.as_str()).collect();
                return Err(ApiError::invalid(format!("there is no dimension `{dimension}`"))
                    .with_hint(format!("there are {}", known.join(", "))));
            };
            if !found.allows(class) {
                let known: Vec<&str> = found.classes.iter().map(|class| class.id.as_str()).collect();
                return Err(ApiError::invalid(format!("dimension `{dimension}` has no class `{class}`"))
                    .with_hint(format!("it has {}, unrated", known.join(", "))));
            }
        }
        let fields = self.fields_named(&ruleset.catalogue, &filter.fields)?;
        let sort_name: Vec<String> = filter.sort.iter().cloned().collect();
        let sort = self.fields_named(&ruleset.catalogue, &sort_name)?.into_iter().next();
        let context = self.context(texts);
        let mut rows: Vec<(Option<Value>, CustomerRow)> = Vec::new();
        let mut total = 0;
        self.engine
            .for_each_record(|record| {
                if !fits(&record, filter) {
                    return;
                }
                total += 1;
                if sort.is_none() && rows.len() >= filter.limit {
                    return;
                }
                let value = |field: &Field| value_of(field, &record, &context);
                rows.push((sort.and_then(value), self.customer_row(&record, &fields, &context, texts)));
            })
            .map_err(api)?;
        if sort.is_some() {
            rows.sort_by(|(a, _), (b, _)| by_value(a.as_ref(), b.as_ref(), filter.descending));
            rows.truncate(filter.limit);
        }
        let rows = rows.into_iter().map(|(_, row)| row).collect();
        Ok(Answer::Customers(CustomerList {
            dimensions: ruleset.dimensions.iter().map(|dimension| texts.dimension(dimension)).collect(),
            fields: fields.iter().map(|field| field_head(field)).collect(),
            total,
            rows,
        }))
    }

    /// Lists customers that contain a text.
    pub(super) fn search(&self, text: &str, limit: usize, texts: &Texts) -> Result<Answer, ApiError> {
        let wanted = text.trim().to_lowercase();
        let context = self.context(texts);
        let (mut rows, mut total) = (Vec::new(), 0);
        self.engine
            .for_each_record(|record| {
                if Self::matches(&record, &wanted) {
                    total += 1;
                    if rows.len() < limit {
                        rows.push(self.customer_row(&record, &[], &context, texts));
                    }
                }
            })
            .map_err(api)?;
        let dimensions = texts.snapshot.generation.ruleset.dimensions.iter();
        let dimensions = dimensions.map(|dimension| texts.dimension(dimension)).collect();
        Ok(Answer::Customers(CustomerList { dimensions, fields: Vec::new(), total, rows }))
    }

    fn customer_row(
        &self,
        record: &Record,
        fields: &[&Field],
        context: &FieldContext<'_>,
        texts: &Texts,
    ) -> CustomerRow {
        let dimensions = texts.snapshot.generation.ruleset.dimensions.iter();
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        CustomerRow {
            customer: Texts::head(record),
            classes: dimensions.map(|dimension| texts.class_cell(record, &dimension.id)).collect(),
            values: fields.iter().map(|field| value_of(field, record, context).as_ref().map(Datum::from)).collect(),
            open_follow_ups: count(record.standing.follow_ups.iter().filter(|it| it.state.is_open()).count()),
            open_warnings: count(record.standing.warnings.iter().filter(|it| it.state.is_open()).count()),
        }
    }

    /// Shows a customer with everything that is known, or that was at the end of a past day: classes and reasons by
    /// the decisions that were kept, and no follow-ups or warnings, of which only those that stand now are.
    pub(super) fn customer(&self, name: &str, as_of: Option<Day>, texts: &Texts) -> Result<Answer, ApiError> {
        let now = self.find(name)?;
        let (record, receipt, history) = match as_of.filter(|day| *day < texts.day()) {
            None => {
                let explained = self.engine.explain(now.id, SHOWN).map_err(api)?;
                (explained.record, explained.receipt, explained.history)
            }
            Some(day) => {
                let then = self.engine.record_on(now.id, day).map_err(api)?;
                let then = then.ok_or_else(|| {
                    ApiError::not_found(format!("nothing that is known of {} was so on {day} yet", now.external))
                })?;
                let mut history = self.engine.history(now.id, usize::MAX).map_err(api)?;
                history.retain(|(_, entry)| entry.receipt.day <= day);
                history.truncate(SHOWN);
                (then, self.kept_receipt(now.id, day)?.unwrap_or_default(), history)
            }
        };
        let day = as_of.unwrap_or(texts.day());
        let catalogue = &texts.snapshot.generation.ruleset.catalogue;
        let shown: Vec<&Field> =
            catalogue.iter().filter(|field| !matches!(field.group, FieldGroup::Standing | FieldGroup::Class)).collect();
        let values = self.engine.fields_of(record.id, as_of, &shown).map_err(api)?;
        let fields = shown.iter().zip(values).map(|(field, value)| FieldValue {
            field: field.name.clone(),
            group: field.group,
            label: field.label,
            value: value.as_ref().map(Datum::from),
        });
        let facts = self.engine.store().facts(record.id).map_err(api)?;
        let facts: Vec<Fact> = facts.into_iter().filter(|fact| as_of.is_none_or(|day| fact.day <= day)).collect();
        Ok(Answer::Customer(Box::new(CustomerDetail {
            customer: Texts::head(&record),
            day,
            classes: class_rows(&record, &receipt, texts),
            fields: fields.collect(),
            contacts: record.profile.contacts.clone(),
            consents: record
                .profile
                .consents
                .iter()
                .map(|it| ConsentRow { purpose: it.purpose.clone(), given: it.given, since: it.since })
                .collect(),
            follow_ups: {
                let mut open: Vec<_> = record.standing.follow_ups.iter().collect();
                open.sort_by_key(|it| (!it.state.is_open(), it.due));
                open.into_iter().map(|it| texts.follow_up(&record, it)).collect()
            },
            warnings: {
                let mut open: Vec<_> = record.standing.warnings.iter().collect();
                open.sort_by_key(|it| (!it.state.is_open(), it.opened));
                open.into_iter().map(|it| texts.warning(&record, it)).collect()
            },
            facts_total: facts.len() as u64,
            facts: fact_rows(&facts, texts),
            history: history.iter().map(|(_, entry)| texts.history(&now, entry)).collect(),
            faults: receipt.rules.into_iter().filter_map(|rule| rule.fault).collect::<Vec<FaultRecord>>(),
        })))
    }

    /// Puts a customer in a class by a person's word, or takes the word back.
    pub(super) fn set_class(&self, name: &str, word: &OverrideWord, texts: &Texts) -> Result<Answer, ApiError> {
        let before = self.find(name)?;
        let changes = self.engine.override_class(before.id, word, self.now()).map_err(api)?;
        let record = self.engine.record(before.id).map_err(api)?;
        let explained = self.engine.explain(before.id, 0).map_err(api)?;
        let receipt = explained.receipt.dimensions.into_iter().find(|it| it.dimension == word.dimension);
        let class = record.standing.class(&word.dimension).map(|it| it.class.clone()).unwrap_or_default();
        let holds = record.aggregates.overrides.iter().find(|(dimension, _)| *dimension == word.dimension);
        Ok(Answer::Override(OverrideReport {
            customer: Texts::head(&record),
            dimension: texts.dimension_named(&word.dimension),
            before: before.standing.class(&word.dimension).map(|it| it.class.clone()),
            name: texts.class_name(&word.dimension, &class),
            class,
            by_rules: receipt.and_then(|it| it.by_rules),
            overridden: holds.map(|(_, word)| OverrideRow::from(word)),
            changes: changes.iter().map(|change| texts.change(&record, change)).collect(),
        }))
    }

    /// What fields are computed from besides the record.
    pub(super) fn context<'a>(&self, texts: &'a Texts) -> FieldContext<'a> {
        FieldContext {
            population: &texts.snapshot.generation.population,
            day: texts.day(),
            currency: self.engine.conventions().currency,
        }
    }
}

/// The value of a field as it stands.
fn value_of(field: &Field, record: &Record, context: &FieldContext<'_>) -> Option<Value> {
    let class = |dimension: &str| Some(record.standing.class(dimension)?.class.clone());
    field_value(&field.source, record, context, &class)
}

fn field_head(field: &Field) -> FieldHead {
    let number = matches!(field.ty, FieldType::Integer | FieldType::Decimal | FieldType::Money);
    FieldHead { name: field.name.clone(), number }
}

fn fits(record: &Record, filter: &CustomerFilter) -> bool {
    use tierhook_model::ProfileKey;
    let in_class = |(dimension, class): &(String, String)| {
        record.standing.class(dimension).is_some_and(|standing| standing.class == *class)
    };
    let owned = |owner: &String| record.profile.text(ProfileKey::Owner) == Some(owner);
    let tagged = |tag: &String| match record.profile.get(ProfileKey::Tags) {
        Some(Value::TextList(tags)) => tags.contains(tag),
        _ => false,
    };
    filter.classes.iter().all(in_class)
        && filter.owner.as_ref().is_none_or(owned)
        && filter.tag.as_ref().is_none_or(tagged)
}

/// Compares values of one field; unknown ones come last either way.
fn by_value(a: Option<&Value>, b: Option<&Value>, descending: bool) -> Ordering {
    let known = match (a, b) {
        (None, None) => return Ordering::Equal,
        (None, _) => return Ordering::Greater,
        (_, None) => return Ordering::Less,
        (Some(Value::Integer(a)), Some(Value::Integer(b))) => a.cmp(b),
        (Some(Value::Decimal(a)), Some(Value::Decimal(b))) => a.total_cmp(b),
        (Some(Value::Boolean(a)), Some(Value::Boolean(b))) => a.cmp(b),
        (Some(Value::Day(a)), Some(Value::Day(b))) => a.cmp(b),
        (Some(a), Some(b)) => a.to_string().cmp(&b.to_string()),
    };
    if descending { known.reverse() } else { known }
}

fn class_rows(record: &Record, receipt: &tierhook_model::Receipt, texts: &Texts) -> Vec<ClassRow> {
    let dimensions = texts.snapshot.generation.ruleset.dimensions.iter();
    dimensions
        .filter_map(|dimension| {
            let standing = record.standing.class(&dimension.id)?;
            let decided = receipt.dimensions.iter().find(|it| it.dimension == dimension.id);
            Some(ClassRow {
                dimension: texts.dimension(dimension),
                class: standing.class.clone(),
                name: texts.class_name(&dimension.id, &standing.class),
                since: standing.since,
                overridden: decided.and_then(|it| it.overridden.as_ref()).map(OverrideRow::from),
                reasons: decided.map_or_else(Vec::new, |decided| {
                    decided.reasons.iter().map(|reason| texts.reason_of(&decided.decided_by, reason)).collect()
                }),
            })
        })
        .collect()
}

fn fact_rows(facts: &[Fact], texts: &Texts) -> Vec<FactRow> {
    let retracted = tierhook_features::retracted(facts);
    let newest = facts.iter().rev().take(SHOWN);
    newest
        .map(|fact| FactRow {
            day: fact.day,
            what: super::fact_text::kind(&fact.body, texts).to_owned(),
            id: fact.key.id.clone(),
            text: super::fact_text::text(&fact.body, texts),
            retracted: retracted.contains(&fact.seq),
        })
        .collect()
}

/// The known name that differs least from a misspelt one, if one is close.
fn closest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, candidate)| candidate)
}
