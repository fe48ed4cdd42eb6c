//! Commands on customers.

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};
use tierhook_model::Day;
use tierhook_server::api::{Command, Condition, ContactEdit, CustomerFilter, Until};

use super::ask::{parse_limit, parse_until};

const CONDITIONS: &str = "\
A condition is a field, a sign and a value: =, !=, <, <=, >, >= for numbers and days, = and != for all, and ~ for a
part of a text. Of a list, such as tags, = looks for one entry. A customer without the value fits no condition.
Put it in quotes: the shell takes < and > for itself.";

const SEARCH: &str = "\
Capitals, accents and full width make no difference; Chinese names are found by their pinyin and its initials too,
names in Latin letters without their spaces, and phones however they are written: 张三 by zhangsan, zhangs or zs,
Zhu Xue by zhuxue, +8613812345678 by 138 1234 or 5678. Who begins with it comes before who has it further inside;
among equals, who bought last comes first.";

const EDIT: &str = "\
Fields are those of the profile and, as custom.NAME, those of scripts/fields.toml; consent.PURPOSE=yes or no notes a
consent. Lists have commas between their entries. `tierhook fields --group profile` lists fields and types.";

const ERASE: &str = "\
Goes: the customer's record, facts, history, follow-ups and warnings; what other customers' facts say of the person
(who referred them, contacts with the same phone or email, phones and addresses in notes); rows about the person in files
of rejected rows; golden cases that name the person, and kept versions of them. What cannot be reached is listed.
A digest of the id stays, so that no import and no restored backup brings the person back.";

const MERGE: &str = "\
Both keep their facts. Where they say different things, what was said last holds; `customers edit` says something else.
Open follow-ups, reminders and warnings of the duplicate move along. Whoever asks for the duplicate gets the customer.";

#[derive(Debug, Subcommand)]
pub(crate) enum CustomersCommand {
    /// List customers
    #[command(after_help = CONDITIONS)]
    List(ListArgs),
    /// Show everything that is known about a customer
    Show {
        /// Id, source:id, number in the book as C12, phone, or a part of the name that nobody else has
        #[arg(value_name = "CUSTOMER")]
        customer: String,
        /// As of the end of this day
        #[arg(long, value_name = "DATE")]
        as_of: Option<Day>,
    },
    /// Find customers by a part of a name, company, phone, email, id, tag or any other text
    #[command(after_help = SEARCH)]
    Search {
        /// A part of it, or several in any order
        #[arg(value_name = "TEXT", required = true)]
        text: Vec<String>,
        /// List at most so many
        #[arg(long, value_name = "N", default_value_t = 50, value_parser = parse_limit)]
        limit: usize,
    },
    /// Enter a customer by hand
    Add {
        /// The id; no other customer may have it
        #[arg(value_name = "ID")]
        id: String,
        /// A field with its value, for example name=王芳 or phones=138,139; may be repeated
        #[arg(long, value_name = "FIELD=VALUE", value_parser = parse_setting)]
        set: Vec<(String, String)>,
        /// A tag to give; may be repeated
        #[arg(long = "tag", value_name = "TAG")]
        tags: Vec<String>,
        /// Who looks after the customer
        #[arg(long, value_name = "NAME")]
        owner: Option<String>,
    },
    /// Change fields of a customer
    #[command(after_help = EDIT)]
    Edit {
        /// Id, source:id, number in the book as C12, phone, or a part of the name that nobody else has
        #[arg(value_name = "CUSTOMER")]
        customer: String,
        /// A field with its new value; may be repeated
        #[arg(long, value_name = "FIELD=VALUE", value_parser = parse_setting, required_unless_present = "clear")]
        set: Vec<(String, String)>,
        /// A field that is unknown from now on; may be repeated
        #[arg(long, value_name = "FIELD")]
        clear: Vec<String>,
    },
    /// Give a customer tags, or take them away
    Tag {
        /// Id, source:id, number in the book as C12, phone, or a part of the name that nobody else has
        #[arg(value_name = "CUSTOMER")]
        customer: String,
        /// A tag to give; may be repeated
        #[arg(long, value_name = "TAG", required_unless_present = "remove")]
        add: Vec<String>,
        /// A tag to take away; may be repeated
        #[arg(long, value_name = "TAG")]
        remove: Vec<String>,
    },
    /// Hand customers to somebody: `assign 1001 1002 李伟`, or with --owner
    Assign {
        /// The customers, and behind them the new owner unless an option names one
        #[arg(value_name = "CUSTOMER", required = true)]
        customers: Vec<String>,
        /// Who looks after them from now on
        #[arg(long, value_name = "NAME", conflicts_with = "nobody")]
        owner: Option<String>,
        /// Nobody looks after them any more
        #[arg(long)]
        nobody: bool,
    },
    /// Enter, change or remove a person at a customer
    Contact {
        /// Id, source:id, number in the book as C12, phone, or a part of the name that nobody else has
        #[arg(value_name = "CUSTOMER")]
        customer: String,
        /// The person's id at the customer, for example k1
        #[arg(long, value_name = "ID")]
        id: String,
        /// The person's name
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        /// What the person does there, for example buyer
        #[arg(long, value_name = "ROLE")]
        role: Option<String>,
        /// A telephone number; may be repeated; replaces the known ones
        #[arg(long = "phone", value_name = "NUMBER")]
        phones: Vec<String>,
        /// An email address; may be repeated; replaces the known ones
        #[arg(long = "email", value_name = "ADDRESS")]
        emails: Vec<String>,
        /// The person is there no more
        #[arg(long, conflicts_with_all = ["name", "role", "phones", "emails"])]
        remove: bool,
    },
    /// Merge a duplicate into a customer, which stands for both from now on; `unmerge` takes it back
    #[command(after_help = MERGE)]
    Merge {
        /// The customer to keep: id, source:id, or number in the book as C12
        #[arg(value_name = "KEEP")]
        keep: String,
        /// The customer that is the same one
        #[arg(value_name = "DUPLICATE")]
        duplicate: String,
        /// Why
        #[arg(long, value_name = "TEXT", default_value = "")]
        why: String,
    },
    /// Let a customer that was merged stand for itself again
    Unmerge {
        /// The customer that was merged: id, source:id, or number in the book as C12
        #[arg(value_name = "DUPLICATE")]
        duplicate: String,
        /// Why
        #[arg(long, value_name = "TEXT", default_value = "")]
        why: String,
    },
    /// Erase a person everywhere, for good; without --yes, say what would go
    #[command(after_help = ERASE)]
    Erase {
        /// Id, source:id, or number in the book as C12; only to look, a part of the name too
        #[arg(value_name = "CUSTOMER")]
        customer: String,
        /// Why, without names: it is kept
        #[arg(long, value_name = "TEXT", required_if_eq("yes", "true"), default_value = "")]
        why: String,
        /// Take the name out of the words about other customers too; others may have the same name
        #[arg(long)]
        names: bool,
        /// Only say what would go
        #[arg(long, conflicts_with = "yes")]
        dry_run: bool,
        /// Do it: there is no way back
        #[arg(long)]
        yes: bool,
    },
    /// List the erasures: who asked when and why, and how much went
    Erased,
    /// Copy everything that is known of a person, for that person
    Copy(CopyArgs),
    /// Put a customer in a class by your word, above the rules
    SetClass {
        /// Id, source:id, number in the book as C12, phone, or a part of the name that nobody else has
        #[arg(value_name = "CUSTOMER")]
        customer: String,
        /// The dimension
        #[arg(value_name = "DIMENSION")]
        dimension: String,
        /// The class
        #[arg(value_name = "CLASS")]
        class: String,
        /// Why
        #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
        why: String,
        /// Last day on which it holds, or in how many days that is, as 90d [default: until it is released]
        #[arg(long, alias = "for", value_name = "DAY|Nd", value_parser = parse_until)]
        until: Option<Until>,
        /// Day, or in how many days as 90d, `today` asks to look at it again; it holds all the same
        #[arg(long, value_name = "DAY|Nd", value_parser = parse_until, conflicts_with = "until")]
        review: Option<Until>,
    },
    /// Hand the decision on a class back to the rules
    ReleaseClass {
        /// Id, source:id, number in the book as C12, phone, or a part of the name that nobody else has
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
pub(crate) struct CopyArgs {
    /// Id, source:id, number in the book as C12, phone, or a part of the name that nobody else has
    #[arg(value_name = "CUSTOMER")]
    pub(crate) customer: String,
    /// File to write: a page for a browser, or JSON with --json [default: copy-CUSTOMER.html in the current folder; JSON
    /// goes to the standard output]
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Only this class, as dimension=class; may be repeated
    #[arg(long = "class", value_name = "DIM=CLASS", value_parser = parse_class)]
    classes: Vec<(String, String)>,
    /// Only this owner's
    #[arg(long, value_name = "NAME")]
    owner: Option<String>,
    /// Only with this tag; may be repeated
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
    /// Only where `customers search` finds this
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// Only where this holds, for example 'net_revenue_365d>=1000'; may be repeated
    #[arg(long = "where", value_name = "CONDITION")]
    conditions: Vec<Condition>,
    /// Further fields to show, separated by commas
    #[arg(long, value_name = "FIELDS", value_delimiter = ',')]
    fields: Vec<String>,
    /// Sort by this field; unknown values come last
    #[arg(long, value_name = "FIELD")]
    sort: Option<String>,
    /// Largest first
    #[arg(long, requires = "sort")]
    desc: bool,
    /// Only those behind this place, which the page before printed
    #[arg(long, value_name = "PLACE")]
    after: Option<String>,
    /// Pass over so many first
    #[arg(long, value_name = "N", default_value_t = 0)]
    offset: usize,
    /// List at most so many
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = parse_limit)]
    limit: usize,
}

impl From<CustomersCommand> for Command {
    fn from(typed: CustomersCommand) -> Self {
        match typed {
            CustomersCommand::List(list) => {
                let ListArgs { classes, owner, tags, search, conditions, fields, sort, desc, after, offset, limit } =
                    list;
                let descending = desc;
                Self::CustomersList(CustomerFilter {
                    classes,
                    owner,
                    tags,
                    search,
                    conditions,
                    fields,
                    sort,
                    descending,
                    after,
                    offset,
                    limit,
                })
            }
            CustomersCommand::Show { customer, as_of } => Self::CustomersShow { customer, as_of },
            CustomersCommand::Search { text, limit } => Self::CustomersSearch { text: text.join(" "), limit },
            CustomersCommand::Add { id, set, tags, owner } => Self::CustomersAdd { id, set, tags, owner },
            CustomersCommand::Edit { customer, set, clear } => Self::CustomersEdit { customer, set, clear },
            CustomersCommand::Tag { customer, add, remove } => Self::CustomersTag { customer, add, remove },
            CustomersCommand::Assign { mut customers, owner, nobody } => {
                // Without an option the last word is the owner; the host refuses if nobody is left before it.
                let owner = if nobody { None } else { owner.or_else(|| customers.pop()) };
                Self::CustomersAssign { customers, owner }
            }
            CustomersCommand::Contact { customer, id, name, role, phones, emails, remove } => {
                Self::CustomersContact { customer, contact: ContactEdit { id, name, role, phones, emails }, remove }
            }
            CustomersCommand::Merge { keep, duplicate, why } => Self::CustomersMerge { keep, duplicate, why },
            CustomersCommand::Unmerge { duplicate, why } => Self::CustomersUnmerge { duplicate, why },
            CustomersCommand::Erase { customer, why, names, dry_run, yes } => {
                Self::CustomersErase { customer, why, names, dry_run: dry_run || !yes }
            }
            CustomersCommand::Erased => Self::CustomersErased,
            CustomersCommand::Copy(CopyArgs { customer, out: _ }) => Self::CustomersCopy { customer, file: None },
            CustomersCommand::SetClass { customer, dimension, class, why, until, review } => {
                Self::CustomersSetClass { customer, dimension, class, why, until, review }
            }
            CustomersCommand::ReleaseClass { customer, dimension, why } => {
                Self::CustomersReleaseClass { customer, dimension, why }
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

fn parse_setting(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((field, value)) if !field.trim().is_empty() => Ok((field.trim().to_owned(), value.to_owned())),
        _ => Err("write field=value, for example name=王芳".to_owned()),
    }
}
