//! Which records have changed, for whoever keeps something about them in memory.

use std::collections::BTreeSet;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};

use tierhook_model::RecordId;

use crate::Store;

/// Tells which records were written or erased since it was asked last. Whoever was answered that a write is durable
/// finds the record here. Each record is told once, however often it was written; what has become of it is to be read.
#[derive(Debug)]
pub struct Watch {
    noted: Arc<Noted>,
}

#[derive(Debug, Default)]
struct Noted {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    records: BTreeSet<RecordId>,
    has_ended: bool,
}

/// All watches, on the writer's side.
#[derive(Debug, Default)]
pub(crate) struct Watches(Mutex<Vec<Weak<Noted>>>);

impl Store {
    /// Begins to watch: records that are written from now on are told. Dropping the watch ends it.
    pub fn watch(&self) -> Watch {
        let noted = Arc::<Noted>::default();
        self.inner.shared.watches.lock().push(Arc::downgrade(&noted));
        Watch { noted }
    }
}

impl Watch {
    /// Takes the changed records, in the order of their numbers.
    pub fn take(&self) -> Vec<RecordId> {
        std::mem::take(&mut self.noted.lock().records).into_iter().collect()
    }

    /// Puts records back that were taken and not looked at: they are told again.
    pub fn put_back(&self, records: &[RecordId]) {
        self.noted.add(records);
    }

    /// Waits until a record has changed or [`Watch::end`] was called; returns whether to go on.
    pub fn wait(&self) -> bool {
        let waiting = |state: &mut State| state.records.is_empty() && !state.has_ended;
        let state = self.noted.changed.wait_while(self.noted.lock(), waiting);
        !state.unwrap_or_else(PoisonError::into_inner).has_ended
    }

    /// Lets nobody wait any more.
    pub fn end(&self) {
        self.noted.lock().has_ended = true;
        self.noted.changed.notify_all();
    }

    /// Tells whether [`Watch::end`] was called.
    pub fn has_ended(&self) -> bool {
        self.noted.lock().has_ended
    }
}

impl Watches {
    /// Tells everybody who watches which records have changed.
    pub(crate) fn note(&self, records: &[RecordId]) {
        self.lock().retain(|noted| {
            let noted = noted.upgrade();
            noted.inspect(|noted| noted.add(records)).is_some()
        });
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Weak<Noted>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Noted {
    fn add(&self, records: &[RecordId]) {
        self.lock().records.extend(records);
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
