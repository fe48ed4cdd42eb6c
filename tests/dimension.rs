//! Dimensions that live: named otherwise, moved, added and removed, in the file and by command, without a customer who
//! loses a class.

use tierhook_model::{Combination, MoveCause};
use tierhook_server::api::{
    ApiError, Command, CustomerFilter, DimensionEdit, DimensionsEdited, ErrorCode, Look, NewClass, Spot,
};
use tierhook_server::{Host, HostOptions, restore};

use crate::support::book::{Book, dimension};
use crate::support::{ask, take, wait_for};

const TODAY: &str = "2026-03-02";
const FILE: &str = "scripts/dimensions.toml";

/// Grades by spending; what the classes are called is the operator's to say.
const GRADE: &str = r#"fn classify(customer, ctx) {
    let p = ctx.params;
    class("grade", if customer.net_revenue_total.or(0.0) >= 100.0 { p.best } else { p.rest })
}
fn follow_up(customer, ctx) {
    if customer.class.grade.or("unrated") == ctx.params.best { return plan("call").once(); }
}
"#;
const GRADE_TOML: &str = r#"
[parameters]
best = { value = "A", names = "class.grade" }
rest = { value = "C", names = "class.grade" }
"#;

fn grade(settings: &str) -> String {
    dimension("grade", settings, &["A", "B", "C"])
}

/// A book in which `wang` is an A by the rule, `li` a C by the rule, and `zhao` a B by a person's word.
fn book() -> Book {
    let book = Book::new(TODAY, &[grade("")], &[("spend.rhai", GRADE), ("spend.toml", GRADE_TOML)]);
    book.orders("wang,o1,2026-03-01,tea,500\nli,o2,2026-03-01,tea,5\nzhao,o3,2026-03-01,tea,5");
    book.set_class("zhao", "grade", "B", None).unwrap();
    book
}

fn edit(book: &Book, edit: DimensionEdit) -> Result<DimensionsEdited, ApiError> {
    Ok(take!(book.try_ask(Command::DimensionsEdit(edit))?, DimensionsEdited))
}

fn rename(dimension: &str, class: Option<&str>, id: &str) -> DimensionEdit {
    let (id, class) = (Some(id.to_owned()), class.map(str::to_owned));
    DimensionEdit::Change { dimension: dimension.to_owned(), class, id, look: Look::default() }
}

fn remove_class(class: &str, to: Option<&str>) -> DimensionEdit {
    DimensionEdit::RemoveClass { dimension: "grade".into(), class: class.into(), to: to.map(str::to_owned) }
}

/// Who is in which class on a dimension, since when, and by whose word.
fn standing(book: &Book, dimension: &str) -> String {
    let rows = ["wang", "li", "zhao"].map(|customer| {
        let command = Command::CustomersShow { customer: customer.into(), as_of: None };
        let classes = book.try_ask(command).map(|answer| take!(answer, Customer).classes).unwrap_or_default();
        let row = classes.into_iter().find(|row| row.dimension.id == dimension);
        row.map_or_else(String::new, |row| {
            format!(
                "{customer},{dimension},{},{},{}
",
                row.class,
                row.since,
                row.overridden.is_some()
            )
        })
    });
    rows.concat()
}

fn nothing_happened(edited: &DimensionsEdited) {
    if let Some(regrade) = &edited.regrade {
        assert_eq!(regrade.changed, 0, "{regrade:#?}");
        assert_eq!((regrade.follow_ups.opened, regrade.follow_ups.closed), (0, 0));
    }
}

#[test]
fn a_class_called_otherwise_keeps_its_customers() {
    let mut book = book();
    let (before, work) = (standing(&book, "grade"), book.follow_ups("wang"));
    assert!(before.contains("wang,grade,A") && before.contains("zhao,grade,B"), "{before}");
    // Nobody but the person names B: by command.
    nothing_happened(&edit(&book, rename("grade", Some("B"), "middle")).unwrap());
    assert_eq!(standing(&book, "grade"), before.replace(",grade,B", ",grade,middle"));
    let filter = CustomerFilter { classes: vec![("grade".into(), "B".into())], limit: 9, ..CustomerFilter::default() };
    let error = book.try_ask(Command::CustomersList(filter)).unwrap_err();
    assert_eq!(error.hint.as_deref(), Some("`B` is `middle` now"));
    // The rule names A, so both are saved together.
    book.restart(|workspace| {
        workspace.replace(FILE, "id = \"A\"", "id = \"key\"\nwas = [\"A\"]");
        workspace.write("scripts/spend.toml", &GRADE_TOML.replace("\"A\"", "\"key\""));
    });
    let after = before.replace(",grade,B", ",grade,middle").replace(",grade,A", ",grade,key");
    assert_eq!(standing(&book, "grade"), after);
    assert_eq!(book.follow_ups("wang"), work);
    assert_eq!(book.evaluate().changed, 0);
    // What happened then is told in the words of today, also about a past day.
    assert_eq!(book.history("wang")[0].2[0], "the grade: class A");
    assert_eq!(book.explain_dimension("wang", "grade").class, "key");
    book.advance(10);
    let as_of = Some(TODAY.parse().unwrap());
    let explain = Command::Explain { customer: "zhao".into(), dimension: Some("grade".into()), as_of };
    let then = take!(book.ask(explain), Explanation);
    assert_eq!(then.dimensions[0].class, "middle");
    // The word still holds, and ends as it was said to.
    let released = book.release_class("zhao", "grade");
    assert_eq!((released.before.as_deref(), released.class.as_str()), (Some("middle"), "C"));
}

#[test]
fn a_dimension_called_otherwise_keeps_its_customers() {
    let mut book = Book::new(
        TODAY,
        &[grade(""), dimension("taste", "", &["sweet", "sour"])],
        &[("spend.rhai", GRADE), ("spend.toml", GRADE_TOML)],
    );
    book.orders("wang,o1,2026-03-01,tea,500\nli,o2,2026-03-01,tea,5");
    book.set_class("wang", "taste", "sweet", None).unwrap();
    book.set_class("li", "grade", "B", None).unwrap();
    let before = standing(&book, "taste");
    nothing_happened(&edit(&book, rename("taste", None, "flavour")).unwrap());
    assert_eq!(standing(&book, "flavour"), before.replace(",taste,", ",flavour,"));
    let (before, work) = (standing(&book, "grade"), book.follow_ups("wang"));
    book.restart(|workspace| {
        workspace.replace(FILE, "id = \"grade\"", "id = \"rank\"\nwas = [\"grade\"]");
        let rule = GRADE.replace("class(\"grade\"", "class(\"rank\"").replace("class.grade", "class.rank");
        workspace.write("scripts/spend.rhai", &rule);
        workspace.write("scripts/spend.toml", &GRADE_TOML.replace("class.grade", "class.rank"));
    });
    assert_eq!(standing(&book, "rank"), before.replace(",grade,", ",rank,"));
    assert_eq!(book.follow_ups("wang"), work);
    // A word that was said under the old id ends under the new one.
    book.release_class("wang", "flavour");
    assert_eq!(book.class("wang", "flavour").as_deref(), Some("unrated"));
    book.set_class("li", "rank", "A", None).unwrap();
    assert_eq!(book.class("li", "rank").as_deref(), Some("A"));
    book.release_class("li", "rank");
    assert_eq!(book.class("li", "rank").as_deref(), Some("C"));
    book.restart(|_| {});
    assert_eq!(book.class("li", "rank").as_deref(), Some("C"));
    assert_eq!(book.evaluate().changed, 0);
}

#[test]
fn a_class_that_is_held_goes_only_with_somebody_to_take_it_over() {
    let book = book();
    let error = edit(&book, remove_class("B", None)).unwrap_err();
    assert_eq!(error.code, ErrorCode::Conflict);
    let told = "1 customer is in the class `B` of `grade`, 1 of them by a person's word, and it is gone";
    assert!(error.message.contains(told), "{error}");
    assert!(error.hint.unwrap().contains("--to CLASS"));
    assert!(std::fs::read_to_string(book.workspace.path().join(FILE)).unwrap().contains("id = \"B\""));

    let edited = edit(&book, remove_class("B", Some("A"))).unwrap();
    let regrade = edited.regrade.unwrap();
    let grade = regrade.dimensions.iter().find(|matrix| matrix.dimension.id == "grade").unwrap();
    assert_eq!((regrade.changed, grade.moved(), grade.count(Some("B"), "A")), (1, 1, 1));
    assert!(grade.classes.iter().any(|class| class.id == "B"), "who leaves a class that is no more is told");
    let (_, cause, changes) = book.history("zhao").remove(0);
    assert_eq!((cause, changes[0].as_str()), (MoveCause::Rules, "the grade: B -> class A"));
    // The person's word is one on the class that took over.
    let detail = book.show("zhao");
    assert_eq!(detail.classes[0].overridden.as_ref().map(|word| word.class.as_str()), Some("A"));
    book.release_class("zhao", "grade");
    assert_eq!(book.class("zhao", "grade").as_deref(), Some("C"));

    // Nobody holds it: it goes without a word.
    let class = NewClass { id: "D".into(), look: Look::default() };
    edit(&book, DimensionEdit::AddClass { dimension: "grade".into(), class, place: None }).unwrap();
    nothing_happened(&edit(&book, remove_class("D", None)).unwrap());
}

#[test]
fn a_dimension_that_is_held_goes_only_if_that_is_given_up() {
    let mut book = book();
    edit(
        &book,
        DimensionEdit::Add {
            dimension: "taste".into(),
            look: Look { name_en: Some("Taste".into()), ..Look::default() },
            combine: Combination::First,
            classes: ["sweet", "sour"].map(|id| NewClass { id: id.into(), look: Look::default() }).into(),
            place: Some(Spot::First),
        },
    )
    .unwrap();
    let order: Vec<String> =
        take!(book.ask(Command::DimensionsList), Dimensions).rows.into_iter().map(|row| row.dimension.id).collect();
    assert_eq!(order, ["taste", "grade"]);
    book.set_class("wang", "taste", "sweet", None).unwrap();
    let remove = |drop| DimensionEdit::Remove { dimension: "taste".into(), drop };
    let error = edit(&book, remove(false)).unwrap_err();
    assert!(error.message.contains("1 customer is classed on the dimension `taste`"), "{error}");
    assert!(error.hint.unwrap().contains("--drop"));
    let edited = edit(&book, remove(true)).unwrap();
    assert_eq!((edited.dimension, edited.order.len()), (None, 1));
    assert_eq!(standing(&book, "taste"), "");
    book.restart(|_| {});
    assert_eq!(book.show("wang").classes.len(), 1);
    // What the history says of it stays.
    assert!(book.history("wang").iter().any(|(_, _, changes)| changes[0].starts_with("taste: sweet")));
}

#[test]
fn what_rules_name_is_not_renamed_behind_their_back() {
    let book = book();
    let error = edit(&book, rename("grade", Some("C"), "rest")).unwrap_err();
    assert_eq!(error.code, ErrorCode::Conflict);
    let told = "scripts/dimensions.toml stays as it is: the rule `spend` does not work with it: scripts/spend.toml:4:1: \
                parameter `rest`: dimension `grade` has no class `C`; `C` is called `rest` now";
    assert_eq!(error.message, told);
    let error = edit(&book, rename("grade", None, "rank")).unwrap_err();
    assert!(error.message.contains("scripts/spend.toml:3:1: parameter `best`: there is no dimension"), "{error}");
    assert!(error.message.contains("`grade` is called `rank` now"), "{error}");
    let error = edit(&book, DimensionEdit::Remove { dimension: "grade".into(), drop: true }).unwrap_err();
    assert!(error.message.contains("the rule `spend` does not work with it"), "{error}");
    assert_eq!(book.try_ask(Command::Status).map(|answer| take!(answer, Status).problems).unwrap(), []);
    // So are golden cases, with their place.
    let case = "[[case]]\nname = \"a C\"\nday = \"2026-03-01\"\nstanding = { grade = \"B\" }\nexpect = { class = { grade = \"C\" } }\n";
    book.workspace.write("scripts/spend.cases.toml", case);
    let error = edit(&book, rename("grade", Some("B"), "middle")).unwrap_err();
    assert!(error.message.contains("spend.cases.toml:4:22: case `a C`: dimension `grade` has no class `B`"), "{error}");
}

/// In the file of a host that serves: a rename moves nobody, a class that is taken away is missed.
#[test]
fn the_file_of_a_serving_host_is_held_to_the_same() {
    let book = book();
    let host = book.host_handle();
    let serving = host.start_serving(None).unwrap();
    let before = standing(&book, "grade");
    let problems = || take!(ask(&host, Command::Status), Status).problems;
    book.workspace.replace(FILE, "id = \"B\"", "id = \"B2\"");
    let told = wait_for("the refusal", problems, |problems| !problems.is_empty());
    assert!(told[0].message.contains("1 customer is in the class `B` of `grade`"), "{told:?}");
    assert!(told[0].hint.as_ref().unwrap().contains("was = [\"B\"]"));
    assert_eq!(standing(&book, "grade"), before, "the version before goes on");
    book.workspace.replace(FILE, "id = \"B2\"", "id = \"B2\"\nwas = [\"B\"]");
    wait_for("the cure", problems, |problems| problems.is_empty());
    wait_for("the regrade", || standing(&book, "grade"), |now| *now == before.replace(",grade,B", ",grade,B2"));
    assert_eq!(book.history("zhao").len(), 2, "graded, and set by hand; no move besides");
    // By command while the host serves.
    let edited = edit(&book, rename("grade", Some("B2"), "B")).unwrap();
    nothing_happened(&edited);
    assert_eq!(standing(&book, "grade"), before);
    serving.stop();
}

#[test]
fn a_backup_of_before_reads_in_the_ids_of_today() {
    let book = book();
    let before = standing(&book, "grade");
    let file = book.workspace.path().join("book.backup");
    take!(book.ask(Command::Backup { file: file.display().to_string() }), Backup);
    edit(&book, rename("grade", Some("B"), "middle")).unwrap();
    let data = book.workspace.path().join("restored");
    restore(&file, &data, &data, &mut |_| {}).unwrap();
    let host = Host::open(HostOptions {
        workspace: book.workspace.path().to_owned(),
        data,
        settings: book.workspace.settings.clone(),
        now: book.workspace.now(),
    })
    .unwrap();
    let regrade = take!(ask(&host, Command::Evaluate { customer: None }), Regrade);
    assert_eq!(regrade.changed, 0);
    let show = Command::CustomersShow { customer: "zhao".into(), as_of: None };
    let class = take!(ask(&host, show), Customer).classes.remove(0);
    assert_eq!((class.class.as_str(), class.overridden.map(|word| word.class)), ("middle", Some("middle".into())));
    let doctor = take!(ask(&host, Command::Doctor { repair: false }), Doctor);
    assert!(doctor.is_sound(), "{doctor:?}");
    assert!(before.contains("zhao,grade,B"));
}
