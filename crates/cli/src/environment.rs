//! What the process finds around itself. Nothing else reads the environment, the terminal or the clock.

use std::env;
use std::io::{self, IsTerminal as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use tierhook_model::{Language, Moment};
use tierhook_server::Now;

use crate::screen::Screen;

/// What the process finds around itself.
#[derive(Debug)]
pub(crate) struct Environment {
    /// The language of the locale.
    pub(crate) language: Language,
    /// The user's name.
    pub(crate) user: Option<String>,
    /// A folder with a short path for sockets.
    pub(crate) runtime: PathBuf,
    /// What the standard output can show.
    pub(crate) output: Screen,
    /// What the standard error output can show.
    pub(crate) messages: Screen,
    /// Whether somebody looks at the messages.
    pub(crate) is_watched: bool,
    /// Which log lines to show, for example `debug`.
    pub(crate) log: Option<String>,
}

impl Environment {
    /// Looks around.
    pub(crate) fn read() -> Self {
        // An empty variable counts as unset, as the locale and NO_COLOR conventions have it.
        let variable = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
        let plain = variable("NO_COLOR").is_some() || variable("TERM").as_deref() == Some("dumb");
        let width = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
        let screen =
            |is_terminal: bool| Screen { width: width.filter(|_| is_terminal), is_coloured: is_terminal && !plain };
        let is_watched = io::stderr().is_terminal();
        Self {
            language: language_of(["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(variable).as_deref()),
            user: ["USER", "LOGNAME"].into_iter().find_map(variable),
            runtime: variable("XDG_RUNTIME_DIR").map_or_else(env::temp_dir, PathBuf::from),
            output: screen(io::stdout().is_terminal()),
            messages: screen(is_watched),
            is_watched,
            log: variable("TIERHOOK_LOG"),
        }
    }
}

/// Returns what reads the computer's clock.
pub(crate) fn system_clock() -> Now {
    Arc::new(|| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        Moment(since.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX)))
    })
}

fn language_of(locale: Option<&str>) -> Language {
    if locale.is_some_and(|locale| locale.to_ascii_lowercase().starts_with("zh")) { Language::Zh } else { Language::En }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_locale_names_the_language() {
        assert_eq!(language_of(Some("zh_CN.UTF-8")), Language::Zh);
        assert_eq!(language_of(Some("de_DE.UTF-8")), Language::En);
        assert_eq!(language_of(None), Language::En);
    }
}
