//! The same rule gives the same answers on many threads, and when it is asked again.

use std::thread;

use tierhook_hooks::{Hook, Limits};
use tierhook_model::Value;

use super::support::{Fields, batch, compile, context, frame, host_with, source};

const SCRIPT: &str = "
fn points(c) { scaled(c.net_revenue_365d, 0, 1000) }
fn classify(customer, ctx) {
    if customer.tenure_days.or(0) < 30 { return class(\"grade\", \"new\").because(\"NEW\", #{ days: customer.tenure_days }); }
    if customer.tenure_days % 7 == 0 { return customer.satisfaction_mean + 1; }
    score(\"grade\")
        .group(\"spend\", 40, points(customer), \"SPEND\", #{ spend: customer.net_revenue_365d })
        .group(\"satisfaction\", 20, scaled(customer.satisfaction_mean, 1, 5))
        .band(\"A\", 0.7).band(\"B\", 0.4).band(\"C\", 0.0)
}";

#[test]
fn threads_share_a_rule_without_disturbing_each_other() {
    // Time enough: a machine that is busy with something else is no disturbance.
    let limits = Limits { wall_ms: 60_000, ..Limits::default() };
    let rule = host_with(limits).compile(source(SCRIPT, None)).unwrap();
    let records: Vec<Vec<(&str, Value)>> = (0..200)
        .map(|n| vec![("tenure_days", Value::Integer(n)), ("net_revenue_365d", Value::Decimal(n as f64 * 7.0))])
        .collect();
    let records: Vec<Fields> = records.iter().map(Vec::as_slice).collect();
    let expected = batch(&rule, Hook::Classify, &records);
    assert_eq!(expected, batch(&rule, Hook::Classify, &records));
    assert!(expected.usage.faults > 10 && expected.usage.faults < 100, "{:?}", expected.usage);
    let shared = frame(&rule, Hook::Classify, &records);
    thread::scope(|scope| {
        let calls: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| (0..5).map(|_| rule.call(Hook::Classify, &shared, &context())).collect::<Vec<_>>()))
            .collect();
        for call in calls {
            for outcome in call.join().unwrap() {
                assert_eq!(outcome, expected);
            }
        }
    });
}

#[test]
fn a_hook_that_a_rule_has_not_says_nothing() {
    let rule = compile(SCRIPT, None);
    let outcome = batch(&rule, Hook::FollowUp, &[&[], &[]]);
    assert!(
        outcome.records.iter().all(|record| record.result.as_ref().is_ok_and(|wishes| *wishes == Default::default()))
    );
    assert_eq!(outcome.records.len(), 2);
}
