//! A book with rules that the test wrote itself.

use std::sync::Arc;

use tierhook_model::{Day, Language, MoveCause};
use tierhook_server::api::{
    Answer, ApiError, Command, CustomerDetail, DimensionExplanation, Explanation, FollowUpChanged, FollowUpFilter,
    FollowUpRow, ImportReport, MappingFile, OverrideReport, RegradeReport, Request, Service, Until, WarningFilter,
    WarningOutcome, WarningRow,
};
use tierhook_server::{Host, Serving};

use super::{Workspace, ask, ask_with, take, try_ask};

const ORDERS: &str = r#"
kind = "orders"
source = "shop"
customer = "customer"
id = "id"
at = "day"
[line]
product = "product"
group = "product"
amount = "amount"
"#;

const CONTACTS: &str = r#"
kind = "interactions"
source = "shop"
customer = "customer"
id = "id"
at = "day"
what = "what"
"#;

const FEEDBACK: &str = r#"
kind = "feedback"
source = "shop"
customer = "customer"
id = "id"
at = "day"
what = "what"
complaint = "complaint"
score = "score"
"#;

/// A book on a fixed day, with rules that the test wrote itself. Customers are named by their ids.
pub(crate) struct Book {
    pub(crate) workspace: Workspace,
    host: Option<Arc<Host>>,
}

/// Writes one dimension as TOML. `settings` are further lines of it.
pub(crate) fn dimension(id: &str, settings: &str, classes: &[&str]) -> String {
    let classes: String = classes
        .iter()
        .map(|class| {
            format!("[[dimension.class]]\nid = \"{class}\"\nname = {{ en = \"class {class}\", zh = \"{class}级\" }}\n")
        })
        .collect();
    format!("[[dimension]]\nid = \"{id}\"\nname = {{ en = \"the {id}\", zh = \"{id}维度\" }}\n{settings}\n{classes}")
}

impl Book {
    /// Opens a book with these dimensions and files below `scripts`; all of them have to be fit.
    pub(crate) fn new(today: &str, dimensions: &[String], scripts: &[(&str, &str)]) -> Self {
        let workspace = Workspace::empty(today);
        workspace.write("scripts/dimensions.toml", &dimensions.join("\n"));
        for (file, text) in scripts {
            workspace.write(&format!("scripts/{file}"), text);
        }
        let book = Self { host: Some(workspace.open()), workspace };
        book.assert_sound();
        book.set_day(today);
        book
    }

    pub(crate) fn host(&self) -> &Host {
        self.host.as_deref().expect("the host is open but for the moment of a restart")
    }

    /// The host, to serve it.
    pub(crate) fn host_handle(&self) -> Arc<Host> {
        self.host.clone().expect("the host is open but for the moment of a restart")
    }

    /// Lets the host serve until what this returns is stopped.
    pub(crate) fn serve(&self) -> Serving {
        self.host.as_ref().expect("the host is open but for the moment of a restart").start_serving(None).unwrap()
    }

    /// Closes the host, lets the test change files, and opens it again.
    pub(crate) fn restart(&mut self, change: impl FnOnce(&Workspace)) {
        self.host = None;
        change(&self.workspace);
        self.host = Some(self.workspace.open());
        self.assert_sound();
    }

    fn assert_sound(&self) {
        assert_eq!(take!(self.ask(Command::Status), Status).problems, []);
    }

    pub(crate) fn ask(&self, command: Command) -> Answer {
        ask(self.host(), command)
    }

    pub(crate) fn try_ask(&self, command: Command) -> Result<Answer, ApiError> {
        try_ask(self.host(), command)
    }

    /// Asks in Chinese.
    pub(crate) fn ask_zh(&self, command: Command) -> Answer {
        let request = Request { language: Language::Zh, who: "测试".into(), command };
        self.host().run(request, None, &mut |_| {}).unwrap().answer
    }

    pub(crate) fn set_day(&self, today: &str) {
        self.ask(Command::ClockSet { day: day(today) });
    }

    pub(crate) fn advance(&self, days: u32) -> RegradeReport {
        take!(self.ask(Command::ClockAdvance { days }), Clock).regrade.unwrap()
    }

    pub(crate) fn evaluate(&self) -> RegradeReport {
        take!(self.ask(Command::Evaluate { customer: None }), Regrade)
    }

    fn import(&self, mapping: &str, heading: &str, rows: &str) -> ImportReport {
        let mapping = MappingFile { name: "test.toml".into(), text: mapping.to_owned() };
        let command = Command::Import {
            file: "rows.csv".into(),
            bytes: None,
            kind: None,
            mapping: Some(mapping),
            dry_run: false,
            amend: true,
            rejects: None,
        };
        let (answer, rejected) = ask_with(self.host(), command, format!("{heading}\n{rows}\n").as_bytes());
        assert_eq!(rejected, "");
        take!(answer, Import)
    }

    /// Takes orders in: `customer,id,day,product,amount`.
    pub(crate) fn orders(&self, rows: &str) -> ImportReport {
        self.import(ORDERS, "customer,id,day,product,amount", rows)
    }

    /// Takes contacts in: `customer,id,day,what`.
    pub(crate) fn contacts(&self, rows: &str) -> ImportReport {
        self.import(CONTACTS, "customer,id,day,what", rows)
    }

    /// Takes feedback in: `customer,id,day,what,complaint,score`.
    pub(crate) fn feedback(&self, rows: &str) -> ImportReport {
        self.import(FEEDBACK, "customer,id,day,what,complaint,score", rows)
    }

    pub(crate) fn show(&self, customer: &str) -> CustomerDetail {
        *take!(self.ask(Command::CustomersShow { customer: customer.into(), as_of: None }), Customer)
    }

    pub(crate) fn class(&self, customer: &str, dimension: &str) -> Option<String> {
        let classes = self.show(customer).classes.into_iter();
        classes.filter(|row| row.dimension.id == dimension).map(|row| row.class).next()
    }

    pub(crate) fn explain(&self, customer: &str) -> Explanation {
        let command = Command::Explain { customer: customer.into(), dimension: None, as_of: None };
        take!(self.ask(command), Explanation)
    }

    pub(crate) fn explain_dimension(&self, customer: &str, dimension: &str) -> DimensionExplanation {
        let found = self.explain(customer).dimensions.into_iter().find(|it| it.dimension.id == dimension);
        found.unwrap_or_else(|| panic!("{customer} was not decided on {dimension}"))
    }

    /// The decisions on a customer, newest first: day, cause, and what changed in words.
    pub(crate) fn history(&self, customer: &str) -> Vec<(String, MoveCause, Vec<String>)> {
        let rows = self.show(customer).history.into_iter();
        rows.map(|row| (row.day.to_string(), row.cause, row.changes.into_iter().map(|it| it.text).collect())).collect()
    }

    fn rows(&self, customer: &str, all: bool) -> Vec<FollowUpRow> {
        let filter = FollowUpFilter { customer: Some(customer.into()), all, limit: 1000, ..FollowUpFilter::default() };
        let mut rows = take!(self.ask(Command::FollowUpsList(filter)), FollowUps).rows;
        rows.sort_by_key(|row| row.id.number);
        rows
    }

    /// All follow-ups of a customer in order of their numbers, each as `number kind state due`; the why of withdrawn
    /// ones stands behind the state.
    pub(crate) fn follow_ups(&self, customer: &str) -> Vec<String> {
        let line = |row: FollowUpRow| {
            let why = row.state.detail.map_or_else(String::new, |why| format!("({why})"));
            format!("{} {} {}{why} {}", row.id.number, row.kind, row.state.code, row.due)
        };
        self.rows(customer, true).into_iter().map(line).collect()
    }

    /// The numbers of the follow-ups that a person has to do.
    pub(crate) fn to_do(&self, customer: &str) -> Vec<u32> {
        self.rows(customer, false).into_iter().map(|row| row.id.number).collect()
    }

    fn follow_up(&self, customer: &str, number: u32) -> FollowUpRow {
        let found = self.rows(customer, true).into_iter().find(|row| row.id.number == number);
        found.unwrap_or_else(|| panic!("{customer} has no follow-up {number}"))
    }

    pub(crate) fn done(&self, customer: &str, number: u32, contact: bool) -> Result<FollowUpChanged, ApiError> {
        let id = self.follow_up(customer, number).id;
        let answer = self.try_ask(Command::FollowUpsDone { id, contact, cause: None, note: Some("talked".into()) })?;
        Ok(take!(answer, FollowUp))
    }

    pub(crate) fn snooze(&self, customer: &str, number: u32, until: &str) -> Result<Answer, ApiError> {
        let id = self.follow_up(customer, number).id;
        let until = Until::Day(day(until));
        self.try_ask(Command::FollowUpsSnooze { id, until, note: None })
    }

    fn warning_rows(&self, customer: &str, all: bool) -> Vec<WarningRow> {
        let filter = WarningFilter { customer: Some(customer.into()), all, limit: 1000, ..WarningFilter::default() };
        let mut rows = take!(self.ask(Command::WarningsList(filter)), Warnings).rows;
        rows.sort_by_key(|row| row.id.number);
        rows
    }

    /// All warnings of a customer in order of their numbers, each as `number cause state`, with who or why.
    pub(crate) fn warnings(&self, customer: &str) -> Vec<String> {
        let line = |row: WarningRow| {
            let detail = row.state.detail.map_or_else(String::new, |detail| format!("({detail})"));
            format!("{} {} {}{detail}", row.id.number, row.cause, row.state.code)
        };
        self.warning_rows(customer, true).into_iter().map(line).collect()
    }

    /// How many warnings of a customer are listed without asking for all.
    pub(crate) fn in_danger(&self, customer: &str) -> usize {
        self.warning_rows(customer, false).len()
    }

    pub(crate) fn ack(&self, customer: &str, number: u32) -> Result<Answer, ApiError> {
        self.try_ask(Command::WarningsAck { id: self.warning(customer, number).id, note: None })
    }

    pub(crate) fn resolve(&self, customer: &str, number: u32, outcome: WarningOutcome) -> Result<Answer, ApiError> {
        self.try_ask(Command::WarningsResolve { id: self.warning(customer, number).id, outcome, note: None })
    }

    fn warning(&self, customer: &str, number: u32) -> WarningRow {
        let found = self.warning_rows(customer, true).into_iter().find(|row| row.id.number == number);
        found.unwrap_or_else(|| panic!("{customer} has no warning {number}"))
    }

    pub(crate) fn set_class(
        &self,
        customer: &str,
        dimension: &str,
        class: &str,
        until: Option<&str>,
    ) -> Result<OverrideReport, ApiError> {
        let answer = self.try_ask(Command::CustomersSetClass {
            customer: customer.into(),
            dimension: dimension.into(),
            class: class.into(),
            why: "an old friend".into(),
            until: until.map(|until| Until::Day(day(until))),
            review: None,
        })?;
        Ok(take!(answer, Override))
    }

    pub(crate) fn release_class(&self, customer: &str, dimension: &str) -> OverrideReport {
        let (customer, dimension) = (customer.into(), dimension.into());
        let command = Command::CustomersReleaseClass { customer, dimension, why: "no more".into() };
        take!(self.ask(command), Override)
    }
}

pub(crate) fn day(text: &str) -> Day {
    text.parse().unwrap()
}
