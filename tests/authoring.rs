//! The authoring reference holds: everything that `scripts/README.md` shows is put into a workspace and loaded.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use tierhook_engine::CaseSet;
use tierhook_server::api::{CheckReport, Command, FollowUpFilter, ProblemRow};

use crate::support::{Workspace, ask, classes, root, take};

const DAY: &str = "2026-03-02";

/// A fenced block: the language, and the file that the line before it names.
struct Block {
    language: String,
    file: Option<String>,
    text: String,
}

fn reference() -> String {
    fs::read_to_string(root().join("scripts/README.md")).unwrap()
}

/// The fenced blocks of the reference.
fn blocks() -> Vec<Block> {
    let text = reference();
    let mut blocks = Vec::new();
    let (mut before, mut open): (&str, Option<Block>) = ("", None);
    for line in text.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(block), None) => block.text.push_str(&format!("{line}\n")),
            (None, Some(language)) => {
                let file = before.strip_prefix("`scripts/").and_then(|rest| rest.strip_suffix("`:"));
                let file = file.map(|file| format!("scripts/{file}"));
                open = Some(Block { language: language.to_owned(), file, text: String::new() });
            }
            (None, None) if !line.trim().is_empty() => before = line,
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a fence is not closed");
    blocks
}

/// The rows of the table whose second column has a heading.
fn table(heading: &str) -> Vec<(String, String)> {
    let text = reference();
    let (_, rows) = text.split_once(&format!("| {heading} |\n")).unwrap_or_else(|| panic!("no table of {heading}"));
    let rows = rows.lines().skip(1).take_while(|line| line.starts_with('|'));
    rows.map(|row| {
        let row = row.trim_matches('|').replace("\\|", "\u{0}");
        let mut cells = row.split('|').map(|cell| cell.trim().replace('\u{0}', "|"));
        (cells.next().unwrap(), cells.next().unwrap())
    })
    .collect()
}

fn check(workspace: &Workspace) -> CheckReport {
    take!(ask(&workspace.open(), Command::RulesCheck), Check)
}

fn assert_fit(workspace: &Workspace) -> CheckReport {
    let report = check(workspace);
    assert_eq!(report.problems, []);
    report
}

#[test]
fn the_rules_that_are_shown_are_fit_and_their_cases_pass() {
    let workspace = Workspace::shipped(DAY);
    let before = assert_fit(&workspace);
    fs::create_dir(workspace.path().join("scripts/lib")).unwrap();
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    for block in blocks().into_iter().filter(|block| block.language == "rhai" || block.file.is_some()) {
        let file = block.file.unwrap_or_else(|| panic!("this script has no name before it:\n{}", block.text));
        files.entry(file).or_default().push_str(&block.text);
    }
    for (file, text) in &files {
        let known = fs::read_to_string(workspace.path().join(file)).unwrap_or_default();
        workspace.write(file, &format!("{known}\n{text}"));
    }
    let after = assert_fit(&workspace);
    let rules = files.keys().filter(|file| file.ends_with(".rhai") && !file.contains("/lib/")).count();
    assert!(rules >= 2, "{:?}", files.keys());
    assert_eq!(after.rules.len(), before.rules.len() + rules);
    assert!(after.cases_passed > before.cases_passed && after.dimensions > before.dimensions);
}

#[test]
fn what_an_operator_may_set_is_as_it_is_shown() {
    let workspace = Workspace::shipped(DAY);
    let blocks: Vec<Block> = blocks().into_iter().filter(|block| block.text.contains("[rules.")).collect();
    assert!(blocks.len() >= 3);
    for block in blocks {
        workspace.write("rules.toml", &block.text);
        assert_fit(&workspace);
    }
}

#[test]
fn every_file_that_is_shown_can_be_read() {
    let mut cases = 0;
    for block in blocks().into_iter().filter(|block| block.language == "toml") {
        let read = toml::from_str::<toml::Table>(&block.text);
        assert!(read.is_ok(), "{}{:?}", block.text, read);
        if block.text.contains("[[case]]") {
            let read = toml::from_str::<CaseSet>(&block.text);
            cases += read.unwrap_or_else(|error| panic!("{}{error}", block.text)).len();
        }
    }
    assert!(cases >= 3);
}

/// Each line of the tables of refusals, as a rule of its own: what is told is what the table says.
#[test]
fn what_is_refused_is_told_as_the_reference_says() {
    let mut workspace = Workspace::shipped(DAY);
    workspace.settings.limits.wall_ms = 600_000;
    let (scripts, manifests) = (table("what is told"), table("what is told of the manifest"));
    assert!(scripts.len() >= 20 && manifests.len() >= 5);
    for (at, (code, _)) in scripts.iter().enumerate() {
        let code = code.trim_matches('`');
        let is_whole = code.contains("fn ");
        let text = if is_whole { code.to_owned() } else { format!("fn classify(customer, ctx) {{ {code} }}") };
        workspace.write(&format!("scripts/script_{at}.rhai"), &text);
        workspace.write(&format!("scripts/script_{at}.toml"), "parameters = { from = 30 }\n");
    }
    for (at, (lines, _)) in manifests.iter().enumerate() {
        workspace.write(&format!("scripts/manifest_{at}.rhai"), "fn classify(customer, ctx) { }");
        workspace.write(&format!("scripts/manifest_{at}.toml"), &lines.replace("<br>", "\n").replace('`', ""));
    }
    let report = check(&workspace);
    let said = |unit: String| {
        let mine = |problem: &&ProblemRow| problem.unit == unit && problem.fatal;
        report.problems.iter().find(mine).map_or_else(String::new, |problem| {
            // On how many customers it was so is the sample's affair.
            let message = problem.message.split(" (on ").next().unwrap_or_default();
            let hint = problem.hint.as_ref().map_or_else(String::new, |hint| format!("; {hint}"));
            format!("{message}{hint}")
        })
    };
    let of = |kind: &'static str, rows: Vec<(String, String)>| {
        let rows = rows.into_iter().enumerate().map(|(at, (code, told))| (code, told, said(format!("{kind}_{at}"))));
        rows.filter(|(_, told, said)| told != said).collect::<Vec<_>>()
    };
    let wrong: Vec<_> = of("script", scripts).into_iter().chain(of("manifest", manifests)).collect();
    let rows: Vec<String> = wrong.iter().map(|(code, _, said)| format!("| {code} | {said} |")).collect();
    assert!(rows.is_empty(), "the tables should have these rows:\n{}", rows.join("\n"));
}

/// Care goes by the dimension that the operator names, as the reference shows it for levels.
#[test]
fn care_goes_by_another_dimension_than_the_grade() {
    let workspace = Workspace::shipped(DAY);
    let block = blocks().into_iter().find(|block| block.text.contains("dimension = \"level\"")).unwrap();
    workspace.write("rules.toml", &block.text);
    let host = workspace.open();
    take!(ask(&host, Command::Sample { customers: 150, seed: 1 }), Sample);
    let levels = classes(&host, "level");
    let filter = FollowUpFilter { limit: usize::MAX, ..FollowUpFilter::default() };
    let rows = take!(ask(&host, Command::FollowUpsList(filter)), FollowUps).rows;
    let mut seen: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in rows.into_iter().filter(|row| row.rule == "care_by_grade") {
        seen.entry(row.kind).or_default().insert(levels[&row.customer.id].clone());
    }
    let of = |kind: &str| seen.get(kind).map(|levels| levels.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(of("care-call"), Some(vec!["platinum"]));
    assert_eq!(of("care-promotion"), Some(vec!["gold", "silver"]));
    assert_eq!(of("care-reminder"), Some(vec!["standard"]));
    assert_eq!(of("welcome"), None);
}

/// Every limit stands in the reference with its default.
#[test]
fn all_limits_are_listed() {
    let limits = toml::Table::try_from(tierhook_hooks::Limits::default()).unwrap();
    let mut told: BTreeMap<String, String> = BTreeMap::new();
    let rows = reference();
    let (_, rows) = rows.split_once("| key | default | of |\n").unwrap();
    for row in rows.lines().skip(1).take_while(|row| row.starts_with('|')) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let names = cells[0].split([',', '+']).map(|name| name.trim().trim_matches('`').to_owned());
        told.extend(names.zip(cells[1].split([',', '+']).map(|value| value.trim().to_owned())));
    }
    // What a plugin may use up besides is in the reference of plugins.
    let of_scripts = limits.into_iter().filter(|(_, limit)| !limit.is_table());
    assert_eq!(told, of_scripts.map(|(name, limit)| (name, limit.to_string())).collect());
}

/// Salespeople read what the rules say in their own language, and every rule that comes with the program proves itself.
#[test]
fn the_rules_that_come_with_the_program_speak_both_languages_and_have_cases() {
    fn check(file: &str, at: &str, value: &toml::Value, checked: &mut u32) {
        match value {
            toml::Value::Table(table) => {
                if table.contains_key("en") || table.contains_key("zh") {
                    let is_said = |language: &str| {
                        table.get(language).and_then(|it| it.as_str()).is_some_and(|it| !it.is_empty())
                    };
                    assert!(is_said("en") && is_said("zh"), "{file}: {at} is not said in both languages");
                    *checked += 1;
                }
                table.iter().for_each(|(key, value)| check(file, &format!("{at}.{key}"), value, checked));
            }
            toml::Value::Array(items) => items.iter().for_each(|item| check(file, at, item, checked)),
            _ => {}
        }
    }
    let folder = root().join("scripts");
    let read = |name: &str| {
        let text = fs::read_to_string(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        text.parse::<toml::Table>().unwrap_or_else(|error| panic!("{name}: {error}"))
    };
    let mut rules = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        // A name that begins with `_` is a module's.
        let Some(rule) = name.strip_suffix(".rhai").filter(|rule| !rule.starts_with('_')) else { continue };
        let manifest = format!("{rule}.toml");
        let table = read(&manifest);
        let mut checked = 0;
        check(&manifest, "", &toml::Value::Table(table.clone()), &mut checked);
        assert!(table.contains_key("description"), "{manifest} does not say what the rule is for");
        for (name, parameter) in table.get("parameters").and_then(|it| it.as_table()).into_iter().flatten() {
            assert!(parameter.get("en").is_some(), "{manifest}: nothing says what `{name}` is");
        }
        assert!(checked > 1, "{manifest} has no texts");
        let cases = read(&format!("{rule}.cases.toml"));
        assert!(
            cases.values().any(|value| value.as_array().is_some_and(|cases| !cases.is_empty())),
            "{rule} has no cases"
        );
        rules += 1;
    }
    assert_eq!(rules, 28);
    let mut checked = 0;
    check("dimensions.toml", "", &toml::Value::Table(read("dimensions.toml")), &mut checked);
    assert!(checked > 40, "{checked}");
}
