//! Checks of what a rule wants that are the same for every kind of rule.

use tierhook_model::{Dimension, Dimensions, Reason, Value};

use crate::{Fault, FaultCode, Limits, Verdict, Wishes};

/// The longest kind, cause, code or channel, in characters.
pub const NAME_CHARACTERS: usize = 64;

/// Returns the name that looks most like another, if one is near enough to be meant.
pub fn closest<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = (name.chars().count().div_ceil(3)).clamp(1, 4);
    names
        .into_iter()
        .filter(|candidate| *candidate != name)
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        // With nothing in common, short names are as close to any other.
        .filter(|(distance, it)| *distance < name.chars().count() || it.eq_ignore_ascii_case(name))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, candidate)| candidate)
}

/// The fault for a dimension that there is none of.
pub fn unknown_dimension(dimensions: &Dimensions, id: &str) -> Fault {
    let fault = Fault::new(FaultCode::BadWish, format!("there is no dimension `{id}`"));
    if let Some(present) = dimensions.present(id) {
        return fault.with_hint(format!("`{id}` is called `{}` now", present.id));
    }
    suggest(fault, id, dimensions.iter().map(|dimension| &*dimension.id), "dimensions")
}

/// The fault for a class that there is none of.
pub fn unknown_class(dimension: &Dimension, id: &str) -> Fault {
    let fault = Fault::new(FaultCode::BadWish, format!("dimension `{}` has no class `{id}`", dimension.id));
    let now = dimension.successor(id);
    if now != id {
        let hint = if dimension.renamed(id) == now { "is called" } else { "is no more, and its customers are" };
        return fault.with_hint(format!("`{id}` {hint} `{now}` now"));
    }
    suggest(fault, id, dimension.classes.iter().map(|class| &*class.id), "classes")
}

fn suggest<'a>(fault: Fault, id: &str, ids: impl Iterator<Item = &'a str>, what: &str) -> Fault {
    let ids: Vec<&str> = ids.collect();
    match closest(id, ids.iter().copied()) {
        Some(near) => fault.with_hint(format!("did you mean `{near}`?")),
        None => fault.with_hint(format!("the {what} in dimensions.toml are: {}", ids.join(", "))),
    }
}

/// The fault for a name that is empty or too long, such as a kind, cause or code.
///
/// # Errors
/// A [`Fault`] that says which.
pub fn check_name(what: &str, text: &str) -> Result<(), Fault> {
    if text.chars().all(char::is_whitespace) {
        let fault = Fault::new(FaultCode::BadWish, format!("the {what} is empty"));
        return Err(fault.with_hint(format!("give the {what} a name")));
    }
    if text.len() > NAME_CHARACTERS && text.chars().count() > NAME_CHARACTERS {
        let length = text.chars().count();
        let message = format!("the {what} has {length} characters; {NAME_CHARACTERS} are allowed");
        return Err(
            Fault::new(FaultCode::BadWish, message).with_hint("shorten it; put the rest into a text of the manifest")
        );
    }
    Ok(())
}

impl Limits {
    /// Checks how much a rule answers for one record.
    ///
    /// # Errors
    /// A [`Fault`] that names the limit.
    pub fn check_size(&self, wishes: &Wishes) -> Result<(), Fault> {
        let mut bytes = 0;
        for wish in &wishes.classes {
            bytes += wish.dimension.len() + 8;
            if let Verdict::Score { groups, bands } = &wish.verdict {
                bytes += groups.iter().map(|group| group.name.len() + 16).sum::<usize>();
                bytes += bands.iter().map(|band| band.class.len() + 8).sum::<usize>();
            }
        }
        for wish in &wishes.follow_ups {
            bytes += wish.kind.len() + wish.channel.as_ref().map_or(0, String::len) + 32;
            bytes += bytes_of(wish.action.iter().chain(wish.offer.iter().map(|offer| &offer.terms)));
        }
        for wish in &wishes.warnings {
            bytes += wish.cause.len() + 16 + bytes_of(&wish.suggestion);
        }
        let lists = wishes.classes.iter().map(|wish| &wish.reasons);
        let lists = lists.chain(wishes.follow_ups.iter().map(|wish| &wish.reasons));
        let lists = lists.chain(wishes.warnings.iter().map(|wish| &wish.reasons));
        let mut reasons = 0;
        for list in lists {
            reasons += list.len();
            bytes += bytes_of(list);
        }
        let over = |what: String, setting: &str| {
            Err(Fault::new(FaultCode::Output, what).with_hint(format!("answer less; `limits.{setting}` sets how much")))
        };
        let most = self.reasons;
        if reasons > most {
            return over(format!("there are {reasons} reasons; {most} are allowed"), "reasons");
        }
        let most = self.output_bytes;
        if bytes > most {
            return over(format!("the answer has {bytes} bytes; {most} are allowed"), "output_bytes");
        }
        Ok(())
    }
}

/// How many bytes reasons come to.
fn bytes_of<'a>(reasons: impl IntoIterator<Item = &'a Reason>) -> usize {
    let size = |argument: &tierhook_model::Argument| {
        argument.name.len()
            + match &argument.value {
                None => 1,
                Some(Value::Text(text)) => text.len(),
                Some(Value::TextList(list)) => list.iter().map(String::len).sum(),
                Some(_) => 8,
            }
    };
    reasons.into_iter().map(|reason| reason.code.len() + reason.arguments.iter().map(size).sum::<usize>()).sum()
}
