//! The vocabulary: the dimensions and fields that all rules of a workspace share.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Deserialize;
use tierhook_hooks::{Fault, FaultCode};
use tierhook_model::{Catalogue, CustomField, Dimension, DimensionError, Dimensions, FieldType, digest256_hex};
use toml::Spanned;

use crate::document::Document;

/// The file of the dimensions, relative to the workspace.
pub const DIMENSIONS_FILE: &str = "scripts/dimensions.toml";
/// The file of the company's own fields, relative to the workspace.
pub const FIELDS_FILE: &str = "scripts/fields.toml";

/// The dimensions and fields that all rules share.
#[derive(Clone, Debug, Default)]
pub(crate) struct Vocabulary {
    pub(crate) dimensions: Arc<Dimensions>,
    pub(crate) catalogue: Arc<Catalogue>,
    /// The digest of what it means, whatever the files' comments say.
    pub(crate) digest: String,
}

/// The company's own fields.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields {
    custom: Vec<CustomField>,
    measures: Vec<CustomField>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DimensionsFile {
    /// Dimensions that are no more.
    #[serde(default)]
    removed: Vec<String>,
    #[serde(default)]
    dimension: Vec<Spanned<Dimension>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldsFile {
    #[serde(default)]
    field: Vec<Spanned<CustomField>>,
    #[serde(default)]
    measure: Vec<Spanned<CustomField>>,
}

impl Vocabulary {
    pub(crate) fn new(dimensions: Dimensions, fields: &Fields) -> Self {
        let catalogue = Catalogue::new(&dimensions, &fields.custom, &fields.measures);
        let described: Vec<String> = dimensions.iter().map(|dimension| format!("{dimension:?}")).collect();
        let typed: Vec<String> = catalogue.iter().map(|field| format!("{} {}", field.name, field.ty.name())).collect();
        let parts: Vec<&[u8]> = described.iter().chain(&typed).map(|part| part.as_bytes()).collect();
        let given_up = format!("{:?}", dimensions.given_up().collect::<Vec<_>>());
        let digest = digest256_hex(&[parts, vec![given_up.as_bytes()]].concat());
        Self { dimensions: Arc::new(dimensions), catalogue: Arc::new(catalogue), digest }
    }
}

/// Reads `dimensions.toml`.
pub(crate) fn parse_dimensions(file: &str, bytes: &[u8]) -> Result<Dimensions, Fault> {
    let document = Document::decode(file, bytes)?;
    let DimensionsFile { removed, dimension: read } = document.toml::<DimensionsFile>()?;
    let mut all: Vec<Dimension> = Vec::with_capacity(read.len());
    let starts: Vec<usize> = read.iter().map(|dimension| dimension.span().start).collect();
    for (at, dimension) in read.into_iter().enumerate() {
        all.push(dimension.into_inner());
        // One more at a time, so that the first error is about the last one.
        if let Err(error) = Dimensions::new(all.clone()) {
            let end = starts.get(at + 1).copied().unwrap_or(document.text.len());
            let place = document.place(place_of(&error, document.text, starts[at], end));
            return Err(Fault::new(FaultCode::BadWish, error.to_string()).at(place));
        }
    }
    let all = Dimensions::new(all).and_then(|all| all.without(removed));
    all.map_err(|error| Fault::new(FaultCode::BadWish, error.to_string()))
}

/// Finds in a dimension's text what an error is about, else the dimension itself.
fn place_of(error: &DimensionError, text: &str, start: usize, end: usize) -> usize {
    let table = text.get(start..end).unwrap_or_default();
    let quoted = |word: &str| format!("\"{word}\"");
    let found = match error {
        // The second of two is the one to blame; for a dimension it is the only one in its own text.
        DimensionError::Twice { id, what: "class" } => table.rfind(&quoted(id.rsplit('.').next().unwrap_or(id))),
        DimensionError::Twice { id, .. } | DimensionError::BadId { id, .. } => table.find(&quoted(id)),
        DimensionError::UnknownClass { class, place, .. } => {
            let from = table.find(place).unwrap_or(0);
            table[from..].find(&quoted(class)).map(|at| from + at)
        }
        DimensionError::BadBands { .. } => table.find("bands"),
        _ => None,
    };
    start + found.unwrap_or(0)
}

/// Reads `fields.toml`.
pub(crate) fn parse_fields(file: &str, bytes: &[u8]) -> Result<Fields, Fault> {
    let document = Document::decode(file, bytes)?;
    let read = document.toml::<FieldsFile>()?;
    let measures = declared(&document, read.measure)?;
    for (measure, at) in &measures {
        if !matches!(measure.ty, FieldType::Decimal | FieldType::Money) {
            let message = format!("measure `{}` is of the type `{}`", measure.name, measure.ty.name());
            return Err(Fault::new(FaultCode::Syntax, message)
                .at(document.place(*at))
                .with_hint("measures are numbers: write type = \"decimal\" or type = \"money\""));
        }
    }
    let bare = |fields: Vec<(CustomField, usize)>| fields.into_iter().map(|(field, _)| field).collect();
    Ok(Fields { custom: bare(declared(&document, read.field)?), measures: bare(measures) })
}

fn declared(document: &Document<'_>, fields: Vec<Spanned<CustomField>>) -> Result<Vec<(CustomField, usize)>, Fault> {
    let mut names = BTreeSet::new();
    let mut all = Vec::with_capacity(fields.len());
    for field in fields {
        let at = field.span().start;
        let field = field.into_inner();
        let refuse = |why: &str| {
            Err(Fault::new(FaultCode::Syntax, format!("the field `{}` {why}", field.name)).at(document.place(at)))
        };
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if !field.name.starts_with(|c: char| c.is_ascii_lowercase()) || !field.name.chars().all(plain) {
            return refuse("needs a name of lower case letters, digits and `_`, beginning with a letter");
        }
        if !names.insert(field.name.clone()) {
            return refuse("is there twice; remove or rename one");
        }
        all.push((field, at));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRADE: &str = "[[dimension]]\nid = \"grade\"\nname = { en = \"Grade\", zh = \"等级\" }\n\
        [[dimension.class]]\nid = \"A\"\nname = { en = \"A\" }\n[[dimension.class]]\nid = \"B\"\nname = { en = \"B\" }\n";

    fn fault(text: &str) -> (String, usize) {
        let fault = parse_dimensions(DIMENSIONS_FILE, text.as_bytes()).unwrap_err();
        (fault.message, fault.place.unwrap().line)
    }

    #[test]
    fn dimensions_are_read_and_meaning_makes_the_digest() {
        let dimensions = parse_dimensions(DIMENSIONS_FILE, GRADE.as_bytes()).unwrap();
        assert_eq!(dimensions.get("grade").unwrap().classes.len(), 2);
        let again = parse_dimensions(DIMENSIONS_FILE, format!("# a comment\n{GRADE}").as_bytes()).unwrap();
        let digest = |dimensions| Vocabulary::new(dimensions, &Fields::default()).digest;
        assert_eq!(digest(dimensions), digest(again));
        assert_ne!(digest(parse_dimensions(DIMENSIONS_FILE, GRADE.as_bytes()).unwrap()), digest(Dimensions::default()));
    }

    #[test]
    fn a_broken_dimension_is_named_with_its_line() {
        let (message, line) = fault(&format!("{GRADE}\n[[dimension]]\nid = \"empty\"\nname = {{ en = \"E\" }}\n"));
        assert_eq!((message.contains("`empty` has no class"), line), (true, 11));
        let (message, line) = fault(&GRADE.replace("id = \"B\"", "id = \"A\""));
        assert_eq!((message.contains("twice"), line), (true, 8));
        let (message, line) = fault(&GRADE.replace("id = \"grade\"\n", "id = \"grade\"\non_fault = \"kep\"\n"));
        assert_eq!((message.contains("unknown variant `kep`"), line), (true, 3));
        let text =
            GRADE.replace("[[dimension.class]]\nid = \"A\"", "default_class = \"D\"\n[[dimension.class]]\nid = \"A\"");
        assert_eq!(fault(&text).1, 4);
    }

    #[test]
    fn fields_are_declared_once_and_measures_are_numbers() {
        let parse = |text: &str| parse_fields(FIELDS_FILE, text.as_bytes());
        let fields =
            parse("[[field]]\nname = \"shoe\"\ntype = \"integer\"\n[[measure]]\nname = \"assets\"\ntype = \"money\"\n");
        let vocabulary = Vocabulary::new(Dimensions::default(), &fields.unwrap());
        assert!(
            vocabulary.catalogue.get("custom.shoe").is_some() && vocabulary.catalogue.get("measure.assets").is_some()
        );
        let fault = parse("[[measure]]\nname = \"seats\"\ntype = \"integer\"\n").unwrap_err();
        assert!(fault.message.contains("`seats`") && fault.place.is_some());
        let twice = "[[field]]\nname = \"shoe\"\ntype = \"integer\"\n";
        assert_eq!(parse(&format!("{twice}{twice}")).unwrap_err().place.unwrap().line, 4);
        assert!(parse("[[field]]\nname = \"Shoe size\"\ntype = \"integer\"\n").is_err());
    }
}
