use std::collections::BTreeSet;

use tierhook_package::PluginManifest;

use super::*;

const FIELDS: &str = r#"{ "kind": "fields", "day": "2026-03-01", "rows": [
    { "name": "net_revenue_90d", "type": "money", "unit": "money", "label": "internal", "group": "feature", "description": "近90天净消费额", "computed": "", "used_by": [] },
    { "name": "custom.children", "type": "integer", "unit": "none", "label": "internal", "group": "custom", "description": "Number of\nchildren.", "computed": "", "used_by": [] },
    { "name": "custom.baby_born", "type": "day", "unit": "none", "label": "pii", "group": "custom", "description": "Birthday.", "computed": "", "used_by": [] },
    { "name": "custom.type", "type": "text", "unit": "none", "label": "public", "group": "custom", "description": "Type.", "computed": "", "used_by": [] },
    { "name": "measure.children", "type": "decimal", "unit": "none", "label": "internal", "group": "measure", "description": "Measured.", "computed": "", "used_by": [] }
] }"#;

fn made(fields: Option<&FieldList>, lang: Lang) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let plugin = scaffold("vip-thanks", folder.path(), fields, lang).unwrap();
    (folder, plugin)
}

fn text(plugin: &Path, path: &str) -> String {
    fs::read_to_string(plugin.join(path)).unwrap()
}

#[test]
fn the_manifest_of_a_new_plugin_is_one() {
    for lang in [Lang::Rust, Lang::Js] {
        let (_folder, plugin) = made(None, lang);
        let manifest = PluginManifest::parse(&text(&plugin, "plugin.toml")).unwrap();
        assert_eq!((manifest.plugin.id.as_str(), manifest.plugin.heavy), ("vip-thanks", lang == Lang::Js));
        let reads: Vec<&str> = READ.iter().map(|(name, ..)| *name).collect();
        assert_eq!(manifest.rule.reads, reads);
    }
}

#[test]
fn a_list_of_fields_gives_descriptions_and_the_companys_own_fields() {
    let (_folder, plugin) = made(Some(&FieldList::parse(FIELDS).unwrap()), Lang::Rust);
    let manifest = PluginManifest::parse(&text(&plugin, "plugin.toml")).unwrap();
    assert_eq!(manifest.plugin.optional, ["custom.children", "custom.type", "measure.children"]);
    let code = text(&plugin, "source/src/lib.rs");
    assert!(code.contains("    /// 近90天净消费额\n    pub net_revenue_90d: Option<f64>,\n"));
    assert!(
        code.contains(
            "    /// Number of children.\n    #[field(\"custom.children\")]\n    pub children: Option<i64>,\n"
        )
    );
    assert!(code.contains("    #[field(\"custom.type\")]\n    pub own_type: Option<String>,\n"));
    assert!(code.contains("    #[field(\"measure.children\")]\n    pub measure_children: Option<f64>,\n"));
    assert!(!code.contains("baby_born"), "who is asked for personal data should mean it");
}

#[test]
fn nothing_of_the_template_is_left_over() {
    for lang in [Lang::Rust, Lang::Js] {
        let (_folder, plugin) = made(None, lang);
        let own =
            ["plugin.toml", "source/Cargo.toml", "source/src/lib.rs", "source/sdk/Cargo.toml", "source/package.json"];
        for path in own.iter().filter(|path| plugin.join(path).exists()) {
            let text = text(&plugin, path);
            for hole in ["{name}", "{crate}", "{version}", "{plugin}"] {
                assert!(!text.contains(hole), "{path}: {hole}");
            }
        }
    }
}

#[test]
fn the_template_has_the_usual_fields_in_the_usual_words() {
    assert_eq!(LIBRARY.matches(&record(None, &[])).count(), 1);
}

#[test]
fn what_is_there_is_left_alone_and_odd_names_are_refused() {
    let (folder, plugin) = made(None, Lang::Rust);
    fs::write(plugin.join("plugin.toml"), "mine").unwrap();
    let again = scaffold("vip-thanks", folder.path(), None, Lang::Rust);
    assert!(matches!(again, Err(ScaffoldError::Exists { .. })));
    assert_eq!(text(&plugin, "plugin.toml"), "mine");
    for name in ["", "../x", "a b", "1st", "王芳", "a/b"] {
        let refused = scaffold(name, folder.path(), None, Lang::Rust);
        assert!(matches!(refused, Err(ScaffoldError::Name { .. })), "{name}");
    }
    let there: BTreeSet<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(there.len(), 1);
}
