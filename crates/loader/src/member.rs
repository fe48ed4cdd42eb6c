//! Members: rules on their way into a set, each with the versions of it that may be tried.

use std::collections::BTreeSet;

use tierhook_hooks::{Fault, FaultCode};

use crate::assembly::{LastGood, LastRule};
use crate::document::{Document, closest};
use crate::loaded::{UnitState, UnitStatus};
use crate::plugin::{Hosts, add_plugins, plugin_file};
use crate::problem::Problem;
use crate::setting::RuleSettings;
use crate::shared::{Disk, Shared};
use crate::tree::RULES_FILE;
use crate::unit::{Compiled, Found, companions, compile, find, script_file};

/// A rule on its way into the set.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) file: String,
    /// Whether a version of it was active last.
    pub(crate) was_active: bool,
    /// The attempt that stands, compiled.
    pub(crate) compiled: Option<Compiled>,
    pub(crate) problems: Vec<Problem>,
    /// What the newest attempt failed of.
    pub(crate) fallen: Option<Problem>,
    attempts: Vec<Attempt>,
    at: usize,
    /// What becomes of it where there is nothing to try.
    untried: UnitState,
}

/// One version of a rule that may be tried.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    pub(crate) found: Found,
    pub(crate) settings: RuleSettings,
    state: UnitState,
    /// Whether it is exactly what was active last.
    same: bool,
}

/// Finds the rules on the disk and those that were active last, and what is wrong besides.
pub(crate) fn gather(disk: Disk<'_>, last: &LastGood, shared: &Shared) -> (Vec<Member>, Vec<Problem>) {
    let (mut found, mut problems) = match disk {
        Disk::There(candidate) => find(candidate),
        Disk::Gone(_) => Default::default(),
    };
    // A folder that is gone altogether is as likely not mounted as given up.
    let without_plugins = match disk {
        Disk::There(candidate) => {
            add_plugins(candidate, &mut found, &mut problems);
            !candidate.has_plugins()
        }
        Disk::Gone(_) => false,
    };
    let names: BTreeSet<String> = found.keys().chain(last.active()).cloned().collect();
    let members = names.into_iter().map(|name| {
        let there = found.remove(&name);
        let kept = last.rules.get(&name);
        let was_plugin = kept.is_some_and(LastRule::is_plugin);
        let is_lost = there.is_none() && was_plugin && without_plugins;
        // What is left of it may be half of a save; whoever retires a rule removes all of it.
        let rest = match disk {
            Disk::There(candidate) if there.is_none() && kept.is_some() && !was_plugin => companions(candidate, &name),
            _ => Vec::new(),
        };
        let on_disk = there.is_some() || matches!(disk, Disk::Gone(_)) || is_lost || !rest.is_empty();
        let is_plugin = there.as_ref().map_or(was_plugin, Found::is_plugin);
        let file = if is_plugin { plugin_file(&name) } else { script_file(&name) };
        let mut member = Member::new(&name, file, last.active().any(|active| *active == name));
        if is_lost {
            let fault = Fault::new(FaultCode::Failed, "the folder `plugins` is gone; what is active goes on");
            let fault = fault.with_hint("put it back, or leave an empty folder if there should be no plugin");
            member.problems.push(Problem::error(&name, &member.file, fault));
        }
        let settings = match (disk, kept) {
            (Disk::Gone(_), Some(kept)) => kept.settings.clone(),
            _ => shared.settings.get(&name).cloned().unwrap_or_default(),
        };
        if let Some(file) = shared.blocked {
            let fault = Fault::new(FaultCode::Failed, format!("it waits until `{file}` is put right"));
            member.problems.push(Problem::warning(&name, &member.file, fault));
        } else if !settings.enabled {
            member.untried = UnitState::Disabled;
        } else if on_disk {
            if !rest.is_empty() {
                problems.retain(|problem| !rest.contains(&problem.file));
                let (rest, is) = (rest.join(" and "), if rest.len() == 1 { "is" } else { "are" });
                let message = format!("the script is gone, but {rest} {is} still there; its last good version goes on");
                let fault = Fault::new(FaultCode::Failed, message);
                let fault =
                    fault.with_hint(format!("put {} back, or remove {rest} as well to retire the rule", member.file));
                member.problems.push(Problem::error(&name, &member.file, fault));
            }
            if let Some(found) = there {
                member.add(Attempt { found, settings: settings.clone(), state: UnitState::Active, same: false }, last);
            }
            if let Some(kept) = kept {
                let found = Found { files: kept.files.clone(), unreadable: Vec::new() };
                let attempt = Attempt { found, settings, state: UnitState::LastGood, same: false };
                member.add(attempt.clone(), last);
                member.add(Attempt { settings: kept.settings.clone(), ..attempt }, last);
            }
        }
        member
    });
    let members: Vec<Member> = members.collect();
    // What was active and is gone altogether is nothing that settings could be about.
    let is_there = |member: &&Member| {
        shared.blocked.is_some() || !member.attempts.is_empty() || member.untried != UnitState::Retired
    };
    let known = members.iter().filter(is_there).map(|member| member.name.as_str());
    problems.extend(unknown_settings(shared, known));
    (members, problems)
}

/// Rules that are gone while one that is much the same is refused under a new name: they were renamed, with a mistake in
/// it, and go on as they were. Tells whether there are any.
pub(crate) fn hold_renamed(members: &mut [Member], last: &LastGood) -> bool {
    let refused = members.iter().filter(|it| !it.was_active && it.is_out() && !it.attempts.is_empty());
    let refused: Vec<(String, Vec<u8>)> =
        refused.filter_map(|it| Some((it.name.clone(), it.script()?.to_vec()))).collect();
    let mut any = false;
    for member in
        members.iter_mut().filter(|it| it.was_active && it.attempts.is_empty() && it.untried == UnitState::Retired)
    {
        let Some(kept) = last.rules.get(&member.name) else { continue };
        let Some(script) = kept.files.get(&script_file(&member.name)) else { continue };
        let Some((newcomer, _)) = refused.iter().find(|(_, text)| is_much_the_same(script, text)) else { continue };
        let message = format!(
            "the script is gone, and `{newcomer}`, which is much the same, is refused; the last good version goes on"
        );
        let fault = Fault::new(FaultCode::Failed, message);
        let fault = fault.with_hint(format!("put `{newcomer}` right, or remove it as well to retire the rule"));
        member.problems.push(Problem::error(&member.name, &member.file, fault));
        let found = Found { files: kept.files.clone(), unreadable: Vec::new() };
        let settings = kept.settings.clone();
        member.add(Attempt { found, settings, state: UnitState::LastGood, same: false }, last);
        any = true;
    }
    any
}

/// Tells whether at least half of the lines are in both.
fn is_much_the_same(one: &[u8], other: &[u8]) -> bool {
    fn lines(text: &[u8]) -> Vec<&[u8]> {
        let lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
        lines.filter(|line| !line.is_empty()).collect()
    }
    let (one, mut other) = (lines(one), lines(other));
    let most = one.len().max(other.len());
    let common = one.iter().filter(|line| {
        let at = other.iter().position(|it| it == *line);
        at.map(|at| other.swap_remove(at)).is_some()
    });
    2 * common.count() >= most
}

fn unknown_settings<'a>(shared: &Shared, known: impl Iterator<Item = &'a str> + Clone) -> Vec<Problem> {
    let unknown = shared.settings.keys().filter(|name| !known.clone().any(|known| known == name.as_str()));
    let document = Document { file: RULES_FILE, text: shared.rules_file() };
    unknown
        .map(|name| {
            let fault = Fault::new(FaultCode::Failed, format!("[rules.{name}] is about no rule"));
            let fault = Fault { place: document.key(&["rules", name]), ..fault };
            let fault = match closest(name, known.clone()) {
                Some(known) => fault.with_hint(format!("did you mean `{known}`?")),
                None => fault.with_hint("remove it"),
            };
            Problem::warning(RULES_FILE, RULES_FILE, fault)
        })
        .collect()
}

impl Member {
    fn new(name: &str, file: String, was_active: bool) -> Self {
        Self {
            name: name.to_owned(),
            file,
            was_active,
            compiled: None,
            problems: Vec::new(),
            fallen: None,
            attempts: Vec::new(),
            at: 0,
            untried: if was_active { UnitState::Retired } else { UnitState::Refused },
        }
    }

    /// Adds an attempt, unless it is one that is there already.
    fn add(&mut self, mut attempt: Attempt, last: &LastGood) {
        let equal = |files, settings, attempt: &Attempt| {
            attempt.found.unreadable.is_empty() && attempt.found.files == files && attempt.settings == settings
        };
        let kept = last.rules.get(&self.name).cloned();
        attempt.same = kept.is_some_and(|kept| equal(kept.files, kept.settings, &attempt));
        let (files, settings) = (attempt.found.files.clone(), attempt.settings.clone());
        if !self.attempts.iter().any(|known| equal(files.clone(), settings.clone(), known)) {
            self.attempts.push(attempt);
        }
    }

    /// The version that is being tried.
    pub(crate) fn attempt(&self) -> Option<&Attempt> {
        self.attempts.get(self.at)
    }

    /// Its script on the disk, if it is one.
    fn script(&self) -> Option<&[u8]> {
        self.attempts.first()?.found.files.get(&script_file(&self.name)).map(|bytes| &bytes[..])
    }

    /// Tells whether there is nothing more to try.
    pub(crate) fn is_out(&self) -> bool {
        self.attempt().is_none()
    }

    /// Tells whether it is in the set with anything else than what was active last.
    pub(crate) fn has_changed(&self) -> bool {
        self.attempt().is_some_and(|attempt| !attempt.same)
    }

    /// Compiles the first attempt that does.
    pub(crate) fn compile(&mut self, hosts: &Hosts<'_>) {
        while let (None, Some(attempt)) = (&self.compiled, self.attempts.get(self.at)) {
            match compile(hosts, &self.name, &attempt.found, &attempt.settings) {
                Ok(compiled) => self.compiled = Some(compiled),
                Err(problems) => self.fail(problems),
            }
        }
    }

    /// Goes on to the next attempt. What was wrong with the first one is told in full.
    pub(crate) fn fail(&mut self, problems: Vec<Problem>) {
        self.fallen = problems.first().cloned();
        if self.at == 0 {
            self.problems.extend(problems);
        }
        self.compiled = None;
        self.at += 1;
    }

    /// Leaves nothing more to try.
    pub(crate) fn shut_out(&mut self, problem: Problem) {
        self.fail(vec![problem.clone()]);
        if self.at > 1 {
            self.problems.push(problem);
        }
        self.at = self.attempts.len();
    }

    /// What became of it.
    pub(crate) fn into_status(mut self) -> UnitStatus {
        let state = self.attempt().map_or(self.untried, |attempt| attempt.state);
        if self.is_out()
            && self.was_active
            && self.attempts.len() > 1
            && let Some(fallen) = self.fallen.take()
        {
            let message = format!("its last good version does not work any more either: {}", fallen.fault);
            self.problems.push(Problem::error(&self.name, &self.file, Fault::new(fallen.fault.code, message)));
        }
        self.problems.extend(self.compiled.iter().flat_map(|compiled| compiled.notes.iter().cloned()));
        UnitStatus {
            version: self.compiled.map(|compiled| compiled.rule.meta().digest.clone()),
            name: self.name,
            state,
            file: self.file,
            problems: self.problems,
        }
    }
}
