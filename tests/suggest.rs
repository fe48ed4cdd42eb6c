//! Suggested values of parameters, from a book's own quantiles.

use std::fs;

use tierhook_model::{ClockMode, Language};
use tierhook_server::api::{Command, ErrorCode, Request, Service as _, SuggestReport, SuggestRow};

use crate::support::book::{Book, dimension};
use crate::support::take;

const SCRIPT: &str = r#"
fn classify(customer, ctx) {
    if customer.orders_total.or(0) < ctx.params.orders_least { return class("grade", "new"); }
    score("grade").group("spend", 10, scaled(customer.net_revenue_total, 0.0, ctx.params.full))
        .band("A", ctx.params.a_from).band("B", ctx.params.b_from).band("C", 0.0)
}
"#;

const MANIFEST: &str = r#"
[parameters]
full = { value = 1.0, min = 0.01, suggest = { field = "net_revenue_total", top = 0.05 }, en = "all points", zh = "满分" }
a_from = { value = 0.9, min = 0.01, suggest = { score = "grade", top = 0.1 } }
b_from = { value = 0.5, min = 0.01, suggest = { score = "grade", top = 0.4 } }
orders_least = { value = 1, min = 0, suggest = { field = "measure.none", top = 0.1 } }
"#;

const RULES: &str = "# ours\n[rules.grade.parameters]\n# by the board\na_from = 0.8 # for now\n";

fn book() -> Book {
    let fields = "[[measure]]\nname = \"none\"\ntype = \"decimal\"\n";
    let grade = dimension("grade", "", &["A", "B", "C", "new"]);
    let files = [("grade.rhai", SCRIPT), ("grade.toml", MANIFEST), ("fields.toml", fields)];
    let mut book = Book::new("2026-03-01", &[grade], &files);
    book.restart(|workspace| workspace.write("rules.toml", RULES));
    let rows: Vec<String> = (1..=100).map(|at| format!("C{at},o{at},2026-02-01,tea,{}", at * 10)).collect();
    book.orders(&rows.join("\n"));
    book
}

fn suggest(book: &Book, write: bool) -> SuggestReport {
    take!(book.ask(Command::RulesSuggest { by: None, write }), Suggest)
}

fn row<'a>(report: &'a SuggestReport, parameter: &str) -> &'a SuggestRow {
    report.rows.iter().find(|row| row.parameter == parameter).unwrap()
}

fn rules(book: &Book) -> String {
    fs::read_to_string(book.workspace.path().join("rules.toml")).unwrap()
}

/// The customers in each class, now and then.
fn classes(report: &SuggestReport) -> Vec<(&str, u64, u64)> {
    report.dimensions[0].classes.iter().map(|class| (class.class.id.as_str(), class.now, class.then)).collect()
}

#[test]
fn values_come_from_the_book_and_are_written_among_the_operators_own() {
    let mut book = book();
    let report = suggest(&book, false);
    assert!(!report.written && rules(&book) == RULES);
    let full = row(&report, "full");
    assert_eq!((full.current, full.current_share, full.known), (1.0, 1.0, 100));
    assert_eq!((full.suggested, full.suggested_share), (Some(960.0), Some(0.05)));
    assert_eq!(full.description, "all points");
    // Points are looked at with the other suggestion in force; as things stand everybody has all of them.
    let a = row(&report, "a_from");
    assert_eq!((a.current, a.current_share, a.suggested_share), (0.8, 1.0, Some(0.1)));
    assert_eq!(a.measure, "points for the grade");
    // Nobody has such a measure, so there is nothing to go by.
    assert_eq!((row(&report, "orders_least").suggested, row(&report, "orders_least").known), (None, 0));
    assert_eq!(classes(&report), [("A", 100, 10), ("B", 0, 30), ("C", 0, 60)]);

    let written = suggest(&book, true);
    assert!(written.written && written.rows == report.rows);
    let text = rules(&book);
    assert!(text.starts_with("# ours\n[rules.grade.parameters]\n# by the board\na_from = 0."), "{text}");
    assert!(text.contains(" # for now\n") && text.contains("full = 960.0"), "{text}");
    assert!(!text.contains("orders_least"), "{text}");

    // What was foreseen is what comes.
    book.restart(|_| {});
    let again = suggest(&book, true);
    assert!(!again.written && again.rows.iter().all(|row| !row.is_change()), "{:?}", again.rows);
    assert_eq!(classes(&again), [("A", 10, 10), ("B", 30, 30), ("C", 60, 60)]);
    assert_eq!(rules(&book), text);
    let graded = (1..=100).filter(|at| book.class(&format!("C{at}"), "grade").as_deref() == Some("A")).count();
    assert_eq!(graded, 10);
}

/// Of a book in which most have the same points, A and B were both to begin at that many, and all was refused as rules
/// that are not fit.
#[test]
fn bands_that_would_be_no_steps_stay_as_they_are() {
    let grade = dimension("grade", "", &["A", "B", "C", "new"]);
    let fields = "[[measure]]\nname = \"none\"\ntype = \"decimal\"\n";
    let manifest = MANIFEST.replace("full = { value = 1.0", "full = { value = 10.0");
    let files = [("grade.rhai", SCRIPT), ("grade.toml", manifest.as_str()), ("fields.toml", fields)];
    let book = Book::new("2026-03-01", &[grade], &files);
    let amount = |at: i32| if at <= 50 { 100 } else { 1 };
    let rows: Vec<String> = (1..=100).map(|at| format!("C{at},o{at},2026-02-01,tea,{}", amount(at))).collect();
    book.orders(&rows.join("\n"));
    let report = suggest(&book, true);
    assert_eq!((row(&report, "a_from").suggested, row(&report, "b_from").suggested), (None, None));
    assert_eq!(row(&report, "full").suggested, Some(100.0));
    assert!(report.written);
    assert_eq!(classes(&report), [("A", 50, 50), ("C", 50, 50)]);
}

#[test]
fn rules_that_are_not_fit_are_not_tuned() {
    let book = book();
    book.workspace.write("scripts/grade.rhai", "fn classify(customer, ctx) { customer.nothing }");
    let error = book.try_ask(Command::RulesSuggest { by: None, write: true }).unwrap_err();
    assert_eq!(error.code, ErrorCode::Unfit);
    assert!(error.message.contains("scripts/grade.rhai") && error.hint.unwrap().contains("rules check"));
    assert_eq!(rules(&book), RULES);
}

#[test]
fn a_handful_of_customers_suggests_nothing() {
    let mut book = Book::new("2026-03-01", &[dimension("grade", "", &["A", "B", "C", "new"])], &[]);
    book.restart(|workspace| {
        workspace.write("scripts/grade.rhai", SCRIPT);
        let manifest: Vec<&str> = MANIFEST.lines().filter(|line| !line.contains("measure.none")).collect();
        workspace.write("scripts/grade.toml", &(manifest.join("\n") + "\norders_least = 1\n"));
    });
    book.orders("C1,o1,2026-02-01,tea,10\nC2,o2,2026-02-02,tea,20");
    let report = suggest(&book, true);
    assert_eq!((report.customers, report.written), (2, false));
    assert!(report.rows.len() == 3 && report.rows.iter().all(|row| row.suggested.is_none()));
}

/// The clock of a new book stands on the computer's day and never goes back by itself: an old list into a book that
/// follows its newest fact once left everybody silent for years.
#[test]
fn the_first_list_sets_a_clock_that_follows_the_last_fact() {
    let mut book = Book::new("2026-03-01", &[dimension("grade", "", &["A"])], &[]);
    book.ask(Command::ClockFollow { mode: ClockMode::LastFact });
    book.orders("C1,o1,1998-06-30,tea,10");
    book.restart(|_| {});
    assert_eq!(take!(book.ask(Command::ClockShow), Clock).day, "1998-06-30".parse().unwrap());
}

/// Of the imports only the first into an empty book set such a clock: after a list of people, or when all was taken back, orders
/// of long ago left everybody silent.
#[test]
fn a_list_that_has_the_first_facts_sets_the_clock_whatever_came_before() {
    let book = Book::new("2026-03-01", &[dimension("grade", "", &["A"])], &[]);
    book.ask(Command::ClockFollow { mode: ClockMode::LastFact });
    let day = || take!(book.ask(Command::ClockShow), Clock).day.to_string();
    book.ask(Command::CustomersAdd { id: "wang".into(), set: vec![], tags: vec![], owner: None });
    let reply = |command: Command| {
        let request = Request { language: Language::En, who: "tester".into(), command };
        book.host().run(request, None, &mut |_| {}).unwrap()
    };
    assert_eq!((day(), reply(Command::ImportList).book.awaits_first_fact), ("2026-03-01".into(), true));
    let import = book.orders("C1,o1,1998-06-30,tea,10").import.unwrap();
    assert_eq!((day(), reply(Command::ImportList).book.awaits_first_fact), ("1998-06-30".into(), false));
    book.ask(Command::ImportRevert { import, dry_run: false });
    assert_eq!(day(), "2026-03-01", "there is no fact again");
    book.orders("C1,o1,1997-06-30,tea,10");
    assert_eq!(day(), "1997-06-30");
}

const TRADE: &str = r#"
fn classify(customer, ctx) { class("trade", if customer.largest_order.or(0) >= 1000 { "wholesale" } else { "retail" }) }
"#;

/// A book of sixty who buy for the house and forty who buy a hundred times as much.
fn mixed() -> Book {
    let dimensions =
        [dimension("grade", "", &["A", "B", "C", "new"]), dimension("trade", "", &["wholesale", "retail"])];
    let manifest: Vec<&str> = MANIFEST.lines().filter(|line| !line.contains("measure.none")).collect();
    let manifest = format!("segments = [\"trade\"]\n{}\norders_least = 1\n", manifest.join("\n"));
    let files = [("grade.rhai", SCRIPT), ("grade.toml", manifest.as_str()), ("trade.rhai", TRADE)];
    let book = Book::new("2026-03-01", &dimensions, &files);
    let retail = (1..=60).map(|at| format!("R{at},r{at},2026-02-01,tea,{}", 100 + at));
    let wholesale = (1..=40).map(|at| format!("W{at},w{at},2026-02-01,tea,{}", 10_000 + at * 100));
    book.orders(&retail.chain(wholesale).collect::<Vec<_>>().join("\n"));
    book
}

/// How many of those whose id begins with a letter are in a class.
fn graded(book: &Book, letter: char, count: u32, class: &str) -> usize {
    (1..=count).filter(|at| book.class(&format!("{letter}{at}"), "grade").as_deref() == Some(class)).count()
}

#[test]
fn wholesale_and_retail_are_graded_each_among_its_own_kind() {
    let mut book = mixed();
    // Together a tenth are an A, and all of these are wholesale; that is when it is advised to tell them apart.
    let together = suggest(&book, false);
    assert_eq!(together.advice.len(), 1, "{:?}", together.advice);
    assert!(together.advice[0].contains("`tierhook rules suggest --by trade`"), "{:?}", together.advice);

    let command = |write| Command::RulesSuggest { by: Some("trade".to_owned()), write };
    let report = take!(book.ask(command(true)), Suggest);
    assert!(report.written && report.advice.is_empty());
    let of = |segment: Option<&str>, parameter: &str| {
        let is_it = |row: &&SuggestRow| {
            row.segment.as_ref().map(|class| class.id.as_str()) == segment && row.parameter == parameter
        };
        report.rows.iter().find(is_it).unwrap().clone()
    };
    assert!(
        of(Some("wholesale"), "full").suggested > Some(10_000.0) && of(Some("retail"), "full").suggested < Some(200.0)
    );
    assert_eq!(
        (of(Some("wholesale"), "a_from").known, of(Some("retail"), "a_from").known, of(None, "a_from").known),
        (40, 60, 100)
    );
    let text = rules(&book);
    assert!(text.contains("segment_by = \"trade\""), "{text}");
    assert!(
        text.contains("[rules.grade.segments.wholesale]") && text.contains("[rules.grade.segments.retail]"),
        "{text}"
    );

    book.restart(|_| {});
    assert_eq!((graded(&book, 'W', 40, "A"), graded(&book, 'W', 40, "B")), (4, 12));
    // A round number may miss by a twentieth.
    assert_eq!((graded(&book, 'R', 60, "A"), graded(&book, 'R', 60, "B")), (6, 19));
    let forecast = report.dimensions.iter().find(|it| it.segment.as_ref().is_some_and(|class| class.id == "retail"));
    assert_eq!(forecast.unwrap().classes.iter().map(|class| class.then).collect::<Vec<_>>(), [6, 19, 35]);
    let reads = book.explain("W1").rules.into_iter().find(|rule| rule.rule == "grade").unwrap().read;
    assert!(reads.iter().any(|read| read.field == "class.trade"), "{reads:?}");

    // Without being asked for again they stay apart, and there is nothing left to say.
    let again = suggest(&book, true);
    assert!(!again.written && again.advice.is_empty() && again.rows.iter().any(|row| row.segment.is_some()));
    assert_eq!(rules(&book), text);
}

#[test]
fn segments_are_those_of_the_values_that_are_suggested() {
    let dimensions =
        [dimension("grade", "", &["A", "B", "C", "new"]), dimension("trade", "", &["wholesale", "retail"])];
    let manifest: Vec<&str> = MANIFEST.lines().filter(|line| !line.contains("measure.none")).collect();
    let manifest = format!("segments = [\"trade\"]\n{}\norders_least = 1\n", manifest.join("\n"));
    // As it stands a third is wholesale; it should be two fifths.
    let trade = TRADE.replace(">= 1000", ">= ctx.params.from");
    let from =
        "[parameters]\nfrom = { value = 10700.0, min = 0.0, suggest = { field = \"largest_order\", top = 0.4 } }\n";
    let files = [("grade.rhai", SCRIPT), ("grade.toml", &manifest), ("trade.rhai", &trade), ("trade.toml", from)];
    let book = Book::new("2026-03-01", &dimensions, &files);
    book.orders(
        &(1..=100).map(|at| format!("C{at},c{at},2026-02-01,tea,{}", 5_000 + at * 90)).collect::<Vec<_>>().join("\n"),
    );
    let by_trade = |write| take!(book.ask(Command::RulesSuggest { by: Some("trade".to_owned()), write }), Suggest);
    let report = by_trade(true);
    let known = |report: &SuggestReport, segment: &str| {
        let of =
            |row: &&SuggestRow| row.segment.as_ref().is_some_and(|it| it.id == segment) && row.parameter == "a_from";
        report.rows.iter().find(of).unwrap().known
    };
    // A round number misses by one.
    assert_eq!((known(&report, "wholesale"), known(&report, "retail")), (41, 59));
    let forecast = report.dimensions.iter().find(|it| it.segment.as_ref().is_some_and(|class| class.id == "wholesale"));
    assert_eq!(forecast.unwrap().classes[0].then, 4, "a tenth of them is an A");
    let again = by_trade(true);
    assert!(!again.written, "{:?}", again.rows);
}

#[test]
fn a_dimension_by_which_nothing_can_be_set_apart_is_refused() {
    let book = mixed();
    let by = |dimension: &str| {
        book.try_ask(Command::RulesSuggest { by: Some(dimension.to_owned()), write: true }).unwrap_err()
    };
    assert!(by("size").message.contains("there is no dimension `size`"));
    let error = by("grade");
    assert!(error.message.contains("set apart by `grade`") && error.hint.unwrap().contains("segments = [\"grade\"]"));
}
