//! Words on dimensions: `class("grade", "A")` and `score("grade").group(...).band(...)`.

use std::sync::Arc;

use rhai::{Dynamic, Engine, ImmutableString, Map};
use tierhook_hooks::{ClassWish, Fault, FaultCode, Verdict, unknown_class, unknown_dimension};
use tierhook_model::{Band, Combination, Dimension, Dimensions, ScoreGroup};

use super::{Reasoned, Reasons};
use crate::argument::{self, Failure, bad};
use crate::failure::raise;
use crate::missing::Missing;

/// How many groups or bands one score may have.
const MOST_PARTS: usize = 64;

/// A class.
#[derive(Clone, Debug)]
pub(super) struct ScriptClass {
    dimension: ImmutableString,
    class: ImmutableString,
    reasons: Reasons,
}

/// Points.
#[derive(Clone, Debug)]
pub(super) struct ScriptScore {
    dimension: ImmutableString,
    groups: Vec<Arc<ScoreGroup>>,
    bands: Vec<Arc<Band>>,
    reasons: Reasons,
}

impl Reasoned for ScriptClass {
    fn reasons(&mut self) -> &mut Reasons {
        &mut self.reasons
    }
}

impl Reasoned for ScriptScore {
    fn reasons(&mut self) -> &mut Reasons {
        &mut self.reasons
    }
}

pub(super) fn register(engine: &mut Engine, dimensions: &Arc<Dimensions>, most_reasons: usize) {
    engine.register_type_with_name::<ScriptClass>("Class");
    engine.register_type_with_name::<ScriptScore>("Score");
    let known = dimensions.clone();
    engine.register_fn("class", move |dimension: Dynamic, class: Dynamic| {
        let dimension = argument::text("dimension", &dimension)?;
        let class = argument::text("class", &class)?;
        let found = find(&known, &dimension)?;
        if !found.allows(&class) {
            return Err(raise(unknown_class(found, &class)));
        }
        Ok(ScriptClass { dimension, class, reasons: Reasons::default() })
    });
    let known = dimensions.clone();
    engine.register_fn("score", move |dimension: Dynamic| {
        let dimension = argument::text("dimension", &dimension)?;
        find(&known, &dimension)?;
        Ok::<_, Failure>(ScriptScore { dimension, groups: Vec::new(), bands: Vec::new(), reasons: Reasons::default() })
    });
    engine.register_fn("group", |score: &mut ScriptScore, name: Dynamic, attainable: Dynamic, share: Dynamic| {
        score.add_group(&name, &attainable, &share)?;
        Ok::<_, Failure>(score.clone())
    });
    engine.register_fn(
        "group",
        move |score: &mut ScriptScore,
              name: Dynamic,
              attainable: Dynamic,
              share: Dynamic,
              code: Dynamic,
              given: Map| {
            let points = score.add_group(&name, &attainable, &share)?;
            score.reasons.push(argument::reason("reason", &code, &given, points)?, most_reasons)?;
            Ok::<_, Failure>(score.clone())
        },
    );
    let known = dimensions.clone();
    engine.register_fn("band", move |score: &mut ScriptScore, class: Dynamic, from: Dynamic| {
        score.add_band(find(&known, &score.dimension)?, &class, &from)?;
        Ok::<_, Failure>(score.clone())
    });
    engine.register_fn("scaled", scaled);
}

fn find<'a>(dimensions: &'a Dimensions, id: &str) -> Result<&'a Dimension, Failure> {
    dimensions.get(id).ok_or_else(|| raise(unknown_dimension(dimensions, id)))
}

/// How far a share may lie outside of 0 to 1.
const HAIR: f64 = 1e-9;

/// The share of the way from one number to another that `x` has come, within 0 and 1.
fn scaled(x: Dynamic, from: Dynamic, to: Dynamic) -> Result<Dynamic, Failure> {
    let (from, to) = (argument::number("beginning of the scale", &from)?, argument::number("end of the scale", &to)?);
    if from == to {
        return Err(bad(format!("the scale begins and ends at {from}"), "let it lead from one number to another"));
    }
    if x.is::<Missing>() {
        return Ok(x);
    }
    let x = argument::number("scaled value", &x)?;
    // On a scale that leads downwards its beginning would be a negative zero.
    Ok(Dynamic::from_float(((x - from) / (to - from)).clamp(0.0, 1.0) + 0.0))
}

impl ScriptScore {
    /// Adds a group and returns its points, `None` if the share is missing.
    fn add_group(&mut self, name: &Dynamic, attainable: &Dynamic, share: &Dynamic) -> Result<Option<f64>, Failure> {
        let name = argument::name("group", name)?;
        let attainable = argument::number("attainable points", attainable)?;
        if attainable <= 0.0 {
            return Err(bad(format!("group `{name}` can bring {attainable} points"), "let it bring more than 0"));
        }
        if self.groups.iter().any(|group| group.name == *name) {
            return Err(bad(format!("group `{name}` is there twice"), "rename one of the two"));
        }
        if self.groups.len() >= MOST_PARTS {
            return Err(bad(format!("there are more than {MOST_PARTS} groups"), "put some of them together"));
        }
        let points = if share.is::<Missing>() {
            None
        } else {
            let share = argument::number("share", share)?;
            // What is computed may miss the end by a hair.
            if !(-HAIR..=1.0 + HAIR).contains(&share) {
                let message = format!("the share of group `{name}` is {share}");
                return Err(bad(message, "a share lies between 0 and 1; `scaled(x, from, to)` makes one"));
            }
            Some(attainable * share.clamp(0.0, 1.0))
        };
        self.groups.push(Arc::new(ScoreGroup { name: name.into_owned(), attainable, points }));
        Ok(points)
    }

    fn add_band(&mut self, dimension: &Dimension, class: &Dynamic, from: &Dynamic) -> Result<(), Failure> {
        let class = argument::text("class", class)?;
        if !dimension.allows(&class) {
            return Err(raise(unknown_class(dimension, &class)));
        }
        let from = argument::number("beginning of the band", from)?;
        if !(0.0..=1.0).contains(&from) {
            let message = format!("the band for `{class}` begins at {from}");
            return Err(bad(message, "a band begins at a share of the points, between 0 and 1"));
        }
        if self.bands.last().is_some_and(|last| last.from <= from) {
            let message = format!("the band for `{class}` begins at {from}, not below the one before");
            return Err(bad(message, "write the bands from the best class down"));
        }
        self.bands.push(Arc::new(Band { class: class.into_owned(), from }));
        Ok(())
    }

    /// The finished wish; its reasons go with it.
    pub(super) fn finish(&mut self, dimensions: &Dimensions) -> Result<ClassWish, Fault> {
        let dimension = self.dimension.as_str();
        let wrong = |message: String, hint: &str| Err(Fault::new(FaultCode::BadWish, message).with_hint(hint));
        if self.groups.is_empty() {
            return wrong(format!("the score on `{dimension}` has no group"), "add groups with `.group(...)`");
        }
        let by_points = dimensions.get(dimension).is_some_and(|found| found.combine == Combination::Points);
        if self.bands.is_empty() && !by_points {
            let hint = "add `.band(class, from)`, or let dimensions.toml combine the dimension by points";
            return wrong(format!("the score on `{dimension}` has no band"), hint);
        }
        let verdict = Verdict::Score {
            groups: self.groups.iter().map(|group| ScoreGroup::clone(group)).collect(),
            bands: self.bands.iter().map(|band| Band::clone(band)).collect(),
        };
        Ok(ClassWish { dimension: dimension.to_owned(), verdict, reasons: self.reasons.take() })
    }
}

impl ScriptClass {
    /// The finished wish; its reasons go with it.
    pub(super) fn finish(&mut self) -> ClassWish {
        ClassWish {
            dimension: self.dimension.to_string(),
            verdict: Verdict::Class(self.class.to_string()),
            reasons: self.reasons.take(),
        }
    }
}
