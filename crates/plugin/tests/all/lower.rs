//! What identifies a person: tokens, masks, and logs without it.

use std::collections::BTreeSet;
use std::sync::Arc;

use tierhook_hooks::{Frame, FrameBuilder};
use tierhook_model::{FieldType, RecordId, Value};

use crate::support::{classify, classifying, refused, rule, source, wishes};

const NAME: &str = "Canary-Wang-Fang";
const SHOE: i64 = 0x0043_414e_4152_5931;

/// A frame with what the plugin asked for and what it did not.
fn frame() -> Arc<Frame> {
    let columns = [
        ("custom.alias", FieldType::Text),
        ("custom.nickname", FieldType::Text),
        ("custom.shoe_size", FieldType::Integer),
        ("orders_total", FieldType::Integer),
    ];
    let mut builder = FrameBuilder::new(columns, 1);
    builder.push(RecordId(1), |column| {
        Some(match column {
            0 => Value::Text("Canary-ungranted".into()),
            1 => Value::Text(NAME.into()),
            2 => Value::Integer(SHOE),
            _ => Value::Integer(3),
        })
    });
    Arc::new(builder.finish())
}

/// Looks for a text in all of the memory that the guest has, and traces it where it is found; the text itself is put
/// together in the code, so that it is in no data.
fn searching(text: &[u8]) -> String {
    let tests: Vec<String> = text
        .iter()
        .enumerate()
        .map(|(at, byte)| format!("(i32.eq (i32.load8_u offset={at} (local.get $at)) (i32.const {byte}))"))
        .collect();
    let all = tests.into_iter().reduce(|all, one| format!("(i32.and {all} {one})")).unwrap();
    format!(
        "(local $at i32) (local $end i32)
        (local.set $end (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 64)))
        (loop $next
            (if {all} (then (call $trace (i32.const 0) (i32.const 2048) (i32.const 5))))
            (local.set $at (i32.add (local.get $at) (i32.const 1)))
            (br_if $next (i32.lt_u (local.get $at) (local.get $end))))
        (i32.const 1024)"
    )
}

fn is_seen(text: &[u8], reads: &[&str], clear: &[&str]) -> bool {
    let mut source = source(classifying(&searching(text), "(data (i32.const 2048) \"found\")"), reads);
    source.clear = clear.iter().map(|field| (*field).to_owned()).collect::<BTreeSet<_>>();
    let outcome = classify(&*rule(source), &frame());
    wishes(&outcome);
    !outcome.records[0].hits.is_empty()
}

#[test]
fn canaries_are_found_only_where_they_were_granted_in_clear() {
    let all = ["custom.nickname", "custom.shoe_size", "orders_total"];
    assert!(is_seen(NAME.as_bytes(), &all, &["custom.nickname"]), "the search finds what is there");
    assert!(!is_seen(NAME.as_bytes(), &all, &[]), "a token stands in its place");
    assert!(is_seen(&SHOE.to_le_bytes(), &all, &["custom.shoe_size"]));
    assert!(!is_seen(&SHOE.to_le_bytes(), &all, &[]), "what is no text is masked");
    assert!(
        !is_seen(b"Canary-ungranted", &all, &["custom.nickname", "custom.shoe_size"]),
        "what it did not ask for is not there"
    );
    assert!(!is_seen(b"alias", &all, &all), "and neither is its name");
}

#[test]
fn fields_that_identify_nobody_are_passed_on() {
    assert!(is_seen(b"orders_total", &["orders_total"], &[]));
    let said = refused(source(classifying("(i32.const 1024)", ""), &["custom.shoe_sise"]));
    assert!(said.contains("did you mean `custom.shoe_size`"), "{said}");
}

/// Texts were masked where they were logged or noted, but a number that identifies a person just as well was not.
#[test]
fn a_number_that_was_granted_in_clear_is_not_noted_either() {
    let digits = SHOE.to_string();
    let items = format!("(data (i32.const 2048) \"shoe size {digits}\")");
    let body =
        format!("(call $trace (i32.const 0) (i32.const 2048) (i32.const {})) (i32.const 1024)", 10 + digits.len());
    let mut clear = source(classifying(&body, &items), &["custom.shoe_size"]);
    clear.clear = BTreeSet::from(["custom.shoe_size".to_owned()]);
    let outcome = classify(&*rule(clear), &frame());
    assert_eq!(outcome.records[0].hits, ["shoe size ***"]);
}
