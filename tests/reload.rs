//! Hot reload: what is saved while a host serves, and what a restart finds.

mod exchange;
mod plugin;
mod refusal;
#[cfg(target_os = "linux")]
mod replacement;
mod restart;
mod saving;
mod storm;
mod swap;

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;

use tierhook_server::api::{
    Command, CustomerDetail, ExportFormat, ExportKind, FollowUpFilter, FollowUpRow, RuleList, RuleRow, StatusReport,
};
use tierhook_server::{Host, Serving};

use crate::support::{Workspace, ask, ask_with, classes, take, wait_for};

const DAY: &str = "2026-03-02";

/// A rule without golden cases, so that nothing but the checks and the rehearsal stands before it. It reads what
/// a book with orders knows of everybody, and is first rehearsed before there are any.
const REACH: &str = r#"fn classify(customer, ctx) {
    if customer.orders_total > 0 { return class("reach", "near"); }
    class("reach", "far")
}

fn follow_up(customer, ctx) {
    plan("hello").once().channel("call")
}
"#;

const REACH_DIMENSION: &str = r#"
[[dimension]]
id = "reach"
name = { en = "Reach", zh = "触达" }
[[dimension.class]]
id = "near"
name = { en = "Near", zh = "近" }
[[dimension.class]]
id = "far"
name = { en = "Far", zh = "远" }
"#;

/// A host that serves a made-up company. What serves ends before the workspace goes.
struct Live {
    serving: Option<Serving>,
    host: Arc<Host>,
    workspace: Workspace,
}

impl Live {
    /// Serves a workspace with so many customers. Rules have more than time enough: a machine that stands still for a
    /// moment makes no fault.
    fn start(mut workspace: Workspace, customers: usize) -> Self {
        workspace.settings.limits.wall_ms = 600_000;
        let host = workspace.open();
        let sample = take!(ask(&host, Command::Sample { customers, seed: 1 }), Sample);
        assert_eq!((sample.filled, sample.customers), (true, customers as u64));
        let serving = Some(host.start_serving(None).unwrap());
        let live = Self { serving, host, workspace };
        assert_eq!(live.status().problems, []);
        live
    }

    /// Serves the shipped rules with 60 customers.
    fn shipped() -> Self {
        Self::start(Workspace::shipped(DAY), 60)
    }

    /// Serves the shipped rules and [`REACH`] with 60 customers.
    fn with_reach() -> Self {
        let workspace = Workspace::shipped(DAY);
        add_dimensions(&workspace, REACH_DIMENSION);
        workspace.write("scripts/reach.rhai", REACH);
        Self::start(workspace, 60)
    }

    /// Ends the host, lets something happen to the workspace, and opens it again without serving.
    fn restart(mut self, meanwhile: impl FnOnce(&Workspace)) -> Self {
        self.serving.take().unwrap().stop();
        drop(self.host);
        meanwhile(&self.workspace);
        let host = self.workspace.open();
        Self { serving: None, host, workspace: self.workspace }
    }

    fn status(&self) -> StatusReport {
        *take!(ask(&self.host, Command::Status), Status)
    }

    /// Waits until the status is as wanted. Nothing that is asked of a host that serves grades the book.
    fn until(&self, what: &str, wanted: impl Fn(&StatusReport) -> bool) -> StatusReport {
        wait_for(what, || self.status(), wanted)
    }

    /// Waits until every customer has the class that `expected` tells from the id and the class before.
    fn until_classes(
        &self,
        dimension: &str,
        before: &BTreeMap<String, String>,
        expected: impl for<'a> Fn(&'a str, &'a str) -> &'a str,
    ) {
        let is_so = |(id, class): (&String, &String)| class == expected(id, &before[id]);
        let now = wait_for("the regrade", || classes(&self.host, dimension), |now| now.iter().all(is_so));
        assert_eq!(now.len(), before.len());
        assert_ne!(now, *before, "somebody has to move, or nothing was waited for");
    }

    fn rules(&self) -> RuleList {
        take!(ask(&self.host, Command::RulesList), Rules)
    }

    fn rule(&self, name: &str) -> RuleRow {
        let found = self.rules().rules.into_iter().find(|rule| rule.name == name);
        found.unwrap_or_else(|| panic!("there is no rule {name}"))
    }

    fn export(&self, what: ExportKind, fields: &[&str]) -> String {
        let fields = fields.iter().map(|field| (*field).to_owned()).collect();
        ask_with(&self.host, Command::Export { what, fields, as_of: None, format: ExportFormat::Csv, file: None }, &[])
            .1
    }

    /// Every class of every customer, and since when.
    fn assignments(&self) -> String {
        self.export(ExportKind::Assignments, &[])
    }

    /// A whole number for each customer; `None` is missing.
    fn numbers(&self, field: &str) -> BTreeMap<String, Option<i64>> {
        let written = self.export(ExportKind::Customers, &["id", field]);
        let rows = written.lines().skip(1).map(|line| line.split_once(',').unwrap());
        rows.map(|(id, value)| (id.to_owned(), value.parse().ok())).collect()
    }

    fn customer(&self, id: &str) -> CustomerDetail {
        *take!(ask(&self.host, Command::CustomersShow { customer: id.to_owned(), as_of: None }), Customer)
    }

    /// How many decisions were kept for each customer.
    fn histories(&self) -> BTreeMap<String, usize> {
        let ids = self.numbers("orders_total").into_keys();
        ids.map(|id| (id.clone(), self.customer(&id).history.len())).collect()
    }

    /// All follow-ups that a rule ever wanted, closed ones among them.
    fn follow_ups(&self, rule: &str) -> Vec<FollowUpRow> {
        let filter = FollowUpFilter { all: true, limit: usize::MAX, ..FollowUpFilter::default() };
        let list = take!(ask(&self.host, Command::FollowUpsList(filter)), FollowUps);
        list.rows.into_iter().filter(|row| row.rule == rule).collect()
    }
}

fn add_dimensions(workspace: &Workspace, text: &str) {
    let file = "scripts/dimensions.toml";
    let before = fs::read_to_string(workspace.path().join(file)).unwrap();
    workspace.write(file, &format!("{before}{text}"));
}
