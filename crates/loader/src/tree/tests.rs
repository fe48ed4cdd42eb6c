//! What a tree on a disk is read as.

use super::*;

fn workspace(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join(SCRIPTS)).unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn read(folder: &tempfile::TempDir) -> Candidate {
    Candidate::read(folder.path(), &TreeLimits::default()).unwrap()
}

#[test]
fn rule_files_are_read_and_what_editors_leave_is_not() {
    let folder = workspace(&[
        ("scripts/abc.rhai", "a"),
        ("scripts/abc.toml", "b"),
        ("scripts/shared/money.rhai", "c"),
        ("rules.toml", "d"),
        ("scripts/shared/notes.toml", "not read"),
        ("scripts/abc.rhai~", ""),
        ("scripts/.abc.rhai.swp", ""),
        ("scripts/.abc.rhai", ""),
        ("scripts/#abc.rhai#", ""),
        ("scripts/4913", ""),
        ("scripts/abc.rhai.tmp", ""),
        ("scripts/.git/x.rhai", ""),
        ("scripts/README.md", ""),
        ("tierhook.toml", ""),
    ]);
    let candidate = read(&folder);
    let paths: Vec<&str> = candidate.files().keys().map(String::as_str).collect();
    assert_eq!(paths, ["rules.toml", "scripts/abc.rhai", "scripts/abc.toml", "scripts/shared/money.rhai"]);
    assert!(candidate.unreadable().is_empty());
}

#[test]
fn the_digest_tells_content_and_names_apart_and_nothing_else() {
    let folder = workspace(&[("scripts/a.rhai", "x")]);
    let before = read(&folder);
    fs::write(folder.path().join("scripts/a.rhai~"), "x").unwrap();
    fs::write(folder.path().join("scripts/a.rhai"), "x").unwrap();
    assert_eq!(read(&folder).digest(), before.digest());
    fs::rename(folder.path().join("scripts/a.rhai"), folder.path().join("scripts/b.rhai")).unwrap();
    assert_ne!(read(&folder).digest(), before.digest());
}

#[test]
fn a_folder_that_is_not_there_is_no_candidate() {
    let folder = tempfile::tempdir().unwrap();
    let error = Candidate::read(folder.path(), &TreeLimits::default()).unwrap_err();
    assert_eq!(error, TreeError::Vanished { folder: "scripts".into() });
    fs::write(folder.path().join(SCRIPTS), "a file").unwrap();
    let error = Candidate::read(folder.path(), &TreeLimits::default()).unwrap_err();
    assert!(matches!(error, TreeError::Unreadable { .. }), "{error}");
}

#[test]
fn too_much_is_refused_by_file_and_as_a_whole() {
    let folder = workspace(&[("scripts/a.rhai", "12345678"), ("scripts/b.rhai", "1")]);
    let limits = TreeLimits { file_bytes: 4, ..TreeLimits::default() };
    let candidate = Candidate::read(folder.path(), &limits).unwrap();
    assert_eq!(candidate.unreadable()["scripts/a.rhai"], "it is larger than 4 bytes");
    assert!(candidate.files().contains_key("scripts/b.rhai"));
    for limits in
        [TreeLimits { total_bytes: 8, ..TreeLimits::default() }, TreeLimits { entries: 1, ..TreeLimits::default() }]
    {
        let error = Candidate::read(folder.path(), &limits).unwrap_err();
        assert!(matches!(error, TreeError::TooLarge { .. }), "{error}");
    }
}

#[cfg(unix)]
#[test]
fn links_are_followed_and_bad_ones_harm_no_other_file() {
    use std::os::unix::fs::symlink;
    let folder = workspace(&[("scripts/.data/a.rhai", "a"), ("scripts/b.rhai", "b")]);
    let at = |path: &str| folder.path().join(path);
    symlink(".data/a.rhai", at("scripts/a.rhai")).unwrap();
    symlink(at("nowhere"), at("scripts/gone.rhai")).unwrap();
    symlink(at("scripts"), at("scripts/round")).unwrap();
    let candidate = read(&folder);
    let paths: Vec<&str> = candidate.files().keys().map(String::as_str).collect();
    assert_eq!(paths, ["scripts/a.rhai", "scripts/b.rhai"]);
    assert_eq!(candidate.unreadable()["scripts/gone.rhai"], "the link leads nowhere");
    assert_eq!(candidate.unreadable()["scripts/round"], "the link leads back to a folder above it");
}

/// `ln -s /etc/passwd scripts/pw.rhai` had the first line of that file told as a syntax error.
#[cfg(unix)]
#[test]
fn no_file_of_a_rule_comes_from_outside_but_the_operators_may() {
    use std::os::unix::fs::symlink;
    let folder = workspace(&[("elsewhere/secret", "secret"), ("elsewhere/rules.toml", "r"), ("scripts/b.rhai", "b")]);
    let at = |path: &str| folder.path().join(path);
    let outside = ["scripts/dimensions.toml", "scripts/pw.cases.toml", "scripts/pw.rhai", "scripts/pw.toml"];
    for link in outside {
        symlink(at("elsewhere/secret"), at(link)).unwrap();
    }
    symlink("elsewhere/rules.toml", at("rules.toml")).unwrap();
    let candidate = read(&folder);
    let paths: Vec<&str> = candidate.files().keys().map(String::as_str).collect();
    assert_eq!(paths, ["rules.toml", "scripts/b.rhai"]);
    let refused: Vec<(&str, &str)> =
        candidate.unreadable().iter().map(|(path, why)| (path.as_str(), why.as_str())).collect();
    assert_eq!(refused, outside.map(|path| (path, "the link leads out of the scripts folder")));
}

#[cfg(unix)]
#[test]
fn modules_come_from_inside_whatever_links_say() {
    use std::os::unix::fs::symlink;
    let folder = workspace(&[
        ("elsewhere/a.rhai", "secret"),
        ("scripts/.data/m.rhai", "inside"),
        ("scripts/lib/own.rhai", "own"),
    ]);
    let at = |path: &str| folder.path().join(path);
    symlink(at("elsewhere"), at("scripts/shared")).unwrap();
    symlink(at("elsewhere/a.rhai"), at("scripts/lib/a.rhai")).unwrap();
    symlink(at("elsewhere/a.rhai"), at("scripts/_a.rhai")).unwrap();
    symlink("../.data/m.rhai", at("scripts/lib/m.rhai")).unwrap();
    symlink(".data", at("scripts/deep")).unwrap();
    let candidate = read(&folder);
    let paths: Vec<&str> = candidate.files().keys().map(String::as_str).collect();
    assert_eq!(paths, ["scripts/deep/m.rhai", "scripts/lib/m.rhai", "scripts/lib/own.rhai"]);
    let refused: Vec<(&str, &str)> =
        candidate.unreadable().iter().map(|(path, why)| (path.as_str(), why.as_str())).collect();
    let expected = ["scripts/_a.rhai", "scripts/lib/a.rhai", "scripts/shared"]
        .map(|path| (path, "the link leads out of the scripts folder"));
    assert_eq!(refused, expected);
    // A scripts folder that is itself a link has its inside where it leads.
    fs::rename(at("scripts"), at("release")).unwrap();
    symlink("release", at("scripts")).unwrap();
    assert_eq!(read(&folder).digest(), candidate.digest());
}
