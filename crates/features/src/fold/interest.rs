//! Interest that came to nothing yet: questions that nobody answered, products that were viewed and not bought.

use tierhook_model::{
    Aggregates, Day, Fact, Interaction, InteractionKind, MAX_VIEWED, OpenConsultation, Order, Viewed,
};

use super::{add_one, purchase::is_bought};

/// Follows what one interaction says about questions and views.
pub(super) fn follow(aggregates: &mut Aggregates, fact: &Fact, interaction: &Interaction) {
    match interaction.kind {
        InteractionKind::WebView => {
            if let Some(product) = &interaction.product {
                view(&mut aggregates.viewed, product, fact.day);
            }
        }
        InteractionKind::Consultation if interaction.by.is_none() => {
            // Whoever answers the oldest question answers all, so the oldest is all there is to keep.
            let asked = || OpenConsultation { id: fact.key.id.clone(), day: fact.day };
            aggregates.open_consultation.get_or_insert_with(asked);
        }
        _ if is_answer(interaction) => aggregates.open_consultation = None,
        _ => {}
    }
}

/// Ends what an order settles: all questions, and the views of what was bought.
pub(super) fn end_with_order(aggregates: &mut Aggregates, order: &Order) {
    aggregates.open_consultation = None;
    if order.lines.is_empty() {
        // Nobody knows what was bought, so of nothing it can be said that it was not.
        aggregates.viewed.clear();
        return;
    }
    let bought = |product: &str| order.lines.iter().any(|line| is_bought(line) && line.product == product);
    aggregates.viewed.retain(|viewed| !bought(&viewed.product));
}

/// A message from the customer that nobody at the company had is no answer to what the customer asked before.
fn is_answer(interaction: &Interaction) -> bool {
    interaction.by.is_some() || interaction.inbound != Some(true)
}

fn view(viewed: &mut Vec<Viewed>, product: &str, day: Day) {
    let mut latest = match viewed.iter().position(|earlier| earlier.product == product) {
        Some(at) => viewed.remove(at),
        None => Viewed { product: product.to_owned(), last: day, times: 0 },
    };
    latest.last = day;
    add_one(&mut latest.times);
    if viewed.len() >= MAX_VIEWED {
        viewed.remove(0);
    }
    viewed.push(latest);
}

#[cfg(test)]
mod tests {
    use tierhook_model::{FactBody, RecordId};

    use super::*;
    use crate::example::{fact, line, order_of, order_with};
    use crate::replay;

    fn touch(kind: InteractionKind, by: Option<&str>, inbound: Option<bool>) -> FactBody {
        FactBody::Interaction(Interaction { kind, by: by.map(str::to_owned), inbound, note: None, product: None })
    }

    fn question() -> FactBody {
        touch(InteractionKind::Consultation, None, None)
    }

    fn look(product: &str) -> FactBody {
        let product = Some(product.to_owned());
        let kind = InteractionKind::WebView;
        FactBody::Interaction(Interaction { kind, by: None, inbound: None, note: None, product })
    }

    /// Folds bodies that happen on one day after the other, from day 0 on.
    fn fold(bodies: impl IntoIterator<Item = FactBody>) -> Aggregates {
        let facts: Vec<Fact> = (0..).zip(bodies).map(|(at, body)| fact(at as u64 + 1, Day(at), body)).collect();
        replay(RecordId(1), &facts, None).1
    }

    fn open(bodies: impl IntoIterator<Item = FactBody>) -> Option<String> {
        fold(bodies).open_consultation.map(|open| open.id)
    }

    fn viewed(bodies: impl IntoIterator<Item = FactBody>) -> Vec<(String, i32, u32)> {
        fold(bodies).viewed.into_iter().map(|viewed| (viewed.product, viewed.last.0, viewed.times)).collect()
    }

    #[test]
    fn the_oldest_question_waits_until_somebody_is_in_contact() {
        use InteractionKind as Kind;
        assert_eq!(open([question(), question()]).as_deref(), Some("f1"));
        for (answer, is_open) in [
            (touch(Kind::Call, None, None), false),
            (touch(Kind::Email, None, Some(false)), false),
            (touch(Kind::Chat, None, Some(true)), true),
            (touch(Kind::Chat, Some("li"), Some(true)), false),
            (touch(Kind::Consultation, Some("li"), Some(true)), false),
            (touch(Kind::WebView, None, Some(true)), true),
            (order_of(1), false),
        ] {
            assert_eq!(open([question(), answer.clone()]).is_some(), is_open, "{answer:?}");
        }
        assert_eq!(open([question(), touch(Kind::Call, None, None), question()]).as_deref(), Some("f3"));
        assert_eq!(open([touch(Kind::Consultation, Some("li"), None)]), None, "it was answered as it was asked");
    }

    #[test]
    fn a_view_is_followed_until_the_product_is_bought() {
        let item = |product: &str, days, times| (product.to_owned(), days, times);
        assert_eq!(viewed([look("a"), look("b"), look("a")]), [item("b", 1, 1), item("a", 2, 2)]);
        let buys = |product: &str| order_with(vec![line(product, 1, 100)]);
        assert_eq!(viewed([look("a"), look("b"), buys("a")]), [item("b", 1, 1)]);
        assert_eq!(viewed([buys("a"), look("a")]), [item("a", 1, 1)], "bought before it was viewed");
        let given_back = order_with(vec![line("a", -1, -100)]);
        assert_eq!(viewed([look("a"), given_back]), [item("a", 0, 1)]);
    }

    #[test]
    fn an_order_without_goods_leaves_nothing_that_was_surely_not_bought() {
        assert_eq!(viewed([look("a"), order_of(100)]), []);
    }

    #[test]
    fn what_was_viewed_longest_ago_is_not_followed_any_more() {
        let names: Vec<String> = (0..10).map(|at| format!("p{at}")).collect();
        let kept = viewed(names.iter().map(|name| look(name)).chain([look("p2")]));
        assert_eq!(kept.len(), MAX_VIEWED);
        assert_eq!((kept[0].0.as_str(), kept[7].0.as_str(), kept[7].2), ("p3", "p2", 2));
    }
}
