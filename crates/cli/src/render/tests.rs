//! Whole replies as people see them.

use tierhook_model::{ClockMode, Combined, Currency, Day, GenerationId, MoveCause, RecordId, ScoreGroup, Severity};
use tierhook_server::api::{
    Answer, ApiError, BandRow, BookStamp, ClassCell, ClassHead, CustomerHead, CustomerList, CustomerRow, Datum, Delta,
    DimensionExplanation, DimensionHead, Explanation, FieldHead, FollowUpList, FollowUpRow, MoveCell, MoveMatrix,
    NextBand, ProblemRow, ReasonRow, RegradeReport, Reply, RuleList, ScoreRow, StateRow, WarningList, WarningRow,
};

use super::{render, render_error};
use crate::screen::{Screen, width};

const PAPER: Screen = Screen { width: None, is_coloured: false };

fn reply(clock: ClockMode, answer: Answer) -> Reply {
    let book = BookStamp { day: day("2026-03-09"), clock, generation: GenerationId(3), currency: Currency::CNY };
    Reply { book, answer }
}

fn show(answer: Answer) -> String {
    render(&reply(ClockMode::System, answer), PAPER)
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn head(id: &str, name: &str) -> CustomerHead {
    let (record, owner) = (RecordId(12), Some("李伟".to_owned()));
    CustomerHead { record, source: "shop".into(), id: id.into(), name: Some(name.into()), owner }
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
3 of 4,338 customers; --limit N lists more
"
    );
}

#[test]
fn lists_fit_narrow_screens() {
    let screen = Screen { width: Some(72), is_coloured: false };
    let text = render(&reply(ClockMode::System, Answer::Customers(customers())), screen);
    assert!(text.lines().all(|line| width(line) <= 72), "{text}");
    assert!(text.contains("7         Anna Sch…  C "), "{text}");
}

#[test]
fn another_day_than_todays_is_shown_above_everything() {
    let text = render(&reply(ClockMode::Fixed, Answer::Customers(customers())), PAPER);
    assert!(text.starts_with("book's day 2026-03-09 (fixed clock)\ncustomer"), "{text}");
}

#[test]
fn empty_lists_say_so_and_what_to_do() {
    let none = CustomerList { dimensions: vec![], fields: vec![], total: 0, rows: vec![] };
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
        ],
        follow_ups: Delta { opened: 5, changed: 0, closed: 2 },
        warnings: Delta::default(),
        faults: vec![],
        superseded: false,
        duration_ms: 1_240,
    };
    assert_eq!(
        show(Answer::Regrade(report)),
        "\
evaluated 1,352 customers as of 2026-03-09 in 1.2 s (g4, new rules)

等级: 21 moved, 10 graded for the first time
            -> A   -> B  -> C
  A          310     12     .
  B            9  1,011     .
  new here     .      .    10

nobody moved on 价值
follow-ups: 5 opened, 2 closed
"
    );
}

#[test]
fn an_explanation_shows_the_way_to_the_next_class() {
    let groups = vec![
        ScoreGroup { name: "spend".into(), attainable: 40.0, points: Some(26.0) },
        ScoreGroup { name: "satisfaction".into(), attainable: 20.0, points: None },
    ];
    let band = |class: &str, from| BandRow { class: class.into(), name: format!("{class}级"), from };
    let bands = vec![band("A", 0.7), band("B", 0.4), band("C", 0.0)];
    let next = NextBand::above(0.65, &groups, &bands);
    let explanation = Explanation {
        customer: head("1001", "王芳"),
        day: day("2026-03-09"),
        generation: GenerationId(3),
        dimensions: vec![DimensionExplanation {
            dimension: grade(),
            class: "B".into(),
            name: "B级".into(),
            since: Some(day("2025-11-02")),
            before: Some("C".into()),
            by_rules: Some("B".into()),
            decided_by: vec!["abc_grade".into()],
            combined: Combined::Points,
            score: Some(ScoreRow { groups, share: Some(0.65), known: 2.0 / 3.0, bands, next }),
            reasons: vec![reason("近365天消费 12,000 元", Some(26.0))],
            overridden: None,
        }],
        rules: vec![],
        pending: false,
    };
    assert_eq!(
        show(Answer::Explanation(explanation)),
        "\
王芳  shop:1001  C12  owner 李伟  as of 2026-03-09, g3

等级: B级
  by points from abc_grade; since 2025-11-02; before: C
  近365天消费 12,000 元  +26.0
  points for        has    of
  spend            26.0  40.0
  satisfaction  unknown  20.0
  65.0 % of what can be had (66.7 % is known)
  5.0 % short of A级: 2.0 points
  A from 70.0 %, B from 40.0 %, C from 0.0 %
"
    );
}

#[test]
fn work_is_listed_with_what_to_do_and_why() {
    let follow_up = FollowUpRow {
        id: "F12-3".parse().unwrap(),
        customer: head("1001", "王芳"),
        kind: "repurchase".into(),
        name: "复购提醒".into(),
        state: StateRow { code: "open".into(), day: None, detail: None },
        due: day("2026-03-06"),
        days_late: 3,
        opened: day("2026-03-01"),
        channel: Some("chat".into()),
        priority: 5,
        rule: "repurchase".into(),
        reasons: vec![reason("奶粉快用完了", None)],
        action: Some("提醒补货".into()),
        offer: None,
    };
    let warning = WarningRow {
        id: "W12-4".parse().unwrap(),
        customer: head("1001", "王芳"),
        cause: "silence".into(),
        name: "沉默".into(),
        severity: Severity::High,
        state: StateRow { code: "acknowledged".into(), day: Some(day("2026-03-08")), detail: Some("li".into()) },
        opened: day("2026-03-01"),
        rule: "churn_silence".into(),
        reasons: vec![reason("已 90 天未购买", None)],
        suggestion: Some("打电话询问".into()),
    };
    assert_eq!(
        show(Answer::FollowUps(FollowUpList { total: 1, rows: vec![follow_up] })),
        "\
id     due                    customer  name  what      how   why
F12-3  2026-03-06 (3 d late)  1001      王芳  提醒补货  chat  奶粉快用完了
"
    );
    assert_eq!(
        show(Answer::Warnings(WarningList { total: 1, rows: vec![warning] })),
        "\
id     severity  customer  name  cause  since       state                         why             what to do
W12-4  high      1001      王芳  沉默   2026-03-01  acknowledged 2026-03-08 (li)  已 90 天未购买  打电话询问
"
    );
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
        render_error(&error, PAPER),
        "error: there is no customer `1002`\n  hint: `tierhook customers search` finds some\n"
    );
}
