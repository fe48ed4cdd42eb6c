//! What can be asked.

use serde::{Deserialize, Serialize};
use tierhook_loader::DimensionEdit;
use tierhook_model::{ClockMode, Day, FieldGroup, ImportId};

use super::{
    ContactEdit, CustomerFilter, FollowUpFilter, FollowUpId, LogEntry, NewReminder, Until, WarningFilter, WarningId,
    as_text,
};

/// What is asked of a host.
///
/// A customer is named by `source:id`, by its id alone where no other source has the same, by its number in the book as
/// `C12`, by a whole telephone number, email address or handle, or by a part of a name that nobody else has; they are
/// tried in this order. One that was merged names the customer that stands for it.
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
        /// The file that the rejected rows will be in, from the root on: an erasure looks there. `None` if they are kept
        /// nowhere.
        #[serde(default)]
        rejects: Option<String>,
    },
    /// Records facts as they happen, which come as the upload, and decides at once: one JSON object a line, as
    /// [`tierhook_import::FactLine`] reads it. Each line is answered by a chunk, a [`FactAnswer`](super::FactAnswer), as soon
    /// as it is durable; the same fact again is known, and answered with what stands.
    Ingest {
        /// Whether changed content under a known id replaces the old, rather than being a conflict.
        amend: bool,
    },
    /// Guesses what the columns of a file are, which comes as the upload; nothing is stored.
    Guess {
        /// The file's name, which may tell what is in it.
        file: String,
        /// What the rows are; `None` is what they seem to be.
        kind: Option<ImportKind>,
    },
    /// Lists what was imported, the newest first.
    ImportList,
    /// Takes back what an import brought, lets hold again what it replaced, and grades the book anew.
    ImportRevert {
        /// The import's number.
        import: ImportId,
        /// Whether only to say what would happen.
        dry_run: bool,
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
    /// Enters a customer by hand: it is `tierhook:ID` from now on.
    CustomersAdd {
        /// The id; no other customer may have it.
        id: String,
        /// Fields with their values as people write them.
        set: Vec<(String, String)>,
        /// Tags to give.
        tags: Vec<String>,
        /// Who looks after the customer.
        owner: Option<String>,
    },
    /// Changes the profile of a customer: own and custom fields, and consents as `consent.PURPOSE`.
    CustomersEdit {
        /// The customer.
        customer: String,
        /// Fields with their values as people write them; several texts stand between commas.
        set: Vec<(String, String)>,
        /// Fields that are unknown from now on.
        clear: Vec<String>,
    },
    /// Gives tags to a customer and takes tags away.
    CustomersTag {
        /// The customer.
        customer: String,
        /// Tags to give.
        add: Vec<String>,
        /// Tags to take away.
        remove: Vec<String>,
    },
    /// Hands customers to somebody: all of them or, if one is not there, none.
    CustomersAssign {
        /// The customers.
        customers: Vec<String>,
        /// Who looks after them; `None` is nobody.
        owner: Option<String>,
    },
    /// Enters, changes or removes a person at a customer.
    CustomersContact {
        /// The customer.
        customer: String,
        /// Who the person is.
        contact: ContactEdit,
        /// Whether the person is there no more.
        remove: bool,
    },
    /// Merges a customer into another one, which stands for both from now on.
    CustomersMerge {
        /// The customer to keep.
        keep: String,
        /// The customer that is the same one.
        duplicate: String,
        /// Why; may be empty.
        #[serde(default)]
        why: String,
    },
    /// Lets a customer that was merged stand for itself again.
    CustomersUnmerge {
        /// The customer that was merged.
        duplicate: String,
        /// Why; may be empty.
        #[serde(default)]
        why: String,
    },
    /// Erases a person everywhere, for good.
    CustomersErase {
        /// The customer.
        customer: String,
        /// Why; it is kept, so it names nobody.
        why: String,
        /// Whether the name goes from the words about other customers too; others may have the same name.
        #[serde(default)]
        names: bool,
        /// Whether only to say what would go.
        dry_run: bool,
    },
    /// Lists the erasures, the newest first.
    CustomersErased,
    /// Copies everything that the book holds of a person, for that person.
    CustomersCopy {
        /// The customer.
        customer: String,
        /// The file that the copy will be in, from the root on: an erasure tells of it. `None` if it is kept nowhere.
        file: Option<String>,
    },
    /// Notes what happened with a customer, and decides at once.
    Log {
        /// The customer.
        customer: String,
        /// What happened.
        entry: LogEntry,
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
        until: Option<Until>,
        /// The day from which `today` asks to look at it again; it holds all the same.
        review: Option<Until>,
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
        /// What the customer gave as the cause, where that was asked: one of the standard causes, or of the rule's own.
        #[serde(default)]
        cause: Option<String>,
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
    /// Opens a follow-up that a person wants. No rule closes it.
    FollowUpsAdd {
        /// The customer.
        customer: String,
        /// What to do, and when.
        reminder: NewReminder,
    },
    /// Lists what is due and which warnings are open: what somebody has to do today.
    Today {
        /// For this owner's customers only.
        owner: Option<String>,
        /// At most so many follow-ups, and so many warnings.
        limit: usize,
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
    /// Finds values of parameters that fit the book.
    RulesSuggest {
        /// The dimension in whose classes customers are to be graded each among their own kind.
        by: Option<String>,
        /// Whether to write them into `rules.toml`.
        write: bool,
    },
    /// Lists the fields that rules may read.
    Fields {
        /// Of this group only.
        group: Option<FieldGroup>,
    },
    /// Lists the dimensions with their classes, and how many customers are in each.
    DimensionsList,
    /// Changes `scripts/dimensions.toml`, and grades anew. What would not load is refused and changes nothing.
    DimensionsEdit(DimensionEdit),
    /// Puts a plugin into the workspace, which comes as the upload: an archive. It is verified before anything is put
    /// in place.
    PluginsInstall {
        /// Where it came from, for messages.
        from: String,
        /// Whether what it needs is granted with it.
        grant: bool,
        /// Whether a release that is older than the one that is there is taken.
        downgrade: bool,
    },
    /// Takes a plugin out of the workspace.
    PluginsUninstall {
        /// The plugin's id.
        plugin: String,
    },
    /// Lists the plugins of the workspace.
    PluginsList,
    /// Trusts a key.
    KeysTrust {
        /// The name that it gets.
        name: String,
        /// The key, as minisign writes it.
        key: String,
    },
    /// Revokes a key: nothing that is signed with it runs any more.
    KeysRevoke {
        /// The key, or the name under which it is trusted.
        key: String,
    },
    /// Lists the keys that are trusted and that were revoked.
    KeysList,
    /// Lets an installed plugin see more.
    GrantsAdd {
        /// The plugin's id.
        plugin: String,
        /// Fields.
        fields: Vec<String>,
        /// Fields that are given as they are rather than as a token.
        clear: Vec<String>,
        /// Kinds of facts.
        history: Vec<String>,
    },
    /// Lets a plugin see less.
    GrantsRevoke {
        /// The plugin's id.
        plugin: String,
        /// Fields and kinds of facts; empty is all.
        fields: Vec<String>,
    },
    /// Lists what plugins may see.
    GrantsList,
    /// Tells how good the book is: what is missing, contradicts itself, is old or cannot be.
    Quality,
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
        /// The file that the rows will be in, from the root on; `None` if they are only shown.
        #[serde(default)]
        file: Option<String>,
    },
    /// Writes a backup of the book, as of one commit.
    Backup {
        /// The file, which must not be there yet; the host writes it, so the path is absolute.
        file: String,
    },
    /// Looks through the whole book for what should not be.
    Doctor {
        /// Whether to put right what can be derived.
        repair: bool,
    },
    /// Fills an empty book with a made-up company; a book with customers stays as it is.
    Sample {
        /// How many customers.
        customers: usize,
        /// The same number makes the same company.
        seed: u64,
    },
}

/// What came of a warning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WarningOutcome {
    /// The customer stays.
    Resolved {
        /// What it was: quality, service, price, competitor, moved, other, or one of the rule's own list.
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
    /// People at customers that are organisations.
    Contacts,
}

impl ImportKind {
    /// All kinds.
    pub const ALL: [Self; 6] =
        [Self::Customers, Self::Orders, Self::Interactions, Self::Feedback, Self::Measures, Self::Contacts];

    /// The kind as it is written in commands and mappings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Customers => "customers",
            Self::Orders => "orders",
            Self::Interactions => "interactions",
            Self::Feedback => "feedback",
            Self::Measures => "measures",
            Self::Contacts => "contacts",
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
    /// One row for each follow-up that is open or is kept; of a closed one on which day and why, as a code.
    FollowUps,
    /// One row for each warning that is open or is kept; of a closed one on which day and why, as a code.
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
            Self::Ingest { .. } => "ingest",
            Self::Guess { .. } => "import --guess",
            Self::ImportList => "import list",
            Self::ImportRevert { .. } => "import revert",
            Self::Evaluate { .. } => "evaluate",
            Self::ClockShow => "clock show",
            Self::ClockSet { .. } => "clock set",
            Self::ClockAdvance { .. } => "clock advance",
            Self::ClockFollow { .. } => "clock follow",
            Self::CustomersList(_) => "customers list",
            Self::CustomersShow { .. } => "customers show",
            Self::CustomersSearch { .. } => "customers search",
            Self::CustomersAdd { .. } => "customers add",
            Self::CustomersEdit { .. } => "customers edit",
            Self::CustomersTag { .. } => "customers tag",
            Self::CustomersAssign { .. } => "customers assign",
            Self::CustomersContact { .. } => "customers contact",
            Self::CustomersMerge { .. } => "customers merge",
            Self::CustomersUnmerge { .. } => "customers unmerge",
            Self::CustomersErase { .. } => "customers erase",
            Self::CustomersErased => "customers erased",
            Self::CustomersCopy { .. } => "customers copy",
            Self::Log { .. } => "log",
            Self::CustomersSetClass { .. } => "customers set-class",
            Self::CustomersReleaseClass { .. } => "customers release-class",
            Self::FollowUpsList(_) => "follow-ups list",
            Self::FollowUpsDone { .. } => "follow-ups done",
            Self::FollowUpsSnooze { .. } => "follow-ups snooze",
            Self::FollowUpsAdd { .. } => "follow-ups add",
            Self::Today { .. } => "today",
            Self::WarningsList(_) => "warnings list",
            Self::WarningsAck { .. } => "warnings ack",
            Self::WarningsResolve { .. } => "warnings resolve",
            Self::Explain { .. } => "explain",
            Self::RulesList => "rules list",
            Self::RulesCheck => "rules check",
            Self::RulesTest { .. } => "rules test",
            Self::RulesSuggest { .. } => "rules suggest",
            Self::Fields { .. } => "fields",
            Self::DimensionsList => "dimensions list",
            Self::DimensionsEdit(_) => "dimensions edit",
            Self::PluginsInstall { .. } => "plugins install",
            Self::PluginsUninstall { .. } => "plugins uninstall",
            Self::PluginsList => "plugins list",
            Self::KeysTrust { .. } => "keys trust",
            Self::KeysRevoke { .. } => "keys revoke",
            Self::KeysList => "keys list",
            Self::GrantsAdd { .. } => "grants add",
            Self::GrantsRevoke { .. } => "grants revoke",
            Self::GrantsList => "grants list",
            Self::Quality => "quality",
            Self::Status => "status",
            Self::Export { .. } => "export",
            Self::Backup { .. } => "backup",
            Self::Doctor { .. } => "doctor",
            Self::Sample { .. } => "sample",
        }
    }
}
