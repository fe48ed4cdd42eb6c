//! Commands on plugins, on the keys that they are signed with, and on what they may see.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use tierhook_server::api::Command;
use tierhook_server::plugin::Lang;

use super::{LanguageArg, written};

const MAKES: &str = "\
The folder has the SDK's sources in it, a rule to change and golden cases, and builds as it is. `tierhook fields --json` in the
workspace of whoever is to run it makes the list for --fields: the company's own fields come with it.";

const BUILDS: &str = "\
Compiles source/ with the cargo or npm of your machine, writes plugin.wasm, compares the code with plugin.toml, and lists the folder's
files with their digests under [plugin.files], keeping comments. RUSTC, RUSTFLAGS and CARGO_TARGET_DIR hold as ever.";

const TESTS: &str = "\
Runs cases.toml as a host would: with the dimensions and fields of a new workspace, or with those of the one in --workspace or
the current folder. Nothing has to be listed, signed or granted for it.";

const INSPECTS: &str = "\
Runs nothing. In a workspace it is verified under its policy. Exits with 4 if a host would refuse it.";

const SIGNS: &str = "\
Lists the folder's files with their digests under [plugin.files] in plugin.toml, keeping its comments, and writes
plugin.sig. `tierhook keys new FILE` makes a key. `minisign -V -m plugin.toml -x plugin.sig -P KEY` verifies it, too.";

const INSTALLS: &str = "\
What is not fit is refused before anything is put in place: files that are not those of the manifest, a signature that
the policy does not take, a release that is older than the one that is there. The policy stands under [plugins] in
tierhook.toml: off, vendors or required. Nothing is granted by default: --grant grants what the plugin needs.

Exits with 4, too, if it is in place and does not run: it lacks grants, or is not fit. What to do is said.";

const GRANTS: &str = "\
Changes plugins/grants.toml and keeps its comments and order. A grant holds for the publisher of what is installed now; somebody
else's plugin of the same name has none. The same can be done in an editor.";

#[derive(Debug, Subcommand)]
pub(crate) enum PluginsCommand {
    /// List the plugins of the workspace: who signed them, how they stand, what they lack
    List,
    /// Bring a plugin in, or another release of it
    #[command(after_help = INSTALLS)]
    Install(InstallArgs),
    /// Take a plugin out of the workspace; what it was granted stays in plugins/grants.toml
    Uninstall {
        /// The plugin
        #[arg(value_name = "ID")]
        plugin: String,
    },
    /// Make the folder of a new plugin, in Rust or JavaScript; needs no workspace
    #[command(after_help = MAKES)]
    New(NewArgs),
    /// Build a plugin from its sources
    #[command(after_help = BUILDS)]
    Build {
        /// The plugin's folder
        #[arg(value_name = "FOLDER", required = true)]
        folders: Vec<PathBuf>,
    },
    /// Run a plugin's golden cases, without a host; exits with 4 if one fails
    #[command(after_help = TESTS)]
    Test {
        /// The plugin's folder
        #[arg(value_name = "FOLDER")]
        folder: PathBuf,
    },
    /// Look into a plugin: what it exports, imports, reads and ships, and whether a host would take it
    #[command(after_help = INSPECTS)]
    Inspect {
        /// The plugin's folder or archive, or a component
        #[arg(value_name = "FOLDER|ARCHIVE|WASM")]
        place: PathBuf,
    },
    /// Tell whether a plugin is what its publisher released; exits with 4 if not
    Verify(VerifyArgs),
    /// Sign a plugin
    #[command(after_help = SIGNS)]
    Sign(SignArgs),
    /// Make one file of a plugin
    Pack(PackArgs),
}

#[derive(Debug, Args)]
pub(crate) struct NewArgs {
    /// The plugin's id: ASCII letters, digits, _ and -; its folder is called the same
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// Where its folder is made
    #[arg(value_name = "DIR", default_value = ".")]
    pub(crate) parent: PathBuf,
    /// What it is written in, `js` with an interpreter of its own [default: rust]; en and zh choose the language of this command
    #[arg(long, value_name = "LANG", value_parser = written())]
    pub(crate) lang: Option<LanguageArg>,
    /// The fields of whoever is to run it: what `tierhook fields --json` printed there
    #[arg(long, value_name = "FILE")]
    pub(crate) fields: Option<PathBuf>,
}

impl NewArgs {
    /// What it is written in.
    pub(crate) fn written(&self) -> Lang {
        match self.lang {
            Some(LanguageArg::Js) => Lang::Js,
            _ => Lang::Rust,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct InstallArgs {
    /// Folder, archive, file:// or http:// address
    #[arg(value_name = "PLACE")]
    pub(crate) place: String,
    /// The SHA-256 that the archive has to have; an http:// address needs it
    #[arg(long, value_name = "DIGEST")]
    pub(crate) sha256: Option<String>,
    /// Grant what it needs
    #[arg(long)]
    pub(crate) grant: bool,
    /// Take an older release than the one that is there; notes it in rules.toml
    #[arg(long)]
    pub(crate) downgrade: bool,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// Folder, archive, file:// or http:// address
    #[arg(value_name = "PLACE")]
    pub(crate) place: String,
    /// The SHA-256 that the archive has to have; an http:// address needs it
    #[arg(long, value_name = "DIGEST")]
    pub(crate) sha256: Option<String>,
    /// Ask for a signature with this public key, whomever the workspace trusts; needs no workspace
    #[arg(long, value_name = "KEY")]
    pub(crate) key: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct SignArgs {
    /// The plugin's folder
    #[arg(value_name = "FOLDER")]
    pub(crate) folder: PathBuf,
    /// File with the secret key
    #[arg(long, value_name = "FILE")]
    pub(crate) key: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct PackArgs {
    /// The plugin's folder
    #[arg(value_name = "FOLDER")]
    pub(crate) folder: PathBuf,
    /// File to write [default: ID-VERSION.tierhook]
    #[arg(long, short, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// List the keys that are trusted and that were revoked
    List,
    /// Make a key to sign plugins with; prints the public key, and keeps the secret one in the file
    New {
        /// The file; nothing that is there is overwritten
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Trust whoever signs with a key
    Trust {
        /// What to call them
        #[arg(value_name = "NAME")]
        name: String,
        /// Their public key: RW and 54 more letters and digits
        #[arg(value_name = "KEY")]
        key: String,
    },
    /// Trust a key no more: nothing that is signed with it runs again
    Revoke {
        /// The key, or the name under which it is trusted
        #[arg(value_name = "NAME|KEY")]
        key: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum GrantsCommand {
    /// List what each plugin may see, and what it lacks
    List,
    /// Let a plugin see more
    #[command(
        after_help = GRANTS,
        override_usage = "tierhook grants add <ID> [FIELD]... [--history <KIND>...] [--clear <FIELD>...]",
        group = clap::ArgGroup::new("what").required(true).multiple(true)
    )]
    Add {
        /// The plugin
        #[arg(value_name = "ID")]
        plugin: String,
        /// Fields, as `tierhook fields` lists them
        #[arg(value_name = "FIELD", group = "what")]
        fields: Vec<String>,
        /// Kinds of facts: orders, lines, refunds, interactions, feedback, measures
        #[arg(long, value_name = "KIND", num_args = 1.., value_delimiter = ',', group = "what")]
        history: Vec<String>,
        /// Personal fields that it sees as they are, rather than as a token
        #[arg(long, value_name = "FIELD", num_args = 1.., value_delimiter = ',', group = "what")]
        clear: Vec<String>,
    },
    /// Let a plugin see less: these fields and kinds of facts, or nothing any more if none is named
    #[command(after_help = GRANTS)]
    Revoke {
        /// The plugin
        #[arg(value_name = "ID")]
        plugin: String,
        /// Fields and kinds of facts
        #[arg(value_name = "FIELD")]
        fields: Vec<String>,
    },
}

impl From<GrantsCommand> for Command {
    fn from(typed: GrantsCommand) -> Self {
        match typed {
            GrantsCommand::List => Self::GrantsList,
            GrantsCommand::Add { plugin, fields, history, clear } => Self::GrantsAdd { plugin, fields, clear, history },
            GrantsCommand::Revoke { plugin, fields } => Self::GrantsRevoke { plugin, fields },
        }
    }
}
