//! Inspection: what a component is, without running it.

use tierhook_hooks::{Fault, FaultCode, Hook};
use wasmparser::{Parser, Payload, Validator, WasmFeatures};

use crate::contract::{PACKAGE, VERSION, interface};

/// What a component says about itself.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Inspection {
    /// The interfaces and functions that it imports.
    pub imports: Vec<String>,
    /// The interfaces and functions that it exports.
    pub exports: Vec<String>,
    /// The hooks that it implements for a contract that this host knows.
    pub hooks: Vec<Hook>,
    /// How many core modules it is made of.
    pub modules: usize,
    /// How many bytes it has.
    pub bytes: usize,
}

/// Looks at a component without running it.
///
/// # Errors
/// A [`Fault`] if it is none, is damaged, imports what no host gives, or exports no hook that this host knows.
pub fn inspect(component: &[u8]) -> Result<Inspection, Fault> {
    validate(component)?;
    let found = read(component).map_err(|error| damaged(&error))?;
    if let Some(foreign) = found.imports.iter().find(|import| !is_given(import)) {
        let message = format!("it imports `{foreign}`, which no host gives");
        let hint = if foreign.starts_with("wasi:") {
            "a plugin has no system around it: build for wasm32-unknown-unknown, or with WASI stubbed out"
        } else {
            "import nothing but tierhook:hooks/host"
        };
        return Err(Fault::new(FaultCode::Failed, message).with_hint(hint));
    }
    if found.hooks.is_empty() {
        let other = found.exports.iter().find(|export| export.starts_with(PACKAGE));
        return Err(match other {
            Some(other) => {
                Fault::new(FaultCode::Failed, format!("it exports `{other}`, which this host does not know"))
                    .with_hint(format!("build it for {PACKAGE}@{VERSION}"))
            }
            None => Fault::new(FaultCode::Failed, "it exports no hook")
                .with_hint(format!("export one of classify, follow-up and churn-warning of {PACKAGE}@{VERSION}")),
        });
    }
    Ok(found)
}

fn validate(component: &[u8]) -> Result<(), Fault> {
    if Parser::is_core_wasm(component) {
        return Err(Fault::new(FaultCode::Failed, "it is a core module, not a component")
            .with_hint("`tierhook plugins build` makes a component of it"));
    }
    if !Parser::is_component(component) {
        return Err(Fault::new(FaultCode::Failed, "it is no WebAssembly")
            .with_hint("`tierhook plugins build` makes plugin.wasm"));
    }
    let mut validator = Validator::new_with_features(WasmFeatures::default());
    validator.validate_all(component).map(drop).map_err(|error| damaged(&error))
}

fn damaged(error: &wasmparser::BinaryReaderError) -> Fault {
    let message = format!("it is damaged: {} (at byte {})", error.message(), error.offset());
    Fault::new(FaultCode::Failed, message).with_hint("build it again, or copy it again from where it came")
}

/// Reads the outermost imports and exports.
fn read(component: &[u8]) -> Result<Inspection, wasmparser::BinaryReaderError> {
    let mut found = Inspection { bytes: component.len(), ..Inspection::default() };
    let mut depth = 0_usize;
    for payload in Parser::new(0).parse_all(component) {
        match payload? {
            Payload::Version { encoding: wasmparser::Encoding::Module, .. } => {
                found.modules += 1;
                depth += 1;
            }
            Payload::Version { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(section) if depth == 1 => {
                for import in section {
                    found.imports.push(import?.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(section) if depth == 1 => {
                for export in section {
                    found.exports.push(export?.name.name.to_owned());
                }
            }
            _ => {}
        }
    }
    let has = |hook: &Hook| found.exports.iter().any(|export| is_compatible(export, interface(*hook)));
    found.hooks = Hook::ALL.into_iter().filter(has).collect();
    Ok(found)
}

/// Tells whether a host gives an import: what plugins may ask of it, and the shapes of the contract.
fn is_given(import: &str) -> bool {
    ["host", "types"].iter().any(|name| is_compatible(import, &format!("{PACKAGE}/{name}")))
}

/// Tells whether an interface is one of a contract that this host knows: before 1.0.0 those of the same minor version.
fn is_compatible(name: &str, interface: &str) -> bool {
    let series = VERSION.rsplit_once('.').map_or(VERSION, |(series, _)| series);
    name.strip_prefix(interface)
        .and_then(|rest| rest.strip_prefix('@'))
        .is_some_and(|version| version.rsplit_once('.').is_some_and(|(of, patch)| of == series && !patch.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compatible_is_what_differs_in_the_last_number_alone() {
        assert!(is_compatible("tierhook:hooks/classify@0.1.7", "tierhook:hooks/classify"));
        assert!(!is_compatible("tierhook:hooks/classify@0.2.0", "tierhook:hooks/classify"));
        assert!(!is_compatible("tierhook:hooks/classify", "tierhook:hooks/classify"));
        assert!(!is_compatible("tierhook:hooks/classify2@0.1.0", "tierhook:hooks/classify"));
    }

    #[test]
    fn what_is_no_plugin_is_said_to_be_none() {
        assert!(inspect(b"hello").unwrap_err().message.contains("no WebAssembly"));
        assert!(inspect(&wat::parse_str("(module)").unwrap()).unwrap_err().message.contains("core module"));
        assert!(inspect(&wat::parse_str("(component)").unwrap()).unwrap_err().message.contains("no hook"));
        let wasi = wat::parse_str("(component (import \"wasi:cli/environment@0.2.0\" (instance)))").unwrap();
        let fault = inspect(&wasi).unwrap_err();
        assert!(fault.message.contains("wasi:cli/environment@0.2.0") && fault.hint.unwrap().contains("wasm32"));
        let mut cut = wat::parse_str("(component (core module (func)))").unwrap();
        cut.truncate(cut.len() - 3);
        assert!(inspect(&cut).unwrap_err().message.contains("damaged"));
        let newer = "(component (instance $i) (export \"tierhook:hooks/classify@9.0.0\" (instance $i)))";
        let fault = inspect(&wat::parse_str(newer).unwrap()).unwrap_err();
        assert!(fault.message.contains("classify@9.0.0") && fault.hint.unwrap().contains("@0.1.0"));
    }
}
