//! Guards: a check round what a `switch` looks at.
//!
//! A `switch` compares by hash and so never calls an operator: a missing value would quietly take the default case.
//! So the source is compiled with a call round the value, and positions are mapped back to the source as written.

use std::cell::RefCell;

use rhai::{AST, Engine, Position, Scope, Token};
use tierhook_hooks::{Fault, Limits};

use crate::failure::from_parse;
use crate::missing::KNOWN;
use crate::source::Source;

thread_local! {
    /// The tokens of the script that this thread is compiling, as far as they matter here.
    static SEEN: RefCell<Vec<(Seen, usize, usize)>> = const { RefCell::new(Vec::new()) };
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    Switch,
    Open,
    /// `{` that is no map literal.
    OpenBlock,
    Close,
}

/// Notes a token that the engine comes across while it compiles.
pub(crate) fn note(token: &Token, position: Position) {
    let seen = match token {
        Token::Switch => Seen::Switch,
        Token::LeftBrace => Seen::OpenBlock,
        Token::MapStart | Token::LeftParen | Token::LeftBracket => Seen::Open,
        Token::RightBrace | Token::RightParen | Token::RightBracket => Seen::Close,
        _ => return,
    };
    if let (Some(line), Some(column)) = (position.line(), position.position()) {
        SEEN.with_borrow_mut(|tokens| tokens.push((seen, line, column)));
    }
}

/// Compiles a text with the guards that it needs, on an engine that [`note`]s its tokens. `names` are the variables
/// that there are.
pub(crate) fn compile<'a>(
    engine: &Engine,
    scope: &Scope,
    text: &str,
    source: Source,
    limits: &Limits,
    names: impl Iterator<Item = &'a str> + Clone,
) -> Result<(AST, Source), Fault> {
    SEEN.with_borrow_mut(Vec::clear);
    let parse = |text: &str, source: &Source| {
        engine.compile_with_scope(scope, text).map_err(|error| from_parse(&error, source, limits, names.clone()))
    };
    let written = parse(text, &source)?;
    let insertions = insertions();
    if insertions.is_empty() {
        return Ok((written, source));
    }
    let lengths = insertions.iter().map(|(line, column, text)| (*line, *column, text.chars().count())).collect();
    let source = source.with_insertions(lengths);
    Ok((parse(&insert(text, &insertions), &source)?, source))
}

/// What has to be put into the script that has just been compiled: line and column in the source, and the text.
fn insertions() -> Vec<(usize, usize, String)> {
    let tokens = SEEN.with_borrow_mut(std::mem::take);
    let mut insertions = Vec::new();
    for (at, (_, line, column)) in tokens.iter().enumerate().filter(|(_, (seen, ..))| *seen == Seen::Switch) {
        let mut depth = 0_usize;
        for (seen, end_line, end_column) in &tokens[at + 1..] {
            match seen {
                Seen::OpenBlock if depth == 0 => {
                    insertions.push((*line, column + "switch".len(), format!(" {KNOWN}(")));
                    insertions.push((*end_line, *end_column, ")".to_owned()));
                    break;
                }
                Seen::Open | Seen::OpenBlock => depth += 1,
                Seen::Close => depth = depth.saturating_sub(1),
                Seen::Switch => {}
            }
        }
    }
    insertions.sort();
    insertions
}

/// Puts insertions, sorted by place, into a text.
fn insert(text: &str, insertions: &[(usize, usize, String)]) -> String {
    let mut guarded = String::with_capacity(text.len() + insertions.len() * 16);
    let mut rest = insertions.iter().peekable();
    for (line, content) in (1..).zip(text.split_inclusive('\n')) {
        for (column, character) in (1..).zip(content.chars()) {
            while let Some((_, _, inserted)) = rest.next_if(|(on, at, _)| (*on, *at) == (line, column)) {
                guarded.push_str(inserted);
            }
            guarded.push(character);
        }
    }
    guarded
}
