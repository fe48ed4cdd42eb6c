//! Commands that are one request: what the user typed becomes a [`Command`].

use clap::Subcommand;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use tierhook_model::{ClockMode, Day, FieldGroup, Severity};
use tierhook_server::api::{
    Command, FollowUpFilter, FollowUpId, NewReminder, Until, WarningFilter, WarningId, WarningOutcome,
};

use super::customer::CustomersCommand;
use super::dimension::DimensionsCommand;
use super::log::LogArgs;
use super::one_of;
use super::plugin::GrantsCommand;
use crate::word;

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
    /// The book: list, find, show, enter, edit, hand over and classify customers
    #[command(subcommand)]
    Customers(CustomersCommand),
    /// Note what happened: a call, a complaint, a measure; says what changes by it
    Log(LogArgs),
    /// What is due, who is about to leave, and what comes in the next 7 days
    Today {
        /// Only this owner's customers
        #[arg(long, value_name = "NAME")]
        owner: Option<String>,
        /// List at most so many follow-ups, and so many warnings
        #[arg(long, value_name = "N", default_value_t = 20, value_parser = parse_limit)]
        limit: usize,
    },
    /// What to do, and for whom
    #[command(subcommand, name = "follow-ups")]
    FollowUps(FollowUpsCommand),
    /// Who is about to leave, and why
    #[command(subcommand)]
    Warnings(WarningsCommand),
    /// Say why a customer is in its classes
    Explain {
        /// Id, source:id, number in the book as C12, phone, or a part of the name that nobody else has
        #[arg(value_name = "CUSTOMER")]
        customer: String,
        /// Only this dimension
        #[arg(long, value_name = "DIMENSION")]
        dimension: Option<String>,
        /// As of the end of this day
        #[arg(long, value_name = "DATE")]
        as_of: Option<Day>,
    },
    /// List, check, test and tune rules
    #[command(subcommand)]
    Rules(RulesCommand),
    /// The axes on which customers are classified
    #[command(subcommand)]
    Dimensions(DimensionsCommand),
    /// List the fields that rules may read
    Fields {
        /// Only this group
        #[arg(long, value_name = "GROUP", value_parser = group())]
        group: Option<FieldGroup>,
    },
    /// What plugins may see of customers
    #[command(subcommand)]
    Grants(GrantsCommand),
    /// What is missing, contradicts itself, is old or cannot be, and how to mend it
    Quality,
    /// Tell how the book and the host are
    Status,
    /// Look through the whole book for what should not be; exits with 4 if something is wrong
    Doctor {
        /// Put right what can be derived from the rest
        #[arg(long)]
        repair: bool,
        /// First let a book that ends before what was acknowledged be opened with what is left of it
        #[arg(long)]
        accept_loss: bool,
    },
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
        /// By how many days: 30 or 30d
        #[arg(value_name = "DAYS", value_parser = parse_days)]
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
        #[arg(long, value_name = "N", default_value_t = 50, value_parser = parse_limit)]
        limit: usize,
    },
    /// Note something to do; no rule closes it
    Add {
        /// Id, source:id, number in the book as C12, phone, or a part of the name that nobody else has
        #[arg(value_name = "CUSTOMER")]
        customer: String,
        /// What to do, in your words
        #[arg(value_name = "WORDS")]
        text: String,
        /// When: a day, or so many days from now as 7d
        #[arg(long, value_name = "DAY|Nd", value_parser = parse_until)]
        due: Until,
        /// How: call, visit, email, chat
        #[arg(long, value_name = "CHANNEL")]
        channel: Option<String>,
        /// How much it matters: higher first
        #[arg(long, value_name = "N", default_value_t = 0, allow_negative_numbers = true)]
        priority: i32,
    },
    /// Mark one as done
    Done {
        /// As listed, for example F12-3
        #[arg(value_name = "ID")]
        id: FollowUpId,
        /// The customer was reached: that counts as a contact
        #[arg(long)]
        contact: bool,
        /// Why the customer left or was unhappy: quality, service, price, competitor, moved, other, or as the rule has it
        #[arg(long, value_name = "CAUSE")]
        cause: Option<String>,
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
        /// Until this day, or for so many days as 7d
        #[arg(long, alias = "for", value_name = "DAY|Nd", value_parser = parse_until, group = "when")]
        until: Option<Until>,
        /// For so many days: 7 or 7d
        #[arg(long, value_name = "DAYS", value_parser = parse_days, group = "when")]
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
        #[arg(long, value_name = "N", default_value_t = 50, value_parser = parse_limit)]
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
        /// What it was: quality, service, price, competitor, moved, other, or as the rule has it
        #[arg(long, value_name = "CAUSE", required_unless_present = "false_alarm")]
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
    /// Find values of parameters that fit the book, and show what they would do
    Suggest {
        /// Values for each class of this dimension, so that customers are graded among their own kind
        #[arg(long, value_name = "DIMENSION")]
        by: Option<String>,
        /// Write them into rules.toml, once it is proved that the rules are fit with them
        #[arg(long)]
        write: bool,
    },
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
            AskCommand::Doctor { repair, accept_loss: _ } => Self::Doctor { repair },
            AskCommand::Clock(ClockCommand::Show) => Self::ClockShow,
            AskCommand::Clock(ClockCommand::Set { day }) => Self::ClockSet { day },
            AskCommand::Clock(ClockCommand::Advance { days }) => Self::ClockAdvance { days },
            AskCommand::Clock(ClockCommand::Follow { mode }) => Self::ClockFollow { mode },
            AskCommand::Customers(command) => command.into(),
            AskCommand::Log(args) => args.into(),
            AskCommand::Today { owner, limit } => Self::Today { owner, limit },
            AskCommand::FollowUps(command) => command.into(),
            AskCommand::Warnings(command) => command.into(),
            AskCommand::Explain { customer, dimension, as_of } => Self::Explain { customer, dimension, as_of },
            AskCommand::Rules(RulesCommand::List) => Self::RulesList,
            AskCommand::Rules(RulesCommand::Check) => Self::RulesCheck,
            AskCommand::Rules(RulesCommand::Suggest { by, write }) => Self::RulesSuggest { by, write },
            AskCommand::Rules(RulesCommand::Test { rule }) => Self::RulesTest { rule },
            AskCommand::Dimensions(command) => command.into(),
            AskCommand::Fields { group } => Self::Fields { group },
            AskCommand::Grants(command) => command.into(),
            AskCommand::Quality => Self::Quality,
            AskCommand::Status => Self::Status,
        }
    }
}

impl From<FollowUpsCommand> for Command {
    fn from(typed: FollowUpsCommand) -> Self {
        match typed {
            FollowUpsCommand::List { customer, owner, kind, due, all, limit } => {
                Self::FollowUpsList(FollowUpFilter { customer, owner, kind, due, all, limit })
            }
            FollowUpsCommand::Add { customer, text, due, channel, priority } => {
                Self::FollowUpsAdd { customer, reminder: NewReminder { text, due, channel, priority } }
            }
            FollowUpsCommand::Done { id, contact, cause, note } => {
                Self::FollowUpsDone { id, contact, cause: cause.map(word::cause), note }
            }
            FollowUpsCommand::Snooze { id, until, days, note } => {
                let until = until.unwrap_or(Until::Days(days.unwrap_or_default()));
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
                let cause = cause.map(word::cause).unwrap_or_default();
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

/// Parses a day, or a number of days from the book's day on.
pub(super) fn parse_until(text: &str) -> Result<Until, String> {
    if let Some(days) = text.trim().strip_suffix(['d', 'D']).and_then(|days| days.parse().ok()) {
        return Ok(Until::Days(days));
    }
    text.parse().map(Until::Day).map_err(|_| "write a day as 2026-03-09, or a number of days as 7d".to_owned())
}

pub(super) fn parse_limit(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|limit| *limit > 0).ok_or_else(|| "write how many, at least 1".to_owned())
}

fn parse_days(text: &str) -> Result<u32, String> {
    let days = text.trim();
    let days = days.strip_suffix(['d', 'D']).unwrap_or(days);
    days.parse().map_err(|_| "write a number of days, for example 30 or 30d".to_owned())
}

fn clock_mode() -> impl TypedValueParser<Value = ClockMode> {
    // tierhook.toml spells it like its own keys.
    let words = [PossibleValue::new("system"), PossibleValue::new("last-fact").alias("last_fact")];
    PossibleValuesParser::new(words).map(|word| match word.as_str() {
        "system" => ClockMode::System,
        _ => ClockMode::LastFact,
    })
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
