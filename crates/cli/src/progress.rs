//! How far a command is: a bar on a terminal, a line now and then elsewhere.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tierhook_server::api::{Progress, ProgressUnit};

use crate::number::{bytes, count};
use crate::output::tell;

/// Commands that are done sooner show no bar.
const PATIENCE: Duration = Duration::from_millis(300);

/// Shows how far a command is.
#[derive(Debug)]
pub(crate) enum Meter {
    /// On a terminal.
    Bar {
        /// When the command began.
        since: Instant,
        /// The bar of the current step.
        bar: Option<(String, ProgressBar)>,
    },
    /// In a log.
    Lines(Pace),
    /// Not at all.
    Silent,
}

impl Meter {
    /// Makes a meter. `is_watched` says whether somebody looks at the messages, `is_quiet` that nobody wants lines.
    pub(crate) fn new(is_watched: bool, is_quiet: bool) -> Self {
        match (is_watched, is_quiet) {
            (true, _) => Self::Bar { since: Instant::now(), bar: None },
            (false, false) => Self::Lines(Pace::default()),
            (false, true) => Self::Silent,
        }
    }

    /// Shows progress.
    pub(crate) fn show(&mut self, progress: &Progress) {
        match self {
            Self::Bar { since, bar } => {
                if bar.as_ref().is_some_and(|(step, _)| *step != progress.step) {
                    clear(bar);
                }
                if bar.is_none() && since.elapsed() < PATIENCE {
                    return;
                }
                let (_, bar) = bar.get_or_insert_with(|| (progress.step.clone(), new_bar(progress)));
                if let Some(total) = progress.total {
                    bar.set_length(total);
                }
                bar.set_position(progress.done);
            }
            Self::Lines(pace) => {
                if let Some(line) = pace.line(progress) {
                    tell(&line);
                }
            }
            Self::Silent => {}
        }
    }

    /// Takes the bar away.
    pub(crate) fn finish(&mut self) {
        if let Self::Bar { bar, .. } = self {
            clear(bar);
        }
    }
}

fn clear(bar: &mut Option<(String, ProgressBar)>) {
    if let Some((_, bar)) = bar.take() {
        bar.finish_and_clear();
    }
}

fn new_bar(progress: &Progress) -> ProgressBar {
    let amount = match (progress.unit, progress.total) {
        (ProgressUnit::Bytes, Some(_)) => "{bar:30} {bytes} of {total_bytes}, {eta} left",
        (ProgressUnit::Bytes, None) => "{spinner} {bytes}",
        (_, Some(_)) => "{bar:30} {human_pos} of {human_len}, {eta} left",
        (_, None) => "{spinner} {human_pos}",
    };
    let style = ProgressStyle::with_template(&format!("{{msg}} {amount}"));
    let bar = match progress.total {
        Some(total) => ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr()),
        None => ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()),
    };
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.set_message(progress.step.clone());
    bar
}

/// Decides when a line is due: at every quarter of what is long, or now and then where the end is not known.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    step: String,
    said: u64,
}

impl Pace {
    fn line(&mut self, progress: &Progress) -> Option<String> {
        if self.step != progress.step {
            (self.step, self.said) = (progress.step.clone(), 0);
        }
        let is_bytes = progress.unit == ProgressUnit::Bytes;
        let (short, stride) = if is_bytes { (8 << 20, 256 << 20) } else { (20_000, 1_000_000) };
        let stages = match progress.total {
            Some(total) if total < short => return None,
            Some(total) => progress.done.saturating_mul(4) / total,
            None => progress.done / stride,
        };
        if stages <= self.said {
            return None;
        }
        self.said = stages;
        let amount = |number| if is_bytes { bytes(number) } else { count(number) };
        let of = progress.total.map_or_else(String::new, |total| format!(" of {}", amount(total)));
        let unit = if is_bytes { String::new() } else { format!(" {}", progress.unit) };
        Some(format!("{}: {}{of}{unit}\n", progress.step, amount(progress.done)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(total: Option<u64>, unit: ProgressUnit, done: &[u64]) -> Vec<String> {
        let mut pace = Pace::default();
        let at = |done| Progress { step: "reading".into(), done, total, unit };
        done.iter().filter_map(|done| pace.line(&at(*done))).collect()
    }

    #[test]
    fn long_work_has_a_line_a_quarter() {
        let all: Vec<u64> = (0..=100).map(|step| step * 400).collect();
        assert_eq!(
            lines(Some(40_000), ProgressUnit::Records, &all),
            [
                "reading: 10,000 of 40,000 records\n",
                "reading: 20,000 of 40,000 records\n",
                "reading: 30,000 of 40,000 records\n",
                "reading: 40,000 of 40,000 records\n",
            ]
        );
        assert_eq!(lines(None, ProgressUnit::Bytes, &[0, 300 << 20, 301 << 20]), ["reading: 300.0 MiB\n"]);
    }

    #[test]
    fn short_work_has_none() {
        assert!(lines(Some(400), ProgressUnit::Records, &[0, 100, 400]).is_empty());
    }
}
