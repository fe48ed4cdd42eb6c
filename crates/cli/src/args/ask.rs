//! Commands that are one request: what the user typed becomes a [`Command`].

use clap::builder::TypedValueParser;
use clap::{Args, Subcommand};
use tierhook_model::{ClockMode, Day, FieldGroup, Severity};
use tierhook_server::api::{
    Command, CustomerFilter, FollowUpFilter, FollowUpId, Until, WarningFilter, WarningId, WarningOutcome,
};

use super::one_of;

/// What it was that drove a customer away, or nearly.
const CAUSES: [&str; 6] = ["quality", "service", "price", "competitor", "moved", "other"];

#[derive(Debug, Subcommand)]
pub(crate) enum AskCommand {
    /// Evaluate customers now, and say what changed
    Evaluate {
        /// Only this customer
        #[arg(long, value_name = "ID")]
        customer: Option<String>,
    },
    /// Show or move the book's clock
    #[command(subcommand)]
    Clock(ClockCommand),
    /// List, find and show customers; put them in a class by your word
    #[command(subcommand)]
    Customers(CustomersCommand),
    /// What to do, and for whom
    #[command(subcommand, name = "follow-ups")]
    FollowUps(FollowUpsCommand),
    /// Who is about to leave, and why
    #[command(subcommand)]
    Warnings(WarningsCommand),
    /// Say why a customer is in its classes
    Explain {
        /// Id, source:id, or number in the book as C12
        #[arg(value_name = "CUSTOMER")]
        customer: String,
        /// Only this dimension
        #[arg(long, value_name = "DIMENSION")]
        dimension: Option<String>,
        /// As of the end of this day
        #[arg(long, value_name = "DATE")]
        as_of: Option<Day>,
    },
    /// List, check and test rules
    #[command(subcommand)]
    Rules(RulesCommand),
    /// List the fields that rules may read
    Fields {
        /// Only this group
        #[arg(long, value_name = "GROUP", value_parser = group())]
        group: Option<FieldGroup>,
    },
    /// Tell how the book and the host are
    Status,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ClockCommand {
    /// Show the book's day and what it follows
    Show,
    /// Set the book's day; it stays there
    Set {
        /// The day
        #[arg(value_name = "DATE")]
        day: Day,
    },
    /// Move a day that was set on
    Advance {
        /// By how many days
        #[arg(value_name = "DAYS")]
        days: u32,
    },
    /// Follow the computer's clock, or the newest fact
    Follow {
        /// What to follow
        #[arg(value_name = "WHAT", value_parser = clock_mode())]
        mode: ClockMode,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum CustomersCommand {
    /// List customers
    List(ListArgs),
    /// Show everything that is known about a customer
    Show {
        /// Id, source:id, or number in the book as C12
        #[arg(value_name = "CUSTOMER")]
        customer: String,
        /// As of the end of this day
        #[arg(long, value_name = "DATE")]
        as_of: Option<Day>,
    },
    /// Find customers by id, name, company, phone, email or handle
    Search {
        /// A part of it
        #[arg(value_name = "TEXT")]
        text: String,
        /// List at most so many
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: usize,
    },
    /// Put a customer in a class by your word, above the rules
    SetClass {
        /// Id, source:id, or number in the book as C12
        #[arg(value_name = "CUSTOMER")]
        customer: String,
        /// The dimension
        #[arg(value_name = "DIMENSION")]
        dimension: String,
        /// The class
        #[arg(value_name = "CLASS")]
        class: String,
        /// Why
        #[arg(long, value_name = "TEXT")]
        why: String,
        /// Last day on which it holds [default: until it is released]
        #[arg(long, value_name = "DATE")]
        until: Option<Day>,
    },
    /// Hand the decision on a class back to the rules
    ReleaseClass {
        /// Id, source:id, or number in the book as C12
        #[arg(value_name = "CUSTOMER")]
        customer: String,
        /// The dimension
        #[arg(value_name = "DIMENSION")]
        dimension: String,
        /// Why
        #[arg(long, value_name = "TEXT", default_value = "")]
        why: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Only this class, as dimension=class; may be repeated
    #[arg(long = "class", value_name = "DIM=CLASS", value_parser = parse_class)]
    classes: Vec<(String, String)>,
    /// Only this owner's
    #[arg(long, value_name = "NAME")]
    owner: Option<String>,
    /// Only with this tag
    #[arg(long, value_name = "TAG")]
    tag: Option<String>,
    /// Further fields to show, separated by commas
    #[arg(long, value_name = "FIELDS", value_delimiter = ',')]
    fields: Vec<String>,
    /// Sort by this field; unknown values come last
    #[arg(long, value_name = "FIELD")]
    sort: Option<String>,
    /// Largest first
    #[arg(long, requires = "sort")]
    desc: bool,
    /// List at most so many
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: usize,
}

#[derive(Debug, Subcommand)]
pub(crate) enum FollowUpsCommand {
    /// List follow-ups, the most urgent first
    List {
        /// Only this customer's
        #[arg(long, value_name = "ID")]
        customer: Option<String>,
        /// Only this owner's customers
        #[arg(long, value_name = "NAME")]
        owner: Option<String>,
        /// Only this kind
        #[arg(long, value_name = "KIND")]
        kind: Option<String>,
        /// Only those due by this day
        #[arg(long, value_name = "DATE")]
        due: Option<Day>,
        /// Closed and snoozed ones too
        #[arg(long)]
        all: bool,
        /// List at most so many
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: usize,
    },
    /// Mark one as done
    Done {
        /// As listed, for example F12-3
        #[arg(value_name = "ID")]
        id: FollowUpId,
        /// The customer was reached: that counts as a contact
        #[arg(long)]
        contact: bool,
        /// What came of it
        #[arg(long, value_name = "TEXT")]
        note: Option<String>,
    },
    /// Put one off
    #[command(group = clap::ArgGroup::new("when").required(true))]
    Snooze {
        /// As listed, for example F12-3
        #[arg(value_name = "ID")]
        id: FollowUpId,
        /// Until this day
        #[arg(long, value_name = "DATE", group = "when")]
        until: Option<Day>,
        /// For so many days
        #[arg(long, value_name = "N", group = "when")]
        days: Option<u32>,
        /// Why
        #[arg(long, value_name = "TEXT")]
        note: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum WarningsCommand {
    /// List warnings, the worst first
    List {
        /// Only this customer's
        #[arg(long, value_name = "ID")]
        customer: Option<String>,
        /// Only this owner's customers
        #[arg(long, value_name = "NAME")]
        owner: Option<String>,
        /// Only with this cause, as the rule names it
        #[arg(long, value_name = "CAUSE")]
        cause: Option<String>,
        /// At least so bad
        #[arg(long, value_name = "SEVERITY", value_parser = severity())]
        severity: Option<Severity>,
        /// Closed and snoozed ones too
        #[arg(long)]
        all: bool,
        /// List at most so many
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: usize,
    },
    /// Say that you have seen it and are on it
    Ack {
        /// As listed, for example W12-4
        #[arg(value_name = "ID")]
        id: WarningId,
        /// What is being done
        #[arg(long, value_name = "TEXT")]
        note: Option<String>,
    },
    /// Say what came of it: the customer stays, is lost, or never was in danger
    Resolve {
        /// As listed, for example W12-4
        #[arg(value_name = "ID")]
        id: WarningId,
        /// What it was
        #[arg(long, value_name = "CAUSE", value_parser = CAUSES, required_unless_present = "false_alarm")]
        cause: Option<String>,
        /// The customer is gone
        #[arg(long)]
        lost: bool,
        /// There was nothing; this episode is not raised again
        #[arg(long, conflicts_with_all = ["cause", "lost"])]
        false_alarm: bool,
        /// In your words
        #[arg(long, value_name = "TEXT")]
        note: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum RulesCommand {
    /// List the rules, what they cost, and what is wrong on the disk
    List,
    /// Check the rules on the disk; activates nothing
    Check,
    /// Run the golden cases of the rules on the disk
    Test {
        /// Only this rule's
        #[arg(value_name = "RULE")]
        rule: Option<String>,
    },
}

impl From<AskCommand> for Command {
    fn from(typed: AskCommand) -> Self {
        match typed {
            AskCommand::Evaluate { customer } => Self::Evaluate { customer },
            AskCommand::Clock(ClockCommand::Show) => Self::ClockShow,
            AskCommand::Clock(ClockCommand::Set { day }) => Self::ClockSet { day },
            AskCommand::Clock(ClockCommand::Advance { days }) => Self::ClockAdvance { days },
            AskCommand::Clock(ClockCommand::Follow { mode }) => Self::ClockFollow { mode },
            AskCommand::Customers(command) => command.into(),
            AskCommand::FollowUps(command) => command.into(),
            AskCommand::Warnings(command) => command.into(),
            AskCommand::Explain { customer, dimension, as_of } => Self::Explain { customer, dimension, as_of },
            AskCommand::Rules(RulesCommand::List) => Self::RulesList,
            AskCommand::Rules(RulesCommand::Check) => Self::RulesCheck,
            AskCommand::Rules(RulesCommand::Test { rule }) => Self::RulesTest { rule },
            AskCommand::Fields { group } => Self::Fields { group },
            AskCommand::Status => Self::Status,
        }
    }
}

impl From<CustomersCommand> for Command {
    fn from(typed: CustomersCommand) -> Self {
        match typed {
            CustomersCommand::List(list) => {
                let ListArgs { classes, owner, tag, fields, sort, desc, limit } = list;
                Self::CustomersList(CustomerFilter { classes, owner, tag, fields, sort, descending: desc, limit })
            }
            CustomersCommand::Show { customer, as_of } => Self::CustomersShow { customer, as_of },
            CustomersCommand::Search { text, limit } => Self::CustomersSearch { text, limit },
            CustomersCommand::SetClass { customer, dimension, class, why, until } => {
                Self::CustomersSetClass { customer, dimension, class, why, until }
            }
            CustomersCommand::ReleaseClass { customer, dimension, why } => {
                Self::CustomersReleaseClass { customer, dimension, why }
            }
        }
    }
}

impl From<FollowUpsCommand> for Command {
    fn from(typed: FollowUpsCommand) -> Self {
        match typed {
            FollowUpsCommand::List { customer, owner, kind, due, all, limit } => {
                Self::FollowUpsList(FollowUpFilter { customer, owner, kind, due, all, limit })
            }
            FollowUpsCommand::Done { id, contact, note } => Self::FollowUpsDone { id, contact, note },
            FollowUpsCommand::Snooze { id, until, days, note } => {
                let until = until.map_or(Until::Days(days.unwrap_or_default()), Until::Day);
                Self::FollowUpsSnooze { id, until, note }
            }
        }
    }
}

impl From<WarningsCommand> for Command {
    fn from(typed: WarningsCommand) -> Self {
        match typed {
            WarningsCommand::List { customer, owner, cause, severity, all, limit } => {
                Self::WarningsList(WarningFilter { customer, owner, cause, severity, all, limit })
            }
            WarningsCommand::Ack { id, note } => Self::WarningsAck { id, note },
            WarningsCommand::Resolve { id, cause, lost, false_alarm, note } => {
                let cause = cause.unwrap_or_default();
                let outcome = match (false_alarm, lost) {
                    (true, _) => WarningOutcome::FalseAlarm,
                    (false, true) => WarningOutcome::Lost { cause },
                    (false, false) => WarningOutcome::Resolved { cause },
                };
                Self::WarningsResolve { id, outcome, note }
            }
        }
    }
}

fn parse_class(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((dimension, class)) if !dimension.is_empty() && !class.is_empty() => {
            Ok((dimension.to_owned(), class.to_owned()))
        }
        _ => Err("write dimension=class, for example grade=A".to_owned()),
    }
}

fn clock_mode() -> impl TypedValueParser<Value = ClockMode> {
    one_of(vec![("system", ClockMode::System), ("last-fact", ClockMode::LastFact)])
}

fn severity() -> impl TypedValueParser<Value = Severity> {
    one_of(vec![("low", Severity::Low), ("medium", Severity::Medium), ("high", Severity::High)])
}

fn group() -> impl TypedValueParser<Value = FieldGroup> {
    one_of(vec![
        ("profile", FieldGroup::Profile),
        ("feature", FieldGroup::Feature),
        ("measure", FieldGroup::Measure),
        ("custom", FieldGroup::Custom),
        ("standing", FieldGroup::Standing),
        ("class", FieldGroup::Class),
    ])
}
