//! Where facts and rejected rows go, and what is told about an import.

use std::collections::BTreeMap;
use std::io::Write;

use serde::Serialize;
use tierhook_model::{Day, ExternalRef, FactBody, FactKind, NewFact};

use crate::ImportError;

/// How many facts are handed over at a time, at most. Facts of one customer lie apart in a list that goes by date, and
/// each batch costs every customer in it a write.
const BATCH: usize = 65_536;
/// With so many lines of orders a batch is full, too.
const BATCH_LINES: usize = 131_072;

/// What went wrong with whoever takes the facts.
pub type SinkError = Box<dyn std::error::Error + Send + Sync>;

/// Takes what an import reads.
pub trait Sink {
    /// Takes the next facts, at most 65,536. No two facts of one import have the same kind and key.
    ///
    /// # Errors
    /// Whatever went wrong; it ends the import.
    fn facts(&mut self, facts: Vec<NewFact>) -> Result<(), SinkError>;

    /// Takes a row that no fact was made of.
    ///
    /// # Errors
    /// Whatever went wrong; it ends the import.
    fn rejected(&mut self, row: &RejectedRow) -> Result<(), SinkError>;

    /// Hears how far the import is; about every 4,096 rows and at the end.
    fn progress(&mut self, _progress: Progress) {}
}

/// How far an import is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Progress {
    /// Bytes of the file that were read, compressed ones if it is compressed.
    pub bytes: u64,
    /// Rows that were read.
    pub rows: u64,
}

/// A row that no fact was made of, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RejectedRow {
    /// The line in the file on which the row begins, from 1; 0 for what is no row, such as an order whose lines stand
    /// anywhere.
    pub line: u64,
    /// Why, without the row's own values: rows with the same reason are counted together.
    pub reason: String,
    /// Why, with the row's own values and what to do.
    pub detail: String,
    /// The row as the file has it. Empty for the lines of an order that was refused as a whole at the end of the
    /// file: they are not kept until then.
    pub row: String,
    /// Whom the row is about, where that much of it can be read.
    pub customer: Option<ExternalRef>,
}

/// What an import read. Each row is taken, rejected or repeated.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize)]
pub struct ReadReport {
    /// Rows that were read, header and blank lines not among them.
    pub rows: u64,
    /// Rows that went into facts, by the facts' kind: order lines, cancellation lines and so on.
    pub taken: BTreeMap<FactKind, u64>,
    /// Rows that did not, by reason.
    pub rejected: BTreeMap<String, u64>,
    /// What rows of an order list say about customers and cannot be read, by reason: the orders were taken without it.
    pub unread: BTreeMap<String, Unread>,
    /// Rows that say once more what an earlier row of the file says under the same id.
    pub repeated: u64,
    /// Facts that were handed over, by kind.
    pub facts: BTreeMap<FactKind, u64>,
    /// The day of the earliest fact.
    pub first_day: Option<Day>,
    /// The day of the latest fact.
    pub last_day: Option<Day>,
    /// Bytes of the file, compressed ones if it is compressed.
    pub bytes: u64,
}

/// What rows say that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unread {
    /// How many rows.
    pub rows: u64,
    /// The line of the first of them, from 1.
    pub line: u64,
    /// What is wrong there, with the row's own values and what to do.
    pub detail: String,
}

impl ReadReport {
    /// Returns how many rows went into facts of a kind.
    pub fn taken(&self, kind: FactKind) -> u64 {
        self.taken.get(&kind).copied().unwrap_or_default()
    }

    /// Returns how many rows no fact was made of.
    pub fn rejected(&self) -> u64 {
        self.rejected.values().sum()
    }
}

/// Writes rejected rows to a CSV file with the columns `line`, `reason`, `row` and `customer`.
#[derive(Debug)]
pub struct RejectedFile<W: Write> {
    writer: csv::Writer<W>,
    rows: u64,
}

impl<W: Write> RejectedFile<W> {
    /// The columns; a line of 0 is left empty. By the last one, as `source:id`, the rows of a customer who is erased are
    /// found.
    pub const COLUMNS: [&'static str; 4] = ["line", "reason", "row", "customer"];

    /// Begins the file with its header.
    ///
    /// # Errors
    /// If the header cannot be written.
    pub fn new(writer: W) -> std::io::Result<Self> {
        let mut file = Self::continued(writer);
        file.writer.write_record(Self::COLUMNS)?;
        Ok(file)
    }

    /// Goes on with a file that has its header already.
    pub fn continued(writer: W) -> Self {
        Self { writer: csv::Writer::from_writer(writer), rows: 0 }
    }

    /// Writes a row.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&mut self, row: &RejectedRow) -> std::io::Result<()> {
        self.rows += 1;
        let customer = row.customer.as_ref().map(ToString::to_string).unwrap_or_default();
        let line = if row.line == 0 { String::new() } else { row.line.to_string() };
        self.writer.write_record([&line, &row.detail, &row.row, &customer])?;
        Ok(())
    }

    /// Writes what is still buffered and returns the number of rows.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn finish(mut self) -> std::io::Result<u64> {
        self.writer.flush()?;
        Ok(self.rows)
    }
}

/// Collects facts to batches, and counts.
pub(crate) struct Outlet<'s> {
    sink: &'s mut dyn Sink,
    batch: Vec<NewFact>,
    /// How many lines the orders of the batch have.
    lines: usize,
    report: ReadReport,
    line: u64,
}

impl std::fmt::Debug for Outlet<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outlet").field("report", &self.report).field("line", &self.line).finish_non_exhaustive()
    }
}

impl<'s> Outlet<'s> {
    pub(crate) fn new(sink: &'s mut dyn Sink) -> Self {
        Self { sink, batch: Vec::new(), lines: 0, report: ReadReport::default(), line: 0 }
    }

    /// Counts a row; `line` is where reading stands.
    pub(crate) fn row(&mut self, line: u64) {
        self.line = line;
        self.report.rows += 1;
    }

    pub(crate) fn rows(&self) -> u64 {
        self.report.rows
    }

    pub(crate) fn repeated(&mut self) {
        self.report.repeated += 1;
    }

    pub(crate) fn taken(&mut self, kind: FactKind, rows: u64) {
        *self.report.taken.entry(kind).or_default() += rows;
    }

    pub(crate) fn fact(&mut self, fact: NewFact) -> Result<(), ImportError> {
        let report = &mut self.report;
        *report.facts.entry(fact.body.kind()).or_default() += 1;
        report.first_day = Some(report.first_day.map_or(fact.day, |day| day.min(fact.day)));
        report.last_day = Some(report.last_day.map_or(fact.day, |day| day.max(fact.day)));
        if let FactBody::Order(order) = &fact.body {
            self.lines += order.lines.len();
        }
        self.batch.push(fact);
        if self.batch.len() < BATCH && self.lines < BATCH_LINES { Ok(()) } else { self.hand_over() }
    }

    pub(crate) fn reject(&mut self, row: RejectedRow) -> Result<(), ImportError> {
        let line = self.line;
        self.sink.rejected(&row).map_err(|source| ImportError::Sink { line, source })?;
        *self.report.rejected.entry(row.reason).or_default() += 1;
        Ok(())
    }

    pub(crate) fn unread(&mut self, unread: BTreeMap<String, Unread>) {
        self.report.unread = unread;
    }

    pub(crate) fn progress(&mut self, progress: Progress) {
        self.sink.progress(progress);
    }

    /// Hands over what is left and returns the report.
    pub(crate) fn finish(mut self, bytes: u64) -> Result<ReadReport, ImportError> {
        self.hand_over()?;
        self.report.bytes = bytes;
        self.sink.progress(Progress { bytes, rows: self.report.rows });
        Ok(self.report)
    }

    fn hand_over(&mut self) -> Result<(), ImportError> {
        if self.batch.is_empty() {
            return Ok(());
        }
        self.lines = 0;
        let (line, batch) = (self.line, std::mem::take(&mut self.batch));
        self.sink.facts(batch).map_err(|source| ImportError::Sink { line, source })
    }
}
