//! Proof: what a set of rules has to stand before it becomes active.

use std::collections::VecDeque;
use std::sync::Arc;

use tierhook_hooks::{Rule, Ruleset};
use tierhook_model::digest256_hex;

use crate::problem::Problem;

/// How many verdicts are remembered.
const VERDICTS: usize = 32;

/// Golden cases of one rule.
#[derive(Clone, Debug)]
pub struct CaseFile {
    /// The rule, compiled with the parameters that the file pins above the operator's.
    pub rule: Arc<dyn Rule>,
    /// The file, relative to the workspace.
    pub file: String,
    /// Its text, which is TOML.
    pub text: String,
}

/// Proves a set of rules: runs the golden cases, tries it on a sample of records.
pub trait Prover {
    /// Returns what is wrong with a set. `changed` names the rules and files that differ from what is active; the
    /// whole set may be proved nevertheless. A problem that is an error keeps its unit's version from becoming
    /// active; one that names no unit of the set is held against all that changed.
    ///
    /// An answer is remembered for as long as the set, the cases and what is active stay the same.
    fn prove(&self, ruleset: &Ruleset, cases: &[CaseFile], changed: &[String]) -> Vec<Problem>;
}

impl<F: Fn(&Ruleset, &[CaseFile], &[String]) -> Vec<Problem>> Prover for F {
    fn prove(&self, ruleset: &Ruleset, cases: &[CaseFile], changed: &[String]) -> Vec<Problem> {
        self(ruleset, cases, changed)
    }
}

/// Verdicts by everything that was checked.
#[derive(Debug, Default)]
pub(crate) struct Verdicts {
    /// Newest last.
    known: VecDeque<(String, Vec<Problem>)>,
}

impl Verdicts {
    /// Returns the verdict on a set, asking for it only if it is not known.
    pub(crate) fn of(
        &mut self,
        prover: &dyn Prover,
        ruleset: &Ruleset,
        cases: &[CaseFile],
        changed: &[String],
    ) -> Vec<Problem> {
        let mut parts = vec![ruleset.digest.as_bytes()];
        for case in cases {
            parts.extend([case.file.as_bytes(), case.text.as_bytes(), case.rule.meta().digest.as_bytes()]);
        }
        parts.push(b"changed");
        parts.extend(changed.iter().map(|name| name.as_bytes()));
        let key = digest256_hex(&parts);
        if let Some((_, verdict)) = self.known.iter().find(|(known, _)| *known == key) {
            return verdict.clone();
        }
        let verdict = prover.prove(ruleset, cases, changed);
        if self.known.len() == VERDICTS {
            self.known.pop_front();
        }
        self.known.push_back((key, verdict.clone()));
        verdict
    }

    /// Forgets them all.
    pub(crate) fn clear(&mut self) {
        self.known.clear();
    }
}
