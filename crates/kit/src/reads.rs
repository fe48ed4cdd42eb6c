//! What a plugin's code reads, compared with what its manifest says.

use std::collections::BTreeSet;

use tierhook_hooks::{HistoryKind, Hook, ParameterValue};
use tierhook_package::PluginManifest;
use wasmparser::{Parser, Payload};

/// The custom section that the SDK's derives write. A line for each thing that is read; `crates/sdk/derive/src/section.rs` writes it.
pub const READS_SECTION: &str = "tierhook:reads";

/// Something that a plugin's code reads.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Read {
    /// What it is.
    pub what: ReadKind,
    /// Its name.
    pub name: String,
    /// The type that it is read as: `text`, `integer`, ...
    pub ty: String,
    /// Whether the code can do without.
    pub optional: bool,
}

/// What is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReadKind {
    /// A field.
    Field,
    /// The facts of a kind.
    History,
    /// A parameter.
    Parameter,
}

/// How code and manifest differ.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Differences {
    /// What could not work: lines with what to do.
    pub errors: Vec<String>,
    /// What is asked for in vain.
    pub warnings: Vec<String>,
}

/// Returns what a component's code reads; `None` if it does not say, like one that was not made with the SDK.
pub fn reads(component: &[u8]) -> Option<Vec<Read>> {
    let sections = Parser::new(0).parse_all(component).filter_map(|payload| match payload {
        Ok(Payload::CustomSection(section)) if section.name() == READS_SECTION => Some(section.data().to_vec()),
        _ => None,
    });
    let sections: Vec<Vec<u8>> = sections.collect();
    if sections.is_empty() {
        return None;
    }
    let text = String::from_utf8_lossy(&sections.concat()).into_owned();
    let reads: BTreeSet<Read> = text.lines().filter_map(parse).collect();
    Some(reads.into_iter().collect())
}

fn parse(line: &str) -> Option<Read> {
    let mut parts = line.split('\t');
    let what = match parts.next()? {
        "field" => ReadKind::Field,
        "history" => ReadKind::History,
        "parameter" => ReadKind::Parameter,
        _ => return None,
    };
    let (name, ty) = (parts.next()?.to_owned(), parts.next()?.to_owned());
    Some(Read { what, name, ty, optional: parts.next()? == "optional" })
}

/// Compares what the code reads with what the manifest says.
pub fn compare(reads: &[Read], manifest: &PluginManifest) -> Differences {
    let mut found = Differences::default();
    let all: Vec<(Vec<&str>, Vec<&str>)> = Hook::ALL.iter().map(|hook| manifest.reads(*hook)).collect();
    let needed: BTreeSet<&str> = all.iter().flat_map(|(needed, _)| needed.iter().copied()).collect();
    let optional: BTreeSet<&str> = all.iter().flat_map(|(_, optional)| optional.iter().copied()).collect();
    let history: BTreeSet<&str> = manifest.plugin.history.keys().map(|kind: &HistoryKind| kind.name()).collect();
    let parameters = parameter_names(manifest);
    let read = |what: ReadKind| reads.iter().filter(move |read| read.what == what);

    for Read { name, optional: may_miss, .. } in read(ReadKind::Field) {
        if needed.contains(name.as_str()) {
            continue;
        }
        if !optional.contains(name.as_str()) {
            found.errors.push(format!("the code reads `{name}`; add it to `reads` in plugin.toml"));
        } else if !may_miss {
            found.errors.push(format!(
                "`{name}` is optional in plugin.toml and needed by the code; read it as an `Option`, or move it to `reads`"
            ));
        }
    }
    for Read { name, .. } in read(ReadKind::History).filter(|read| !history.contains(read.name.as_str())) {
        found.errors.push(format!("the code reads `{name}`; add `{name} = 100` to [plugin.history] in plugin.toml"));
    }
    for Read { name, ty, .. } in read(ReadKind::Parameter) {
        let table = format!("{name}.");
        let known = parameters.iter().any(|known| known == name || ty == "table" && known.starts_with(&table));
        if !known {
            found.errors.push(format!("the code reads the parameter `{name}`; add it to [parameters] in plugin.toml"));
        }
    }

    let names = |what: ReadKind| read(what).map(|read| read.name.as_str()).collect::<BTreeSet<&str>>();
    let (fields, kinds, used) = (names(ReadKind::Field), names(ReadKind::History), names(ReadKind::Parameter));
    for name in needed.union(&optional).filter(|name| !fields.contains(*name)) {
        found.warnings.push(format!("plugin.toml asks for `{name}`, which the code never reads"));
    }
    for name in history.difference(&kinds) {
        found.warnings.push(format!("plugin.toml asks for the history of `{name}`, which the code never reads"));
    }
    for name in &parameters {
        let table = name.split_once('.').map_or("", |(table, _)| table);
        if !used.contains(name.as_str()) && !used.contains(table) {
            found.warnings.push(format!("the parameter `{name}` is never read"));
        }
    }
    found
}

/// The parameters as a plugin gets them: a value in a table under the table's name and its own.
fn parameter_names(manifest: &PluginManifest) -> Vec<String> {
    let names = manifest.rule.parameters.iter().flat_map(|(name, parameter)| match parameter.value() {
        ParameterValue::Table(table) => table.keys().map(|key| format!("{name}.{key}")).collect(),
        _ => vec![name.clone()],
    });
    names.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = r#"
reads = ["orders_total", "unused"]

[parameters]
days = { value = { A = 30, B = 90 } }
never = 1

[plugin]
id = "p"
version = "1"
serial = 1
api = "0.1.0"
optional = ["industry", "region"]

[plugin.history]
orders = 10
"#;

    fn read(lines: &str) -> Vec<Read> {
        lines.lines().filter_map(|line| parse(&line.replace(' ', "\t"))).collect()
    }

    #[test]
    fn what_agrees_is_not_mentioned() {
        let mut manifest = PluginManifest::parse(MANIFEST).unwrap();
        manifest.rule.reads.pop();
        manifest.rule.parameters.remove("never");
        let reads = read(
            "field orders_total integer needed\nfield industry text optional\nfield region text optional\n\
             history orders - needed\nparameter days table needed",
        );
        assert_eq!(reads.len(), 5);
        assert_eq!(compare(&reads, &manifest), Differences::default());
    }

    #[test]
    fn what_only_one_of_them_says_is_told() {
        let manifest = PluginManifest::parse(MANIFEST).unwrap();
        let reads = read(
            "field orders_totl integer needed\nfield industry text needed\nhistory lines - needed\n\
             parameter from decimal needed",
        );
        let found = compare(&reads, &manifest);
        assert_eq!(
            found.errors,
            [
                "the code reads `orders_totl`; add it to `reads` in plugin.toml",
                "`industry` is optional in plugin.toml and needed by the code; read it as an `Option`, or move it to `reads`",
                "the code reads `lines`; add `lines = 100` to [plugin.history] in plugin.toml",
                "the code reads the parameter `from`; add it to [parameters] in plugin.toml",
            ]
        );
        assert_eq!(found.warnings.len(), 7, "{:?}", found.warnings);
    }
}
