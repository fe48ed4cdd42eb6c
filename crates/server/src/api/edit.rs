//! What people enter: profiles, contacts, and what happened.

use serde::{Deserialize, Serialize};
use tierhook_model::Day;

use super::{ChangeRow, CustomerHead, Datum, FactRow, Until, as_text};

/// Who a person at a customer is. What is left out stays as it is.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ContactEdit {
    /// The person's id at the customer, for example `k1`.
    pub id: String,
    /// The name; a new person needs one.
    pub name: Option<String>,
    /// What the person does there; an empty text is nothing.
    pub role: Option<String>,
    /// Telephone numbers; if there are any they replace the known ones.
    pub phones: Vec<String>,
    /// Email addresses; likewise.
    pub emails: Vec<String>,
}

/// What can be noted by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogKind {
    /// A telephone call.
    Call,
    /// A visit in person.
    Visit,
    /// An email.
    Email,
    /// A chat.
    Chat,
    /// The customer asked for advice.
    Consultation,
    /// A look at a web page.
    View,
    /// How satisfied the customer is.
    Satisfaction,
    /// A complaint.
    Complaint,
    /// The end of a complaint.
    Resolved,
    /// Goods sent back.
    Return,
    /// Praise, a suggestion, or anything else.
    Remark,
    /// A named number.
    Measure,
}

impl LogKind {
    /// All kinds.
    pub const ALL: [Self; 12] = [
        Self::Call,
        Self::Visit,
        Self::Email,
        Self::Chat,
        Self::Consultation,
        Self::View,
        Self::Satisfaction,
        Self::Complaint,
        Self::Resolved,
        Self::Return,
        Self::Remark,
        Self::Measure,
    ];

    /// The kind as it is written in commands.
    pub fn name(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Visit => "visit",
            Self::Email => "email",
            Self::Chat => "chat",
            Self::Consultation => "consultation",
            Self::View => "view",
            Self::Satisfaction => "satisfaction",
            Self::Complaint => "complaint",
            Self::Resolved => "resolved",
            Self::Return => "return",
            Self::Remark => "remark",
            Self::Measure => "measure",
        }
    }
}

/// Something that happened, as a person notes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogEntry {
    /// What it was.
    pub what: LogKind,
    /// In the person's words.
    pub text: Option<String>,
    /// Whether the customer began it; for calls, visits, emails and chats.
    #[serde(default)]
    pub inbound: bool,
    /// How satisfied the customer is, from 1 to 5.
    pub score: Option<f64>,
    /// Which complaint is resolved, by its id; `None` is the only open one.
    pub complaint: Option<String>,
    /// The product that was talked of, viewed or sent back.
    pub product: Option<String>,
    /// The measure's name as in `fields.toml`.
    pub measure: Option<String>,
    /// The measure's value.
    pub value: Option<f64>,
    /// The person at the customer, by the contact's id.
    pub contact: Option<String>,
    /// The day on which it happened; `None` is the book's day.
    #[serde(with = "as_text::option", default)]
    pub on: Option<Day>,
}

impl LogEntry {
    /// Makes an entry of which nothing is said but what it was.
    pub fn new(what: LogKind) -> Self {
        Self {
            what,
            text: None,
            inbound: false,
            score: None,
            complaint: None,
            product: None,
            measure: None,
            value: None,
            contact: None,
            on: None,
        }
    }
}

/// A follow-up that a person wants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewReminder {
    /// What to do.
    pub text: String,
    /// When.
    pub due: Until,
    /// How, for example `call`.
    pub channel: Option<String>,
    /// How much it matters: higher first.
    #[serde(default)]
    pub priority: i32,
}

/// What became of profiles.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EditReport {
    /// The customers, in the order in which they were named.
    pub rows: Vec<EditRow>,
}

/// What became of one customer's profile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EditRow {
    /// Who it is from now on.
    pub customer: CustomerHead,
    /// Whether the book did not have the customer before.
    pub is_new: bool,
    /// The fields that have other values now; none if the book said all of it already.
    pub fields: Vec<FieldChange>,
    /// What else changed by it.
    pub changes: Vec<ChangeRow>,
}

/// A field that has another value now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldChange {
    /// The field; `contact.ID` is a person at the customer, `consent.PURPOSE` what the customer agreed to.
    pub field: String,
    /// The value before; `None` is unknown.
    pub before: Option<Datum>,
    /// The value from now on; `None` is unknown.
    pub after: Option<Datum>,
}

/// What was noted, and what changed by it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogReport {
    /// The customer.
    pub customer: CustomerHead,
    /// What was noted.
    pub fact: FactRow,
    /// Whether it is a complaint, which is open until it is resolved by the fact's id.
    pub is_complaint: bool,
    /// Whether it is the first of its kind in the book: what was unknown of the others is none from now on, so all are
    /// graded again.
    #[serde(default)]
    pub is_first: bool,
    /// What changed by it.
    pub changes: Vec<ChangeRow>,
}
