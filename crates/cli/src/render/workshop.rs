//! What an author does with a plugin: making, building, testing, looking into it.

use std::path::Path;

use tierhook_server::api::{
    BuildReport, CodeRead, ComponentRow, LimitRow, PluginInspection, PluginMade, PluginTestReport,
};

use super::page::Page;
use super::plugin::{described, file_table};
use super::rule;
use crate::number::{bytes, count};
use crate::screen::Style;
use crate::table::{Column, Table};
use crate::word::{Words, fill};

/// Renders a new plugin's folder.
pub(super) fn made(page: &mut Page, made: &PluginMade) {
    let words = page.words;
    page.line(Style::Good, &fill(words.plugin_made, &[&made.folder]));
    if !made.optional.is_empty() {
        page.sentence(2, Style::Plain, &fill(words.own_fields, &[&made.optional.join(words.between_names)]));
    }
    page.sentence(2, Style::Plain, &fill(words.change_first, &[&made.code]));
    next(page, Some(&made.next));
}

/// Renders that a plugin is being built, which takes a while.
pub(super) fn building(page: &mut Page, folder: &Path) {
    let text = fill(page.words.plugin_building, &[&folder.display()]);
    page.line(Style::Faint, &text);
}

/// Renders what came of a build.
pub(super) fn built(page: &mut Page, report: &BuildReport) {
    let words = page.words;
    page.line(Style::Good, &fill(words.plugin_built, &[&report.component, &bytes(report.bytes)]));
    page.pairs(
        2,
        vec![
            (words.plugin, report.plugin.clone()),
            (words.version, fill(words.with_serial, &[&report.version, &report.serial])),
            (words.hooks, report.hooks.join(words.between_names)),
            ("sha256", report.digest.clone()),
        ],
    );
    if report.is_listed_anew {
        page.sentence(2, Style::Plain, words.listed_anew);
    }
    if report.is_signature_stale {
        page.sentence(2, Style::Warn, words.signature_stale);
    }
    warnings(page, &report.warnings);
    next(page, Some(&report.next));
}

/// Renders what came of a plugin's golden cases.
pub(super) fn tested(page: &mut Page, tested: &PluginTestReport) {
    let words = page.words;
    if tested.is_component_older {
        page.sentence(0, Style::Warn, words.component_older);
        page.gap();
    }
    if tested.report.cases.is_empty() && tested.report.problems.is_empty() {
        page.line(Style::Warn, words.no_plugin_cases);
    } else {
        rule::test(page, &tested.report);
    }
    let of = match &tested.workspace {
        Some(workspace) => fill(words.tested_with, &[workspace]),
        None => words.tested_alone.to_owned(),
    };
    page.sentence(0, Style::Faint, &of);
    next(page, tested.next.as_deref());
}

/// Renders what can be seen of a plugin.
pub(super) fn inspection(page: &mut Page, found: &PluginInspection) {
    let words = page.words;
    match &found.plugin {
        Some(plugin) => {
            page.pieces(0, &[(Style::Strong, &plugin.id), (Style::Plain, &plugin.version)]);
            described(page, plugin, found.workspace.is_some());
        }
        None => page.line(Style::Strong, &found.place),
    }
    if !found.reads.is_empty() {
        page.heading(words.reads_by_hook);
        let columns = [words.hook, words.needs_fields, words.optional_fields];
        let mut table = Table::new(vec![
            Column::left(columns[0]),
            Column::sentence(columns[1]),
            Column::sentence(columns[2]).optional(),
        ]);
        for reads in &found.reads {
            let list = |names: &[String]| names.join(words.between_names);
            table.row(vec![
                reads.hook.as_str().into(),
                list(&reads.needs).as_str().into(),
                list(&reads.optional).as_str().into(),
            ]);
        }
        page.table(2, &table);
    }
    if let Some(component) = &found.component {
        self::component(page, component);
    }
    if let Some(limits) = &found.limits {
        self::limits(page, limits);
    }
    if let Some(plugin) = &found.plugin {
        page.heading(words.plugin_files);
        file_table(page, &plugin.files);
    }
    warnings(page, &found.warnings);
    for problem in &found.problems {
        page.gap();
        page.sentence(0, Style::Bad, &format!("{}: {}", words.error, problem.message));
        page.sentence(2, Style::Faint, &format!("= {}", problem.hint));
    }
    next(page, found.next.as_deref());
}

fn component(page: &mut Page, component: &ComponentRow) {
    let words = page.words;
    page.heading(words.component);
    let list = |names: &[String]| match names {
        [] => words.nothing.to_owned(),
        names => names.join(words.between_names),
    };
    let reads = match &component.reads {
        Some(reads) => list(&reads.iter().map(|read| code_read(words, read)).collect::<Vec<String>>()),
        None => words.code_says_nothing.to_owned(),
    };
    page.pairs(
        2,
        vec![
            (words.size, bytes(component.bytes)),
            (words.modules, component.modules.to_string()),
            (words.contract, component.api.clone().unwrap_or_else(|| words.unknown.to_owned())),
            (words.exports, list(&component.exports)),
            (words.imports, list(&component.imports)),
            (words.code_reads, reads),
            ("sha256", component.digest.clone()),
        ],
    );
}

fn code_read(words: &Words, read: &CodeRead) -> String {
    let name = match read.kind.as_str() {
        "field" => format!("{}: {}", read.name, read.ty),
        "history" => fill(words.code_history, &[&read.name]),
        _ => fill(words.code_parameter, &[&read.name]),
    };
    if read.optional { format!("{name}?") } else { name }
}

fn limits(page: &mut Page, limits: &LimitRow) {
    let words = page.words;
    page.heading(if limits.heavy { words.limits_heavy } else { words.limits });
    page.pairs(
        2,
        vec![
            (words.limit_fuel, fill(words.per_record_and_batch, &[&count(limits.fuel), &count(limits.fuel_per_batch)])),
            (words.limit_time, fill(words.ms_per_record_and_batch, &[&limits.wall_ms_per_record, &limits.wall_ms])),
            (words.limit_memory, bytes(limits.memory_bytes)),
            (words.size, bytes(limits.component_bytes)),
            (words.limit_compile, fill(words.milliseconds, &[&count(limits.compile_ms)])),
            (words.limit_answer, fill(words.answer_per_record, &[&limits.reasons, &bytes(limits.output_bytes as u64)])),
            (words.limit_log, fill(words.per_record, &[&bytes(limits.log_bytes as u64)])),
        ],
    );
}

fn warnings(page: &mut Page, warnings: &[String]) {
    for warning in warnings {
        let text = fill(page.words.warning, &[warning]);
        page.sentence(0, Style::Warn, &text);
    }
}

/// Says which command comes next, if there is one.
pub(super) fn next(page: &mut Page, command: Option<&str>) {
    if let Some(command) = command {
        page.pieces(0, &[(Style::Faint, page.words.next), (Style::Plain, command)]);
    }
}

#[cfg(test)]
mod tests;
