//! Plugins, keys and grants.

use tierhook_server::api::{
    GrantList, GrantRow, KeyList, KeyMade, Obstacle, PackReport, PluginDescription, PluginFile, PluginInstalled,
    PluginList, PluginUninstalled, Policy, RuleState, SignReport,
};

use super::page::Page;
use super::regrade::regrade;
use super::rule::problems;
use super::workshop::next;
use crate::number::bytes;
use crate::screen::Style;
use crate::table::{Cell, Column, Table};
use crate::word::{Words, fill};

/// Renders the plugins of a workspace.
pub(super) fn list(page: &mut Page, list: &PluginList) {
    let words = page.words;
    if list.rows.is_empty() {
        page.line(Style::Plain, words.no_plugins);
        page.sentence(0, Style::Faint, words.no_plugins_hint);
        return;
    }
    let mut table = Table::new(vec![
        Column::left(words.plugin),
        Column::left(words.state).optional(),
        Column::left(words.version),
        Column::right(words.serial),
        Column::text(words.publisher),
    ]);
    for row in &list.rows {
        let (version, serial) = match &row.release {
            Some(release) => (release.version.clone(), release.serial.to_string()),
            None => ("-".to_owned(), "-".to_owned()),
        };
        let state = row.state.map(|state| Cell::new(rule_style(state), words.rule_state(state)));
        let publisher = match &row.publisher {
            Some(publisher) => Cell::from(&publisher.name),
            None if row.is_verified => Cell::new(Style::Faint, words.local),
            None => Cell::new(Style::Bad, words.not_verified),
        };
        table.row(vec![
            row.id.as_str().into(),
            state.unwrap_or_else(|| "".into()),
            version.into(),
            serial.into(),
            publisher,
        ]);
    }
    page.table(0, &table);
    policy(page, list.policy);
    list.rows.iter().filter_map(|row| row.problem.as_ref()).for_each(|problem| lack(page, problem));
}

/// Renders a plugin that was verified.
pub(super) fn verified(page: &mut Page, plugin: &PluginDescription) {
    let words = page.words;
    let (style, verdict) = match (&plugin.publisher, plugin.is_signed) {
        (Some(_), _) => (Style::Good, words.plugin_released),
        (None, true) => (Style::Warn, words.plugin_not_looked_at),
        (None, false) => (Style::Warn, words.plugin_local),
    };
    page.sentence(0, style, &fill(verdict, &[&plugin.id, &plugin.version]));
    described(page, plugin, true);
    page.heading(words.plugin_files);
    file_table(page, &plugin.files);
}

/// Adds the files of a plugin.
pub(super) fn file_table(page: &mut Page, files: &[PluginFile]) {
    let mut table = Table::new(vec![Column::left(""), Column::right(""), Column::text("")]);
    for file in files {
        table.row(vec![file.path.as_str().into(), bytes(file.bytes).into(), Cell::new(Style::Faint, &file.digest)]);
    }
    page.table(2, &table);
}

/// Renders what came of an installation.
pub(super) fn installed(page: &mut Page, report: &PluginInstalled) {
    let words = page.words;
    let plugin = &report.plugin;
    page.line(Style::Good, &fill(words.plugin_installed, &[&plugin.id, &plugin.version, &report.folder]));
    if let Some(before) = &report.replaced {
        page.indented(2, Style::Plain, &fill(words.plugin_replaced, &[&before.version, &before.serial]));
    }
    described(page, plugin, true);
    if !report.granted.is_empty() {
        page.sentence(2, Style::Plain, &fill(words.granted_now, &[&report.granted.join(", ")]));
    }
    changed(page, report.changed.iter().map(String::as_str));
    if let Some(missing) = &report.missing {
        lack(page, missing);
    }
    if let Some(state) = report.state {
        page.line(rule_style(state), &format!("{}: {}", words.state, words.rule_state(state)));
    }
    // What it lacks was said above.
    let is_said = |message: &str| report.missing.as_ref().is_some_and(|missing| missing.message == message);
    problems(page, report.problems.iter().filter(|problem| !is_said(&problem.message)));
    if report.is_held_back() {
        let next = if report.missing.is_some() { words.plugin_lacks_grants } else { words.plugin_not_fit };
        page.sentence(0, Style::Warn, &fill(next, &[&plugin.id]));
    }
    for shared in &report.shared {
        let rules = shared.rules.join(", ");
        page.sentence(0, Style::Warn, &fill(words.plugin_shares, &[&shared.dimension, &rules]));
    }
    if let Some(report) = &report.regrade {
        regrade(page, report);
    }
}

/// Renders that a plugin is gone.
pub(super) fn uninstalled(page: &mut Page, report: &PluginUninstalled) {
    let words = page.words;
    page.line(Style::Good, &fill(words.plugin_uninstalled, &[&report.plugin, &report.folder]));
    if report.has_grants {
        page.sentence(2, Style::Faint, &fill(words.grants_left, &[&report.plugin]));
    }
    if let Some(report) = &report.regrade {
        regrade(page, report);
    }
}

/// Renders the keys.
pub(super) fn keys(page: &mut Page, list: &KeyList) {
    let words = page.words;
    changed(page, list.changed.iter().map(String::as_str));
    if list.rows.is_empty() {
        page.line(Style::Plain, words.no_keys);
        page.sentence(0, Style::Faint, words.no_keys_hint);
    } else {
        let columns = [words.name, words.state, words.key_number, words.key];
        let mut table = Table::new(columns.map(Column::left).into());
        for row in &list.rows {
            let (style, state) =
                if row.is_revoked { (Style::Bad, words.revoked) } else { (Style::Good, words.trusted) };
            table.row(vec![
                row.name.as_deref().unwrap_or("-").into(),
                Cell::new(style, state),
                row.id.as_str().into(),
                row.key.as_str().into(),
            ]);
        }
        page.table(0, &table);
    }
    for digest in &list.revoked_releases {
        page.line(Style::Bad, &fill(words.revoked_release, &[digest]));
    }
    stopped(page, &list.stopped);
    if let Some(report) = &list.regrade {
        regrade(page, report);
    }
}

/// Renders what plugins may see.
pub(super) fn grants(page: &mut Page, list: &GrantList) {
    let words = page.words;
    changed(page, list.changed.iter().map(String::as_str));
    if list.rows.is_empty() {
        page.line(Style::Plain, words.no_plugins);
        page.sentence(0, Style::Faint, words.no_plugins_hint);
    }
    for row in &list.rows {
        let publisher = row.publisher.as_deref().unwrap_or(words.local);
        let installed = if row.is_installed { "" } else { words.not_installed };
        page.heading_pieces(&[(Style::Strong, &row.plugin), (Style::Faint, publisher), (Style::Warn, installed)]);
        page.pairs(2, seen(words, row));
        if let Some(missing) = &row.missing {
            lack(page, missing);
        }
    }
    stopped(page, &list.stopped);
    if let Some(report) = &list.regrade {
        regrade(page, report);
    }
}

/// Renders that a plugin was signed.
pub(super) fn signed(page: &mut Page, report: &SignReport) {
    let words = page.words;
    let plugin = &report.plugin;
    page.line(Style::Good, &fill(words.plugin_signed, &[&plugin.id, &plugin.version, &plugin.serial]));
    if report.is_listed_anew {
        page.indented(2, Style::Plain, words.listed_anew);
    }
    page.pairs(2, vec![(words.signature, report.signature.clone()), (words.public_key, report.key.clone())]);
    next(page, Some(&report.next));
}

/// Renders that a plugin was packed.
pub(super) fn packed(page: &mut Page, report: &PackReport) {
    let words = page.words;
    page.line(Style::Good, &fill(words.plugin_packed, &[&report.file, &bytes(report.bytes)]));
    if !report.plugin.is_signed {
        page.sentence(2, Style::Warn, words.packed_unsigned);
    }
    page.pairs(2, vec![("sha256", report.digest.clone())]);
    next(page, Some(&report.next));
}

/// Renders a key that was made.
pub(super) fn key(page: &mut Page, made: &KeyMade) {
    let words = page.words;
    page.sentence(0, Style::Good, &fill(words.key_made, &[&made.file]));
    page.pairs(2, vec![(words.public_key, made.key.clone())]);
    page.sentence(2, Style::Faint, &fill(words.key_hint, &[&made.key]));
}

/// Adds what a plugin says of itself. Without a workspace nobody is trusted, and no policy holds.
pub(super) fn described(page: &mut Page, plugin: &PluginDescription, is_in_workspace: bool) {
    let words = page.words;
    let publisher = match &plugin.publisher {
        Some(publisher) => format!("{}  {}", publisher.name, publisher.key),
        None if plugin.is_signed => words.signed_by_unknown.to_owned(),
        None => words.local.to_owned(),
    };
    let history = plugin.history.iter().map(|kind| fill(words.newest, &[&words.code(&kind.kind), &kind.most]));
    let history: Vec<String> = history.collect();
    let mut pairs = vec![
        (words.publisher, publisher),
        (words.serial, plugin.serial.to_string()),
        (words.contract, plugin.api.clone()),
        (words.release_digest, plugin.digest.clone()),
    ];
    for (name, texts) in [
        (words.needs_fields, &plugin.needs),
        (words.optional_fields, &plugin.optional),
        (words.needs_history, &history),
    ] {
        if !texts.is_empty() {
            pairs.push((name, texts.join(words.between_names)));
        }
    }
    page.pairs(2, pairs);
    if is_in_workspace {
        policy(page, plugin.policy);
    }
}

fn seen<'w>(words: &'w Words, row: &GrantRow) -> Vec<(&'w str, String)> {
    let history: Vec<String> = row.history.iter().map(|kind| words.code(kind).to_owned()).collect();
    let lists =
        [(words.granted_fields, &row.fields), (words.granted_clear, &row.clear), (words.granted_history, &history)];
    let mut pairs: Vec<(&str, String)> = lists
        .into_iter()
        .filter(|(_, texts)| !texts.is_empty())
        .map(|(name, texts)| (name, texts.join(words.between_names)))
        .collect();
    if pairs.is_empty() {
        pairs.push((words.granted_fields, words.nothing.to_owned()));
    }
    pairs
}

/// Says so where nobody looks at signatures.
fn policy(page: &mut Page, policy: Policy) {
    if policy == Policy::Off {
        page.sentence(0, Style::Warn, page.words.policy_off);
    }
}

fn lack(page: &mut Page, missing: &Obstacle) {
    page.gap();
    page.sentence(0, Style::Bad, &format!("{}: {}", page.words.error, missing.message));
    page.sentence(2, Style::Faint, &format!("= {}", missing.hint));
}

/// Names the plugins that ran until now.
fn stopped(page: &mut Page, plugins: &[String]) {
    if !plugins.is_empty() {
        let words = page.words;
        page.gap();
        page.sentence(0, Style::Warn, &fill(words.plugins_stopped, &[&plugins.join(words.between_names)]));
    }
}

fn changed<'f>(page: &mut Page, files: impl Iterator<Item = &'f str>) {
    for file in files {
        page.line(Style::Good, &fill(page.words.file_changed, &[&file]));
    }
}

fn rule_style(state: RuleState) -> Style {
    match state {
        RuleState::Active => Style::Good,
        RuleState::LastGood => Style::Warn,
        RuleState::Refused => Style::Bad,
        RuleState::Disabled => Style::Faint,
    }
}

#[cfg(test)]
mod tests;
