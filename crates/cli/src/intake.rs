//! `tierhook import`: a file's way into the book, by a mapping that is there or that is guessed.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use tierhook_server::api::{Answer, ApiError, Command, ErrorCode, Reply};

use crate::Session;
use crate::args::ImportArgs;
use crate::reject::Rejects;
use crate::screen::quoted;
use crate::transfer::{self, Chunks, PartFile};
use crate::{exit, output, render};

/// Takes a file in, and shows what came of it.
pub(crate) fn run(session: &mut Session<'_>, args: ImportArgs) -> anyhow::Result<u8> {
    if args.guess {
        return guessed(session, args);
    }
    let (reply, place) = import(session, &args)?;
    session.show(&reply)?;
    // What was taken in is told first: it is in the book whether or not this file could be written.
    place?;
    Ok(exit::of_answer(&reply.answer))
}

/// Takes a file in. What became of the file of rejected rows stands beside the reply.
fn import(session: &mut Session<'_>, args: &ImportArgs) -> anyhow::Result<(Reply, anyhow::Result<()>)> {
    let (command, file) = transfer::import(args)?;
    let read: Vec<&Path> = [Some(args.file.as_path()), args.map.as_deref()].into_iter().flatten().collect();
    session.workspace.check_output(&transfer::rejects(args), &read)?;
    let mut rejected = Chunks::Rejected(Rejects::default(), PartFile::new(transfer::rejects(args), true));
    let reply = session.ask(command, Some(file), &mut rejected)?;
    let path = rejected.complete();
    if let (Ok(Some(path)), Chunks::Rejected(rejects, _)) = (&path, &rejected) {
        output::tell(&render::render_rejects(rejects, path, session.language, session.environment.messages));
    }
    Ok((reply, path.map(drop)))
}

/// Guesses the mapping, writes it, and takes the file in by it, unless what matters is in doubt.
fn guessed(session: &mut Session<'_>, args: ImportArgs) -> anyhow::Result<u8> {
    if args.file.as_os_str() == "-" {
        let error = ApiError::invalid("the standard input cannot be read twice, as a guess has to");
        return Err(error.with_hint("save it in a file, and name that").into());
    }
    let place = args.map.clone().unwrap_or_else(|| mapping_place(&args.file));
    let reply = ask(session, &args)?;
    let Answer::Guess(guess) = &reply.answer else { anyhow::bail!("the host answered something else than a guess") };
    write_mapping(&place, &guess.mapping)?;
    let is_json = session.global.json;
    if !is_json {
        let (language, screen) = (session.language, session.environment.output);
        let command = command_by(&session.global.workspace, &args.file, &place);
        output::print(&render::render_guess(guess, &place, &command, language, screen))?;
    }
    let is_held = guess.is_doubtful() && !args.dry_run;
    let args = ImportArgs { map: Some(place.clone()), guess: false, ..args };
    let imported = if is_held { None } else { Some(import(session, &args)?) };
    if is_json {
        let import = imported.as_ref().map(|(reply, _)| reply);
        let value = serde_json::json!({ "guess": guess, "written": place, "import": import });
        output::print(&format!("{value:#}\n"))?;
    } else if let Some((reply, _)) = &imported {
        session.show(reply)?;
    }
    match imported {
        None => Ok(exit::REFUSED),
        Some((reply, place)) => place.map(|()| exit::of_answer(&reply.answer)),
    }
}

/// The command that takes a file in by its mapping: in the workspace that was named, if one was.
fn command_by(workspace: &Path, file: &Path, mapping: &Path) -> String {
    let word = |path: &Path| quoted(&path.display().to_string());
    let named = if workspace == Path::new(".") { String::new() } else { format!("--workspace {} ", word(workspace)) };
    format!("tierhook {named}import {} --map {}", word(file), word(mapping))
}

fn ask(session: &mut Session<'_>, args: &ImportArgs) -> anyhow::Result<Reply> {
    let (file, _, reader) = transfer::open(&args.file)?;
    session.ask(Command::Guess { file, kind: args.kind }, Some(reader), &mut Chunks::Print)
}

/// Where the mapping of a file goes, unless the user says otherwise: beside it.
fn mapping_place(file: &Path) -> PathBuf {
    let stem = match file.extension() {
        Some(ending) if ending.eq_ignore_ascii_case("gz") => file.with_extension(""),
        _ => file.to_owned(),
    };
    stem.with_extension("toml")
}

/// Writes the mapping. One that is there may be somebody's work: it stays, unless it is the same.
fn write_mapping(place: &Path, text: &str) -> anyhow::Result<()> {
    let refused = || format!("cannot write the mapping {}; name another place with --map FILE", place.display());
    match fs::File::create_new(place) {
        Ok(mut file) => file.write_all(text.as_bytes()).with_context(refused),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            if fs::read(place).is_ok_and(|there| there == text.as_bytes()) {
                return Ok(());
            }
            let message = format!("{} is there already and says something else than the guess", place.display());
            let hint = format!(
                "import by it with --map {} and without --guess, or name another place for the guess with --map FILE",
                place.display()
            );
            Err(ApiError::new(ErrorCode::Conflict, message).with_hint(hint).into())
        }
        Err(error) => Err(error).with_context(refused),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mapping_lies_beside_its_file() {
        let place = |file: &str| mapping_place(Path::new(file)).display().to_string();
        assert_eq!(place("in/orders.csv"), "in/orders.toml");
        assert_eq!(place("orders.csv.gz"), "orders.toml");
        assert_eq!(place("订单"), "订单.toml");
    }

    #[test]
    fn the_next_command_can_be_copied() {
        let command =
            |workspace: &str| command_by(Path::new(workspace), Path::new("in/my orders.csv"), Path::new("o.toml"));
        assert_eq!(command("."), "tierhook import 'in/my orders.csv' --map o.toml");
        assert_eq!(command("../shop"), "tierhook --workspace ../shop import 'in/my orders.csv' --map o.toml");
    }

    #[test]
    fn a_mapping_that_somebody_wrote_stays() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("orders.toml");
        write_mapping(&place, "a = 1\n").unwrap();
        write_mapping(&place, "a = 1\n").unwrap();
        let error = crate::failure::told(&write_mapping(&place, "a = 2\n").unwrap_err());
        assert_eq!(error.code, ErrorCode::Conflict);
        assert!(error.hint.unwrap().contains("without --guess"));
        assert_eq!(fs::read_to_string(&place).unwrap(), "a = 1\n");
    }

    #[test]
    fn a_place_that_cannot_be_written_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = crate::failure::told(&write_mapping(&folder.path().join("none/orders.toml"), "").unwrap_err());
        assert_eq!(error.code, ErrorCode::Io);
        assert!(error.message.contains("none/orders.toml; name another place with --map FILE"), "{error}");
    }
}
