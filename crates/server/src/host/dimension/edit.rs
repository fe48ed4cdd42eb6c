//! Changing the dimensions by command: tried first, then written, then active.

use std::sync::{Arc, PoisonError};

use tierhook_loader::{Candidate, DIMENSIONS_FILE, EditError, Loaded, Problem, Sighting, edit_dimensions};

use super::super::log::log_load;
use super::super::proof::BookProver;
use super::super::replace::replace;
use super::super::text::Texts;
use super::super::{Host, failure};
use crate::api::{Answer, ApiError, DimensionEdit, DimensionsEdited, ErrorCode, Event};

/// How many reasons for a refusal are told.
const TOLD: usize = 5;

impl Host {
    /// Changes `dimensions.toml`, makes it active and grades anew. What would not load is refused, with the rules that
    /// name what would be gone, and the file stays as it is.
    pub(in crate::host) fn edit_dimensions(
        &self,
        edit: &DimensionEdit,
        texts: &Texts,
        events: &mut dyn FnMut(Event),
    ) -> Result<Answer, ApiError> {
        // Nobody else grades by the new dimensions before this does, so that what moves is told here.
        let _one_at_a_time = self.grading.lock().unwrap_or_else(PoisonError::into_inner);
        let (candidate, text) = self.try_edit(edit)?;
        let read = candidate.files().get(DIMENSIONS_FILE).map(|bytes| &**bytes);
        replace(&self.workspace.join(DIMENSIONS_FILE), read, &text)?;
        let before = self.loaded.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let changed = self.load(&Sighting::Settled(Arc::new(candidate.with_file(DIMENSIONS_FILE, text.as_bytes()))))?;
        let after = self.loaded.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(after) = after.filter(|_| self.is_serving()) {
            log_load(before.as_ref(), &after, changed, self.engine.snapshot().generation.id);
        }
        let texts = self.texts(texts.language);
        let regrade = self.bring_up(None, &texts, events)?;
        let Answer::Dimensions(list) = self.dimensions(&texts)? else {
            return Err(ApiError::failed("the dimensions cannot be listed"));
        };
        let order = list.rows.iter().map(|row| row.dimension.clone()).collect();
        let dimension = list.rows.into_iter().find(|row| row.dimension.id == about(edit));
        Ok(Answer::DimensionsEdited(DimensionsEdited { file: DIMENSIONS_FILE.to_owned(), dimension, order, regrade }))
    }

    /// Returns the files as they are and the new text, if that loads and takes nothing down.
    fn try_edit(&self, edit: &DimensionEdit) -> Result<(Candidate, String), ApiError> {
        let mut loader = self.loader.lock().unwrap_or_else(PoisonError::into_inner);
        let candidate = loader.read().map_err(|error| failure::unfit(&error))?;
        if let Some(why) = candidate.unreadable().get(DIMENSIONS_FILE) {
            return Err(ApiError::new(ErrorCode::Io, format!("{DIMENSIONS_FILE} cannot be read: {why}")));
        }
        let bytes = candidate.files().get(DIMENSIONS_FILE).cloned().unwrap_or_else(|| Arc::from(b"".as_slice()));
        let text = std::str::from_utf8(&bytes)
            .map_err(|_| ApiError::invalid(format!("{DIMENSIONS_FILE} is not UTF-8")).with_hint("save it as UTF-8"))?;
        let text = edit_dimensions(text, edit).map_err(|error| not_edited(&error))?;
        // Customers may have moved since the last verdict on the same files.
        loader.forget();
        let prover = BookProver { engine: &self.engine };
        let before = loader.load(&candidate, &prover);
        let after = loader.load(&candidate.with_file(DIMENSIONS_FILE, text.as_bytes()), &prover);
        let new: Vec<&Problem> = problems(&after).filter(|it| !problems(&before).any(|known| known == *it)).collect();
        if new.is_empty() { Ok((candidate, text)) } else { Err(refusal(edit, &new)) }
    }
}

fn problems(loaded: &Loaded) -> impl Iterator<Item = &Problem> {
    loaded.problems.iter().filter(|problem| problem.is_error())
}

/// The id of the dimension that an edit leaves behind; empty if it leaves none.
fn about(edit: &DimensionEdit) -> &str {
    match edit {
        DimensionEdit::Move { class: None, .. } | DimensionEdit::Remove { .. } => "",
        DimensionEdit::Change { dimension, class: None, id, .. } => id.as_ref().unwrap_or(dimension),
        DimensionEdit::Add { dimension, .. }
        | DimensionEdit::AddClass { dimension, .. }
        | DimensionEdit::Change { dimension, .. }
        | DimensionEdit::Move { dimension, .. }
        | DimensionEdit::RemoveClass { dimension, .. } => dimension,
    }
}

fn not_edited(error: &EditError) -> ApiError {
    let code = match error {
        EditError::NotThere { .. } => ErrorCode::NotFound,
        EditError::There { .. } => ErrorCode::Conflict,
        _ => ErrorCode::Invalid,
    };
    ApiError::new(code, error.to_string())
}

/// Why the new file would not load, and what to do.
fn refusal(edit: &DimensionEdit, problems: &[&Problem]) -> ApiError {
    let mut told: Vec<String> = problems
        .iter()
        .take(TOLD)
        .map(|problem| match &problem.fault.place {
            // A place in the new text would be one in a file that nobody has.
            Some(place) if place.file != DIMENSIONS_FILE => {
                format!("{}:{}:{}: {}", place.file, place.line, place.column, problem.fault.message)
            }
            _ => problem.fault.message.clone(),
        })
        .collect();
    told.dedup();
    if problems.len() > TOLD {
        told.push(format!("and {} more", problems.len() - TOLD));
    }
    let is_named = problems.iter().any(|problem| problem.fault.message.contains("does not work with it"));
    let hint = match edit {
        DimensionEdit::Remove { .. } if is_named => {
            "remove these rules, or let them decide something else, and then the dimension"
        }
        DimensionEdit::RemoveClass { .. } if is_named => {
            "let these rules name another class, and then remove this one; who is in it goes where --to CLASS says"
        }
        _ if is_named => {
            "change these files and scripts/dimensions.toml in an editor and save them together; a new id goes in with \
             `was = [...]`, a class that goes with `removed = { ... }`"
        }
        DimensionEdit::RemoveClass { to: None, .. } => "say with --to CLASS which class takes them",
        DimensionEdit::Remove { drop: false, .. } => "--drop gives these classes up; the history keeps them",
        _ => "nothing was changed",
    };
    ApiError::conflict(format!("{DIMENSIONS_FILE} stays as it is: {}", told.join("; "))).with_hint(hint)
}
