//! Care for the book: backup, restore, doctor.

use std::fs::{self, File, OpenOptions};
use std::io::{BufReader, BufWriter, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use tierhook_store::{Remedy, Store};

use super::Host;
use super::failure::{self, api};
use super::text::Texts;
use super::trail::FileKind;
use crate::api::{
    Answer, ApiError, BackupReport, DoctorReport, DoctorRow, ErrorCode, Event, LossReport, Progress, ProgressUnit,
    RestoreReport,
};

impl Host {
    /// Writes a backup of the book as of one commit, while others read and write.
    pub(super) fn backup(&self, file: &str, texts: &Texts, events: &mut dyn FnMut(Event)) -> Result<Answer, ApiError> {
        let path = Path::new(file);
        if path.exists() {
            return Err(ApiError::conflict(format!("{file} is there already")).with_hint("name another file"));
        }
        let part = PathBuf::from(format!("{file}.part"));
        let failed = |error: std::io::Error| io(&part, &error);
        let mut out = BufWriter::new(private(&part).map_err(failed)?);
        let step = texts.pick("backing up", "备份中");
        let made = self.engine.store().backup(&mut out, &mut |done| events(progress(step, done)));
        let made = made.map_err(|error| ApiError::new(ErrorCode::Io, error.to_string())).and_then(|report| {
            out.flush().map_err(failed)?;
            out.get_ref().sync_all().map_err(failed)?;
            self.note_file(FileKind::Backup, file, None)?;
            fs::rename(&part, path).map_err(failed)?;
            Ok(report)
        });
        let report = made.inspect_err(|_| {
            // What is there of it is of no use to anybody.
            let _ = fs::remove_file(&part);
        })?;
        Ok(Answer::Backup(BackupReport {
            file: file.to_owned(),
            position: report.position,
            keys: report.keys,
            bytes: report.bytes,
            digest: report.digest,
        }))
    }

    /// Looks through the whole book for what should not be, and puts right what can be derived.
    pub(super) fn doctor(
        &self,
        repair: bool,
        texts: &Texts,
        events: &mut dyn FnMut(Event),
    ) -> Result<Answer, ApiError> {
        let step = texts.pick("checking entries", "检查条目");
        let entries = self
            .engine
            .store()
            .audit(repair, &mut |done| events(progress(step, done)))
            .map_err(|error| ApiError::new(ErrorCode::Corrupt, error.to_string()))?;
        let step = texts.pick("replaying facts", "重放事实");
        let records = self.engine.audit(repair, |done| events(progress(step, done))).map_err(api)?;
        let mut problems: Vec<DoctorRow> = entries
            .problems
            .iter()
            .map(|problem| DoctorRow {
                about: problem.key.clone(),
                what: problem.what.clone(),
                remedy: match problem.remedy {
                    Remedy::Repair => "tierhook doctor --repair",
                    Remedy::Mended => "",
                    Remedy::Restore => "tierhook restore FILE",
                    _ => "use a newer version of tierhook",
                }
                .to_owned(),
                is_mended: problem.remedy == Remedy::Mended,
            })
            .collect();
        let all_repaired = repair && records.repaired == records.drifted.len() as u64;
        problems.extend(records.drifted.iter().map(|drift| {
            DoctorRow {
                about: format!("customer {} ({})", drift.external, drift.record),
                what: match (drift.profile, drift.aggregates) {
                    _ if drift.merges => "what it says of merged customers is not what they say",
                    (true, false) => "the profile is not what the facts come to",
                    (false, _) => "the running totals are not what the facts come to",
                    (true, true) => "profile and running totals are not what the facts come to",
                }
                .to_owned(),
                remedy: "tierhook doctor --repair".to_owned(),
                is_mended: all_repaired,
            }
        }));
        let mut checked = entries.checked;
        checked.push(("replayed record".to_owned(), records.records));
        let mended = entries.mended + records.repaired;
        if records.repaired > 0 {
            self.bring_up_to_date(None, texts, events)?;
        }
        Ok(Answer::Doctor(DoctorReport { checked, problems, unnamed: entries.unnamed, mended }))
    }
}

/// Restores a backup into a data directory that has no book. Customers who were erased from a book that was there
/// before stay erased, and those who were from the book in `own`, the data directory that the workspace has otherwise.
///
/// # Errors
/// [`ErrorCode::Conflict`] if there is a book, [`ErrorCode::Io`] if the file cannot be read, [`ErrorCode::Corrupt`] if
/// it is no whole backup.
pub fn restore(file: &Path, data: &Path, own: &Path, progress: &mut dyn FnMut(u64)) -> Result<RestoreReport, ApiError> {
    let book = data.join("book");
    let input = File::open(file).map_err(|error| io(file, &error))?;
    fs::create_dir_all(data).map_err(|error| io(data, &error))?;
    if book.exists() {
        let hint = format!("move {} away, or name another data directory with --data", book.display());
        return Err(ApiError::conflict(format!("there is a book in {} already", data.display())).with_hint(hint));
    }
    let mut erased = Store::kept_tombstones(data).map_err(api)?;
    let mut told_by = vec![data.display().to_string()];
    // A book that is restored beside the workspace's own is the same people's.
    if own != data && own.is_dir() {
        erased.extend(Store::kept_tombstones(own).map_err(api)?);
        told_by.push(own.display().to_string());
    }
    let report = Store::restore(&mut BufReader::new(input), &book, &erased, progress)
        .map_err(|error| ApiError::new(ErrorCode::Corrupt, error.to_string()))?;
    Ok(RestoreReport {
        file: file.display().to_string(),
        data: data.display().to_string(),
        position: report.position,
        keys: report.keys,
        erased: report.erased,
        told_by,
    })
}

/// Lets a book that ends before what was acknowledged be opened with what is left of it. `None` if nothing is missing.
///
/// # Errors
/// `Locked` if another process has the book open, `Corrupt` or `Io` if it cannot be read.
pub fn accept_loss(data: &Path) -> Result<Option<LossReport>, ApiError> {
    let loss = Store::accept_loss(&data.join("book")).map_err(failure::open)?;
    Ok(loss.map(|loss| LossReport {
        data: data.display().to_string(),
        found: loss.found,
        acknowledged: loss.acknowledged,
        missing: loss.missing,
    }))
}

/// Makes a file that only its owner can read: a backup is about people.
fn private(path: &Path) -> std::io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)
}

fn io(path: &Path, error: &std::io::Error) -> ApiError {
    let told = ApiError::new(ErrorCode::Io, format!("{}: {error}", path.display()));
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => told.with_hint("free some space, or name another disk"),
        ErrorKind::FileTooLarge => told.with_hint("raise the limit on the size of files, or name another disk"),
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            told.with_hint("name a place where the host may write")
        }
        _ => told,
    }
}

fn progress(step: &str, done: u64) -> Event {
    Event::Progress(Progress { step: step.to_owned(), done, total: None, unit: ProgressUnit::Records })
}
