//! The command that notes what happened.

use clap::Args;
use clap::builder::TypedValueParser;
use tierhook_model::Day;
use tierhook_server::api::{Command, LogEntry, LogKind};

use super::one_of;

const EXAMPLES: &str = "\
Examples:
  tierhook log 1001 call \"asked for the new catalogue\" --inbound
  tierhook log 1001 satisfaction --score 4.5
  tierhook log 1001 complaint \"the tin was open\"      then: tierhook log 1001 resolved
  tierhook log 1001 measure --measure card_points --value 1000";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct LogArgs {
    /// Id, source:id, number in the book as C12, phone, or a part of the name that nobody else has
    #[arg(value_name = "CUSTOMER")]
    customer: String,
    /// What happened
    #[arg(value_name = "WHAT", value_parser = kind())]
    what: LogKind,
    /// In your words
    #[arg(value_name = "WORDS")]
    text: Option<String>,
    /// The customer began it
    #[arg(long)]
    inbound: bool,
    /// How satisfied the customer is, from 1 to 5
    #[arg(long, value_name = "SCORE", allow_negative_numbers = true)]
    score: Option<f64>,
    /// Which complaint is resolved [default: the only open one]
    #[arg(long, value_name = "ID")]
    complaint: Option<String>,
    /// The product that was talked of, viewed or sent back
    #[arg(long, value_name = "PRODUCT")]
    product: Option<String>,
    /// A measure of scripts/fields.toml
    #[arg(long, value_name = "NAME")]
    measure: Option<String>,
    /// The measure's value
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    value: Option<f64>,
    /// The person at the customer, by the contact's id
    #[arg(long, value_name = "ID")]
    contact: Option<String>,
    /// When it happened [default: the book's day]
    #[arg(long, value_name = "DAY")]
    on: Option<Day>,
}

impl From<LogArgs> for Command {
    fn from(typed: LogArgs) -> Self {
        let LogArgs { customer, what, text, inbound, score, complaint, product, measure, value, contact, on } = typed;
        let entry = LogEntry { what, text, inbound, score, complaint, product, measure, value, contact, on };
        Self::Log { customer, entry }
    }
}

fn kind() -> impl TypedValueParser<Value = LogKind> {
    one_of(LogKind::ALL.map(|kind| (kind.name(), kind)).to_vec())
}
