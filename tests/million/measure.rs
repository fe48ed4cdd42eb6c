//! Phases: how long they took, of what, and the table of all sizes.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Instant;

/// Something that was measured.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Phase {
    name: String,
    /// How many records, questions or whatever else it was.
    count: u64,
    /// Seconds, processor seconds and the most memory in MB; nothing for what was only counted.
    took: Option<(f64, f64, u64)>,
}

impl Phase {
    /// Measures a piece of work.
    pub(crate) fn run<T>(phases: &mut Vec<Self>, name: &str, count: usize, work: impl FnOnce() -> T) -> T {
        // Begins to count the most memory anew where the system can do that; else it is that of all phases so far.
        let _ = fs::write("/proc/self/clear_refs", "5");
        let (began, cpu) = (Instant::now(), cpu_seconds());
        let done = work();
        let took = (began.elapsed().as_secs_f64(), cpu_seconds() - cpu, peak_mb());
        phases.push(Self { name: name.to_owned(), count: count as u64, took: Some(took) });
        done
    }

    /// Something that was only counted.
    pub(crate) fn count(name: &str, count: u64) -> Self {
        Self { name: name.to_owned(), count, took: None }
    }

    /// A line that [`Phase::read`] reads.
    pub(crate) fn line(&self) -> String {
        let took = self.took.map(|(wall, cpu, peak)| format!("\t{wall}\t{cpu}\t{peak}")).unwrap_or_default();
        format!("{}\t{}{took}", self.name, self.count)
    }

    pub(crate) fn read(line: &str) -> Option<Self> {
        let parts: Vec<&str> = line.split('\t').collect();
        let (name, count) = (parts.first()?.to_string(), parts.get(1)?.parse().ok()?);
        let took = match &parts[2..] {
            [wall, cpu, peak] => Some((wall.parse().ok()?, cpu.parse().ok()?, peak.parse().ok()?)),
            _ => None,
        };
        Some(Self { name, count, took })
    }
}

/// Puts all sizes beside each other. Growth is that of processor seconds, or of the count, against the size before,
/// divided by how much larger the book is: 1.0 is linear.
pub(crate) fn table(columns: &[(usize, Vec<Phase>)]) -> String {
    let mut text = format!("{:24}", "customers");
    for (size, _) in columns {
        let _ = write!(text, "{size:>46}");
    }
    let Some((_, first)) = columns.first() else { return text };
    for (row, phase) in first.iter().enumerate() {
        let _ = write!(text, "\n{:24}", phase.name);
        for (at, (size, phases)) in columns.iter().enumerate() {
            let Some(phase) = phases.get(row) else { continue };
            let before = at.checked_sub(1).and_then(|at| Some((columns[at].0, columns[at].1.get(row)?)));
            let growth = before.map_or_else(String::new, |(smaller, before)| {
                let amount = |phase: &Phase| phase.took.map_or(phase.count as f64, |(_, cpu, _)| cpu);
                let growth = amount(phase) / amount(before).max(1e-9) / (*size as f64 / smaller as f64);
                format!("x{growth:.2}")
            });
            let said = match phase.took {
                None => phase.count.to_string(),
                Some((wall, cpu, peak)) => {
                    let rate =
                        if phase.count > 1 { format!("{:.0}/s ", phase.count as f64 / cpu) } else { String::new() };
                    format!("{rate}{cpu:.2} cpu s, {wall:.2} s, {peak} MB")
                }
            };
            let _ = write!(text, "{said:>39} {growth:>6}");
        }
    }
    text
}

/// How many MB the files in a folder take.
pub(crate) fn disk_mb(folder: &Path) -> u64 {
    fn bytes(folder: &Path) -> u64 {
        let Ok(entries) = fs::read_dir(folder) else { return 0 };
        entries
            .flatten()
            .map(|entry| match entry.metadata() {
                Ok(found) if found.is_dir() => bytes(&entry.path()),
                Ok(found) => found.len(),
                Err(_) => 0,
            })
            .sum()
    }
    bytes(folder) >> 20
}

/// The processor time of this process and all its threads, where the system tells.
fn cpu_seconds() -> f64 {
    let Ok(stat) = fs::read_to_string("/proc/self/stat") else { return 0.0 };
    // The name in brackets may hold spaces; user and system time are the 12th and 13th behind it, in hundredths.
    let times = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
    times.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

/// The most memory that the process has had since it was last asked to forget, in MB, where the system tells.
fn peak_mb() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kb| kb.parse::<u64>().ok()).unwrap_or_default() / 1024
}
