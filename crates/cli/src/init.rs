//! `tierhook init`: a new workspace that works as it is.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use anyhow::Context as _;
use tierhook_model::Language;
use tierhook_server::api::{ApiError, ErrorCode};

use crate::args::InitArgs;
use crate::exit;
use crate::output::print;
use crate::word::{Words, fill};
use crate::workspace::{DATA_FOLDER, SETTINGS_FILE};

/// The rules that come with the program, by their paths in a workspace.
pub(crate) const SHIPPED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/shipped.rs"));

/// Writes a new workspace.
pub(crate) fn run(args: &InitArgs, language: Language, is_json: bool) -> anyhow::Result<u8> {
    let mut files = vec![
        (SETTINGS_FILE.to_owned(), settings(args, language)),
        (".gitignore".to_owned(), format!("{DATA_FOLDER}/\n")),
    ];
    files.extend(SHIPPED.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())));
    write_all(&args.folder, &files)?;
    if is_json {
        let paths: Vec<&str> = files.iter().map(|(path, _)| path.as_str()).collect();
        let value = serde_json::json!({ "kind": "init", "folder": args.folder, "files": paths });
        print(&format!("{value:#}\n"))?;
    } else {
        let folder = args.folder.display();
        let words = Words::of(language);
        let wrote = fill(words.init_wrote, &[&folder, &SETTINGS_FILE, &SHIPPED.len()]);
        print(&format!("{wrote}\n{}\n", fill(words.init_next, &[&folder])))?;
    }
    Ok(exit::DONE)
}

/// Writes files that are not there yet; if one of them is, nothing is written.
fn write_all(folder: &Path, files: &[(String, String)]) -> anyhow::Result<()> {
    let there: Vec<&str> = files
        .iter()
        .map(|(path, _)| path.as_str())
        .filter(|path| folder.join(path).symlink_metadata().is_ok())
        .collect();
    if let Some(first) = there.first() {
        let message = format!("{} has {first} already; nothing was written", folder.display());
        let hint = "choose another folder, or move what is there away";
        return Err(ApiError::new(ErrorCode::Conflict, message).with_hint(hint).into());
    }
    for (path, text) in files {
        let path = folder.join(path);
        write_new(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

/// Writes a file with the folders that it is in. Somebody else may have written it since the look above.
fn write_new(path: &Path, text: &str) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::File::create_new(path)?.write_all(text.as_bytes())
}

fn settings(args: &InitArgs, language: Language) -> String {
    let language = match language {
        Language::En => "en",
        Language::Zh => "zh",
    };
    format!(
        r#"# Settings of this workspace. Every key may be left out; what is commented out shows the default.

# Language of reasons and names: en or zh.
language = "{language}"
# Base currency of the book (ISO 4217). It cannot be changed once there are orders.
currency = "{}"
# Time zone of the book (IANA): it turns a moment into a day.
time_zone = "{}"
# What one of another currency is worth in this one; without it, rows in that currency are rejected.
# rates = {{ USD = 7.10 }}
# Country of telephone numbers that are entered without one (ISO 3166); else that of the currency.
# phone_region = "CN"
# What the clock of a new book follows: system, fixed or last_fact (the computer's until there is a fact).
clock = "system"

# Data directory, relative to this file.
# data = "{DATA_FOLDER}"
# The store's cache in MiB; the process takes about three times as much.
# cache_mb = 64
# How often the rules on the disk are compared with the active ones, in seconds.
# rescan_seconds = 2
# How long the rules have to stay the same before they are looked at, in milliseconds.
# settle_ms = 250

# The most that any rule may use up; a rule's own manifest may only lower it.
# [limits]
# operations = 100000
# wall_ms = 50

# What plugins have to be: off (signatures are not looked at), vendors (signed with a key in plugins/trust.toml, or not at all)
# or required (signed with such a key).
# [plugins]
# policy = "vendors"
"#,
        args.currency, args.time_zone
    )
}

#[cfg(test)]
mod tests {
    use tierhook_server::Settings;

    use super::*;
    use crate::workspace::Workspace;

    fn args(folder: &Path) -> InitArgs {
        let (currency, time_zone) = ("JPY".parse().unwrap(), "Asia/Tokyo".to_owned());
        InitArgs { folder: folder.to_owned(), currency, time_zone }
    }

    #[test]
    fn the_settings_that_are_written_are_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let new = folder.path().join("book");
        let args = args(&new);
        let files = [(SETTINGS_FILE.to_owned(), settings(&args, Language::Zh))];
        write_all(&new, &files).unwrap();
        let written = Workspace::find(&new, None).unwrap().settings;
        let expected = Settings {
            language: Some(Language::Zh),
            currency: args.currency,
            time_zone: args.time_zone,
            ..Settings::default()
        };
        assert_eq!(written, expected);
    }

    #[test]
    fn what_is_commented_out_shows_the_defaults() {
        let folder = tempfile::tempdir().unwrap();
        let text = settings(&args(folder.path()), Language::En);
        let shown: String = text
            .lines()
            .filter_map(|line| line.strip_prefix("# "))
            .filter(|line| line.contains(" = ") || line.starts_with('['))
            .map(|line| format!("{line}\n"))
            .collect();
        let shown: Settings = toml::from_str(&shown).unwrap();
        let (data, phone_region) = (Some(DATA_FOLDER.to_owned()), Some("CN".to_owned()));
        let rates = toml::from_str("USD = 7.10").unwrap();
        assert_eq!(shown, Settings { data, phone_region, rates, ..Settings::default() });
        assert_eq!(shown.region(), Settings::default().region(), "it is what the currency comes to");
    }

    #[test]
    fn nothing_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("b"), "mine").unwrap();
        let files = [("a".to_owned(), "new".to_owned()), ("b".to_owned(), "new".to_owned())];
        let error = write_all(folder.path(), &files).unwrap_err();
        assert_eq!(crate::failure::told(&error).code, ErrorCode::Conflict);
        assert!(!folder.path().join("a").exists());
        assert_eq!(fs::read_to_string(folder.path().join("b")).unwrap(), "mine");
    }

    #[test]
    fn the_shipped_rules_are_there() {
        let has = |path: &str| SHIPPED.iter().any(|(shipped, text)| *shipped == path && !text.is_empty());
        assert!(has("scripts/dimensions.toml"));
        assert!(SHIPPED.iter().any(|(path, _)| path.ends_with(".rhai")));
    }
}
