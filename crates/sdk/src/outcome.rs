//! Outcomes: what is wanted as the tables of the contract (`record outcome` in `wit/hooks.wit`).

mod column;
mod table;

use crate::bindings::types;
use crate::reason::Reasons;
use crate::score::Score;
use crate::{Anchor, Argument, Band, Channel, Classes, Fault, Plan, Role, Severity, Since, Warning};
use table::{Put, TableBuilder};

/// Something that a hook wants for a record.
pub(crate) trait Wish: Sized {
    /// The table that it stands in.
    fn table() -> TableBuilder;

    /// Checks that it says something that can be meant, beside what else is wanted for the record.
    fn check(&self, others: &[Self], tables: &Tables) -> Result<(), Fault>;

    /// Adds its row.
    fn write(&self, record: u32, tables: &mut Tables);
}

/// The tables of an outcome while they are filled.
#[derive(Debug)]
pub(crate) struct Tables {
    wishes: TableBuilder,
    groups: TableBuilder,
    reasons: TableBuilder,
    arguments: TableBuilder,
    /// The bands of each dimension that points were given on. They hold for the whole outcome.
    bands: Vec<(String, Vec<Band>)>,
    faults: Vec<types::Faulted>,
}

impl Tables {
    /// Begins the tables of a hook.
    pub(crate) fn new<W: Wish>() -> Self {
        Self {
            wishes: W::table(),
            groups: TableBuilder::new("groups", &["class", "name", "attainable", "points"]),
            reasons: TableBuilder::new("reasons", &["wish", "role", "code", "points"]),
            arguments: TableBuilder::new(
                "arguments",
                &["reason", "name", "text", "integer", "decimal", "boolean", "day"],
            ),
            bands: Vec::new(),
            faults: Vec::new(),
        }
    }

    /// Adds all that is wanted for a record, or its fault if one of it makes no sense.
    pub(crate) fn add<W: Wish>(&mut self, record: u32, wishes: &[W]) {
        match self.check(wishes) {
            Ok(()) => wishes.iter().for_each(|wish| wish.write(record, self)),
            Err(fault) => self.fault(record, fault),
        }
    }

    /// Checks that all that is wanted for a record can be meant.
    pub(crate) fn check<W: Wish>(&self, wishes: &[W]) -> Result<(), Fault> {
        wishes.iter().enumerate().try_for_each(|(at, wish)| wish.check(&wishes[..at], self))
    }

    /// Notes that a record faulted.
    pub(crate) fn fault(&mut self, record: u32, fault: Fault) {
        self.faults.push(types::Faulted { record, fault: fault.into() });
    }

    /// Ends the tables; those without rows are left out.
    pub(crate) fn finish(self) -> types::Outcome {
        let mut bands = TableBuilder::new("bands", &["dimension", "class", "from"]);
        for (dimension, band) in
            self.bands.iter().flat_map(|(dimension, bands)| bands.iter().map(move |b| (dimension, b)))
        {
            bands.push([Put::Text(dimension), Put::Text(&band.class), Put::Decimal(band.from)]);
        }
        let tables = [self.wishes, self.groups, bands, self.reasons, self.arguments];
        types::Outcome { tables: tables.into_iter().filter_map(TableBuilder::finish).collect(), faults: self.faults }
    }

    fn explain(&mut self, wish: usize, reasons: &Reasons) {
        for reason in &reasons.list {
            let at = self.reasons.rows();
            let role = if reason.role == Role::Reason { Put::Nothing } else { Put::Text(reason.role.name()) };
            self.reasons.push([
                row(wish),
                role,
                Put::Text(&reason.code),
                reason.points.map_or(Put::Nothing, Put::Decimal),
            ]);
            for (name, value) in &reason.arguments {
                let mut put =
                    [row(at), Put::Text(name), Put::Nothing, Put::Nothing, Put::Nothing, Put::Nothing, Put::Nothing];
                match value {
                    Argument::Unknown => {}
                    Argument::Text(text) => put[2] = Put::Text(text),
                    Argument::Integer(number) => put[3] = Put::Integer(*number),
                    Argument::Decimal(number) => put[4] = Put::Decimal(*number),
                    Argument::Boolean(yes) => put[5] = Put::Boolean(*yes),
                    Argument::Day(day) => put[6] = Put::Day(*day),
                }
                self.arguments.push(put);
            }
        }
    }

    fn bands(&self, dimension: &str) -> Option<&[Band]> {
        self.bands.iter().find(|(other, _)| other == dimension).map(|(_, bands)| bands.as_slice())
    }

    fn score(&mut self, class: usize, score: &Score) {
        if self.bands(&score.dimension).is_none() {
            self.bands.push((score.dimension.clone().into_owned(), score.bands.clone()));
        }
        for group in &score.groups {
            let points = group.points.map_or(Put::Nothing, Put::Decimal);
            self.groups.push([row(class), Put::Text(&group.name), Put::Decimal(group.attainable), points]);
        }
    }
}

fn row<'a>(at: usize) -> Put<'a> {
    Put::Integer(at as i64)
}

impl Wish for Classes {
    fn table() -> TableBuilder {
        TableBuilder::new("classes", &["record", "dimension", "class"])
    }

    fn check(&self, others: &[Self], tables: &Tables) -> Result<(), Fault> {
        let dimension = self.dimension();
        if others.iter().any(|other| other.dimension() == dimension) {
            let hint = "return one class or score for each dimension";
            return Err(Fault::new(format!("there are two words on `{dimension}`")).hint(hint));
        }
        if let Self::Score(score) = self
            && tables.bands(dimension).is_some_and(|bands| bands != score.bands)
        {
            let hint = "let them depend on parameters alone, or give the class itself";
            return Err(
                Fault::new(format!("the bands of `{dimension}` are not those of the records before")).hint(hint)
            );
        }
        Self::check(self)
    }

    fn write(&self, record: u32, tables: &mut Tables) {
        let at = tables.wishes.rows();
        let (class, reasons) = match self {
            Self::Class(class) => (Put::Text(&class.class), &class.reasons),
            Self::Score(score) => (Put::Nothing, &score.reasons),
        };
        tables.wishes.push([Put::Integer(record.into()), Put::Text(self.dimension()), class]);
        if let Self::Score(score) = self {
            tables.score(at, score);
        }
        tables.explain(at, reasons);
    }
}

impl Wish for Plan {
    fn table() -> TableBuilder {
        let columns =
            ["record", "kind", "anchor", "fact", "every", "since", "day", "due", "channel", "priority", "offer-ends"];
        TableBuilder::new("follow-ups", &columns)
    }

    fn check(&self, _: &[Self], _: &Tables) -> Result<(), Fault> {
        Self::check(self)
    }

    fn write(&self, record: u32, tables: &mut Tables) {
        let at = tables.wishes.rows();
        let (anchor, fact, day) = anchored(&self.anchor);
        let (every, since, day) = match self.anchor {
            Anchor::Every(days, since) => {
                let (since, day) = counted(since);
                (Put::Integer(days.into()), Put::Text(since), day)
            }
            _ => (Put::Nothing, Put::Nothing, day),
        };
        tables.wishes.push([
            Put::Integer(record.into()),
            Put::Text(&self.kind),
            Put::Text(anchor),
            fact,
            every,
            since,
            day,
            self.due.map_or(Put::Nothing, Put::Day),
            self.channel.map_or(Put::Nothing, |channel| Put::Text(channel_name(channel))),
            if self.priority == 0 { Put::Nothing } else { Put::Integer(self.priority.into()) },
            self.offer_ends.map_or(Put::Nothing, Put::Day),
        ]);
        tables.explain(at, &self.reasons);
    }
}

impl Wish for Warning {
    fn table() -> TableBuilder {
        TableBuilder::new("warnings", &["record", "cause", "anchor", "fact", "day", "severity"])
    }

    fn check(&self, _: &[Self], _: &Tables) -> Result<(), Fault> {
        Self::check(self)
    }

    fn write(&self, record: u32, tables: &mut Tables) {
        let at = tables.wishes.rows();
        let (anchor, fact, day) = anchored(&self.anchor);
        let severity = match self.severity {
            Severity::Low => Put::Text("low"),
            Severity::Medium => Put::Nothing,
            Severity::High => Put::Text("high"),
        };
        let record = Put::Integer(record.into());
        tables.wishes.push([record, Put::Text(&self.cause), Put::Text(anchor), fact, day, severity]);
        tables.explain(at, &self.reasons);
    }
}

fn anchored(anchor: &Anchor) -> (&'static str, Put<'_>, Put<'_>) {
    match anchor {
        Anchor::Once => ("once", Put::Nothing, Put::Nothing),
        Anchor::Fact(id) => ("fact", Put::Text(id), Put::Nothing),
        Anchor::Every(..) => ("every", Put::Nothing, Put::Nothing),
        Anchor::Cycle(group) => ("cycle", Put::Text(group), Put::Nothing),
        Anchor::Year(day) => ("year", Put::Nothing, Put::Day(*day)),
        Anchor::Episode(day) => ("episode", Put::Nothing, Put::Day(*day)),
    }
}

fn counted<'a>(since: Since) -> (&'static str, Put<'a>) {
    match since {
        Since::Contact => ("contact", Put::Nothing),
        Since::Order => ("order", Put::Nothing),
        Since::FirstSeen => ("first-seen", Put::Nothing),
        Since::Day(day) => ("day", Put::Day(day)),
    }
}

fn channel_name(channel: Channel) -> &'static str {
    match channel {
        Channel::Call => "call",
        Channel::Visit => "visit",
        Channel::Email => "email",
        Channel::Chat => "chat",
    }
}

#[cfg(test)]
mod tests;
