//! Plugins and keys: what is done here, and what a host is asked for.

use anyhow::Context as _;
use tierhook_model::Language;
use tierhook_server::api::Command;
use tierhook_server::plugin;

use crate::args::{KeysCommand, PluginsCommand};
use crate::environment::Environment;
use crate::transfer::Chunks;
use crate::{Session, exit, output, render};

/// Does what an author does, which needs no workspace; `None` if the command is none of these.
pub(crate) fn author(
    command: &PluginsCommand,
    environment: &Environment,
    language: Language,
    is_json: bool,
) -> Option<anyhow::Result<u8>> {
    let screen = environment.output;
    match command {
        PluginsCommand::Sign(args) => {
            Some(plugin::sign(&args.folder, &args.key).map_err(Into::into).and_then(|report| {
                show(is_json, serde_json::to_string_pretty(&report), || {
                    render::render_signed(&report, language, screen)
                })
            }))
        }
        PluginsCommand::Pack(args) => {
            Some(plugin::pack(&args.folder, args.out.as_deref()).map_err(Into::into).and_then(|report| {
                show(is_json, serde_json::to_string_pretty(&report), || {
                    render::render_packed(&report, language, screen)
                })
            }))
        }
        _ => None,
    }
}

/// Makes a key.
pub(crate) fn new_key(
    file: &std::path::Path,
    environment: &Environment,
    language: Language,
    is_json: bool,
) -> anyhow::Result<u8> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).context("the system gives no random numbers")?;
    let report = plugin::new_key(file, seed)?;
    show(is_json, serde_json::to_string_pretty(&report), || render::render_key(&report, language, environment.output))
}

/// Runs a command on plugins in a workspace.
pub(crate) fn run(session: &mut Session<'_>, command: PluginsCommand) -> anyhow::Result<u8> {
    let command = match command {
        PluginsCommand::Verify { place } => {
            let workspace = session.workspace;
            let policy = workspace.settings.plugins.policy;
            let report = plugin::verify(&place, &workspace.folder, policy)?;
            let screen = session.environment.output;
            return show(session.global.json, serde_json::to_string_pretty(&report), || {
                render::render_verified(&report, session.language, screen)
            });
        }
        PluginsCommand::Install(args) => {
            let archive = plugin::archive_of(&args.place, args.sha256.as_deref())?;
            let (grant, downgrade) = (args.grant, args.downgrade);
            let command = Command::PluginsInstall { from: args.place, grant, downgrade };
            let reply = session.ask(command, Some(&mut archive.as_slice()), &mut Chunks::Print)?;
            session.show(&reply)?;
            return Ok(exit::of_answer(&reply.answer));
        }
        PluginsCommand::Uninstall { plugin } => Command::PluginsUninstall { plugin },
        PluginsCommand::List => Command::PluginsList,
        PluginsCommand::Sign(_) | PluginsCommand::Pack(_) => unreachable!("they need no workspace"),
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
fn show(is_json: bool, json: serde_json::Result<String>, text: impl FnOnce() -> String) -> anyhow::Result<u8> {
    output::print(&match is_json {
        true => json.context("the report cannot be written as JSON")? + "\n",
        false => text(),
    })?;
    Ok(exit::DONE)
}
