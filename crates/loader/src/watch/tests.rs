//! Every way of saving ends in one candidate that shows what is on the disk.

use std::fs;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};

use super::*;

const LONG: Duration = Duration::from_secs(30);
const NEVER: Duration = Duration::from_secs(3600);

struct Bench {
    folder: tempfile::TempDir,
    watch: Watch,
    sightings: Receiver<Sighting>,
}

/// A workspace with `a.rhai` that says 1, watched by notifications alone unless a rescan is asked for.
fn bench(rescan: Duration, notifications: bool) -> Bench {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("scripts")).unwrap();
    fs::write(folder.path().join("scripts/a.rhai"), "1").unwrap();
    let (sender, sightings) = channel();
    let settings =
        WatchSettings { settle: Duration::from_millis(40), rescan, notifications, limits: TreeLimits::default() };
    let watch = Watch::start(folder.path(), settings, None, move |sighting| drop(sender.send(sighting))).unwrap();
    let bench = Bench { folder, watch, sightings };
    bench.sees("scripts/a.rhai", "1");
    bench
}

impl Bench {
    fn at(&self, path: &str) -> std::path::PathBuf {
        self.folder.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        fs::write(self.at(path), text).unwrap();
    }

    fn next(&self) -> Sighting {
        self.sightings.recv_timeout(LONG).unwrap()
    }

    fn settled(&self) -> Arc<Candidate> {
        match self.next() {
            Sighting::Settled(candidate) => candidate,
            Sighting::Alarm(error) => panic!("{error}"),
        }
    }

    /// Waits for a candidate in which a file says this. On a busy machine the moment between two steps of a save
    /// may settle by itself; what counts is where it ends.
    fn sees(&self, path: &str, text: &str) {
        while self.settled().files().get(path).is_none_or(|bytes| bytes.as_ref() != text.as_bytes()) {}
    }

    /// Waits for the alarm that the scripts folder is gone; before it, half a removal may settle.
    fn sees_no_folder(&self) {
        let mut sighting = self.next();
        while matches!(sighting, Sighting::Settled(_)) {
            sighting = self.next();
        }
        assert_eq!(sighting, Sighting::Alarm(TreeError::Vanished { folder: "scripts".into() }));
    }
}

#[test]
fn truncate_and_write() {
    let bench = bench(NEVER, true);
    bench.write("scripts/a.rhai", "2");
    bench.sees("scripts/a.rhai", "2");
}

#[test]
fn a_temporary_file_renamed_over_it() {
    let bench = bench(NEVER, true);
    for round in 2..4 {
        bench.write("scripts/.a.rhai.tmp", &round.to_string());
        fs::rename(bench.at("scripts/.a.rhai.tmp"), bench.at("scripts/a.rhai")).unwrap();
        bench.sees("scripts/a.rhai", &round.to_string());
    }
}

#[test]
fn the_old_file_kept_as_a_backup() {
    let bench = bench(NEVER, true);
    for round in 2..4 {
        fs::rename(bench.at("scripts/a.rhai"), bench.at("scripts/a.rhai~")).unwrap();
        bench.write("scripts/a.rhai", &round.to_string());
        bench.sees("scripts/a.rhai", &round.to_string());
    }
}

#[test]
fn the_operators_file_beside_the_folder() {
    let bench = bench(NEVER, true);
    bench.write("rules.toml", "x");
    bench.sees("rules.toml", "x");
    fs::remove_file(bench.at("rules.toml")).unwrap();
    assert!(!bench.settled().files().contains_key("rules.toml"));
}

#[test]
fn several_files_are_one_candidate() {
    let bench = bench(NEVER, true);
    for at in 0..50 {
        bench.write(&format!("scripts/r{at}.rhai"), "x");
    }
    let mut files = bench.settled().files().len();
    // A slow disk may settle on a part of them; what counts is that the last candidate has them all.
    while files < 51 {
        files = bench.settled().files().len();
    }
}

#[test]
fn a_new_folder_with_files_written_at_once() {
    let bench = bench(NEVER, true);
    fs::create_dir_all(bench.at("scripts/shared/deep")).unwrap();
    bench.write("scripts/shared/deep/m.rhai", "m");
    bench.sees("scripts/shared/deep/m.rhai", "m");
    bench.write("scripts/shared/deep/m.rhai", "n");
    bench.sees("scripts/shared/deep/m.rhai", "n");
}

#[test]
fn a_removed_file() {
    let bench = bench(NEVER, true);
    fs::remove_file(bench.at("scripts/a.rhai")).unwrap();
    assert!(bench.settled().files().is_empty());
}

#[test]
fn a_vanished_folder_is_an_alarm_and_is_seen_again_when_it_comes_back() {
    let bench = bench(NEVER, true);
    fs::rename(bench.at("scripts"), bench.at("away")).unwrap();
    bench.sees_no_folder();
    fs::rename(bench.at("away"), bench.at("scripts")).unwrap();
    bench.sees("scripts/a.rhai", "1");
    fs::remove_dir_all(bench.at("scripts")).unwrap();
    bench.sees_no_folder();
    fs::create_dir(bench.at("scripts")).unwrap();
    bench.write("scripts/a.rhai", "2");
    bench.sees("scripts/a.rhai", "2");
    // The new folder is watched like the old one was.
    bench.write("scripts/a.rhai", "3");
    bench.sees("scripts/a.rhai", "3");
}

#[cfg(unix)]
#[test]
fn a_link_to_the_folder_that_leads_elsewhere_now() {
    use std::os::unix::fs::symlink;
    let bench = bench(NEVER, true);
    fs::rename(bench.at("scripts"), bench.at("one")).unwrap();
    fs::create_dir(bench.at("two")).unwrap();
    bench.write("two/a.rhai", "2");
    let point = |target: &str| {
        symlink(Path::new(target), bench.at("link")).unwrap();
        fs::rename(bench.at("link"), bench.at("scripts")).unwrap();
    };
    point("two");
    let mut sighting = bench.next();
    // Between both renames there is no folder; whether that settles depends on the machine.
    while matches!(sighting, Sighting::Alarm(_)) {
        sighting = bench.next();
    }
    let Sighting::Settled(candidate) = sighting else { panic!("{sighting:?}") };
    assert_eq!(candidate.files()["scripts/a.rhai"].as_ref(), b"2");
    point("one");
    bench.sees("scripts/a.rhai", "1");
    bench.write("one/a.rhai", "3");
    bench.sees("scripts/a.rhai", "3");
}

#[cfg(unix)]
#[test]
fn a_workspace_behind_a_link_is_found_again_by_the_timer() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    for side in ["one", "two"] {
        fs::create_dir_all(folder.path().join(side).join("scripts")).unwrap();
        fs::write(folder.path().join(side).join("scripts/a.rhai"), side).unwrap();
    }
    let at = |path: &str| folder.path().join(path);
    symlink("one", at("current")).unwrap();
    let (sender, sightings) = channel();
    let settings = WatchSettings {
        settle: Duration::from_millis(10),
        rescan: Duration::from_millis(30),
        ..WatchSettings::default()
    };
    let _watch = Watch::start(at("current"), settings, None, move |sighting| drop(sender.send(sighting))).unwrap();
    let next = || match sightings.recv_timeout(LONG).unwrap() {
        Sighting::Settled(candidate) => String::from_utf8(candidate.files()["scripts/a.rhai"].to_vec()).unwrap(),
        Sighting::Alarm(error) => panic!("{error}"),
    };
    assert_eq!(next(), "one");
    symlink("two", at("next")).unwrap();
    fs::rename(at("next"), at("current")).unwrap();
    assert_eq!(next(), "two");
}

#[test]
fn without_notifications_the_timer_sees_everything() {
    let bench = bench(Duration::from_millis(20), false);
    bench.write("scripts/a.rhai", "2");
    bench.sees("scripts/a.rhai", "2");
    fs::remove_dir_all(bench.at("scripts")).unwrap();
    bench.sees_no_folder();
}

#[test]
fn without_either_a_poke_does() {
    let bench = bench(NEVER, false);
    bench.write("scripts/a.rhai", "2");
    bench.watch.poke();
    bench.sees("scripts/a.rhai", "2");
}

#[test]
fn what_is_known_is_not_told_again() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("scripts")).unwrap();
    fs::write(folder.path().join("scripts/a.rhai"), "1").unwrap();
    let known = Candidate::read(folder.path(), &TreeLimits::default()).unwrap();
    let (sender, sightings) = channel();
    let settings = WatchSettings { settle: Duration::from_millis(10), rescan: NEVER, ..WatchSettings::default() };
    let watch = Watch::start(folder.path(), settings, Some(known.digest().to_owned()), move |sighting| {
        drop(sender.send(sighting));
    })
    .unwrap();
    fs::write(folder.path().join("scripts/a.rhai"), "2").unwrap();
    watch.poke();
    let Sighting::Settled(candidate) = sightings.recv_timeout(LONG).unwrap() else { panic!("an alarm") };
    assert_eq!(candidate.files()["scripts/a.rhai"].as_ref(), b"2");
    watch.stop();
    assert!(sightings.recv().is_err(), "the sink is gone with the watch");
}
