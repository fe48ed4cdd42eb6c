//! What is packed comes out again, and what nobody should unpack does not.

use super::*;
use crate::contents::tests::plugin;
use crate::{Policy, Trust, verify};

/// A zip of these entries as they stand; a name that ends in `@` is a link.
fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::DEFAULT.compression_method(CompressionMethod::Deflated);
    for (name, bytes) in entries {
        match name.strip_suffix('@') {
            Some(name) => writer.add_symlink(name, String::from_utf8_lossy(bytes), options).unwrap(),
            None => {
                writer.start_file(*name, options).unwrap();
                writer.write_all(bytes).unwrap();
            }
        }
    }
    writer.finish().unwrap().into_inner()
}

/// Replaces a name in a zip, in both places, by one of the same length.
fn renamed(mut bytes: Vec<u8>, from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    for at in 0..=bytes.len() - from.len() {
        if &bytes[at..at + from.len()] == from {
            bytes[at..at + from.len()].copy_from_slice(to);
        }
    }
    bytes
}

#[test]
fn what_is_packed_comes_out_again_and_always_in_the_same_bytes() {
    let packed = pack(&plugin(&[])).unwrap();
    assert_eq!(packed, pack(&plugin(&[])).unwrap());
    assert_eq!(unpack(&packed).unwrap(), plugin(&[]));
    let mut archive = ZipArchive::new(Cursor::new(&packed)).unwrap();
    let mut names = Vec::new();
    for at in 0..archive.len() {
        let entry = archive.by_index(at).unwrap();
        // Nothing tells where and when it was packed.
        assert_eq!((entry.last_modified(), entry.unix_mode()), (Some(DateTime::DEFAULT), Some(0o100_644)));
        names.push(entry.name().unwrap().into_owned());
    }
    assert_eq!(names, ["plugin.toml", "cases.toml", "plugin.wasm", "tables/pairs.csv"]);
}

#[test]
fn the_authors_folder_and_hidden_files_are_neither_packed_nor_taken() {
    let contents = plugin(&[("source/lib.rs", b"fn main() {}"), (".env", b"KEY=1")]);
    let packed = pack(&contents).unwrap();
    assert_eq!(packed, pack(&plugin(&[])).unwrap());
    let taken =
        unpack(&zip(&[("plugin.toml", b"x"), ("source/lib.rs", b"y"), (".env", b"z"), ("tables/", b"")])).unwrap();
    assert_eq!(taken.files().keys().collect::<Vec<_>>(), ["plugin.toml"]);
}

#[test]
fn entries_that_lead_out_are_refused() {
    for name in [
        "../evil",
        "/etc/passwd",
        "a/../../b",
        "C:evil",
        "a\\b",
        "a//b",
        "./plugin.toml",
        "source/../../evil",
        ".x/../../y",
    ] {
        let error = unpack(&zip(&[("plugin.toml", b"x"), (name, b"y")])).unwrap_err();
        assert!(matches!(&error, ArchiveError::Entry { what, .. } if what.contains("leads out")), "{name}: {error}");
    }
}

#[test]
fn links_are_refused() {
    for name in ["tables/link@", "plugin.wasm@", "source/link@"] {
        let error = unpack(&zip(&[("plugin.toml", b"x"), (name, b"/etc/passwd")])).unwrap_err();
        assert!(matches!(&error, ArchiveError::Entry { what, .. } if what.contains("neither")), "{name}: {error}");
    }
}

#[test]
fn the_same_name_twice_is_refused() {
    let twice = renamed(zip(&[("cases.toml", b"one"), ("kases.toml", b"two")]), b"kases.toml", b"cases.toml");
    let error = unpack(&twice).unwrap_err();
    assert!(error.to_string().contains("same name") || error.to_string().contains("twice"), "{error}");
}

#[test]
fn a_name_that_is_not_utf_8_is_refused() {
    let bytes = renamed(zip(&[("plugin.toml", b"x"), ("abcdefg.csv", b"y")]), b"abcdefg.csv", b"abc\xff\xfefg.csv");
    let error = unpack(&bytes).unwrap_err();
    assert!(matches!(&error, ArchiveError::Entry { what, .. } if what.contains("not UTF-8")), "{error}");
}

#[test]
fn a_bomb_is_read_no_further_than_the_limit() {
    // 64 MiB of zeros are a few tens of KiB when they are packed.
    let zeros = vec![0_u8; 64 * 1024 * 1024];
    let bomb = zip(&[("plugin.toml", b"x"), ("plugin.wasm", &zeros)]);
    assert!(bomb.len() < 100_000, "{}", bomb.len());
    let error = unpack(&bomb).unwrap_err();
    assert!(matches!(&error, ArchiveError::TooLarge { limit } if limit.contains("of component")), "{error}");
    // Many entries that are each within the limit, but not together.
    let part = &zeros[..5 * 1024 * 1024];
    let error = unpack(&zip(&[("a", part), ("b", part), ("c", part), ("d", part)])).unwrap_err();
    assert!(matches!(&error, ArchiveError::TooLarge { limit } if limit.contains("other files")), "{error}");
}

#[test]
fn an_archive_that_lies_about_sizes_is_no_larger_for_it() {
    let zeros = vec![0_u8; 40 * 1024 * 1024];
    let honest = zip(&[("plugin.wasm", &zeros)]);
    let size = u32::try_from(zeros.len()).unwrap().to_le_bytes();
    let lying = renamed(honest, &size, &1000_u32.to_le_bytes());
    assert!(unpack(&lying).is_err());
}

#[test]
fn too_many_entries_are_refused() {
    let names: Vec<String> = (0..=MAX_FILES).map(|n| format!("f{n}")).collect();
    let many: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), b"".as_slice())).collect();
    let error = unpack(&zip(&many)).unwrap_err();
    assert!(matches!(&error, ArchiveError::TooLarge { limit } if limit == "256 files"), "{error}");
    let names: Vec<String> = (0..=MAX_ENTRIES).map(|n| format!("source/{n}")).collect();
    let many: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), b"".as_slice())).collect();
    let error = unpack(&zip(&many)).unwrap_err();
    assert!(matches!(&error, ArchiveError::TooLarge { limit } if limit == "1024 entries"), "{error}");
}

#[test]
fn cut_and_random_bytes_are_no_archive_and_take_nothing_down() {
    let packed = pack(&plugin(&[])).unwrap();
    for cut in [0, 1, 10, packed.len() / 2, packed.len() - 1] {
        assert!(matches!(unpack(&packed[..cut]), Err(ArchiveError::Malformed { .. })), "{cut}");
    }
    let whole = plugin(&[]);
    let mut state = 1_u32;
    for at in 0..packed.len() {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let mut bytes = packed.clone();
        bytes[at] ^= (state >> 24) as u8 | 1;
        // Where it can be read all the same, files are those of the plugin or are found to differ.
        if let Ok(contents) = unpack(&bytes)
            && contents != whole
        {
            let verified = verify(&contents, Policy::Vendors, &Trust::default());
            assert!(verified.is_err(), "byte {at}");
        }
    }
}
