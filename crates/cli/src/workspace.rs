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
        let data = match (data, &settings.data) {
            (Some(data), _) => absolute(data),
            (None, Some(data)) => folder.join(data),
            (None, None) => folder.join(DATA_FOLDER),
        };
        Ok(Self { folder: folder.to_owned(), data, settings })
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
