//! Rules about transactions: how the file runs, and what does not run so.

use super::super::ast::{Act, Kind, Statement};
use super::super::case::{Case, Finding};
use super::super::rule::{Check, Rule};
use crate::diagnostic::{Hazard as H, Level};
use crate::migration::{Migration, Run, StepKind};
use crate::sql::Class;

/// What PostgreSQL forbids in a transaction, in a file that does not say so.
pub static NOT_IN_TRANSACTION: Rule = Rule {
    id: "not-in-transaction",
    title: "A statement that PostgreSQL forbids in a transaction",
    level: Level::Error,
    hazards: &[H::FailsTxn],
    condition: "CONCURRENTLY, VACUUM, CREATE DATABASE, ALTER SYSTEM and the like in a file that does not say `-- xtask: no-transaction`, or in code",
    effect: "in a transaction it fails (25001); this tool runs such a file step by step instead, so that a failure in the middle leaves a part of it behind",
    cure: "put it into a migration of its own, with `-- xtask: no-transaction` at the top",
    bad: "CREATE TABLE account (id bigint PRIMARY KEY);\n-- then\nVACUUM account;",
    good: "CREATE TABLE account (id bigint PRIMARY KEY);\n-- then\n-- xtask: no-transaction\nVACUUM account;",
    check: Check::Statement(not_in_transaction),
};

/// `BEGIN` and `COMMIT` in a migration.
pub static OWN_TRANSACTION: Rule = Rule {
    id: "own-transaction",
    title: "A migration that opens and ends transactions itself",
    level: Level::Error,
    hazards: &[H::BreaksTxn],
    condition: "BEGIN, COMMIT or ROLLBACK in a file that does not say `-- xtask: no-transaction`",
    effect: "the file no longer happens as a whole or not at all: what an inner COMMIT has kept stays when a later statement fails",
    cure: "remove it: the file runs in a transaction of its own; or split the file",
    bad: "CREATE TABLE a (id int);\nBEGIN;\nCREATE TABLE b (id int);\nCOMMIT;",
    good: "CREATE TABLE a (id int);\nCREATE TABLE b (id int);",
    check: Check::Driver,
};

/// `COMMIT` in a `DO` block.
pub static COMMIT_IN_CODE: Rule = Rule {
    id: "commit-in-code",
    title: "COMMIT in code that runs in a transaction",
    level: Level::Error,
    hazards: &[H::FailsTxn],
    condition: "a DO block or a called procedure commits or rolls back, in a file that runs in a transaction",
    effect: "PostgreSQL refuses it (2D000)",
    cure: "write `-- xtask: no-transaction` at the top of the file",
    bad: "DO $$ BEGIN COMMIT; END $$;",
    good: "-- xtask: no-transaction\nDO $$ BEGIN COMMIT; END $$;",
    check: Check::Driver,
};

/// `CONCURRENTLY` beside other statements.
pub static CONCURRENTLY_NOT_ALONE: Rule = Rule {
    id: "concurrently-not-alone",
    title: "CONCURRENTLY beside other statements",
    level: Level::Warning,
    hazards: &[],
    condition: "CREATE, DROP or REINDEX … CONCURRENTLY in a file with other statements than its like",
    effect: "when it fails, as it may on data or a timeout, the statements before it are kept and those behind it are missing",
    cure: "give it a migration of its own",
    bad: "CREATE TABLE account (id bigint PRIMARY KEY, email text);\n-- then\n-- xtask: no-transaction\nALTER TABLE account ADD COLUMN phone text;\nCREATE INDEX CONCURRENTLY account_email ON account (email);",
    good: "CREATE TABLE account (id bigint PRIMARY KEY, email text);\n-- then\n-- xtask: no-transaction\nCREATE INDEX CONCURRENTLY account_email ON account (email);",
    check: Check::Statement(concurrently_not_alone),
};

fn is_bare(act: &Act, case: &Case<'_>) -> Option<&'static str> {
    let partitioned = |name| case.world.find(name).known().is_some_and(|it| it.partitioned);
    match act {
        Act::CreateIndex(index) if index.concurrently => Some("CREATE INDEX CONCURRENTLY"),
        Act::Drop { concurrently: true, .. } => Some("DROP INDEX CONCURRENTLY"),
        Act::Drop { kind: Kind::Database, .. } => Some("DROP DATABASE"),
        Act::Reindex { concurrently: true, .. } => Some("REINDEX CONCURRENTLY"),
        Act::Reindex { kind: Kind::Schema, .. } => Some("REINDEX of a schema, database or system"),
        Act::Reindex { kind: Kind::Table, name, .. } if partitioned(name) => Some("REINDEX of a partitioned table"),
        Act::Vacuum { .. } => Some("VACUUM"),
        Act::Cluster(None) => Some("CLUSTER of all tables"),
        Act::Cluster(Some(name)) if partitioned(name) => Some("CLUSTER of a partitioned table"),
        Act::DiscardAll => Some("DISCARD ALL"),
        Act::CreateDatabase => Some("CREATE DATABASE"),
        Act::Alter { actions, .. } => {
            let detaches = actions.iter().any(|(it, _)| matches!(it, super::super::ast::Alter::Detach { concurrently: true, .. }));
            detaches.then_some("DETACH PARTITION CONCURRENTLY")
        }
        _ => None,
    }
}

fn not_in_transaction(case: &Case<'_>) -> Vec<Finding> {
    let Some(what) = is_bare(case.act, case) else { return Vec::new() };
    if case.declared_bare && !case.transaction && !case.circumstances.code {
        return Vec::new();
    }
    vec![case.finding(format!("{what} cannot run in a transaction, and the file does not say that it runs without one"))]
}

fn is_concurrent(act: &Act) -> bool {
    match act {
        Act::CreateIndex(index) => index.concurrently,
        Act::Drop { concurrently, .. } | Act::Reindex { concurrently, .. } => *concurrently,
        _ => false,
    }
}

fn concurrently_not_alone(case: &Case<'_>) -> Vec<Finding> {
    let others =
        || case.earlier.iter().chain(case.later).filter(|it| !is_concurrent(&it.act) && !matches!(it.act, Act::Set { .. } | Act::Reset(_)));
    if !is_concurrent(case.act) || case.circumstances.code {
        return Vec::new();
    }
    let first = !case.earlier.iter().any(|it| is_concurrent(&it.act));
    let beside = first && others().next().is_some();
    if beside { vec![case.finding("this runs outside of a transaction, beside statements that could have one".into())] } else { Vec::new() }
}

/// What the way in which the file runs shows.
pub(in super::super) fn check_file(migration: &Migration, statements: &[Statement]) -> Vec<(&'static Rule, Finding)> {
    let mut found = own_transactions(migration);
    let at = |index: usize| migration.script.statements[index].span.clone();
    for (index, statement) in migration.script.statements.iter().enumerate() {
        let known = || statements.iter().any(|it| it.span.start == statement.span.start && !matches!(it.act, Act::Other));
        if statement.class == Class::Bare && !migration.header.no_transaction && !known() {
            found.push((
                &NOT_IN_TRANSACTION,
                Finding::new(&at(index), "this cannot run in a transaction, and the file does not say that it runs without one".into()),
            ));
        }
    }
    found
}

fn own_transactions(migration: &Migration) -> Vec<(&'static Rule, Finding)> {
    let at = |index: usize| migration.script.statements[index].span.clone();
    match &migration.run {
        Run::Whole { begin: Some(begin), .. } => {
            let message = "BEGIN and COMMIT around the whole file: this tool does that itself, others break on it".to_owned();
            vec![(&OWN_TRANSACTION, Finding::new(&at(*begin), message).level(Level::Info))]
        }
        Run::Journalled(steps) if !migration.header.no_transaction => {
            let own = steps.iter().filter(|it| matches!(it.kind, StepKind::Own | StepKind::RolledBack));
            own.map(|it| {
                (
                    &OWN_TRANSACTION,
                    Finding::new(&at(it.statements.end - 1), "this ends a transaction in the middle of the migration".into()),
                )
            })
            .collect()
        }
        _ => Vec::new(),
    }
}
