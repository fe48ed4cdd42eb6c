//! The workspace: its folder, its settings, its data directory.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use tierhook_server::Settings;
use tierhook_server::api::ApiError;

/// The file with the settings.
pub(crate) const SETTINGS_FILE: &str = "tierhook.toml";
/// The data directory, unless settings or user say otherwise.
pub(crate) const DATA_FOLDER: &str = ".tierhook";

/// A workspace.
#[derive(Debug)]
pub(crate) struct Workspace {
    /// Its folder.
    pub(crate) folder: PathBuf,
    /// The data directory.
    pub(crate) data: PathBuf,
    /// The data directory that the workspace has unless the user says otherwise.
    pub(crate) own: PathBuf,
    /// What `tierhook.toml` says, and defaults for the rest.
    pub(crate) settings: Settings,
}

impl Workspace {
    /// Finds a workspace and reads its settings.
    pub(crate) fn find(folder: &Path, data: Option<&Path>) -> anyhow::Result<Self> {
        // In logs and in the status of a host, a path relative to where somebody once stood says nothing.
        let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let folder = &absolute(folder);
        let file = folder.join(SETTINGS_FILE);
        let settings = match fs::read_to_string(&file) {
            Ok(text) => parse(&text, &file)?,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                if !folder.join("scripts").is_dir() {
                    let message =
                        format!("{} is no workspace: it has neither {SETTINGS_FILE} nor scripts/", folder.display());
                    let hint = "name one with --workspace DIR, or write a new one with `tierhook init DIR`";
                    return Err(ApiError::invalid(message).with_hint(hint).into());
                }
                Settings::default()
            }
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", file.display())),
        };
        let own = folder.join(settings.data.as_deref().unwrap_or(DATA_FOLDER));
        let data = data.map_or_else(|| own.clone(), absolute);
        Ok(Self { folder: folder.to_owned(), data, own, settings })
    }

    /// Refuses to write a file over what a command reads, or over what belongs to the workspace: a name that was mistyped
    /// would cost the list, the settings or the book.
    pub(crate) fn check_output(&self, file: &Path, inputs: &[&Path]) -> anyhow::Result<()> {
        let real = |path: &Path| fs::canonicalize(path).ok();
        let folder = match file.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => real(parent),
            _ => real(Path::new(".")),
        };
        // A folder that is not there belongs to nobody, and writing says so.
        let Some(folder) = folder else { return Ok(()) };
        let own = [&self.data, &self.own, &self.folder.join("scripts"), &self.folder.join("plugins")];
        let is_own = own.into_iter().filter_map(|own| real(own)).any(|own| folder.starts_with(own));
        let settings = self.folder.join(SETTINGS_FILE);
        let read = inputs.iter().copied().chain([settings.as_path()]).filter_map(real);
        let is_read = real(file).is_some_and(|file| read.into_iter().any(|read| read == file));
        if is_own || is_read {
            let what = if is_read { "would be overwritten" } else { "lies where the workspace keeps its own files" };
            return Err(ApiError::conflict(format!("{} {what}", file.display())).with_hint("name another file").into());
        }
        Ok(())
    }
}

fn parse(text: &str, file: &Path) -> anyhow::Result<Settings> {
    let settings: Settings = toml::from_str(text).map_err(|error| {
        // Counted here rather than shown by the parser, so that all places look the same.
        let place = error.span().map_or_else(String::new, |span| {
            let before = &text[..span.start.min(text.len())];
            let line = before.matches('\n').count() + 1;
            let column = before.rsplit('\n').next().map_or(0, |rest| rest.chars().count()) + 1;
            format!(":{line}:{column}")
        });
        ApiError::invalid(format!("{}{place}: {}", file.display(), error.message().trim()))
    })?;
    settings
        .zone()
        .map_err(|error| ApiError::invalid(error.to_string()))
        .with_context(|| file.display().to_string())?;
    settings
        .region()
        .map_err(|error| ApiError::invalid(error.to_string()))
        .with_context(|| file.display().to_string())?;
    Ok(settings)
}

#[cfg(test)]
mod tests {
    use tierhook_model::{ClockMode, Language};
    use tierhook_server::api::ErrorCode;

    use super::*;
    use crate::failure::told;

    #[test]
    fn settings_come_from_the_file_and_the_rest_is_default() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("scripts")).unwrap();
        let bare = Workspace::find(folder.path(), None).unwrap();
        assert_eq!(bare.settings, Settings::default());
        assert_eq!(bare.data, folder.path().join(".tierhook"));
        let text = "language = \"zh\"\ntime_zone = \"Asia/Shanghai\"\nclock = \"last_fact\"\ndata = \"../book\"\n\n\
                    [limits]\noperations = 5000\n";
        fs::write(folder.path().join(SETTINGS_FILE), text).unwrap();
        let told = Workspace::find(folder.path(), None).unwrap();
        assert_eq!((told.settings.language, told.settings.clock), (Some(Language::Zh), ClockMode::LastFact));
        assert_eq!((told.settings.limits.operations, told.settings.limits.wall_ms), (5_000, 50));
        assert_eq!(told.data, folder.path().join("../book"));
        let asked = Workspace::find(folder.path(), Some(Path::new("/elsewhere"))).unwrap();
        assert_eq!(asked.data, Path::new("/elsewhere"));
    }

    #[test]
    fn nothing_is_written_over_what_is_read_or_kept() {
        let folder = tempfile::tempdir().unwrap();
        for kept in ["scripts", ".tierhook/book", "lists"] {
            fs::create_dir_all(folder.path().join(kept)).unwrap();
        }
        for file in [SETTINGS_FILE, "lists/orders.csv", ".tierhook/book/db"] {
            fs::write(folder.path().join(file), "").unwrap();
        }
        let workspace = Workspace::find(folder.path(), None).unwrap();
        let list = folder.path().join("lists/orders.csv");
        let check = |file: &str| workspace.check_output(&folder.path().join(file), &[&list]).err().map(|it| told(&it));
        for file in [SETTINGS_FILE, "lists/../lists/orders.csv", ".tierhook/book/db", "scripts/new.csv"] {
            let error = check(file).unwrap();
            assert!(error.code == ErrorCode::Conflict && error.message.contains(file), "{error:?}");
        }
        for file in ["lists/orders.csv.rejected.csv", "orders.csv", "nowhere/orders.csv"] {
            assert_eq!(check(file), None, "{file}");
        }
    }

    #[test]
    fn mistakes_are_named_with_their_place() {
        let folder = tempfile::tempdir().unwrap();
        let message = |text: &str| {
            fs::write(folder.path().join(SETTINGS_FILE), text).unwrap();
            let error = told(&Workspace::find(folder.path(), None).unwrap_err());
            assert_eq!(error.code, ErrorCode::Invalid);
            error.message.rsplit('/').next().unwrap().to_owned()
        };
        assert!(
            message("currency = \"CNY\"\ntimezone = \"UTC\"\n")
                .starts_with("tierhook.toml:2:1: unknown field `timezone`")
        );
        assert!(message("currency = \"yuan\"\n").starts_with("tierhook.toml:1:"));
        fs::write(folder.path().join(SETTINGS_FILE), "time_zone = \"Mars/Olympus\"\n").unwrap();
        let error = told(&Workspace::find(folder.path(), None).unwrap_err());
        assert!(error.message.contains("`Mars/Olympus` is not a known time zone"), "{error}");
        fs::write(folder.path().join(SETTINGS_FILE), "phone_region = \"China\"\n").unwrap();
        let error = told(&Workspace::find(folder.path(), None).unwrap_err());
        assert!(error.message.contains("`China` is no known region; write one of CN"), "{error}");
    }

    #[test]
    fn a_folder_that_is_no_workspace_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let error = told(&Workspace::find(folder.path(), None).unwrap_err());
        assert!(error.hint.unwrap().contains("tierhook init"));
    }
}
