//! What orders, refunds and cancellations come to.
//!
//! An order that is called off later stays an order: it counts, its day is a purchase day, its goods were bought.
//! Only its money is taken back, on the day of the cancellation.

use tierhook_model::{
    Aggregates, Amount, Cancellation, Day, Fact, Line, MAX_CATEGORIES, MAX_PRODUCTS, MAX_PURCHASE_DAYS, Order, Refund,
};

use super::{add_one, bucket, cycle};

pub(super) fn add_order(aggregates: &mut Aggregates, fact: &Fact, order: &Order) {
    let (day, amount) = (fact.day, order.amount.base);
    aggregates.largest = if aggregates.orders == 0 { amount } else { aggregates.largest.max(amount) };
    add_one(&mut aggregates.orders);
    aggregates.gross = aggregates.gross.saturating_add(amount);
    aggregates.first_order.get_or_insert(day);
    aggregates.last_order = Some(day);
    aggregates.last_order_id = Some(fact.key.id.clone());
    let bucket = bucket(aggregates, day);
    add_one(&mut bucket.orders);
    bucket.gross = bucket.gross.saturating_add(amount);
    add_purchase_day(aggregates, day);
    for line in order.lines.iter().filter(|line| line.is_goods) {
        add_spend(&mut aggregates.categories, line, &order.amount);
        if is_bought(line) {
            add_product(&mut aggregates.products, &line.product);
        }
    }
    cycle::follow(&mut aggregates.cycles, day, &order.lines);
}

pub(super) fn add_refund(aggregates: &mut Aggregates, day: Day, refund: &Refund) {
    let amount = refund.amount.base;
    add_one(&mut aggregates.refunds);
    aggregates.refunded = aggregates.refunded.saturating_add(amount);
    let bucket = bucket(aggregates, day);
    bucket.refunded = bucket.refunded.saturating_add(amount);
    bucket.returned_money = bucket.returned_money.saturating_add(amount);
}

pub(super) fn add_cancellation(aggregates: &mut Aggregates, day: Day, cancellation: &Cancellation) {
    let amount = cancellation.amount.base;
    add_one(&mut aggregates.cancellations);
    aggregates.cancelled = aggregates.cancelled.saturating_add(amount);
    let bucket = bucket(aggregates, day);
    bucket.returned_money = bucket.returned_money.saturating_add(amount);
}

/// Goods of which a negative quantity is booked were given back; of which zero, nobody wrote down how many.
pub(super) fn is_bought(line: &Line) -> bool {
    line.is_goods && line.quantity_milli >= 0
}

fn add_purchase_day(aggregates: &mut Aggregates, day: Day) {
    let days = &mut aggregates.purchase_days;
    if days.last() == Some(&day) {
        return;
    }
    if days.len() >= MAX_PURCHASE_DAYS {
        days.remove(0);
    }
    days.push(day);
    add_one(&mut aggregates.purchase_day_count);
}

fn add_product(products: &mut Vec<u32>, product: &str) {
    let hash = hash32(product);
    if let Err(at) = products.binary_search(&hash)
        && products.len() < MAX_PRODUCTS
    {
        products.insert(at, hash);
    }
}

fn add_spend(categories: &mut Vec<(String, i64)>, line: &Line, order: &Amount) {
    let Some(category) = &line.category else { return };
    let spend = in_base(line.amount_minor, order);
    match categories.iter().position(|(known, _)| known == category) {
        Some(at) => categories[at].1 = categories[at].1.saturating_add(spend),
        None if categories.len() < MAX_CATEGORIES => categories.push((category.clone(), spend)),
        None => {}
    }
}

/// Converts a part of an order to minor units of the base currency, at the order's own rate and rounded half away
/// from zero. An order that cost nothing has no rate, and its lines brought nothing.
fn in_base(part: i64, order: &Amount) -> i64 {
    let (base, original) = (i128::from(order.base), i128::from(order.original.minor));
    if original == 0 {
        return 0;
    }
    let scaled = i128::from(part) * base;
    let away = if (scaled < 0) == (original < 0) { original / 2 } else { -(original / 2) };
    let rounded = (scaled + away) / original;
    rounded.clamp(i64::MIN.into(), i64::MAX.into()) as i64
}

/// FNV-1a of 64 bits, folded to 32. The results are stored: another function would count known products again.
fn hash32(text: &str) -> u32 {
    let hash = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    (hash ^ (hash >> 32)) as u32
}

#[cfg(test)]
mod tests {
    use tierhook_model::Money;

    use super::*;

    #[test]
    fn lines_are_converted_at_the_rate_of_their_order() {
        let amount = |minor, code: &str, base| Amount {
            original: Money { minor, currency: code.parse().expect("the code is a currency") },
            base,
        };
        assert_eq!(in_base(333, &amount(999, "CNY", 999)), 333);
        assert_eq!(in_base(500, &amount(1_000, "USD", 7_155)), 3_578);
        assert_eq!(in_base(-500, &amount(1_000, "USD", 7_155)), -3_578);
        assert_eq!(in_base(500, &amount(-1_000, "USD", -7_155)), 3_578);
        assert_eq!(in_base(10_000, &amount(0, "JPY", 0)), 0);
        assert_eq!(in_base(i64::MAX, &amount(1, "USD", 7)), i64::MAX);
    }

    #[test]
    fn the_stored_hash_of_a_product_never_changes() {
        // FNV-1a 64 of "a" is af63dc4c8601ec8c.
        assert_eq!(hash32("a"), 0xaf63_dc4c ^ 0x8601_ec8c);
        assert_eq!(hash32(""), 0xcbf2_9ce4 ^ 0x8422_2325);
    }
}
