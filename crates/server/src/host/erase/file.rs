//! Files that speak of a person: rejected rows, golden cases, and whatever else lies in the workspace.

use std::fs;
use std::io::{self, BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use tierhook_engine::KnownBy;
use tierhook_import::RejectedFile;
use tierhook_loader::without_cases;

use super::super::Host;
use super::super::failure;
use super::super::trail::{FileKind, WrittenFile};
use crate::api::{ApiError, ErrorCode};

/// How many files of a workspace are looked into at most, and how large they may be.
const MOST_FILES: usize = 20_000;
const MOST_BYTES: u64 = 16 * 1024 * 1024;
/// Below how many folders.
const DEPTH: usize = 6;

/// Files that speak of a person.
#[derive(Debug, Default)]
pub(super) struct FileTraces {
    /// Files of rejected rows, each with how many rows are about the person.
    pub(super) rejected: Vec<(PathBuf, u64)>,
    /// Files of golden cases, each with how many cases are.
    pub(super) cases: Vec<(PathBuf, u64)>,
    /// Files that cannot be read or are not what they were, with why.
    pub(super) unreadable: Vec<(PathBuf, String)>,
    /// Backups that are there, and copies and exports with the person in them.
    pub(super) written: Vec<WrittenFile>,
    /// Further files of the workspace in which the person is named, and what is left of half-written ones.
    pub(super) mentions: Vec<PathBuf>,
    /// Active versions of rule files that speak of the person, because the files on the disk are not fit.
    pub(super) active_versions: u64,
}

impl FileTraces {
    /// Looks into every file that Tierhook wrote, and into those of the workspace.
    pub(super) fn find(host: &Host, known_by: &KnownBy) -> Result<Self, ApiError> {
        let mut traces = Self::default();
        let written = host.written_files()?;
        for file in &written {
            let path = Path::new(&file.path);
            match file.kind {
                FileKind::Backup if path.exists() => traces.written.push(file.clone()),
                FileKind::Copy if fs::read_to_string(path).is_ok_and(|text| known_by.is_word_in(&text)) => {
                    traces.written.push(file.clone());
                }
                FileKind::Export => match is_in_rows(path, known_by) {
                    Ok(true) => traces.written.push(file.clone()),
                    Ok(false) => {}
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    // Whoever can tell what is in it has to.
                    Err(_) => traces.written.push(file.clone()),
                },
                FileKind::Copy | FileKind::Backup => {}
                FileKind::Rejected => match without_rows(path, known_by) {
                    Ok(None) => {}
                    Ok(Some((_, rows))) => traces.rejected.push((path.to_owned(), rows)),
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    Err(error) => traces.unreadable.push((path.to_owned(), error.to_string())),
                },
            }
        }
        // What a process that was killed left of its rows. The last of them is cut off.
        let of_rows = |file: &&WrittenFile| matches!(file.kind, FileKind::Rejected | FileKind::Export);
        let parts = written.iter().filter(of_rows).map(WrittenFile::part).filter(|part| part.exists());
        traces.mentions.extend(parts.filter(|part| is_in_rows(part, known_by).unwrap_or(true)));
        let mut files = Vec::new();
        collect(&host.workspace, &host.data, DEPTH, &mut files);
        for path in files {
            let is_known = traces.rejected.iter().any(|(known, _)| is_same(known, &path))
                || traces.mentions.iter().any(|known| is_same(known, &path))
                || traces.written.iter().any(|known| is_same(Path::new(&known.path), &path));
            if is_known {
                continue;
            }
            let Ok(text) = fs::read_to_string(&path) else { continue };
            if path.to_string_lossy().ends_with(".cases.toml")
                && let Some((_, cases)) = without_cases(&text, &|case| known_by.is_word_in(case))
            {
                traces.cases.push((path, cases));
            } else if known_by.is_word_in(&text) {
                traces.mentions.push(path);
            }
        }
        Ok(traces)
    }

    pub(super) fn rejected_rows(&self) -> u64 {
        self.rejected.iter().map(|(_, rows)| rows).sum()
    }

    pub(super) fn cases(&self) -> u64 {
        self.cases.iter().map(|(_, cases)| cases).sum()
    }
}

impl Host {
    /// Takes the person out of the files in which that can be done. Returns how much went.
    pub(super) fn clear_files(
        &self,
        traces: &FileTraces,
        known_by: &KnownBy,
    ) -> Result<Vec<(&'static str, u64)>, ApiError> {
        let (mut rows, mut cases) = (0, 0);
        for (path, _) in &traces.rejected {
            if let Some((text, gone)) = without_rows(path, known_by).map_err(|error| refused(path, &error))? {
                replace(path, &text).map_err(|error| refused(path, &error))?;
                rows += gone;
            }
        }
        for (path, _) in &traces.cases {
            let text = fs::read_to_string(path).map_err(|error| refused(path, &error))?;
            if let Some((text, gone)) = without_cases(&text, &|case| known_by.is_word_in(case)) {
                replace(path, text.as_bytes()).map_err(|error| refused(path, &error))?;
                cases += gone;
            }
        }
        if cases > 0 {
            self.load_disk()?;
        }
        let mut loader = self.loader.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let forgotten =
            loader.forget_versions(&|text| known_by.is_word_in(text)).map_err(|error| failure::archive(&error))?;
        Ok(vec![("rejected-rows", rows), ("cases", cases), ("versions", forgotten.removed)])
    }
}

/// The columns of an export that say whose a row is.
const WHOSE: [&str; 2] = ["customer", "id"];

/// Tells whether a row of a file is about the person: CSV with a heading, or JSON lines. Such files may be larger than the
/// memory.
fn is_in_rows(path: &Path, known_by: &KnownBy) -> io::Result<bool> {
    let names =
        |column: &str, cell: &str| known_by.is_word_in(cell) || WHOSE.contains(&column) && known_by.is_meant_by(cell);
    let mut file = BufReader::new(fs::File::open(path)?);
    if file.fill_buf()?.starts_with(b"{") {
        for line in file.lines() {
            let row: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&line?)?;
            let text = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            if row.iter().any(|(column, value)| names(column, &text(value))) {
                return Ok(true);
            }
        }
        return Ok(false);
    }
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(file);
    let columns = reader.headers()?.clone();
    for row in reader.records() {
        let row = row?;
        let column = |at: usize| columns.get(at).unwrap_or_default();
        if row.iter().enumerate().any(|(at, cell)| names(column(at), cell)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The rejected rows of a file without those about the person, and how many they are; `None` if there are none. A file
/// with other columns was made by somebody else.
fn without_rows(path: &Path, known_by: &KnownBy) -> io::Result<Option<(Vec<u8>, u64)>> {
    let mut reader = csv::ReaderBuilder::new().from_path(path)?;
    let header = reader.headers()?.clone();
    if !header.iter().eq(RejectedFile::<Vec<u8>>::COLUMNS) {
        return Err(io::Error::other("it has other columns than it was written with"));
    }
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&header)?;
    let mut gone = 0;
    for record in reader.records() {
        let record = record?;
        let cell = |at: usize| record.get(at).unwrap_or_default();
        let is_theirs = known_by.references.iter().any(|reference| reference.to_string() == cell(3));
        if is_theirs || known_by.is_word_in(cell(2)) || known_by.is_word_in(cell(1)) {
            gone += 1;
        } else {
            writer.write_record(&record)?;
        }
    }
    let text = writer.into_inner().map_err(|error| io::Error::other(error.to_string()))?;
    Ok((gone > 0).then_some((text, gone)))
}

/// Replaces a file by another text: the one or the other is there at any moment.
fn replace(path: &Path, text: &[u8]) -> io::Result<()> {
    let mut aside = path.to_owned().into_os_string();
    aside.push(".part");
    let permissions = fs::metadata(path)?.permissions();
    fs::write(&aside, text)?;
    fs::set_permissions(&aside, permissions)?;
    fs::File::open(&aside)?.sync_all()?;
    fs::rename(&aside, path)
}

/// Collects the files of a workspace, but for the book's and hidden ones.
fn collect(folder: &Path, data: &Path, depth: usize, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.filter_map(Result::ok) {
        let (path, Ok(kind)) = (entry.path(), entry.file_type()) else { continue };
        if files.len() >= MOST_FILES || is_same(&path, data) || entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        if kind.is_dir() && depth > 0 {
            collect(&path, data, depth - 1, files);
        } else if kind.is_file() && entry.metadata().is_ok_and(|meta| meta.len() <= MOST_BYTES) {
            files.push(path);
        }
    }
}

fn is_same(a: &Path, b: &Path) -> bool {
    a == b || matches!((fs::canonicalize(a), fs::canonicalize(b)), (Ok(a), Ok(b)) if a == b)
}

fn refused(path: &Path, error: &io::Error) -> ApiError {
    ApiError::new(ErrorCode::Io, format!("{} cannot be rewritten without the person: {error}", path.display()))
        .with_hint("nobody is erased yet; make the file writable or delete it, then erase again")
}
