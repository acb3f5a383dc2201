//! Files to statements: parsed in threads, read in place.

use super::ast::{Act, Statement};
use super::parse::{self, Origin};
use crate::migration::Migration;
use crate::sql::tree::{self, Portable};
use crate::sql::{SyntaxError, TokenKind, tokens};
use std::sync::atomic::{AtomicUsize, Ordering};

/// A statement of the script, parsed; a text that nests too deep or chains too long is left alone.
pub(super) enum Piece {
    Parsed(Portable),
    /// Too deep to parse, with what is too deep.
    TooDeep(&'static str),
    /// Rows for a migration that is not judged: nothing to learn.
    Skipped,
}

/// A statement as it was read.
pub(super) struct Reading {
    pub statements: Vec<Statement>,
    pub errors: Vec<SyntaxError>,
    pub too_deep: Option<&'static str>,
}

/// The deepest nesting of parentheses that is parsed, and the longest chain of operators: the parser's time grows with its square.
const DEEPEST: usize = 2_000;
const LONGEST: usize = 10_000;

/// Parses every statement of `migrations`, each with whether it is judged, on as many threads as the machine has.
pub(super) fn parse_all(migrations: &[(&Migration, bool)]) -> Vec<Vec<Piece>> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some((migration, judged)) = migrations.get(index) else { return done };
            let statements = migration.script.statements.iter();
            done.push((index, statements.map(|it| piece(&migration.text[it.span.clone()], *judged)).collect::<Vec<_>>()));
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(8).min(migrations.len().div_ceil(8).max(1));
    let mut done: Vec<(usize, Vec<Piece>)> = std::thread::scope(|scope| {
        let spawn = |_| std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
        let threads: Vec<_> = (0..threads).filter_map(|it| spawn(it).ok()).collect();
        threads.into_iter().filter_map(|it| it.join().ok()).flatten().collect()
    });
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, pieces)| pieces).collect()
}

const STACK: usize = 256 << 20;

fn piece(text: &str, judged: bool) -> Piece {
    if !judged && (text.len() > 4_000 && starts_with(text, "insert")) {
        return Piece::Skipped;
    }
    match too_deep(text) {
        Some(what) => Piece::TooDeep(what),
        None => Piece::Parsed(tree::parse(text)),
    }
}

fn starts_with(text: &str, word: &str) -> bool {
    text.get(..word.len()).is_some_and(|it| it.eq_ignore_ascii_case(word))
}

/// What of `text` would be too much for the parser. Short texts cannot be.
fn too_deep(text: &str) -> Option<&'static str> {
    if text.len() < DEEPEST {
        return None;
    }
    let (mut depth, mut chain) = (0_usize, 0_usize);
    for token in tokens(text, 0) {
        let piece = text.as_bytes()[token.span.start];
        match token.kind {
            TokenKind::Open => depth += 1,
            TokenKind::Close => depth = depth.saturating_sub(1),
            TokenKind::Other if piece == b'[' => depth += 1,
            TokenKind::Other if piece == b']' => depth = depth.saturating_sub(1),
            TokenKind::Other if piece == b',' => chain = 0,
            TokenKind::Other if !piece.is_ascii_digit() && piece != b'.' => chain += 1,
            TokenKind::Word if is_operator_word(&text[token.span.clone()]) => chain += 1,
            _ => {}
        }
        if depth > DEEPEST {
            return Some("nests deeper than 2,000 levels");
        }
        if chain > LONGEST {
            return Some("chains more than 10,000 operators");
        }
    }
    None
}

fn is_operator_word(word: &str) -> bool {
    ["and", "or", "not", "case", "union", "join"].iter().any(|it| word.eq_ignore_ascii_case(it))
}

/// Reads what was parsed of the statement that starts at byte `base`.
pub(super) fn read(piece: &Piece, base: usize) -> Reading {
    match piece {
        Piece::Parsed(portable) => {
            let parsed = tree::open(portable);
            let statements = if parsed.errors.is_empty() { parse::statements(&parsed, Origin::Shift(base)) } else { Vec::new() };
            let shift = |it: SyntaxError| SyntaxError { span: it.span.start + base..it.span.end + base, ..it };
            Reading { statements, errors: parsed.errors.into_iter().map(shift).collect(), too_deep: None }
        }
        Piece::TooDeep(what) => Reading { statements: Vec::new(), errors: Vec::new(), too_deep: Some(what) },
        Piece::Skipped => Reading { statements: vec![Statement { act: Act::Other, span: base..base }], errors: Vec::new(), too_deep: None },
    }
}
