//! The commands: what can be asked of a host, and what it answers.
//!
//! A [`Request`] names a [`Command`], the language of texts and who asks; a [`Reply`] carries an [`Answer`] and
//! the book's day. Both are plain data in JSON, so that it makes no difference whether a command runs in the
//! process that asked or in a host at the other end of a socket. Answers carry everything that a table for
//! people needs: texts are rendered by the host, in the language asked for, beside the codes they come from.

mod author;
mod book;
mod care;
mod command;
mod condition;
mod customer;
mod datum;
mod dimension;
mod edit;
mod error;
mod explanation;
mod filter;
mod guess;
mod identity;
mod import;
mod ingest;
mod merge;
mod person;
mod plugin;
mod quality;
mod regrade;
mod rule;
mod search;
mod suggest;
mod trial;
mod work;
mod written;

use std::fmt;
use std::io::Read;

use serde::{Deserialize, Serialize};
use tierhook_model::{ClockMode, Currency, Day, GenerationId, Language};

pub use author::{
    BuildReport, CodeRead, ComponentRow, HookReads, KeyMade, LimitRow, PackReport, PluginInspection, PluginMade,
    PluginTestReport, SignReport,
};
pub use book::{ClassCount, ClockReport, DimensionCount, FieldList, FieldRow, RuleCount, StatusReport};
pub use care::{BackupReport, DoctorReport, DoctorRow, LossReport, RestoreReport};
pub use command::{Command, ExportFormat, ExportKind, ImportKind, MappingFile, WarningOutcome};
pub use condition::{BadCondition, Comparison, Condition};
pub use customer::{
    ChangeRow, ClassCell, ClassRow, ConsentRow, CustomerDetail, CustomerHead, CustomerList, CustomerRow, DimensionHead,
    FactRow, FieldHead, FieldValue, HistoryRow, OverrideReport, OverrideRow,
};
pub use datum::Datum;
pub use dimension::{
    ClassDefinition, DimensionEdit, DimensionList, DimensionRow, DimensionsEdited, Look, NewClass, Spot,
};
pub use edit::{ContactEdit, EditReport, EditRow, FieldChange, LogEntry, LogKind, LogReport, NewReminder};
pub use error::{ApiError, ErrorCode};
pub use explanation::{
    BandRow, DimensionExplanation, Explanation, NextBand, ReasonRow, RefusedRule, RuleTrace, ScoreRow,
};
pub use filter::{CustomerFilter, FollowUpFilter, Until, WarningFilter};
pub use guess::{GuessReport, GuessedColumn};
pub use identity::{BadId, FollowUpId, WarningId};
pub use import::{
    Counted, ExportReport, ImportList, ImportReport, ImportRow, RepeatedRows, RevertReport, SampleReport,
};
pub use ingest::{FactAnswer, FactOutcome, IngestReport};
pub use merge::{MergeReport, MergedRow};
pub use person::{
    CopiedFact, CopiedField, DescribedValue, ErasureList, ErasureReport, ErasureRow, LeftBehind, PersonCopy, PlaceCount,
};
pub use plugin::{
    GrantList, GrantRow, KeyList, KeyRow, Obstacle, PluginDescription, PluginFile, PluginHistory, PluginInstalled,
    PluginList, PluginRelease, PluginRow, PluginUninstalled, Policy, PublisherRow, SharedDimension,
};
pub use quality::{DuplicateRow, FieldShare, ImportFlaw, OddRow, QualityReport, SourceRow};
pub use regrade::{ClassHead, Delta, FaultCount, MoveCell, MoveMatrix, RegradeReport};
pub use rule::{CaseRow, CheckReport, CheckedRule, ParameterRow, ProblemRow, RuleList, RuleRow, RuleState, TestReport};
pub use search::{FoundText, SearchReport, SearchRow, TextPiece};
pub use suggest::{ClassForecast, DimensionForecast, SuggestReport, SuggestRow};
pub use trial::{AtRiskRow, Backtest, TrialExtent, TrialReport};
pub use work::{
    DayCount, EntitlementRow, FollowUpChanged, FollowUpList, FollowUpRow, OfferRow, ReviewRow, StateRow, TodayReport,
    WarningChanged, WarningList, WarningRow,
};
pub(crate) use written::as_text;

/// Something that is asked of a host.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// The language of texts in the reply.
    pub language: Language,
    /// Who asks: it is written beside overrides and outcomes.
    pub who: String,
    /// What is asked.
    #[serde(flatten)]
    pub command: Command,
}

/// What a host answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// The book as it stood after the command.
    pub book: BookStamp,
    /// The answer.
    #[serde(flatten)]
    pub answer: Answer,
}

/// Which day it is in the book, and which generation decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookStamp {
    /// The book's day.
    #[serde(with = "as_text")]
    pub day: Day,
    /// What the book's clock follows.
    pub clock: ClockMode,
    /// Whether it follows the newest fact and there is none yet: then the day is the computer's.
    #[serde(default)]
    pub awaits_first_fact: bool,
    /// The active generation.
    pub generation: GenerationId,
    /// The book's base currency.
    #[serde(with = "as_text")]
    pub currency: Currency,
}

/// The answer to a command. In JSON, `kind` names the variant and the fields stand beside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Answer {
    /// To [`Command::Guess`].
    Guess(GuessReport),
    /// To [`Command::Import`].
    Import(ImportReport),
    /// To [`Command::ImportList`].
    Imports(ImportList),
    /// To [`Command::ImportRevert`].
    Revert(RevertReport),
    /// To [`Command::Evaluate`].
    Regrade(RegradeReport),
    /// To the commands on the clock.
    Clock(ClockReport),
    /// To [`Command::CustomersList`].
    Customers(CustomerList),
    /// To [`Command::CustomersSearch`].
    Search(SearchReport),
    /// To [`Command::CustomersShow`].
    Customer(Box<CustomerDetail>),
    /// To [`Command::CustomersAdd`], [`Command::CustomersEdit`], [`Command::CustomersTag`],
    /// [`Command::CustomersAssign`] and [`Command::CustomersContact`].
    Edit(EditReport),
    /// To [`Command::CustomersErase`].
    Erasure(ErasureReport),
    /// To [`Command::CustomersErased`].
    Erasures(ErasureList),
    /// To [`Command::CustomersCopy`].
    Copy(Box<PersonCopy>),
    /// To [`Command::Log`].
    Logged(LogReport),
    /// To [`Command::Ingest`]; the answers to the lines went ahead of it as [`Event::Chunk`].
    Ingested(IngestReport),
    /// To [`Command::CustomersSetClass`] and [`Command::CustomersReleaseClass`].
    Override(OverrideReport),
    /// To [`Command::CustomersMerge`] and [`Command::CustomersUnmerge`].
    Merge(MergeReport),
    /// To [`Command::FollowUpsList`].
    FollowUps(FollowUpList),
    /// To [`Command::FollowUpsAdd`], [`Command::FollowUpsDone`] and [`Command::FollowUpsSnooze`].
    FollowUp(FollowUpChanged),
    /// To [`Command::Today`].
    Today(TodayReport),
    /// To [`Command::WarningsList`].
    Warnings(WarningList),
    /// To [`Command::WarningsAck`] and [`Command::WarningsResolve`].
    Warning(WarningChanged),
    /// To [`Command::Explain`].
    Explanation(Explanation),
    /// To [`Command::RulesList`].
    Rules(RuleList),
    /// To [`Command::RulesCheck`].
    Check(CheckReport),
    /// To [`Command::RulesTest`].
    Test(TestReport),
    /// To [`Command::RulesSuggest`].
    Suggest(SuggestReport),
    /// To [`Command::Fields`].
    Fields(FieldList),
    /// To [`Command::DimensionsList`].
    Dimensions(DimensionList),
    /// To [`Command::DimensionsEdit`].
    DimensionsEdited(DimensionsEdited),
    /// To [`Command::PluginsInstall`].
    PluginInstalled(Box<PluginInstalled>),
    /// To [`Command::PluginsUninstall`].
    PluginUninstalled(PluginUninstalled),
    /// To [`Command::PluginsList`].
    Plugins(PluginList),
    /// To [`Command::KeysList`], [`Command::KeysTrust`] and [`Command::KeysRevoke`].
    Keys(KeyList),
    /// To [`Command::GrantsList`], [`Command::GrantsAdd`] and [`Command::GrantsRevoke`].
    Grants(GrantList),
    /// To [`Command::Quality`].
    Quality(Box<QualityReport>),
    /// To [`Command::Status`].
    Status(Box<StatusReport>),
    /// To [`Command::Export`]; the rows went ahead of it as [`Event::Chunk`].
    Export(ExportReport),
    /// To [`Command::Backup`].
    Backup(BackupReport),
    /// To [`Command::Doctor`].
    Doctor(DoctorReport),
    /// To [`Command::Sample`].
    Sample(SampleReport),
}

/// What a host tells while a command runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// How far the command is.
    Progress(Progress),
    /// The next whole lines of the command's output file: the rows of an export, the rejected rows of an import,
    /// the answers to facts.
    Chunk(String),
}

/// How far a command is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// What is being done, in the language asked for, for example `reading`.
    pub step: String,
    /// How much is done.
    pub done: u64,
    /// How much there is; `None` while nobody knows.
    pub total: Option<u64>,
    /// What is counted.
    pub unit: ProgressUnit,
}

/// What a [`Progress`] counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProgressUnit {
    /// Bytes of a file.
    Bytes,
    /// Rows of a file.
    Rows,
    /// Records.
    Records,
    /// Facts.
    Facts,
    /// Cases of a test.
    Cases,
}

impl fmt::Display for ProgressUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bytes => "bytes",
            Self::Rows => "rows",
            Self::Records => "records",
            Self::Facts => "facts",
            Self::Cases => "cases",
        })
    }
}

/// A file that goes with a command. It is read in a thread of its own where whoever sends it may take their time.
pub type Upload = Box<dyn Read + Send>;

/// What runs commands: the host itself, or whoever stands in for it.
pub trait Service: Send + Sync {
    /// Runs one command to its end. `upload` is the file that goes with the command, if one does; `events` hears of
    /// progress and takes the command's output file. It blocks.
    ///
    /// # Errors
    /// [`ApiError`] with a code that a program can act on and a message that a person can.
    fn run(&self, request: Request, upload: Option<Upload>, events: &mut dyn FnMut(Event)) -> Result<Reply, ApiError>;
}
