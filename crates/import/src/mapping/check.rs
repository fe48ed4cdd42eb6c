//! From the mapping as it is written to one that makes sense.

use tierhook_model::{FieldType, ProfileKey};
use toml::Spanned;

use super::shape::{CustomerShape, EmptyShape, Placed, Shape};
use super::term::{Purpose, Terms};
use super::{
    Body, ContactTerms, CustomerTerms, FeedbackTerms, FileFormat, ImportKind, InteractionTerms, LineTerms, Mapping,
    MeasureTerms, OrderTerms, PriceTerms, TermId,
};
use crate::{MappingError, PhoneRegion};

impl Shape {
    /// Refuses keys of other kinds: whoever writes one expects it to do something.
    pub(super) fn refuse_foreign(&self, terms: &Terms<'_>) -> Result<(), MappingError> {
        use ImportKind::{Contacts, Customers, Feedback, Interactions, Measures, Orders};
        let span = |placed: &Option<Placed>| placed.as_ref().map(Spanned::span);
        let events: &[ImportKind] = &[Orders, Interactions, Feedback, Measures];
        let known: &[ImportKind] = &[Orders, Contacts, Interactions, Feedback, Measures];
        let all = [Orders, Customers, Contacts, Interactions, Feedback, Measures];
        let by_phone = self.customer_is == CustomerShape::Phone;
        let keys = [
            ("id", span(&self.id), known),
            ("contact", span(&self.contact), events),
            ("customer_source", self.customer_source.as_ref().map(Spanned::span), known),
            ("region", self.region.as_ref().map(Spanned::span), if by_phone { &all } else { &all[..3] }),
            ("currency", span(&self.currency), &[Orders]),
            ("channel", span(&self.channel), &[Orders]),
            ("cancellation", span(&self.cancellation), &[Orders]),
            ("refund", span(&self.refund), &[Orders]),
            ("order", span(&self.order), &[Orders]),
            ("reason", span(&self.reason), &[Orders]),
            ("amount", span(&self.amount), &[Orders]),
            ("line", self.line.as_ref().map(Spanned::span), &[Orders]),
            ("empty", self.empty.as_ref().map(Spanned::span), &[Customers]),
            ("fields", self.fields.as_ref().map(Spanned::span), &[Orders, Customers]),
            ("custom", self.custom.as_ref().map(Spanned::span), &[Orders, Customers]),
            ("consents", self.consents.as_ref().map(Spanned::span), &[Customers]),
            ("name", span(&self.name), &[Contacts]),
            ("role", span(&self.role), &[Contacts]),
            ("phones", span(&self.phones), &[Contacts]),
            ("emails", span(&self.emails), &[Contacts]),
            ("removed", span(&self.removed), &[Contacts]),
            ("what", span(&self.what), &[Interactions, Feedback]),
            ("by", span(&self.by), &[Interactions]),
            ("inbound", span(&self.inbound), &[Interactions]),
            ("note", span(&self.note), &[Interactions]),
            ("product", span(&self.product), &[Interactions, Feedback]),
            ("score", span(&self.score), &[Feedback]),
            ("complaint", span(&self.complaint), &[Feedback]),
            ("text", span(&self.text), &[Feedback]),
            ("measure", span(&self.measure), &[Measures]),
            ("value", span(&self.value), &[Measures]),
            ("measures", self.measures.as_ref().map(Spanned::span), &[Measures]),
        ];
        for (key, span, kinds) in keys {
            if let Some(span) = span
                && !kinds.contains(&self.kind)
            {
                let (line, column) = terms.place(&span);
                let (file, kind) = (terms.file.to_owned(), self.kind.name());
                return Err(MappingError::ForeignKey { file, line, column, key: key.to_owned(), kind });
            }
        }
        Ok(())
    }

    pub(super) fn checked(&self, terms: &mut Terms<'_>) -> Result<Mapping, MappingError> {
        let format = FileFormat::checked(&self.file, terms)?;
        let source = self.source.get_ref().clone();
        if source.is_empty() {
            let problem = "the name of the source system is empty; write for example \"shop\"".to_owned();
            return Err(terms.bad_value("source", &self.source.span(), problem));
        }
        let customer_source =
            self.customer_source.as_ref().map_or_else(|| source.clone(), |name| name.get_ref().clone());
        let mut rejects = Vec::with_capacity(self.reject.len());
        for reject in &self.reject {
            rejects.push((terms.plain("reject.when", &reject.when)?, reject.reason.clone()));
        }
        let customer = terms.plain("customer", &self.customer)?;
        let id = terms.optional("id", self.id.as_ref())?;
        let contact = terms.optional("contact", self.contact.as_ref())?;
        let at = match &self.at {
            Some(placed) => Some(terms.add("at", placed, Purpose::Moment)?.0),
            None if matches!(self.kind, ImportKind::Customers | ImportKind::Contacts) => None,
            None => return Err(self.missing(terms, "at", "name the column with the date")),
        };
        let body = match self.kind {
            ImportKind::Orders => Body::Orders(self.orders(terms)?),
            ImportKind::Customers => Body::Customers(self.customers(terms)?),
            ImportKind::Contacts => Body::Contacts(self.contacts(terms)?),
            ImportKind::Interactions => Body::Interactions(InteractionTerms {
                what: self.what(terms)?,
                by: terms.optional("by", self.by.as_ref())?,
                inbound: terms.optional("inbound", self.inbound.as_ref())?,
                note: terms.optional("note", self.note.as_ref())?,
                product: terms.optional("product", self.product.as_ref())?,
            }),
            ImportKind::Feedback => Body::Feedback(FeedbackTerms {
                what: self.what(terms)?,
                score: terms.optional("score", self.score.as_ref())?,
                complaint: terms.optional("complaint", self.complaint.as_ref())?,
                product: terms.optional("product", self.product.as_ref())?,
                text: terms.optional("text", self.text.as_ref())?,
            }),
            ImportKind::Measures => Body::Measures(self.measures(terms)?),
        };
        let region = match &self.region {
            None => None,
            Some(code) => {
                let region = code.get_ref().parse::<PhoneRegion>();
                Some(region.map_err(|error| terms.bad_value("region", &code.span(), error.to_string()))?)
            }
        };
        let (file_name, terms) = (terms.file.to_owned(), std::mem::take(&mut terms.list));
        Ok(Mapping {
            file_name,
            source,
            customer_source,
            region,
            format,
            terms,
            rejects,
            customer,
            customer_is_phone: self.customer_is == CustomerShape::Phone,
            id,
            at,
            contact,
            body,
        })
    }

    fn orders(&self, terms: &mut Terms<'_>) -> Result<OrderTerms, MappingError> {
        let line_shape = self.line.as_ref().map(Spanned::get_ref);
        let unit_price = line_shape.and_then(|line| line.unit_price.as_ref());
        let line_amount = line_shape.and_then(|line| line.amount.as_ref());
        let price = match (&self.amount, unit_price, line_amount) {
            (Some(amount), None, None) if line_shape.is_none() => PriceTerms::Amount(terms.plain("amount", amount)?),
            (None, Some(price), None) => PriceTerms::Unit(terms.plain("line.unit_price", price)?),
            (None, None, Some(amount)) => PriceTerms::Amount(terms.plain("line.amount", amount)?),
            _ => {
                let remedy =
                    "write exactly one of `amount` (files without `[line]`), `line.amount` and `line.unit_price`";
                return Err(self.missing(terms, "amount", remedy));
            }
        };
        let line = match line_shape {
            None => None,
            Some(line) => Some(LineTerms {
                product: terms.plain("line.product", &line.product)?,
                name: terms.optional("line.name", line.name.as_ref())?,
                category: terms.optional("line.category", line.category.as_ref())?,
                group: terms.optional("line.group", line.group.as_ref())?,
                quantity: terms.optional("line.quantity", line.quantity.as_ref())?,
                is_goods: terms.optional("line.is_goods", line.is_goods.as_ref())?,
                discounts: line.discounts,
            }),
        };
        Ok(OrderTerms {
            currency: terms.optional("currency", self.currency.as_ref())?,
            channel: terms.optional("channel", self.channel.as_ref())?,
            cancellation: terms.optional("cancellation", self.cancellation.as_ref())?,
            refund: terms.optional("refund", self.refund.as_ref())?,
            order: terms.optional("order", self.order.as_ref())?,
            reason: terms.optional("reason", self.reason.as_ref())?,
            price,
            line,
            about: match self.fields.is_some() || self.custom.is_some() {
                true => Some(Box::new(self.customers(terms)?)),
                false => None,
            },
        })
    }

    fn customers(&self, terms: &mut Terms<'_>) -> Result<CustomerTerms, MappingError> {
        let mut fields = Vec::new();
        for (name, placed) in self.fields.iter().flat_map(|table| table.get_ref()) {
            let key = format!("fields.{name}");
            let Some(field) = ProfileKey::named(name) else {
                return Err(terms.bad_value(&key, &placed.span(), unknown_field(name)));
            };
            fields.push((field, terms.add(&key, placed, Purpose::Field(field.field_type()))?.0));
        }
        // In the profile's own order, so that the digest of a row does not hang on that of the mapping.
        fields.sort_by_key(|(field, _)| *field);
        let mut custom = Vec::new();
        for (name, placed) in self.custom.iter().flat_map(|table| table.get_ref()) {
            let (term, ty) = terms.add(&format!("custom.{name}"), placed, Purpose::Custom)?;
            custom.push((name.clone(), ty, term));
        }
        let consents = terms.table("consents", self.consents.as_ref())?;
        let clear_empty = self.empty.as_ref().is_some_and(|empty| *empty.get_ref() == EmptyShape::Clear);
        Ok(CustomerTerms { clear_empty, fields, custom, consents })
    }

    fn contacts(&self, terms: &mut Terms<'_>) -> Result<ContactTerms, MappingError> {
        let Some(name) = &self.name else {
            return Err(self.missing(terms, "name", "name the column with the person's name"));
        };
        let list = |terms: &mut Terms<'_>, key: &str, placed: &Option<Placed>| {
            let term = placed.as_ref().map(|placed| terms.add(key, placed, Purpose::Field(FieldType::TextList)));
            Ok::<_, MappingError>(term.transpose()?.map(|(term, _)| term))
        };
        Ok(ContactTerms {
            name: terms.plain("name", name)?,
            role: terms.optional("role", self.role.as_ref())?,
            phones: list(terms, "phones", &self.phones)?,
            emails: list(terms, "emails", &self.emails)?,
            removed: terms.optional("removed", self.removed.as_ref())?,
        })
    }

    fn measures(&self, terms: &mut Terms<'_>) -> Result<MeasureTerms, MappingError> {
        let columns = terms.table("measures", self.measures.as_ref())?;
        let named = match (&self.measure, &self.value) {
            (Some(name), Some(value)) => Some((terms.plain("measure", name)?, terms.plain("value", value)?)),
            (None, None) if !columns.is_empty() => None,
            _ => return Err(self.missing(terms, "measures", "write `[measures]`, or both `measure` and `value`")),
        };
        Ok(MeasureTerms { named, columns })
    }

    fn what(&self, terms: &mut Terms<'_>) -> Result<TermId, MappingError> {
        match &self.what {
            Some(what) => terms.plain("what", what),
            None => Err(self.missing(terms, "what", "say what each row is, for example `what = { text = \"call\" }`")),
        }
    }

    fn missing(&self, terms: &Terms<'_>, key: &'static str, remedy: &'static str) -> MappingError {
        MappingError::MissingKey { file: terms.file.to_owned(), kind: self.kind.name(), key, remedy }
    }
}

fn unknown_field(name: &str) -> String {
    let nearest = ProfileKey::ALL
        .iter()
        .map(|key| (strsim::jaro_winkler(name, key.name()), key.name()))
        .max_by(|a, b| a.0.total_cmp(&b.0));
    match nearest {
        Some((likeness, known)) if likeness > 0.8 => {
            format!("the profile has no such field; did you mean `{known}`? fields of your own go under `[custom]`")
        }
        _ => "the profile has no such field; fields of your own go under `[custom]`".to_owned(),
    }
}
