//! Shared files: the ones that belong to no single rule, and which version of each holds.

use std::collections::BTreeMap;
use std::sync::Arc;

use tierhook_hooks::{Fault, FaultCode};
use tierhook_model::Dimensions;
use tierhook_package::{FileError, GRANTS_FILE, Grants, TRUST_FILE, Trust};

use crate::archive::content_digest;
use crate::assembly::LastGood;
use crate::document::Document;
use crate::loaded::{UnitState, UnitStatus};
use crate::problem::Problem;
use crate::setting::{self, RuleSettings};
use crate::tree::{Candidate, RULES_FILE};
use crate::unit::unreadable;
use crate::vocabulary::{DIMENSIONS_FILE, FIELDS_FILE, Fields, Vocabulary, parse_dimensions, parse_fields};

/// What there is to load.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Disk<'a> {
    /// A candidate.
    There(&'a Candidate),
    /// Nothing, for a reason that is told; only what was active last can be loaded.
    Gone(&'a Problem),
}

/// The shared files as they are used.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) vocabulary: Vocabulary,
    /// What the operator says, by rule.
    pub(crate) settings: BTreeMap<String, RuleSettings>,
    /// The files that are used.
    pub(crate) files: BTreeMap<String, Arc<[u8]>>,
    pub(crate) units: Vec<UnitStatus>,
    /// Whom the operator trusts.
    pub(crate) trust: Trust,
    /// What the operator grants to plugins.
    pub(crate) grants: Grants,
    /// A file that is broken and has no last good version: what it says is unknown, so no rule can run.
    pub(crate) blocked: Option<&'static str>,
    gone_back: bool,
}

/// One shared file.
struct Chosen<T> {
    value: T,
    bytes: Option<Arc<[u8]>>,
    unit: Option<UnitStatus>,
    blocked: bool,
}

impl Shared {
    /// Takes what the disk shows, or where that is broken what was active last.
    pub(crate) fn choose(disk: Disk<'_>, last: &LastGood) -> Self {
        let dimensions = choose(DIMENSIONS_FILE, disk, last, parse_dimensions);
        let fields = choose(FIELDS_FILE, disk, last, parse_fields);
        let settings = choose(RULES_FILE, disk, last, setting::parse);
        let trust = choose(TRUST_FILE, disk, last, parse_trust);
        let grants = choose(GRANTS_FILE, disk, last, parse_grants);
        let operators =
            [(RULES_FILE, settings.bytes), (TRUST_FILE, trust.bytes), (GRANTS_FILE, grants.bytes)].into_iter();
        let blocked = [(RULES_FILE, settings.blocked), (TRUST_FILE, trust.blocked), (GRANTS_FILE, grants.blocked)];
        let mut shared = Self {
            vocabulary: Vocabulary::default(),
            settings: settings.value,
            trust: trust.value,
            grants: grants.value,
            files: operators.filter_map(|(file, bytes)| Some((file.to_owned(), bytes?))).collect(),
            units: [settings.unit, trust.unit, grants.unit].into_iter().flatten().collect(),
            blocked: blocked.into_iter().find(|(_, blocked)| *blocked).map(|(file, _)| file),
            gone_back: false,
        };
        shared.set_vocabulary(dimensions, fields);
        shared
    }

    /// The text of the operator's file, as far as it is used.
    pub(crate) fn rules_file(&self) -> &str {
        let bytes = self.files.get(RULES_FILE);
        let document = bytes.and_then(|bytes| Document::decode(RULES_FILE, bytes).ok());
        document.map(|document| document.text).unwrap_or_default()
    }

    /// Tells whether the vocabulary that was active last is another one and could be used instead.
    pub(crate) fn can_go_back(&self, last: &LastGood) -> bool {
        let differs = |file| self.files.get(file) != last.shared.get(file);
        let known = last.digest.is_some() && !last.damaged;
        known && !self.gone_back && (differs(DIMENSIONS_FILE) || differs(FIELDS_FILE))
    }

    /// The vocabulary files that differ from those that were active last.
    pub(crate) fn changed<'a>(&self, last: &LastGood) -> impl Iterator<Item = &'a str> {
        [DIMENSIONS_FILE, FIELDS_FILE]
            .into_iter()
            .filter(|file| self.files.get(*file) != last.shared.get(*file))
            .map(unit)
    }

    /// Uses the vocabulary that was active last, because rules that were active do not work with the new one.
    pub(crate) fn go_back(&mut self, last: &LastGood, blame: &[Problem]) {
        self.gone_back = true;
        let why = Problem::error("scripts", "scripts", Fault::new(FaultCode::Failed, "a rule does not work with it"));
        let mut dimensions = choose(DIMENSIONS_FILE, Disk::Gone(&why), last, parse_dimensions);
        let mut fields = choose(FIELDS_FILE, Disk::Gone(&why), last, parse_fields);
        self.accuse(DIMENSIONS_FILE, dimensions.bytes.as_ref(), &mut dimensions.unit, blame);
        self.accuse(FIELDS_FILE, fields.bytes.as_ref(), &mut fields.unit, blame);
        self.set_vocabulary(dimensions, fields);
    }

    /// Holds a problem against the vocabulary that is used, because there is none to go back to.
    pub(crate) fn blame(&mut self, problem: &Problem) {
        let status = self.units.iter_mut().find(|status| status.name == problem.unit);
        if let Some(status) = status.filter(|status| !status.problems.contains(problem)) {
            status.problems.push(problem.clone());
        }
    }

    /// Tells whether a problem is about the vocabulary itself.
    pub(crate) fn is_about(problem: &Problem) -> bool {
        [DIMENSIONS_FILE, FIELDS_FILE].map(unit).contains(&problem.unit.as_str())
    }

    fn accuse(&self, file: &str, bytes: Option<&Arc<[u8]>>, status: &mut Option<UnitStatus>, blame: &[Problem]) {
        let before = self.units.iter().find(|status| status.file == file).cloned();
        if self.files.get(file) == bytes {
            *status = before;
            return;
        }
        let status = status.get_or_insert_with(|| new_status(file, UnitState::Refused, bytes));
        status.problems = before.map(|before| before.problems).unwrap_or_default();
        status.problems.extend(blame.iter().filter_map(|problem| {
            if Self::is_about(problem) {
                return (problem.unit == unit(file)).then(|| problem.clone());
            }
            let message = format!("the rule `{}` does not work with it: {}", problem.unit, problem.fault);
            let fault = Fault::new(problem.fault.code, message).with_hint("save the change of both in one go");
            Some(Problem::error(unit(file), file, fault))
        }));
    }

    fn set_vocabulary(&mut self, dimensions: Chosen<Dimensions>, fields: Chosen<Fields>) {
        for (file, bytes) in [(DIMENSIONS_FILE, &dimensions.bytes), (FIELDS_FILE, &fields.bytes)] {
            match bytes {
                Some(bytes) => drop(self.files.insert(file.to_owned(), bytes.clone())),
                None => drop(self.files.remove(file)),
            }
        }
        self.units.retain(|status| status.file != DIMENSIONS_FILE && status.file != FIELDS_FILE);
        self.units.splice(0..0, dimensions.unit.into_iter().chain(fields.unit));
        if dimensions.blocked || fields.blocked {
            self.blocked = Some(if dimensions.blocked { DIMENSIONS_FILE } else { FIELDS_FILE });
        }
        self.vocabulary = Vocabulary::new(dimensions.value, &fields.value);
    }
}

fn parse_trust(file: &str, bytes: &[u8]) -> Result<Trust, Fault> {
    let document = Document::decode(file, bytes)?;
    Trust::parse(document.text).map_err(|error| of_file(document, &error))
}

fn parse_grants(file: &str, bytes: &[u8]) -> Result<Grants, Fault> {
    let document = Document::decode(file, bytes)?;
    Grants::parse(document.text).map_err(|error| of_file(document, &error))
}

fn of_file(document: Document<'_>, error: &FileError) -> Fault {
    let fault = Fault::new(FaultCode::Syntax, &error.message);
    match &error.span {
        Some(span) => fault.at(document.place(span.start)),
        None => fault,
    }
}

fn choose<T: Default>(
    file: &str,
    disk: Disk<'_>,
    last: &LastGood,
    parse: impl Fn(&str, &[u8]) -> Result<T, Fault>,
) -> Chosen<T> {
    let mut problems = Vec::new();
    if let Disk::There(candidate) = disk {
        match (candidate.files().get(file), candidate.unreadable().get(file)) {
            (_, Some(why)) => problems.push(unreadable(unit(file), file, why)),
            (Some(bytes), None) => match parse(file, bytes) {
                Ok(value) => {
                    let status = new_status(file, UnitState::Active, Some(bytes));
                    return Chosen { value, bytes: Some(bytes.clone()), unit: Some(status), blocked: false };
                }
                Err(fault) => problems.push(Problem::error(unit(file), file, fault)),
            },
            // Without dimensions every class would be gone; a file that is lost should not do that.
            // And where the whole folder of plugins is, what is said of them may be lost as well.
            (None, None)
                if last.shared.contains_key(file)
                    && (file == DIMENSIONS_FILE || (file.starts_with("plugins/") && !candidate.has_plugins())) =>
            {
                let fault = Fault::new(FaultCode::Failed, "it is gone; the last good one is used");
                let fault = fault.with_hint("put it back, or leave an empty one if it should say nothing");
                problems.push(Problem::error(unit(file), file, fault));
            }
            (None, None) => return Chosen { value: T::default(), bytes: None, unit: None, blocked: false },
        }
    }
    let bytes = last.shared.get(file);
    let value = match bytes.map(|bytes| parse(file, bytes)) {
        Some(Ok(value)) => Some(value),
        Some(Err(fault)) => {
            let message = format!("the last good one cannot be read any more: {}", fault.message);
            problems.push(Problem::error(unit(file), file, Fault::new(fault.code, message)));
            None
        }
        // There was none, and what was active last did without it.
        None if last.digest.is_some() && !last.damaged => Some(T::default()),
        None => None,
    };
    let (state, used) = if value.is_some() { (UnitState::LastGood, bytes) } else { (UnitState::Refused, None) };
    let blocked = value.is_none() && !problems.is_empty();
    let status = (value.is_some() || blocked).then(|| UnitStatus { problems, ..new_status(file, state, used) });
    Chosen { value: value.unwrap_or_default(), bytes: used.cloned(), unit: status, blocked }
}

fn new_status(file: &str, state: UnitState, bytes: Option<&Arc<[u8]>>) -> UnitStatus {
    UnitStatus {
        name: unit(file).to_owned(),
        state,
        version: bytes.map(|bytes| content_digest(bytes)),
        file: file.to_owned(),
        problems: Vec::new(),
    }
}

/// The name of the unit that a shared file is.
pub(crate) fn unit(file: &str) -> &str {
    file.strip_prefix("scripts/").unwrap_or(file)
}
