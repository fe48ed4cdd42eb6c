//! Rows: one record of a frame as a script sees it.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rhai::{Array, Dynamic, Engine, EvalAltResult};
use tierhook_hooks::{Cell, Fault, FaultCode, Frame, MAX_COLUMNS, ReadSet, closest};
use tierhook_model::Catalogue;

use crate::calendar::ScriptDay;
use crate::failure::raise;
use crate::missing::Missing;

/// The groups of fields that are written `customer.<group>.<name>`.
pub(crate) const GROUPS: [&str; 5] = ["measure", "custom", "standing", "standing_days", "class"];

const WORDS: usize = MAX_COLUMNS / 64;
const NO_COLUMN: u16 = u16::MAX;

type Failure = Box<EvalAltResult>;

/// The names of all fields, numbered as in the catalogue.
#[derive(Debug)]
pub(crate) struct Fields {
    names: Vec<Arc<str>>,
    by_name: HashMap<Arc<str>, usize>,
}

impl Fields {
    pub(crate) fn new(catalogue: &Catalogue) -> Self {
        let names: Vec<Arc<str>> = catalogue.iter().map(|field| field.name.as_str().into()).collect();
        let by_name = names.iter().enumerate().map(|(slot, name)| (name.clone(), slot)).collect();
        Self { names, by_name }
    }

    /// The fault for a field that there is none of.
    pub(crate) fn unknown(&self, name: &str) -> Fault {
        let fault = Fault::new(FaultCode::UnknownField, format!("there is no field `{name}`"));
        match closest(name, self.names.iter().map(|name| &**name)) {
            Some(near) => fault.with_hint(format!("did you mean `{near}`?")),
            None => fault.with_hint("`tierhook fields` lists all fields"),
        }
    }
}

/// A frame as one call of one rule sees it: only the fields that the rule reads, and what it has read so far. It
/// belongs to one call, so nobody waits for anybody.
#[derive(Debug)]
pub(crate) struct View {
    frame: Arc<Frame>,
    fields: Arc<Fields>,
    /// The column of each field of the catalogue.
    columns: Vec<u16>,
    read: [AtomicU64; WORDS],
}

impl View {
    /// Makes a view that shows the named fields.
    pub(crate) fn new(frame: &Arc<Frame>, fields: &Arc<Fields>, shown: &[String]) -> Self {
        let mut columns = vec![NO_COLUMN; fields.names.len()];
        for name in shown {
            if let (Some(slot), Some(column)) = (fields.by_name.get(name.as_str()), frame.column(name)) {
                columns[*slot] = u16::try_from(column).unwrap_or(NO_COLUMN);
            }
        }
        Self { frame: frame.clone(), fields: fields.clone(), columns, read: Default::default() }
    }

    /// Forgets what has been read.
    pub(crate) fn begin_record(&self) {
        self.read.iter().for_each(|word| word.store(0, Ordering::Relaxed));
    }

    /// What has been read since.
    pub(crate) fn read(&self) -> ReadSet {
        ReadSet::from_words(std::array::from_fn(|at| self.read[at].load(Ordering::Relaxed)))
    }

    /// The names of what has been read and was not there.
    pub(crate) fn missing(&self, row: usize) -> Vec<Arc<str>> {
        let is_missing = |column: &usize| matches!(self.frame.cell(*column, row), Cell::Missing | Cell::Masked);
        self.read().iter().filter(is_missing).map(|column| self.frame.columns()[column].name.clone()).collect()
    }

    /// The text of a field, if it is known; it counts as read.
    pub(crate) fn text(&self, name: &str, row: usize) -> Option<&str> {
        let column = self.frame.column(name)?;
        self.read[column / 64].fetch_or(1 << (column % 64), Ordering::Relaxed);
        match self.frame.cell(column, row) {
            Cell::Text(text) => Some(text),
            _ => None,
        }
    }

    fn get(&self, slot: usize, row: usize) -> Result<Dynamic, Failure> {
        let column = self.columns.get(slot).copied().unwrap_or(NO_COLUMN);
        if column == NO_COLUMN {
            let message = format!("`{}` is read under a computed name, but not declared", self.fields.names[slot]);
            return Err(raise(
                Fault::new(FaultCode::UnknownField, message).with_hint("add it to `reads` in the manifest"),
            ));
        }
        let column = usize::from(column);
        self.read[column / 64].fetch_or(1 << (column % 64), Ordering::Relaxed);
        Ok(match self.frame.cell(column, row) {
            Cell::Missing => Dynamic::from(Missing::new(self.frame.columns()[column].name.clone())),
            Cell::Masked => Dynamic::from(Missing::masked(self.frame.columns()[column].name.clone())),
            Cell::Text(text) => Dynamic::from(rhai::ImmutableString::from(text)),
            Cell::Integer(number) => Dynamic::from_int(number),
            Cell::Decimal(number) => Dynamic::from_float(number),
            Cell::Boolean(yes) => Dynamic::from_bool(yes),
            Cell::Day(day) => Dynamic::from(ScriptDay(day)),
            Cell::TextList(items, from, to) => {
                let list: Array =
                    (from..to).map(|at| Dynamic::from(rhai::ImmutableString::from(items.get(at)))).collect();
                Dynamic::from_array(list)
            }
        })
    }

    fn get_named(&self, name: &str, row: usize) -> Result<Dynamic, Failure> {
        match self.fields.by_name.get(name) {
            Some(slot) => self.get(*slot, row),
            None => Err(raise(self.fields.unknown(name))),
        }
    }
}

/// One record of a view.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    view: Arc<View>,
    row: usize,
}

impl Row {
    pub(crate) fn new(view: Arc<View>, row: usize) -> Self {
        Self { view, row }
    }
}

/// The fields of one group of one record; `GROUP` is its number in [`GROUPS`]. Each group is a type of its own, since
/// the same name can stand in several.
#[derive(Clone, Debug)]
struct Group<const GROUP: usize>(Row);

/// Registers the row type with a getter for each field.
pub(crate) fn register(engine: &mut Engine, fields: &Fields) {
    engine.register_type_with_name::<Row>("Customer");
    for (slot, name) in fields.names.iter().enumerate().filter(|(_, name)| !name.contains('.')) {
        engine.register_get(&**name, move |row: &mut Row| row.view.get(slot, row.row));
    }
    engine.register_indexer_get(|row: &mut Row, name: &str| row.view.get_named(name, row.row));
    register_group::<0>(engine, fields);
    register_group::<1>(engine, fields);
    register_group::<2>(engine, fields);
    register_group::<3>(engine, fields);
    register_group::<4>(engine, fields);
}

fn register_group<const GROUP: usize>(engine: &mut Engine, fields: &Fields) {
    let prefix = GROUPS[GROUP];
    engine.register_type_with_name::<Group<GROUP>>(prefix);
    engine.register_get(prefix, |row: &mut Row| Group::<GROUP>(row.clone()));
    for (slot, name) in fields.names.iter().enumerate() {
        if let Some((_, name)) = name.split_once('.').filter(|(group, _)| *group == prefix) {
            engine.register_get(name, move |group: &mut Group<GROUP>| group.0.view.get(slot, group.0.row));
        }
    }
    engine.register_indexer_get(move |group: &mut Group<GROUP>, name: &str| {
        group.0.view.get_named(&format!("{prefix}.{name}"), group.0.row)
    });
}
