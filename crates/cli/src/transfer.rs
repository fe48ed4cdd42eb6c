//! `tierhook import` and `tierhook export`: commands with a file.

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use tierhook_model::Language;
use tierhook_server::api::{ApiError, Command, ExportFormat, MappingFile, Upload};

use crate::args::{ExportArgs, ImportArgs};
use crate::output::{offer, print};
use crate::reject::Rejects;
use crate::render::render_fact;
use crate::screen::Screen;

/// Makes the request of an import, and opens its file.
pub(crate) fn import(args: &ImportArgs) -> anyhow::Result<(Command, Upload)> {
    let mapping = args.map.as_deref().map(read_mapping).transpose()?;
    let (file, bytes, reader) = open(&args.file)?;
    let (kind, dry_run, amend) = (args.kind, args.dry_run, args.amend);
    // A running host stands in a folder of its own.
    let rejects = Some(std::path::absolute(rejects(args))?.display().to_string());
    Ok((Command::Import { file, bytes, kind, mapping, dry_run, amend, rejects }, reader))
}

/// Opens a file, or the standard input for `-`. Returns its name, its size in bytes if it has one, and its bytes.
pub(crate) fn open(path: &Path) -> anyhow::Result<(String, Option<u64>, Upload)> {
    if path.as_os_str() == "-" {
        return Ok(("standard input".to_owned(), None, Box::new(std::io::stdin())));
    }
    let refused = || format!("cannot read {}", path.display());
    let file = File::open(path).with_context(refused)?;
    let there = file.metadata().with_context(refused)?;
    if there.is_dir() {
        return Err(ApiError::invalid(format!("{} is a folder; name a file", path.display())).into());
    }
    // A pipe has no size that means anything.
    let bytes = there.is_file().then_some(there.len());
    Ok((name_of(path), bytes, Box::new(file)))
}

/// Makes the request of an export.
pub(crate) fn export(args: &ExportArgs, is_json: bool) -> anyhow::Result<Command> {
    let format = if is_json { ExportFormat::JsonLines } else { ExportFormat::Csv };
    let file = args.output.as_deref().map(std::path::absolute).transpose()?.map(|file| file.display().to_string());
    Ok(Command::Export { what: args.what, fields: args.fields.clone(), as_of: args.as_of, format, file })
}

/// Where the rejected rows of an import go: into the current folder unless the user says otherwise. The file may lie in
/// a folder that is somebody else's.
pub(crate) fn rejects(args: &ImportArgs) -> PathBuf {
    if let Some(file) = &args.rejects {
        return file.clone();
    }
    let mut name = match args.file.file_name().filter(|_| args.file.as_os_str() != "-") {
        Some(name) => name.to_owned(),
        None => "stdin".into(),
    };
    name.push(".rejected.csv");
    Path::new(".").join(name)
}

pub(crate) fn read_mapping(file: &Path) -> anyhow::Result<MappingFile> {
    let text = fs::read_to_string(file).with_context(|| format!("cannot read the mapping {}", file.display()))?;
    Ok(MappingFile { name: name_of(file), text })
}

fn name_of(file: &Path) -> String {
    file.file_name().map_or_else(|| file.display().to_string(), |name| name.to_string_lossy().into_owned())
}

/// Takes the chunks of a command.
#[derive(Debug)]
pub(crate) enum Chunks {
    /// Prints them.
    Print,
    /// Prints them, in `words` as people read them: they are the answers to facts. The facts go on being recorded also
    /// when nobody reads the answers any more.
    Answers {
        /// How people read them; without this they stay JSON.
        words: Option<(Language, Screen)>,
        /// Whether anybody reads them.
        is_read: bool,
    },
    /// Writes them to a file, which is there under its name only when it is complete.
    File(PartFile),
    /// Writes them to a file, and counts what they say: they are the rejected rows of an import.
    Rejected(Rejects, PartFile),
}

/// A file that is being written.
#[derive(Debug)]
pub(crate) struct PartFile {
    path: PathBuf,
    part: PathBuf,
    writer: Option<BufWriter<File>>,
    is_lazy: bool,
}

impl Chunks {
    /// Takes the next chunk.
    pub(crate) fn take(&mut self, chunk: &str) -> anyhow::Result<()> {
        match self {
            Self::Print => print(chunk),
            Self::Answers { is_read: false, .. } => Ok(()),
            Self::Answers { words: None, is_read } => {
                *is_read = offer(chunk)?;
                Ok(())
            }
            Self::Answers { words: Some((language, screen)), is_read } => {
                let rendered = chunk.lines().map(|line| {
                    let answer = serde_json::from_str(line).context("the host answered something else")?;
                    Ok(render_fact(&answer, *language, *screen))
                });
                *is_read = offer(&rendered.collect::<anyhow::Result<String>>()?)?;
                Ok(())
            }
            Self::File(file) => file.write(chunk),
            Self::Rejected(rejects, file) => {
                rejects.take(chunk);
                file.write(chunk)
            }
        }
    }

    /// Completes the file. Returns its path if there is one.
    pub(crate) fn complete(&mut self) -> anyhow::Result<Option<PathBuf>> {
        match self {
            Self::Print | Self::Answers { .. } => Ok(None),
            Self::File(file) | Self::Rejected(_, file) => file.complete(),
        }
    }
}

impl PartFile {
    /// Makes a file; one that `is_lazy` is made only if there is anything to write.
    pub(crate) fn new(path: PathBuf, is_lazy: bool) -> Self {
        let mut part = path.clone().into_os_string();
        part.push(".part");
        Self { path, part: part.into(), writer: None, is_lazy }
    }

    fn write(&mut self, chunk: &str) -> anyhow::Result<()> {
        let refused = || format!("cannot write {}", self.path.display());
        let writer = match &mut self.writer {
            Some(writer) => writer,
            empty => empty.insert(BufWriter::new(File::create(&self.part).with_context(refused)?)),
        };
        writer.write_all(chunk.as_bytes()).with_context(refused)
    }

    fn complete(&mut self) -> anyhow::Result<Option<PathBuf>> {
        if self.writer.is_none() {
            if self.is_lazy {
                return Ok(None);
            }
            self.write("")?;
        }
        let refused = || format!("cannot write {}", self.path.display());
        if let Some(mut writer) = self.writer.take() {
            writer.flush().with_context(refused)?;
        }
        fs::rename(&self.part, &self.path).with_context(refused)?;
        Ok(Some(self.path.clone()))
    }
}

impl Drop for PartFile {
    fn drop(&mut self) {
        // Half a file is worse than none: it looks like a whole one.
        if self.writer.take().is_some() {
            let _ = fs::remove_file(&self.part);
        }
    }
}

#[cfg(test)]
mod tests {
    use tierhook_server::api::ErrorCode;

    use super::*;
    use crate::failure::told;

    #[test]
    fn a_file_is_there_when_it_is_complete() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.csv");
        let mut chunks = Chunks::File(PartFile::new(path.clone(), false));
        chunks.take("id,name\n").unwrap();
        assert!(!path.exists());
        chunks.take("1,王芳\n").unwrap();
        assert_eq!(chunks.complete().unwrap(), Some(path.clone()));
        assert_eq!(fs::read_to_string(&path).unwrap(), "id,name\n1,王芳\n");
    }

    #[test]
    fn half_a_file_is_taken_away() {
        let folder = tempfile::tempdir().unwrap();
        let mut chunks = Chunks::File(PartFile::new(folder.path().join("out.csv"), false));
        chunks.take("id,name\n").unwrap();
        drop(chunks);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn no_rejected_rows_make_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let mut chunks = Chunks::File(PartFile::new(folder.path().join("orders.csv.rejected.csv"), true));
        assert_eq!(chunks.complete().unwrap(), None);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn an_import_names_its_file_and_size() {
        let folder = tempfile::tempdir().unwrap();
        let (file, map) = (folder.path().join("orders.csv"), folder.path().join("shop.toml"));
        fs::write(&file, "id\n1\n").unwrap();
        fs::write(&map, "kind = \"orders\"\n").unwrap();
        let mut args = ImportArgs {
            file: file.clone(),
            kind: None,
            map: Some(map),
            guess: false,
            dry_run: true,
            amend: false,
            rejects: None,
        };
        let (command, mut reader) = import(&args).unwrap();
        let Command::Import { file: name, bytes, mapping, .. } = command else { panic!("another command") };
        assert_eq!((name.as_str(), bytes), ("orders.csv", Some(5)));
        assert_eq!(mapping.unwrap().name, "shop.toml");
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        assert_eq!(text, "id\n1\n");
        // Beside where the user stands, not beside the file.
        assert_eq!(rejects(&args), Path::new("./orders.csv.rejected.csv"));
        args.file = folder.path().join("none.csv");
        let error = told(&import(&args).map(|_| ()).unwrap_err());
        assert_eq!(error.code, ErrorCode::Io);
        assert!(error.message.starts_with("cannot read ") && error.message.contains("none.csv: "), "{error}");
        args.file = "-".into();
        assert_eq!(rejects(&args), Path::new("./stdin.rejected.csv"));
    }
}
