//! History: the facts of a record, one by one.

use std::fmt;
use std::ops::Deref;

use crate::bindings::types::Frame;
use crate::cell::range;
use crate::{Fact, Fault};

/// The facts of one kind of a record, the newest first, and whether there are older ones.
///
/// `plugin.toml` says how many of the newest are wanted: `[plugin.history]` with `orders = 200`. Derive [`Fact`] for a struct with
/// those columns of the kind that the plugin looks at; `[]` marks what may be missing and is read as an `Option`:
///
/// | kind | columns |
/// |---|---|
/// | `orders` | `id` text, `day` day, `amount` decimal, `lines` integer, \[`channel`\] text |
/// | `lines` | `order` text, `day` day, `product` text, \[`name`\], \[`category`\] texts, `group` text, `quantity`, `amount` decimals, `goods` boolean |
/// | `refunds` | `id` text, `day` day, `kind` text, `amount` decimal, \[`order`\] text |
/// | `interactions` | `id` text, `day` day, `kind` text, \[`inbound`\] boolean, \[`product`\] text |
/// | `feedback` | `id` text, `day` day, `kind` text, \[`score`\] decimal, \[`complaint`\], \[`product`\] texts |
/// | `measures` | `id` text, `day` day, `name` text, `value` decimal |
#[derive(Clone, Debug, PartialEq, Default)]
pub struct History<T> {
    /// The facts, the newest first.
    pub facts: Vec<T>,
    /// Whether the record has older ones than these.
    pub cut: bool,
}

impl<T> Deref for History<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.facts
    }
}

/// What a field with `#[history(...)]` may be.
#[doc(hidden)]
pub trait Rows<'f>: Sized {
    type Fact: Fact<'f>;

    fn absent() -> Option<Self> {
        None
    }

    fn from_rows(facts: Vec<Self::Fact>, cut: bool) -> Self;
}

impl<'f, T: Fact<'f>> Rows<'f> for Vec<T> {
    type Fact = T;

    fn from_rows(facts: Vec<T>, _: bool) -> Self {
        facts
    }
}

impl<'f, T: Fact<'f>> Rows<'f> for History<T> {
    type Fact = T;

    fn from_rows(facts: Vec<T>, cut: bool) -> Self {
        Self { facts, cut }
    }
}

impl<'f, R: Rows<'f>> Rows<'f> for Option<R> {
    type Fact = R::Fact;

    fn absent() -> Option<Self> {
        Some(None)
    }

    fn from_rows(facts: Vec<R::Fact>, cut: bool) -> Self {
        Some(R::from_rows(facts, cut))
    }
}

/// The facts of one kind of a batch, looked up.
#[doc(hidden)]
pub struct HistorySlot<'f, R: Rows<'f>> {
    kind: &'static str,
    found: Option<Found<'f, <R::Fact as Fact<'f>>::Columns>>,
}

struct Found<'f, C> {
    ends: &'f [u32],
    cut: &'f [bool],
    columns: C,
}

impl<'f, R: Rows<'f>> fmt::Debug for HistorySlot<'f, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HistorySlot").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl<'f, R: Rows<'f>> HistorySlot<'f, R> {
    /// Looks up the facts of a kind.
    pub fn find(frame: &'f Frame, kind: &'static str) -> Result<Self, Fault> {
        let Some(history) = frame.history.iter().find(|history| history.facts.name == kind) else {
            if R::absent().is_some() {
                return Ok(Self { kind, found: None });
            }
            let hint = format!("add `{kind} = 100` to [plugin.history] in plugin.toml");
            return Err(Fault::new(format!("the host gave no `{kind}`")).hint(hint));
        };
        let columns = R::Fact::columns(&history.facts)?;
        Ok(Self { kind, found: Some(Found { ends: &history.ends, cut: &history.cut, columns }) })
    }

    /// Reads the facts of a record.
    pub fn get(&self, record: usize) -> Result<R, Fault> {
        let Some(found) = &self.found else {
            return R::absent().ok_or_else(|| Fault::new(format!("the host gave no `{}`", self.kind)));
        };
        let rows = range(found.ends, record).unwrap_or(0..0);
        let facts = rows.map(|row| R::Fact::read(&found.columns, row)).collect::<Result<Vec<_>, Fault>>()?;
        Ok(R::from_rows(facts, found.cut.get(record).copied().unwrap_or(false)))
    }
}
