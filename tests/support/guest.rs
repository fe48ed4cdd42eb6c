//! Plugins in a workspace: components written by hand, and the folders that they lie in.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use tierhook_package::sha256_hex;

use super::{Workspace, root};
use written::{Table, laid_out, module};

#[path = "../../crates/plugin/tests/all/written.rs"]
pub(crate) mod written;

/// How the files of a plugin are saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Save {
    /// Each beside its place, and then moved there.
    Renamed,
    /// Each emptied, and then written.
    Truncated,
}

/// Makes a component of a core module in text, for a world of the contract.
pub(crate) fn component(world: &str, module: &str) -> Vec<u8> {
    written::component_of(&root().join("crates/sdk/wit"), world, module)
}

/// A component that classifies with this body, and more items besides.
pub(crate) fn classifying(body: &str, items: &str) -> Vec<u8> {
    component("classifies", &module("classify", body, items))
}

/// A component that always gives this answer to `classify`.
pub(crate) fn answering(tables: &[Table<'_>]) -> Vec<u8> {
    let (data, at) = laid_out(tables, &[]);
    classifying(&format!("(i32.const {at})"), &data)
}

/// The text of a manifest for a component. `head` is what stands before `[plugin]`.
pub(crate) fn manifest(id: &str, serial: u64, head: &str, component: &[u8]) -> String {
    format!(
        "{head}\n[plugin]\nid = \"{id}\"\nversion = \"1.{serial}.0\"\nserial = {serial}\napi = \"0.1.0\"\n\n\
         [plugin.files]\n\"plugin.wasm\" = \"{}\"\n",
        sha256_hex(component)
    )
}

impl Workspace {
    /// Saves a plugin of two files in its folder.
    pub(crate) fn save_plugin(&self, id: &str, manifest: &str, component: &[u8], save: Save) {
        let folder = self.path().join("plugins").join(id);
        fs::create_dir_all(&folder).unwrap();
        for (name, bytes) in [("plugin.wasm", component), ("plugin.toml", manifest.as_bytes())] {
            match save {
                Save::Renamed => {
                    // Hidden, so that it is no file of the plugin.
                    let beside = folder.join(format!(".{name}"));
                    fs::write(&beside, bytes).unwrap();
                    fs::rename(beside, folder.join(name)).unwrap();
                }
                Save::Truncated => {
                    let mut file = fs::File::create(folder.join(name)).unwrap();
                    // In parts, as what is large is written.
                    for part in bytes.chunks(1 + bytes.len() / 3) {
                        file.write_all(part).unwrap();
                    }
                }
            }
        }
    }

    /// Copies the folder of a plugin in, without its sources, as the plugin with this id.
    pub(crate) fn copy_plugin(&self, from: &Path, id: &str) {
        let folder = self.path().join("plugins").join(id);
        fs::create_dir_all(&folder).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                fs::copy(&path, folder.join(path.file_name().unwrap())).unwrap();
            }
        }
    }

    /// Lets a plugin that nobody signed see these fields.
    pub(crate) fn grant(&self, id: &str, fields: &[&str]) {
        fs::create_dir_all(self.path().join("plugins")).unwrap();
        self.write("plugins/grants.toml", &format!("[grants.{id}]\nfields = {fields:?}\n"));
    }
}
