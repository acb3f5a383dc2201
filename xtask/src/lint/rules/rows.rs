//! Rules about statements that change rows.

use super::super::ast::{Act, Expr, Kind, Name, Query};
use super::super::case::{Case, Finding};
use super::super::rule::{Check, Rule};
use super::super::schema::mentions;
use super::super::selectivity::{Share, reads_much, share};
use crate::diagnostic::{Hazard as H, Level};

/// `UPDATE`, `DELETE`, `MERGE` over a whole table.
pub static CHANGE_ALL_ROWS: Rule = Rule {
    id: "change-all-rows",
    title: "A change of all rows in one statement",
    level: Level::Error,
    hazards: &[H::BlocksLong],
    condition: "UPDATE, DELETE or MERGE without a condition that names rows by key, or by the ends of a range of it",
    effect: "every row that it touches stays locked until the transaction ends, the table and its indexes grow, and what is deleted or overwritten is gone",
    cure: "work in batches by key, each in a transaction of its own (a DO block with COMMIT in a migration that says `-- xtask: no-transaction`)",
    bad: "CREATE TABLE account (id bigint PRIMARY KEY, status text);\n-- then\nUPDATE account SET status = 'old';",
    good: "CREATE TABLE account (id bigint PRIMARY KEY, status text);\n-- then\nUPDATE account SET status = 'old' WHERE id IN (1, 2, 3);",
    check: Check::Statement(change_all_rows),
};

/// `TRUNCATE`.
pub static TRUNCATE: Rule = Rule {
    id: "truncate",
    title: "A table that is emptied",
    level: Level::Error,
    hazards: &[H::DataLoss, H::BreaksClients],
    condition: "TRUNCATE of a table that may hold rows",
    effect: "all rows are gone, with CASCADE those of every table that points at it as well",
    cure: "say in the suppression who has looked: `-- xtask: allow truncate: …`; or rename the table and drop it later",
    bad: "CREATE TABLE account (id bigint PRIMARY KEY);\n-- then\nTRUNCATE account;",
    good: "CREATE TABLE account (id bigint PRIMARY KEY);\n-- then\n-- xtask: allow truncate: only holds what the nightly import writes\nTRUNCATE account;",
    check: Check::Statement(truncate),
};

fn truncate(case: &Case<'_>) -> Vec<Finding> {
    let Act::Truncate { tables, .. } = case.act else { return Vec::new() };
    let hit = tables.iter().filter_map(|name| case.target(name).map(|target| target.shown(name)));
    hit.map(|table| case.finding(format!("every row of {table} is gone"))).collect()
}

fn change_all_rows(case: &Case<'_>) -> Vec<Finding> {
    let found = match case.act {
        Act::Update { table, alias, query, cursor: false, sets } => {
            judge(case, table, alias.as_deref(), query, "written again", loses(case, table, sets, query))
        }
        Act::Delete { table, alias, query, cursor: false } => judge(case, table, alias.as_deref(), query, "deleted", true),
        Act::Insert { table, query, upserts: true, .. } => upsert(case, table, query),
        Act::Merge { table, alias, query, deletes, changes: true } => judge(case, table, alias.as_deref(), query, "changed", *deletes),
        _ => None,
    };
    found.into_iter().collect()
}

/// `INSERT … SELECT … ON CONFLICT DO UPDATE` over a whole table writes as many rows as it reads.
fn upsert(case: &Case<'_>, table: &Name, query: &Query) -> Option<Finding> {
    let target = case.target(table)?;
    let reads = !reads_much(query, case.world).is_empty();
    reads.then(|| case.finding(format!("rows of {} are written again for every row that the query reads", target.shown(table))))
}

/// Whether an `UPDATE` overwrites what a column held with one constant, and does not even look at it.
fn loses(case: &Case<'_>, table: &Name, sets: &[(String, Expr)], query: &Query) -> bool {
    let is_old = |column: &str| case.world.in_use(table).is_some_and(|it| it.column(column).is_some_and(|it| !it.here));
    let mut looked_at = Vec::new();
    query.conditions.iter().for_each(|it| mentions(it, &mut looked_at));
    sets.iter().any(|(column, value)| match value {
        Expr::Null => true,
        Expr::Text(_) | Expr::Number(_) | Expr::Bool(_) => is_old(column) && !looked_at.contains(column),
        _ => false,
    })
}

fn judge(case: &Case<'_>, table: &Name, alias: Option<&str>, query: &Query, what: &str, loses: bool) -> Option<Finding> {
    let target = case.target(table)?;
    let shown = target.shown(table);
    let is_table = case.world.find(table).known().is_none_or(|it| matches!(it.kind, Kind::Table | Kind::View));
    let few = share(table, alias, query, case.world);
    let many = match few {
        Share::None => return None,
        // A batch in a loop adds up, unless the loop commits.
        Share::Few if case.circumstances.looped && !case.circumstances.commits && is_batch(query) => true,
        Share::Few => return None,
        Share::Some => loses && what == "deleted",
        Share::Many => true,
    };
    if !is_table {
        return None;
    }
    let hazards: &'static [H] = match (what, loses) {
        ("deleted", _) => &[H::BlocksLong, H::DataLoss, H::BreaksClients],
        (_, true) => &[H::BlocksLong, H::DataLoss],
        _ => &[H::BlocksLong],
    };
    let finding = if many {
        case.finding(format!("all rows of {shown}, or a part that grows with it, are {what} in one statement"))
    } else {
        case.finding(format!("perhaps many rows of {shown} are {what}: the condition names no key")).level(Level::Warning)
    };
    Some(finding.hazards(hazards))
}

/// Whether a condition is a range (or a limited query) that a loop moves over the table.
fn is_batch(query: &Query) -> bool {
    fn has_range(it: &Expr) -> bool {
        match it {
            Expr::Binary(_, operator, _) if matches!(operator.as_str(), "<" | "<=" | ">" | ">=") => true,
            Expr::Binary(left, _, right) => has_range(left) || has_range(right),
            Expr::Between(..) => true,
            Expr::Query(query) => query.limit.is_some(),
            Expr::Call { arguments, .. } | Expr::Other(arguments) | Expr::Array(arguments) => arguments.iter().any(has_range),
            _ => false,
        }
    }
    query.conditions.iter().any(has_range) || query.parts.iter().any(|(_, act)| matches!(act, Act::Query(inner) if inner.limit.is_some()))
}
