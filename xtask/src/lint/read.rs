//! Files to statements, on as many threads as there are.

use super::ast::Statement;
use super::parse::{self, Origin};
use crate::migration::Migration;
use crate::sql::syntax::on_large_stack;
use crate::sql::tree;
use crate::sql::{SyntaxError, TokenKind, tokens};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};

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

/// Reads every statement of `migrations`, each with whether it is judged, on as many threads as the machine has, and hands them over in
/// order while the later ones are still read. The trees are gone by then: what is handed over is plain data.
pub(super) fn read_all<T: Send>(migrations: &[(&Migration, bool)], judge: impl FnOnce(InOrder) -> T + Send) -> T {
    let next = AtomicUsize::new(0);
    let work = |done: Sender<(usize, FileReading)>| {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some((migration, judged)) = migrations.get(index) else { return };
            if done.send((index, read(migration, *judged))).is_err() {
                return;
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(8).min(migrations.len().div_ceil(8).max(1));
    let (done, arriving) = channel();
    std::thread::scope(|scope| {
        for done in std::iter::repeat_n(done, threads) {
            let thread = std::thread::Builder::new().stack_size(STACK);
            thread.spawn_scoped(scope, || work(done)).expect("the machine can start a thread");
        }
        on_large_stack(|| judge(InOrder { arriving, early: BTreeMap::new(), next: 0 })).expect("the machine can start a thread")
    })
}

/// What was read, in the order of the migrations.
pub(super) struct InOrder {
    arriving: Receiver<(usize, FileReading)>,
    /// What was read before its turn.
    early: BTreeMap<usize, FileReading>,
    next: usize,
}

impl Iterator for InOrder {
    type Item = FileReading;

    fn next(&mut self) -> Option<FileReading> {
        let index = self.next;
        self.next += 1;
        loop {
            if let Some(reading) = self.early.remove(&index) {
                return Some(reading);
            }
            let (index, reading) = self.arriving.recv().ok()?;
            self.early.insert(index, reading);
        }
    }
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
    too_deep_within(text, 2)
}

/// As [`too_deep`], in dollar-quoted bodies as well, `levels` of them inside each other.
fn too_deep_within(text: &str, levels: usize) -> Option<&'static str> {
    if text.len() < DEEPEST {
        return None;
    }
    let (mut depth, mut chain) = (0_usize, 0_usize);
    for token in tokens(text, 0) {
        let piece = text.as_bytes()[token.span.start];
        match token.kind {
            TokenKind::Text if piece == b'$' && levels > 0 => {
                if let Some(what) = body_of(&text[token.span.clone()]).and_then(|it| too_deep_within(it, levels - 1)) {
                    return Some(what);
                }
            }
            TokenKind::Semicolon => chain = 0,
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

/// What stands between the tags of a dollar-quoted string.
fn body_of(quoted: &str) -> Option<&str> {
    let tag = quoted.get(1..)?.find('$')? + 2;
    quoted.get(tag..quoted.len().checked_sub(tag)?)
}

fn is_operator_word(word: &str) -> bool {
    ["and", "or", "not", "case", "union", "join"].iter().any(|it| word.eq_ignore_ascii_case(it))
}
