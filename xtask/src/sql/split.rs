//! A file cut into statements, by psql's rules, with the byte span of each.
//!
//! A `;` ends a statement outside of parentheses and of a `BEGIN ATOMIC … END` body. Lines of data behind `COPY … FROM stdin` belong to that
//! statement. `\restrict` and `\unrestrict`, which `pg_dump` writes, are passed over; any other command of psql's is an error, because
//! only psql can run it. Works on tokens rather than on a parse tree: a syntax error never merges or loses a statement.

use super::class::{self, Class};
use super::lexer::{Token, TokenKind, tokens};
use std::ops::Range;

/// One statement of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// From its first token to its last, without the `;`.
    pub span: Range<usize>,
    /// What it does to transactions.
    pub class: Class,
    /// The data that follows a `COPY … FROM stdin`.
    pub copy: Option<CopyData>,
}

/// Where the data of a `COPY … FROM stdin` stands: whole lines, without the closing `\.`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyData {
    /// The bytes of the data.
    pub span: Range<usize>,
}

/// A file as statements.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Script {
    /// The statements, in order; empty ones left out.
    pub statements: Vec<Statement>,
}

/// Why a text cannot be cut into statements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScanError {
    /// What is wrong, as a sentence without a full stop.
    pub message: String,
    /// What to do about it, starting with a verb.
    pub hint: String,
    /// Where.
    pub span: Range<usize>,
}

/// Cuts `text` into statements.
///
/// # Errors
/// An unclosed quote, dollar quote or comment, a command of psql's, a NUL byte, or `COPY … FROM stdin` without its data.
pub fn split(text: &str) -> Result<Script, ScanError> {
    if let Some(nul) = text.find('\0') {
        return Err(error(nul..nul + 1, "a NUL byte, which PostgreSQL cannot read".into(), "remove it; is this file UTF-16 or binary?"));
    }
    let mut script = Script::default();
    let mut start = 0;
    while let Some(next) = next_statement(text, start, &mut script)? {
        start = next;
    }
    Ok(script)
}

/// Reads one statement from byte `start`; gives where the next begins, or nothing at the end.
fn next_statement(text: &str, start: usize, script: &mut Script) -> Result<Option<usize>, ScanError> {
    let mut significant: Vec<Token> = Vec::new();
    let mut nesting = Nesting::default();
    for token in tokens(text, start) {
        match token.kind {
            TokenKind::Blank => {}
            TokenKind::Unclosed(what) => return Err(unclosed(what, token.span)),
            TokenKind::Backslash => {
                let end = meta_command(text, &token.span)?;
                return Ok(Some(if significant.is_empty() { end } else { return Err(meta_inside(token.span)) }));
            }
            TokenKind::Semicolon if nesting.is_outside() => {
                return push(text, &significant, Some(token.span.end), script).map(Some);
            }
            _ => {
                nesting.see(&token, &significant, text);
                significant.push(token);
            }
        }
    }
    push(text, &significant, None, script)?;
    Ok(None)
}

/// Adds the statement that `tokens` make; gives the byte behind it, which lies behind its data for a COPY.
fn push(text: &str, tokens: &[Token], end: Option<usize>, script: &mut Script) -> Result<usize, ScanError> {
    let after = end.unwrap_or(text.len());
    let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else { return Ok(after) };
    let span = first.span.start..last.span.end;
    let class = class::of(text, tokens);
    let copy = if class == Class::CopyFromStdin { Some(copy_data(text, &span, end)?) } else { None };
    let next = copy.as_ref().map_or(after, |(_, next)| *next);
    script.statements.push(Statement { span, class, copy: copy.map(|(data, _)| data) });
    Ok(next)
}

/// The data behind a COPY: from the next line to the line `\.`; and the byte behind that line.
fn copy_data(text: &str, statement: &Range<usize>, end: Option<usize>) -> Result<(CopyData, usize), ScanError> {
    let missing = || {
        let hint = "put the data on the lines behind the statement and close it with a line `\\.`, or write INSERT";
        error(statement.clone(), "COPY … FROM stdin without its data".into(), hint)
    };
    let end = end.ok_or_else(missing)?;
    let start = end + text[end..].find('\n').ok_or_else(missing)? + 1;
    let mut line_start = start;
    for line in text[start..].split_inclusive('\n') {
        let line_end = line_start + line.len();
        if line.trim_end_matches(['\n', '\r']) == "\\." {
            return Ok((CopyData { span: start..line_start }, line_end));
        }
        line_start = line_end;
    }
    Err(missing())
}

/// The end of the line of a command that may be passed over.
fn meta_command(text: &str, backslash: &Range<usize>) -> Result<usize, ScanError> {
    let line_end = text[backslash.start..].find('\n').map_or(text.len(), |newline| backslash.start + newline);
    let line = text[backslash.start..line_end].trim_end();
    let command = line.split_whitespace().next().unwrap_or(line);
    if matches!(command, "\\restrict" | "\\unrestrict") {
        return Ok(line_end);
    }
    let hint = match command {
        "\\copy" => "write COPY … FROM stdin with its data behind it, or INSERT",
        "\\connect" | "\\c" => "remove it: a migration runs in the database that the command was given",
        "\\i" | "\\ir" | "\\include" => "write the statements into this file",
        "\\." => "remove it: no COPY … FROM stdin stands before it",
        _ => "remove it: only psql knows its own commands",
    };
    Err(error(backslash.start..backslash.start + command.len(), format!("`{command}` is a command of psql's, not SQL"), hint))
}

fn meta_inside(span: Range<usize>) -> ScanError {
    error(span, "a backslash inside a statement".into(), "close the statement before it with `;`, or quote it")
}

fn unclosed(what: &'static str, span: Range<usize>) -> ScanError {
    let start = span.start;
    error(start..start + 1, format!("this {what} is never closed"), "close it; everything behind it was read as part of it")
}

fn error(span: Range<usize>, message: String, hint: &str) -> ScanError {
    ScanError { message, hint: hint.into(), span }
}

/// How deep the reader stands in parentheses and in `BEGIN ATOMIC` bodies.
#[derive(Default)]
struct Nesting {
    parentheses: usize,
    blocks: usize,
}

impl Nesting {
    fn is_outside(&self) -> bool {
        self.parentheses == 0 && self.blocks == 0
    }

    fn see(&mut self, token: &Token, before: &[Token], text: &str) {
        match token.kind {
            TokenKind::Open => self.parentheses += 1,
            TokenKind::Close => self.parentheses = self.parentheses.saturating_sub(1),
            TokenKind::Word => self.see_word(&text[token.span.clone()], before, text),
            _ => {}
        }
    }

    /// Only the `BEGIN` of a routine opens a body; a `CASE` in it needs an `END` of its own.
    fn see_word(&mut self, word: &str, before: &[Token], text: &str) {
        let is = |keyword: &str| word.eq_ignore_ascii_case(keyword);
        if self.blocks == 0 {
            self.blocks += usize::from(is("begin") && makes_routine(text, before));
        } else if is("begin") || is("case") {
            self.blocks += 1;
        } else if is("end") {
            self.blocks -= 1;
        }
    }
}

/// Whether the statement so far begins with `CREATE [OR REPLACE] FUNCTION|PROCEDURE`.
fn makes_routine(text: &str, tokens: &[Token]) -> bool {
    let mut words = tokens.iter().take(4).map(|token| &text[token.span.clone()]);
    let mut next = || words.next().unwrap_or_default();
    if !next().eq_ignore_ascii_case("create") {
        return false;
    }
    let mut word = next();
    if word.eq_ignore_ascii_case("or") {
        next();
        word = next();
    }
    word.eq_ignore_ascii_case("function") || word.eq_ignore_ascii_case("procedure")
}

#[cfg(test)]
mod tests;
