//! Order lists.

use std::collections::HashMap;

use rust_decimal::Decimal;
use tierhook_model::grouped;

use super::choice::Choice;
use super::column::Column;
use super::customer::{write_profile_field, write_region};
use super::draft::Draft;
use super::notation::{cell, literal};
use super::refund::{gives_back, write_given_back, write_refunds};
use super::word::{Fate, NO_GOODS, Role, SYMBOLS, currency_in, fate, is_of_refunds, roles, unit_of};
use super::{GuessError, names, write_customer};
use crate::mapping::ImportKind;

const ROLES: &[Role] = &[
    Role::Customer,
    Role::Order,
    Role::Date,
    Role::Product,
    Role::ProductName,
    Role::Category,
    Role::Quantity,
    Role::UnitPrice,
    Role::LineAmount,
    Role::Amount,
    Role::Currency,
    Role::Channel,
    Role::Status,
    Role::Refunded,
    Role::Phone,
    Role::Handle,
    Role::Email,
    Role::Company,
    Role::Name,
    Role::Owner,
    Role::Region,
    Role::Address,
    Role::Notes,
];

/// Drafts the mapping of an order list.
pub(super) fn draft(draft: &mut Draft<'_>) -> Result<(), GuessError> {
    let columns = draft.columns;
    let mut choice = Choice::of(columns, ROLES);
    fill_gaps(columns, &mut choice);
    let missing = |what| GuessError::NoColumn { columns: names(columns), what, kind: ImportKind::Orders };
    let customer = write_customer(draft, &choice)?;
    let gives_back = gives_back(columns, &choice);
    match choice.get(Role::Order) {
        Some((order, sureness)) if !gives_back || is_of_refunds(columns[order].name) => {
            draft.column("id", order, sureness);
        }
        Some((order, sureness)) => draft.column("order", order, sureness),
        None => {}
    }
    let (date, sureness) = choice.get(Role::Date).ok_or_else(|| missing("a date"))?;
    draft.date("at", date, sureness);
    let refunded = choice.get(Role::Refunded).filter(|_| gives_back);
    let price = match refunded {
        Some((column, sureness)) => Some(Price { column, sureness, unit: false }),
        None => price(draft, &choice),
    };
    let price = price.ok_or_else(|| missing("an amount or a price"))?;
    write_currency(draft, &choice, price.column);
    if let Some((channel, sureness)) = choice.get(Role::Channel) {
        draft.column("channel", channel, sureness);
    }
    if gives_back {
        write_given_back(draft, &choice);
        write_whole(draft, &choice, &price);
        return Ok(());
    }
    write_refunds(draft, &choice, &price, customer);
    write_lines(draft, &choice, &price);
    write_about(draft, &choice, customer);
    for (at, column) in columns.iter().enumerate() {
        if column.roles.first().is_some_and(|(role, _)| *role == Role::Status) && column.fits(Role::Status) {
            write_status(draft, at);
        }
    }
    if let Some((refunded, _)) = choice.get(Role::Refunded) {
        let name = columns[refunded].name;
        draft.ask(
            format!(
                "`{name}` is not taken: a row becomes one order. Import what was given back from a list of refunds, with \
                 `refund = true`"
            ),
            format!("未导入 `{name}`：一行对应一张订单；退款请用退款清单导入，并在映射中写 `refund = true`"),
        );
    }
    Ok(())
}

/// Writes what a row comes to as a whole, whatever it is of.
fn write_whole(draft: &mut Draft<'_>, choice: &Choice, price: &Price) {
    let columns = draft.columns;
    match choice.get(Role::Quantity).filter(|_| price.unit) {
        Some((quantity, sureness)) => {
            draft.as_number(quantity);
            draft.as_number(price.column);
            draft.note("amount", quantity, sureness);
            let expression = format!("{} * {}", cell(columns[quantity].name), cell(columns[price.column].name));
            draft.expression("amount", price.column, price.sureness, &expression);
        }
        None => write_amount(draft, "amount", price),
    }
}

/// Writes an amount or a price as the column has it, or what it comes to where the column is in thousands or more.
fn write_amount(draft: &mut Draft<'_>, key: &str, price: &Price) {
    let name = draft.columns[price.column].name;
    let unit = unit_of(name);
    if unit == 1 {
        return draft.number(key, price.column, price.sureness);
    }
    draft.as_number(price.column);
    draft.expression(key, price.column, price.sureness, &format!("{} * {unit}", cell(name)));
    let unit = grouped(&unit.to_string());
    draft.ask(
        format!("`{name}` is taken times {unit}, as its name says; is that right?"),
        format!("`{name}` 按列名乘以 {unit}，对吗？"),
    );
}

/// Without names the values have to do: the first date, the last number with a fraction, a small whole number, and what
/// is left first as the customer.
fn fill_gaps(columns: &[Column<'_>], choice: &mut Choice) {
    let nameless = columns.iter().all(|column| column.roles.is_empty());
    let free = |choice: &Choice, test: &dyn Fn(&Column<'_>) -> bool| {
        let free = |at: &usize| !choice.has_column(*at) && columns[*at].filled > 0 && test(&columns[*at]);
        (0..columns.len()).filter(free).collect::<Vec<usize>>()
    };
    if let Some(date) =
        free(choice, &|column| column.dates.is_some() && !column.roles.iter().any(|(role, _)| *role == Role::Birthday))
            .first()
    {
        choice.add(Role::Date, *date, 0.5);
    }
    if !nameless {
        return;
    }
    if let Some(amount) = free(choice, &|column| column.numbers.is_some() && !column.is_whole()).last() {
        choice.add(Role::Amount, *amount, 0.4);
    }
    let small = |column: &Column<'_>| {
        let most = Decimal::from(10_000);
        column.is_whole()
            && column.share(|value| value.starts_with('0') && value.len() > 1) == 0
            && column.numbers.iter().flat_map(|numbers| numbers.values.iter().flatten()).all(|number| *number < most)
    };
    if let Some(customer) = free(choice, &|_| true).first() {
        choice.add(Role::Customer, *customer, 0.4);
    }
    if let Some(quantity) = free(choice, &small).last() {
        choice.add(Role::Quantity, *quantity, 0.4);
    }
}

/// Where the amounts come from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Price {
    pub(super) column: usize,
    pub(super) sureness: f64,
    /// Whether it is the price of one unit.
    pub(super) unit: bool,
}

/// Chooses between what was paid, what a line cost and what a unit cost. An order's total that stands on each of its
/// lines would be counted once for each.
fn price(draft: &mut Draft<'_>, choice: &Choice) -> Option<Price> {
    let of = |role, unit| choice.get(role).map(|(column, sureness)| Price { column, sureness, unit });
    let amount = of(Role::Amount, false);
    let line = of(Role::LineAmount, false).or(of(Role::UnitPrice, true));
    let Some((total, order)) = amount.zip(choice.get(Role::Order)) else { return amount.or(line) };
    if !repeats(draft, order.0, total.column) {
        return Some(total);
    }
    let name = draft.columns[total.column].name;
    match line {
        Some(line) => {
            let instead = draft.columns[line.column].name;
            draft.ask(
                format!(
                    "`{name}` is the same on all lines of an order, so that it seems to be the order's total; the lines \
                     are taken by `{instead}` instead. Are they what was paid?"
                ),
                format!("`{name}` 在同一订单的各行相同，应为订单总额；各行金额改用 `{instead}`，这是实付金额吗？"),
            );
            Some(line)
        }
        None => {
            draft.ask(
                format!(
                    "`{name}` is the same on all lines of an order: if it is the order's total, it is counted once for \
                     each line. Export the list with the price of each line, or one row for each order"
                ),
                format!("`{name}` 在同一订单的各行相同：若为订单总额，会按行重复计算；请导出每行金额，或每单一行"),
            );
            Some(total)
        }
    }
}

/// Tells whether an amount is the same on all rows of an order, for all orders of several rows.
fn repeats(draft: &Draft<'_>, order: usize, amount: usize) -> bool {
    let (orders, amounts) = (&draft.columns[order].values, &draft.columns[amount].values);
    let mut groups: HashMap<&str, (usize, &str)> = HashMap::new();
    for (id, amount) in orders.iter().zip(amounts).filter(|(id, _)| !id.is_empty()) {
        let group = groups.entry(id).or_insert((0, amount));
        if group.1 != *amount {
            return false;
        }
        group.0 += 1;
    }
    groups.values().filter(|(rows, _)| *rows > 1).count() >= 2
}

fn write_currency(draft: &mut Draft<'_>, choice: &Choice, price: usize) {
    if let Some((currency, sureness)) = choice.get(Role::Currency) {
        return draft.column("currency", currency, sureness);
    }
    // What is called a currency and cannot be read as one: its rows are rejected, rather than taken in the book's own.
    let is_called_so = |column: &Column<'_>| {
        column.filled > 0 && matches!(roles(column.name).first(), Some((Role::Currency, sureness)) if *sureness > 0.9)
    };
    if let Some(column) = draft.columns.iter().position(is_called_so) {
        return draft.column("currency", column, 0.5);
    }
    let column = &draft.columns[price];
    let sign = column.numbers.as_ref().and_then(|numbers| numbers.style.symbol);
    let by_sign = sign.and_then(|sign| SYMBOLS.iter().find(|(symbol, _)| *symbol == sign)).and_then(|(_, code)| *code);
    match by_sign.or_else(|| currency_in(column.name)) {
        Some(code) => {
            let note = format!("from {}", if by_sign.is_some() { "the amounts" } else { "the name of the column" });
            draft.write("currency", &format!("{{ text = \"{code}\" }}"), &note);
        }
        None => draft.ask(
            "no column names the currency: amounts are taken in the book's own. If they are in another, write for example \
             currency = { text = \"USD\" }",
            "没有币种列：金额按账本币种计；若为其他币种，请写例如 currency = { text = \"USD\" }",
        ),
    }
}

fn write_lines(draft: &mut Draft<'_>, choice: &Choice, price: &Price) {
    let columns = draft.columns;
    let (product, name) = (choice.get(Role::Product), choice.get(Role::ProductName));
    let Some((product, sureness)) = product.or(name) else { return write_whole(draft, choice, price) };
    draft.column("line.product", product, sureness);
    if let Some((name, sureness)) = name.filter(|(name, _)| *name != product) {
        draft.column("line.name", name, sureness);
    }
    if let Some((category, sureness)) = choice.get(Role::Category) {
        draft.column("line.category", category, sureness);
    }
    if let Some((quantity, sureness)) = choice.get(Role::Quantity) {
        draft.number("line.quantity", quantity, sureness);
    }
    let key = if price.unit { "line.unit_price" } else { "line.amount" };
    write_amount(draft, key, price);
    let by = name.map_or(product, |(name, _)| name);
    for column in [product, by] {
        let found = columns[column].distinct.keys().filter(|value| NO_GOODS.contains(&value.to_lowercase().as_str()));
        let found: Vec<&str> = found.copied().collect();
        // A letter alone may as well be a size.
        if found.iter().any(|value| value.chars().count() > 1) {
            let found: Vec<String> = found.into_iter().map(literal).collect();
            let expression = format!("!({} in [{}])", cell(columns[column].name), found.join(", "));
            return draft.expression("line.is_goods", column, 0.6, &expression);
        }
    }
}

/// Takes what the list says about the customers, so that they are not numbers only.
fn write_about(draft: &mut Draft<'_>, choice: &Choice, customer: usize) {
    const ABOUT: &[Role] =
        &[Role::Name, Role::Company, Role::Phone, Role::Email, Role::Handle, Role::Region, Role::Address];
    let columns = draft.columns;
    for role in ABOUT {
        let Some((at, sureness)) = choice.get(*role) else { continue };
        let column = &columns[at];
        let is_of_use = match role {
            // Of masked numbers the user is told.
            Role::Phone => true,
            _ => !column.is_masked(),
        };
        if !is_of_use {
            continue;
        }
        if *role == Role::Phone {
            write_region(draft, choice);
        }
        write_profile_field(draft, *role, at, sureness);
    }
    if choice.get(Role::Name).is_none() && choice.get(Role::Company).is_some_and(|(at, _)| at == customer) {
        draft.write("fields.kind", "{ text = \"organisation\" }", "these seem to be firms");
    }
}

/// Leaves out the rows whose status says that nothing was sold.
fn write_status(draft: &mut Draft<'_>, at: usize) {
    let column = &draft.columns[at];
    let of = |wanted: Option<Fate>| -> Vec<&str> {
        column.distinct.keys().copied().filter(|value| fate(value) == wanted).collect()
    };
    let (gone, unknown) = (of(Some(Fate::Gone)), of(None));
    let name = column.name;
    for value in &gone {
        let reason = format!("{name}: {value}");
        draft.reject(&format!("{} == {}", cell(name), literal(value)), &reason);
        draft.asked.push(reason);
    }
    if !gone.is_empty() {
        draft.note("reject", at, 0.7);
        let (gone, kept) = (gone.join(", "), of(Some(Fate::Stands)).join(", "));
        draft.ask(
            format!("rows with `{name}` {gone} are left out, those with {kept} count as orders; is that right?"),
            format!("`{name}` 为 {gone} 的行不计，为 {kept} 的行计为订单，对吗？"),
        );
    }
    if !unknown.is_empty() && unknown.len() <= 12 {
        let unknown = unknown.join(", ");
        draft.ask(
            format!("rows with `{name}` {unknown} count as orders; write a `[[reject]]` for those that are none"),
            format!("`{name}` 为 {unknown} 的行计为订单；不算订单的请写 `[[reject]]`"),
        );
    }
}
