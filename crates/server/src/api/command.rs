//! What can be asked.

use serde::{Deserialize, Serialize};
use tierhook_model::{ClockMode, Day, FieldGroup, Severity};

use super::{FollowUpId, WarningId, as_text};

/// What is asked of a host.
///
/// A customer is named by `source:id`, by its id alone where no other source has the same, or by its number in the
/// book as `C12`; they are tried in this order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "kebab-case")]
pub enum Command {
    /// Takes the facts of a file in, which comes as the upload, and grades anew whom they concern. Rejected rows
    /// come back as chunks: CSV with a heading.
    Import {
        /// The file's name, for messages and the list of imports.
        file: String,
        /// The file's size in bytes, for progress.
        bytes: Option<u64>,
        /// What the rows are; `None` is what the mapping says.
        kind: Option<ImportKind>,
        /// How the rows become facts; `None` is the mapping that fits the column names of `kind`.
        mapping: Option<MappingFile>,
        /// Whether only to say what would happen.
        dry_run: bool,
        /// Whether changed content under a known id replaces the old, rather than being a conflict.
        amend: bool,
    },
    /// Evaluates a customer, or all of them.
    Evaluate {
        /// The customer.
        customer: Option<String>,
    },
    /// Shows the book's clock.
    ClockShow,
    /// Sets the book's clock to a day on which it stays.
    ClockSet {
        /// The day.
        #[serde(with = "as_text")]
        day: Day,
    },
    /// Moves a fixed clock on.
    ClockAdvance {
        /// By how many days.
        days: u32,
    },
    /// Makes the book's clock follow something.
    ClockFollow {
        /// What: [`ClockMode::System`] or [`ClockMode::LastFact`].
        mode: ClockMode,
    },
    /// Lists customers.
    CustomersList(CustomerFilter),
    /// Shows a customer with everything that is known.
    CustomersShow {
        /// The customer.
        customer: String,
        /// As of the end of this day; `None` is now.
        #[serde(with = "as_text::option", default)]
        as_of: Option<Day>,
    },
    /// Lists customers whose id, name, company, phone, email or other handle contains a text.
    CustomersSearch {
        /// The text.
        text: String,
        /// At most so many.
        limit: usize,
    },
    /// Puts a customer in a class by a person's word.
    CustomersSetClass {
        /// The customer.
        customer: String,
        /// The dimension.
        dimension: String,
        /// The class.
        class: String,
        /// Why.
        why: String,
        /// The last day on which it holds; `None` is until it is released.
        #[serde(with = "as_text::option", default)]
        until: Option<Day>,
    },
    /// Hands the decision on a customer's class back to the rules.
    CustomersReleaseClass {
        /// The customer.
        customer: String,
        /// The dimension.
        dimension: String,
        /// Why.
        why: String,
    },
    /// Lists follow-ups, the most urgent first.
    FollowUpsList(FollowUpFilter),
    /// Marks a follow-up as done.
    FollowUpsDone {
        /// The follow-up.
        id: FollowUpId,
        /// Whether the customer was reached: that counts as a contact.
        contact: bool,
        /// What came of it.
        note: Option<String>,
    },
    /// Puts a follow-up off.
    FollowUpsSnooze {
        /// The follow-up.
        id: FollowUpId,
        /// Until when.
        until: Until,
        /// Why.
        note: Option<String>,
    },
    /// Lists churn warnings, the worst first.
    WarningsList(WarningFilter),
    /// Says that somebody has seen a warning and is on it.
    WarningsAck {
        /// The warning.
        id: WarningId,
        /// What is being done.
        note: Option<String>,
    },
    /// Says what came of a warning.
    WarningsResolve {
        /// The warning.
        id: WarningId,
        /// What came of it.
        outcome: WarningOutcome,
        /// In the person's words.
        note: Option<String>,
    },
    /// Explains why a customer is in its classes.
    Explain {
        /// The customer.
        customer: String,
        /// The dimension; `None` is all.
        dimension: Option<String>,
        /// As of the end of this day; `None` is now.
        #[serde(with = "as_text::option", default)]
        as_of: Option<Day>,
    },
    /// Lists the rules: those that are active, and what the disk has that is not.
    RulesList,
    /// Checks the rules on the disk, and activates nothing.
    RulesCheck,
    /// Runs the golden cases of the rules on the disk.
    RulesTest {
        /// The rule; `None` is all.
        rule: Option<String>,
    },
    /// Lists the fields that rules may read.
    Fields {
        /// Of this group only.
        group: Option<FieldGroup>,
    },
    /// Tells how the host and the book are.
    Status,
    /// Writes rows out as chunks, in order of customer.
    Export {
        /// What.
        what: ExportKind,
        /// The columns; empty is the usual ones.
        fields: Vec<String>,
        /// As of the end of this day; `None` is now.
        #[serde(with = "as_text::option", default)]
        as_of: Option<Day>,
        /// How.
        format: ExportFormat,
    },
    /// Fills an empty book with a made-up company; a book with customers stays as it is.
    Sample {
        /// How many customers.
        customers: usize,
        /// The same number makes the same company.
        seed: u64,
    },
}

/// Which customers to list.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct CustomerFilter {
    /// Pairs of dimension and class; all have to hold.
    pub classes: Vec<(String, String)>,
    /// Of this owner only.
    pub owner: Option<String>,
    /// With this tag only.
    pub tag: Option<String>,
    /// Further fields to show.
    pub fields: Vec<String>,
    /// The field by which to sort; `None` is by the customers' numbers.
    pub sort: Option<String>,
    /// Whether the largest come first. Unknown values come last either way.
    pub descending: bool,
    /// At most so many.
    pub limit: usize,
}

/// Which follow-ups to list.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct FollowUpFilter {
    /// Of this customer only.
    pub customer: Option<String>,
    /// Of this owner's customers only.
    pub owner: Option<String>,
    /// Of this kind only.
    pub kind: Option<String>,
    /// Due on this day at the latest.
    #[serde(with = "as_text::option", default)]
    pub due: Option<Day>,
    /// Whether to list closed and snoozed ones too.
    pub all: bool,
    /// At most so many.
    pub limit: usize,
}

/// Which warnings to list.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct WarningFilter {
    /// Of this customer only.
    pub customer: Option<String>,
    /// Of this owner's customers only.
    pub owner: Option<String>,
    /// With this cause only.
    pub cause: Option<String>,
    /// At least so bad.
    pub severity: Option<Severity>,
    /// Whether to list closed and snoozed ones too.
    pub all: bool,
    /// At most so many.
    pub limit: usize,
}

/// Until when something is put off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Until {
    /// It counts again on this day.
    Day(#[serde(with = "as_text")] Day),
    /// It counts again so many days after the book's day.
    Days(u32),
}

/// What came of a warning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WarningOutcome {
    /// The customer stays.
    Resolved {
        /// What it was: quality, service, price, competitor, moved, other.
        cause: String,
    },
    /// The customer is gone.
    Lost {
        /// What it was, in the same words.
        cause: String,
    },
    /// There was nothing; the same episode is not raised again.
    FalseAlarm,
}

/// What the rows of a file are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ImportKind {
    /// Customers with their profile.
    Customers,
    /// Orders, or lines of orders.
    Orders,
    /// Calls, visits, emails, chats, consultations, web views.
    Interactions,
    /// Satisfaction, complaints, returns, remarks.
    Feedback,
    /// Named numbers at a date.
    Measures,
}

impl ImportKind {
    /// All kinds.
    pub const ALL: [Self; 5] = [Self::Customers, Self::Orders, Self::Interactions, Self::Feedback, Self::Measures];

    /// The kind as it is written in commands and mappings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Customers => "customers",
            Self::Orders => "orders",
            Self::Interactions => "interactions",
            Self::Feedback => "feedback",
            Self::Measures => "measures",
        }
    }
}

/// A mapping as it was written, with the name of its file for messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MappingFile {
    /// The file's name.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// What can be exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExportKind {
    /// One row for each customer, with any fields of the catalogue.
    Customers,
    /// One row for each order.
    Orders,
    /// One row for each customer and dimension: the class and since when.
    Assignments,
    /// One row for each follow-up.
    FollowUps,
    /// One row for each warning.
    Warnings,
}

impl ExportKind {
    /// All kinds.
    pub const ALL: [Self; 5] = [Self::Customers, Self::Orders, Self::Assignments, Self::FollowUps, Self::Warnings];

    /// The kind as it is written in commands.
    pub fn name(self) -> &'static str {
        match self {
            Self::Customers => "customers",
            Self::Orders => "orders",
            Self::Assignments => "assignments",
            Self::FollowUps => "follow-ups",
            Self::Warnings => "warnings",
        }
    }
}

/// How exported rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExportFormat {
    /// CSV with a heading (RFC 4180, lines end in LF). A missing value is empty.
    #[default]
    Csv,
    /// One JSON object for each row. A missing value is `null`.
    JsonLines,
}

impl Command {
    /// The command's name, for logs.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Import { .. } => "import",
            Self::Evaluate { .. } => "evaluate",
            Self::ClockShow => "clock show",
            Self::ClockSet { .. } => "clock set",
            Self::ClockAdvance { .. } => "clock advance",
            Self::ClockFollow { .. } => "clock follow",
            Self::CustomersList(_) => "customers list",
            Self::CustomersShow { .. } => "customers show",
            Self::CustomersSearch { .. } => "customers search",
            Self::CustomersSetClass { .. } => "customers set-class",
            Self::CustomersReleaseClass { .. } => "customers release-class",
            Self::FollowUpsList(_) => "follow-ups list",
            Self::FollowUpsDone { .. } => "follow-ups done",
            Self::FollowUpsSnooze { .. } => "follow-ups snooze",
            Self::WarningsList(_) => "warnings list",
            Self::WarningsAck { .. } => "warnings ack",
            Self::WarningsResolve { .. } => "warnings resolve",
            Self::Explain { .. } => "explain",
            Self::RulesList => "rules list",
            Self::RulesCheck => "rules check",
            Self::RulesTest { .. } => "rules test",
            Self::Fields { .. } => "fields",
            Self::Status => "status",
            Self::Export { .. } => "export",
            Self::Sample { .. } => "sample",
        }
    }
}
