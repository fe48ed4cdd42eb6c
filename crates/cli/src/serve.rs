//! `tierhook serve`: the host.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tierhook_model::Language;
use tierhook_server::StopSignal;
use tierhook_server::api::{Answer, ApiError, Command, Event, Request, Service};
use tierhook_server::transport::Server;
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::args::ServeArgs;
use crate::environment::Environment;
use crate::exit;
use crate::host::{self, OwnHost, Purpose};
use crate::output::write_error;
use crate::progress::Meter;
use crate::render::render;
use crate::screen::Screen;
use crate::workspace::Workspace;

/// Serves until the process is asked to stop.
pub(crate) fn run(
    args: &ServeArgs,
    workspace: &Workspace,
    environment: &Environment,
    language: Language,
) -> Result<u8, ApiError> {
    let place = host::place(workspace, environment);
    let OwnHost { service, background } = host::open(workspace, Purpose::Serve { live: args.sample })?;
    let server = Server::bind(&place)?;
    let stop = StopSignal::new();
    let runtime = runtime()?;
    runtime.block_on(async { listen_for_signals(stop.clone()) })?;
    tracing::info!("serving {}, data in {}", workspace.folder.display(), workspace.data.display());
    let work = thread::spawn({
        let (service, stop) = (Arc::clone(&service), stop.clone());
        let sample = args.sample.then(|| sample(args, language));
        move || {
            if let Some(request) = sample {
                fill(&*service, request);
            }
            background(stop);
        }
    });
    let served = runtime.block_on(server.run(service, stop.clone()));
    // A server that failed has to take the background with it.
    stop.stop();
    if work.join().is_err() {
        tracing::error!("the watching thread broke down");
    }
    // Commands that outlived their grace are given up: every commit is whole, so nothing is left half done.
    runtime.shutdown_timeout(Duration::from_secs(1));
    served?;
    tracing::info!("stopped");
    Ok(exit::DONE)
}

fn runtime() -> Result<Runtime, ApiError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.map_err(|error| write_error("to the threads of the host", &error))
}

/// The first signal asks the host to stop; the second does not wait for it.
fn listen_for_signals(stop: StopSignal) -> Result<(), ApiError> {
    let refused = |error| write_error("the handlers of signals", &error);
    let mut interrupt = signal(SignalKind::interrupt()).map_err(refused)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(refused)?;
    tokio::spawn(async move {
        next(&mut interrupt, &mut terminate).await;
        tracing::info!("stopping");
        stop.stop();
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

fn sample(args: &ServeArgs, language: Language) -> Request {
    let command = Command::Sample { customers: args.customers, seed: args.seed };
    Request { language, who: "sample".to_owned(), command }
}

fn fill(service: &dyn Service, request: Request) {
    let mut meter = Meter::new(false, false);
    let result = service.run(request, None, &mut |event| {
        if let Event::Progress(progress) = event {
            meter.show(&progress);
        }
    });
    match result {
        Ok(reply) => {
            let is_sample = matches!(reply.answer, Answer::Sample(_));
            debug_assert!(is_sample, "a host answers what it was asked");
            for line in render(&reply, Screen { width: None, is_coloured: false }).lines().filter(|l| !l.is_empty()) {
                tracing::info!("{line}");
            }
        }
        Err(error) => tracing::error!("the book could not be filled: {error}"),
    }
}
