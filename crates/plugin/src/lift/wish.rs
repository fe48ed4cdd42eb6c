//! Wishes of each hook, from their tables.

use std::collections::HashMap;

use tierhook_hooks::{
    AnchorWish, ClassWish, Fault, FollowUpWish, OfferWish, Since, Verdict, WarningWish, unknown_class,
    unknown_dimension,
};
use tierhook_model::{Band, Combination, Dimension, ScoreGroup, Severity};

use super::{Lifted, Lifter, Reasons, bad, day, finite, name};
use crate::table::{Table, Tables, Texts, Values};

/// How many groups or bands one score may have.
const MOST_PARTS: usize = 64;
/// The longest cycle, in days.
const MOST_DAYS: i64 = 36_600;

/// The columns that say what makes a follow-up or warning the same one.
struct Anchors<'a> {
    anchor: Texts<'a>,
    fact: Texts<'a>,
    every: Values<'a, i64>,
    since: Texts<'a>,
    day: Values<'a, i32>,
}

impl Lifter<'_> {
    pub(super) fn classes(
        &self,
        tables: &Tables<'_>,
        table: &Table<'_>,
        reasons: &mut Reasons,
        lifted: &mut Lifted<'_>,
    ) -> Result<(), Fault> {
        let (of, dimension, class) = (table.integers("record")?, table.texts("dimension")?, table.texts("class")?);
        let bands = self.bands(tables)?;
        let mut groups = groups(tables, table.rows())?;
        for row in 0..table.rows() {
            let record = lifted.record(table, of.get(row))?;
            lifted.add(record, |wishes| {
                let id = dimension.get(row).unwrap_or_default();
                let dimension = self.decided(id)?;
                if wishes.classes.iter().any(|wish| wish.dimension == id) {
                    let hint = "answer one class or score for each dimension";
                    return Err(bad(format!("there are two words on `{id}`"), hint));
                }
                let verdict = match (class.get(row), groups.get_mut(row).and_then(Option::take)) {
                    (Some(class), None) if dimension.allows(class) => Verdict::Class(class.to_owned()),
                    (Some(class), None) => return Err(unknown_class(dimension, class)),
                    (Some(_), Some(_)) => {
                        let hint = "leave the class out where points decide";
                        return Err(bad(format!("there are a class and points for `{id}`"), hint));
                    }
                    (None, None) => {
                        let hint = "give the class, or groups of points";
                        return Err(bad(format!("there is neither a class nor a score for `{id}`"), hint));
                    }
                    (None, Some(groups)) => {
                        let bands = bands.get(id).cloned().unwrap_or_default();
                        if bands.is_empty() && dimension.combine != Combination::Points {
                            let hint = "answer `bands`, or let dimensions.toml combine the dimension by points";
                            return Err(bad(format!("the score on `{id}` has no band"), hint));
                        }
                        Verdict::Score { groups: groups?, bands }
                    }
                };
                let (reasons, _) = reasons.take(row)?;
                if wishes.classes.is_empty() {
                    wishes.classes = Vec::with_capacity(of.run(row));
                }
                wishes.classes.push(ClassWish { dimension: id.to_owned(), verdict, reasons });
                Ok(())
            });
        }
        Ok(())
    }

    fn decided(&self, id: &str) -> Result<&Dimension, Fault> {
        let dimension = self.dimensions.get(id).ok_or_else(|| unknown_dimension(self.dimensions, id))?;
        if self.decided.iter().any(|decided| decided == id) {
            return Ok(dimension);
        }
        let message = format!("`{id}` is not among the dimensions that this rule decides");
        Err(bad(message, "add it to `dimensions` in the manifest"))
    }

    /// The bands of each dimension.
    fn bands<'t>(&self, tables: &Tables<'t>) -> Result<HashMap<&'t str, Vec<Band>>, Fault> {
        let table = tables.get("bands");
        let (of, class, from) = (table.texts("dimension")?, table.texts("class")?, table.decimals("from")?);
        let mut bands: HashMap<&str, Vec<Band>> = HashMap::new();
        for row in 0..table.rows() {
            let id = of.get(row).unwrap_or_default();
            let dimension = self.decided(id)?;
            let class = class.get(row).unwrap_or_default();
            if !dimension.allows(class) {
                return Err(unknown_class(dimension, class));
            }
            let from = finite("beginning of a band", from.get(row).unwrap_or(f64::NAN))?;
            let earlier = bands.entry(id).or_default();
            if !(0.0..=1.0).contains(&from) || earlier.last().is_some_and(|last| last.from <= from) {
                let hint = "answer the bands from the best class down, each with a share of the points between 0 and 1";
                return Err(bad(format!("the band for `{class}` begins at {from}"), hint));
            }
            if earlier.len() >= MOST_PARTS {
                return Err(bad(format!("`{id}` has more than {MOST_PARTS} bands"), "put some of them together"));
            }
            earlier.push(Band { class: class.to_owned(), from });
        }
        Ok(bands)
    }

    pub(super) fn follow_ups(
        &self,
        table: &Table<'_>,
        reasons: &mut Reasons,
        lifted: &mut Lifted<'_>,
    ) -> Result<(), Fault> {
        let (of, kind, anchors) = (table.integers("record")?, table.texts("kind")?, Anchors::of(table)?);
        let (due, channel, priority) = (table.days("due")?, table.texts("channel")?, table.integers("priority")?);
        let ends = table.days("offer-ends")?;
        for row in 0..table.rows() {
            let record = lifted.record(table, of.get(row))?;
            lifted.add(record, |wishes| {
                let (reasons, said) = reasons.take(row)?;
                let priority = i32::try_from(priority.get(row).unwrap_or(0)).map_err(|_| {
                    let given = priority.get(row).unwrap_or_default();
                    bad(format!("a priority of {given}"), "use a smaller number; higher comes first")
                })?;
                let ends = ends.day(row).map(day).transpose()?;
                let offer = said.offer.map(|terms| OfferWish { terms, ends });
                wishes.follow_ups.push(FollowUpWish {
                    kind: name("kind", kind.get(row))?,
                    anchor: anchors.get(row)?,
                    due: due.day(row).map(day).transpose()?,
                    channel: channel.get(row).map(|channel| name("channel", Some(channel))).transpose()?,
                    priority,
                    reasons,
                    action: said.action,
                    offer,
                });
                Ok(())
            });
        }
        Ok(())
    }

    pub(super) fn warnings(
        &self,
        table: &Table<'_>,
        reasons: &mut Reasons,
        lifted: &mut Lifted<'_>,
    ) -> Result<(), Fault> {
        let (of, cause, severity) = (table.integers("record")?, table.texts("cause")?, table.texts("severity")?);
        let anchors = Anchors::of(table)?;
        for row in 0..table.rows() {
            let record = lifted.record(table, of.get(row))?;
            lifted.add(record, |wishes| {
                let (reasons, said) = reasons.take(row)?;
                let severity = match severity.get(row) {
                    Some("low") => Severity::Low,
                    None | Some("medium") => Severity::Medium,
                    Some("high") => Severity::High,
                    Some(other) => {
                        return Err(bad(format!("there is no severity `{other}`"), "use `low`, `medium` or `high`"));
                    }
                };
                let episode = anchors.get(row)?;
                if matches!(episode, AnchorWish::Every { .. } | AnchorWish::Cycle(_) | AnchorWish::Year(_)) {
                    let hint = "use `once`, `fact` or `episode`";
                    return Err(bad("a warning has an anchor that only follow-ups have", hint));
                }
                wishes.warnings.push(WarningWish {
                    cause: name("cause", cause.get(row))?,
                    episode,
                    severity,
                    reasons,
                    suggestion: said.suggestion,
                });
                Ok(())
            });
        }
        Ok(())
    }
}

type Groups = Result<Vec<ScoreGroup>, Fault>;

/// The groups of points of each row in `classes` that has some; none at all where there is no table of them.
fn groups(tables: &Tables<'_>, classes: usize) -> Result<Vec<Option<Groups>>, Fault> {
    let table = tables.get("groups");
    let (of, names) = (table.integers("class")?, table.texts("name")?);
    let (attainable, points) = (table.decimals("attainable")?, table.decimals("points")?);
    let mut groups = vec![None; if table.rows() == 0 { 0 } else { classes }];
    for row in 0..table.rows() {
        let class = table.points_at("class", of.get(row), classes)?;
        let group = (|| {
            let name = name("name of a group", names.get(row))?;
            let attainable = finite("number of attainable points", attainable.get(row).unwrap_or(f64::NAN))?;
            if attainable <= 0.0 {
                return Err(bad(format!("group `{name}` can bring {attainable} points"), "let it bring more than 0"));
            }
            let points = points.get(row).map(|points| finite("number of points", points)).transpose()?;
            Ok(ScoreGroup { name, attainable, points: points.map(|points| points.clamp(0.0, attainable)) })
        })();
        let list: &mut Groups = groups[class].get_or_insert_with(|| Ok(Vec::new()));
        let Ok(earlier) = list else { continue };
        match group {
            Ok(group) if earlier.iter().any(|before| before.name == group.name) => {
                *list = Err(bad(format!("group `{}` is there twice", group.name), "rename one of the two"));
            }
            Ok(_) if earlier.len() >= MOST_PARTS => {
                *list = Err(bad(format!("there are more than {MOST_PARTS} groups"), "put some of them together"));
            }
            Ok(group) => earlier.push(group),
            Err(fault) => *list = Err(fault),
        }
    }
    Ok(groups)
}

impl<'a> Anchors<'a> {
    fn of(table: &Table<'a>) -> Result<Self, Fault> {
        Ok(Self {
            anchor: table.texts("anchor")?,
            fact: table.texts("fact")?,
            every: table.integers("every")?,
            since: table.texts("since")?,
            day: table.days("day")?,
        })
    }

    fn get(&self, row: usize) -> Result<AnchorWish, Fault> {
        let fact = || name("id of the fact", self.fact.get(row));
        let anchor_day =
            || self.day.day(row).map(day).transpose()?.ok_or_else(|| bad("the day is missing", "give the day"));
        match self.anchor.get(row) {
            None | Some("once") => Ok(AnchorWish::Once),
            Some("fact") => {
                let id = self.fact.get(row).filter(|id| !id.is_empty());
                id.map(|id| AnchorWish::Fact(id.to_owned()))
                    .ok_or_else(|| bad("the id of the fact is missing", "give the id of a fact"))
            }
            Some("cycle") => fact().map(AnchorWish::Cycle),
            Some("year") => anchor_day().map(AnchorWish::Year),
            Some("episode") => anchor_day().map(AnchorWish::Episode),
            Some("every") => {
                let days = self.every.get(row).unwrap_or(0);
                if !(1..=MOST_DAYS).contains(&days) {
                    let hint = format!("let it last from 1 to {MOST_DAYS} days");
                    return Err(bad(format!("a cycle of {days} days"), hint));
                }
                let since = match self.since.get(row) {
                    None | Some("contact") => Since::Contact,
                    Some("order") => Since::Order,
                    Some("first-seen") => Since::FirstSeen,
                    Some("day") => Since::Day(anchor_day()?),
                    Some(other) => {
                        let hint = "use `contact`, `order`, `first-seen` or `day`";
                        return Err(bad(format!("cycles cannot begin at `{other}`"), hint));
                    }
                };
                Ok(AnchorWish::Every { days: days as u32, since })
            }
            Some(other) => {
                let hint = "use `once`, `fact`, `every`, `cycle`, `year` or `episode`";
                Err(bad(format!("there is no anchor `{other}`"), hint))
            }
        }
    }
}
