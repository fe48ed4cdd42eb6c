//! `tierhook import` and `tierhook export`: commands with a file.

use std::fs::{self, File};
use std::io::{BufWriter, Read, Write as _};
use std::path::{Path, PathBuf};

use tierhook_server::api::{ApiError, Command, ExportFormat, MappingFile};

use crate::args::{ExportArgs, ImportArgs};
use crate::output::{print, read_error, write_error};

/// Makes the request of an import, and opens its file.
pub(crate) fn import(args: &ImportArgs) -> Result<(Command, Box<dyn Read>), ApiError> {
    let mapping = args.map.as_deref().map(read_mapping).transpose()?;
    let (file, bytes, reader): (_, _, Box<dyn Read>) = if args.file.as_os_str() == "-" {
        ("standard input".to_owned(), None, Box::new(std::io::stdin()))
    } else {
        let refused = |error| read_error(args.file.display(), &error);
        let file = File::open(&args.file).map_err(refused)?;
        let there = file.metadata().map_err(refused)?;
        if there.is_dir() {
            return Err(ApiError::invalid(format!("{} is a folder; name a file", args.file.display())));
        }
        // A pipe has no size that means anything.
        let bytes = there.is_file().then_some(there.len());
        (name_of(&args.file), bytes, Box::new(file))
    };
    let (kind, dry_run, amend) = (args.kind, args.dry_run, args.amend);
    Ok((Command::Import { file, bytes, kind, mapping, dry_run, amend }, reader))
}

/// Makes the request of an export.
pub(crate) fn export(args: &ExportArgs, is_json: bool) -> Command {
    let format = if is_json { ExportFormat::JsonLines } else { ExportFormat::Csv };
    Command::Export { what: args.what, fields: args.fields.clone(), as_of: args.as_of, format }
}

/// Where the rejected rows of an import go.
pub(crate) fn rejects(args: &ImportArgs) -> PathBuf {
    match (&args.rejects, args.file.as_os_str() == "-") {
        (Some(file), _) => file.clone(),
        (None, true) => PathBuf::from("stdin.rejected.csv"),
        (None, false) => {
            let mut path = args.file.as_os_str().to_owned();
            path.push(".rejected.csv");
            path.into()
        }
    }
}

fn read_mapping(file: &Path) -> Result<MappingFile, ApiError> {
    let text = fs::read_to_string(file).map_err(|error| read_error(file.display(), &error))?;
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
    /// Writes them to a file, which is there under its name only when it is complete.
    File(PartFile),
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
    /// Writes a file; one that `is_lazy` only if there is anything to write.
    pub(crate) fn file(path: PathBuf, is_lazy: bool) -> Self {
        let mut part = path.clone().into_os_string();
        part.push(".part");
        Self::File(PartFile { path, part: part.into(), writer: None, is_lazy })
    }

    /// Takes the next chunk.
    pub(crate) fn take(&mut self, chunk: &str) -> Result<(), ApiError> {
        match self {
            Self::Print => print(chunk),
            Self::File(file) => file.write(chunk),
        }
    }

    /// Completes the file. Returns its path if there is one.
    pub(crate) fn complete(&mut self) -> Result<Option<PathBuf>, ApiError> {
        match self {
            Self::Print => Ok(None),
            Self::File(file) => file.complete(),
        }
    }
}

impl PartFile {
    fn write(&mut self, chunk: &str) -> Result<(), ApiError> {
        let refused = |error| write_error(self.part.display(), &error);
        let writer = match &mut self.writer {
            Some(writer) => writer,
            empty => empty.insert(BufWriter::new(File::create(&self.part).map_err(refused)?)),
        };
        writer.write_all(chunk.as_bytes()).map_err(refused)
    }

    fn complete(&mut self) -> Result<Option<PathBuf>, ApiError> {
        if self.writer.is_none() {
            if self.is_lazy {
                return Ok(None);
            }
            self.write("")?;
        }
        let refused = |error| write_error(self.path.display(), &error);
        if let Some(mut writer) = self.writer.take() {
            writer.flush().map_err(refused)?;
        }
        fs::rename(&self.part, &self.path).map_err(refused)?;
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

    #[test]
    fn a_file_is_there_when_it_is_complete() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.csv");
        let mut chunks = Chunks::file(path.clone(), false);
        chunks.take("id,name\n").unwrap();
        assert!(!path.exists());
        chunks.take("1,王芳\n").unwrap();
        assert_eq!(chunks.complete().unwrap(), Some(path.clone()));
        assert_eq!(fs::read_to_string(&path).unwrap(), "id,name\n1,王芳\n");
    }

    #[test]
    fn half_a_file_is_taken_away() {
        let folder = tempfile::tempdir().unwrap();
        let mut chunks = Chunks::file(folder.path().join("out.csv"), false);
        chunks.take("id,name\n").unwrap();
        drop(chunks);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn no_rejected_rows_make_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let mut chunks = Chunks::file(folder.path().join("orders.csv.rejected.csv"), true);
        assert_eq!(chunks.complete().unwrap(), None);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn an_import_names_its_file_and_size() {
        let folder = tempfile::tempdir().unwrap();
        let (file, map) = (folder.path().join("orders.csv"), folder.path().join("shop.toml"));
        fs::write(&file, "id\n1\n").unwrap();
        fs::write(&map, "kind = \"orders\"\n").unwrap();
        let mut args =
            ImportArgs { file: file.clone(), kind: None, map: Some(map), dry_run: true, amend: false, rejects: None };
        let (command, mut reader) = import(&args).unwrap();
        let Command::Import { file: name, bytes, mapping, .. } = command else { panic!("another command") };
        assert_eq!((name.as_str(), bytes), ("orders.csv", Some(5)));
        assert_eq!(mapping.unwrap().name, "shop.toml");
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        assert_eq!(text, "id\n1\n");
        assert_eq!(rejects(&args), folder.path().join("orders.csv.rejected.csv"));
        args.file = folder.path().join("none.csv");
        assert_eq!(import(&args).map(|_| ()).unwrap_err().code, ErrorCode::Io);
    }
}
