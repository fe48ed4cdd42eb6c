//! Field lists: what `tierhook fields --json` prints, so that a plugin is written for the fields of a company.

use serde::Deserialize;

/// The fields of a company, as `tierhook fields --json` prints them.
#[derive(Clone, Debug, PartialEq, Eq, Default, Deserialize)]
pub struct FieldList {
    /// The fields.
    pub rows: Vec<ListedField>,
}

/// A field.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ListedField {
    /// The name as rules write it.
    pub name: String,
    /// The type of its values: `text`, `integer`, `decimal`, `money`, `boolean`, `day`, `text-list`.
    #[serde(rename = "type")]
    pub ty: String,
    /// How carefully it has to be treated: `public`, `internal`, `pii`, `sensitive`.
    pub label: String,
    /// Where it stands: `profile`, `feature`, `measure`, `custom`, `standing`, `class`.
    pub group: String,
    /// What it means.
    pub description: String,
}

impl FieldList {
    /// Reads what `tierhook fields --json` prints.
    ///
    /// # Errors
    /// The parser's message if it is something else.
    pub fn parse(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    /// Returns the field with a name.
    pub fn get(&self, name: &str) -> Option<&ListedField> {
        self.rows.iter().find(|field| field.name == name)
    }

    /// The company's own fields and measures that may be asked for without a second thought.
    pub(crate) fn own(&self) -> impl Iterator<Item = &ListedField> {
        let own = self.rows.iter().filter(|field| field.group == "custom" || field.group == "measure");
        own.filter(|field| field.label == "public" || field.label == "internal")
    }
}

impl ListedField {
    /// The type that the field is read as in Rust.
    pub(crate) fn rust_type(&self) -> &'static str {
        match self.ty.as_str() {
            "integer" => "i64",
            "decimal" | "money" => "f64",
            "boolean" => "bool",
            "day" => "Day",
            "text-list" => "Vec<String>",
            _ => "String",
        }
    }

    /// A name for it in Rust: the last part of its own.
    pub(crate) fn identifier(&self) -> String {
        let last = self.name.rsplit('.').next().unwrap_or(&self.name);
        let plain: String = last.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
        let begins = plain.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_');
        // A word of the language would not do, nor would a digit at the beginning.
        if begins && !KEYWORDS.contains(&plain.as_str()) { plain } else { format!("own_{plain}") }
    }
}

const KEYWORDS: [&str; 22] = [
    "as", "box", "const", "enum", "fn", "for", "if", "impl", "in", "let", "loop", "match", "mod", "move", "mut", "ref",
    "static", "struct", "type", "use", "where", "while",
];
