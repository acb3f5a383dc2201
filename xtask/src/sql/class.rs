//! What a statement does to the transaction around it, read from its leading words.
//!
//! Only what is certain from the text counts. What only the server knows (a procedure that commits, a partitioned table that
//! is reindexed) shows up as SQLSTATE 25001, 2D000 or 55P04 when it runs.

use super::lexer::{Token, TokenKind};

/// How a statement relates to transactions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Runs inside a transaction like most.
    Plain,
    /// Changes settings of the session (`SET`, `RESET`): what follows in the file counts on it.
    Setting,
    /// Opens or ends a transaction, or moves inside one.
    Control(Control),
    /// PostgreSQL forbids it inside a transaction block.
    Bare,
    /// `COPY … FROM stdin`: its data follows in the file.
    CopyFromStdin,
}

/// A statement of transaction control.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Control {
    /// `BEGIN`, `START TRANSACTION`.
    Begin,
    /// `COMMIT`, `END`.
    Commit,
    /// `ROLLBACK`, `ABORT`.
    Rollback,
    /// `SAVEPOINT`, `RELEASE`, `ROLLBACK TO`: stays inside the transaction.
    Savepoint,
    /// `COMMIT AND CHAIN`, `PREPARE TRANSACTION` and the like, which this tool does not run.
    Unsupported,
}

/// The class of the statement that `tokens` (blanks left out) make.
#[must_use]
pub fn of(text: &str, tokens: &[Token]) -> Class {
    let words = Words { text, tokens };
    match words.at(0).as_str() {
        "BEGIN" | "START" | "COMMIT" | "END" | "ROLLBACK" | "ABORT" | "SAVEPOINT" | "RELEASE" => Class::Control(words.control()),
        "PREPARE" if words.at(1) == "TRANSACTION" => Class::Control(Control::Unsupported),
        "SET" if !matches!(words.at(1).as_str(), "LOCAL" | "TRANSACTION" | "CONSTRAINTS") => Class::Setting,
        "RESET" => Class::Setting,
        "COPY" if words.reads_stdin() => Class::CopyFromStdin,
        _ if words.is_bare() => Class::Bare,
        _ => Class::Plain,
    }
}

struct Words<'a> {
    text: &'a str,
    tokens: &'a [Token],
}

impl Words<'_> {
    /// The word at `index` in upper case; empty where there is none or it is not a bare word.
    fn at(&self, index: usize) -> String {
        match self.tokens.get(index) {
            Some(token) if token.kind == TokenKind::Word => self.text[token.span.clone()].to_ascii_uppercase(),
            _ => String::new(),
        }
    }

    /// Whether `word` stands anywhere from `from` on, outside of quotes.
    fn has(&self, from: usize, word: &str) -> bool {
        self.position(from, word).is_some()
    }

    fn position(&self, from: usize, word: &str) -> Option<usize> {
        (from..self.tokens.len()).find(|&index| {
            let token = &self.tokens[index];
            token.kind == TokenKind::Word && self.text[token.span.clone()].eq_ignore_ascii_case(word)
        })
    }

    fn control(&self) -> Control {
        let chains = || self.has(1, "CHAIN") && !self.has(1, "NO");
        match self.at(0).as_str() {
            "BEGIN" | "START" => Control::Begin,
            "SAVEPOINT" | "RELEASE" => Control::Savepoint,
            "ROLLBACK" if self.has(1, "TO") => Control::Savepoint,
            _ if self.at(1) == "PREPARED" || chains() => Control::Unsupported,
            "COMMIT" | "END" => Control::Commit,
            _ => Control::Rollback,
        }
    }

    fn reads_stdin(&self) -> bool {
        let mut depth = 0_usize;
        (1..self.tokens.len()).any(|index| {
            match self.tokens[index].kind {
                TokenKind::Open => depth += 1,
                TokenKind::Close => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth == 0 && self.at(index) == "FROM" && self.at(index + 1) == "STDIN"
        })
    }

    /// What PostgreSQL refuses in a transaction block (`PreventInTransactionBlock` in its sources).
    fn is_bare(&self) -> bool {
        let second = self.at(1);
        match (self.at(0).as_str(), second.as_str()) {
            ("VACUUM", _) | ("ALTER", "SYSTEM") => true,
            ("CREATE" | "DROP", "DATABASE" | "TABLESPACE") => true,
            ("CREATE", "UNIQUE" | "INDEX") => self.position(1, "INDEX").is_some_and(|index| self.at(index + 1) == "CONCURRENTLY"),
            ("DROP", "INDEX") => self.at(2) == "CONCURRENTLY",
            ("REINDEX", _) => self.reindexes_bare(),
            ("DISCARD", "ALL") => true,
            ("CLUSTER", "") => self.tokens.len() == 1,
            ("CLUSTER", "VERBOSE") => self.tokens.len() == 2,
            ("ALTER", "DATABASE") => self.position(2, "SET").is_some_and(|index| self.at(index + 1) == "TABLESPACE"),
            ("ALTER", "TABLE") => self.has(2, "DETACH") && self.has(2, "CONCURRENTLY"),
            ("CREATE", "SUBSCRIPTION") => !(self.switches_off("create_slot") || self.switches_off("connect")),
            _ => false,
        }
    }

    fn reindexes_bare(&self) -> bool {
        let options_end = self.tokens.iter().position(|token| token.kind == TokenKind::Close).map_or(1, |close| close + 1);
        let object = if self.tokens.get(1).is_some_and(|token| token.kind == TokenKind::Open) { options_end } else { 1 };
        let concurrently = self.at(object + 1) == "CONCURRENTLY" || self.position(1, "CONCURRENTLY").is_some_and(|index| index < object);
        concurrently || matches!(self.at(object).as_str(), "SCHEMA" | "DATABASE" | "SYSTEM")
    }

    /// Whether an option list holds `option = false`.
    fn switches_off(&self, option: &str) -> bool {
        self.position(0, option).is_some_and(|index| {
            self.tokens.get(index + 2).is_some_and(|token| {
                let value = self.text[token.span.clone()].trim_matches('\'');
                ["false", "off", "0"].iter().any(|off| value.eq_ignore_ascii_case(off))
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::split;
    use super::*;

    fn check(sql: &str, expected: Class) {
        let script = split(sql).expect("splits");
        assert_eq!(script.statements[0].class, expected, "of {sql}");
    }

    #[test]
    fn bare_is_what_postgresql_forbids_in_a_transaction() {
        for sql in [
            "create index concurrently on t (a)",
            "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a)",
            "drop index concurrently if exists i",
            "reindex table concurrently t",
            "reindex (verbose, concurrently) index i",
            "reindex (verbose) schema s",
            "vacuum (analyze) t",
            "alter table t detach partition p concurrently",
            "create database d",
            "alter system set a = 1",
            "cluster",
            "create subscription s connection '' publication p",
            "discard all",
        ] {
            check(sql, Class::Bare);
        }
    }

    #[test]
    fn plain_is_the_rest() {
        for sql in [
            "create index i on t (a)",
            "create index \"concurrently\" on t (a)",
            "refresh materialized view concurrently v",
            "comment on table t is 'vacuum'",
            "alter type e add value 'x'",
            "reindex table t",
            "cluster t using i",
            "analyze t",
            "alter table t detach partition p",
            "create subscription s connection '' publication p with (connect = false)",
            "set local a = 1",
            "create table discard (a int)",
        ] {
            check(sql, Class::Plain);
        }
    }

    #[test]
    fn control_and_settings() {
        check("begin isolation level serializable", Class::Control(Control::Begin));
        check("start transaction", Class::Control(Control::Begin));
        check("end", Class::Control(Control::Commit));
        check("rollback to savepoint a", Class::Control(Control::Savepoint));
        check("rollback work", Class::Control(Control::Rollback));
        check("commit and chain", Class::Control(Control::Unsupported));
        check("commit and no chain", Class::Control(Control::Commit));
        check("prepare transaction 'x'", Class::Control(Control::Unsupported));
        check("set search_path to a", Class::Setting);
        check("reset all", Class::Setting);
    }
}
