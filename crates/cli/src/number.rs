//! Numbers as people read them.

use tierhook_model::grouped;
use tierhook_server::api::Datum;

use crate::word::fill;

/// Writes a count with a comma between thousands.
pub(crate) fn count(number: u64) -> String {
    grouped(&number.to_string())
}

/// Writes a count with what is counted, for example `1 customer` or `4,338 customers`. Both texts have the place of the
/// number in them, as `{} customers`.
pub(crate) fn counted(number: u64, one: &str, many: &str) -> String {
    fill(if number == 1 { one } else { many }, &[&count(number)])
}

/// Writes a share as a percentage with one digit.
pub(crate) fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// Writes a number with a comma between thousands and no more digits than it has.
pub(crate) fn decimal(number: f64) -> String {
    grouped(&number.to_string())
}

/// Writes a span of time given in milliseconds.
pub(crate) fn duration(ms: u64) -> String {
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..60_000 => format!("{}.{} s", ms / 1_000, ms % 1_000 / 100),
        _ => format!("{} min {} s", ms / 60_000, ms % 60_000 / 1_000),
    }
}

/// Writes a number of bytes.
pub(crate) fn bytes(number: u64) -> String {
    let mut value = number as f64;
    let mut unit = "B";
    for larger in ["KiB", "MiB", "GiB", "TiB"] {
        if value < 1024.0 {
            break;
        }
        value /= 1024.0;
        unit = larger;
    }
    if unit == "B" { format!("{number} B") } else { format!("{value:.1} {unit}") }
}

/// Writes a value.
pub(crate) fn value(value: &Datum) -> String {
    if value.is_number() { grouped(&value.to_string()) } else { value.to_string() }
}

/// Writes points: whole ones without a fraction.
pub(crate) fn points(points: f64) -> String {
    if points.fract() == 0.0 { format!("{points:.0}") } else { format!("{points:.1}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!(counted(1, "{} customer", "{} customers"), "1 customer");
        assert_eq!(counted(4_338, "{} customer", "{} customers"), "4,338 customers");
        assert_eq!([decimal(4_000.0), decimal(0.65), decimal(-1_234.5)], ["4,000", "0.65", "-1,234.5"]);
        assert_eq!([points(45.0), points(2.25)], ["45", "2.2"]);
    }

    #[test]
    fn spans_and_sizes_are_rounded_down_to_what_is_read() {
        assert_eq!([duration(850), duration(1_250), duration(200_000)], ["850 ms", "1.2 s", "3 min 20 s"]);
        assert_eq!([bytes(17), bytes(1_536), bytes(3 << 30)], ["17 B", "1.5 KiB", "3.0 GiB"]);
    }
}
