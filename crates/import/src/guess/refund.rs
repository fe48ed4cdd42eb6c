//! Money given back: lists that have nothing else, and rows of it in order lists.

use rust_decimal::Decimal;

use super::choice::Choice;
use super::column::Column;
use super::draft::Draft;
use super::notation::{cell, literal, raw};
use super::order::Price;
use super::word::{Role, is_of_refunds, is_open_refund, normal};

/// Tells whether all rows of a list give money back: by the name of its day, or of its number.
pub(super) fn gives_back(columns: &[Column<'_>], choice: &Choice) -> bool {
    let named = |role: Role| choice.get(role).is_some_and(|(at, _)| is_of_refunds(columns[at].name));
    named(Role::Date) || named(Role::Order)
}

/// Says that every row gives money back, for which order and why, and leaves out what was not given back after all.
pub(super) fn write_given_back(draft: &mut Draft<'_>, choice: &Choice) {
    let columns = draft.columns;
    draft.write("refund", "true", "every row gives money back");
    draft.ask(
        "the rows are taken for money that was given back, not for orders; if they are orders, take out refund = true",
        "各行按退款计，不计为订单；如果是订单，请删去 refund = true",
    );
    let order = |at: &usize| {
        let name = normal(columns[*at].name);
        let is_order = columns[*at].roles.iter().any(|(role, _)| *role == Role::Order);
        is_order && !choice.has_column(*at) && !is_of_refunds(&name)
    };
    if let Some(at) = (0..columns.len())
        .find(order)
        .filter(|_| choice.get(Role::Order).is_none_or(|(at, _)| is_of_refunds(columns[at].name)))
    {
        draft.column("order", at, 0.7);
    }
    let is_free = |at: &usize| !choice.has_column(*at);
    let why = |at: &usize| columns[*at].name.contains("原因") || normal(columns[*at].name).contains("reason");
    if let Some(at) = (0..columns.len()).filter(is_free).find(why) {
        draft.column("reason", at, 0.7);
    }
    let status = |column: &Column<'_>| column.roles.first().is_some_and(|(role, _)| *role == Role::Status);
    for (at, column) in columns.iter().enumerate().filter(|(_, column)| status(column) && column.fits(Role::Status)) {
        let open = |value: &&&str| is_open_refund(value);
        let open: Vec<&str> = column.distinct.keys().filter(open).copied().collect();
        for value in &open {
            let reason = format!("{}: {value}", column.name);
            draft.reject(&format!("{} == {}", cell(column.name), literal(value)), &reason);
            draft.asked.push(reason);
        }
        if !open.is_empty() {
            draft.note("reject", at, 0.7);
            let (name, open) = (column.name, open.join(", "));
            draft.ask(
                format!("rows with `{name}` {open} are left out: nothing was given back; is that right?"),
                format!("`{name}` 为 {open} 的行尚未退款，不计，对吗？"),
            );
        }
    }
}

/// Says which rows give money back: by a letter before their ids, else by a number below 0.
pub(super) fn write_refunds(draft: &mut Draft<'_>, choice: &Choice, price: &Price, customer: usize) {
    let columns = draft.columns;
    let sold = price.unit || choice.get(Role::Product).or(choice.get(Role::ProductName)).is_some();
    let quantity = choice.get(Role::Quantity).map(|(column, _)| column);
    let tells = |column: &usize| columns[*column].has_negative() || (sold && !columns[price.column].has_negative());
    let below = quantity.filter(tells).unwrap_or(price.column);
    // Rows without a customer are left out, and what they say about numbers below 0 does not count.
    let negative = |row: usize| {
        let number = columns[below].numbers.as_ref().and_then(|numbers| numbers.values[row]);
        number.is_some_and(|number| number < Decimal::ZERO) && !columns[customer].values[row].is_empty()
    };
    if let Some((order, sureness)) = choice.get(Role::Order) {
        let ids = &columns[order].values;
        let letter = (0..ids.len()).find(|row| negative(*row)).and_then(|row| ids[row].chars().next());
        let marked = |letter: char| {
            // A row with the letter may be of nothing, but one without it must not give back.
            (0..ids.len()).all(|row| ids[row].is_empty() || !negative(row) || ids[row].starts_with(letter))
                && (0..ids.len())
                    .filter(|row| ids[*row].starts_with(letter) && !columns[customer].values[*row].is_empty())
                    .all(negative)
        };
        if let Some(letter) = letter.filter(|letter| letter.is_ascii_alphabetic() && marked(*letter)) {
            let expression = format!("{}.starts_with(\"{letter}\")", cell(columns[order].name));
            return draft.expression("cancellation", order, sureness.min(0.8), &expression);
        }
    }
    draft.as_number(below);
    let note =
        if columns[below].has_negative() { "" } else { "no row of the sample is; should one be, it gives money back" };
    let guard = if columns[below].filled < columns[below].values.len() { ".or(0)" } else { "" };
    draft.write("refund", &raw(&format!("{}{guard} < 0", cell(columns[below].name))), note);
}
