//! The fields of the struct that something is derived for.

use syn::{Attribute, Data, DeriveInput, Error, Fields, GenericArgument, Ident, LitStr, PathArguments, Result, Type};

/// A field of the struct.
pub(crate) struct Field<'i> {
    pub(crate) ident: &'i Ident,
    pub(crate) ty: &'i Type,
    /// What it is called outside: by its attribute, else as in the struct.
    pub(crate) name: String,
    /// The kind of facts that it takes, if it takes facts.
    pub(crate) history: Option<String>,
}

/// Returns the fields; `attribute` is that which names one.
pub(crate) fn fields<'i>(input: &'i DeriveInput, attribute: &str) -> Result<Vec<Field<'i>>> {
    let Data::Struct(data) = &input.data else {
        return Err(Error::new_spanned(&input.ident, "only a struct can be read"));
    };
    let Fields::Named(named) = &data.fields else {
        return Err(Error::new_spanned(&input.ident, "give the fields names: they are those of the catalogue"));
    };
    let field = |field: &'i syn::Field| {
        let ident = field.ident.as_ref().ok_or_else(|| Error::new_spanned(field, "a field has a name"))?;
        let own = ident.to_string();
        let name = named_by(&field.attrs, attribute)?.unwrap_or_else(|| own.trim_start_matches("r#").to_owned());
        Ok(Field { ident, ty: &field.ty, name, history: kind(&field.attrs)? })
    };
    named.named.iter().map(field).collect()
}

/// The lifetime of the struct, if it has one: it borrows from the batch.
pub(crate) fn borrows(input: &DeriveInput) -> Result<bool> {
    let generics = &input.generics;
    if generics.type_params().next().is_some() || generics.const_params().next().is_some() {
        return Err(Error::new_spanned(generics, "a struct that is read has no parameters but a lifetime"));
    }
    match generics.lifetimes().count() {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(Error::new_spanned(generics, "one lifetime is enough: everything lies in the batch")),
    }
}

fn named_by(attributes: &[Attribute], name: &str) -> Result<Option<String>> {
    let found = attributes.iter().find(|attribute| attribute.path().is_ident(name));
    found.map(|attribute| Ok(attribute.parse_args::<LitStr>()?.value())).transpose()
}

fn kind(attributes: &[Attribute]) -> Result<Option<String>> {
    const KINDS: [&str; 6] = ["feedback", "interactions", "lines", "measures", "orders", "refunds"];
    let Some(attribute) = attributes.iter().find(|attribute| attribute.path().is_ident("history")) else {
        return Ok(None);
    };
    let kind: Ident = attribute.parse_args()?;
    if KINDS.iter().any(|known| kind == known) {
        return Ok(Some(kind.to_string()));
    }
    Err(Error::new_spanned(&kind, format!("there are no facts of this kind; the kinds are: {}", KINDS.join(", "))))
}

/// Tells whether a type is `Option` or `Known`, so that the field may be missing.
pub(crate) fn is_optional(ty: &Type) -> bool {
    last_segment(ty).is_some_and(|(name, _)| name == "Option" || name == "Known")
}

/// What a type is called in the section that the build step reads.
pub(crate) fn word(ty: &Type) -> &'static str {
    if let Type::Reference(reference) = ty {
        return word(&reference.elem);
    }
    let Some((name, inner)) = last_segment(ty) else { return "unknown" };
    match (name.as_str(), inner) {
        ("Option" | "Known", Some(inner)) => word(inner),
        ("i64", _) => "integer",
        ("f64", _) => "decimal",
        ("bool", _) => "boolean",
        ("String" | "str", _) => "text",
        ("Day", _) => "day",
        ("Moment", _) => "moment",
        ("Vec", Some(inner)) => match word(inner) {
            "text" => "text-list",
            "integer" => "integer-list",
            "decimal" => "decimal-list",
            "boolean" => "boolean-list",
            _ => "unknown",
        },
        ("BTreeMap", _) => "table",
        _ => "unknown",
    }
}

/// The last part of a type's path and the last type in its angle brackets.
fn last_segment(ty: &Type) -> Option<(String, Option<&Type>)> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last()?;
    let inner = match &last.arguments {
        PathArguments::AngleBracketed(arguments) => arguments.args.iter().rev().find_map(|argument| match argument {
            GenericArgument::Type(ty) => Some(ty),
            _ => None,
        }),
        _ => None,
    };
    Some((last.ident.to_string(), inner))
}
