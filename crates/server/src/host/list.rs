//! Lists of customers.

use std::cmp::Ordering;

use tierhook_features::{FieldContext, field_value};
use tierhook_model::{Catalogue, Field, FieldType, ProfileKey, Record, Value};

use super::Host;
use super::condition::ValueTest;
use super::failure::api;
use super::text::Texts;
use crate::api::{Answer, ApiError, CustomerFilter, CustomerList, CustomerRow, Datum, FieldHead};

/// How many rows may wait beyond those of a page before the rest is dropped.
const SPARE_ROWS: usize = 1024;

/// The first rows of a list, in their order. A page of a large book takes no memory for all of it.
struct Page<T> {
    rows: Vec<(Option<Value>, T)>,
    keep: usize,
    /// Whether the largest values come first; `None` is the order in which the rows come.
    descending: Option<bool>,
}

impl<T> Page<T> {
    fn new(keep: usize, descending: Option<bool>) -> Self {
        Self { rows: Vec::new(), keep, descending }
    }

    /// Tells whether a further row could be among the first.
    fn takes_more(&self) -> bool {
        self.descending.is_some() || self.rows.len() < self.keep
    }

    fn push(&mut self, value: Option<Value>, row: T) {
        self.rows.push((value, row));
        if self.rows.len() >= self.keep.saturating_mul(2).saturating_add(SPARE_ROWS) {
            self.shorten();
        }
    }

    fn shorten(&mut self) {
        if let Some(descending) = self.descending {
            self.rows.sort_by(|(a, _), (b, _)| by_value(a.as_ref(), b.as_ref(), descending));
        }
        self.rows.truncate(self.keep);
    }

    fn finish(mut self) -> impl Iterator<Item = T> {
        self.shorten();
        self.rows.into_iter().map(|(_, row)| row)
    }
}

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
        let tests = filter
            .conditions
            .iter()
            .map(|condition| {
                let field = self.fields_named(&ruleset.catalogue, std::slice::from_ref(&condition.field))?[0];
                ValueTest::new(field, condition)
            })
            .collect::<Result<Vec<_>, _>>()?;
        let context = self.context(texts);
        let last = filter.offset.saturating_add(filter.limit);
        let mut page = Page::new(last, sort.map(|_| filter.descending));
        let mut total = 0;
        self.engine
            .for_each_record(|record| {
                let holds = |test: &ValueTest<'_>| test.holds(value_of(test.field, &record, &context).as_ref());
                if !fits(&record, filter) || !tests.iter().all(holds) {
                    return;
                }
                total += 1;
                if page.takes_more() {
                    let value = sort.and_then(|field| value_of(field, &record, &context));
                    page.push(value, self.customer_row(&record, &fields, &context, texts));
                }
            })
            .map_err(api)?;
        let rows = page.finish().skip(filter.offset).collect();
        Ok(Answer::Customers(CustomerList {
            dimensions: ruleset.dimensions.iter().map(|dimension| texts.dimension(dimension)).collect(),
            fields: fields.iter().map(|field| field_head(field)).collect(),
            total,
            offset: filter.offset as u64,
            rows,
        }))
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

/// The known name that differs least from a misspelt one, if one is close.
pub(super) fn closest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_many_rows_is_the_same_as_of_all_sorted() {
        let count = 5 * SPARE_ROWS as i64;
        // Every value several times, in no order, and some unknown.
        let value = |row: i64| (row % 7 != 0).then_some(Value::Integer(row * 7_919 % 1_000));
        for descending in [false, true] {
            let mut all: Vec<i64> = (0..count).collect();
            all.sort_by(|a, b| by_value(value(*a).as_ref(), value(*b).as_ref(), descending));
            let mut page = Page::new(60, Some(descending));
            (0..count).for_each(|row| page.push(value(row), row));
            assert!(page.rows.len() <= 2 * 60 + SPARE_ROWS);
            assert_eq!(page.finish().collect::<Vec<_>>(), all[..60]);
        }
    }
}
