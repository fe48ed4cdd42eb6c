//! Names that receipts repeat: kept once, wherever the book goes, and never of any customer.

use tierhook_model::RecordId;
use tierhook_store::{Erasure, RecordWrite, Store, WriteBatch};

use crate::room::{history, open, plain, record, write};
use crate::whole::{backup, restore};

/// How often a backup, which holds all values as they are kept, spells a text out.
fn times(store: &Store, text: &str) -> usize {
    backup(store).0.windows(text.len()).filter(|window| *window == text.as_bytes()).count()
}

fn decided(store: &Store, name: &str, class: &str) -> RecordId {
    let id = store.allocate_records(0, 1);
    let _ = write(store, RecordWrite { history: Some(history(class)), ..plain(None, record(id, name, 1)) });
    id
}

#[test]
fn receipts_spell_out_only_what_was_not_learned_and_are_read_back_everywhere() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("book"));
    let before = decided(&store, "before", "class-of-old");
    store.learn(&["class-of-old", "grade"]).unwrap();
    store.learn(&["class-of-old", "class-of-new"]).unwrap();
    let after: Vec<RecordId> =
        (0..9).map(|at| decided(&store, &format!("c{at}"), ["class-of-old", "class-of-new"][at % 2])).collect();
    assert_eq!((times(&store, "class-of-old"), times(&store, "class-of-new")), (2, 1));

    let reads_as_written = |store: &Store| {
        let read = |id: RecordId| store.history(id, 9).unwrap().into_iter().map(|(_, entry)| entry).collect::<Vec<_>>();
        assert_eq!(read(before), [history("class-of-old")]);
        assert_eq!((read(after[0]), read(after[1])), (vec![history("class-of-old")], vec![history("class-of-new")]));
        assert!(store.audit(false, &mut |_| ()).unwrap().is_sound());
    };
    reads_as_written(&store);
    let (bytes, _) = backup(&store);
    drop(store);
    let store = open(&folder.path().join("book"));
    reads_as_written(&store);
    assert_eq!(times(&store, "class-of-new"), 1);
    restore(&bytes, &folder.path().join("restored")).unwrap();
    let restored = open(&folder.path().join("restored"));
    reads_as_written(&restored);
    decided(&restored, "later", "class-of-new");
    assert_eq!(times(&restored, "class-of-new"), 1, "the restored book goes on with the same names");
}

#[test]
fn what_receipts_say_of_an_erased_customer_goes_and_names_stay() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    store.learn(&["grade"]).unwrap();
    let id = decided(&store, "wang", "the-class-of-wang");
    assert_eq!(times(&store, "the-class-of-wang"), 1, "what was not learned is spelled out with its record");
    let erasures = vec![Erasure { record: id, expect: 1, erased: tierhook_model::Moment(1) }];
    store.write(WriteBatch { erasures, ..WriteBatch::default() }).unwrap();
    assert_eq!(times(&store, "the-class-of-wang"), 0);
    let other = decided(&store, "li", "B");
    assert_eq!(store.history(other, 1).unwrap()[0].1, history("B"));
}
