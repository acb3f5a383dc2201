//! Rules about indexes and about whatever builds a table's files anew.

use super::super::ast::{Act, Alter, Kind};
use super::super::case::{Case, Finding, Target};
use super::super::rule::{Check, Rule};
use crate::diagnostic::{Hazard as H, Level};

/// `CREATE INDEX` without `CONCURRENTLY`.
pub static CREATE_INDEX: Rule = Rule {
    id: "create-index",
    title: "An index that is built under lock",
    level: Level::Error,
    hazards: &[H::BlocksLong],
    condition: "CREATE INDEX without CONCURRENTLY on a table that may hold rows",
    effect: "the table is read and the index built under SHARE: nobody writes to the table until that is done",
    cure: "write CREATE INDEX CONCURRENTLY in a migration of its own that says `-- xtask: no-transaction`; for a partitioned table, ON ONLY and one index a partition",
    bad: "CREATE TABLE account (id bigint PRIMARY KEY, email text);\n-- then\nCREATE INDEX account_email ON account (email);",
    good: "CREATE TABLE account (id bigint PRIMARY KEY, email text);\n-- then\n-- xtask: no-transaction\nCREATE INDEX CONCURRENTLY account_email ON account (email);",
    check: Check::Statement(create_index),
};

/// `CREATE UNIQUE INDEX CONCURRENTLY`.
pub static CREATE_UNIQUE_INDEX: Rule = Rule {
    id: "create-unique-index",
    title: "A unique index over rows that exist",
    level: Level::Warning,
    hazards: &[H::FailsData],
    condition: "CREATE UNIQUE INDEX CONCURRENTLY on a table that may hold rows",
    effect: "a double value fails it (23505) and leaves an INVALID index behind, which writers still maintain",
    cure: "look for double values first; after a failure run the migration again, which drops the invalid index",
    bad: "CREATE TABLE account (id bigint PRIMARY KEY, email text);\n-- then\n-- xtask: no-transaction\nCREATE UNIQUE INDEX CONCURRENTLY account_email ON account (email);",
    good: "CREATE TABLE account (id bigint PRIMARY KEY, email text);\n-- then\n-- xtask: no-transaction\nCREATE INDEX CONCURRENTLY account_email ON account (email);",
    check: Check::Statement(create_unique_index),
};

/// `REINDEX` without `CONCURRENTLY`.
pub static REINDEX: Rule = Rule {
    id: "reindex",
    title: "An index that is built again under lock",
    level: Level::Error,
    hazards: &[H::BlocksLong],
    condition: "REINDEX without CONCURRENTLY on a table in use",
    effect: "nobody writes to the table until every index is built, and nobody reads through the index that is at work",
    cure: "write REINDEX … CONCURRENTLY in a migration of its own that says `-- xtask: no-transaction`",
    bad: "CREATE TABLE account (id bigint PRIMARY KEY);\n-- then\nREINDEX TABLE account;",
    good: "CREATE TABLE account (id bigint PRIMARY KEY);\n-- then\n-- xtask: no-transaction\nREINDEX TABLE CONCURRENTLY account;",
    check: Check::Statement(reindex),
};

/// `CLUSTER`, `VACUUM FULL`, `SET LOGGED` and the like.
pub static REWRITE_TABLE: Rule = Rule {
    id: "rewrite-table",
    title: "A table that is written again as a whole",
    level: Level::Error,
    hazards: &[H::BlocksLong],
    condition: "CLUSTER, VACUUM FULL, SET LOGGED, SET UNLOGGED, SET TABLESPACE or SET ACCESS METHOD on a table in use",
    effect: "the whole table is copied under ACCESS EXCLUSIVE: nobody reads or writes it until that is done",
    cure: "do it in a maintenance window, or with pg_repack; plain VACUUM blocks nobody",
    bad: "CREATE TABLE account (id bigint PRIMARY KEY);\n-- then\nALTER TABLE account SET UNLOGGED;",
    good: "CREATE TABLE account (id bigint PRIMARY KEY);\n-- then\nALTER TABLE account SET (fillfactor = 80);",
    check: Check::Statement(rewrite_table),
};

/// `REFRESH MATERIALIZED VIEW` without `CONCURRENTLY`.
pub static REFRESH_VIEW: Rule = Rule {
    id: "refresh-view",
    title: "A materialized view that is refreshed under lock",
    level: Level::Error,
    hazards: &[H::BlocksLong],
    condition: "REFRESH MATERIALIZED VIEW without CONCURRENTLY on a view in use",
    effect: "nobody reads the view while its query runs",
    cure: "give it a unique index and write REFRESH MATERIALIZED VIEW CONCURRENTLY",
    bad: "CREATE MATERIALIZED VIEW total AS SELECT 1 AS n;\n-- then\nREFRESH MATERIALIZED VIEW total;",
    good: "CREATE MATERIALIZED VIEW total AS SELECT 1 AS n;\nCREATE UNIQUE INDEX ON total (n);\n-- then\nREFRESH MATERIALIZED VIEW CONCURRENTLY total;",
    check: Check::Statement(refresh_view),
};

fn create_index(case: &Case<'_>) -> Vec<Finding> {
    let Act::CreateIndex(index) = case.act else { return Vec::new() };
    let Some(target) = case.target(&index.table).filter(|_| !index.concurrently) else { return Vec::new() };
    let exists = index.if_not_exists && index.name.as_ref().is_some_and(|it| case.world.find(it).known().is_some());
    // Nobody writes to a materialized view, and readers do not wait.
    let is_view = matches!(target, Target::InUse(relation) if relation.kind == Kind::MaterializedView);
    let is_frame = index.only && matches!(target, Target::InUse(relation) if relation.partitioned);
    if exists || is_frame || is_view {
        return Vec::new();
    }
    let finding = case.finding(format!("nobody can write to {} while the index is built", target.shown(&index.table)));
    vec![if index.unique { finding.hazards(&[H::BlocksLong, H::FailsData]) } else { finding }]
}

fn create_unique_index(case: &Case<'_>) -> Vec<Finding> {
    let Act::CreateIndex(index) = case.act else { return Vec::new() };
    let target = case.target(&index.table).filter(|_| index.concurrently && index.unique);
    target
        .map(|it| case.finding(format!("a double value in {} fails the index and leaves it invalid", it.shown(&index.table))))
        .into_iter()
        .collect()
}

fn reindex(case: &Case<'_>) -> Vec<Finding> {
    let Act::Reindex { kind, name, concurrently: false } = case.act else { return Vec::new() };
    if *kind == Kind::Schema {
        return vec![case.finding(format!("nobody can write to the tables of `{name}` while their indexes are built"))];
    }
    let Some(target) = case.target(name) else { return Vec::new() };
    vec![case.finding(format!("nobody can write to the table of {} while it is built", target.shown(name)))]
}

fn rewrite_table(case: &Case<'_>) -> Vec<Finding> {
    let rewritten = |name: &super::super::ast::Name, how: &str| {
        let target = case.target(name).filter(|it| !is_so_already(*it, how));
        target.map(|it| case.finding(format!("{how} writes all of {} again while nobody can read it", it.shown(name))))
    };
    match case.act {
        Act::Cluster(Some(name)) => rewritten(name, "CLUSTER").into_iter().collect(),
        Act::Cluster(None) => vec![case.finding("CLUSTER writes every clustered table again while nobody can read it".into())],
        Act::Vacuum { tables, full: true } if tables.is_empty() => {
            vec![case.finding("VACUUM FULL writes every table again while nobody can read it".into())]
        }
        Act::Vacuum { tables, full: true } => tables.iter().filter_map(|it| rewritten(it, "VACUUM FULL")).collect(),
        Act::AlterAll => vec![case.finding("every table of the tablespace is copied while nobody can read it".into())],
        Act::Alter { kind: Kind::Table | Kind::MaterializedView | Kind::Index, name, actions, .. } => {
            let hows = actions.iter().filter_map(|(action, _)| if let Alter::Rewrite(how) = action { Some(*how) } else { None });
            hows.filter_map(|how| rewritten(name, how)).collect()
        }
        _ => Vec::new(),
    }
}

/// Whether the table is logged, or unlogged, as it is.
fn is_so_already(target: Target<'_>, how: &str) -> bool {
    match target {
        Target::InUse(relation) => (how == "SET LOGGED" && !relation.unlogged) || (how == "SET UNLOGGED" && relation.unlogged),
        Target::Unknown => false,
    }
}

fn refresh_view(case: &Case<'_>) -> Vec<Finding> {
    let Act::Refresh { name, concurrently: false } = case.act else { return Vec::new() };
    case.target(name).map(|it| case.finding(format!("nobody can read {} while its query runs", it.shown(name)))).into_iter().collect()
}
