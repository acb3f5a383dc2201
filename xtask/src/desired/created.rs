//! What a statement makes, from its first words.

use crate::sql::{Token, TokenKind, tokens};
use std::ops::Range;

/// What a `CREATE` statement makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Created {
    /// `TABLE`, `VIEW`, …: the last word of the kind, in upper case.
    pub kind: String,
    /// The parts of its name, folded as PostgreSQL folds them.
    pub name: Vec<String>,
    /// Where the name stands in the statement.
    pub span: Range<usize>,
}

impl Created {
    /// Its name without schema.
    pub fn bare(&self) -> &str {
        self.name.last().map_or("", String::as_str)
    }
}

/// The words behind which a `CREATE` statement has its name.
const KINDS: &[&str] = &[
    "TABLE",
    "VIEW",
    "TYPE",
    "DOMAIN",
    "FUNCTION",
    "PROCEDURE",
    "AGGREGATE",
    "SEQUENCE",
    "SCHEMA",
    "EXTENSION",
    "INDEX",
    "COLLATION",
    "SERVER",
    "WRAPPER",
    "LANGUAGE",
    "CONFIGURATION",
    "DICTIONARY",
    "PARSER",
    "TEMPLATE",
    "STATISTICS",
    "PUBLICATION",
    "TRIGGER",
    "POLICY",
    "RULE",
    "CLASS",
    "FAMILY",
    "METHOD",
];

/// What `text` makes; nothing where it is no `CREATE` with a name of its own.
pub(super) fn created(text: &str) -> Option<Created> {
    let words: Vec<Token> = tokens(text, 0).filter(|it| it.kind != TokenKind::Blank).take(16).collect();
    let word = |index: usize| words.get(index).map_or(String::new(), |it| text[it.span.clone()].to_ascii_uppercase());
    if word(0) != "CREATE" {
        return None;
    }
    let at = (1..words.len().min(7)).find(|&index| KINDS.contains(&word(index).as_str()))?;
    // "CREATE INDEX ON t" has none.
    let mut next = at + 1;
    for skipped in ["CONCURRENTLY", "IF", "NOT", "EXISTS"] {
        next += usize::from(word(next) == skipped);
    }
    let start = next;
    let mut name = vec![identifier(text, words.get(next)?)?];
    while word(next + 1) == "." {
        next += 2;
        name.push(identifier(text, words.get(next)?)?);
    }
    let is_name = word(start) != "ON" || words[start].kind == TokenKind::QuotedName;
    is_name.then(|| Created { kind: word(at), name, span: words[start].span.start..words[next].span.end })
}

/// A name as PostgreSQL keeps it; nothing where the token is none.
pub(super) fn identifier(text: &str, token: &Token) -> Option<String> {
    let word = &text[token.span.clone()];
    match token.kind {
        TokenKind::Word => Some(word.to_lowercase()),
        TokenKind::QuotedName => Some(word.trim_matches('"').replace("\"\"", "\"")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read() {
        let check = |sql: &str, expected: &str| {
            let actual = created(sql).map_or(String::new(), |it| format!("{} {}", it.kind, it.name.join("|")));
            assert_eq!(actual, expected, "of {sql}");
        };
        check("create table t (a int)", "TABLE t");
        check("CREATE UNLOGGED TABLE IF NOT EXISTS App.\"T\"\"x\" (a int)", "TABLE app|T\"x");
        check("create or replace function f() returns int language sql as ''", "FUNCTION f");
        check("create materialized view a.v as select 1", "VIEW a|v");
        check("create foreign data wrapper w", "WRAPPER w");
        check("create text search configuration c (parser = default)", "CONFIGURATION c");
        check("create unique index on t (a)", "");
        check("create index concurrently i on t (a)", "INDEX i");
        check("alter table t add column a int", "");
        check("comment on table t is 'create table x'", "");
    }
}
