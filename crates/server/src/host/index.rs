//! The index of customers: built behind the host's back, and kept current with whatever is written.

use std::borrow::Cow;
use std::sync::{Mutex, PoisonError, RwLock};

use tierhook_features::replay;
use tierhook_model::{ProfileKey, Record, RecordId, Value};
use tierhook_search::Index;
use tierhook_store::{ReadError, Store, Watch};

/// How many records are read at a time.
const BATCH: usize = 512;

/// What says who a customer is: of one that stands for others, what it was called itself is looked at too.
const OWN: [ProfileKey; 5] =
    [ProfileKey::Name, ProfileKey::Company, ProfileKey::Phones, ProfileKey::Emails, ProfileKey::Handles];

/// The index of a host that serves.
#[derive(Debug)]
pub(super) struct LiveIndex {
    watch: Watch,
    /// `None` until it is built.
    index: RwLock<Option<Index>>,
    /// Held from taking what has changed until it is in the index: whoever asks then waits for it.
    following: Mutex<()>,
}

impl LiveIndex {
    /// Begins to note what changes. There is no index yet.
    pub(super) fn new(store: &Store) -> Self {
        Self { watch: store.watch(), index: RwLock::default(), following: Mutex::default() }
    }

    /// Builds the index and then keeps it current, until [`LiveIndex::end`] is called.
    ///
    /// # Errors
    /// [`ReadError`] if the store cannot be read. What was built stays current: whoever asks sees to it.
    pub(super) fn run(&self, store: &Store) -> Result<(), ReadError> {
        self.build(store)?;
        while self.watch.wait() {
            self.follow(store)?;
        }
        Ok(())
    }

    /// Ends [`LiveIndex::run`].
    pub(super) fn end(&self) {
        self.watch.end();
    }

    /// Tells whether it is built.
    pub(super) fn is_built(&self) -> bool {
        self.index.read().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Asks the index as of everything that was answered so far; `None` while it is not built.
    ///
    /// # Errors
    /// [`ReadError`] if the store cannot be read.
    pub(super) fn ask<T>(&self, store: &Store, ask: impl FnOnce(&Index) -> T) -> Result<Option<T>, ReadError> {
        if !self.is_built() {
            return Ok(None);
        }
        self.follow(store)?;
        Ok(self.index.read().unwrap_or_else(PoisonError::into_inner).as_ref().map(ask))
    }

    fn build(&self, store: &Store) -> Result<(), ReadError> {
        let (mut index, mut after) = (Index::default(), None);
        while !self.watch.has_ended() {
            let batch = store.scan(after, BATCH)?;
            let Some(last) = batch.last() else {
                index.settle();
                *self.index.write().unwrap_or_else(PoisonError::into_inner) = Some(index);
                break;
            };
            after = Some(last.record.id);
            for stored in &batch {
                index.put(&*as_looked_for(store, &stored.record)?);
            }
        }
        Ok(())
    }

    /// Takes in what has changed until now.
    fn follow(&self, store: &Store) -> Result<(), ReadError> {
        let _following = self.following.lock().unwrap_or_else(PoisonError::into_inner);
        let changed = self.watch.take();
        let mut rest = changed.as_slice();
        while !rest.is_empty() {
            let (batch, behind) = rest.split_at(rest.len().min(BATCH));
            if let Err(error) = self.refresh(store, batch) {
                self.watch.put_back(rest);
                return Err(error);
            }
            rest = behind;
        }
        Ok(())
    }

    fn refresh(&self, store: &Store, records: &[RecordId]) -> Result<(), ReadError> {
        let stored = store.load(records)?;
        let mut found = Vec::with_capacity(stored.len());
        for stored in &stored {
            found.push(stored.as_ref().map(|stored| as_looked_for(store, &stored.record)).transpose()?);
        }
        let mut index = self.index.write().unwrap_or_else(PoisonError::into_inner);
        let Some(index) = index.as_mut() else { return Ok(()) };
        for (id, found) in records.iter().zip(found) {
            match found {
                Some(record) => index.put(&record),
                None => index.remove(*id),
            }
        }
        Ok(())
    }
}

/// A record as it is looked for: where what others said later replaced what one that stands for them said itself, both
/// are in its profile.
///
/// # Errors
/// [`ReadError`] if the store cannot be read.
pub(super) fn as_looked_for<'r>(store: &Store, record: &'r Record) -> Result<Cow<'r, Record>, ReadError> {
    if record.merged.is_empty() {
        return Ok(Cow::Borrowed(record));
    }
    let (own, _) = replay(record.id, &store.facts(record.id)?, None);
    let mut with_own = Cow::Borrowed(record);
    for key in OWN {
        let standing = texts(record.profile.get(key));
        let replaced: Vec<&String> = texts(own.get(key)).iter().filter(|text| !standing.contains(text)).collect();
        if !replaced.is_empty() {
            let both = standing.iter().chain(replaced).cloned().collect();
            with_own.to_mut().profile.set(key, Some(Value::TextList(both)));
        }
    }
    Ok(with_own)
}

fn texts(value: Option<&Value>) -> &[String] {
    match value {
        Some(Value::Text(text)) => std::slice::from_ref(text),
        Some(Value::TextList(texts)) => texts,
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use tierhook_model::{ExternalRef, Moment, ProfileKey, Record, RecordKind, Value};
    use tierhook_search::Query;
    use tierhook_store::{Erasure, Options, RecordWrite, WriteBatch};

    use super::*;

    fn write(store: &Store, expect: Option<u64>, id: RecordId, name: &str) {
        let mut record = Record::new(id, RecordKind::Customer, ExternalRef::new("shop", id.0.to_string()));
        record.profile.set(ProfileKey::Name, Some(Value::Text(name.into())));
        record.aggregates.facts = 1;
        let write = RecordWrite {
            expect,
            decided_by: None,
            record,
            pending: false,
            facts: vec![],
            aliases: vec![],
            history: None,
        };
        store.write(WriteBatch { writes: vec![write], ..WriteBatch::default() }).unwrap();
    }

    fn who(index: &LiveIndex, store: &Store, name: &str) -> Vec<RecordId> {
        let query = Query::new(name).unwrap();
        let found = index.ask(store, |index| index.search(&query, 100)).unwrap().unwrap();
        found.hits.iter().map(|hit| hit.record).collect()
    }

    #[test]
    fn an_index_knows_what_was_there_and_whatever_is_answered_since() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("book"), Options::default()).unwrap();
        let ids: Vec<RecordId> = (0..3).map(|_| store.allocate_records(0, 1)).collect();
        write(&store, None, ids[0], "王芳");
        let index = LiveIndex::new(&store);
        write(&store, None, ids[1], "王丽");
        assert!(index.ask(&store, Index::len).unwrap().is_none(), "there is none before it is built");
        index.build(&store).unwrap();
        assert_eq!(who(&index, &store, "王"), ids[..2]);
        write(&store, Some(1), ids[0], "李芳");
        write(&store, None, ids[2], "王强");
        assert_eq!(who(&index, &store, "王"), ids[1..]);
        let erasure = Erasure { record: ids[1], expect: 1, erased: Moment(0) };
        store.write(WriteBatch { erasures: vec![erasure], ..WriteBatch::default() }).unwrap();
        assert_eq!(who(&index, &store, "王"), ids[2..]);
        assert_eq!(index.ask(&store, Index::len).unwrap(), Some(2));
    }

    #[test]
    fn whoever_wrote_finds_it_while_others_write_and_the_index_is_built() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("book"), Options::default()).unwrap();
        (0..600).for_each(|number| write(&store, None, store.allocate_records(0, 1), &format!("before{number}x")));
        let index = LiveIndex::new(&store);
        thread::scope(|scope| {
            let running = scope.spawn(|| index.run(&store).unwrap());
            let writers: Vec<_> = ["a", "b", "c"]
                .map(|writer| {
                    let (index, store) = (&index, &store);
                    scope.spawn(move || {
                        let id = store.allocate_records(0, 1);
                        for round in 0..60 {
                            let name = format!("writer {writer}{round}x");
                            write(store, (round > 0).then_some(round), id, &name);
                            let query = Query::new(&name).unwrap();
                            let found = index.ask(store, |index| index.search(&query, 2)).unwrap();
                            assert!(found.is_none_or(|found| found.total == 1 && found.hits[0].record == id));
                        }
                    })
                })
                .into_iter()
                .collect();
            writers.into_iter().for_each(|writer| writer.join().unwrap());
            while index.ask(&store, Index::len).unwrap().is_none() {
                thread::yield_now();
            }
            index.end();
            running.join().unwrap();
        });
        assert_eq!(who(&index, &store, "writer").len(), 3);
        assert_eq!(who(&index, &store, "before599x").len(), 1);
    }
}
