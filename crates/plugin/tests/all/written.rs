//! Components written by hand, and answers laid out in their memory as the canonical ABI says. The tests of the whole
//! (`tests/`) use this file, too.

#![allow(dead_code, reason = "two crates share it, and neither uses all of it")]

use std::path::Path;

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::{PackageId, Resolve};

/// The parameters of a hook after lowering: a context and a frame.
pub(crate) const PARAMETERS: &str = "(param i32 i64 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)";

/// Makes a component of a core module in text, for a world of the contract that lies in a folder.
pub(crate) fn component_of(contract: &Path, world: &str, module: &str) -> Vec<u8> {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(contract).unwrap();
    encoded(&resolve, package, world, module)
}

/// Makes a component of a core module in text, for a world that is no part of the contract.
pub(crate) fn foreign(wit: &str, world: &str, module: &str) -> Vec<u8> {
    let mut resolve = Resolve::default();
    let package = resolve.push_str("foreign.wit", wit).unwrap();
    encoded(&resolve, package, world, module)
}

fn encoded(resolve: &Resolve, package: PackageId, world: &str, module: &str) -> Vec<u8> {
    let world = resolve.select_world(&[package], Some(world)).unwrap();
    let mut module = wat::parse_str(module).unwrap();
    embed_component_metadata(&mut module, resolve, world, StringEncoding::UTF8).unwrap();
    ComponentEncoder::default().module(&module).unwrap().validate(true).encode().unwrap()
}

/// A module that exports a hook with this body, and more items besides. The body leaves the address of its answer; at 1024
/// there is one that wants nothing.
pub(crate) fn module(hook: &str, body: &str, items: &str) -> String {
    format!(
        r#"(module
            (import "tierhook:hooks/host@0.1.0" "log" (func $log (param i32 i32 i32 i32 i32)))
            (import "tierhook:hooks/host@0.1.0" "trace" (func $trace (param i32 i32 i32)))
            (memory (export "memory") 4)
            (global $next (mut i32) (i32.const 131072))
            (func (export "cabi_realloc") (param $old i32) (param $size i32) (param $align i32) (param $new i32) (result i32)
                (local $at i32)
                (local.set $at (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
                (global.set $next (i32.add (local.get $at) (local.get $new)))
                (if (i32.gt_u (global.get $next) (i32.mul (memory.size) (i32.const 65536)))
                    (then (if (i32.eq (memory.grow (i32.const 16)) (i32.const -1)) (then unreachable))))
                (local.get $at))
            {items}
            (func (export "tierhook:hooks/{hook}@0.1.0#{hook}") {PARAMETERS} (result i32) {body}))"#
    )
}

/// Where answers begin.
const BASE: usize = 4096;

/// A column of an answer.
#[derive(Debug)]
pub(crate) enum Data<'a> {
    Texts(&'a [Option<&'a str>]),
    Categories(&'a [u32], &'a [&'a str]),
    Integers(&'a [Option<i64>]),
    Decimals(&'a [Option<f64>]),
    Days(&'a [Option<i32>]),
}

/// A table: its name, its rows, its columns.
pub(crate) type Table<'a> = (&'a str, u32, &'a [(&'a str, Data<'a>)]);

/// Bytes of memory from [`BASE`] on.
#[derive(Debug, Default)]
struct Image(Vec<u8>);

impl Image {
    fn put(&mut self, bytes: &[u8]) -> u32 {
        self.0.resize(self.0.len().next_multiple_of(8), 0);
        let at = (BASE + self.0.len()) as u32;
        self.0.extend(bytes);
        at
    }

    fn list<const N: usize>(&mut self, items: impl ExactSizeIterator<Item = [u8; N]>) -> Vec<u32> {
        let count = items.len() as u32;
        let bytes: Vec<u8> = items.flatten().collect();
        vec![self.put(&bytes), count]
    }

    fn text(&mut self, text: &str) -> Vec<u32> {
        vec![self.put(text.as_bytes()), text.len() as u32]
    }

    fn validity(&mut self, present: impl ExactSizeIterator<Item = bool>) -> Vec<u32> {
        self.list(present.map(|there| [u8::from(!there)]))
    }

    fn column(&mut self, name: &str, data: &Data<'_>) -> Vec<u32> {
        let mut words = self.text(name);
        let (validity, tag, mut payload) = match data {
            Data::Texts(texts) => {
                let all: String = texts.iter().map(|text| text.unwrap_or("")).collect();
                let mut end = 0;
                let ends = texts.iter().map(|text| {
                    end += text.unwrap_or("").len() as u32;
                    end.to_le_bytes()
                });
                let mut payload = self.list(ends);
                payload.extend(self.text(&all));
                (self.validity(texts.iter().map(Option::is_some)), 0, payload)
            }
            Data::Categories(codes, known) => {
                let mut payload = self.list(codes.iter().map(|code| code.to_le_bytes()));
                let texts: Vec<u8> = known.iter().flat_map(|text| self.text(text)).flat_map(u32::to_le_bytes).collect();
                payload.extend([self.put(&texts), known.len() as u32]);
                (vec![0, 0], 1, payload)
            }
            Data::Integers(values) => {
                let payload = self.list(values.iter().map(|value| value.unwrap_or(0).to_le_bytes()));
                (self.validity(values.iter().map(Option::is_some)), 2, payload)
            }
            Data::Decimals(values) => {
                let payload = self.list(values.iter().map(|value| value.unwrap_or(0.0).to_le_bytes()));
                (self.validity(values.iter().map(Option::is_some)), 3, payload)
            }
            Data::Days(values) => {
                let payload = self.list(values.iter().map(|value| value.unwrap_or(0).to_le_bytes()));
                (self.validity(values.iter().map(Option::is_some)), 5, payload)
            }
        };
        words.extend(validity);
        words.push(tag);
        payload.resize(6, 0);
        words.extend(payload);
        words
    }
}

fn bytes_of(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// Lays out an answer. Returns the data segment and the address of the answer.
pub(crate) fn laid_out(tables: &[Table<'_>], faults: &[(u32, &str)]) -> (String, u32) {
    let mut image = Image::default();
    let mut list = Vec::new();
    for (name, rows, columns) in tables {
        let columns: Vec<u32> = columns.iter().flat_map(|(name, data)| image.column(name, data)).collect();
        list.extend(image.text(name));
        list.push(*rows);
        list.extend([image.put(&bytes_of(&columns)), (columns.len() / 11) as u32]);
    }
    let tables_at = image.put(&bytes_of(&list));
    let mut of_faults = Vec::new();
    for (record, message) in faults {
        of_faults.push(*record);
        of_faults.extend(image.text(message));
        of_faults.extend([0, 0, 0]);
    }
    let faults_at = image.put(&bytes_of(&of_faults));
    let answer = [0, tables_at, tables.len() as u32, faults_at, faults.len() as u32, 0];
    let at = image.put(&bytes_of(&answer));
    let escaped: String = image.0.iter().map(|byte| format!("\\{byte:02x}")).collect();
    (format!("(data (i32.const {BASE}) \"{escaped}\")"), at)
}

/// A function with a deep web of values that a compiler has to keep apart.
pub(crate) fn compile_bomb() -> String {
    let locals = 1_500;
    let mut body = String::new();
    for round in 0..40 {
        for at in 0..locals {
            let (a, b) = ((at * 7 + round) % locals, (at * 13 + round * 3) % locals);
            body.push_str(&format!(
                "(local.set {at} (i64.add (local.get {a}) (i64.mul (local.get {b}) (i64.const {at}))))"
            ));
        }
        body.push_str("(br_if 0 (i64.eqz (local.get 3)))");
    }
    format!("(func $bomb (local{}) (block {body}))", " i64".repeat(locals))
}
