//! Facts: what happened, dated, and never edited.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Amount, Day, ExternalRef, FactSeq, ImportId, Moment, ProfileKey, RecordId, Value};

/// Something that happened to a record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    /// The fact's number; later recorded facts have larger ones.
    pub seq: FactSeq,
    /// The record that it is about.
    pub record: RecordId,
    /// Who the fact is in its source.
    pub key: ExternalRef,
    /// When it happened.
    pub occurred: Moment,
    /// The civil day on which it happened, in the book's time zone as it was when the fact was recorded.
    pub day: Day,
    /// When it was recorded.
    pub recorded: Moment,
    /// The import that brought it, if one did.
    pub import: Option<ImportId>,
    /// The person at the customer that it concerns, by the id of the contact.
    pub contact: Option<String>,
    /// What happened.
    pub body: FactBody,
}

/// A fact on its way into the book: everything but what the book itself assigns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NewFact {
    /// The record that it is about, as the source names it.
    pub record: ExternalRef,
    /// Who the fact is in its source. The same key with the same content is the same fact.
    pub key: ExternalRef,
    /// When it happened.
    pub occurred: Moment,
    /// The civil day on which it happened.
    pub day: Day,
    /// The person at the customer that it concerns.
    pub contact: Option<String>,
    /// What happened.
    pub body: FactBody,
}

impl NewFact {
    /// Returns a digest of what the fact says, by which the same fact is known again. When a profile or contact
    /// change was read is no part of it: reading the same list a day later says nothing new.
    pub fn content(&self) -> [u8; 16] {
        let dated = !matches!(self.body, FactBody::Profile(_) | FactBody::Contact(_));
        let occurred = if dated { Some(self.occurred) } else { None };
        let said = (&self.record, occurred, &self.contact, &self.body);
        let bytes = postcard::to_allocvec(&said).expect("facts are plain data, which can always be encoded");
        crate::digest128(&[&bytes])
    }
}

/// What happened. New kinds are added at the end: the position is what is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FactBody {
    /// A purchase.
    Order(Order),
    /// Money given back.
    Refund(Refund),
    /// A purchase called off, in whole or in part.
    Cancellation(Cancellation),
    /// Contact between the company and the customer, or a visit to a page.
    Interaction(Interaction),
    /// What the customer said about the company.
    Feedback(Feedback),
    /// A named number at a date, for example assets or seats.
    Measure(Measure),
    /// Something new about who the customer is.
    Profile(ProfileChange),
    /// Something new about a person at the customer.
    Contact(ContactChange),
    /// A person's word on a class, or its end.
    Override(OverrideFact),
    /// What came of a follow-up or a warning.
    Outcome(Outcome),
    /// Another record is the same customer.
    Merge(Merge),
    /// An earlier fact does not hold.
    Retraction(Retraction),
}

/// The kinds of facts, without their content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FactKind {
    /// See [`FactBody::Order`].
    Order,
    /// See [`FactBody::Refund`].
    Refund,
    /// See [`FactBody::Cancellation`].
    Cancellation,
    /// See [`FactBody::Interaction`].
    Interaction,
    /// See [`FactBody::Feedback`].
    Feedback,
    /// See [`FactBody::Measure`].
    Measure,
    /// See [`FactBody::Profile`].
    Profile,
    /// See [`FactBody::Contact`].
    Contact,
    /// See [`FactBody::Override`].
    Override,
    /// See [`FactBody::Outcome`].
    Outcome,
    /// See [`FactBody::Merge`].
    Merge,
    /// See [`FactBody::Retraction`].
    Retraction,
}

impl FactBody {
    /// Tells whether it says that something happened, rather than what is the case.
    pub fn is_event(&self) -> bool {
        matches!(
            self,
            Self::Order(_)
                | Self::Refund(_)
                | Self::Cancellation(_)
                | Self::Interaction(_)
                | Self::Feedback(_)
                | Self::Measure(_)
        )
    }

    /// Returns the money that it is about; `None` if it is about none.
    pub fn amount(&self) -> Option<&Amount> {
        match self {
            Self::Order(Order { amount, .. })
            | Self::Refund(Refund { amount, .. })
            | Self::Cancellation(Cancellation { amount, .. }) => Some(amount),
            _ => None,
        }
    }

    /// The same, to be changed.
    pub fn amount_mut(&mut self) -> Option<&mut Amount> {
        match self {
            Self::Order(Order { amount, .. })
            | Self::Refund(Refund { amount, .. })
            | Self::Cancellation(Cancellation { amount, .. }) => Some(amount),
            _ => None,
        }
    }

    /// Returns the kind of the fact.
    pub fn kind(&self) -> FactKind {
        match self {
            Self::Order(_) => FactKind::Order,
            Self::Refund(_) => FactKind::Refund,
            Self::Cancellation(_) => FactKind::Cancellation,
            Self::Interaction(_) => FactKind::Interaction,
            Self::Feedback(_) => FactKind::Feedback,
            Self::Measure(_) => FactKind::Measure,
            Self::Profile(_) => FactKind::Profile,
            Self::Contact(_) => FactKind::Contact,
            Self::Override(_) => FactKind::Override,
            Self::Outcome(_) => FactKind::Outcome,
            Self::Merge(_) => FactKind::Merge,
            Self::Retraction(_) => FactKind::Retraction,
        }
    }
}

impl fmt::Display for FactKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Order => "order",
            Self::Refund => "refund",
            Self::Cancellation => "cancellation",
            Self::Interaction => "interaction",
            Self::Feedback => "feedback",
            Self::Measure => "measure",
            Self::Profile => "profile change",
            Self::Contact => "contact change",
            Self::Override => "override",
            Self::Outcome => "outcome",
            Self::Merge => "merge",
            Self::Retraction => "retraction",
        })
    }
}

/// A purchase.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// What was paid for all lines together.
    pub amount: Amount,
    /// What was bought.
    pub lines: Vec<Line>,
    /// The channel it came through, for example `shop` or `wechat`.
    pub channel: Option<String>,
}

/// One line of an order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// The product's id in its source.
    pub product: String,
    /// The product's name.
    pub name: Option<String>,
    /// The product's category.
    pub category: Option<String>,
    /// Products that satisfy the same need share a consumption group, for example one milk powder in tins
    /// of two sizes. A product without one is its own group.
    pub group: Option<String>,
    /// How many units were bought, in thousandths.
    pub quantity_milli: i64,
    /// What the line cost, in minor units of the order's currency.
    pub amount_minor: i64,
    /// Whether this is goods; services and postage are not, and never count as products.
    pub is_goods: bool,
}

/// Money given back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Refund {
    /// The order that it belongs to, by its id in the source, where known.
    pub order: Option<String>,
    /// How much was given back; positive.
    pub amount: Amount,
    /// Why.
    pub reason: Option<String>,
}

/// A purchase called off, in whole or in part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cancellation {
    /// The order that it belongs to, by its id in the source, where known.
    pub order: Option<String>,
    /// How much less the customer pays; positive.
    pub amount: Amount,
    /// Why.
    pub reason: Option<String>,
}

/// Contact between the company and the customer, or a visit to a page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interaction {
    /// What kind of contact it was.
    pub kind: InteractionKind,
    /// Who at the company had it.
    pub by: Option<String>,
    /// Whether the customer began it; `None` where unknown.
    pub inbound: Option<bool>,
    /// What it was about: free text.
    pub note: Option<String>,
    /// The product that was viewed or asked about.
    pub product: Option<String>,
}

/// The kinds of interaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InteractionKind {
    /// A telephone call.
    Call,
    /// A visit in person, either way.
    Visit,
    /// An email.
    Email,
    /// A chat, for example on WeChat.
    Chat,
    /// A look at a web page or an app screen. It is no contact.
    WebView,
    /// The customer asked for advice.
    Consultation,
}

impl InteractionKind {
    /// Tells whether people were in contact; a web view is none.
    pub fn is_contact(self) -> bool {
        self != Self::WebView
    }
}

/// What the customer said about the company.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Feedback {
    /// What kind of feedback it was.
    pub kind: FeedbackKind,
    /// The customer's or the service's words.
    pub text: Option<String>,
}

/// The kinds of feedback.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FeedbackKind {
    /// How satisfied the customer is, in hundredths of points: 100 (not at all) to 500 (very).
    Satisfaction {
        /// Hundredths of points.
        score_hundredths: i32,
    },
    /// A complaint. It is open until a [`FeedbackKind::ComplaintResolved`] names its fact's id.
    Complaint,
    /// The end of a complaint.
    ComplaintResolved {
        /// The id of the complaint in the same source.
        complaint: String,
    },
    /// Goods sent back.
    Return {
        /// The product, where known.
        product: Option<String>,
    },
    /// Praise, a suggestion, or anything else.
    Remark,
}

/// A named number at a date.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measure {
    /// The measure's name, for example `assets`.
    pub name: String,
    /// Its value.
    pub value: f64,
}

/// Something new about who the customer is.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct ProfileChange {
    /// Fields with their new values; `None` clears the field.
    pub fields: Vec<(ProfileKey, Option<Value>)>,
    /// Custom fields with their new values; `None` clears the field.
    pub custom: Vec<(String, Option<Value>)>,
    /// What the customer agreed to or refused: purpose, and whether it was given.
    pub consents: Vec<(String, bool)>,
}

impl ProfileChange {
    /// Tells whether a profile says all of this already.
    pub fn is_in(&self, profile: &crate::Profile) -> bool {
        let consented = |purpose: &str, given: bool| {
            profile.consents.iter().any(|consent| consent.purpose == purpose && consent.given == given)
        };
        self.fields.iter().all(|(key, value)| profile.get(*key) == value.as_ref())
            && self.custom.iter().all(|(name, value)| profile.custom(name) == value.as_ref())
            && self.consents.iter().all(|(purpose, given)| consented(purpose, *given))
    }
}

/// Something new about a person at the customer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ContactChange {
    /// The person; replaces the one with the same id.
    pub contact: crate::Contact,
    /// Whether the person is there no more.
    pub removed: bool,
}

/// A person's word on a class, or its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverrideFact {
    /// The dimension.
    pub dimension: String,
    /// The class that holds from now on; `None` hands the decision back to the rules.
    pub class: Option<String>,
    /// Who said so.
    pub who: String,
    /// Why.
    pub why: String,
    /// The last civil day on which it holds; `None` is until somebody ends it.
    pub until: Option<Day>,
    /// The day from which somebody has to look at it again. It holds all the same.
    pub review: Option<Day>,
}

/// What came of a follow-up or a warning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The number of the follow-up or warning within the record.
    pub number: u32,
    /// What came of it.
    pub kind: OutcomeKind,
    /// Who said so.
    pub who: String,
    /// In their words.
    pub note: Option<String>,
}

/// What can come of a follow-up or a warning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OutcomeKind {
    /// The follow-up was done.
    Done {
        /// Whether the customer was reached: that writes an interaction.
        contact: bool,
        /// What the customer gave as the cause, where the follow-up asked for one.
        cause: Option<String>,
    },
    /// Not before this day.
    Snoozed {
        /// The first day on which it counts again.
        until: Day,
    },
    /// Somebody has seen the warning and is on it.
    Acknowledged,
    /// The customer stays.
    Resolved {
        /// What it was, for example one of [`crate::CAUSES`].
        cause: String,
    },
    /// The customer is gone.
    Lost {
        /// What it was.
        cause: String,
    },
    /// There was nothing; the same episode is not raised again.
    FalseAlarm,
}

/// Another record is the same customer, and was merged into this one. It says nothing about the customer itself: what
/// it brings are the other record's facts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Merge {
    /// The record that is the same customer.
    pub other: RecordId,
    /// How the source that brought it first names it.
    pub external: ExternalRef,
    /// Whether this undoes an earlier merge.
    pub undo: bool,
    /// Who said so.
    pub who: String,
    /// Why; empty if nobody said.
    pub why: String,
}

/// An earlier fact does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retraction {
    /// The fact that does not hold.
    pub fact: FactSeq,
    /// Why.
    pub reason: String,
}
