//! Log lines for people: time, level, what happened.

use std::fmt;
use std::io;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;

use crate::environment::Environment;

/// Begins to write log lines to the standard error output, from a level on unless the environment says otherwise.
pub(crate) fn start(environment: &Environment, level: &str) {
    let filter = environment.log.as_deref().and_then(|wanted| EnvFilter::try_new(wanted).ok());
    tracing_subscriber::fmt()
        .with_env_filter(filter.unwrap_or_else(|| EnvFilter::new(level)))
        .with_timer(LocalTime)
        .with_target(false)
        .with_ansi(environment.messages.is_coloured)
        .with_writer(io::stderr)
        // It would be told on the standard error output, which panics: a host goes on without whoever read its log.
        .log_internal_errors(false)
        .init();
}

/// The time on the wall, to the second.
struct LocalTime;

impl FormatTime for LocalTime {
    fn format_time(&self, writer: &mut Writer<'_>) -> fmt::Result {
        write!(writer, "{}", jiff::Zoned::now().strftime("%F %T"))
    }
}
