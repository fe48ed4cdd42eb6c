//! What can go wrong with a mapping, and with an import as a whole. What is wrong with a single row is no error
//! but a [`RejectedRow`](crate::RejectedRow).

use crate::SinkError;

/// What is wrong with a mapping file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MappingError {
    /// It is no TOML, or has keys or values that a mapping has not.
    #[error("{file}:{line}:{column}: {message}")]
    Malformed {
        /// The mapping file as it was named.
        file: String,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// The parser's message.
        message: String,
    },
    /// A key is not there that this kind of mapping needs.
    #[error("{file}: a mapping of {kind} needs `{key}`: {remedy}")]
    MissingKey {
        /// The mapping file as it was named.
        file: String,
        /// What the mapping imports.
        kind: &'static str,
        /// The key.
        key: &'static str,
        /// What to write.
        remedy: &'static str,
    },
    /// A key is there that this kind of mapping has no use for.
    #[error("{file}:{line}:{column}: `{key}` has no meaning in a mapping of {kind}; take it out")]
    ForeignKey {
        /// The mapping file as it was named.
        file: String,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// The key.
        key: String,
        /// What the mapping imports.
        kind: &'static str,
    },
    /// A value makes no sense.
    #[error("{file}:{line}:{column}: `{key}`: {problem}")]
    BadValue {
        /// The mapping file as it was named.
        file: String,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// The key.
        key: String,
        /// What is wrong, and what to write.
        problem: String,
    },
}

/// Why an import stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The file cannot be read on. What came before was handed over.
    #[error("the file cannot be read after line {line}: {source}")]
    Read {
        /// The last line that was read, from 1; 0 if none was.
        line: u64,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is nothing that can be read.
    #[error("the file is {what}; save it as CSV, JSON lines or .xlsx and import that")]
    NotText {
        /// What it seems to be.
        what: &'static str,
    },
    /// The mapping states another encoding than the file has.
    #[error("`encoding` states {stated}, but the file is UTF-8; take `encoding` out")]
    OtherEncoding {
        /// The encoding that the mapping states.
        stated: &'static str,
    },
    /// The mapping states another kind of file than it is.
    #[error(
        "the mapping is for a file of format \"{stated}\", but this one is \"{found}\"; correct `format` or `sheet`"
    )]
    OtherKind {
        /// What the mapping states.
        stated: &'static str,
        /// What the file is.
        found: &'static str,
    },
    /// The workbook cannot be read.
    #[error("the workbook cannot be read: {problem}; open it and save it as .xlsx or CSV again")]
    Workbook {
        /// What is wrong with it.
        problem: String,
    },
    /// The workbook has no sheet of that name.
    #[error("the workbook has no sheet `{name}`, but {sheets}; write one of them as `sheet` under `[file]`")]
    NoSheet {
        /// The sheet that the mapping names.
        name: String,
        /// The sheets that there are.
        sheets: String,
    },
    /// The header cannot be read.
    #[error("the header on line {line} cannot be read: {problem}")]
    Header {
        /// The line, from 1.
        line: u64,
        /// What is wrong, and what to write.
        problem: String,
    },
    /// The file has no row at all, or no header where the mapping expects one.
    #[error("the file has no {what}")]
    Empty {
        /// What is not there.
        what: &'static str,
    },
    /// Two columns have the same name.
    #[error("two columns are named `{column}`; give the columns names of their own with `columns` under `[file]`")]
    TwiceNamed {
        /// The name.
        column: String,
    },
    /// The mapping gives the columns other names, but not as many as there are.
    #[error("`columns` in {file} names {named} columns, but the file's header has {found}; name each of them")]
    ColumnCount {
        /// The mapping file as it was named.
        file: String,
        /// How many columns the mapping names.
        named: usize,
        /// How many the file has.
        found: usize,
    },
    /// The mapping names a column that the file has not.
    #[error("{file}: `{key}` names the column `{column}`, but the file has no such column; {remedy}")]
    UnknownColumn {
        /// The mapping file as it was named.
        file: String,
        /// The key in the mapping.
        key: String,
        /// The column as the mapping names it.
        column: String,
        /// What to write.
        remedy: String,
    },
    /// An expression of the mapping cannot be compiled for this file's columns.
    #[error("`{key}` does not fit the file's columns: {problem}")]
    Expression {
        /// The key in the mapping.
        key: String,
        /// Where it stands, what is wrong, and what to write.
        problem: String,
    },
    /// Whoever takes the facts or the rejected rows failed.
    #[error("the import stopped at line {line}: {source}")]
    Sink {
        /// The line that was being read, from 1.
        line: u64,
        /// What went wrong.
        source: SinkError,
    },
}
