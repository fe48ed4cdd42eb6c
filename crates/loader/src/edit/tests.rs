use super::*;
use crate::vocabulary::parse_dimensions;

const FILE: &str = r##"# What we classify by.

# How much of our time.
[[dimension]]
id = "grade" # never shown
name = { en = "Grade", zh = "等级" }
colour = "#b45309"
combine = "points"
bands = [{ class = "A", from = 0.6 }, { class = "B", from = 0.3 }, { class = "C", from = 0.0 }]

# The best.
[[dimension.class]]
id = "A"
name = { en = "Key", zh = "重点" }

[[dimension.class]]
id = "B"
name = { en = "Middle", zh = "中等" } # for now

[[dimension.class]]
id = "C"
name = { en = "Other", zh = "普通" }

# Where they come from.
[[dimension]]
id = "source"
name = { en = "Source" }

[[dimension.class]]
id = "online"
name = { en = "Online" }
"##;

fn edit(text: &str, edit: &DimensionEdit) -> String {
    let edited = edit_dimensions(text, edit).unwrap();
    parse_dimensions("dimensions.toml", edited.as_bytes()).unwrap_or_else(|fault| panic!("{fault}\n{edited}"));
    edited
}

fn refused(edit: &DimensionEdit) -> String {
    edit_dimensions(FILE, edit).unwrap_err().to_string()
}

/// The lines that an edit takes away (`-`) and adds (`+`), each where it stands.
fn difference(before: &str, after: &str) -> Vec<String> {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let gone = old.iter().filter(|line| !new.contains(line)).map(|line| format!("-{line}"));
    gone.chain(new.iter().filter(|line| !old.contains(line)).map(|line| format!("+{line}"))).collect()
}

fn change(dimension: &str, class: Option<&str>, id: Option<&str>, look: Look) -> DimensionEdit {
    let owned = |text: Option<&str>| text.map(str::to_owned);
    DimensionEdit::Change { dimension: dimension.to_owned(), class: owned(class), id: owned(id), look }
}

fn ids(text: &str) -> Vec<String> {
    let found = parse_dimensions("dimensions.toml", text.as_bytes()).unwrap();
    found
        .iter()
        .map(|it| format!("{}: {}", it.id, it.classes.iter().map(|it| &*it.id).collect::<Vec<_>>().join(" ")))
        .collect()
}

#[test]
fn a_change_leaves_every_other_line_as_it_was() {
    let look = Look { name_zh: Some("二级".into()), icon: Some("🥈".into()), ..Look::default() };
    let edited = edit(FILE, &change("grade", Some("B"), None, look));
    let expected = [
        "-name = { en = \"Middle\", zh = \"中等\" } # for now",
        "+name = { en = \"Middle\", zh = \"二级\" } # for now",
        "+icon = \"🥈\"",
    ];
    assert_eq!(difference(FILE, &edited), expected);
    let look = Look { description_en: Some("Our time.".into()), colour: Some("#000000".into()), ..Look::default() };
    let edited = edit(FILE, &change("grade", None, None, look));
    let expected = ["-colour = \"#b45309\"", "+colour = \"#000000\"", "+description = { en = \"Our time.\" }"];
    assert_eq!(difference(FILE, &edited), expected);
}

#[test]
fn an_id_that_changes_is_remembered_and_changed_where_it_is_named() {
    let edited = edit(FILE, &change("grade", Some("C"), Some("low"), Look::default()));
    assert!(edited.contains("{ class = \"low\", from = 0.0 }"), "{edited}");
    assert!(edited.contains("id = \"low\"") && edited.contains("was = [\"C\"]"), "{edited}");
    let again = edit(&edited, &change("grade", Some("low"), Some("rest"), Look::default()));
    assert!(again.contains("was = [\"C\", \"low\"]"), "{again}");
    // Called as before again, it is no former id any more.
    let back = edit(&again, &change("grade", Some("rest"), Some("C"), Look::default()));
    assert!(back.contains("was = [\"low\", \"rest\"]"), "{back}");
    let edited = edit(FILE, &change("grade", None, Some("rank"), Look::default()));
    assert!(edited.contains("id = \"rank\" # never shown") && edited.contains("was = [\"grade\"]"), "{edited}");
}

#[test]
fn what_moves_takes_its_comment_along_and_the_heading_stays() {
    let (dimension, class) = ("source".to_owned(), None);
    let edited = edit(FILE, &DimensionEdit::Move { dimension, class, place: Spot::First });
    assert!(edited.starts_with("# What we classify by.\n\n# Where they come from.\n[[dimension]]\nid = \"source\""));
    assert!(edited.contains("\n\n# How much of our time.\n[[dimension]]\nid = \"grade\" # never shown\n"), "{edited}");
    assert_eq!(ids(&edited), ["source: online", "grade: A B C"]);
    let (dimension, class) = ("grade".to_owned(), Some("A".to_owned()));
    let edited = edit(FILE, &DimensionEdit::Move { dimension, class, place: Spot::After("B".into()) });
    assert_eq!(ids(&edited), ["grade: B A C", "source: online"]);
    assert!(edited.contains("\n\n# The best.\n[[dimension.class]]\nid = \"A\""), "{edited}");
    assert_eq!(difference(FILE, &edited), [""; 0]);
}

#[test]
fn what_is_new_stands_where_it_should() {
    let look = |en: &str| Look { name_en: Some(en.into()), name_zh: Some("触达".into()), ..Look::default() };
    let add = DimensionEdit::Add {
        dimension: "reach".into(),
        look: look("Reach"),
        combine: Combination::Worst,
        classes: ["near", "far"].map(|id| NewClass { id: id.into(), look: Look::default() }).into(),
        place: Some(Spot::Before("source".into())),
    };
    let edited = edit(FILE, &add);
    assert_eq!(ids(&edited), ["grade: A B C", "reach: near far", "source: online"]);
    let expected = "\n[[dimension]]\nid = \"reach\"\nname = { en = \"Reach\", zh = \"触达\" }\ncombine = \"worst\"\n\n\
        [[dimension.class]]\nid = \"near\"\nname = { en = \"near\", zh = \"near\" }\n";
    assert!(edited.contains(expected), "{edited}");
    // A file that has no dimension yet.
    assert!(edit("", &add_last(&add)).starts_with("[[dimension]]\n"));
    assert!(edit("# Mine.\n", &add_last(&add)).starts_with("# Mine.\n[[dimension]]\n"));
    let class = NewClass { id: "D".into(), look: look("Last") };
    let edited = edit(FILE, &DimensionEdit::AddClass { dimension: "grade".into(), class, place: None });
    assert_eq!(ids(&edited)[0], "grade: A B C D");
}

fn add_last(add: &DimensionEdit) -> DimensionEdit {
    match add.clone() {
        DimensionEdit::Add { dimension, look, combine, classes, .. } => {
            DimensionEdit::Add { dimension, look, combine, classes, place: None }
        }
        other => other,
    }
}

#[test]
fn what_goes_hands_its_customers_over() {
    let remove = |class: &str, to: Option<&str>| DimensionEdit::RemoveClass {
        dimension: "grade".into(),
        class: class.into(),
        to: to.map(str::to_owned),
    };
    let edited = edit(FILE, &remove("C", Some("B")));
    assert!(edited.contains("removed = { C = \"B\" }"), "{edited}");
    assert!(edited.contains("{ class = \"B\", from = 0.0 }") && !edited.contains("\"C\", from"), "{edited}");
    // Who takes it goes as well: all of them are handed on.
    let edited = edit(&edited, &remove("B", Some("A")));
    assert!(edited.contains("removed = { C = \"A\", B = \"A\" }"), "{edited}");
    let edited = edit(FILE, &remove("B", Some("C")));
    assert!(edited.contains("bands = [{ class = \"A\", from = 0.6 }, { class = \"C\", from = 0.0 }]"), "{edited}");
    let edited = edit(FILE, &DimensionEdit::Remove { dimension: "grade".into(), drop: true });
    assert!(edited.starts_with("# What we classify by.\n\nremoved = [\"grade\"]\n"), "{edited}");
    assert_eq!(ids(&edited), ["source: online"]);
    let edited = edit(FILE, &DimensionEdit::Remove { dimension: "source".into(), drop: false });
    assert_eq!(ids(&edited), ["grade: A B C"]);
}

#[test]
fn what_makes_no_sense_is_refused() {
    let class = |class: &str, to: Option<&str>| DimensionEdit::RemoveClass {
        dimension: "grade".into(),
        class: class.into(),
        to: to.map(str::to_owned),
    };
    assert_eq!(
        refused(&change("grad", None, Some("x"), Look::default())),
        "there is no dimension `grad`; did you mean `grade`?"
    );
    assert_eq!(refused(&class("D", None)), "there is no class `D`; there are A, B, C");
    assert_eq!(refused(&class("A", Some("Z"))), "there is no class `Z`; there are A, B, C");
    assert!(refused(&class("A", Some("A"))).contains("its own customers"));
    assert_eq!(
        refused(&change("grade", None, Some("source"), Look::default())),
        "there is a dimension `source` already"
    );
    assert_eq!(refused(&change("grade", Some("A"), Some("B"), Look::default())), "there is a class `B` already");
    assert!(refused(&change("grade", None, None, Look::default())).starts_with("nothing to change"));
    let last = DimensionEdit::RemoveClass { dimension: "source".into(), class: "online".into(), to: None };
    assert!(refused(&last).contains("the last class"));
    let broken = edit_dimensions("[[dimension", &last).unwrap_err().to_string();
    assert!(broken.contains("no TOML") && broken.contains("by hand"), "{broken}");
    let inline = edit_dimensions("dimension = [{ id = \"source\" }]", &last).unwrap_err().to_string();
    assert!(inline.contains("not written as [[dimension]]"), "{inline}");
}
