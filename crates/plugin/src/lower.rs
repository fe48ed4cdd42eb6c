//! Lowering: what a hook may know, as the contract passes it on.

use std::borrow::Cow;
use std::sync::Arc;

use tierhook_hooks::{Cell, Column, ColumnData, Frame, History, HistoryKind, TextColumn, Validity};

use crate::contract::{ColumnDataParam, ColumnParam, Frame as FrameParam, History as HistoryParam, TableParam};
use crate::contract::{TextListsParam, TextsParam};
use crate::secret::Tokens;

/// What one hook of a plugin is given.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inputs {
    /// The fields, sorted by name.
    pub(crate) fields: Vec<Input>,
    /// The kinds of facts, sorted by name, with how many of the newest it wants for each record.
    pub(crate) history: Vec<(HistoryKind, u32)>,
}

/// One field, and how its values are treated.
#[derive(Clone, Debug)]
pub(crate) struct Input {
    pub(crate) name: String,
    pub(crate) treatment: Treatment,
}

/// How the values of a field are treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Treatment {
    /// They are passed on.
    Plain,
    /// They identify a person, and were granted in clear: passed on, but kept out of logs.
    Clear,
    /// They identify a person: texts become tokens, anything else is masked.
    Token,
}

/// A frame that is ready to be passed on: what could not be borrowed has been made.
#[derive(Debug)]
pub(crate) struct Lowered<'a> {
    records: u32,
    columns: Vec<LoweredColumn<'a>>,
    history: Vec<(&'a History, Vec<LoweredColumn<'a>>)>,
}

#[derive(Debug)]
struct LoweredColumn<'a> {
    name: &'a str,
    validity: Vec<u8>,
    data: Data<'a>,
}

#[derive(Debug)]
enum Data<'a> {
    Texts(Cow<'a, TextColumn>),
    Integers(Cow<'a, [i64]>),
    Decimals(Cow<'a, [f64]>),
    Booleans(Cow<'a, [bool]>),
    Days(Vec<i32>),
    TextLists(&'a [u32], Cow<'a, TextColumn>),
}

const MISSING: u8 = 1;
const MASKED: u8 = 2;

impl Inputs {
    /// Makes a frame ready. Nothing of what is masked is in it.
    pub(crate) fn lower<'a>(&self, frame: &'a Frame, tokens: &Tokens) -> Lowered<'a> {
        let columns = self.fields.iter().filter_map(|input| {
            let column = &frame.columns()[frame.column(&input.name)?];
            Some(LoweredColumn::new(column, input.treatment, tokens))
        });
        let history = self.history.iter().filter_map(|(kind, _)| {
            let history = frame.history(*kind)?;
            let columns = history.columns.iter().map(|column| LoweredColumn::new(column, Treatment::Plain, tokens));
            Some((&**history, columns.collect()))
        });
        Lowered { records: frame.len() as u32, columns: columns.collect(), history: history.collect() }
    }

    /// A frame with no more facts of a record than the plugin wants; another rule of the stratum may want more.
    pub(crate) fn narrowed(&self, frame: &Arc<Frame>) -> Arc<Frame> {
        let is_wider = |(kind, most): &(HistoryKind, u32)| {
            let longer = |history: &Arc<History>, record: usize| history.rows(record).len() > *most as usize;
            frame.history(*kind).is_some_and(|history| (0..frame.len()).any(|record| longer(history, record)))
        };
        if !self.history.iter().any(is_wider) {
            return frame.clone();
        }
        let newest = |(kind, most): &(HistoryKind, u32)| Some(Arc::new(frame.history(*kind)?.newest(*most as usize)));
        Arc::new(frame.as_ref().clone().with_history(self.history.iter().filter_map(newest).collect()))
    }

    /// The values of a frame that identify a person and were granted in clear, the longest first.
    pub(crate) fn hidden(&self, frame: &Frame) -> Vec<String> {
        let mut hidden = Vec::new();
        for input in self.fields.iter().filter(|input| input.treatment == Treatment::Clear) {
            let Some(at) = frame.column(&input.name) else { continue };
            for row in 0..frame.len() {
                match frame.cell(at, row) {
                    Cell::Text(text) => hidden.push(text.to_owned()),
                    Cell::TextList(items, from, to) => {
                        hidden.extend((from..to).map(|at| items.get(at).to_owned()));
                    }
                    Cell::Day(day) => hidden.push(day.to_string()),
                    Cell::Integer(number) => hidden.push(number.to_string()),
                    Cell::Decimal(number) => hidden.push(number.to_string()),
                    Cell::Missing | Cell::Masked | Cell::Boolean(_) => {}
                }
            }
        }
        // What is shorter is found in half of all words.
        hidden.retain(|text| text.len() >= 4);
        hidden.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        hidden.dedup();
        hidden
    }
}

impl<'a> LoweredColumn<'a> {
    fn new(column: &'a Column, treatment: Treatment, tokens: &Tokens) -> Self {
        let rows = column.validity.len();
        let token = treatment == Treatment::Token;
        let text = |texts: &'a TextColumn| {
            if token { Cow::Owned(tokenized(texts, &column.name, tokens)) } else { Cow::Borrowed(texts) }
        };
        let data = match &column.data {
            ColumnData::Text(texts) => Data::Texts(text(texts)),
            ColumnData::TextList { ends, items } => Data::TextLists(ends, text(items)),
            ColumnData::Integer(_) if token => Data::Integers(vec![0; rows].into()),
            ColumnData::Decimal(_) if token => Data::Decimals(vec![0.0; rows].into()),
            ColumnData::Boolean(_) if token => Data::Booleans(vec![false; rows].into()),
            ColumnData::Day(_) if token => Data::Days(vec![0; rows]),
            ColumnData::Integer(numbers) => Data::Integers(numbers.into()),
            ColumnData::Decimal(numbers) => Data::Decimals(numbers.into()),
            ColumnData::Boolean(answers) => Data::Booleans(answers.into()),
            ColumnData::Day(days) => Data::Days(days.iter().map(|day| day.0).collect()),
        };
        let is_masked = token && !matches!(data, Data::Texts(_) | Data::TextLists(..));
        Self { name: &column.name, validity: validity(&column.validity, is_masked), data }
    }

    fn param(&self) -> ColumnParam<'_> {
        let data = match &self.data {
            Data::Texts(texts) => ColumnDataParam::Texts(texts_param(texts)),
            Data::Integers(numbers) => ColumnDataParam::Integers(numbers),
            Data::Decimals(numbers) => ColumnDataParam::Decimals(numbers),
            Data::Booleans(answers) => ColumnDataParam::Booleans(answers),
            Data::Days(days) => ColumnDataParam::Days(days),
            Data::TextLists(ends, items) => {
                ColumnDataParam::TextLists(TextListsParam { ends, items: texts_param(items) })
            }
        };
        ColumnParam { name: self.name, validity: &self.validity, data }
    }
}

fn texts_param(texts: &TextColumn) -> TextsParam<'_> {
    TextsParam { ends: &texts.ends, bytes: &texts.bytes }
}

/// One byte for each value, and none where all are there.
fn validity(validity: &[Validity], is_masked: bool) -> Vec<u8> {
    if !is_masked && validity.iter().all(|one| *one == Validity::Present) {
        return Vec::new();
    }
    let byte = |one: &Validity| match one {
        Validity::Present if !is_masked => 0,
        Validity::Missing => MISSING,
        Validity::Present | Validity::Masked => MASKED,
    };
    validity.iter().map(byte).collect()
}

fn tokenized(texts: &TextColumn, field: &str, tokens: &Tokens) -> TextColumn {
    let mut made = TextColumn::default();
    for at in 0..texts.len() {
        match texts.get(at) {
            "" => made.push(""),
            text => made.push(&tokens.of(field, text)),
        }
    }
    made
}

impl Lowered<'_> {
    /// Calls with the frame as the contract passes it on.
    pub(crate) fn with<R>(&self, call: impl FnOnce(FrameParam<'_>) -> R) -> R {
        let columns: Vec<ColumnParam<'_>> = self.columns.iter().map(LoweredColumn::param).collect();
        let facts: Vec<Vec<ColumnParam<'_>>> =
            self.history.iter().map(|(_, columns)| columns.iter().map(LoweredColumn::param).collect()).collect();
        let history: Vec<HistoryParam<'_>> = self
            .history
            .iter()
            .zip(&facts)
            .map(|((history, _), columns)| {
                let rows = history.ends.last().copied().unwrap_or(0);
                let facts = TableParam { name: history.kind.name(), rows, columns };
                HistoryParam { ends: &history.ends, cut: &history.cut, facts }
            })
            .collect();
        call(FrameParam { records: self.records, columns: &columns, history: &history })
    }
}
