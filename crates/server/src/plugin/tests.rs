//! An author's folder becomes a signed archive, and an archive comes from wherever it is.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::thread;

use tempfile::TempDir;
use tierhook_package::{MAX_ARCHIVE_BYTES, unpack};

use super::*;

const MANIFEST: &str = "reads = [\"recency_days\"] # what it needs\n\n[plugin]\nid = \"guard\"\nversion = \"1.0.0\"\nserial = 1\n\
                        api = \"0.1.0\"\n";

fn author() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let plugin = folder.path().join("guard");
    fs::create_dir_all(plugin.join("source")).unwrap();
    fs::write(plugin.join("plugin.toml"), MANIFEST).unwrap();
    fs::write(plugin.join("plugin.wasm"), b"\0asm").unwrap();
    fs::write(plugin.join("source/lib.rs"), "// ours").unwrap();
    (folder, plugin)
}

fn signed() -> (TempDir, PathBuf) {
    let (folder, plugin) = author();
    let key = folder.path().join("vendor.key");
    new_key(&key, [7; 32]).unwrap();
    sign(&plugin, &key).unwrap();
    (folder, plugin)
}

#[test]
fn a_key_is_kept_where_nobody_else_reads_it_and_is_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("vendor.key");
    let made = new_key(&file, [7; 32]).unwrap();
    assert!(made.key.starts_with("RW"));
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let before = fs::read(&file).unwrap();
    assert_eq!(new_key(&file, [8; 32]).unwrap_err().code, ErrorCode::Conflict);
    assert_eq!(fs::read(&file).unwrap(), before);
}

#[test]
fn signing_lists_the_files_as_they_are_and_a_change_after_it_is_found() {
    let (folder, plugin) = signed();
    let manifest = fs::read_to_string(plugin.join("plugin.toml")).unwrap();
    assert!(manifest.starts_with(MANIFEST) && manifest.contains("[plugin.files]\n\"plugin.wasm\" = "), "{manifest}");
    let again = sign(&plugin, &folder.path().join("vendor.key")).unwrap();
    assert!(!again.is_listed_anew);

    let workspace = tempfile::tempdir().unwrap();
    let trusted = format!("[keys.acme]\nkey = \"{}\"\n", again.key);
    fs::create_dir(workspace.path().join("plugins")).unwrap();
    fs::write(workspace.path().join("plugins/trust.toml"), trusted).unwrap();
    let shown = plugin.to_str().unwrap();
    let described = verify(shown, None, workspace.path(), Policy::Required).unwrap();
    assert_eq!(described.publisher.map(|it| it.name).as_deref(), Some("acme"));
    assert_eq!(described.needs, ["recency_days"]);

    fs::write(plugin.join("plugin.wasm"), b"\0asn").unwrap();
    let error = verify(shown, None, workspace.path(), Policy::Required).unwrap_err();
    assert!(error.code == ErrorCode::Unfit && error.message.contains("`plugin.wasm` is not what"), "{error}");
    let error = verify(shown, None, folder.path(), Policy::Required).unwrap_err();
    assert!(error.hint.unwrap().contains("tierhook keys trust"), "no plugins/trust.toml, nobody is trusted");
}

#[test]
fn what_is_not_fit_is_not_signed() {
    let (folder, plugin) = author();
    let key = folder.path().join("vendor.key");
    let code = |result: Result<_, ApiError>| result.map(|_: crate::api::SignReport| ()).unwrap_err().code;
    assert_eq!(code(sign(&plugin, &key)), ErrorCode::NotFound, "no key");
    fs::write(&key, "RW").unwrap();
    assert_eq!(code(sign(&plugin, &key)), ErrorCode::Invalid, "no secret key");
    fs::remove_file(&key).unwrap();
    new_key(&key, [7; 32]).unwrap();
    fs::remove_file(plugin.join("plugin.wasm")).unwrap();
    assert_eq!(code(sign(&plugin, &key)), ErrorCode::Unfit, "no component");
    assert_eq!(fs::read_to_string(plugin.join("plugin.toml")).unwrap(), MANIFEST, "nothing was written");
    std::os::unix::fs::symlink("/etc/hostname", plugin.join("plugin.wasm")).unwrap();
    assert_eq!(code(sign(&plugin, &key)), ErrorCode::Unfit, "a link");
}

#[test]
fn a_secret_key_is_never_shipped() {
    let (_folder, plugin) = author();
    let key = plugin.join("vendor.key");
    new_key(&key, [7; 32]).unwrap();
    let error = sign(&plugin, &key).unwrap_err();
    assert!(error.code == ErrorCode::Conflict && error.message.contains("`vendor.key` is a secret key"), "{error}");
    assert_eq!(pack(&plugin, None).unwrap_err().code, ErrorCode::Conflict);
    // The author's own folder is never read.
    fs::rename(&key, plugin.join("source/vendor.key")).unwrap();
    sign(&plugin, &plugin.join("source/vendor.key")).unwrap();
}

#[test]
fn an_archive_is_not_written_into_the_plugin() {
    let (_folder, plugin) = signed();
    for out in ["x.tierhook", "source/x.tierhook"] {
        assert_eq!(pack(&plugin, Some(&plugin.join(out))).unwrap_err().code, ErrorCode::Invalid, "{out}");
        assert!(!plugin.join(out).exists());
    }
}

#[test]
fn an_archive_holds_what_is_listed_and_is_named_after_the_release() {
    let (folder, plugin) = signed();
    let out = folder.path().join("out.tierhook");
    let report = pack(&plugin, Some(&out)).unwrap();
    let bytes = fs::read(&out).unwrap();
    assert_eq!((report.bytes, report.digest), (bytes.len() as u64, sha256_hex(&bytes)));
    let paths: Vec<String> = unpack(&bytes).unwrap().files().keys().cloned().collect();
    assert_eq!(paths, ["plugin.sig", "plugin.toml", "plugin.wasm"]);
    assert_eq!(verify(out.to_str().unwrap(), None, folder.path(), Policy::Off).unwrap().id, "guard");
    fs::write(plugin.join("notes.txt"), "x").unwrap();
    assert_eq!(pack(&plugin, Some(&out)).unwrap_err().code, ErrorCode::Unfit);
}

#[test]
fn an_archive_comes_from_a_folder_a_file_and_a_file_address() {
    let (folder, plugin) = signed();
    let out = folder.path().join("out put.tierhook");
    let report = pack(&plugin, Some(&out)).unwrap();
    let bytes = fs::read(&out).unwrap();
    let shown = out.display().to_string();
    let address = format!("file://{}", shown.replace(' ', "%20"));
    for place in [plugin.display().to_string(), shown.clone(), address.clone()] {
        assert_eq!(archive_of(&place, None).unwrap(), bytes, "{place}");
    }
    assert_eq!(archive_of(&address, Some(&report.digest.to_uppercase())).unwrap(), bytes);
    let code = |place: &str, digest: Option<&str>| archive_of(place, digest).unwrap_err().code;
    assert_eq!(code(&shown, Some(&"0".repeat(64))), ErrorCode::Unfit);
    assert_eq!(code(&shown, Some("abc")), ErrorCode::Invalid);
    assert_eq!(code(&plugin.display().to_string(), Some(&report.digest)), ErrorCode::Invalid);
    assert_eq!(code("file://elsewhere/x", None), ErrorCode::Invalid);
    assert_eq!(code("file:///%zz", None), ErrorCode::Invalid);
    assert_eq!(code("https://example.org/x", None), ErrorCode::Invalid);
    assert_eq!(code("/no/such/archive", None), ErrorCode::NotFound);
}

/// Answers one request with these bytes, and returns the address and what was asked.
fn serve(answer: Vec<u8>) -> (String, thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/guard.tierhook?v=1", listener.local_addr().unwrap());
    let asked = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        let mut piece = [0; 1024];
        while !request.ends_with(b"\r\n\r\n") {
            let read = stream.read(&mut piece).unwrap();
            request.extend_from_slice(&piece[..read]);
        }
        // Whoever has heard enough hangs up.
        let _ = stream.write_all(&answer);
        String::from_utf8(request).unwrap()
    });
    (address, asked)
}

fn ok(body: &[u8]) -> Vec<u8> {
    [format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len()).as_bytes(), body].concat()
}

#[test]
fn an_archive_is_fetched_if_it_is_the_one_that_is_expected() {
    let digest = sha256_hex(b"archive");
    let (address, asked) = serve(ok(b"archive"));
    assert_eq!(archive_of(&address, Some(&digest)).unwrap(), b"archive");
    assert!(asked.join().unwrap().starts_with("GET /guard.tierhook?v=1 HTTP/1.1\r\n"));
    let (address, _) = serve(ok(b"another"));
    assert_eq!(archive_of(&address, Some(&digest)).unwrap_err().code, ErrorCode::Unfit);
    let without = archive_of("http://127.0.0.1:9/x", None).unwrap_err();
    assert!(without.code == ErrorCode::Invalid && without.hint.unwrap().contains("--sha256"));
}

#[test]
fn what_is_moved_missing_or_too_large_is_not_taken() {
    let digest = sha256_hex(b"archive");
    let failed = |answer: Vec<u8>| {
        let (address, _) = serve(answer);
        let error = archive_of(&address, Some(&digest)).unwrap_err();
        assert_eq!(error.code, ErrorCode::Unavailable, "{error}");
        error.message
    };
    assert!(
        failed(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n".to_vec())
            .ends_with("the server answers 404 Not Found")
    );
    let moved = b"HTTP/1.1 302 Found\r\nlocation: http://elsewhere/x\r\ncontent-length: 0\r\n\r\n".to_vec();
    assert!(failed(moved).ends_with("it has moved (302 Found) to http://elsewhere/x; name that"));
    let length = MAX_ARCHIVE_BYTES + 1;
    let mut large = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n").into_bytes();
    large.resize(usize::try_from(length).unwrap() + large.len(), 0);
    assert!(failed(large).contains("it is larger than"));
    assert!(failed(b"SSH-2.0-nobody\r\n".to_vec()).contains("cannot be fetched"));
    assert_eq!(archive_of("http://127.0.0.1:1/x", Some(&digest)).unwrap_err().code, ErrorCode::Unavailable);
}

#[test]
fn what_cannot_be_built_stays_as_it_was() {
    let (_folder, plugin) = author();
    let error = build(&plugin).unwrap_err();
    assert!(error.code == ErrorCode::Unfit && error.message.contains("Cargo.toml"), "{error}");
    assert!(error.hint.unwrap().contains("build where the sources are"));
    assert_eq!(fs::read_to_string(plugin.join("plugin.toml")).unwrap(), MANIFEST);
    assert_eq!(fs::read(plugin.join("plugin.wasm")).unwrap(), b"\0asm");
    assert_eq!(build(&plugin.join("none")).unwrap_err().code, ErrorCode::NotFound);
}

#[test]
fn a_folder_is_shown_as_it_is_typed() {
    for (path, expected) in
        [(".", "."), ("./guard", "guard"), ("guard", "guard"), ("../guard", "../guard"), ("/g", "/g")]
    {
        assert_eq!(workshop::shown(Path::new(path)), expected);
    }
}

#[test]
fn sources_that_were_changed_after_the_build_are_noticed() {
    let (_folder, plugin) = author();
    let (source, built) = (plugin.join("source"), plugin.join("plugin.wasm"));
    let changed = |file: &Path, seconds: u64| {
        let time = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
        fs::File::options().append(true).open(file).unwrap().set_modified(time).unwrap();
    };
    fs::create_dir(source.join("target")).unwrap();
    for made in ["Cargo.lock", "target/debug.rs"] {
        fs::write(source.join(made), "made by the compiler").unwrap();
    }
    changed(&built, 200);
    for seconds in [100, 210] {
        changed(&source.join("lib.rs"), seconds);
        assert!(!workshop::is_newer(&source, &built));
    }
    changed(&source.join("lib.rs"), 300);
    assert!(workshop::is_newer(&source, &built));
    assert!(!workshop::is_newer(&plugin.join("none"), &built));
}

#[test]
fn a_look_into_a_plugin_tells_what_is_wrong_beside_what_there_is() {
    let (_folder, plugin) = signed();
    let found = inspect(&plugin, None).unwrap();
    let about = found.plugin.unwrap();
    assert_eq!((about.id.as_str(), about.is_signed, about.publisher), ("guard", true, None));
    // Four bytes are no component, and whoever signed it is not trusted by anybody here.
    assert_eq!(found.problems.len(), 1, "{:?}", found.problems);
    assert!(found.problems[0].message.starts_with("plugin.wasm: "), "{:?}", found.problems);
    assert_eq!((found.component, found.next), (None, None));

    let settings =
        crate::Settings { plugins: crate::PluginSettings { policy: Policy::Required }, ..crate::Settings::default() };
    let workspace = tempfile::tempdir().unwrap();
    let found = inspect(&plugin, Some((workspace.path(), &settings))).unwrap();
    assert!(found.problems[0].hint.contains("tierhook keys trust NAME KEY"), "{:?}", found.problems);

    fs::write(plugin.join("notes.txt"), "x").unwrap();
    let found = inspect(&plugin, None).unwrap();
    assert!(found.problems[0].message.contains("`notes.txt` is not listed"), "{:?}", found.problems);
    assert!(found.problems[0].hint.contains("tierhook plugins sign"), "its author is told what an author does");
    fs::remove_file(plugin.join("plugin.toml")).unwrap();
    assert_eq!(inspect(&plugin, None).unwrap_err().code, ErrorCode::Unfit);
}
