//! Rules about partitions.

use super::super::ast::{Act, Alter, Bound, Expr, Kind, Name};
use super::super::case::{Case, Finding};
use super::super::rule::{Check, Rule};
use super::super::schema::{Key, Relation};
use crate::diagnostic::{Hazard as H, Level};

/// `ATTACH PARTITION` (or a new partition) that has rows verified.
pub static ATTACH_PARTITION: Rule = Rule {
    id: "attach-partition",
    title: "A partition whose rows are verified under lock",
    level: Level::Error,
    hazards: &[H::BlocksLong, H::FailsData],
    condition: "ATTACH PARTITION of a table that may hold rows without a validated CHECK that implies its bounds, or any new partition beside a DEFAULT partition",
    effect: "every row of the table (and of the DEFAULT partition) is read under ACCESS EXCLUSIVE, and one outside of the bounds fails the migration",
    cure: "add a CHECK with the bounds NOT VALID, VALIDATE it in the migration before, then ATTACH and drop the check",
    bad: "CREATE TABLE event (at date NOT NULL) PARTITION BY RANGE (at);\nCREATE TABLE event_2026 (at date NOT NULL);\n-- then\nALTER TABLE event ATTACH PARTITION event_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');",
    good: "CREATE TABLE event (at date NOT NULL) PARTITION BY RANGE (at);\nCREATE TABLE event_2026 (at date NOT NULL, CHECK (at >= '2026-01-01' AND at < '2027-01-01'));\n-- then\nALTER TABLE event ATTACH PARTITION event_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');",
    check: Check::Statement(attach_partition),
};

fn attach_partition(case: &Case<'_>) -> Vec<Finding> {
    match case.act {
        Act::Alter { kind: Kind::Table, name, actions, .. } => {
            let attached = actions
                .iter()
                .filter_map(|(action, _)| if let Alter::Attach { table, bound } = action { Some((table, bound)) } else { None });
            attached.flat_map(|(table, bound)| attach(case, name, table, bound.as_ref())).collect()
        }
        Act::CreateTable(table) => {
            table.partition_of.iter().flat_map(|(parent, bound)| beside_default(case, parent, bound.as_ref())).collect()
        }
        _ => Vec::new(),
    }
}

fn attach(case: &Case<'_>, parent: &Name, table: &Name, bound: Option<&Bound>) -> Vec<Finding> {
    let mut found: Vec<Finding> = beside_default(case, parent, bound).into_iter().collect();
    if let Some(relation) = case.world.in_use(table) {
        let key = case.world.find(parent).known().map(|it| it.partition_key.clone()).unwrap_or_default();
        if !is_proven(relation, &key, bound) {
            found.push(case.finding(format!("every row of `{}` is read to see that it fits the bounds", relation.shown())));
        }
    }
    found
}

/// A DEFAULT partition is read for rows that would belong to the new one.
fn beside_default(case: &Case<'_>, parent: &Name, bound: Option<&Bound>) -> Option<Finding> {
    let parent = case.world.in_use(parent).filter(|_| bound != Some(&Bound::Default))?;
    let default =
        case.world.schema.relations().find(|it| it.parents.contains(&parent.id) && it.bound == Some(Bound::Default) && !it.here)?;
    let excluded = default.constraints.iter().any(|it| it.valid && matches!(it.key, Key::Check(_)));
    (!excluded).then(|| case.finding(format!("every row of `{}` is read for rows that belong to the new partition", default.shown())))
}

/// Whether a validated check on the partition key, with the very bounds, stands on the table, and its key holds no null.
fn is_proven(table: &Relation, key: &[String], bound: Option<&Bound>) -> bool {
    let values: Vec<&Expr> = match bound {
        Some(Bound::Range(from, to)) => from.iter().chain(to).collect(),
        Some(Bound::List(values)) => values.iter().collect(),
        Some(Bound::Default | Bound::Hash) | None => return false,
    };
    let values: Vec<String> = values.into_iter().filter_map(constant).collect();
    let column_proven = key.iter().all(|it| table.column(it).is_none_or(|it| it.not_null) || table.proves_not_null(it));
    let proves = |condition: &Expr| {
        let (mut columns, mut constants) = (Vec::new(), Vec::new());
        super::super::schema::mentions(condition, &mut columns);
        constants_of(condition, &mut constants);
        key.iter().all(|it| columns.contains(it)) && values.iter().all(|it| constants.contains(it))
    };
    let checks = table.constraints.iter().filter(|it| it.valid);
    let conditions: Vec<&Expr> = checks.filter_map(|it| if let Key::Check(condition) = &it.key { Some(condition) } else { None }).collect();
    column_proven && (conditions.iter().any(|it| proves(it)) || proves_together(&conditions, &values, key))
}

/// The bounds may be spread over several checks.
fn proves_together(conditions: &[&Expr], values: &[String], key: &[String]) -> bool {
    let (mut columns, mut constants) = (Vec::new(), Vec::new());
    for condition in conditions {
        super::super::schema::mentions(condition, &mut columns);
        constants_of(condition, &mut constants);
    }
    key.iter().all(|it| columns.contains(it)) && values.iter().all(|it| constants.contains(it))
}

fn constant(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Text(text) | Expr::Number(text) => Some(text.clone()),
        Expr::Cast(inner, _) => constant(inner),
        _ => None,
    }
}

fn constants_of(expr: &Expr, found: &mut Vec<String>) {
    match expr {
        Expr::Binary(left, _, right) => [left, right].into_iter().for_each(|it| constants_of(it, found)),
        Expr::Between(a, b, c) => [a, b, c].into_iter().for_each(|it| constants_of(it, found)),
        Expr::List(values) | Expr::Array(values) | Expr::Call { arguments: values, .. } | Expr::Other(values) => {
            values.iter().for_each(|it| constants_of(it, found));
        }
        Expr::Not(inner) => constants_of(inner, found),
        other => found.extend(constant(other)),
    }
}
