//! Whole replies as people see them.

use std::path::Path;

use tierhook_model::{
    ClockMode, Combination, Combined, Currency, Day, GenerationId, ImportId, Language, MoveCause, OnFault, RecordId,
    ScoreGroup, Severity,
};
use tierhook_server::api::{
    Answer, ApiError, BandRow, BookStamp, ChangeRow, ClassCell, ClassDefinition, ClassHead, Counted, CustomerHead,
    CustomerList, CustomerRow, Datum, DayCount, Delta, DimensionExplanation, DimensionHead, DimensionList,
    DimensionRow, EditReport, EditRow, EntitlementRow, Explanation, FactAnswer, FactRow, FieldChange, FieldHead,
    FollowUpList, FollowUpRow, ImportKind, ImportList, ImportReport, ImportRow, LogReport, MergeReport, MoveCell,
    MoveMatrix, NextBand, OverrideRow, ProblemRow, ReasonRow, RefusedRule, RegradeReport, RepeatedRows, Reply,
    RevertReport, ReviewRow, RuleList, ScoreRow, StateRow, TodayReport, WarningList, WarningRow,
};

use super::{render, render_error, render_fact, render_rejects};
use crate::reject::Rejects;
use crate::screen::{Screen, width};

const PAPER: Screen = Screen { width: None, is_coloured: false };

fn reply(clock: ClockMode, answer: Answer) -> Reply {
    let awaits_first_fact = false;
    let book = BookStamp {
        day: day("2026-03-09"),
        clock,
        awaits_first_fact,
        generation: GenerationId(3),
        currency: Currency::CNY,
    };
    Reply { book, answer }
}

fn show(answer: Answer) -> String {
    render(&reply(ClockMode::System, answer), Language::En, PAPER)
}

fn show_on(columns: usize, language: Language, answer: Answer) -> String {
    let screen = Screen { width: Some(columns), is_coloured: false };
    render(&reply(ClockMode::System, answer), language, screen)
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn head(id: &str, name: &str) -> CustomerHead {
    let (record, owner) = (RecordId(12), Some("李伟".to_owned()));
    CustomerHead { record, source: "shop".into(), id: id.into(), name: Some(name.into()), owner, also: Vec::new() }
}

fn grade() -> DimensionHead {
    DimensionHead { id: "grade".into(), name: "等级".into() }
}

fn reason(text: &str, points: Option<f64>) -> ReasonRow {
    ReasonRow { code: "X".into(), text: text.into(), points }
}

fn customers() -> CustomerList {
    let class = |class: &str, overridden| Some(ClassCell { class: class.into(), name: class.into(), overridden });
    let row = |id: &str, name: &str, classes, value: Option<Datum>, open| CustomerRow {
        customer: head(id, name),
        classes,
        values: vec![value],
        open_follow_ups: open,
        open_warnings: 0,
    };
    CustomerList {
        dimensions: vec![grade()],
        fields: vec![FieldHead { name: "net_revenue_365d".into(), number: true }],
        total: 4_338,
        offset: 0,
        next: Some("C12:-3".into()),
        rows: vec![
            row("1001", "王芳", vec![class("A", true)], Some(Datum::Decimal(12_000.5)), 2),
            row("7", "Anna Schmidt", vec![class("C", false)], None, 0),
            row("12", "bad\u{1b}[2J\nname", vec![None], Some(Datum::Decimal(-3.0)), 1),
        ],
    }
}

#[test]
fn customers_are_listed_in_columns() {
    assert_eq!(
        show(Answer::Customers(customers())),
        "\
customer  name          等级  follow-ups  warnings  owner  net_revenue_365d
1001      王芳          A*             2         -  李伟          12,000.50
7         Anna Schmidt  C              -         -  李伟                  -
12        bad [2J name  -              1         -  李伟              -3.00
* by a person's word
1 to 3 of 4,338; --after C12:-3 lists the next
"
    );
}

#[test]
fn lists_fit_narrow_screens() {
    let text = show_on(53, Language::En, Answer::Customers(customers()));
    assert!(text.lines().all(|line| width(line) <= 53), "{text}");
    assert!(text.contains("\n7      Anna Sc…  C "), "{text}");
}

#[test]
fn another_day_than_todays_is_shown_above_everything() {
    let text = render(&reply(ClockMode::Fixed, Answer::Customers(customers())), Language::En, PAPER);
    assert!(text.starts_with("book's day 2026-03-09 (fixed clock)\ncustomer"), "{text}");
}

#[test]
fn empty_lists_say_so_and_what_to_do() {
    let none = CustomerList { dimensions: vec![], fields: vec![], total: 0, offset: 0, next: None, rows: vec![] };
    assert!(show(Answer::Customers(none)).contains("tierhook import"));
    assert!(show(Answer::FollowUps(FollowUpList { total: 0, rows: vec![] })).starts_with("nothing to do\n"));
    assert!(show(Answer::Warnings(WarningList { total: 0, rows: vec![] })).starts_with("no warnings\n"));
}

#[test]
fn a_regrade_is_a_matrix_for_each_dimension() {
    let class = |id: &str| ClassHead { id: id.into(), name: id.into() };
    let cell = |from: Option<&str>, to: &str, count| MoveCell { from: from.map(Into::into), to: to.into(), count };
    let report = RegradeReport {
        cause: MoveCause::Rules,
        day: day("2026-03-09"),
        generation: GenerationId(4),
        customers: 1_352,
        changed: 31,
        dimensions: vec![
            MoveMatrix {
                dimension: grade(),
                classes: vec![class("A"), class("B"), class("C"), class("unrated")],
                cells: vec![
                    cell(Some("A"), "A", 310),
                    cell(Some("A"), "B", 12),
                    cell(Some("B"), "A", 9),
                    cell(Some("B"), "B", 1_011),
                    cell(None, "C", 10),
                ],
            },
            MoveMatrix {
                dimension: DimensionHead { id: "value".into(), name: "价值".into() },
                classes: vec![class("high")],
                cells: vec![cell(Some("high"), "high", 1_352)],
            },
            MoveMatrix {
                dimension: DimensionHead { id: "level".into(), name: "Level".into() },
                classes: vec![class("gold"), class("unrated")],
                cells: vec![cell(None, "gold", 7), cell(None, "unrated", 3)],
            },
            MoveMatrix {
                dimension: DimensionHead { id: "motive".into(), name: "Motive".into() },
                classes: vec![class("price"), class("unrated")],
                cells: vec![cell(None, "unrated", 10)],
            },
            MoveMatrix {
                dimension: DimensionHead { id: "tier".into(), name: "Asset tier".into() },
                classes: vec![class("gold"), class("unrated")],
                cells: vec![cell(Some("unrated"), "unrated", 1_352)],
            },
        ],
        follow_ups: Delta { opened: 5, changed: 0, closed: 2 },
        warnings: Delta::default(),
        refused: vec!["potential".into(), "value".into()],
        faults: vec![],
        duration_ms: 1_240,
    };
    assert_eq!(
        show(Answer::Regrade(report)),
        "\
evaluated 1,352 customers as of 2026-03-09 in 1.2 s (g4, new rules)

graded for the first time
  Level  7 gold, 3 unrated
  unrated: Motive

等级: 21 moved, 10 graded for the first time
            -> A   -> B  -> C
  A          310     12     .
  B            9  1,011     .
  new here     .      .    10

nobody moved: 价值
follow-ups: 5 opened, 2 closed
not fit on the disk: potential, value; `tierhook rules list` tells why, and what decides instead
"
    );
}

#[test]
fn an_explanation_shows_the_way_to_the_next_class() {
    let groups = vec![
        ScoreGroup { name: "spend".into(), attainable: 40.0, points: Some(26.0) },
        ScoreGroup { name: "satisfaction".into(), attainable: 20.0, points: None },
        ScoreGroup { name: "interest".into(), attainable: 0.0, points: None },
    ];
    let band = |class: &str, from| BandRow { class: class.into(), name: format!("{class}级"), from };
    let bands = vec![band("A", 0.7), band("B", 0.4), band("C", 0.0)];
    let next = NextBand::above(0.65, &groups, &bands);
    // The type of a hook belongs to the rules' crate, which this one does not know; JSON makes one.
    let trace = serde_json::from_value(serde_json::json!({
        "rule": "abc_grade",
        "version": "5af05060",
        "hook": "classify",
        "read": [
            { "field": "net_revenue_365d", "group": "feature", "label": "internal", "value": 12_000.0 },
            { "field": "satisfaction_mean", "group": "feature", "label": "internal", "value": null },
        ],
        "history": [{ "kind": "orders", "most": 200 }],
        "fault": null,
    }))
    .unwrap();
    let untold = |id: &str, name: &str| DimensionExplanation {
        dimension: DimensionHead { id: id.into(), name: name.into() },
        class: "unrated".into(),
        name: "unrated".into(),
        since: Some(day("2025-11-02")),
        before: None,
        before_name: None,
        by_rules: Some("unrated".into()),
        by_rules_name: Some("unrated".into()),
        decided_by: vec![],
        combined: Combined::Unrated,
        score: None,
        reasons: vec![],
        overridden: None,
        entitlements: vec![],
    };
    let mut explanation = Explanation {
        customer: head("1001", "王芳"),
        day: day("2026-03-09"),
        generation: GenerationId(3),
        dimensions: vec![
            untold("motive", "Motive"),
            DimensionExplanation {
                dimension: grade(),
                class: "B".into(),
                name: "B级".into(),
                since: Some(day("2025-11-02")),
                before: Some("C".into()),
                before_name: Some("C级".into()),
                by_rules: Some("B".into()),
                by_rules_name: Some("B级".into()),
                decided_by: vec!["abc_grade".into()],
                combined: Combined::Points,
                score: Some(ScoreRow { groups, share: Some(0.65), known: 2.0 / 3.0, bands, next }),
                reasons: vec![
                    reason("近365天消费 12,000 元", Some(26.0)),
                    reason("平均满意度：未知", None),
                    reason("", None),
                ],
                overridden: None,
                entitlements: vec!["A coupon.".into(), "Free delivery.".into()],
            },
            untold("source", "Source"),
        ],
        follow_ups: vec![follow_up()],
        warnings: Vec::new(),
        rules: vec![trace],
        pending: false,
        refused: vec![RefusedRule {
            name: "abc_grade".into(),
            version: Some("5af05060".into()),
            problems: vec![ProblemRow {
                unit: "abc_grade".into(),
                file: "scripts/abc_grade.rhai".into(),
                code: "unknown-field".into(),
                message: "there is no field `orders_356d`".into(),
                place: None,
                hint: None,
                fatal: true,
            }],
        }],
    };
    assert_eq!(
        show(Answer::Explanation(explanation.clone())),
        "\
王芳  shop:1001  C12  owner 李伟  as of 2026-03-09, g3

等级  B级  since 2025-11-02  before: C级
  by points from abc_grade
     26.0  of 40  近365天消费 12,000 元
  unknown  of 20  平均满意度：未知
  unknown  of 0   interest
  65.0 % of the points that can be had in what is known (66.7 % of all)
  A from 70.0 %, B from 40.0 %, C from 0.0 %  2.0 points short of A
  entitled to: A coupon; Free delivery

unrated: Motive, Source
  no rule has a word on it

Follow-ups
  F12-3  复购提醒  chat  due 2026-03-06 (3 d late)  open
    提醒补货
    奶粉快用完了
    by repurchase

What the rules read
  abc_grade 5af05060: net_revenue_365d 12,000.00, satisfaction_mean unknown, orders (the newest 200)

Not fit on the disk
  abc_grade: version 5af05060 decides instead

error: scripts/abc_grade.rhai: there is no field `orders_356d`
"
    );
    // Whoever asks for one dimension alone hears of it.
    explanation.dimensions.truncate(1);
    let text = show(Answer::Explanation(explanation));
    assert!(text.contains("\nMotive  unrated  since 2025-11-02\n  no rule has a word on it\n"), "{text}");
}

fn follow_up() -> FollowUpRow {
    FollowUpRow {
        id: "F12-3".parse().unwrap(),
        customer: head("1001", "王芳"),
        kind: "repurchase".into(),
        name: "复购提醒".into(),
        state: StateRow { code: "open".into(), day: None, detail: None, text: None },
        due: day("2026-03-06"),
        days_late: 3,
        opened: day("2026-03-01"),
        channel: Some("chat".into()),
        priority: 5,
        rule: "repurchase".into(),
        reasons: vec![reason("奶粉快用完了", None)],
        action: Some("提醒补货".into()),
        offer: None,
    }
}

fn warning() -> WarningRow {
    WarningRow {
        id: "W12-4".parse().unwrap(),
        customer: head("1001", "王芳"),
        cause: "silence".into(),
        name: "沉默".into(),
        severity: Severity::High,
        state: StateRow {
            code: "acknowledged".into(),
            day: Some(day("2026-03-08")),
            detail: Some("li".into()),
            text: None,
        },
        opened: day("2026-03-01"),
        rule: "churn_silence".into(),
        reasons: vec![reason("已 90 天未购买", None)],
        suggestion: Some("打电话询问".into()),
    }
}

#[test]
fn work_is_listed_with_what_to_do_and_why() {
    assert_eq!(
        show(Answer::FollowUps(FollowUpList { total: 1, rows: vec![follow_up()] })),
        "\
id     due                    customer  name  how   what      why
F12-3  2026-03-06 (3 d late)  1001      王芳  chat  提醒补货  奶粉快用完了
"
    );
    assert_eq!(
        show(Answer::Warnings(WarningList { total: 1, rows: vec![warning()] })),
        "\
id     severity  customer  name  cause  since       state                         why             what to do
W12-4  high      1001      王芳  沉默   2026-03-01  acknowledged 2026-03-08 (li)  已 90 天未购买  打电话询问
"
    );
    let why = |language, reasons: [&str; 2]| {
        let row = WarningRow { reasons: reasons.map(|text| reason(text, None)).to_vec(), ..warning() };
        show_on(200, language, Answer::Warnings(WarningList { total: 1, rows: vec![row] }))
    };
    assert!(why(Language::En, ["Half of it.", "Orders: 6 after 8."]).contains("Half of it. Orders: 6 after 8."));
    assert!(why(Language::Zh, ["减少一半", "订单数下降"]).contains("减少一半；订单数下降"));
}

#[test]
fn an_edit_shows_what_is_different() {
    let field = |field: &str, before: Option<&str>, after: Option<&str>| FieldChange {
        field: field.into(),
        before: before.map(|text| Datum::Text(text.into())),
        after: after.map(|text| Datum::Text(text.into())),
    };
    let row = |is_new, fields, changes: &[&str]| EditRow {
        customer: head("1001", "王芳"),
        is_new,
        fields,
        changes: changes
            .iter()
            .map(|text| ChangeRow { code: "class".into(), text: (*text).into(), ..ChangeRow::default() })
            .collect(),
    };
    let fields = vec![
        field("region", None, Some("杭州")),
        field("birthday", Some("1990-02-28"), None),
        field("contact.k1", Some("赵磊"), None),
    ];
    let rows = vec![row(false, fields, &["Grade: B -> A"]), row(true, vec![], &[]), row(false, vec![], &[])];
    assert_eq!(
        show(Answer::Edit(EditReport { rows })),
        "\
王芳  shop:1001  C12  owner 李伟
  region      杭州
  birthday    1990-02-28 -> unknown
  contact.k1  赵磊 -> removed
  Grade: B -> A
王芳  shop:1001  C12  owner 李伟  added
王芳  shop:1001  C12  owner 李伟
  nothing to change: the book says so already
"
    );
}

#[test]
fn a_complaint_is_shown_with_the_id_that_resolves_it() {
    let fact = |what: &str, id: &str| FactRow {
        day: day("2026-03-09"),
        what: what.into(),
        id: id.into(),
        text: "the tin was open".into(),
        retracted: false,
    };
    let report = LogReport {
        customer: head("1001", "王芳"),
        fact: fact("complaint", "entered:7"),
        is_complaint: true,
        is_first: false,
        changes: vec![ChangeRow {
            code: "follow-up-opened".into(),
            text: "follow-up opened: F12-5 call".into(),
            ..ChangeRow::default()
        }],
    };
    assert_eq!(
        show(Answer::Logged(report.clone())),
        "\
王芳  shop:1001  C12  owner 李伟
  2026-03-09  complaint  the tin was open
    id entered:7, for `log CUSTOMER resolved --complaint`
  follow-up opened: F12-5 call
"
    );
    let quiet = LogReport { fact: fact("call", "entered:8"), is_complaint: false, changes: vec![], ..report };
    assert!(show(Answer::Logged(quiet.clone())).ends_with("the tin was open\n  nothing else changes by it\n"));
    let first = show(Answer::Logged(LogReport { is_first: true, ..quiet }));
    assert!(
        first.contains("the tin was open\n  The first of its kind in the book: ") && !first.contains("nothing else")
    );
}

#[test]
fn the_page_of_the_day_says_what_is_due_who_may_leave_and_what_comes() {
    let nothing = TodayReport {
        owner: None,
        customers: 3,
        due: 0,
        late: 0,
        follow_ups: vec![],
        open_warnings: 0,
        warnings: vec![],
        reviews: vec![],
        entitlements: vec![],
        coming: vec![],
        coming_days: 7,
    };
    assert_eq!(
        show(Answer::Today(nothing.clone())),
        "nothing is due\n\nno warnings\n\nin the next 7 days: 0 follow-ups\n"
    );
    let coming = vec![DayCount { day: day("2026-03-10"), count: 2 }, DayCount { day: day("2026-03-13"), count: 1 }];
    let word = OverrideRow {
        class: "A".into(),
        who: "li".into(),
        why: "an old friend".into(),
        since: day("2025-12-01"),
        until: None,
        review: Some(day("2026-03-01")),
    };
    let entitled = EntitlementRow {
        dimension: grade(),
        name: "A级".into(),
        entitlements: vec!["A coupon.".into(), "Free delivery.".into()],
        customers: vec![head("1001", "王芳")],
    };
    let busy = TodayReport {
        reviews: vec![ReviewRow { customer: head("7", "Anna"), dimension: grade(), name: "A级".into(), word }],
        entitlements: vec![entitled],
        due: 4,
        late: 1,
        follow_ups: vec![follow_up()],
        open_warnings: 1,
        warnings: vec![warning()],
        coming,
        ..nothing.clone()
    };
    assert_eq!(
        show(Answer::Today(busy.clone())),
        "\
Due: 4, 1 of them late
id     due                    customer  name  how   what      why
F12-3  2026-03-06 (3 d late)  1001      王芳  chat  提醒补货  奶粉快用完了
1 of 4; --limit N lists more

Warnings: 1
id     severity  customer  name  cause  since       state                         why             what to do
W12-4  high      1001      王芳  沉默   2026-03-01  acknowledged 2026-03-08 (li)  已 90 天未购买  打电话询问

To be reviewed: 1
7  Anna  等级: A by the word of li since 2025-12-01, to be reviewed from 2026-03-01 on: an old friend
`customers set-class ... --review DATE` keeps a class, `customers release-class` gives it back to the rules

What they are entitled to
等级 A级 (1001): A coupon; Free delivery

in the next 7 days: 3 follow-ups (2026-03-10: 2, 2026-03-13: 1)
"
    );
    let zh = show_on(100, Language::Zh, Answer::Today(busy));
    assert!(zh.starts_with("到期：4，其中 1 项逾期\n") && zh.contains("未来 7 天：3 项跟进"), "{zh}");
    let nobody = TodayReport { owner: Some("lee".into()), customers: 0, ..nothing };
    assert_eq!(show(Answer::Today(nobody)), "no customer has the owner lee\n");
}

#[test]
fn dimensions_are_shown_with_their_classes() {
    let class = |id: &str, from, count| ClassDefinition {
        id: id.into(),
        name: format!("{id}级"),
        description: String::new(),
        icon: "★".into(),
        colour: "#00aa00".into(),
        from,
        count,
    };
    let row = DimensionRow {
        dimension: grade(),
        description: "How much attention.".into(),
        icon: "◆".into(),
        colour: String::new(),
        combine: Combination::Points,
        on_fault: OnFault::Keep,
        default_class: None,
        rules: vec!["abc_grade".into()],
        classes: vec![class("A", Some(0.65), 1_200), class("B", None, 3)],
        unrated: 4,
    };
    assert_eq!(
        show(Answer::Dimensions(DimensionList { rows: vec![row] })),
        "\
◆  等级 (grade)
  How much attention.
  by points; decided by abc_grade
  icon  class    name    from  customers  colour
  ★     A        A级   65.0 %      1,200  #00aa00
  ★     B        B级                   3  #00aa00
        unrated                        4
"
    );
}

#[test]
fn imports_are_listed_one_a_row() {
    let row = ImportRow {
        import: ImportId(7),
        file: "orders.csv".into(),
        rows_are: "orders".into(),
        started: "2026-03-09T08:30:00Z".parse().unwrap(),
        finished: None,
        rows: 1_200,
        taken: 1_000,
        rejected: 200,
        known: 0,
        conflicts: 0,
        reverting: None,
        reverted: None,
        reverted_by: None,
    };
    let at = |time: &str| Some(time.parse().unwrap());
    let half = ImportRow { reverting: at("2026-03-09T08:35:00Z"), reverted_by: Some("lin".into()), ..row.clone() };
    let whole = ImportRow { import: ImportId(6), reverted: at("2026-03-09T08:36:00Z"), ..half.clone() };
    assert_eq!(
        show(Answer::Imports(ImportList { rows: vec![row, half, whole] })),
        "\
import  began                 file        rows are   rows  taken  rejected
     7  2026-03-09T08:30:00Z  orders.csv  orders    1,200  1,000       200  not finished
     7  2026-03-09T08:30:00Z  orders.csv  orders    1,200  1,000       200  reverted in part; `import revert` goes on
     6  2026-03-09T08:30:00Z  orders.csv  orders    1,200  1,000       200  reverted 2026-03-09T08:36:00Z by lin
"
    );
    assert_eq!(show(Answer::Imports(ImportList { rows: vec![] })), "nothing was imported yet\n");
}

#[test]
fn a_reverted_import_says_what_went_and_what_is_back() {
    let report = RevertReport {
        import: ImportId(7),
        file: "orders.csv".into(),
        dry_run: true,
        facts: vec![Counted { what: "orders".into(), count: 1_200 }],
        gone: 0,
        restored: 3,
        customers: 410,
        vanished: 12,
        repeated: vec![RepeatedRows { import: ImportId(9), file: "more.csv".into(), rows: 1_500 }],
        regrade: None,
        duration_ms: 5,
    };
    assert_eq!(
        show(Answer::Revert(report.clone())),
        "\
orders.csv: nothing is changed, this is what reverting import 7 would do
  orders taken back                                      1,200
  facts that hold again, for it had replaced them            3
  customers concerned                                      410
  of them listed no more: nothing else is known of them     12
import 9 (more.csv) came later and had 1,500 rows that the book knew already; if it knew them from this one, they go with it: import that file again afterwards
"
    );
    let nothing = RevertReport {
        dry_run: false,
        facts: vec![],
        restored: 0,
        customers: 0,
        vanished: 0,
        repeated: vec![],
        ..report
    };
    assert_eq!(
        show(Answer::Revert(nothing)),
        "orders.csv: import 7 is reverted\nit brought nothing that still holds\nin 5 ms\n"
    );
}

#[test]
fn a_merge_says_who_stands_for_whom() {
    let kept = CustomerHead { also: vec!["shop:1002".into()], ..head("1001", "王芳") };
    let moved = ChangeRow { code: "class".into(), text: "Grade: B -> A".into(), ..ChangeRow::default() };
    let (changes, other, other_changes) = (vec![moved], head("1002", "Wang Fang"), vec![]);
    let fields = vec![FieldChange {
        field: "region".into(),
        before: Some(Datum::Text("Anhui".into())),
        after: Some(Datum::Text("Zhejiang".into())),
    }];
    let report = MergeReport { undone: false, kept, fields, changes, other, other_changes };
    let text = show(Answer::Merge(report.clone()));
    assert!(text.starts_with("王芳  shop:1001  C12  and shop:1002"), "{text}");
    assert!(text.contains("\n  shop:1002 is merged into shop:1001, which stands for both from now on\n"), "{text}");
    assert!(text.ends_with("\n  region  Anhui -> Zhejiang\n  Grade: B -> A\n"), "{text}");
    let text = show(Answer::Merge(MergeReport { undone: true, ..report }));
    assert!(text.contains("\n  shop:1002 stands for itself again, apart from shop:1001\n"), "{text}");
}

#[test]
fn a_later_page_says_which_rows_it_has() {
    let page = CustomerList { offset: 50, next: Some("C7:O'Neil & Co".into()), ..customers() };
    let told = show(Answer::Customers(page.clone()));
    assert!(told.ends_with("51 to 53 of 4,338; --after 'C7:O'\\''Neil & Co' lists the next\n"), "{told}");
    let last = CustomerList { next: None, ..page.clone() };
    assert!(show(Answer::Customers(last)).ends_with("51 to 53 of 4,338\n"));
    let beyond = CustomerList { offset: 5_000, rows: vec![], ..page };
    assert_eq!(show(Answer::Customers(beyond)), "4,338 customers in all, and none behind that\n");
}

fn import_report() -> ImportReport {
    let counted = |what: &str, count| Counted { what: what.into(), count };
    ImportReport {
        import: Some(ImportId(7)),
        file: "orders.csv".into(),
        rows_are: ImportKind::Orders,
        dry_run: false,
        rows: 6,
        taken: vec![counted("order lines", 3)],
        rejected: vec![counted("`at` is no date", 1), counted("no customer", 2)],
        added: 3,
        known: 0,
        amended: 0,
        conflicts: 0,
        conflict_examples: vec![],
        erased: 0,
        erased_on: vec![],
        new_customers: 1,
        warnings: vec!["the newest fact is of 2011-12-09".into()],
        regrade: None,
        duration_ms: 4,
    }
}

#[test]
fn an_import_ends_with_its_warnings() {
    assert_eq!(
        show(Answer::Import(import_report())),
        "\
orders.csv: import 7
  rows of orders read          6
    taken as order lines       3
    rejected: no customer      2
    rejected: `at` is no date  1
  facts added                  3
  new customers                1
in 4 ms

warning: the newest fact is of 2011-12-09
"
    );
    let nothing = ImportReport { taken: vec![], added: 0, warnings: vec![], ..import_report() };
    assert_eq!(crate::exit::of_answer(&Answer::Import(nothing.clone())), crate::exit::REFUSED);
    assert!(show(Answer::Import(nothing)).ends_with("nothing was taken: every row was rejected\n"));
}

#[test]
fn rejected_rows_are_told_with_their_place_and_the_first_of_the_most_frequent() {
    let mut rejects = Rejects::default();
    rejects.take("line,reason,row\n2,`at`: `x` is no date; the format is %Y,x\n");
    rejects.take("5,`at`: `y` is no date; the format is %Y,y\n");
    let path = Path::new("./orders.csv.rejected.csv");
    assert_eq!(
        render_rejects(&rejects, path, Language::En, PAPER),
        "rejected rows are in ./orders.csv.rejected.csv; 2 of them like line 2:\n  `at`: `x` is no date; the format is %Y\n"
    );
}

#[test]
fn columns_that_are_empty_in_all_rows_are_left_out() {
    let mut list = customers();
    for row in &mut list.rows {
        (row.customer.name, row.customer.owner) = (None, None);
    }
    let text = show(Answer::Customers(list));
    assert!(text.starts_with("customer  等级  follow-ups  warnings  net_revenue_365d\n"), "{text}");
}

#[test]
fn headings_are_in_the_language_asked_for() {
    let mut list = customers();
    list.rows[1].classes = vec![Some(ClassCell { class: "low".into(), name: "低价值".into(), overridden: false })];
    let text = show_on(100, Language::Zh, Answer::Customers(list));
    assert!(text.starts_with("客户  姓名          等级    跟进  预警  负责人  net_revenue_365d\n"), "{text}");
    assert!(
        text.contains("低价值") && text.ends_with("第 1 至 3 条，共 4,338 条；--after C12:-3 显示下一页\n"),
        "{text}"
    );
    let nothing = show_on(100, Language::Zh, Answer::Warnings(WarningList { total: 0, rows: vec![] }));
    assert!(nothing.starts_with("暂无预警\n"), "{nothing}");
}

#[test]
fn a_problem_points_at_its_place() {
    // The type of a place belongs to the rules' crate, which this one does not know; JSON makes one.
    let problem: ProblemRow = serde_json::from_value(serde_json::json!({
        "unit": "abc_grade",
        "file": "scripts/abc_grade.rhai",
        "code": "unknown-field",
        "message": "there is no field `recency_dayz`",
        "place": { "file": "scripts/abc_grade.rhai", "line": 12, "column": 23, "source": "    if 等级 && customer.recency_dayz < 30 {" },
        "hint": "did you mean `recency_days`?",
        "fatal": true,
    }))
    .unwrap();
    let list = RuleList { generation: GenerationId(3), digest: "3fa8".into(), rules: vec![], problems: vec![problem] };
    let text = show(Answer::Rules(list));
    let (source, mark) = text
        .lines()
        .zip(text.lines().skip(1))
        .find(|(line, _)| line.contains("recency_dayz <"))
        .expect("the line of the source is shown");
    assert!(text.contains("error: scripts/abc_grade.rhai:12:23: there is no field `recency_dayz`\n"), "{text}");
    assert!(text.contains("  = did you mean `recency_days`?\n"), "{text}");
    let column = |line: &str, what: &str| width(&line[..line.find(what).unwrap()]);
    assert_eq!(column(mark, "^"), column(source, "recency_dayz"));
}

#[test]
fn an_error_shows_its_hint() {
    let error = ApiError::not_found("there is no customer `1002`").with_hint("`tierhook customers search` finds some");
    assert_eq!(
        render_error(&error, Language::En, PAPER),
        "error: there is no customer `1002`\n  hint: `tierhook customers search` finds some\n"
    );
    // Where there is no Chinese for it, the English is better than nothing.
    assert_eq!(
        render_error(&error, Language::Zh, PAPER),
        "错误: 没有客户 `1002`\n  提示: `tierhook customers search` finds some\n"
    );
}

#[test]
fn who_sends_a_fact_hears_of_rules_that_faulted() {
    let text =
        r#"{"line": 7, "outcome": "recorded", "fact": "shop:o1", "what": "order", "faulted": ["value", "level"]}"#;
    let answer: FactAnswer = serde_json::from_str(text).unwrap();
    assert_eq!(
        render_fact(&answer, Language::En, PAPER),
        "line 7  recorded  order  shop:o1\n  value, level faulted: what stood before stays\n"
    );
}
