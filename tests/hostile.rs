//! Hostile scripts and plugins: each is a file in `hostile/`, and has one test that puts it into a host with an honest rule
//! beside.
//!
//! Whatever it does, it is stopped and named, everybody else is graded, and nobody has to look for the fault.

mod guest;
mod load;
mod run;

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;

use tierhook_server::api::{Command, Explanation, ImportReport, MappingFile, ProblemRow, RuleRow, StatusReport};
use tierhook_server::{Host, Settings};

use crate::support::book::dimension;
use crate::support::{Workspace, ask, ask_with, classes, root, take};

const DAY: &str = "2026-03-02";

/// The customer at whom hostile scripts aim.
const VICTIM: &str = "mallory";
const OTHERS: [&str; 2] = ["li", "wang"];

const HONEST: &str = r#"
fn classify(customer, ctx) {
    class("grade", if customer.net_revenue_total.or(0.0) >= 100.0 { "A" } else { "B" })
}
"#;

/// A workspace with an honest rule and a hostile one.
struct Den {
    host: Option<Arc<Host>>,
    workspace: Workspace,
}

/// The text of a hostile script.
fn script(name: &str) -> String {
    let file = root().join("tests/hostile").join(format!("{name}.rhai"));
    fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

impl Den {
    /// Opens a host with a hostile script. Nothing here depends on how fast the machine is: there is time enough for
    /// all operations.
    fn new(text: &str) -> Self {
        Self::prepared(text, |settings| settings.limits.wall_ms = 600_000, |_| {})
    }

    /// The same with other settings, and with something done to the workspace before it is opened.
    fn prepared(text: &str, set: impl FnOnce(&mut Settings), prepare: impl FnOnce(&Workspace)) -> Self {
        Self::beside_honest(set, |workspace| {
            workspace.write("scripts/hostile.toml", "dimensions = [\"trap\"]\n");
            workspace.write("scripts/hostile.rhai", text);
            prepare(workspace);
        })
    }

    /// Opens a host with the honest script and whatever is put beside it.
    fn beside_honest(set: impl FnOnce(&mut Settings), prepare: impl FnOnce(&Workspace)) -> Self {
        let mut workspace = Workspace::empty(DAY);
        set(&mut workspace.settings);
        let dimensions = [dimension("grade", "", &["A", "B"]), dimension("trap", "", &["in", "out"])];
        workspace.write("scripts/dimensions.toml", &dimensions.join("\n"));
        workspace.write("scripts/honest.rhai", HONEST);
        prepare(&workspace);
        let host = Some(workspace.open());
        Self { host, workspace }
    }

    fn host(&self) -> &Host {
        self.host.as_deref().expect("the host is open but for the moment of a restart")
    }

    /// Closes the host, lets something happen to the workspace, and opens it again.
    fn restart(&mut self, change: impl FnOnce(&Workspace)) {
        self.host = None;
        change(&self.workspace);
        self.host = Some(self.workspace.open());
    }

    /// Takes one order of everybody in.
    fn orders(&self) -> ImportReport {
        self.orders_of("li,o1,2026-03-01,tea,10\nmallory,o2,2026-03-01,tea,500\nwang,o3,2026-03-01,tea,500\n")
    }

    /// Takes orders in: `customer,id,day,product,amount`.
    fn orders_of(&self, rows: &str) -> ImportReport {
        let text = "kind = \"orders\"\nsource = \"shop\"\ncustomer = \"customer\"\nid = \"id\"\nat = \"day\"\n\
                    [line]\nproduct = \"product\"\namount = \"amount\"\n";
        let command = Command::Import {
            file: "orders.csv".into(),
            bytes: None,
            kind: None,
            mapping: Some(MappingFile { name: "orders.toml".into(), text: text.into() }),
            dry_run: false,
            amend: false,
            rejects: None,
        };
        let rows = format!("customer,id,day,product,amount\n{rows}");
        take!(ask_with(self.host(), command, rows.as_bytes()).0, Import)
    }

    fn status(&self) -> StatusReport {
        *take!(ask(self.host(), Command::Status), Status)
    }

    /// What is wrong with the hostile rule. With nothing else anything may be fatally wrong.
    fn problems(&self) -> Vec<ProblemRow> {
        let (hostile, others): (Vec<_>, Vec<_>) =
            self.status().problems.into_iter().partition(|problem| problem.unit == "hostile");
        assert!(others.iter().all(|problem| !problem.fatal), "{others:#?}");
        hostile
    }

    fn rule(&self) -> RuleRow {
        let list = take!(ask(self.host(), Command::RulesList), Rules);
        list.rules.into_iter().find(|rule| rule.name == "hostile").expect("a hostile rule is listed, active or not")
    }

    fn explain(&self, customer: &str) -> Explanation {
        take!(
            ask(self.host(), Command::Explain { customer: customer.into(), dimension: None, as_of: None }),
            Explanation
        )
    }

    /// Checks that the honest rule has graded everybody, the victim too.
    fn assert_graded(&self) {
        let expected = [("li", "B"), (VICTIM, "A"), ("wang", "A")];
        let expected: BTreeMap<String, String> =
            expected.into_iter().map(|(id, class)| (id.to_owned(), class.to_owned())).collect();
        assert_eq!(classes(self.host(), "grade"), expected);
        for id in [VICTIM, OTHERS[0], OTHERS[1]] {
            let explained = self.explain(id);
            let honest = explained.rules.iter().find(|trace| trace.rule == "honest").expect("it decided");
            assert_eq!(honest.fault, None, "{id}");
        }
    }
}

/// A script that no test names would do its harm unseen.
#[test]
fn no_hostile_script_is_forgotten() {
    let folder = root().join("tests/hostile");
    let tests: String = ["load.rs", "run.rs"].map(|file| fs::read_to_string(folder.join(file)).unwrap()).concat();
    let mut scripts = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let Some(name) = name.strip_suffix(".rhai") else { continue };
        scripts += 1;
        assert!(tests.contains(&format!("\"{name}\"")), "no test names {name}.rhai");
    }
    assert!(scripts > 40, "{scripts} scripts were found");
}
