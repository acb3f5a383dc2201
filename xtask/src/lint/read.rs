//! Files to statements, on as many threads as there are.

use super::ast::Statement;
use super::parse::{self, Origin};
use crate::migration::Migration;
use crate::sql::tree;
use crate::sql::{SyntaxError, TokenKind, tokens};
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A migration as it was read.
#[derive(Default)]
pub(super) struct FileReading {
    /// Every statement that could be read, in order.
    pub statements: Vec<Statement>,
    /// One for each statement of the script.
    pub readings: Vec<Reading>,
}

/// A statement of the script as it was read.
pub(super) struct Reading {
    /// Which of the file's statements it holds: one, or none where it does not parse.
    pub statements: Range<usize>,
    pub errors: Vec<SyntaxError>,
    pub too_deep: Option<&'static str>,
}

/// The deepest nesting of parentheses that is parsed, and the longest chain of operators: the parser's time grows with its square.
const DEEPEST: usize = 2_000;
const LONGEST: usize = 10_000;

/// Reads every statement of `migrations`, each with whether it is judged, on as many threads as the machine has. The trees are
/// gone again when this returns: what is left is plain data.
pub(super) fn read_all(migrations: &[(&Migration, bool)]) -> Vec<FileReading> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some((migration, judged)) = migrations.get(index) else { return done };
            done.push((index, read(migration, *judged)));
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(8).min(migrations.len().div_ceil(8).max(1));
    let mut done: Vec<(usize, FileReading)> = std::thread::scope(|scope| {
        let spawn = |_| std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
        let threads: Vec<_> = (0..threads).filter_map(|it| spawn(it).ok()).collect();
        threads.into_iter().flat_map(|it| it.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    });
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, reading)| reading).collect()
}

fn read(migration: &Migration, judged: bool) -> FileReading {
    let mut file = FileReading::default();
    for statement in &migration.script.statements {
        let text = &migration.text[statement.span.clone()];
        let reading = read_statement(text, statement.span.start, judged, &mut file.statements);
        file.readings.push(reading);
    }
    file
}

/// Reads the statement that starts at byte `base`; what it holds is added to `all`.
fn read_statement(text: &str, base: usize, judged: bool, all: &mut Vec<Statement>) -> Reading {
    let start = all.len();
    let too_deep = too_deep(text);
    let mut errors = Vec::new();
    // Rows for a migration that is not judged teach nothing.
    let is_rows = !judged && text.len() > 4_000 && starts_with(text, "insert");
    if too_deep.is_none() && !is_rows {
        let parsed = tree::parse(text);
        if parsed.errors.is_empty() {
            all.extend(parse::statements(&parsed, Origin::Shift(base)));
        }
        let shift = |it: SyntaxError| SyntaxError { span: it.span.start + base..it.span.end + base, ..it };
        errors = parsed.errors.into_iter().map(shift).collect();
    }
    Reading { statements: start..all.len(), errors, too_deep }
}

const STACK: usize = 256 << 20;

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
