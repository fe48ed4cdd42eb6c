//! Facts in words.

use tierhook_model::{FactBody, FeedbackKind, InteractionKind, Money, OutcomeKind, ProfileKey, Record};

use super::text::Texts;
use crate::api::Datum;

/// What kind of fact it is.
pub(super) fn kind(body: &FactBody, texts: &Texts) -> &'static str {
    let (en, zh) = match body {
        FactBody::Order(_) => ("order", "订单"),
        FactBody::Refund(_) => ("refund", "退款"),
        FactBody::Cancellation(_) => ("cancellation", "取消订单"),
        FactBody::Interaction(interaction) => match interaction.kind {
            InteractionKind::Call => ("call", "电话"),
            InteractionKind::Visit => ("visit", "拜访"),
            InteractionKind::Email => ("email", "邮件"),
            InteractionKind::Chat => ("chat", "在线沟通"),
            InteractionKind::WebView => ("web view", "网页浏览"),
            InteractionKind::Consultation => ("consultation", "咨询"),
        },
        FactBody::Feedback(feedback) => match &feedback.kind {
            FeedbackKind::Satisfaction { .. } => ("satisfaction", "满意度"),
            FeedbackKind::Complaint => ("complaint", "投诉"),
            FeedbackKind::ComplaintResolved { .. } => ("complaint resolved", "投诉已解决"),
            FeedbackKind::Return { .. } => ("return", "退货"),
            FeedbackKind::Remark => ("remark", "留言"),
        },
        FactBody::Measure(_) => ("measure", "指标"),
        FactBody::Profile(_) => ("profile", "资料变更"),
        FactBody::Contact(_) => ("contact person", "联系人变更"),
        FactBody::Override(_) => ("override", "人工定级"),
        FactBody::Outcome(_) => ("outcome", "处理结果"),
        FactBody::Merge(merge) if merge.undo => ("unmerge", "取消合并"),
        FactBody::Merge(_) => ("merge", "合并"),
        FactBody::Retraction(_) => ("retraction", "撤回"),
    };
    texts.pick(en, zh)
}

/// A cause in the language asked for; one of a rule's own list as it is.
fn cause<'a>(cause: &'a str, texts: &Texts) -> &'a str {
    match cause {
        "quality" => texts.pick("quality", "质量"),
        "service" => texts.pick("service", "服务"),
        "price" => texts.pick("price", "价格"),
        "competitor" => texts.pick("competitor", "竞争对手"),
        "moved" => texts.pick("moved", "搬迁"),
        "other" => texts.pick("other", "其他"),
        own => own,
    }
}

/// What is to say about it.
pub(super) fn text(body: &FactBody, texts: &Texts) -> String {
    let minus = |money: Money, order: &Option<String>| match order {
        Some(order) => format!("-{money}, {} {order}", texts.pick("order", "订单")),
        None => format!("-{money}"),
    };
    match body {
        FactBody::Order(order) => {
            let names: Vec<&str> =
                order.lines.iter().take(3).map(|line| line.name.as_deref().unwrap_or(&line.product)).collect();
            let more = order.lines.len().saturating_sub(names.len());
            let more = if more > 0 { format!(" +{more}") } else { String::new() };
            let lines = if names.is_empty() { String::new() } else { format!(": {}{more}", names.join(", ")) };
            format!("{}{lines}", order.amount.original)
        }
        FactBody::Refund(refund) => minus(refund.amount.original, &refund.order),
        FactBody::Cancellation(cancellation) => minus(cancellation.amount.original, &cancellation.order),
        FactBody::Interaction(interaction) => {
            let parts = [&interaction.product, &interaction.note, &interaction.by];
            let parts: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
            parts.join(", ")
        }
        FactBody::Feedback(feedback) => match &feedback.kind {
            FeedbackKind::Satisfaction { score_hundredths } => {
                format!("{:.1} / 5", f64::from(*score_hundredths) / 100.0)
            }
            FeedbackKind::ComplaintResolved { complaint } => complaint.clone(),
            FeedbackKind::Return { product } => product.clone().unwrap_or_default(),
            FeedbackKind::Complaint | FeedbackKind::Remark => feedback.text.clone().unwrap_or_default(),
        },
        FactBody::Measure(measure) => format!("{} = {}", measure.name, measure.value),
        FactBody::Profile(change) => {
            let known = change.fields.iter().map(|(key, _)| key.name());
            let custom = change.custom.iter().map(|(name, _)| name.as_str());
            let consents = change.consents.iter().map(|(purpose, _)| purpose.as_str());
            known.chain(custom).chain(consents).collect::<Vec<_>>().join(", ")
        }
        FactBody::Contact(change) => change.contact.name.clone(),
        FactBody::Override(word) => {
            let class = word.class.as_deref().unwrap_or_else(|| texts.pick("released", "已解除"));
            format!("{} = {class}, {}: {}", word.dimension, word.who, word.why)
        }
        FactBody::Outcome(outcome) => {
            let what = match &outcome.kind {
                OutcomeKind::Done { cause: None, .. } => texts.pick("done", "已完成").to_owned(),
                OutcomeKind::Done { cause: Some(of), .. } => {
                    format!("{}: {}", texts.pick("done", "已完成"), cause(of, texts))
                }
                OutcomeKind::Snoozed { until } => format!("{} {until}", texts.pick("snoozed until", "推迟至")),
                OutcomeKind::Acknowledged => texts.pick("acknowledged", "已受理").to_owned(),
                OutcomeKind::Resolved { cause: of } => {
                    format!("{}: {}", texts.pick("resolved", "已挽回"), cause(of, texts))
                }
                OutcomeKind::Lost { cause: of } => format!("{}: {}", texts.pick("lost", "已流失"), cause(of, texts)),
                OutcomeKind::FalseAlarm => texts.pick("false alarm", "误报").to_owned(),
            };
            let note = outcome.note.as_ref().map_or_else(String::new, |note| format!(": {note}"));
            format!("#{} {what}, {}{note}", outcome.number, outcome.who)
        }
        FactBody::Merge(merge) => {
            let why = if merge.why.is_empty() { String::new() } else { format!(": {}", merge.why) };
            format!("{}, {}{why}", merge.external, merge.who)
        }
        FactBody::Retraction(retraction) => retraction.reason.clone(),
    }
}

/// Everything that it says, for the person that it is about. Fields that are about others are named without their values.
pub(super) fn in_full(body: &FactBody, texts: &Texts, of_others: &[ProfileKey]) -> String {
    let value = |value: Option<&tierhook_model::Value>| match value {
        Some(value) => Datum::from(value).to_string(),
        None => texts.pick("unknown", "未知").to_owned(),
    };
    match body {
        FactBody::Order(order) => {
            let digits = order.amount.original.currency;
            let lines = order.lines.iter().map(|line| {
                let name = line.name.as_deref().unwrap_or(&line.product);
                let quantity = line.quantity_milli as f64 / 1000.0;
                format!("{quantity} x {name} = {}", Money { minor: line.amount_minor, currency: digits })
            });
            let all: Vec<String> =
                [order.amount.original.to_string()].into_iter().chain(order.channel.clone()).chain(lines).collect();
            all.join("; ")
        }
        FactBody::Refund(tierhook_model::Refund { reason, order, .. })
        | FactBody::Cancellation(tierhook_model::Cancellation { reason, order, .. }) => {
            let all: Vec<String> = [text(body, texts)].into_iter().chain(order.clone()).chain(reason.clone()).collect();
            all.join("; ")
        }
        FactBody::Profile(change) => {
            let known = change.fields.iter().map(|(key, said)| match of_others.contains(key) {
                true => key.name().to_owned(),
                false => format!("{} = {}", key.name(), value(said.as_ref())),
            });
            let custom = change.custom.iter().map(|(name, said)| format!("{name} = {}", value(said.as_ref())));
            let consents = change.consents.iter().map(|(purpose, given)| {
                format!(
                    "{purpose}: {}",
                    if *given { texts.pick("given", "同意") } else { texts.pick("refused", "拒绝") }
                )
            });
            known.chain(custom).chain(consents).collect::<Vec<_>>().join("; ")
        }
        FactBody::Contact(change) => {
            let contact = &change.contact;
            let all = [Some(&contact.name), contact.role.as_ref()].into_iter().flatten();
            let all: Vec<&str> = all.chain(&contact.phones).chain(&contact.emails).map(String::as_str).collect();
            all.join("; ")
        }
        FactBody::Feedback(feedback) => {
            let all = [Some(text(body, texts)), feedback.text.clone()].into_iter().flatten();
            let mut all: Vec<String> = all.filter(|text| !text.is_empty()).collect();
            all.dedup();
            all.join("; ")
        }
        FactBody::Interaction(_)
        | FactBody::Outcome(_)
        | FactBody::Measure(_)
        | FactBody::Override(_)
        | FactBody::Merge(_)
        | FactBody::Retraction(_) => text(body, texts),
    }
}

/// What a fact says, with the person at the customer whom it was about. Who is there no more is told by the id.
pub(super) fn with_contact(body: &FactBody, contact: Option<&str>, record: &Record, texts: &Texts) -> String {
    let said = text(body, texts);
    let Some(id) = contact else { return said };
    let who = record.profile.contacts.iter().find(|contact| contact.id == id).map_or_else(
        || id.to_owned(),
        |contact| match &contact.role {
            Some(role) => format!("{} ({role})", contact.name),
            None => contact.name.clone(),
        },
    );
    let with = format!("{}{who}", texts.pick("with ", "联系人："));
    if said.is_empty() { with } else { format!("{said}{}{with}", texts.pick("; ", "；")) }
}
