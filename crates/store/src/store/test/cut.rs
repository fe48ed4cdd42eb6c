//! Backups that meet the writer at an awkward moment.

use super::*;
use crate::BackupError;

/// An output that lets something happen before it takes its first bytes.
struct Meanwhile<F: FnMut()>(Option<F>);

impl<F: FnMut()> std::io::Write for Meanwhile<F> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if let Some(mut first) = self.0.take() {
            first();
        }
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_backup_that_the_writer_leaves_behind_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let store = opened(folder.path(), Seam { aside_bytes: Some(4_000), ..Seam::default() }).unwrap();
    store.write(batch(new_record(&store, "first"))).unwrap();
    let few = |store: &Store| drop(store.write(batch(new_record(store, "second"))).unwrap());
    store.backup(&mut Meanwhile(Some(|| few(&store))), &mut |_| ()).unwrap();
    let many = || {
        for number in 0..40 {
            store.write(batch(new_record(&store, &format!("c{number}")))).unwrap();
        }
    };
    let error = store.backup(&mut Meanwhile(Some(many)), &mut |_| ()).unwrap_err();
    assert!(matches!(error, BackupError::Overtaken { limit_bytes: 4_000 }), "{error}");
    store.backup(&mut Meanwhile(None::<fn()>), &mut |_| ()).unwrap();
}

/// What was applied but is not durable yet may still fail, so it is in no backup.
#[test]
fn a_backup_that_is_asked_for_during_a_flush_begins_behind_it() {
    let folder = tempfile::tempdir().unwrap();
    let (seam, at_flush, go) = gated();
    let store = opened(folder.path(), seam).unwrap();
    let written = store.submit(batch(new_record(&store, "first")));
    at_flush.recv().unwrap();
    std::thread::scope(|scope| {
        let backup = scope.spawn(|| store.backup(&mut Vec::new(), &mut |_| ()).unwrap());
        go.send(()).unwrap();
        // Begun before the group was durable or just behind it, the backup has it.
        assert_eq!(backup.join().unwrap().position, Position(1));
    });
    written.wait().unwrap();
}
