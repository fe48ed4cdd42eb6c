//! What to fear: `warn("silence").severity("high").episode(day)`.

use std::sync::Arc;

use rhai::{Dynamic, Engine, ImmutableString, Map};
use tierhook_hooks::{AnchorWish, WarningWish};
use tierhook_model::{Reason, Severity};

use super::{Reasoned, Reasons};
use crate::argument::{self, Failure, bad};

/// Something to fear.
#[derive(Clone, Debug)]
pub(super) struct ScriptWarning {
    cause: ImmutableString,
    episode: AnchorWish,
    severity: Severity,
    reasons: Reasons,
    suggestion: Option<Arc<Reason>>,
}

impl Reasoned for ScriptWarning {
    fn reasons(&mut self) -> &mut Reasons {
        &mut self.reasons
    }
}

/// Registers a method that changes the warning and gives it back.
macro_rules! method {
    ($engine:ident, $name:literal, |$warning:ident $(, $argument:ident: $ty:ty)*| $body:expr) => {
        $engine.register_fn($name, |$warning: &mut ScriptWarning $(, $argument: $ty)*| -> Result<ScriptWarning, Failure> {
            $body;
            Ok($warning.clone())
        });
    };
}

pub(super) fn register(engine: &mut Engine) {
    engine.register_type_with_name::<ScriptWarning>("Warning");
    engine.register_fn("warn", |cause: Dynamic| {
        Ok::<_, Failure>(ScriptWarning {
            cause: argument::name("cause", &cause)?,
            episode: AnchorWish::Once,
            severity: Severity::Medium,
            reasons: Reasons::default(),
            suggestion: None,
        })
    });
    method!(engine, "severity", |warning, severity: Dynamic| {
        let severity = argument::text("severity", &severity)?;
        warning.severity = match &*severity {
            "low" => Severity::Low,
            "medium" => Severity::Medium,
            "high" => Severity::High,
            other => return Err(bad(format!("there is no severity `{other}`"), "use \"low\", \"medium\" or \"high\"")),
        };
    });
    method!(engine, "once", |warning| warning.episode = AnchorWish::Once);
    method!(engine, "per_fact", |warning, id: Dynamic| {
        warning.episode = AnchorWish::Fact(argument::text("id of the fact", &id)?.into_owned());
    });
    method!(engine, "episode", |warning, day: Dynamic| {
        warning.episode = AnchorWish::Episode(argument::day("beginning of the episode", &day)?);
    });
    method!(engine, "suggest", |warning, code: Dynamic| {
        warning.suggestion = Some(Arc::new(argument::reason("suggestion", &code, &Map::new(), None)?));
    });
    method!(engine, "suggest", |warning, code: Dynamic, arguments: Map| {
        warning.suggestion = Some(Arc::new(argument::reason("suggestion", &code, &arguments, None)?));
    });
}

impl ScriptWarning {
    /// The finished wish; its reasons go with it.
    pub(super) fn finish(&mut self) -> WarningWish {
        WarningWish {
            cause: self.cause.to_string(),
            episode: self.episode.clone(),
            severity: self.severity,
            reasons: self.reasons.take(),
            suggestion: self.suggestion.as_deref().cloned(),
        }
    }
}
