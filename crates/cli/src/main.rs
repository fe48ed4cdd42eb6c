//! The `tierhook` command: what the user typed becomes a request, a host runs it, and the reply becomes text.
//!
//! This is the only crate that reads the clock, the environment and the terminal.

mod args;
mod chinese;
mod copy;
mod environment;
mod exit;
mod failure;
mod held;
mod host;
mod init;
mod intake;
mod log;
mod number;
mod output;
mod plugin;
mod progress;
mod reject;
mod render;
mod screen;
mod serve;
mod table;
mod transfer;
mod trial;
mod word;
mod workspace;

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser as _;
use mimalloc::MiMalloc;
use tierhook_model::{ImportId, Language};
use tierhook_server::api::{
    Answer, ApiError, Command, ErrorCode, Event, Progress, ProgressUnit, Reply, Request, Upload,
};

use args::{
    Arguments, AskCommand, CopyArgs, CustomersCommand, GlobalArgs, ImportCommand, ImportTyped, KeysCommand, TopCommand,
};
use environment::Environment;
use progress::Meter;
use transfer::{Chunks, PartFile};
use workspace::Workspace;

/// Scripts and receipts are many small pieces of memory, which many threads take and give back.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let environment = Environment::read();
    held::install();
    let is_json = arguments.global.json;
    let mut language = arguments.global.spoken().unwrap_or(environment.language);
    let code = run(arguments, &environment, &mut language).unwrap_or_else(|error| {
        let error = failure::told(&error);
        let text = match is_json {
            true => format!("{}\n", serde_json::json!({ "error": error })),
            false => render::render_error(&error, language, environment.messages),
        };
        output::tell(&text);
        exit::of_error(error.code)
    });
    ExitCode::from(code)
}

/// Does what was asked for. `language` is the one asked for, and becomes that of the workspace where nobody asked.
fn run(arguments: Arguments, environment: &Environment, language: &mut Language) -> anyhow::Result<u8> {
    let Arguments { global, command } = arguments;
    if let TopCommand::Init(args) = &command {
        return init::run(args, *language, global.json);
    }
    if let TopCommand::Try(args) = &command {
        log::start(environment, "warn");
        return trial::run(args, environment, *language, global.json);
    }
    let spoken = *language;
    if let TopCommand::Plugins(command) = &command
        && let Some(done) = plugin::author(command, &global, environment, spoken)
    {
        return done;
    }
    if let TopCommand::Keys(KeysCommand::New { file }) = &command {
        return plugin::new_key(file, environment, spoken, global.json);
    }
    let workspace = Workspace::find(&global.workspace, global.data.as_deref())?;
    *language = global.spoken().or(workspace.settings.language).unwrap_or(environment.language);
    let language = *language;
    if let TopCommand::Serve(args) = &command {
        log::start(environment, "info");
        return serve::run(args, &workspace, environment, language);
    }
    log::start(environment, "warn");
    let mut session = Session { global: &global, workspace: &workspace, environment, language };
    match command {
        TopCommand::Import(ImportTyped { args: Some(args), command: None }) => intake::run(&mut session, args),
        TopCommand::Ingest(args) => {
            let (_, _, facts) = transfer::open(&args.file)?;
            let words = (!global.json).then_some((language, session.environment.output));
            let mut answers = Chunks::Answers { words, is_read: true };
            let reply = session.ask(Command::Ingest { amend: args.amend }, Some(facts), &mut answers)?;
            // In JSON nothing but the answers stands on the standard output.
            if matches!(answers, Chunks::Answers { words: Some(_), is_read: true }) {
                session.show(&reply)?;
            }
            Ok(exit::of_answer(&reply.answer))
        }
        TopCommand::Export(mut args) => {
            args.output = args.output.filter(|file| file.as_os_str() != "-");
            if let Some(file) = &args.output {
                workspace.check_output(file, &[])?;
            }
            let mut rows = args.output.clone().map_or(Chunks::Print, |path| Chunks::File(PartFile::new(path, false)));
            let reply = session.ask(transfer::export(&args, global.json)?, None, &mut rows)?;
            // With the rows on the standard output, nothing else may stand there.
            if rows.complete()?.is_some() {
                session.show(&reply)?;
            }
            Ok(exit::of_answer(&reply.answer))
        }
        TopCommand::Import(ImportTyped { args: Some(_), command: Some(_) }) => {
            let error = ApiError::invalid("`import` takes a file, or is followed by list or revert; not both");
            Err(error.with_hint("a file that is called so is named as ./list").into())
        }
        TopCommand::Import(ImportTyped { command, .. }) => {
            let command = match command {
                Some(ImportCommand::Revert { import, dry_run }) => {
                    Command::ImportRevert { import: ImportId(import), dry_run }
                }
                _ => Command::ImportList,
            };
            let reply = session.ask(command, None, &mut Chunks::Print)?;
            session.show(&reply)?;
            Ok(exit::of_answer(&reply.answer))
        }
        TopCommand::Backup(args) => {
            // A running host writes the file, and stands in a folder of its own.
            let file = std::path::absolute(&args.file)?.display().to_string();
            let reply = session.ask(Command::Backup { file }, None, &mut Chunks::Print)?;
            session.show(&reply)?;
            Ok(exit::DONE)
        }
        TopCommand::Restore(args) => {
            let mut meter = Meter::new(environment.is_watched, global.json);
            let report = tierhook_server::restore(&args.file, &workspace.data, &workspace.own, &mut |done| {
                let step = "restoring".to_owned();
                meter.show(&Progress { step, done, total: None, unit: ProgressUnit::Records });
            })?;
            meter.finish();
            output::print(&if global.json {
                serde_json::to_string_pretty(&report)? + "\n"
            } else {
                render::render_restored(&report, language, environment.output)
            })?;
            Ok(exit::DONE)
        }
        TopCommand::Plugins(command) => plugin::run(&mut session, command),
        TopCommand::Keys(command) => plugin::keys(&mut session, command),
        TopCommand::Ask(AskCommand::Customers(CustomersCommand::Copy(args))) => session.copy(args),
        TopCommand::Ask(command) => {
            if let AskCommand::Doctor { accept_loss: true, .. } = &command {
                accept_loss(&workspace, environment, language)?;
            }
            let reply = session.ask(command.into(), None, &mut Chunks::Print)?;
            session.show(&reply)?;
            Ok(exit::of_answer(&reply.answer))
        }
        TopCommand::Serve(_) | TopCommand::Init(_) | TopCommand::Try(_) => unreachable!("they returned above"),
    }
}

/// Lets a book that lost its end be opened again, and says what it goes on without. A book that a host has open lacks
/// nothing.
fn accept_loss(workspace: &Workspace, environment: &Environment, language: Language) -> anyhow::Result<()> {
    match held::back(|| tierhook_server::accept_loss(&workspace.data)) {
        Ok(Some(loss)) => output::tell(&render::render_loss(&loss, language, environment.messages)),
        Ok(None) => {}
        Err(error) if error.code == ErrorCode::Locked => {}
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

/// What a command needs to be asked and its reply shown.
struct Session<'a> {
    global: &'a GlobalArgs,
    workspace: &'a Workspace,
    environment: &'a Environment,
    language: Language,
}

impl Session<'_> {
    /// Asks the running host, or one of this process's own.
    fn ask(&mut self, command: Command, upload: Option<Upload>, chunks: &mut Chunks) -> anyhow::Result<Reply> {
        let who = self.global.who.clone().or_else(|| self.environment.user.clone());
        let request = Request { language: self.language, who: who.unwrap_or_else(|| "unknown".to_owned()), command };
        let service = host::reach(self.workspace, self.environment)?;
        let mut meter = Meter::new(self.environment.is_watched, self.global.json);
        let mut not_taken = None;
        let result = service.run(request, upload, &mut |event| match event {
            Event::Progress(progress) => meter.show(&progress),
            Event::Chunk(chunk) => {
                if not_taken.is_none() {
                    not_taken = chunks.take(&chunk).err();
                }
            }
        });
        meter.finish();
        match (result, not_taken) {
            (Ok(_), Some(error)) => Err(error),
            (result, _) => Ok(result?),
        }
    }

    /// Writes a person's copy of their data.
    fn copy(&mut self, CopyArgs { customer, out }: CopyArgs) -> anyhow::Result<u8> {
        let path = out.or_else(|| (!self.global.json).then(|| copy::usual_file(&customer)));
        let file = match &path {
            Some(path) => Some(std::path::absolute(path)?.display().to_string()),
            None => None,
        };
        let reply = self.ask(Command::CustomersCopy { customer, file }, None, &mut Chunks::Print)?;
        let (Answer::Copy(copied), Some(path)) = (&reply.answer, &path) else {
            self.show(&reply)?;
            return Ok(exit::of_answer(&reply.answer));
        };
        let text = match self.global.json {
            true => serde_json::to_string_pretty(copied).context("the copy cannot be written as JSON")? + "\n",
            false => copy::document(copied, self.language),
        };
        self.workspace.check_output(path, &[])?;
        copy::write(path, &text)?;
        output::tell(&render::render_copied(copied, path, self.language, self.environment.messages));
        Ok(exit::DONE)
    }

    /// Shows a reply.
    fn show(&self, reply: &Reply) -> anyhow::Result<()> {
        let text = if self.global.json {
            serde_json::to_string_pretty(reply).context("the reply cannot be written as JSON")? + "\n"
        } else {
            render::render(reply, self.language, self.environment.output)
        };
        output::print(&text)
    }
}
