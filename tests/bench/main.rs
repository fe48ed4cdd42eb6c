//! Benches, each against its floor: what the same work costs with nothing of ours around it.
//!
//! `cargo bench -p tierhook-tests --bench floors` runs them all; a name behind `--` picks some. Ours and the floor take turns
//! in one run, so that both see the same machine, and only their ratio means anything on another one.
#![expect(clippy::print_stdout, reason = "a bench tells what it measured")]

mod book;
mod floor;
mod import;
mod ingest;
mod plugin;
mod regrade;
mod scan;

use criterion::Criterion;
use mimalloc::MiMalloc;

use crate::floor::Floors;

/// As in the program; the floors have it too.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() {
    let mut criterion = Criterion::default().sample_size(10).configure_from_args();
    let mut floors = Floors::default();
    // The first of them: the memory of an import is measured as that of the process.
    import::bench(&mut criterion, &mut floors);
    regrade::bench(&mut criterion, &mut floors);
    scan::bench(&mut criterion, &mut floors);
    ingest::bench(&mut criterion, &mut floors);
    plugin::bench(&mut criterion, &mut floors);
    criterion.final_summary();
    println!("{floors}");
}
