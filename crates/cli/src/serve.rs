//! `tierhook serve`: the host.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use tierhook_model::Language;
use tierhook_server::api::{Answer, Command, CustomerFilter, Event, Reply, Request, Service};
use tierhook_server::transport::Server;
use tierhook_server::{Host, LiveSample, StopSignal};
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::args::ServeArgs;
use crate::environment::Environment;
use crate::exit;
use crate::host;
use crate::number::{count, counted};
use crate::progress::Meter;
use crate::workspace::Workspace;

/// The source of everything that is made up.
const SAMPLE_SOURCE: &str = "sample";

/// Serves until the process is asked to stop.
pub(crate) fn run(
    args: &ServeArgs,
    workspace: &Workspace,
    environment: &Environment,
    language: Language,
) -> anyhow::Result<u8> {
    let host = host::own(workspace, environment)?;
    let server = Server::bind(&host::place(workspace, environment))?;
    host.announce();
    let stop = StopSignal::new();
    let runtime = runtime()?;
    runtime.block_on(async { listen_for_signals(stop.clone()) })?;
    tracing::info!("serving {}, data in {}", workspace.folder.display(), workspace.data.display());
    let upkeep = thread::spawn({
        let (host, stop) = (Arc::clone(&host), stop.clone());
        let sample = args.sample.then_some(LiveSample { seed: args.seed, customers: args.customers });
        move || {
            let result = keep_up(&host, sample, language, &stop);
            // A host that cannot watch its rules has to say so rather than serve on.
            stop.stop();
            result
        }
    });
    let served = runtime.block_on(server.run(host, stop.clone()));
    stop.stop();
    let kept_up = upkeep.join().unwrap_or_else(|_| Err(anyhow!("the thread that keeps the book up broke down")));
    // Commands that outlived their grace are given up: every commit is whole, so nothing is left half done.
    runtime.shutdown_timeout(Duration::from_secs(1));
    served?;
    kept_up?;
    tracing::info!("stopped");
    Ok(exit::DONE)
}

/// Fills the book if that was asked for, then keeps it up until the host is told to stop.
fn keep_up(host: &Arc<Host>, sample: Option<LiveSample>, language: Language, stop: &StopSignal) -> anyhow::Result<()> {
    let live = match sample {
        Some(sample) => fill(&**host, sample, language)?.then_some(sample),
        None => None,
    };
    if stop.is_stopped() {
        return Ok(());
    }
    let serving = host.start_serving(live)?;
    let mut failure = None;
    while failure.is_none() && !stop.wait(Duration::from_secs(1)) {
        failure = host.failure();
    }
    serving.stop();
    match failure {
        None => Ok(()),
        Some(reason) => Err(anyhow!(
            "a write failed ({reason}): the host ends, as what it would show may not have been kept; what was acknowledged \
             is safe. See to the disk, and start the host again"
        )),
    }
}

/// Fills an empty book with a made-up company. Returns whether the book is a made-up one: nothing made up may come
/// into a real one.
fn fill(service: &dyn Service, sample: LiveSample, language: Language) -> anyhow::Result<bool> {
    let mut meter = Meter::new(false, false);
    let mut ask = |command| {
        let request = Request { language, who: SAMPLE_SOURCE.to_owned(), command };
        service.run(request, None, &mut |event| {
            if let Event::Progress(progress) = event {
                meter.show(&progress);
            }
        })
    };
    let reply = ask(Command::Sample { customers: sample.customers, seed: sample.seed })
        .context("the book cannot be filled with a made-up company")?;
    log_sample(&reply);
    if matches!(&reply.answer, Answer::Sample(report) if report.filled) {
        return Ok(true);
    }
    let first = ask(Command::CustomersList(CustomerFilter { limit: 1, ..CustomerFilter::default() }))?;
    let is_made_up = is_made_up(&first);
    if !is_made_up {
        tracing::warn!(
            "the book's customers are not made up, so nothing made up is added; use another --data for that"
        );
    }
    Ok(is_made_up)
}

/// Says what was made up, and how many customers are in which class.
fn log_sample(reply: &Reply) {
    let Answer::Sample(report) = &reply.answer else { return };
    let customers = counted(report.customers, "{} customer", "{} customers");
    if !report.filled {
        tracing::info!("the book has {customers} already; it stays as it is");
        return;
    }
    tracing::info!("made up {customers} with {}; none of them is real", counted(report.facts, "{} fact", "{} facts"));
    for matrix in report.regrade.iter().flat_map(|regrade| &regrade.dimensions) {
        let classes: Vec<String> =
            matrix.cells.iter().map(|cell| format!("{} {}", count(cell.count), cell.to)).collect();
        // No rule may decide it here.
        if !classes.is_empty() {
            tracing::info!("{}: {}", matrix.dimension.name, classes.join(", "));
        }
    }
}

/// A made-up company is there from the beginning: the first customer tells.
fn is_made_up(first: &Reply) -> bool {
    match &first.answer {
        Answer::Customers(list) => list.rows.first().is_some_and(|row| row.customer.source == SAMPLE_SOURCE),
        _ => false,
    }
}

fn runtime() -> anyhow::Result<Runtime> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.context("the system gives no threads")
}

/// The first signal asks the host to stop; the second does not wait for it.
fn listen_for_signals(stop: StopSignal) -> anyhow::Result<()> {
    let listen = |kind| signal(kind).context("the system lets no handler of signals in");
    let mut interrupt = listen(SignalKind::interrupt())?;
    let mut terminate = listen(SignalKind::terminate())?;
    tokio::spawn(async move {
        next(&mut interrupt, &mut terminate).await;
        stop.stop();
        tracing::info!("stopping");
        next(&mut interrupt, &mut terminate).await;
        std::process::exit(exit::FAILED.into());
    });
    Ok(())
}

async fn next(interrupt: &mut Signal, terminate: &mut Signal) {
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}
