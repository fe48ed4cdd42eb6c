//! The compilers: cargo for Rust, npm for JavaScript.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde::Deserialize;

use super::BuildError;

/// The target of plugins in Rust.
const TARGET: &str = "wasm32-unknown-unknown";
/// The one command that makes a compiler know it.
const ADD_TARGET: &str = "rustup target add wasm32-unknown-unknown";
/// A fast component, the same for everybody: what cargo's release profile is for this build, unless the environment says otherwise.
/// Against `s`, level 3 takes a fifth off the time of a record and adds 5 KB.
const PROFILE: [(&str, &str); 6] = [
    ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "3"),
    ("CARGO_PROFILE_RELEASE_LTO", "true"),
    ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "1"),
    ("CARGO_PROFILE_RELEASE_PANIC", "abort"),
    ("CARGO_PROFILE_RELEASE_STRIP", "true"),
    ("CARGO_PROFILE_RELEASE_DEBUG", "0"),
];
/// The component that `npm run build` leaves in the sources of a plugin in JavaScript.
const SCRIPT_COMPONENT: &str = "build/plugin.wasm";

/// Compiles the sources of a plugin and returns the module, or the component, that came of it.
pub(super) fn compile(source: &Path) -> Result<Vec<u8>, BuildError> {
    let built = if source.join("Cargo.toml").is_file() {
        cargo(source)?
    } else if source.join("package.json").is_file() {
        npm(source)?
    } else {
        return Err(BuildError::NoSource { path: source.to_owned() });
    };
    fs::read(&built).map_err(|error| BuildError::File { path: built, source: error })
}

/// What cargo tells of one thing that it made, of which only this much matters.
#[derive(Deserialize)]
struct Message {
    reason: String,
    #[serde(default)]
    manifest_path: PathBuf,
    #[serde(default)]
    filenames: Vec<PathBuf>,
}

fn cargo(source: &Path) -> Result<PathBuf, BuildError> {
    let manifest = source.join("Cargo.toml");
    let manifest = fs::canonicalize(&manifest).map_err(|error| BuildError::File { path: manifest, source: error })?;
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["build", "--lib", "--release", "--target", TARGET, "--message-format", "json-render-diagnostics"]);
    command.arg("--manifest-path").arg(&manifest);
    for (name, value) in PROFILE.iter().filter(|(name, _)| env::var_os(name).is_none()) {
        command.env(name, value);
    }
    command.env_remove("RUSTFLAGS").env("CARGO_ENCODED_RUSTFLAGS", flags(&manifest));
    let output = run(&mut command, "cargo", "install Rust from https://rustup.rs")?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        if said.contains(&format!("the `{TARGET}` target may not be installed")) {
            return Err(BuildError::NoTarget { command: ADD_TARGET.to_owned() });
        }
        return Err(BuildError::Compiler { command: format!("cargo build --target {TARGET}"), output: said });
    }
    let messages = String::from_utf8_lossy(&output.stdout).into_owned();
    let made = messages.lines().filter_map(|line| serde_json::from_str::<Message>(line).ok());
    let own = made.filter(|message| message.reason == "compiler-artifact" && message.manifest_path == manifest);
    let module = own.flat_map(|message| message.filenames).find(|file| file.extension().is_some_and(|e| e == "wasm"));
    module.ok_or_else(|| BuildError::Compiler {
        command: "cargo build".to_owned(),
        output: "it made no WebAssembly module; write `crate-type = [\"cdylib\", \"rlib\"]` under [lib] in Cargo.toml"
            .to_owned(),
    })
}

/// The flags of the environment, and others that keep this machine's folders out of the module: the same sources give the same bytes
/// wherever they lie.
fn flags(manifest: &Path) -> OsString {
    let mut flags: Vec<OsString> = match (env::var_os("CARGO_ENCODED_RUSTFLAGS"), env::var("RUSTFLAGS")) {
        (Some(encoded), _) if !encoded.is_empty() => vec![encoded],
        (_, Ok(plain)) => plain.split_whitespace().map(OsString::from).collect(),
        _ => Vec::new(),
    };
    let workspace =
        asked("cargo", &["locate-project", "--workspace", "--message-format", "plain", "--manifest-path"], manifest);
    let workspace = workspace.and_then(|path| Some(path.parent()?.to_owned()));
    let rustc = env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let sysroot = asked(&rustc, &["--print", "sysroot"], Path::new(""));
    let library = sysroot.as_ref().and_then(|path| fs::canonicalize(path.join("lib/rustlib/src/rust")).ok());
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(env::home_dir()?.join(".cargo")));
    for (from, to) in
        [(home, "/cargo"), (sysroot, "/rust"), (library, "/rust/lib/rustlib/src/rust"), (workspace, "/plugin")]
    {
        if let Some(from) = from {
            let mut flag = OsString::from("--remap-path-prefix=");
            flag.push(from);
            flag.push("=");
            flag.push(to);
            flags.push(flag);
        }
    }
    flags.join(&OsString::from("\u{1f}"))
}

/// The path that a command prints.
fn asked(program: &str, arguments: &[&str], path: &Path) -> Option<PathBuf> {
    let mut command = Command::new(program);
    command.args(arguments);
    if !path.as_os_str().is_empty() {
        command.arg(path);
    }
    let output = command.output().ok().filter(|output| output.status.success())?;
    Some(PathBuf::from(String::from_utf8(output.stdout).ok()?.trim()))
}

fn npm(source: &Path) -> Result<PathBuf, BuildError> {
    let hint = "install Node.js, which npm comes with";
    for arguments in [&["install", "--no-audit", "--no-fund"][..], &["run", "build"]] {
        if arguments[0] == "install" && source.join("node_modules").is_dir() {
            continue;
        }
        let output = run(Command::new("npm").args(arguments).current_dir(source), "npm", hint)?;
        if !output.status.success() {
            let said = [output.stdout, output.stderr].concat();
            let output = String::from_utf8_lossy(&said).into_owned();
            return Err(BuildError::Compiler { command: format!("npm {}", arguments.join(" ")), output });
        }
    }
    Ok(source.join(SCRIPT_COMPONENT))
}

fn run(command: &mut Command, name: &str, hint: &str) -> Result<Output, BuildError> {
    let no_command = |source| BuildError::NoCommand { command: name.to_owned(), source, hint: hint.to_owned() };
    command.output().map_err(no_command)
}
