//! Renames that comments tell: `-- xtask: renamed from x` above a table, a column's line, a type, an enum's value.

use super::created::{created, identifier};
use crate::diagnostic::{Diagnostic, Location};
use crate::migration::header::directives;
use crate::sql::{Script, TokenKind, tokens};
use std::fmt;
use std::ops::Range;

/// A name with what stands before it: the parts of `schema.table.column`, as PostgreSQL keeps them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Path(pub Vec<String>);

impl Path {
    /// Reads `a.b`, `"A".b`; nothing where it is no name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Path> {
        let (mut parts, mut expects_name) = (Vec::new(), true);
        for token in tokens(text.trim(), 0) {
            if expects_name {
                parts.push(identifier(text.trim(), &token)?);
            } else if &text.trim()[token.span] != "." {
                return None;
            }
            expects_name = !expects_name;
        }
        (!expects_name).then_some(Path(parts))
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("."))
    }
}

/// One rename.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// What it was called; without the parts that are the same as in `new`, if the writer left them out.
    pub old: Path,
    /// What it is called.
    pub new: Path,
    /// Where that is said.
    pub location: Option<Location>,
}

/// The renames that `text` tells.
///
/// # Errors
/// Comments that begin with `xtask:` and say nothing that is understood here.
pub(super) fn read(path: &str, text: &str, script: &Script) -> Result<Vec<Told>, Vec<Diagnostic>> {
    let (mut told, mut found) = (Vec::new(), Vec::new());
    for (directive, span) in directives(text) {
        match one(text, script, directive, &span) {
            Ok(it) => told.push(Told { location: Some(Location::new(path, text, span)), ..it }),
            Err((message, hint)) => {
                found.push(Diagnostic::error("bad-directive", message).at(Location::new(path, text, span)).hint(hint));
            }
        }
    }
    if found.is_empty() { Ok(told) } else { Err(found) }
}

fn one(text: &str, script: &Script, directive: &str, span: &Range<usize>) -> Result<Told, (String, &'static str)> {
    let usage = "write `-- xtask: renamed from OLD_NAME` above a table, a column's line, a type or an enum's value";
    let old = directive.strip_prefix("renamed from ").map(str::trim);
    let old = old.ok_or_else(|| (format!("`{directive}` is not understood here"), usage))?;
    let old = Path::parse(old.trim_matches('\'')).ok_or_else(|| (format!("`{old}` is no name"), usage))?;
    let nothing = || ("this rename stands above nothing that has a name".to_owned(), usage);
    let new = renamed(text, script, span).ok_or_else(nothing)?;
    Ok(Told { old, new: Path(new), location: None })
}

/// The name of what stands below the comment: a statement's object, or a line of one.
fn renamed(text: &str, script: &Script, comment: &Range<usize>) -> Option<Vec<String>> {
    let statement = script.statements.iter().find(|it| it.span.end > comment.end)?;
    let sql = &text[statement.span.clone()];
    if statement.span.start >= comment.end {
        return created(sql).map(|it| it.name).or_else(|| added_constraint(sql));
    }
    let mut rest = tokens(text, comment.end).filter(|it| it.kind != TokenKind::Blank);
    let mut token = rest.next()?;
    if text[token.span.clone()].eq_ignore_ascii_case("constraint") {
        token = rest.next()?;
    }
    let part = match token.kind {
        TokenKind::Text => text[token.span.clone()].trim_matches('\'').replace("''", "'"),
        _ => identifier(text, &token)?,
    };
    let mut name = created(sql)?.name;
    name.push(part);
    Some(name)
}

/// `ALTER TABLE [ONLY] [IF EXISTS] t ADD CONSTRAINT c …`
fn added_constraint(sql: &str) -> Option<Vec<String>> {
    let words: Vec<_> = tokens(sql, 0).filter(|it| it.kind != TokenKind::Blank).take(24).collect();
    let is = |index: usize, word: &str| words.get(index).is_some_and(|it| sql[it.span.clone()].eq_ignore_ascii_case(word));
    let add = (2..words.len()).find(|&index| is(index, "ADD") && is(index + 1, "CONSTRAINT"))?;
    let skipped = (2..add).find(|&index| !["ONLY", "IF", "EXISTS"].iter().any(|word| is(index, word)))?;
    let mut name = Path::parse(&sql[words[skipped].span.start..words[add - 1].span.end])?.0;
    name.push(identifier(sql, words.get(add + 2)?)?);
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let script = crate::sql::split(text).expect("splits");
        let actual = match read("a.sql", text, &script) {
            Ok(told) => told.iter().map(|it| format!("{} -> {}", it.old, it.new)).collect::<Vec<_>>().join("; "),
            Err(found) => found.iter().map(|it| it.message.clone()).collect::<Vec<_>>().join("; "),
        };
        assert_eq!(actual, expected, "of {text}");
    }

    #[test]
    fn renames_are_told_above_what_they_are_about() {
        check("-- xtask: renamed from people\nCREATE TABLE users (id int);", "people -> users");
        check("CREATE TABLE a.users (\n  id int,\n  -- xtask: renamed from mail\n  email text\n);", "mail -> a.users.email");
        check("CREATE TABLE u (\n  id int,\n  -- xtask: renamed from \"U k\"\n  CONSTRAINT k UNIQUE (id)\n);", "U k -> u.k");
        check("CREATE TABLE u (\n  -- xtask: renamed from old_k\n  CONSTRAINT k UNIQUE (id));", "old_k -> u.k");
        check("CREATE TYPE mood AS ENUM (\n  -- xtask: renamed from sad\n  'gloomy', 'ok');", "sad -> mood.gloomy");
        check("-- xtask: renamed from k\nALTER TABLE ONLY a.t ADD CONSTRAINT c CHECK (true);", "k -> a.t.c");
        check("CREATE TABLE t (id int);\n-- xtask: renamed from x", "this rename stands above nothing that has a name");
        check("-- xtask: rename x\nCREATE TABLE t (id int);", "`rename x` is not understood here");
    }
}
