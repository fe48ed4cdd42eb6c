//! Which dimension or class somebody means: people type what they read, and tables show names.

use tierhook_model::{Class, Dimension, Dimensions, Language, Text, UNRATED};

use crate::api::ApiError;

/// Finds a dimension by its id, or by what it is called in either language, however capitals are written.
pub(crate) fn dimension<'a>(dimensions: &'a Dimensions, typed: &str) -> Option<&'a Dimension> {
    let all = || dimensions.iter().map(|it| (it, it.id.as_str(), &it.name));
    dimensions.get(typed).or_else(|| the_only(typed, all()))
}

/// The same, or the answer that there is none and which there are.
pub(crate) fn known_dimension<'a>(dimensions: &'a Dimensions, typed: &str) -> Result<&'a Dimension, ApiError> {
    dimension(dimensions, typed).ok_or_else(|| {
        let known: Vec<&str> = dimensions.iter().map(|dimension| dimension.id.as_str()).collect();
        ApiError::invalid(format!("there is no dimension `{typed}`"))
            .with_hint(format!("there are {}", known.join(", ")))
    })
}

/// Finds the id of a class in the same way.
pub(crate) fn class<'a>(dimension: &'a Dimension, typed: &str) -> Option<&'a str> {
    if typed.eq_ignore_ascii_case(UNRATED) {
        return Some(UNRATED);
    }
    let all = dimension.classes.iter().map(|it| (it, it.id.as_str(), &it.name));
    let found: Option<&Class> = dimension.class(typed).or_else(|| the_only(typed, all));
    found.map(|class| class.id.as_str())
}

/// The one that has this id or name but for capitals. If several do, nobody knows which is meant.
fn the_only<'a, T>(typed: &str, all: impl Iterator<Item = (&'a T, &'a str, &'a Text)>) -> Option<&'a T> {
    let typed = typed.trim().to_lowercase();
    let is_meant = |id: &str, name: &Text| {
        let words = [id, name.get(Language::En), name.get(Language::Zh)];
        !typed.is_empty() && words.iter().any(|word| word.to_lowercase() == typed)
    };
    let mut found = all.filter(|(_, id, name)| is_meant(id, name)).map(|(it, ..)| it);
    found.next().filter(|_| found.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(en: &str, zh: &str) -> Text {
        Text { en: en.to_owned(), zh: zh.to_owned() }
    }

    fn dimensions() -> Dimensions {
        let class = |id: &str, en: &str, zh: &str| Class { id: id.into(), name: text(en, zh), ..Class::default() };
        let classes =
            vec![class("A", "Key customer", "重点客户"), class("a", "Other", "其他"), class("low", "Low", "低")];
        let dimension =
            |id: &str, en: &str, zh: &str| Dimension { id: id.into(), name: text(en, zh), ..Dimension::default() };
        Dimensions::new(vec![
            Dimension { classes: classes.clone(), ..dimension("grade", "Grade", "客户等级") },
            Dimension { classes, ..dimension("frequency", "Purchase frequency", "购买频率") },
        ])
        .unwrap()
    }

    #[test]
    fn what_tables_show_is_understood() {
        let dimensions = dimensions();
        for (typed, id) in
            [("grade", "grade"), ("Grade", "grade"), ("客户等级", "grade"), ("purchase Frequency", "frequency")]
        {
            assert_eq!(dimension(&dimensions, typed).map(|it| it.id.as_str()), Some(id), "{typed}");
        }
        let grade = dimension(&dimensions, "grade").unwrap();
        for (typed, id) in
            [("LOW", "low"), ("低", "low"), ("key customer", "A"), ("A", "A"), ("a", "a"), ("Unrated", UNRATED)]
        {
            assert_eq!(class(grade, typed), Some(id), "{typed}");
        }
    }

    #[test]
    fn what_nobody_is_called_is_not_guessed() {
        let dimensions = dimensions();
        assert!(dimension(&dimensions, "grad").is_none() && dimension(&dimensions, "").is_none());
        let mut grade = dimension(&dimensions, "grade").unwrap().clone();
        assert_eq!(class(&grade, "B"), None);
        grade.classes.push(Class { id: "least".into(), name: text("Low", ""), ..Class::default() });
        assert_eq!((class(&grade, "Low"), class(&grade, "low")), (None, Some("low")), "two are called so");
    }
}
