//! The host: one engine for a catalogue, and scripts compiled for it.

use std::collections::BTreeMap;
use std::sync::Arc;

use rhai::Engine;
use tierhook_hooks::{
    Fault, FaultCode, Limits, Manifest, ManifestError, Parameter, ParameterValue, Place, Rule, RuleMeta, Segments,
    unclosed,
};
use tierhook_model::{Catalogue, Dimensions, digest256_hex};

use crate::budget::limited_engine;
use crate::check::{Checker, Functions};
use crate::link::{Linked, link};
use crate::row::{self, Fields};
use crate::rule::{Body, ScriptRule};
use crate::segment::{self, segmented};
use crate::{calendar, guard, missing, parameter, text, wish};

/// Compiles scripts to rules. The engine is built once for a catalogue and its dimensions, and shared by all rules
/// and threads.
#[derive(Clone, Debug)]
pub struct ScriptHost {
    catalogue: Arc<Catalogue>,
    dimensions: Arc<Dimensions>,
    limits: Limits,
    fields: Arc<Fields>,
    functions: Arc<Functions>,
    engine: Arc<Engine>,
}

/// A script with all that belongs to it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScriptSource {
    /// The rule's name.
    pub name: String,
    /// The script's file, relative to the workspace.
    pub file: String,
    /// The script.
    pub text: String,
    /// The manifest's file, relative to the workspace, whether or not it exists.
    pub manifest_file: String,
    /// The manifest, if there is one.
    pub manifest: Option<String>,
    /// The operator's values for parameters of the manifest.
    pub parameters: BTreeMap<String, ParameterValue>,
    /// The operator's values for parameters by the class of another dimension.
    pub segments: Option<Segments>,
    /// The operator's lower limits.
    pub limits: Option<Limits>,
    /// Where the operator's values are written, so that what is wrong with one has a place.
    pub values: Option<ValuesFile>,
    /// The texts of the modules that it may import, by their files relative to the workspace. See
    /// [`imported_files`](crate::imported_files).
    pub modules: BTreeMap<String, String>,
}

/// The file that values of parameters are set in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValuesFile {
    /// The file, relative to the workspace.
    pub file: String,
    /// Its text, which is TOML.
    pub text: String,
    /// The keys of the table that has the values in `parameters`, and those of classes in `segments`.
    pub table: Vec<String>,
}

impl ScriptSource {
    /// The place of a key in what the operator says, from the rule's table on.
    pub(crate) fn value_place(&self, path: &[&str]) -> Option<Place> {
        let values = self.values.as_ref()?;
        let path: Vec<&str> = values.table.iter().map(String::as_str).chain(path.iter().copied()).collect();
        Place::of_key(&values.file, &values.text, &path)
    }

    /// The place of a key in the manifest.
    pub(crate) fn manifest_place(&self, path: &[&str]) -> Option<Place> {
        Place::of_key(&self.manifest_file, self.manifest.as_deref()?, path)
    }

    /// The place of a name in a list of the manifest.
    pub(crate) fn manifest_item(&self, key: &str, item: &str) -> Option<Place> {
        Place::of_item(&self.manifest_file, self.manifest.as_deref()?, key, item)
    }
}

/// A manifest with the operator's values in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Tuned {
    /// The manifest as it holds for everybody.
    pub manifest: Manifest,
    /// The manifest as it holds for the customers in a class of the dimension that sets them apart.
    pub by_class: BTreeMap<String, Manifest>,
}

impl ScriptHost {
    /// Makes a host. The limits are the ceiling for every script.
    pub fn new(catalogue: Arc<Catalogue>, dimensions: Arc<Dimensions>, limits: Limits) -> Self {
        let fields = Arc::new(Fields::new(&catalogue));
        let engine = Arc::new(rule_engine(&limits, &fields, &dimensions));
        let functions = Arc::new(Functions::of(&engine));
        Self { catalogue, dimensions, limits, fields, functions, engine }
    }

    /// Compiles and checks a script.
    ///
    /// # Errors
    /// All faults that can be found without running it: syntax, unknown fields, functions, parameters, dimensions and
    /// classes, a bad manifest. A syntax error comes alone.
    pub fn compile(&self, source: ScriptSource) -> Result<Arc<dyn Rule>, Vec<Fault>> {
        let mut manifest = self.manifest(&source)?;
        self.check_limits(&manifest, &source)?;
        check_texts(&manifest, &source)?;
        manifest.limits = Limits::lower_of(manifest.limits.take(), source.limits.clone());
        let limits = manifest.limits.as_ref().map_or(self.limits.clone(), |lower| self.limits.lowered_by(lower));
        let mut engine = if limits == self.limits { self.engine.clone() } else { Arc::new(self.new_engine(&limits)) };
        parameter::overridden(&mut manifest, &source, &["parameters"], &engine, &limits)?;
        parameter::check_names(&manifest, &source, &self.dimensions)?;
        let segments = segmented(&manifest, &source, &self.dimensions, &engine, &limits)?;
        let linked = link(&engine, &source, &limits).map_err(|fault| vec![fault])?;
        let mut findings = Checker {
            units: &linked.units,
            known: &self.functions,
            catalogue: &self.catalogue,
            fields: &self.fields,
            dimensions: &self.dimensions,
            manifest: &manifest,
            source: &source,
            faults: Vec::new(),
        }
        .check()?;
        if !linked.is_plain() {
            let own = linked.equip(self.new_engine(&limits), &limits);
            engine = Arc::new(own.map_err(|fault| vec![fault])?);
        }
        let parameters = parameter::map(&manifest);
        manifest.dimensions = Some(findings.dimensions.clone());
        if let Some(segments) = &source.segments {
            // It is read for every record, before the script runs.
            for reads in findings.reads.values_mut() {
                reads.push(segments.field());
                reads.sort();
                reads.dedup();
            }
        }
        let ast = linked.ast();
        let hooks = findings.hooks.iter().map(|hook| (*hook, Body::of(*hook, &ast))).collect();
        let meta = RuleMeta {
            digest: digest(&source, &linked),
            name: source.name,
            file: source.file,
            hooks: findings.hooks,
            reads: findings.reads,
            dimensions: findings.dimensions,
            words: linked.words(),
            manifest,
            segments: source.segments,
            release: None,
            history: BTreeMap::new(),
        };
        Ok(Arc::new(ScriptRule {
            meta,
            engine,
            ast,
            hooks,
            sources: linked.sources(),
            fields: self.fields.clone(),
            dimensions: self.dimensions.clone(),
            limits,
            parameters,
            segments,
        }))
    }

    /// Puts the operator's values over those of a manifest that belongs to a rule of another kind, and checks them as those
    /// of a script are checked. Of the source all but the script itself is looked at.
    ///
    /// # Errors
    /// All faults of limits, parameters and segments.
    pub fn tune(&self, mut manifest: Manifest, source: &ScriptSource) -> Result<Tuned, Vec<Fault>> {
        self.check_limits(&manifest, source)?;
        check_texts(&manifest, source)?;
        parameter::overridden(&mut manifest, source, &["parameters"], &self.engine, &self.limits)?;
        parameter::check_names(&manifest, source, &self.dimensions)?;
        let by_class = segment::tuned(&manifest, source, &self.dimensions, &self.engine, &self.limits)?;
        Ok(Tuned { manifest, by_class })
    }

    /// Limits only lower the host's: one that was meant to be higher would be of no use, and nobody would know why.
    fn check_limits(&self, manifest: &Manifest, source: &ScriptSource) -> Result<(), Vec<Fault>> {
        let above = |limits: &Option<Limits>| limits.as_ref().map(|it| it.above(&self.limits)).unwrap_or_default();
        let fault = |(path, own, most): (Vec<String>, i64, i64), place: &dyn Fn(&[&str]) -> Option<Place>| {
            let name = path.join(".");
            let message =
                format!("`{name}` of {own} is above the host's {most}, and a rule's limits can only be lower");
            let hint = format!("leave `{name}` out, or let `tierhook.toml` of the host allow more under `[limits]`");
            let path: Vec<&str> = ["limits"].into_iter().chain(path.iter().map(String::as_str)).collect();
            Fault { place: place(&path), ..Fault::new(FaultCode::Failed, message).with_hint(hint) }
        };
        let own = above(&manifest.limits).into_iter().map(|it| fault(it, &|path| source.manifest_place(path)));
        let faults = own.chain(above(&source.limits).into_iter().map(|it| fault(it, &|path| source.value_place(path))));
        let faults: Vec<Fault> = faults.collect();
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }

    fn new_engine(&self, limits: &Limits) -> Engine {
        rule_engine(limits, &self.fields, &self.dimensions)
    }

    fn manifest(&self, source: &ScriptSource) -> Result<Manifest, Vec<Fault>> {
        let Some(text) = &source.manifest else { return Ok(Manifest::default()) };
        let manifest = Manifest::parse(text).map_err(|error| {
            let fault = Fault::new(FaultCode::Failed, error.to_string());
            let place = match &error {
                ManifestError::Malformed { span: Some(span), .. } => {
                    Some(Place::of_byte(&source.manifest_file, text, span.start))
                }
                ManifestError::OutOfRange { name, .. } => source.manifest_place(&["parameters", name]),
                _ => None,
            };
            vec![Fault { place, ..fault }]
        })?;
        let is_table = |it: &Parameter| matches!(it, Parameter::Plain(ParameterValue::Table(_)));
        let tables = manifest.parameters.iter().filter(|(_, parameter)| is_table(parameter));
        let faults: Vec<Fault> = tables
            .map(|(name, _)| {
                let fault = Fault::new(FaultCode::Failed, format!("parameter `{name}` is a table without a `value`"));
                let hint = "write its values in `value = { ... }`, or make each of them a parameter of its own";
                Fault { place: source.manifest_place(&["parameters", name]), ..fault.with_hint(hint) }
            })
            .collect();
        if faults.is_empty() { Ok(manifest) } else { Err(faults) }
    }
}

/// Places for arguments that are never closed would be shown to people as they are.
fn check_texts(manifest: &Manifest, source: &ScriptSource) -> Result<(), Vec<Fault>> {
    let texts = manifest.texts.iter().flat_map(|(code, text)| [(code, "en", &text.en), (code, "zh", &text.zh)]);
    let faults = texts.filter_map(|(code, language, text)| {
        let open = unclosed(text)?;
        let (close, what) = if open == '{' { ('}', "the argument's name") } else { (']', "what may be left out") };
        let message = format!("the text `{code}` has a `{open}` that is never closed in `{language}`");
        let hint = format!("write `{close}` behind {what}");
        Some(Fault {
            place: source.manifest_place(&["texts", code]),
            ..Fault::new(FaultCode::Failed, message).with_hint(hint)
        })
    });
    let faults: Vec<Fault> = faults.collect();
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

/// The digest of everything that the rule is made from.
fn digest(source: &ScriptSource, linked: &Linked) -> String {
    // The values print the same way every time, and differently where they differ.
    let parameters = format!("{:?}", source.parameters);
    let manifest = source.manifest.as_ref().map_or_else(String::new, |text| format!("manifest\n{text}"));
    let mut parts = vec![source.name.as_bytes(), source.text.as_bytes(), manifest.as_bytes(), parameters.as_bytes()];
    // Only where there are any, so that other rules keep their versions.
    let segments = source.segments.as_ref().map(|segments| format!("segments\n{segments:?}"));
    parts.extend(segments.as_ref().map(String::as_bytes));
    let limits = source.limits.as_ref().map(|limits| format!("limits\n{limits:?}"));
    parts.extend(limits.as_ref().map(String::as_bytes));
    for file in linked.module_files() {
        parts.extend([file.as_bytes(), source.modules[file].as_bytes()]);
    }
    digest256_hex(&parts)
}

fn rule_engine(limits: &Limits, fields: &Fields, dimensions: &Arc<Dimensions>) -> Engine {
    let mut engine = limited_engine(limits);
    missing::register(&mut engine);
    calendar::register(&mut engine);
    text::register(&mut engine);
    row::register(&mut engine, fields);
    wish::register(&mut engine, dimensions, limits.reasons);
    #[expect(deprecated, reason = "the callback is marked as volatile, not as going away; the rhai version is pinned")]
    engine.on_parse_token(|token, position, _| {
        guard::note(&token, position);
        token
    });
    engine
}
