//! Plugins and keys: what is done here, and what a host is asked for.

use std::io::Cursor;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Serialize;
use tierhook_model::Language;
use tierhook_server::api::Command;
use tierhook_server::plugin::{self, CaseBook};

use crate::args::{GlobalArgs, KeysCommand, PluginsCommand};
use crate::environment::Environment;
use crate::transfer::Chunks;
use crate::workspace::{SETTINGS_FILE, Workspace};
use crate::{Session, exit, init, output, render};

/// Does what an author does, which needs no workspace; `None` if the command is none of these.
pub(crate) fn author(
    command: &PluginsCommand,
    global: &GlobalArgs,
    environment: &Environment,
    language: Language,
) -> Option<anyhow::Result<u8>> {
    let (is_json, screen) = (global.json, environment.output);
    let done = match command {
        PluginsCommand::New(args) => {
            plugin::new_plugin(&args.name, &args.parent, args.written(), args.fields.as_deref())
                .map_err(Into::into)
                .and_then(|made| show(is_json, &made, || render::render_plugin_made(&made, language, screen)))
        }
        PluginsCommand::Build { folders } => build(folders, global, environment, language),
        PluginsCommand::Test { folder } => test(folder, global, environment, language),
        PluginsCommand::Inspect { place } => inspect(place, global, environment, language),
        PluginsCommand::Sign(args) => plugin::sign(&args.folder, &args.key)
            .map_err(Into::into)
            .and_then(|report| show(is_json, &report, || render::render_signed(&report, language, screen))),
        PluginsCommand::Pack(args) => plugin::pack(&args.folder, args.out.as_deref())
            .map_err(Into::into)
            .and_then(|report| show(is_json, &report, || render::render_packed(&report, language, screen))),
        PluginsCommand::Verify(args) => {
            let key = args.key.as_ref()?;
            plugin::verify_with_key(&args.place, args.sha256.as_deref(), key)
                .map_err(Into::into)
                .and_then(|report| show(is_json, &report, || render::render_verified(&report, language, screen)))
        }
        PluginsCommand::List | PluginsCommand::Install(_) | PluginsCommand::Uninstall { .. } => return None,
    };
    Some(done)
}

/// Builds one plugin after the other.
fn build(
    folders: &[PathBuf],
    global: &GlobalArgs,
    environment: &Environment,
    language: Language,
) -> anyhow::Result<u8> {
    for folder in folders {
        if environment.is_watched && !global.json {
            output::tell(&render::render_building(folder, language, environment.messages));
        }
        let report = plugin::build(folder)?;
        show(global.json, &report, || render::render_built(&report, language, environment.output))?;
    }
    Ok(exit::DONE)
}

/// Runs a plugin's golden cases.
fn test(folder: &Path, global: &GlobalArgs, environment: &Environment, language: Language) -> anyhow::Result<u8> {
    let book = match around(global)? {
        Some(workspace) => CaseBook::of_workspace(&workspace.folder, &workspace.settings)?,
        None => {
            let shipped =
                |file: &str| init::SHIPPED.iter().find(|(path, _)| *path == file).map_or("", |(_, text)| text);
            CaseBook::new(shipped("scripts/dimensions.toml"), shipped("scripts/fields.toml"))
        }
    };
    let report = plugin::test(folder, &book)?;
    show(global.json, &report, || render::render_plugin_test(&report, language, environment.output))?;
    Ok(if report.report.is_passed() { exit::DONE } else { exit::REFUSED })
}

/// Looks into a plugin.
fn inspect(place: &Path, global: &GlobalArgs, environment: &Environment, language: Language) -> anyhow::Result<u8> {
    let workspace = around(global)?;
    let workspace = workspace.as_ref().map(|workspace| (workspace.folder.as_path(), &workspace.settings));
    let report = plugin::inspect(place, workspace)?;
    show(global.json, &report, || render::render_inspection(&report, language, environment.output))?;
    Ok(if report.problems.is_empty() { exit::DONE } else { exit::REFUSED })
}

/// The workspace that is named, or that of the current folder if it is one.
fn around(global: &GlobalArgs) -> anyhow::Result<Option<Workspace>> {
    let is_here = global.workspace.as_os_str() == ".";
    let is_one = global.workspace.join(SETTINGS_FILE).is_file() || global.workspace.join("scripts").is_dir();
    match is_here && !is_one {
        true => Ok(None),
        false => Workspace::find(&global.workspace, global.data.as_deref()).map(Some),
    }
}

/// Makes a key.
pub(crate) fn new_key(file: &Path, environment: &Environment, language: Language, is_json: bool) -> anyhow::Result<u8> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).context("the system gives no random numbers")?;
    let report = plugin::new_key(file, seed)?;
    show(is_json, &report, || render::render_key(&report, language, environment.output))
}

/// Runs a command on plugins in a workspace.
pub(crate) fn run(session: &mut Session<'_>, command: PluginsCommand) -> anyhow::Result<u8> {
    let command = match command {
        PluginsCommand::Verify(args) => {
            let workspace = session.workspace;
            let policy = workspace.settings.plugins.policy;
            let report = plugin::verify(&args.place, args.sha256.as_deref(), &workspace.folder, policy)?;
            let screen = session.environment.output;
            return show(session.global.json, &report, || render::render_verified(&report, session.language, screen));
        }
        PluginsCommand::Install(args) => {
            let archive = plugin::archive_of(&args.place, args.sha256.as_deref())?;
            let (grant, downgrade) = (args.grant, args.downgrade);
            let command = Command::PluginsInstall { from: args.place, grant, downgrade };
            let reply = session.ask(command, Some(Box::new(Cursor::new(archive))), &mut Chunks::Print)?;
            session.show(&reply)?;
            return Ok(exit::of_answer(&reply.answer));
        }
        PluginsCommand::Uninstall { plugin } => Command::PluginsUninstall { plugin },
        PluginsCommand::List => Command::PluginsList,
        _ => unreachable!("the others need no workspace"),
    };
    ask(session, command)
}

/// Runs a command on the keys of a workspace.
pub(crate) fn keys(session: &mut Session<'_>, command: KeysCommand) -> anyhow::Result<u8> {
    let command = match command {
        KeysCommand::Trust { name, key } => Command::KeysTrust { name, key },
        KeysCommand::Revoke { key } => Command::KeysRevoke { key },
        KeysCommand::List => Command::KeysList,
        KeysCommand::New { .. } => unreachable!("it needs no workspace"),
    };
    ask(session, command)
}

fn ask(session: &mut Session<'_>, command: Command) -> anyhow::Result<u8> {
    let reply = session.ask(command, None, &mut Chunks::Print)?;
    session.show(&reply)?;
    Ok(exit::of_answer(&reply.answer))
}

/// Prints a report, which no host answered with.
fn show<T: Serialize>(is_json: bool, report: &T, text: impl FnOnce() -> String) -> anyhow::Result<u8> {
    output::print(&match is_json {
        true => serde_json::to_string_pretty(report).context("the report cannot be written as JSON")? + "\n",
        false => text(),
    })?;
    Ok(exit::DONE)
}
