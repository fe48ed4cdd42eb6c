//! What the user typed.

mod ask;
mod customer;
mod dimension;
mod log;
mod plugin;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};
use tierhook_model::{Day, Language};
use tierhook_server::api::{ExportKind, ImportKind};

pub(crate) use ask::AskCommand;
pub(crate) use customer::{CopyArgs, CustomersCommand};
pub(crate) use plugin::{KeysCommand, PluginsCommand};

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  failed: a file, the store or the host
  2  wrong arguments or settings
  3  no such customer, follow-up, warning or rule
  4  refused: it contradicts what stands, an import took no row or is in doubt, a line sent to ingest was refused, a
     plugin is not verified, not built or in place without what it needs to run, or the check or test found something
  5  not to be had: another process holds the store, or the host is stopping or of another version

Commands go to the running host if there is one, else they open the store themselves.";

/// Keeps a customer book, and lets your own rules grade customers, plan follow-ups and warn of churn.
#[derive(Debug, Parser)]
#[command(name = "tierhook", version, after_help = EXIT_CODES, disable_help_subcommand = true)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[command(subcommand)]
    pub(crate) command: TopCommand,
}

#[derive(Debug, Args)]
#[command(next_display_order = 1000)]
pub(crate) struct GlobalArgs {
    /// Folder with tierhook.toml and scripts/
    #[arg(long, global = true, value_name = "DIR", default_value = ".")]
    pub(crate) workspace: PathBuf,
    /// Data directory [default: .tierhook in the workspace]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Print JSON instead of tables
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Language of reasons and names [default: tierhook.toml, else the locale]
    #[arg(long, global = true, value_name = "LANG", value_parser = spoken())]
    pub(crate) lang: Option<LanguageArg>,
    /// Who acts: written beside overrides and outcomes [default: the user's name]
    #[arg(long, global = true, value_name = "NAME", env = "TIERHOOK_WHO", hide_env_values = true)]
    pub(crate) who: Option<String>,
}

impl GlobalArgs {
    /// The language that people are talked to in, if it was said.
    pub(crate) fn spoken(&self) -> Option<Language> {
        match self.lang? {
            LanguageArg::En => Some(Language::En),
            LanguageArg::Zh => Some(Language::Zh),
            LanguageArg::Rust | LanguageArg::Js => None,
        }
    }
}

/// What `--lang` may say. It is one option for all commands, so that a new plugin's language is a value of it as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LanguageArg {
    En,
    Zh,
    /// Only of a new plugin.
    Rust,
    /// Only of a new plugin.
    Js,
}

fn spoken() -> impl TypedValueParser<Value = LanguageArg> {
    one_of(vec![("en", LanguageArg::En), ("zh", LanguageArg::Zh)])
}

/// What a new plugin is written in; `en` and `zh` mean there what they mean everywhere.
fn written() -> impl TypedValueParser<Value = LanguageArg> {
    let mut words = vec![("rust", LanguageArg::Rust), ("js", LanguageArg::Js)];
    words.extend([("en", LanguageArg::En), ("zh", LanguageArg::Zh)]);
    one_of(words)
}

#[derive(Debug, Subcommand)]
pub(crate) enum TopCommand {
    /// Run the host: watch the rules, evaluate what is due, serve other commands
    Serve(ServeArgs),
    /// Tell what a list of orders says about its customers; needs no workspace and stores nothing
    Try(TryArgs),
    /// Write a new workspace that works as it is
    Init(InitArgs),
    /// Take a list in: CSV (.gz too), JSON lines, .xlsx; the same file again adds nothing
    Import(ImportTyped),
    /// Take facts in as they happen, one JSON object a line, and decide at once: each line gets an answer
    Ingest(IngestArgs),
    /// Write CSV; with --json, one JSON object a line
    Export(ExportArgs),
    /// Write a backup of the book, as of one commit; a running host goes on meanwhile
    Backup(BackupArgs),
    /// Make a book of a backup, in a data directory that has none
    Restore(BackupArgs),
    #[command(flatten)]
    Ask(AskCommand),
    /// Rules that others ship: make, build, test, sign and pack them, verify them, bring them in
    #[command(subcommand)]
    Plugins(PluginsCommand),
    /// The keys that plugins are signed with, and whom to trust
    #[command(subcommand)]
    Keys(KeysCommand),
}

#[derive(Debug, Args)]
pub(crate) struct BackupArgs {
    /// The backup
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// Fill an empty book with a made-up company first, and let it live on
    #[arg(long)]
    pub(crate) sample: bool,
    /// How many customers the made-up company has
    #[arg(long, value_name = "N", requires = "sample", default_value_t = 2_000)]
    pub(crate) customers: usize,
    /// Which made-up company: the same number makes the same one
    #[arg(long, value_name = "N", requires = "sample", default_value_t = 1)]
    pub(crate) seed: u64,
}

#[derive(Debug, Args)]
pub(crate) struct TryArgs {
    /// The list of orders: CSV (.gz too), JSON lines, .xlsx
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Mapping file in TOML: how rows become orders [default: a guess]
    #[arg(long, alias = "mapping", value_name = "FILE")]
    pub(crate) map: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// The folder; nothing that is there is overwritten
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
    /// Base currency of the book, as an ISO 4217 code
    #[arg(long, value_name = "CODE", default_value = "CNY")]
    pub(crate) currency: tierhook_model::Currency,
    /// Time zone of the book, as an IANA name
    #[arg(long, value_name = "ZONE", default_value = "UTC", value_parser = parse_zone)]
    pub(crate) time_zone: String,
}

const MAPPING: &str = "\
A mapping says what each column is; --guess writes one from the names and values of the columns. Values in quotes are expressions over the columns:
  kind = \"orders\"
  source = \"shop\"              # the system that the file comes from
  customer = \"CustomerID\"      # the customer's id; if that is a phone, add customer_is = \"phone\": any spelling will do
  id = \"InvoiceNo\"             # rows with the same id are lines of one order
  at = { value = \"InvoiceDate\", formats = [\"%Y-%m-%d\"] }
  amount = \"Total\"

Balances, seats and other numbers over time are measures; their customers are mostly known from another list:
  kind = \"measures\"
  source = \"balances\"
  customer_source = \"shop\"     # the source that the book has these customers from
  customer = \"customer\"
  at = \"day\"
  [measures]
  assets = \"assets_total\"      # one for each measure; or above: measure = \"name\", value = \"number\"

Exits with 4 if the book has facts with the same id and other content and --amend is not given, if every row was
rejected, or if --guess is in doubt about what matters, such as whether the customers are those whom the book knows
from another source: then only the mapping is written, to be checked.";

const FACTS: &str = "\
A line is an object with kind, customer (source:id) and at; what happened also has an id, by which
the same fact is known again:
  {\"kind\":\"order\",\"customer\":\"shop:7\",\"id\":\"o-1\",\"at\":\"2026-11-22\",\"amount\":\"576.00\"}
  {\"kind\":\"call\",\"customer\":\"shop:7\",\"id\":\"k-4\",\"at\":\"2026-11-22T09:30:00+08:00\",\"by\":\"lin\"}
  {\"kind\":\"complaint\",\"customer\":\"shop:7\",\"id\":\"c-9\",\"at\":\"2026-11-23\",\"text\":\"torn\"}
  {\"kind\":\"profile\",\"customer\":\"shop:7\",\"at\":\"2026-11-22\",\"fields\":{\"name\":\"王芳\",\"emails\":null}}

Kinds, with what they have besides (in brackets what may be left out):
  order               amount, or lines that it is the sum of; both, where discounts or
                      postage make them differ [currency, channel]; a line has
                      product, amount [name, category, group, quantity, goods]
  refund,             amount [currency, order, reason]
  cancellation
  call, visit, email, [text, by, inbound, product]
  chat, consultation,
  web-view
  satisfaction        score, from 1 to 5 [text]
  complaint, remark   [text]
  complaint-resolved  complaint, by its id [text]
  return              [product, text]
  measure             name, value
  profile             fields, as `tierhook fields --group profile` lists them; null takes a value
                      away; consent.PURPOSE is true or false
  contact             person, with name [id, role, phones, emails]; [removed]
  any of them         [source, if another system says so than the customer's;
                      contact, the person at the customer]

The same line again is known, and answered with what stands: whatever got no answer is sent again.
With --json an answer is an object on one line: line, outcome, fact, kind, customer, classes,
faulted, changes, error. Empty lines are passed over. Lines that arrive together are decided
together; the last one of a customer tells what has changed. Exits with 4 if a line was refused;
the others are recorded.";

#[derive(Debug, Args)]
#[command(after_help = FACTS)]
pub(crate) struct IngestArgs {
    /// The facts, as JSON lines in UTF-8; - is the standard input
    #[arg(value_name = "FILE", default_value = "-")]
    pub(crate) file: PathBuf,
    /// Replace facts that the book has with the same id and other content
    #[arg(long)]
    pub(crate) amend: bool,
}

#[derive(Debug, Args)]
#[command(
    after_help = MAPPING,
    subcommand_negates_reqs = true,
    override_usage = "tierhook import [OPTIONS] <FILE>\n       tierhook import [OPTIONS] <COMMAND>"
)]
pub(crate) struct ImportTyped {
    #[command(subcommand)]
    pub(crate) command: Option<ImportCommand>,
    #[command(flatten)]
    pub(crate) args: Option<ImportArgs>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ImportCommand {
    /// List what was imported, the newest first
    List,
    /// Take back what an import brought, also what somebody has sent again since; what it replaced holds again
    #[command(visible_alias = "undo")]
    Revert {
        /// The import's number, as `import list` shows it
        #[arg(value_name = "N")]
        import: u32,
        /// Only say what would go
        #[arg(long)]
        dry_run: bool,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// The file; - is the standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// What the rows are [default: what the mapping says, or what they seem to be]
    #[arg(long = "as", value_name = "KIND", value_parser = import_kind())]
    pub(crate) kind: Option<ImportKind>,
    /// Mapping file in TOML: how rows become facts; with --guess, where it is written [default: beside FILE]
    #[arg(long, alias = "mapping", value_name = "FILE")]
    pub(crate) map: Option<PathBuf>,
    /// Guess what the columns are, show it, and write the mapping
    #[arg(long)]
    pub(crate) guess: bool,
    /// Only say what would happen
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Let changed content under a known id replace the old
    #[arg(long)]
    pub(crate) amend: bool,
    /// Where rejected rows and conflicts go [default: FILE.rejected.csv in the current folder]
    #[arg(long, value_name = "FILE")]
    pub(crate) rejects: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// What
    #[arg(value_name = "WHAT", value_parser = export_kind())]
    pub(crate) what: ExportKind,
    /// Columns, separated by commas [default: the usual ones]
    #[arg(long, value_name = "FIELDS", value_delimiter = ',')]
    pub(crate) fields: Vec<String>,
    /// As of the end of this day
    #[arg(long, value_name = "DATE")]
    pub(crate) as_of: Option<Day>,
    /// File to write [default: the standard output]
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

/// Parses one of a few words into the value that it stands for.
pub(crate) fn one_of<T>(words: Vec<(&'static str, T)>) -> impl TypedValueParser<Value = T>
where
    T: Copy + Send + Sync + 'static,
{
    let names: Vec<&'static str> = words.iter().map(|(name, _)| *name).collect();
    PossibleValuesParser::new(names).map(move |word| {
        let known = words.iter().find(|(name, _)| *name == word);
        known.expect("the parser lets only these words through").1
    })
}

fn import_kind() -> impl TypedValueParser<Value = ImportKind> {
    one_of(ImportKind::ALL.map(|kind| (kind.name(), kind)).to_vec())
}

fn export_kind() -> impl TypedValueParser<Value = ExportKind> {
    one_of(ExportKind::ALL.map(|kind| (kind.name(), kind)).to_vec())
}

fn parse_zone(name: &str) -> Result<String, tierhook_model::DayError> {
    tierhook_model::BookZone::named(name).map(|zone| zone.name().to_owned())
}
