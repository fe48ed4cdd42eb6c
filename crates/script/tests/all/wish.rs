//! What the builders come to.

use tierhook_hooks::{AnchorWish, FaultCode, Hook, Since, Verdict, Wishes};
use tierhook_model::{Severity, Value};

use super::support::{batch, classify, compile, day, one, text, thrown};

fn follow_up(body: &str) -> Wishes {
    let rule = compile(&format!("fn follow_up(customer, ctx) {{ {body} }}"), None);
    let record = [
        ("last_order_id", text("o-1")),
        ("last_order_day", day("2026-02-01")),
        ("next_purchase_group", text("milk")),
        ("next_purchase_day", day("2026-03-20")),
    ];
    one(&rule, Hook::FollowUp, &record).result.unwrap_or_else(|fault| panic!("{fault}"))
}

#[test]
fn a_hook_may_say_nothing_one_thing_or_several() {
    assert_eq!(classify("", &[]).unwrap(), Wishes::default());
    assert_eq!(classify("()", &[]).unwrap(), Wishes::default());
    assert_eq!(classify("[]", &[]).unwrap(), Wishes::default());
    assert_eq!(classify("class(\"grade\", \"A\")", &[]).unwrap().classes.len(), 1);
    let both = classify("[class(\"grade\", \"unrated\"), score(\"value\").group(\"g\", 1, 1)]", &[]).unwrap();
    assert_eq!(both.classes.len(), 2);
}

#[test]
fn a_class_has_its_reasons() {
    let record = [
        ("tenure_days", Value::Integer(3)),
        ("tags", Value::TextList(vec!["vip".into()])),
        ("created", day("2026-03-06")),
    ];
    let wishes = classify(
        "class(\"grade\", \"new\").because(\"NEW\", #{ days: customer.tenure_days, tags: customer.tags, on: customer.created, \
         share: 0.5, yes: true, none: (), name: \"x\" }).because(\"ALSO\")",
        &record,
    )
    .unwrap();
    let wish = &wishes.classes[0];
    assert_eq!((wish.dimension.as_str(), &wish.verdict), ("grade", &Verdict::Class("new".into())));
    let shown: Vec<String> = wish.reasons[0]
        .arguments
        .iter()
        .map(|argument| format!("{}={}", argument.name, argument.value.as_ref().map_or("?".into(), Value::to_string)))
        .collect();
    assert_eq!(shown, ["days=3", "name=x", "none=?", "on=2026-03-06", "share=0.50", "tags=vip", "yes=true"]);
    assert_eq!((wish.reasons[1].code.as_str(), wish.reasons[1].arguments.len()), ("ALSO", 0));
}

#[test]
fn a_score_has_groups_bands_and_points() {
    let wishes = classify(
        "score(\"grade\")\n\
         .group(\"spend\", 40, scaled(customer.net_revenue_365d, 0.0, 1000), \"SPEND\", #{ spend: customer.net_revenue_365d })\n\
         .group(\"satisfaction\", 20, scaled(customer.satisfaction_mean, 1, 5), \"SATISFACTION\", #{})\n\
         .group(\"extra\", 10, 1)\n\
         .band(\"A\", 0.7).band(\"B\", 0.4).band(\"C\", 0)",
        &[("net_revenue_365d", Value::Decimal(250.0))],
    )
    .unwrap();
    let wish = &wishes.classes[0];
    let Verdict::Score { groups, bands } = &wish.verdict else { panic!("{wish:?}") };
    let points: Vec<_> = groups.iter().map(|group| (group.name.as_str(), group.attainable, group.points)).collect();
    assert_eq!(points, [("spend", 40.0, Some(10.0)), ("satisfaction", 20.0, None), ("extra", 10.0, Some(10.0))]);
    let bands: Vec<_> = bands.iter().map(|band| (band.class.as_str(), band.from)).collect();
    assert_eq!(bands, [("A", 0.7), ("B", 0.4), ("C", 0.0)]);
    let reasons: Vec<_> = wish.reasons.iter().map(|reason| (reason.code.as_str(), reason.points)).collect();
    assert_eq!(reasons, [("SPEND", Some(10.0)), ("SATISFACTION", None)]);
}

#[test]
fn methods_change_the_wish_they_are_called_on() {
    let wishes = classify("let s = score(\"value\"); s.group(\"a\", 1, 1); s.group(\"b\", 1, 1); s", &[]).unwrap();
    let Verdict::Score { groups, .. } = &wishes.classes[0].verdict else { panic!("{wishes:?}") };
    assert_eq!(groups.len(), 2);
}

#[test]
fn a_scale_may_run_either_way() {
    for (call, share) in [
        ("scaled(5, 0, 10)", "0.5"),
        ("scaled(5, 5, 0)", "0.0"),
        ("scaled(2.5, 0.0, 10)", "0.25"),
        ("scaled(9, 10, 0)", "0.1"),
        ("scaled(-3, 0, 10)", "0.0"),
        ("scaled(30, 0, 10)", "1.0"),
    ] {
        assert_eq!(thrown(call, &[]), share, "{call}");
    }
    assert!(thrown("scaled(1, 3, 3)", &[]).contains("the scale begins and ends at 3"));
}

#[test]
fn a_plan_has_its_anchor() {
    let anchor = |call: &str| follow_up(&format!("plan(\"x\"){call}")).follow_ups.remove(0).anchor;
    assert_eq!(anchor(""), AnchorWish::Once);
    assert_eq!(anchor(".once()"), AnchorWish::Once);
    assert_eq!(anchor(".per_fact(customer.last_order_id)"), AnchorWish::Fact("o-1".into()));
    assert_eq!(anchor(".per_cycle(customer.next_purchase_group)"), AnchorWish::Cycle("milk".into()));
    let on = "2026-02-01".parse().unwrap();
    assert_eq!(anchor(".per_year(customer.last_order_day)"), AnchorWish::Year(on));
    assert_eq!(anchor(".episode(customer.last_order_day)"), AnchorWish::Episode(on));
    for (call, since) in [
        ("", Since::Contact),
        (".since_contact()", Since::Contact),
        (".since_order()", Since::Order),
        (".since_first_seen()", Since::FirstSeen),
        (".since(customer.last_order_day)", Since::Day(on)),
    ] {
        assert_eq!(anchor(&format!(".every(30){call}")), AnchorWish::Every { days: 30, since }, "{call}");
    }
}

#[test]
fn a_plan_has_all_that_was_said() {
    let wishes = follow_up(
        "plan(\"repurchase\").per_cycle(customer.next_purchase_group).due(customer.next_purchase_day.plus(-3)).channel(\"chat\")\
         .priority(5).because(\"RUNS_OUT\", #{ days: 11 }).action(\"REMIND\", #{ what: \"milk\" })\
         .offer(\"OTHER_GOODS\", #{ percent: 20 }, customer.next_purchase_day)",
    );
    let wish = &wishes.follow_ups[0];
    assert_eq!((wish.kind.as_str(), wish.channel.as_deref(), wish.priority), ("repurchase", Some("chat"), 5));
    assert_eq!(wish.due.map(|day| day.to_string()).as_deref(), Some("2026-03-17"));
    assert_eq!(wish.reasons[0].code, "RUNS_OUT");
    assert_eq!(wish.action.as_ref().unwrap().arguments[0].value, Some(text("milk")));
    let offer = wish.offer.as_ref().unwrap();
    assert_eq!(
        (offer.terms.code.as_str(), offer.ends.map(|day| day.to_string())),
        ("OTHER_GOODS", Some("2026-03-20".into()))
    );
    let short = follow_up("plan(\"x\").action(\"CALL\").offer(\"GIFT\", #{})");
    assert_eq!(short.follow_ups[0].offer.as_ref().unwrap().ends, None);
}

#[test]
fn a_warning_has_all_that_was_said() {
    let rule = compile(
        "fn churn_warning(customer, ctx) { [warn(\"a\"), warn(\"silence\").severity(\"high\").episode(customer.last_order_day)\
         .because(\"SILENT\", #{ days: 90 }).suggest(\"CALL_AND_ASK\", #{ by: \"owner\" }), warn(\"b\").per_fact(\"c-1\").suggest(\"X\")] }",
        None,
    );
    let warnings = one(&rule, Hook::ChurnWarning, &[("last_order_day", day("2026-02-01"))]).result.unwrap().warnings;
    assert_eq!((warnings[0].severity, &warnings[0].episode), (Severity::Medium, &AnchorWish::Once));
    assert_eq!((warnings[1].cause.as_str(), warnings[1].severity), ("silence", Severity::High));
    assert_eq!(warnings[1].episode, AnchorWish::Episode("2026-02-01".parse().unwrap()));
    assert_eq!(warnings[1].suggestion.as_ref().unwrap().code, "CALL_AND_ASK");
    assert_eq!(warnings[2].episode, AnchorWish::Fact("c-1".into()));
}

#[test]
fn bad_wishes_are_refused_where_they_are_made() {
    let long = "x".repeat(65);
    for (body, message) in [
        ("let c = \"Z\"; class(\"grade\", c)", "dimension `grade` has no class `Z`"),
        ("let d = \"x\" + \"y\"; class(d, \"A\")", "there is no dimension `xy`"),
        ("class(\"grade\", 1)", "the class is a whole number"),
        ("score(\"grade\").group(\"g\", 1, 1)", "the score on `grade` has no band"),
        ("score(\"value\")", "the score on `value` has no group"),
        ("score(\"value\").group(\"g\", 0, 1)", "group `g` can bring 0 points"),
        ("score(\"value\").group(\"g\", 1, 1).group(\"g\", 1, 1)", "group `g` is there twice"),
        ("score(\"value\").group(\"g\", 1, 0.0 / 0.0)", "the share is NaN"),
        ("score(\"value\").group(\"g\", 1, \"x\")", "the share is a text"),
        ("score(\"value\").group(\"g\", 1, 60)", "the share of group `g` is 60"),
        ("score(\"value\").group(\"g\", 1, -0.1)", "the share of group `g` is -0.1"),
        ("score(\"grade\").group(\"g\", 1, 1).band(\"A\", 1.5)", "the band for `A` begins at 1.5"),
        ("score(\"grade\").group(\"g\", 1, 1).band(\"B\", 0.2).band(\"A\", 0.5)", "not below the one before"),
        ("class(\"grade\", \"A\").because(\"\")", "the reason is empty"),
        ("class(\"grade\", \"A\").because(\"R\", #{ x: 1.0 / 0.0 })", "argument `x` is inf"),
        ("class(\"grade\", \"A\").because(\"R\", #{ x: #{} })", "argument `x` is a map"),
        ("[class(\"grade\", \"A\"), class(\"grade\", \"B\")]", "there are two words on `grade`"),
        ("plan(\"x\")", "`classify` returned a plan"),
        ("42", "`classify` returned a whole number"),
        ("customer", "`classify` returned a whole record"),
        ("plan(\"\")", "the kind is empty"),
        (&format!("plan(\"{long}\")"), "the kind has 65 characters; 64 are allowed"),
        ("plan(\"x\").every(0)", "a cycle of 0 days"),
        ("plan(\"x\").since_order()", "there is no cycle that could begin then"),
        ("plan(\"x\").due(\"2026-01-01\")", "the day on which it is due is a text"),
        ("plan(\"x\").priority(10000000000)", "a priority of 10000000000"),
        ("warn(\"x\").severity(\"huge\")", "there is no severity `huge`"),
    ] {
        let fault = classify(body, &[]).expect_err(body);
        assert_eq!(fault.code, FaultCode::BadWish, "{body}: {fault}");
        assert!(fault.message.contains(message), "{body}: {fault}");
        assert!(fault.hint.is_some(), "{body}");
    }
}

/// The second one was dropped without a word, and golden cases showed both.
#[test]
fn two_that_would_be_the_same_one_are_refused() {
    let told = |hook: Hook, body: &str| {
        let rule = compile(&format!("fn {hook}(customer, ctx) {{ {body} }}"), None);
        one(&rule, hook, &[]).result.map(|_| ()).map_err(|fault| fault.message)
    };
    let plans = "[plan(\"call\").because(\"A\"), plan(\"call\").because(\"B\")]";
    let said = Err("there are two follow-ups `call` with the same anchor".to_owned());
    assert_eq!(told(Hook::FollowUp, plans), said);
    assert_eq!(told(Hook::FollowUp, "[plan(\"call\"), plan(\"call\").per_fact(\"o-1\"), plan(\"visit\")]"), Ok(()));
    let said = Err("there are two warnings `price` with the same episode".to_owned());
    assert_eq!(told(Hook::ChurnWarning, "[warn(\"price\"), warn(\"price\").severity(\"high\")]"), said);
    assert_eq!(told(Hook::ChurnWarning, "[warn(\"price\"), warn(\"price\").per_fact(\"o-1\")]"), Ok(()));
}

/// One context serves all records of a batch.
#[test]
fn no_record_sees_what_a_rule_made_of_the_context_for_another() {
    let manifest = Some("dimensions = [\"grade\"]\n[parameters]\nfrom = 1\nlist = [1, 2]");
    for (body, message) in [
        ("ctx = #{};", "`ctx` cannot be changed"),
        ("ctx.day = ctx.day + 1;", "`ctx` cannot be changed"),
        ("ctx.params.from = 5;", "`ctx` cannot be changed"),
        ("ctx.params.from += 5;", "`ctx` cannot be changed"),
        ("ctx.params[\"from\"] = 5;", "`ctx` cannot be changed"),
        ("ctx.params.list[0] = 5;", "`ctx` cannot be changed"),
        ("ctx.params.list.push(5);", "`push` would change what cannot be changed"),
        ("ctx.params.clear();", "`clear` would change what cannot be changed"),
        ("[1].map(|x| ctx.params.list.push(x));", "`push` would change what cannot be changed"),
    ] {
        let rule = compile(&format!("fn classify(customer, ctx) {{ {body} class(\"grade\", \"A\") }}"), manifest);
        for outcome in batch(&rule, Hook::Classify, &[&[], &[]]).records {
            let fault = outcome.result.expect_err(body);
            assert_eq!(fault.message, message, "{body}");
            assert!(fault.hint.is_some() && fault.place.is_some(), "{body}");
        }
    }
    let rule = compile(
        "fn mine(ctx) { ctx.params.from += 1; ctx.params.list.push(3); ctx.params }\n\
         fn classify(customer, ctx) {\n\
         let p = ctx.params;\n\
         p.from += 1;\n\
         p.list.push(3);\n\
         let q = mine(ctx);\n\
         let sum = [1].map(|x| x + ctx.params.from)[0] + p.from + p.list.len() + q.from + q.list.len();\n\
         customer = 5;\n\
         let ctx = 7;\n\
         class(\"grade\", if sum == 12 { \"A\" } else { \"B\" })\n}",
        manifest,
    );
    for outcome in batch(&rule, Hook::Classify, &[&[], &[], &[]]).records {
        let verdict = &outcome.result.unwrap().classes[0].verdict;
        assert_eq!(verdict, &Verdict::Class("A".into()));
    }
}

#[test]
fn a_dimension_that_was_not_declared_is_refused() {
    let rule = compile(
        "fn classify(customer, ctx) { let d = \"val\" + \"ue\"; score(d).group(\"g\", 1, 1) }",
        Some("dimensions = [\"grade\"]"),
    );
    let fault = one(&rule, Hook::Classify, &[]).result.unwrap_err();
    assert_eq!(fault.message, "`value` is not among the dimensions that this rule decides");
}

#[test]
fn days_can_be_reckoned_with() {
    let record = [("last_order_day", day("2026-02-27"))];
    for (expression, expected) in [
        ("customer.last_order_day", "2026-02-27"),
        ("ctx.day", "2026-03-09"),
        ("ctx.day - customer.last_order_day", "10"),
        ("ctx.day.since(customer.last_order_day)", "10"),
        ("customer.last_order_day.plus(2)", "2026-03-01"),
        ("ctx.day - 9 + 1", "2026-03-01"),
        ("ctx.day > customer.last_order_day", "true"),
        ("ctx.day == day(\"2026-03-09\")", "true"),
        ("[ctx.day.year, ctx.day.month, ctx.day.day, ctx.day.weekday]", "[2026, 3, 9, 1]"),
        ("ctx.day.end_of_week", "2026-03-15"),
        ("\"on \" + ctx.day", "on 2026-03-09"),
        ("ctx.zone + \" \" + ctx.currency", "Asia/Shanghai CNY"),
    ] {
        assert_eq!(thrown(expression, &record), expected, "{expression}");
    }
    assert!(thrown("ctx.day > \"2026-01-01\"", &record).contains("a day cannot be compared with a text"));
    assert!(thrown("day(\"soon\")", &record).contains("`soon` is not a day"));
}

/// `day("9999-12-31")` was 9909-12-07, and a day that led out of the calendar was told as one thing and reckoned with as another.
#[test]
fn every_day_of_the_calendar_is_itself_and_what_leads_out_of_it_faults() {
    for (expression, expected) in [
        ("[day(\"0001-01-01\"), day(\"9999-12-31\")]", "[0001-01-01, 9999-12-31]"),
        ("day(\"9999-12-31\") - day(\"0001-01-01\")", "3652058"),
        ("day(\"0001-01-01\") + 3652058", "9999-12-31"),
        ("[day(\"9999-12-31\").year, day(\"0001-01-01\").month, day(\"9999-12-30\").plus(1)]", "[9999, 1, 9999-12-31]"),
    ] {
        assert_eq!(thrown(expression, &[]), expected, "{expression}");
    }
    for (expression, told) in [
        ("ctx.day.plus(999999999)", "2026-03-09 + 999999999 leads out of the calendar"),
        ("ctx.day + 9223372036854775807", "2026-03-09 + 9223372036854775807 leads out of the calendar"),
        ("ctx.day - 800000", "2026-03-09 - 800000 leads out of the calendar"),
        ("day(\"9999-12-31\").end_of_week", "9999-12-31 + 2 leads out of the calendar"),
    ] {
        let fault = classify(&format!("let x = 1;\n{expression};"), &[]).unwrap_err();
        let place = fault.place.as_ref().unwrap_or_else(|| panic!("{fault}"));
        assert!(fault.message.ends_with(told) && place.line == 3 && place.column > 1, "{expression}: {fault}");
    }
    for written in ["0000-12-31", "10000-01-01"] {
        assert!(thrown(&format!("day(\"{written}\")"), &[]).contains("is not a day"), "{written}");
    }
}

#[test]
fn groups_of_fields_and_lists_are_read() {
    let record = [
        ("measure.assets", Value::Decimal(12.5)),
        ("custom.region", text("east")),
        ("standing.grade", text("B")),
        ("standing_days.grade", Value::Integer(30)),
        ("class.value", text("high")),
        ("tags", Value::TextList(vec!["vip".into(), "母婴".into()])),
    ];
    let shown = thrown(
        "[customer.measure.assets, customer.custom.region, customer.standing.grade, customer.standing_days.grade, \
         customer.class.value, \"母婴\" in customer.tags, customer.tags.contains(\"x\"), customer.measure.seats.is_missing]",
        &record,
    );
    assert_eq!(shown, "[12.5, \"east\", \"B\", 30, \"high\", true, false, true]");
}

#[test]
fn a_run_time_error_has_its_innermost_place() {
    let rule = compile("fn divide(a, b) {\n    a / b\n}\nfn classify(customer, ctx) {\n    divide(1, 0)\n}", None);
    let fault = one(&rule, Hook::Classify, &[]).result.unwrap_err();
    let place = fault.place.clone().unwrap();
    assert_eq!((place.line, place.column, place.source.as_str()), (2, 7, "    a / b"), "{fault}");
    assert_eq!(fault.code, FaultCode::Failed);
}

#[test]
fn a_field_cannot_be_changed() {
    let fault = classify("customer.tenure_days = 3;", &[]).unwrap_err();
    assert_eq!(fault.code, FaultCode::Failed, "{fault}");
}
