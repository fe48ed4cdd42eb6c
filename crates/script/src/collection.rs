//! Collections: maps that a script fills under keys which it computes.
//!
//! The engine looks at the size of a list or map wherever one is made or handed to a function, but not at
//! `map[key] = value`: by that a map could take as much memory as there are operations. So the few scripts that write
//! it run on an engine which looks at their variables now and then.

use std::cell::Cell;

use rhai::{Array, Dynamic, Engine, EvalAltResult, Map, Position};
use tierhook_hooks::Limits;

/// All variables are looked at once in so many uses of one. What can be added in between is small.
const USES_PER_LOOK: u32 = 64;

thread_local! {
    static USES: Cell<u32> = const { Cell::new(0) };
}

/// Makes an engine stop a call in which a variable holds more than the limits allow for one collection.
pub(crate) fn watch(engine: &mut Engine, limits: &Limits) {
    let most = Size { items: limits.collection_items, bytes: limits.string_bytes };
    #[expect(deprecated, reason = "the callback is marked as volatile, not as going away; the rhai version is pinned")]
    engine.on_var(move |_, _, context| {
        let uses = USES.get().wrapping_add(1);
        USES.set(uses);
        if uses.is_multiple_of(USES_PER_LOOK) {
            let variables = context.scope().iter_raw().map(|(_, _, value)| value);
            for value in variables.chain(context.this_ptr()) {
                let mut size = Size::default();
                size.add(value, most);
                size.check(most)?;
            }
        }
        Ok(None)
    });
}

/// How much a value holds.
#[derive(Clone, Copy, Debug, Default)]
struct Size {
    /// Items of lists and maps, those in others counted as well.
    items: usize,
    /// Bytes of the texts in them.
    bytes: usize,
}

impl Size {
    /// Adds what a collection holds, as far as it matters.
    fn add(&mut self, value: &Dynamic, most: Self) {
        if let Some(map) = value.read_lock::<Map>() {
            map.values().take_while(|item| self.add_item(item, most)).for_each(drop);
        } else if let Some(list) = value.read_lock::<Array>() {
            list.iter().take_while(|item| self.add_item(item, most)).for_each(drop);
        }
    }

    /// Returns whether there is reason to go on.
    fn add_item(&mut self, item: &Dynamic, most: Self) -> bool {
        self.items += 1;
        if item.is_string() {
            self.bytes += item.as_immutable_string_ref().map_or(0, |text| text.len());
        } else if !(item.is_int() || item.is_float()) {
            self.add(item, most);
        }
        self.items <= most.items && self.bytes <= most.bytes
    }

    fn check(self, most: Self) -> Result<(), Box<EvalAltResult>> {
        let what = match self {
            _ if self.items > most.items => "Size of object map",
            _ if self.bytes > most.bytes => "Length of string",
            _ => return Ok(()),
        };
        Err(EvalAltResult::ErrorDataTooLarge(what.to_owned(), Position::NONE).into())
    }
}
