//! Lists of customers.

use std::borrow::Cow;

use tierhook_features::{FieldContext, field_value};
use tierhook_model::{Catalogue, Field, FieldSource, FieldType, ProfileKey, Record, RecordId, Value};
use tierhook_search::{Facet, Index, Query, Selection};

use super::Host;
use super::condition::ValueTest;
use super::dimension::meant;
use super::failure::api;
use super::page::{Listed, Page, Place};
use super::search;
use super::text::Texts;
use crate::api::{
    Answer, ApiError, Comparison, Condition, CustomerFilter, CustomerList, CustomerRow, Datum, FieldHead,
};

/// How many records are read at a time.
const BATCH: usize = 512;

/// What customers of a list have to be.
struct Wanted<'a> {
    facets: Vec<Facet>,
    query: Option<Query>,
    tests: Vec<ValueTest<'a>>,
}

impl Wanted<'_> {
    /// Tells whether a record is as wanted, but for what is to be found in its texts.
    fn fits(&self, record: &Record, context: &FieldContext<'_>) -> bool {
        let own = if self.facets.is_empty() { Vec::new() } else { Facet::of(record) };
        self.facets.iter().all(|facet| own.contains(facet))
            && self.tests.iter().all(|test| test.holds(value_of(test.field, record, context).as_ref()))
    }

    /// What of it the index knows.
    fn selection(&self) -> Selection<'_> {
        Selection { facets: self.facets.clone(), query: self.query.as_ref() }
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
        let wanted = self.wanted(filter, texts)?;
        let fields = self.fields_named(&ruleset.catalogue, &filter.fields)?;
        let sort_name: Vec<String> = filter.sort.iter().cloned().collect();
        let sort = self.fields_named(&ruleset.catalogue, &sort_name)?.into_iter().next();
        let after = filter.after.as_deref().map(|after| Place::read(after, sort)).transpose()?;
        let context = self.context(texts);
        let page = Page::new(after, filter.offset, filter.limit, filter.descending);
        let listed = self.listed(&wanted, sort, &context, page)?;
        let records = self.engine.store().load(&listed.rows).map_err(api)?;
        let records = records.into_iter().flatten().map(|stored| stored.record);
        Ok(Answer::Customers(CustomerList {
            dimensions: ruleset.dimensions.iter().map(|dimension| texts.dimension(dimension)).collect(),
            fields: fields.iter().map(|field| field_head(field)).collect(),
            total: listed.total,
            offset: listed.offset,
            next: listed.next.map(|next| next.to_string()),
            rows: records.map(|record| self.customer_row(&record, &fields, &context, texts)).collect(),
        }))
    }

    /// Reads what the customers of a list have to be.
    fn wanted<'a>(&self, filter: &CustomerFilter, texts: &'a Texts) -> Result<Wanted<'a>, ApiError> {
        let ruleset = &texts.snapshot.generation.ruleset;
        let mut classes = Vec::new();
        for (dimension, class) in &filter.classes {
            let found = meant::known_dimension(&ruleset.dimensions, dimension)?;
            let Some(meant) = meant::class(found, class) else {
                let known: Vec<&str> = found.classes.iter().map(|class| class.id.as_str()).collect();
                let hint = match found.successor(class) {
                    now if now != class => format!("`{class}` is `{now}` now"),
                    _ => format!("it has {}, unrated", known.join(", ")),
                };
                return Err(
                    ApiError::invalid(format!("dimension `{dimension}` has no class `{class}`")).with_hint(hint)
                );
            };
            classes.push(Facet::class(&found.id, meant));
        }
        let owner = filter.owner.iter().cloned().map(Facet::Owner);
        let tags = filter.tags.iter().cloned().map(Facet::Tag);
        let tests = filter.conditions.iter().map(|condition| {
            let field = self.fields_named(&ruleset.catalogue, std::slice::from_ref(&condition.field))?[0];
            ValueTest::new(field, &self.as_kept(field, condition))
        });
        Ok(Wanted {
            facets: classes.into_iter().chain(owner).chain(tags).collect(),
            query: filter.search.as_deref().map(search::query).transpose()?,
            tests: tests.collect::<Result<_, _>>()?,
        })
    }

    /// A condition on a telephone number asks for it as the book keeps it.
    fn as_kept<'c>(&self, field: &Field, condition: &'c Condition) -> Cow<'c, Condition> {
        let is_whole = matches!(condition.comparison, Comparison::Equal | Comparison::NotEqual);
        if !is_whole || field.source != FieldSource::Profile(ProfileKey::Phones) {
            return Cow::Borrowed(condition);
        }
        match self.phones(&field.name, &condition.value).as_deref() {
            Ok([number]) => Cow::Owned(Condition { value: number.clone(), ..condition.clone() }),
            _ => Cow::Borrowed(condition),
        }
    }

    /// Fills a page with the customers that fit. Where there is an index it says who may, and where nothing but what
    /// it knows is asked, nobody else is read.
    fn listed(
        &self,
        wanted: &Wanted<'_>,
        sort: Option<&Field>,
        context: &FieldContext<'_>,
        mut page: Page,
    ) -> Result<Listed, ApiError> {
        let select = |index: &Index| (index.select(&wanted.selection()), index.len());
        let selected = self.ask_index(select)?;
        let mut add = |record: &Record| {
            if wanted.fits(record, context) {
                let value = sort.and_then(|field| value_of(field, record, context));
                page.push(Place { value, record: record.id });
            }
        };
        match (selected, &wanted.query) {
            (Some((selected, _)), _) if wanted.tests.is_empty() && sort.is_none() => {
                selected.into_iter().for_each(|record| page.push(Place { value: None, record }));
            }
            // Reading one by one costs about twice as much as reading all in a row.
            (Some((selected, of)), query) if query.is_some() || selected.len() < of / 2 => {
                self.each_of_numbers(&selected, add)?;
            }
            (None, Some(query)) => {
                let mut found: Vec<RecordId> =
                    self.found(query, usize::MAX)?.hits.iter().map(|hit| hit.record).collect();
                found.sort_unstable();
                self.each_of_numbers(&found, add)?;
            }
            _ => self.each_customer(|record| add(&record))?,
        }
        Ok(page.finish())
    }

    /// Calls `each` for the customers with these numbers that are listed.
    pub(super) fn each_of_numbers(&self, records: &[RecordId], mut each: impl FnMut(&Record)) -> Result<(), ApiError> {
        for batch in records.chunks(BATCH) {
            let stored = self.engine.store().load(batch).map_err(api)?;
            let records = stored.iter().flatten().map(|stored| &stored.record);
            records.filter(|record| record.is_listed()).for_each(&mut each);
        }
        Ok(())
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
pub(super) fn value_of(field: &Field, record: &Record, context: &FieldContext<'_>) -> Option<Value> {
    let class = |dimension: &str| Some(record.standing.class(dimension)?.class.clone());
    field_value(&field.source, record, context, &class)
}

fn field_head(field: &Field) -> FieldHead {
    let number = matches!(field.ty, FieldType::Integer | FieldType::Decimal | FieldType::Money);
    FieldHead { name: field.name.clone(), number }
}

/// The known name that differs least from a misspelt one, if one is close.
pub(super) fn closest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, candidate)| candidate)
}
