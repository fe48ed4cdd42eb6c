//! What people type, and what it becomes.

use clap::CommandFactory as _;
use tierhook_server::api::{Command, Until, WarningOutcome};

use super::*;

fn parse(line: &str) -> Result<TopCommand, clap::Error> {
    let words = std::iter::once("tierhook").chain(line.split_whitespace());
    Arguments::try_parse_from(words).map(|arguments| arguments.command)
}

fn command(line: &str) -> Command {
    match parse(line).unwrap() {
        TopCommand::Ask(ask) => ask.into(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_arguments_are_well_formed() {
    Arguments::command().debug_assert();
}

#[test]
fn commands_become_requests() {
    let Command::CustomersList(filter) =
        command("customers list --class grade=A --class value=high --owner 李伟 --sort recency_days --desc --limit 7")
    else {
        panic!("another command")
    };
    assert_eq!(filter.classes, [("grade".into(), "A".into()), ("value".into(), "high".into())]);
    assert_eq!((filter.owner.as_deref(), filter.descending, filter.limit), (Some("李伟"), true, 7));
    let Command::CustomersSearch { text, limit } = command("customers search Golddex Ltd --limit 3") else {
        panic!("another command")
    };
    assert_eq!((text.as_str(), limit), ("Golddex Ltd", 3));
    let Command::FollowUpsSnooze { id, until, .. } = command("follow-ups snooze F12-3 --days 7") else {
        panic!("another command")
    };
    assert_eq!((id.to_string().as_str(), until), ("F12-3", Until::Days(7)));
    let Command::FollowUpsAdd { reminder, .. } = command("follow-ups add C12 call --due 7d --priority -1") else {
        panic!("another command")
    };
    assert_eq!((reminder.due, reminder.priority), (Until::Days(7), -1));
    for days in ["30", "30d"] {
        let Command::ClockAdvance { days } = command(&format!("clock advance {days}")) else {
            panic!("another command")
        };
        assert_eq!(days, 30);
    }
    assert!(parse("clock advance soon").is_err());
    for spelling in ["last-fact", "last_fact"] {
        let Command::ClockFollow { mode } = command(&format!("clock follow {spelling}")) else {
            panic!("another command")
        };
        assert_eq!(mode, tierhook_model::ClockMode::LastFact);
    }
    let Command::WarningsResolve { outcome, .. } = command("warnings resolve w12-4 --lost --cause price") else {
        panic!("another command")
    };
    assert_eq!(outcome, WarningOutcome::Lost { cause: "price".into() });
    let Command::WarningsResolve { outcome, .. } = command("warnings resolve W12-4 --false-alarm") else {
        panic!("another command")
    };
    assert_eq!(outcome, WarningOutcome::FalseAlarm);
}

/// What stood before `list` made a file of it: "cannot read list: No such file".
#[test]
fn options_may_stand_before_what_import_is_to_do() {
    let import = |line: &str| match parse(line).unwrap() {
        TopCommand::Import(typed) => (typed.args.map(|args| args.file.display().to_string()), typed.command),
        other => panic!("{other:?}"),
    };
    for line in ["import --lang zh list", "import --json list", "import list --lang zh"] {
        assert!(matches!(import(line), (None, Some(ImportCommand::List))), "{line}");
    }
    for line in ["import undo 3 --dry-run", "import --who li revert 3 --dry-run"] {
        assert!(matches!(import(line), (None, Some(ImportCommand::Revert { import: 3, dry_run: true }))), "{line}");
    }
    for line in ["import orders.csv --guess --lang zh", "import --guess --lang zh orders.csv"] {
        assert!(matches!(import(line), (Some(file), None) if file == "orders.csv"), "{line}");
    }
    assert!(parse("import --dry-run revert 3").is_err());
}

#[test]
fn an_end_is_a_day_or_a_number_of_days() {
    let set = |rest: &str| match command(&format!("customers set-class 1001 grade A --why x {rest}")) {
        Command::CustomersSetClass { until, review, .. } => (until, review),
        other => panic!("{other:?}"),
    };
    let day = Until::Day("2027-02-28".parse().unwrap());
    assert_eq!(set("--until 2027-02-28"), (Some(day), None));
    assert_eq!(set("--until 90d"), (Some(Until::Days(90)), None));
    assert_eq!(set("--for 90d"), (Some(Until::Days(90)), None));
    assert_eq!(set("--review 90d"), (None, Some(Until::Days(90))));
    assert_eq!(set(""), (None, None));
    for line in ["follow-ups snooze F1-1 --until 7d", "follow-ups snooze F1-1 --days 7d"] {
        let Command::FollowUpsSnooze { until, .. } = command(line) else { panic!("another command") };
        assert_eq!(until, Until::Days(7), "{line}");
    }
    let said = parse("customers set-class 1001 grade A --why x --until soon").unwrap_err().to_string();
    assert!(said.contains("write a day as 2026-03-09, or a number of days as 7d"), "{said}");
}

#[test]
fn the_book_is_kept_by_commands() {
    let Command::CustomersList(filter) = command("customers list --where recency_days>=30 --where name~王 --offset 50")
    else {
        panic!("another command")
    };
    let conditions: Vec<String> = filter.conditions.iter().map(ToString::to_string).collect();
    assert_eq!((conditions, filter.offset), (vec!["recency_days>=30".into(), "name~王".into()], 50));
    let assigned = |line: &str| match command(line) {
        Command::CustomersAssign { customers, owner } => (customers.join(" "), owner),
        other => panic!("{other:?}"),
    };
    let li = Some("李伟".to_owned());
    assert_eq!(assigned("customers assign 1001 1002 李伟"), ("1001 1002".into(), li.clone()));
    assert_eq!(assigned("customers assign 1001 1002 --owner 李伟"), ("1001 1002".into(), li.clone()));
    assert_eq!(assigned("customers assign 1001 --nobody"), ("1001".into(), None));
    // The host refuses it, for nobody is left to be handed over.
    assert_eq!(assigned("customers assign 李伟"), (String::new(), li));
    let Command::CustomersAdd { set, tags, .. } = command("customers add 7 --set name=a=b --tag VIP --tag new") else {
        panic!("another command")
    };
    assert_eq!((set, tags.len()), (vec![("name".into(), "a=b".into())], 2));
    let Command::Log { entry, .. } = command("log 1001 measure --measure assets --value -5 --on 2026-03-01") else {
        panic!("another command")
    };
    assert_eq!((entry.what.name(), entry.value, entry.on.is_some()), ("measure", Some(-5.0), true));
}

#[test]
fn dimensions_are_changed_by_commands() {
    use tierhook_server::api::{DimensionEdit, Look, NewClass, Spot};
    let edit = |line: &str| match command(line) {
        Command::DimensionsEdit(edit) => edit,
        other => panic!("{other:?}"),
    };
    let DimensionEdit::Add { classes, place, look, .. } =
        edit("dimensions add reach --zh 触达 --class near=Near/近 --class far --before value")
    else {
        panic!("another edit")
    };
    let (en, zh) = (Some("Near".to_owned()), Some("近".to_owned()));
    let near = NewClass { id: "near".into(), look: Look { name_en: en, name_zh: zh, ..Look::default() } };
    assert_eq!((&classes[0], classes[1].id.as_str()), (&near, "far"));
    assert_eq!((place, look.name_zh.as_deref()), (Some(Spot::Before("value".into())), Some("触达")));
    let (dimension, class) = ("grade".to_owned(), "D".to_owned());
    let removed = DimensionEdit::RemoveClass { dimension, class, to: Some("C".into()) };
    assert_eq!(edit("dimensions class remove grade D --to C"), removed);
}

#[test]
fn nobody_is_erased_without_a_yes() {
    let is_dry = |line: &str| match command(line) {
        Command::CustomersErase { dry_run, .. } => dry_run,
        other => panic!("{other:?}"),
    };
    assert!(is_dry("customers erase 1001 --why request") && is_dry("customers erase 1001 --dry-run"));
    assert!(!is_dry("customers erase 1001 --why request --yes"));
}

#[test]
fn an_import_is_a_file_or_the_list_of_them() {
    let import = |line: &str| match parse(line).unwrap() {
        TopCommand::Import(typed) => (typed.args.map(|args| args.file), typed.command.is_some()),
        other => panic!("{other:?}"),
    };
    assert_eq!(import("import list"), (None, true));
    assert_eq!(import("import list --json"), (None, true));
    assert_eq!(import("import revert 3 --dry-run"), (None, true));
    assert_eq!(import("import undo 3"), (None, true));
    assert_eq!(import("import ./list --as orders"), (Some("./list".into()), false));
    assert_eq!(import("import orders.csv --guess --as orders"), (Some("orders.csv".into()), false));
    assert_eq!(import("import orders.csv --map m.toml --dry-run"), (Some("orders.csv".into()), false));
    for option in ["--map", "--mapping"] {
        let map = |line: &str| match parse(line).unwrap() {
            TopCommand::Import(typed) => typed.args.and_then(|args| args.map),
            TopCommand::Try(args) => args.map,
            other => panic!("{other:?}"),
        };
        assert_eq!(map(&format!("import orders.csv {option} m.toml")), Some("m.toml".into()));
        assert_eq!(map(&format!("try orders.csv {option} m.toml")), Some("m.toml".into()));
    }
    assert!(parse("import").is_err());
}

#[test]
fn what_makes_no_sense_is_refused() {
    for line in [
        "import orders.csv --as order",
        "import revert",
        "import revert orders.csv",
        "customers merge 1001",
        "follow-ups snooze F12-3",
        "follow-ups snooze F12-3 --days 3 --until 2026-03-01",
        "follow-ups done W12-3",
        "customers set-class 1001 grade A --why x --until 2026-03-09 --review 2026-03-01",
        "warnings resolve W12-4",
        "warnings resolve W12-4 --false-alarm --cause price",
        "customers list --class grade",
        "customers list --where recency_days",
        "customers edit 1001",
        "customers edit 1001 --set name",
        "customers tag 1001",
        "customers assign",
        "customers assign 1001 --owner li --nobody",
        "customers contact 1001",
        "customers erase 1001 --yes",
        "customers erase 1001 --why x --dry-run --yes",
        "customers erased 1001",
        "customers contact 1001 --id k1 --name li --remove",
        "log 1001",
        "log 1001 shout",
        "follow-ups add 1001 call",
        "follow-ups add 1001 call --due soon",
        "customers set-class 1001 grade A",
        "dimensions add reach",
        "dimensions move grade",
        "dimensions move grade --first --last",
        "dimensions describe grade --colour red",
        "clock set 2026-02-30",
        "serve --customers 5",
        "init here --time-zone Asia/Nowhere",
        "init here --currency yuan",
    ] {
        let error = parse(line).expect_err(line);
        assert_eq!(error.exit_code(), 2, "{line}");
    }
    let said = parse("clock set 9.3.2026").unwrap_err().to_string();
    assert!(said.contains("write YYYY-MM-DD"), "{said}");
}

#[test]
fn every_argument_is_explained() {
    fn check(command: &clap::Command) {
        for argument in command.get_arguments() {
            assert!(argument.get_help().is_some(), "{} {}", command.get_name(), argument.get_id());
        }
        for sub in command.get_subcommands() {
            assert!(sub.get_about().is_some(), "{}", sub.get_name());
            check(sub);
        }
    }
    let mut command = Arguments::command();
    command.build();
    check(&command);
}

#[test]
fn grants_name_fields_and_kinds_of_facts_in_any_order() {
    let add = |rest: &str| match command(&format!("grants add guard {rest}")) {
        Command::GrantsAdd { plugin, fields, clear, history } if plugin == "guard" => (fields, clear, history),
        other => panic!("{other:?}"),
    };
    let none = Vec::<String>::new();
    // As the host prints it where something is missing.
    let (fields, clear, history) = add("orders_total recency_days --history orders lines");
    assert_eq!((fields.len(), clear, history), (2, none.clone(), vec!["orders".to_owned(), "lines".to_owned()]));
    let (fields, clear, history) = add("--history orders,lines --clear customer.email");
    assert_eq!((fields, clear.len(), history.len()), (none, 1, 2));
    assert!(parse("grants add guard").is_err(), "nothing would be granted");
    assert!(parse("grants add").is_err());
    assert!(matches!(command("grants revoke guard"), Command::GrantsRevoke { fields, .. } if fields.is_empty()));
    assert_eq!(command("grants list"), Command::GrantsList);
}

#[test]
fn plugins_come_from_somewhere_and_are_signed_with_a_key() {
    let Ok(TopCommand::Plugins(PluginsCommand::Install(args))) =
        parse("plugins install http://vendor.example/guard.tierhook --sha256 ab12 --grant")
    else {
        panic!("another command")
    };
    assert_eq!((args.sha256.as_deref(), args.grant, args.downgrade), (Some("ab12"), true, false));
    assert!(parse("plugins sign guard").is_err(), "a key is needed");
    let Ok(TopCommand::Plugins(PluginsCommand::Pack(args))) = parse("plugins pack guard --out x.tierhook") else {
        panic!("another command")
    };
    assert_eq!(args.out.as_deref(), Some(std::path::Path::new("x.tierhook")));
    assert!(matches!(parse("keys new vendor.key"), Ok(TopCommand::Keys(KeysCommand::New { .. }))));
    assert!(parse("keys trust acme").is_err(), "the key is missing");
}
