//! Texts for people, from codes, arguments and templates.

use tierhook_model::{Language, Reason, Value, grouped};

use crate::Manifest;

impl Manifest {
    /// Returns a reason in words: the template of its code with the arguments filled in. Without a template the
    /// code and the arguments themselves are shown.
    pub fn render(&self, reason: &Reason, language: Language) -> String {
        let template = self.texts.get(&reason.code).map(|text| text.get(language)).unwrap_or_default();
        if template.is_empty() { plain(reason) } else { fill(template, reason, language) }
    }
}

/// Returns the brace or bracket of a template that is opened and never closed.
pub fn unclosed(template: &str) -> Option<char> {
    let is_open = |open: char, close: char| template.rfind(open) > template.rfind(close);
    [('{', '}'), ('[', ']')].into_iter().find(|(open, close)| is_open(*open, *close)).map(|(open, _)| open)
}

fn plain(reason: &Reason) -> String {
    let mut text = reason.code.clone();
    for (at, argument) in reason.arguments.iter().enumerate() {
        let value = argument.value.as_ref().map_or_else(|| "?".to_owned(), ToString::to_string);
        text.push_str(if at == 0 { " (" } else { ", " });
        text.push_str(&format!("{} {value}", argument.name));
    }
    if !reason.arguments.is_empty() {
        text.push(')');
    }
    text
}

/// Fills `{name}` with the argument of that name, also where it was not given; braces around what can be no name stay as they
/// are. A part in square brackets is left out if an argument in it is unknown.
fn fill(template: &str, reason: &Reason, language: Language) -> String {
    let mut text = String::with_capacity(template.len() + 16);
    let mut rest = template;
    while let Some(open) = rest.find('[') {
        let Some(length) = rest[open..].find(']') else { break };
        let (before, part) = (&rest[..open], &rest[open + 1..open + length]);
        text.push_str(&fill_part(before, reason, language).0);
        let (filled, is_known) = fill_part(part, reason, language);
        if is_known {
            text.push_str(&filled);
        }
        rest = &rest[open + length + 1..];
    }
    text.push_str(&fill_part(rest, reason, language).0);
    text
}

/// Fills a part without brackets. Also tells whether all its arguments are known.
fn fill_part(part: &str, reason: &Reason, language: Language) -> (String, bool) {
    let unknown = match language {
        Language::En => "unknown",
        Language::Zh => "未知",
    };
    let (mut text, mut is_known) = (String::with_capacity(part.len() + 16), true);
    let mut rest = part;
    while let Some(open) = rest.find('{') {
        text.push_str(&rest[..open]);
        rest = &rest[open..];
        let Some(close) = rest.find('}') else { break };
        let name = &rest[1..close];
        let argument = reason.arguments.iter().find(|argument| argument.name == name);
        match argument.map(|argument| &argument.value) {
            Some(Some(value)) => text.push_str(&written(value)),
            None if !is_name(name) => text.push_str(&rest[..=close]),
            Some(None) | None => {
                text.push_str(unknown);
                is_known = false;
            }
        }
        rest = &rest[close + 1..];
    }
    text.push_str(rest);
    (text, is_known)
}

/// Tells whether it can be the name of an argument.
fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-')
}

/// A value as people read it in a sentence. Whole numbers may be years or parts of ids: they stay as they are.
fn written(value: &Value) -> String {
    match value {
        Value::Decimal(_) => grouped(&value.to_string()),
        _ => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use tierhook_model::{Argument, Text};

    use super::*;

    #[test]
    fn arguments_fill_their_places_in_either_language() {
        let mut manifest = Manifest::default();
        manifest.texts.insert("SPEND".into(), Text::new("spent {spend} in {days} days {customer.name}", "消费{spend}"));
        let argument = |name: &str, value| Argument { name: name.into(), value };
        let reason = Reason {
            code: "SPEND".into(),
            arguments: vec![argument("spend", Some(Value::Decimal(12.5))), argument("days", None)],
            points: None,
        };
        assert_eq!(manifest.render(&reason, Language::En), "spent 12.50 in unknown days {customer.name}");
        assert_eq!(manifest.render(&reason, Language::Zh), "消费12.50");
        manifest.texts.insert("PART".into(), Text::new("spent {spend}[ in {days} days][ on {spend}].", ""));
        let part = Reason { code: "PART".into(), ..reason.clone() };
        assert_eq!(manifest.render(&part, Language::En), "spent 12.50 on 12.50.");
        let value = |value| vec![argument("spend", Some(value))];
        let large = Reason { arguments: value(Value::Decimal(1_234_567.5)), ..reason.clone() };
        assert_eq!(manifest.render(&large, Language::Zh), "消费1,234,567.50");
        let year = Reason { arguments: value(Value::Integer(2025)), ..reason.clone() };
        assert_eq!(manifest.render(&year, Language::Zh), "消费2025");
        let other = Reason { code: "X".into(), ..reason };
        assert_eq!(manifest.render(&other, Language::En), "X (spend 12.50, days ?)");
    }

    #[test]
    fn what_is_never_closed_is_found() {
        assert_eq!(unclosed("spent {spend}[ in {days} days]"), None);
        assert_eq!(unclosed("spent {spend"), Some('{'));
        assert_eq!(unclosed("{spend} in {days"), Some('{'));
        assert_eq!(unclosed("消费{spend}[，共{days}天"), Some('['));
        assert_eq!(unclosed("100 ]"), None);
    }

    /// A rule that left an argument out altogether showed `{name}` to whoever read the text.
    #[test]
    fn an_argument_that_was_not_given_is_unknown_like_a_missing_one() {
        let mut manifest = Manifest::default();
        let text = Text::new("Ask {name} {a b}[ about {category}][ {{}}].", "询问{name}[，{category}]");
        manifest.texts.insert("ASK".into(), text);
        let reason = Reason { code: "ASK".into(), arguments: Vec::new(), points: None };
        assert_eq!(manifest.render(&reason, Language::En), "Ask unknown {a b} {{}}.");
        assert_eq!(manifest.render(&reason, Language::Zh), "询问未知");
    }
}
