//! Care for the book: backup, restore, doctor.

use serde::{Deserialize, Serialize};
use tierhook_model::Position;

/// What came of a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupReport {
    /// The file.
    pub file: String,
    /// The last commit that is in it.
    pub position: Position,
    /// How many entries it has.
    pub keys: u64,
    /// How many bytes.
    pub bytes: u64,
    /// What a restore of it has to come to, in hexadecimal.
    pub digest: String,
}

/// What came of restoring a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestoreReport {
    /// The file.
    pub file: String,
    /// The data directory.
    pub data: String,
    /// The last commit that was in it.
    pub position: Position,
    /// How many entries were restored.
    pub keys: u64,
    /// How many customers were left out because they had been erased since.
    pub erased: u64,
    /// The data directories whose lists of erasures told which these are.
    pub told_by: Vec<String>,
}

/// What a book has lost, and goes on without.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LossReport {
    /// The data directory.
    pub data: String,
    /// The last commit that is in the book.
    pub found: Position,
    /// The last commit that had been acknowledged.
    pub acknowledged: Position,
    /// What is missing of the commits that are in the book, in words.
    pub missing: Option<String>,
}

/// What an examination of the book came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoctorReport {
    /// How many entries of each kind were looked at.
    pub checked: Vec<(String, u64)>,
    /// What is wrong, or was.
    pub problems: Vec<DoctorRow>,
    /// How many problems there are beyond those.
    pub unnamed: u64,
    /// How many were put right.
    pub mended: u64,
}

impl DoctorReport {
    /// Tells whether nothing is wrong any more.
    pub fn is_sound(&self) -> bool {
        self.unnamed == 0 && self.problems.iter().all(|problem| problem.is_mended)
    }
}

/// Something in the book that should not be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoctorRow {
    /// What it is about, for example `fact 17 of record #5`.
    pub about: String,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub remedy: String,
    /// Whether it was put right.
    pub is_mended: bool,
}
