//! Rows of lists of events: interactions, feedback and measures. Each row stands for itself.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use tierhook_model::{ExternalRef, FactBody, Feedback, FeedbackKind, Interaction, InteractionKind, Measure, NewFact};

use crate::formula::TermReader;
use crate::key::{RowKeys, SeenIds};
use crate::mapping::{Body, FeedbackTerms, InteractionTerms, Mapping, MeasureTerms, TermId};
use crate::read::{ImportContext, Taken};
use crate::row::{Rejection, Row};

/// Takes the rows of a list of events.
#[derive(Debug)]
pub(crate) struct EventRows<'m> {
    mapping: &'m Mapping,
    context: &'m ImportContext,
    keys: RowKeys,
    seen: SeenIds,
}

impl<'m> EventRows<'m> {
    pub(crate) fn new(mapping: &'m Mapping, context: &'m ImportContext) -> Self {
        Self { mapping, context, keys: RowKeys::default(), seen: SeenIds::default() }
    }

    /// Makes the facts of a row: one, or for measures as many as the row has numbers.
    pub(crate) fn take(&mut self, terms: &mut TermReader<'_>, row: &Row) -> Result<Taken, Rejection> {
        let mapping = self.mapping;
        let customer = terms.customer(row)?;
        let at = mapping.at.ok_or_else(|| Rejection::new("no date", "the mapping has no `at`"))?;
        let (occurred, day) = terms.happened(at, row, &self.context.zone)?.ok_or_else(|| terms.empty(at))?;
        let contact = terms.optional(mapping.contact, row)?;
        let bodies: Vec<(Option<String>, FactBody)> = match &mapping.body {
            Body::Interactions(body) => vec![(None, FactBody::Interaction(interaction(body, terms, row)?))],
            Body::Feedback(body) => vec![(None, FactBody::Feedback(feedback(body, terms, row)?))],
            Body::Measures(body) => measures(body, terms, row)?,
            Body::Orders(_) | Body::Customers(_) | Body::Contacts(_) => Vec::new(),
        };
        let id = match terms.optional_id(mapping.id, row)? {
            Some(id) => {
                // Within one run of the program the debug form is as good a picture of the content as any.
                if !self.seen.note(&id, &format!("{customer} {occurred} {contact:?} {bodies:?}"), row.line())? {
                    return Ok(Taken::Repeated);
                }
                id
            }
            None => self.keys.next(row),
        };
        let record = ExternalRef::new(&mapping.customer_source, customer);
        let facts = bodies.into_iter().map(|(part, body)| NewFact {
            record: record.clone(),
            key: ExternalRef::new(&mapping.source, part.map_or_else(|| id.clone(), |part| format!("{id}#{part}"))),
            occurred,
            day,
            contact: contact.clone(),
            body,
        });
        Ok(Taken::Facts(facts.collect()))
    }
}

fn interaction(body: &InteractionTerms, terms: &mut TermReader<'_>, row: &Row) -> Result<Interaction, Rejection> {
    let kind = match what(body.what, terms, row)?.as_str() {
        "call" => InteractionKind::Call,
        "visit" => InteractionKind::Visit,
        "email" => InteractionKind::Email,
        "chat" => InteractionKind::Chat,
        "web-view" => InteractionKind::WebView,
        "consultation" => InteractionKind::Consultation,
        other => return Err(unknown(other, "call, visit, email, chat, web-view or consultation")),
    };
    let inbound = match body.inbound {
        Some(inbound) => terms.answer(inbound, row)?,
        None => None,
    };
    Ok(Interaction {
        kind,
        by: terms.optional(body.by, row)?,
        inbound,
        note: terms.optional(body.note, row)?,
        product: terms.optional(body.product, row)?,
    })
}

fn feedback(body: &FeedbackTerms, terms: &mut TermReader<'_>, row: &Row) -> Result<Feedback, Rejection> {
    let kind = match what(body.what, terms, row)?.as_str() {
        "satisfaction" => FeedbackKind::Satisfaction { score_hundredths: score(body.score, terms, row)? },
        "complaint" => FeedbackKind::Complaint,
        "complaint-resolved" => match terms.optional(body.complaint, row)? {
            Some(complaint) => FeedbackKind::ComplaintResolved { complaint },
            None => {
                let detail = "a complaint-resolved needs the id of its complaint; map it as `complaint`";
                return Err(Rejection::new("no complaint", detail));
            }
        },
        "return" => FeedbackKind::Return { product: terms.optional(body.product, row)? },
        "remark" => FeedbackKind::Remark,
        other => return Err(unknown(other, "satisfaction, complaint, complaint-resolved, return or remark")),
    };
    Ok(Feedback { kind, text: terms.optional(body.text, row)? })
}

fn score(term: Option<TermId>, terms: &mut TermReader<'_>, row: &Row) -> Result<i32, Rejection> {
    let number = match term {
        Some(term) => terms.number(term, row)?,
        None => None,
    };
    let Some(number) = number else {
        return Err(Rejection::new("no score", "satisfaction needs a score from 1 to 5; map it as `score`"));
    };
    let allowed = Decimal::ONE..=Decimal::from(5);
    match (number * Decimal::ONE_HUNDRED).round().to_i32().filter(|_| allowed.contains(&number)) {
        Some(hundredths) => Ok(hundredths),
        None => {
            let detail = format!("the score is {number}; it has to lie between 1 and 5: convert it in the mapping");
            Err(Rejection::new("the score is out of range", detail))
        }
    }
}

fn measures(
    body: &MeasureTerms,
    terms: &mut TermReader<'_>,
    row: &Row,
) -> Result<Vec<(Option<String>, FactBody)>, Rejection> {
    let mut found = Vec::new();
    let named = match body.named {
        Some((name, value)) => Some((terms.required(name, row)?, value)),
        None => None,
    };
    for (name, term) in body.columns.iter().cloned().chain(named) {
        if let Some(number) = terms.number(term, row)?
            && let Ok(value) = number.to_string().parse()
        {
            found.push((Some(name.clone()), FactBody::Measure(Measure { name, value })));
        }
    }
    if found.is_empty() {
        return Err(Rejection::new("no number", "none of the row's measures has a number; fill one in"));
    }
    Ok(found)
}

/// Returns what a row says it is, written in the one way that is compared.
fn what(term: TermId, terms: &mut TermReader<'_>, row: &Row) -> Result<String, Rejection> {
    Ok(terms.required(term, row)?.to_lowercase().replace(['_', ' '], "-"))
}

fn unknown(other: &str, known: &str) -> Rejection {
    let detail = format!("`what` is `{other}`; it has to be {known}: convert it in the mapping");
    Rejection::new("`what` is unknown", detail)
}
