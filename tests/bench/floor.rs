//! Pairs of what is measured and its floor.

use std::env;
use std::fmt;
use std::time::Duration;

use criterion::Criterion;

/// What was measured so far.
#[derive(Debug, Default)]
pub(crate) struct Floors {
    rows: Vec<Row>,
    told: Vec<String>,
}

#[derive(Debug)]
struct Row {
    name: String,
    /// The least share of the floor's speed.
    wanted: f64,
    /// The floor's time as a share of ours, for each turn.
    shares: Vec<f64>,
    /// What one of the units takes on average, with us and on the floor.
    unit: &'static str,
    ours: Duration,
    floor: Duration,
    notes: Vec<String>,
}

impl Floors {
    /// Tells whether a bench was asked for: by the first argument that is no option. Values of options stand behind a `=`.
    pub(crate) fn wants(name: &str) -> bool {
        env::args().skip(1).find(|argument| !argument.starts_with('-')).is_none_or(|asked| name.contains(&asked))
    }

    /// Lets ours and the floor take turns; each tells how long `units` of the same work took. Returns what one of them took
    /// on average, with us and on the floor.
    pub(crate) fn pair(
        &mut self,
        criterion: &mut Criterion,
        name: &str,
        (wanted, units, unit): (f64, usize, &'static str),
        mut ours: impl FnMut() -> Duration,
        mut floor: impl FnMut() -> Duration,
    ) -> (Duration, Duration) {
        let mut turns: Vec<(Duration, Duration)> = Vec::new();
        criterion.bench_function(name, |bencher| {
            bencher.iter_custom(|times| {
                let before: Duration = turns.iter().map(|(ours, _)| *ours).sum();
                for _ in 0..times {
                    let floor = floor();
                    turns.push((ours(), floor));
                }
                turns.iter().map(|(ours, _)| *ours).sum::<Duration>() - before
            });
        });
        let each = |sum: Duration| sum / u32::try_from((turns.len() * units).max(1)).unwrap_or(u32::MAX);
        self.rows.push(Row {
            name: name.to_owned(),
            wanted,
            unit,
            ours: each(turns.iter().map(|(ours, _)| *ours).sum()),
            floor: each(turns.iter().map(|(_, floor)| *floor).sum()),
            shares: turns.iter().map(|(ours, floor)| floor.as_secs_f64() / ours.as_secs_f64()).collect(),
            notes: Vec::new(),
        });
        self.rows.last().map_or_else(Default::default, |row| (row.ours, row.floor))
    }

    /// Adds something to tell that has no floor.
    pub(crate) fn tell(&mut self, told: String) {
        self.told.push(told);
    }

    /// Adds something to tell about the pair that was measured last.
    pub(crate) fn note(&mut self, note: String) {
        if let Some(row) = self.rows.last_mut() {
            row.notes.push(note);
        }
    }
}

impl fmt::Display for Floors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for row in &self.rows {
            let mut shares = row.shares.clone();
            shares.sort_by(f64::total_cmp);
            let Some(middle) = shares.get(shares.len() / 2) else { continue };
            let verdict = if *middle >= row.wanted { "met" } else { "NOT MET" };
            writeln!(
                f,
                "{}: {:.0} % of the floor's speed, at least {:.0} % wanted: {verdict}  ({:.1?} and {:.1?} {}, {} turns)",
                row.name,
                middle * 100.0,
                row.wanted * 100.0,
                row.ours,
                row.floor,
                row.unit,
                shares.len()
            )?;
            for note in &row.notes {
                writeln!(f, "    {note}")?;
            }
        }
        self.told.iter().try_for_each(|told| writeln!(f, "{told}"))
    }
}
