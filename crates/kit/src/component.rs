//! Components: made from the module that a compiler wrote, and looked into.

use tierhook_hooks::Hook;
use wasmparser::Payload;
use wit_component::{ComponentEncoder, DecodedWasm};
use wit_parser::WorldItem;

/// The interfaces of hooks, each with its hook.
const INTERFACES: [(&str, Hook); 3] =
    [("classify", Hook::Classify), ("follow-up", Hook::FollowUp), ("churn-warning", Hook::ChurnWarning)];
/// The package of the contract, without its version.
const PACKAGE: &str = "tierhook:hooks/";

/// What a component says to its host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComponentShape {
    /// The hooks that it has.
    pub hooks: Vec<Hook>,
    /// What it exports, by name.
    pub exports: Vec<String>,
    /// What of it is no hook.
    pub other_exports: Vec<String>,
    /// What it imports, by name.
    pub imports: Vec<String>,
    /// The version of the contract, if it exports a hook.
    pub api: Option<String>,
    /// How many core modules it is made of.
    pub modules: usize,
}

/// What is wrong with a component.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ComponentError {
    /// The module cannot be made a component.
    #[error("the module is no plugin: {message}")]
    NoPlugin {
        /// Why.
        message: String,
    },
    /// The bytes are no component.
    #[error("this is no component: {message}")]
    NoComponent {
        /// Why.
        message: String,
    },
}

/// Makes a component from the module that a compiler wrote. One that is a component already stays as it is.
///
/// # Errors
/// [`ComponentError::NoPlugin`] if the module does not hold what its own types say.
pub fn component(module: &[u8]) -> Result<Vec<u8>, ComponentError> {
    if wasmparser::Parser::is_component(module) {
        return Ok(module.to_vec());
    }
    let encoder = ComponentEncoder::default().validate(true).module(module);
    let encoded = encoder.and_then(|mut encoder| encoder.encode());
    encoded.map_err(|error| ComponentError::NoPlugin { message: format!("{error:#}") })
}

/// Looks at what a component exports and imports.
///
/// # Errors
/// [`ComponentError::NoComponent`] if it is none.
pub fn shape(component: &[u8]) -> Result<ComponentShape, ComponentError> {
    let wrong = |message: String| ComponentError::NoComponent { message };
    let decoded = wit_component::decode(component).map_err(|error| wrong(format!("{error:#}")))?;
    let DecodedWasm::Component(resolve, world) = decoded else {
        return Err(wrong("it holds types and no code".to_owned()));
    };
    let world = &resolve.worlds[world];
    let name = |(key, _): (&wit_parser::WorldKey, &WorldItem)| resolve.name_world_key(key);
    let mut shape = ComponentShape {
        hooks: Vec::new(),
        exports: world.exports.iter().map(name).collect(),
        other_exports: Vec::new(),
        imports: world.imports.iter().map(name).collect(),
        api: None,
        modules: modules(component),
    };
    for export in &shape.exports {
        let (interface, version) = export.split_once('@').unwrap_or((export, ""));
        let hook = interface.strip_prefix(PACKAGE);
        match INTERFACES.iter().find(|(name, _)| Some(*name) == hook) {
            Some((_, hook)) => {
                shape.hooks.push(*hook);
                shape.api = Some(version.to_owned());
            }
            None => shape.other_exports.push(export.clone()),
        }
    }
    Ok(shape)
}

/// How many core modules there are in a component.
fn modules(component: &[u8]) -> usize {
    let is_module = |payload: &Result<Payload<'_>, _>| {
        matches!(payload, Ok(Payload::Version { encoding: wasmparser::Encoding::Module, .. }))
    };
    wasmparser::Parser::new(0).parse_all(component).filter(is_module).count()
}
