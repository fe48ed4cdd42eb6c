//! Guessing what the columns of a file are.

use std::io::Read;

use tierhook_import::{Guess, ImportKind as ReadKind};
use tierhook_model::Language;

use super::intake::kind_of;
use crate::api::{ApiError, ErrorCode, GuessReport, GuessedColumn, ImportKind};

/// How much of a file is looked at, in bytes.
const SAMPLE: u64 = 4 << 20;
/// How much of a workbook is read, which cannot be looked at in part.
const WORKBOOK: u64 = 256 << 20;

/// Guesses a mapping from the beginning of a file. No book is needed for it.
pub(super) fn guess(
    file: &str,
    kind: Option<ImportKind>,
    upload: Option<&mut dyn Read>,
    language: Language,
) -> Result<GuessReport, ApiError> {
    let upload = upload.ok_or_else(|| ApiError::invalid("a guess needs a file"))?;
    let sample =
        sample(upload).map_err(|error| ApiError::new(ErrorCode::Io, format!("{file} cannot be read: {error}")))?;
    let guessed = tierhook_import::guess(&sample, file, kind.map(read_kind))
        .map_err(|error| ApiError::invalid(format!("{file}: {error}")))?;
    Ok(report(file, guessed, language))
}

fn sample(upload: &mut dyn Read) -> std::io::Result<Vec<u8>> {
    let mut sample = Vec::new();
    Read::take(&mut *upload, SAMPLE).read_to_end(&mut sample)?;
    if sample.starts_with(b"PK") {
        Read::take(upload, WORKBOOK).read_to_end(&mut sample)?;
    }
    Ok(sample)
}

fn report(file: &str, guessed: Guess, language: Language) -> GuessReport {
    let columns = guessed.columns.into_iter().map(|column| GuessedColumn {
        column: column.column,
        key: column.key,
        confidence: column.confidence,
        examples: column.examples,
    });
    GuessReport {
        file: file.to_owned(),
        rows_are: kind_of(guessed.kind),
        mapping: guessed.mapping_toml,
        columns: columns.collect(),
        questions: guessed.questions.iter().map(|question| question.get(language).to_owned()).collect(),
    }
}

fn read_kind(kind: ImportKind) -> ReadKind {
    match kind {
        ImportKind::Orders => ReadKind::Orders,
        ImportKind::Customers => ReadKind::Customers,
        ImportKind::Interactions => ReadKind::Interactions,
        ImportKind::Feedback => ReadKind::Feedback,
        ImportKind::Measures => ReadKind::Measures,
        ImportKind::Contacts => ReadKind::Contacts,
    }
}
