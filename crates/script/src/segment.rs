//! Segments: parameters that have other values for the customers in some class of another dimension.

use std::collections::BTreeMap;
use std::sync::Arc;

use rhai::{Engine, Map};
use tierhook_hooks::{Fault, FaultCode, Limits, Manifest, Segments, closest};
use tierhook_model::{Dimensions, UNRATED};

use crate::host::ScriptSource;
use crate::parameter;

/// The parameters of a rule as a script sees them, for each class that has values of its own.
#[derive(Clone, Debug)]
pub(crate) struct SegmentParameters {
    /// The field that tells the class.
    pub(crate) field: Arc<str>,
    by_class: BTreeMap<String, Map>,
}

impl SegmentParameters {
    /// The parameters for a class that has some of its own.
    pub(crate) fn of(&self, class: &str) -> Option<&Map> {
        self.by_class.get(class)
    }
}

/// Puts the operator's values for each segment over those for everybody.
///
/// # Errors
/// A [`Fault`] if the manifest does not allow the dimension, a class is none of it, or a value may not stand.
pub(crate) fn segmented(
    manifest: &Manifest,
    source: &ScriptSource,
    dimensions: &Dimensions,
    engine: &Engine,
    limits: &Limits,
) -> Result<Option<SegmentParameters>, Vec<Fault>> {
    let Some(segments) = &source.segments else { return Ok(None) };
    let by_class = tuned(manifest, source, dimensions, engine, limits)?;
    let by_class = by_class.into_iter().map(|(class, own)| (class, parameter::map(&own))).collect();
    Ok(Some(SegmentParameters { field: segments.field().into(), by_class }))
}

/// The manifest as it holds for each segment.
///
/// # Errors
/// A [`Fault`] if the manifest does not allow the dimension, a class is none of it, or a value may not stand.
pub(crate) fn tuned(
    manifest: &Manifest,
    source: &ScriptSource,
    dimensions: &Dimensions,
    engine: &Engine,
    limits: &Limits,
) -> Result<BTreeMap<String, Manifest>, Vec<Fault>> {
    let Some(segments) = &source.segments else { return Ok(BTreeMap::new()) };
    check(manifest, source, segments, dimensions).map_err(|fault| vec![fault])?;
    let mut by_class = BTreeMap::new();
    let mut faults = Vec::new();
    for (class, values) in &segments.values {
        let mut own = manifest.clone();
        let values = ScriptSource { parameters: values.clone(), ..source.clone() };
        match parameter::overridden(&mut own, &values, &["segments", class], engine, limits) {
            Ok(()) => drop(by_class.insert(class.clone(), own)),
            Err(wrong) => faults.extend(wrong.into_iter().map(|fault| {
                let message = format!("{} (in segment `{class}`)", fault.message);
                Fault { message, ..fault }
            })),
        }
    }
    if faults.is_empty() { Ok(by_class) } else { Err(faults) }
}

fn check(
    manifest: &Manifest,
    source: &ScriptSource,
    segments: &Segments,
    dimensions: &Dimensions,
) -> Result<(), Fault> {
    let (id, file) = (segments.dimension.as_str(), source.file.as_str());
    if !manifest.segments.iter().any(|allowed| allowed == id) {
        let fault = Fault::new(FaultCode::Failed, format!("the parameters of {file} cannot be set apart by `{id}`"));
        let fault = Fault { place: source.value_place(&["segment_by"]), ..fault };
        return Err(fault.with_hint(match manifest.segments.as_slice() {
            [] => format!("add segments = [\"{id}\"] to its manifest"),
            allowed => format!("its manifest allows {}; add it to `segments` there", allowed.join(", ")),
        }));
    }
    let Some(dimension) = dimensions.get(id) else {
        let fault = Fault::new(FaultCode::Failed, format!("`segment_by` of {file}: there is no dimension `{id}`"));
        let fault = Fault { place: source.value_place(&["segment_by"]), ..fault };
        return Err(fault.with_hint("scripts/dimensions.toml defines dimensions"));
    };
    match segments.values.keys().find(|class| *class != UNRATED && !dimension.allows(class)) {
        None => Ok(()),
        Some(class) => {
            let message = format!("dimension `{id}` has no class `{class}` (in the segments of {file})");
            let place = source.value_place(&["segments", class]);
            let fault = Fault { place, ..Fault::new(FaultCode::Failed, message) };
            let known: Vec<&str> = dimension.classes.iter().map(|class| class.id.as_str()).collect();
            Err(match closest(class, known.iter().copied()) {
                Some(near) => fault.with_hint(format!("did you mean `{near}`?")),
                None => fault.with_hint(format!("its classes are {}", known.join(", "))),
            })
        }
    }
}
