//! `tierhook try`: what a list of orders tells, before there is a workspace. Nothing of it stays.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use tempfile::TempDir;
use tierhook_model::Language;
use tierhook_server::api::{ApiError, Event};
use tierhook_server::{Trial, trial};
use tokio::signal::unix::{SignalKind, signal};

use crate::args::TryArgs;
use crate::environment::{Environment, system_clock};
use crate::init::SHIPPED;
use crate::progress::Meter;
use crate::screen::Screen;
use crate::{exit, output, render, transfer};

/// As wide as a page that somebody sends on is at most.
const PAGE: usize = 100;

/// Tries a list out, and shows what it tells.
pub(crate) fn run(args: &TryArgs, environment: &Environment, language: Language, is_json: bool) -> anyhow::Result<u8> {
    if args.file.as_os_str() == "-" {
        let error = ApiError::invalid("the standard input cannot be read twice, as a guess has to");
        return Err(error.with_hint("save it in a file, and name that").into());
    }
    let mapping = args.map.as_deref().map(transfer::read_mapping).transpose()?;
    let (file, bytes, _) = transfer::open(&args.file)?;
    let folder = workspace()?;
    let open = || File::open(&args.file).map(|file| Box::new(file) as Box<dyn Read>);
    let (workspace, now) = (folder.path().to_owned(), system_clock());
    let asked = Trial { workspace, now, language, file: &file, bytes, mapping, open: &open };
    let mut meter = Meter::new(environment.is_watched, is_json);
    let result = trial(&asked, &mut |event| {
        if let Event::Progress(progress) = event {
            meter.show(&progress);
        }
    });
    meter.finish();
    let report = result?;
    folder.close().context("the folder of the trial cannot be removed")?;
    output::print(&if is_json {
        serde_json::to_string_pretty(&report)? + "\n"
    } else {
        let screen = environment.output;
        let screen = Screen { width: Some(screen.width.map_or(PAGE, |width| width.min(PAGE))), ..screen };
        render::render_trial(&report, &args.file, args.map.as_deref(), language, screen)
    })?;
    Ok(exit::DONE)
}

/// Makes a workspace with the rules that come with the program, which goes away: also when somebody interrupts it, as it
/// is about people.
fn workspace() -> anyhow::Result<TempDir> {
    let folder = tempfile::Builder::new().prefix("tierhook-try-").tempdir();
    let folder = folder.context("there is no room for a trial in the folder for temporary files")?;
    remove_when_interrupted(folder.path().to_owned())?;
    let refused = || format!("cannot write below {}", folder.path().display());
    for (path, text) in SHIPPED {
        write(&folder.path().join(path), text).with_context(refused)?;
    }
    Ok(folder)
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(path, text)
}

fn remove_when_interrupted(folder: PathBuf) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.context("the system lets no handler of signals in")?;
    std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
        runtime.block_on(async {
            let signals = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
            if let (Ok(mut interrupt), Ok(mut terminate)) = signals {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                }
                // What the database is just writing may come back once; nobody is told, there is no time.
                let _ = fs::remove_dir_all(&folder).or_else(|_| fs::remove_dir_all(&folder));
                std::process::exit(exit::FAILED.into());
            }
        });
    })?;
    Ok(())
}
