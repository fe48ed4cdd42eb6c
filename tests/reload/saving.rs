//! Every way of saving, through a host that serves: it ends in what the disk shows, or in what was good before.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use tierhook_server::api::RuleState;

use super::{DAY, Live, REACH, REACH_DIMENSION, add_dimensions};
use crate::support::book::dimension;
use crate::support::{Workspace, classes, wait_for};

/// [`REACH`] with another threshold: whoever has ordered more often than that is near.
fn reach(above: i64) -> String {
    REACH.replace("orders_total > 0", &format!("orders_total > {above}"))
}

impl Live {
    fn file(&self, path: &str) -> PathBuf {
        self.workspace.path().join(path)
    }

    /// Waits until the rule with a threshold has graded everybody, and nothing is wrong.
    fn until_reach(&self, what: &str, above: i64) {
        let orders = self.numbers("orders_total");
        let expected: BTreeMap<String, String> = orders
            .into_iter()
            .map(|(id, orders)| (id, if orders > Some(above) { "near" } else { "far" }.to_owned()))
            .collect();
        wait_for(what, || classes(&self.host, "reach"), |now| *now == expected);
        self.until(what, |status| status.problems.is_empty());
    }

    /// Waits until something is said to be wrong with the rule, and checks that the version before goes on.
    fn until_refused(&self, version: Option<&String>, says: &str) {
        let status = self.until(says, |status| status.problems.iter().any(|problem| problem.message.contains(says)));
        assert!(
            status.problems.iter().all(|problem| problem.unit == "reach" && problem.fatal),
            "{:?}",
            status.problems
        );
        let rule = self.rule("reach");
        assert_eq!((rule.state, rule.version.as_ref()), (RuleState::LastGood, version));
    }
}

/// A way of saving a text to a file in a folder.
type Way = fn(&Path, &str, &str);

const WAYS: [(&str, Way); 8] = [
    ("truncate and write", |folder, file, text| fs::write(folder.join(file), text).unwrap()),
    ("write beside and rename", |folder, file, text| {
        fs::write(folder.join(format!("{file}.tmp")), text).unwrap();
        fs::rename(folder.join(format!("{file}.tmp")), folder.join(file)).unwrap();
    }),
    ("vim, with a backup", |folder, file, text| {
        fs::write(folder.join("4913"), "").unwrap();
        fs::remove_file(folder.join("4913")).unwrap();
        fs::write(folder.join(format!(".{file}.swp")), "b0VIM 9.1").unwrap();
        fs::rename(folder.join(file), folder.join(format!("{file}~"))).unwrap();
        fs::write(folder.join(file), text).unwrap();
        fs::remove_file(folder.join(format!("{file}~"))).unwrap();
        fs::remove_file(folder.join(format!(".{file}.swp"))).unwrap();
    }),
    ("vim, with a copied backup", |folder, file, text| {
        fs::copy(folder.join(file), folder.join(format!("{file}~"))).unwrap();
        fs::write(folder.join(file), text).unwrap();
        fs::remove_file(folder.join(format!("{file}~"))).unwrap();
    }),
    ("VS Code, in place and in pieces", |folder, file, text| {
        let mut open = fs::OpenOptions::new().write(true).truncate(true).open(folder.join(file)).unwrap();
        for piece in text.as_bytes().chunks(16) {
            open.write_all(piece).unwrap();
        }
        open.sync_all().unwrap();
    }),
    ("VS Code, shorter text over a longer one", |folder, file, text| {
        let open = fs::OpenOptions::new().write(true).open(folder.join(file)).unwrap();
        open.set_len(0).unwrap();
        (&open).write_all(text.as_bytes()).unwrap();
    }),
    ("Emacs, with a lock and an auto-save", |folder, file, text| {
        fs::write(folder.join(format!("#{file}#")), text).unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink("somebody@somewhere.1", folder.join(format!(".#{file}"))).unwrap();
        fs::rename(folder.join(file), folder.join(format!("{file}~"))).unwrap();
        fs::write(folder.join(file), text).unwrap();
        fs::remove_file(folder.join(format!("#{file}#"))).unwrap();
        #[cfg(unix)]
        fs::remove_file(folder.join(format!(".#{file}"))).unwrap();
    }),
    ("JetBrains, by way of two names", |folder, file, text| {
        fs::write(folder.join(format!("{file}___jb_tmp___")), text).unwrap();
        fs::rename(folder.join(file), folder.join(format!("{file}___jb_old___"))).unwrap();
        fs::rename(folder.join(format!("{file}___jb_tmp___")), folder.join(file)).unwrap();
        fs::remove_file(folder.join(format!("{file}___jb_old___"))).unwrap();
    }),
];

#[test]
fn every_way_of_saving_ends_in_what_the_disk_shows() {
    let live = Live::with_reach();
    let folder = live.file("scripts");
    live.until_reach("the beginning", 0);
    for (at, (way, save)) in WAYS.iter().enumerate() {
        let above = if at % 2 == 0 { 3 } else { 0 };
        save(&folder, "reach.rhai", &reach(above));
        live.until_reach(way, above);
        assert_eq!(live.rule("reach").state, RuleState::Active, "{way}");
    }
}

#[test]
fn a_half_written_file_waits_for_its_other_half() {
    let live = Live::with_reach();
    let version = live.rule("reach").version;
    let text = reach(3);
    let (half, rest) = text.split_at(text.find("near").unwrap());
    live.workspace.write("scripts/reach.rhai", half);
    live.until_refused(version.as_ref(), "");
    live.until_classes_stay(0);
    let mut open = fs::OpenOptions::new().append(true).open(live.file("scripts/reach.rhai")).unwrap();
    open.write_all(rest.as_bytes()).unwrap();
    live.until_reach("the other half", 3);
}

impl Live {
    /// Checks that everybody is graded by the rule with a threshold, now.
    fn until_classes_stay(&self, above: i64) {
        let orders = self.numbers("orders_total");
        for (id, class) in classes(&self.host, "reach") {
            assert_eq!(class == "near", orders[&id] > Some(above), "{id}");
        }
    }
}

/// Makes a file unreadable for whoever runs the test, also for one to whom permissions mean nothing.
#[cfg(unix)]
fn make_unreadable(file: &Path) {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    fs::set_permissions(file, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(file).is_ok() {
        fs::remove_file(file).unwrap();
        symlink("nowhere", file).unwrap();
    }
}

#[cfg(unix)]
#[test]
fn an_unreadable_file_is_told_and_the_version_before_goes_on() {
    let live = Live::with_reach();
    let version = live.rule("reach").version;
    make_unreadable(&live.file("scripts/reach.rhai"));
    live.until_refused(version.as_ref(), "it cannot be read");
    live.until_classes_stay(0);
    fs::remove_file(live.file("scripts/reach.rhai")).unwrap();
    live.workspace.write("scripts/reach.rhai", &reach(3));
    live.until_reach("the cure", 3);
}

#[test]
fn a_file_that_is_no_text_is_told_and_the_version_before_goes_on() {
    let live = Live::with_reach();
    let version = live.rule("reach").version;
    fs::write(live.file("scripts/reach.rhai"), [0x7f, b'E', b'L', b'F', 0xff, 0x00, 0xfe]).unwrap();
    live.until_refused(version.as_ref(), "the file is not UTF-8");
    live.until_classes_stay(0);
    live.workspace.write("scripts/reach.rhai", &reach(3));
    live.until_reach("the cure", 3);
}

#[test]
fn a_folder_that_is_removed_and_made_anew_is_watched_like_the_old_one() {
    let live = Live::with_reach();
    let scripts = live.file("scripts");
    let kept: Vec<(PathBuf, Vec<u8>)> = fs::read_dir(&scripts)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .collect();
    let digest = live.status().digest;
    fs::remove_dir_all(&scripts).unwrap();
    let gone = |message: &str| message.contains("the folder `scripts` is gone");
    let status = live.until("the alarm", |status| status.problems.iter().any(|problem| gone(&problem.message)));
    assert_eq!(status.digest, digest);
    live.until_classes_stay(0);
    // Put together aside, or half a folder could be taken for the wish to have no more rules than that.
    let aside = live.file("aside");
    fs::create_dir(&aside).unwrap();
    for (path, bytes) in kept {
        fs::write(aside.join(path.file_name().unwrap()), bytes).unwrap();
    }
    fs::write(aside.join("reach.rhai"), reach(3)).unwrap();
    fs::rename(&aside, &scripts).unwrap();
    live.until_reach("the new folder", 3);
    live.workspace.write("scripts/reach.rhai", &reach(0));
    live.until_reach("a file saved in the new folder", 0);
}

#[test]
fn a_cure_may_lie_in_another_file() {
    let module = |above: i64| format!("fn near(customer) {{ customer.orders_total > {above} }}\n");
    let rule = |function: &str| {
        let call = format!("if reach::{function}(customer)");
        format!("import \"lib/reach\" as reach;\n\n{}", REACH.replace("if customer.orders_total > 0", &call))
    };
    let workspace = Workspace::shipped(DAY);
    add_dimensions(&workspace, REACH_DIMENSION);
    fs::create_dir(workspace.path().join("scripts/lib")).unwrap();
    workspace.write("scripts/lib/reach.rhai", &module(0));
    workspace.write("scripts/reach.rhai", &rule("near"));
    let live = Live::start(workspace, 60);
    live.until_reach("the beginning", 0);
    // The rule asks for what its module does not have yet.
    let version = live.rule("reach").version;
    live.workspace.write("scripts/reach.rhai", &rule("close"));
    live.until_refused(version.as_ref(), "there is no function `close` in scripts/lib/reach.rhai");
    live.until_classes_stay(0);
    live.workspace.write("scripts/lib/reach.rhai", &module(3).replace("near", "close"));
    live.until_reach("the cure", 3);
    // What is wrong with a module is told of the rule, at the module.
    live.workspace.write("scripts/lib/reach.rhai", "fn close(customer) { customer.orders_totl > 0 }\n");
    let status = live.until("the broken module", |status| !status.problems.is_empty());
    let [problem] = status.problems.as_slice() else { panic!("expected one problem: {:?}", status.problems) };
    assert_eq!((problem.unit.as_str(), problem.file.as_str()), ("reach", "scripts/lib/reach.rhai"));
    live.until_classes_stay(3);
    live.workspace.write("scripts/lib/reach.rhai", &module(0).replace("near", "close"));
    live.until_reach("the module's cure", 0);
}

#[cfg(unix)]
#[test]
fn a_config_map_that_is_swapped_is_one_candidate() {
    use std::os::unix::fs::symlink;
    let workspace = Workspace::shipped(DAY);
    add_dimensions(&workspace, REACH_DIMENSION);
    workspace.write("scripts/reach.rhai", super::REACH);
    let scripts = workspace.path().join("scripts");
    let names: Vec<String> =
        fs::read_dir(&scripts).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    fs::create_dir(scripts.join("..2026_03_01")).unwrap();
    symlink("..2026_03_01", scripts.join("..data")).unwrap();
    for name in &names {
        fs::rename(scripts.join(name), scripts.join("..2026_03_01").join(name)).unwrap();
        symlink(Path::new("..data").join(name), scripts.join(name)).unwrap();
    }
    let live = Live::start(workspace, 60);
    let (before, generation) = (classes(&live.host, "reach"), live.rules().generation);
    // The next one renames a class in two files: each alone would be refused.
    fs::create_dir(scripts.join("..2026_03_02")).unwrap();
    for name in &names {
        let text = fs::read_to_string(scripts.join(name)).unwrap();
        let renamed = match name.as_str() {
            "reach.rhai" => text.replace("\"near\"", "\"close\""),
            "dimensions.toml" => text.replace("id = \"near\"", "id = \"close\"\nwas = [\"near\"]"),
            _ => text,
        };
        fs::write(scripts.join("..2026_03_02").join(name), renamed).unwrap();
    }
    symlink("..2026_03_02", scripts.join("..data_tmp")).unwrap();
    fs::rename(scripts.join("..data_tmp"), scripts.join("..data")).unwrap();
    fs::remove_dir_all(scripts.join("..2026_03_01")).unwrap();
    live.until_classes("reach", &before, |_, before| if before == "near" { "close" } else { before });
    assert_eq!(live.status().problems, []);
    assert_eq!(live.rules().generation.0, generation.0 + 1);
}

/// A release that is put in place by a link which lies in no folder that is watched: the system tells nothing of it,
/// and the look every second has to do.
#[cfg(unix)]
#[test]
fn what_no_notification_told_of_is_found_by_looking() {
    use std::os::unix::fs::symlink;
    let releases = tempfile::tempdir().unwrap();
    let mut workspace = Workspace::shipped(DAY);
    workspace.settings.rescan_seconds = 1;
    add_dimensions(&workspace, REACH_DIMENSION);
    workspace.write("scripts/reach.rhai", &reach(0));
    let scripts = workspace.path().join("scripts");
    let release = |name: &str, text: &str| {
        let folder = releases.path().join(name).join("scripts");
        fs::create_dir_all(&folder).unwrap();
        for entry in fs::read_dir(&scripts).unwrap() {
            let path = entry.unwrap().path();
            fs::copy(&path, folder.join(path.file_name().unwrap())).unwrap();
        }
        fs::write(folder.join("reach.rhai"), text).unwrap();
    };
    let point = |name: &str| {
        symlink(name, releases.path().join("next")).unwrap();
        fs::rename(releases.path().join("next"), releases.path().join("current")).unwrap();
    };
    release("one", &reach(0));
    release("two", &reach(3));
    point("one");
    fs::remove_dir_all(&scripts).unwrap();
    symlink(releases.path().join("current/scripts"), &scripts).unwrap();
    let live = Live::start(workspace, 60);
    live.until_reach("the first release", 0);
    point("two");
    live.until_reach("the second release", 3);
    // The folder that it leads to now is the one that is watched.
    fs::write(releases.path().join("two/scripts/reach.rhai"), reach(0)).unwrap();
    live.until_reach("a file saved in the second release", 0);
    // And so is one to which the scripts folder itself leads.
    symlink(releases.path().join("one/scripts"), live.file("link")).unwrap();
    fs::write(releases.path().join("one/scripts/reach.rhai"), reach(3)).unwrap();
    fs::rename(live.file("link"), live.file("scripts")).unwrap();
    live.until_reach("the folder that the link leads to", 3);
}

/// Fifty rules that bring one point each if `share` is 1.
fn branch(numbers: std::ops::Range<usize>, share: f64) -> BTreeMap<String, String> {
    let rule = |number: usize| {
        let text = format!(
            "fn classify(customer, ctx) {{\n    score(\"spread\").group(\"g{number}\", 1, {share:?} + 0.0 * customer.orders_total)\n}}\n"
        );
        (format!("r{number}.rhai"), text)
    };
    numbers.map(rule).collect()
}

/// Puts files in place as a version control system does: one after the other, each removed and made anew.
fn check_out(folder: &Path, before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) {
    for file in before.keys() {
        fs::remove_file(folder.join(file)).unwrap();
        if let Some(text) = after.get(file) {
            fs::write(folder.join(file), text).unwrap();
        }
    }
    for (file, text) in after.iter().filter(|(file, _)| !before.contains_key(*file)) {
        fs::write(folder.join(file), text).unwrap();
    }
}

#[test]
fn a_checkout_of_fifty_files_ends_in_that_branch() {
    let bands = "combine = \"points\"\nbands = [{ class = \"all\", from = 1.0 }, { class = \"some\", from = 0.01 }, { class = \"none\", from = 0.0 }]";
    let spread = dimension("spread", bands, &["all", "some", "none"]);
    let (first, second) = (branch(0..50, 1.0), branch(5..55, 0.0));
    let start = |files: &BTreeMap<String, String>| {
        let workspace = Workspace::empty(DAY);
        workspace.write("scripts/dimensions.toml", &spread);
        check_out(&workspace.path().join("scripts"), &BTreeMap::new(), files);
        Live::start(workspace, 20)
    };
    let live = start(&first);
    assert!(classes(&live.host, "spread").values().all(|class| class == "all"));
    check_out(&live.file("scripts"), &first, &second);
    wait_for("the branch", || classes(&live.host, "spread"), |now| now.values().all(|class| class == "none"));
    let digest = start(&second).status().digest;
    let status = live.until("the whole branch", |status| status.digest == digest);
    assert_eq!((status.problems.len(), status.rules.active, status.rules.last_good), (0, 50, 0));
    // And back.
    check_out(&live.file("scripts"), &second, &first);
    wait_for("the way back", || classes(&live.host, "spread"), |now| now.values().all(|class| class == "all"));
}
