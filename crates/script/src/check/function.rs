//! The functions that scripts may call.

use std::collections::{BTreeMap, BTreeSet};

use rhai::Engine;

use crate::budget::FORBIDDEN;
use crate::missing::KNOWN;

/// The functions that the engine offers, with the numbers of their parameters.
#[derive(Debug)]
pub(crate) struct Functions(pub(super) BTreeMap<String, BTreeSet<usize>>);

impl Functions {
    /// Lists those of an engine.
    pub(crate) fn of(engine: &Engine) -> Self {
        let found = |info: rhai::FuncInfo| Some((info.metadata.name.to_string(), info.metadata.num_params));
        let mut functions: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
        for (name, parameters) in engine.collect_fn_metadata(None, found, true) {
            functions.entry(name).or_default().insert(parameters);
        }
        // These are part of the language and not in any package.
        let language: [(&str, &[usize]); 8] = [
            ("print", &[0, 1]),
            ("debug", &[0, 1, 2]),
            ("type_of", &[1]),
            ("Fn", &[1]),
            ("is_def_fn", &[2, 3]),
            ("is_def_var", &[1]),
            ("is_shared", &[1]),
            ("call", &[1, 2, 3, 4, 5, 6, 7, 8]),
        ];
        for (name, parameters) in language {
            functions.entry(name.to_owned()).or_default().extend(parameters);
        }
        for (name, _) in FORBIDDEN {
            functions.remove(name);
        }
        Self(functions)
    }

    /// Those that a person would write, for suggestions.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0
            .keys()
            .map(String::as_str)
            .filter(|name| name.starts_with(char::is_alphabetic) && !name.contains('$') && *name != KNOWN)
    }
}
