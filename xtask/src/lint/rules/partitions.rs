//! Rules about partitions.

use super::super::ast::{Act, Alter, Bound, Expr, Kind, Name};
use super::super::case::{Case, Finding};
use super::super::rule::{Check, Rule};
use super::super::schema::{Key, Relation};
use super::refusals::is_below;
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
    let default = case
        .world
        .schema
        .dependents(parent.id)
        .find(|it| it.parents.contains(&parent.id) && it.bound == Some(Bound::Default) && !it.here)?;
    let excluded = default.constraints.iter().any(|it| it.valid && matches!(it.key, Key::Check(_)));
    (!excluded).then(|| case.finding(format!("every row of `{}` is read for rows that belong to the new partition", default.shown())))
}

/// Whether validated checks imply the bounds, and the key holds no null.
fn is_proven(table: &Relation, key: &[String], bound: Option<&Bound>) -> bool {
    let checks = table.constraints.iter().filter(|it| it.valid);
    let conditions = checks.filter_map(|it| if let Key::Check(condition) = &it.key { Some(condition) } else { None });
    let mut parts: Vec<&Expr> = Vec::new();
    conditions.for_each(|it| conjuncts(it, &mut parts));
    let column_proven = key.iter().all(|it| table.column(it).is_none_or(|it| it.not_null) || table.proves_not_null(it));
    column_proven
        && match (key, bound) {
            ([column], Some(Bound::Range(from, to))) if from.len() == 1 && to.len() == 1 => {
                parts.iter().any(|it| starts_within(it, column, &from[0])) && parts.iter().any(|it| ends_within(it, column, &to[0]))
            }
            ([column], Some(Bound::List(values))) => parts.iter().any(|it| is_among(it, column, values)),
            (_, Some(Bound::Range(from, to))) => mention_all(&parts, key, from.iter().chain(to)),
            (_, Some(Bound::List(values))) => mention_all(&parts, key, values.iter()),
            _ => false,
        }
}

/// The parts of a chain of `AND`.
fn conjuncts<'a>(condition: &'a Expr, found: &mut Vec<&'a Expr>) {
    match condition {
        Expr::Binary(left, operator, right) if operator == "AND" => [left, right].into_iter().for_each(|it| conjuncts(it, found)),
        other => found.push(other),
    }
}

fn is_column(expr: &Expr, column: &str) -> bool {
    match expr {
        Expr::Column(parts) => parts.last().is_some_and(|it| it == column),
        Expr::Cast(inner, _) => is_column(inner, column),
        _ => false,
    }
}

fn plain(expr: &Expr) -> &Expr {
    if let Expr::Cast(inner, _) = expr { plain(inner) } else { expr }
}

/// Whether `condition` keeps the column at or above `from`.
fn starts_within(condition: &Expr, column: &str, from: &Expr) -> bool {
    let reaches = |low: &Expr| plain(low) == plain(from) || is_below(plain(from), plain(low)) == Some(true);
    match condition {
        _ if matches!(from, Expr::Column(_)) => true,
        Expr::Binary(left, operator, low) if matches!(operator.as_str(), ">=" | ">" | "=") => is_column(left, column) && reaches(low),
        Expr::Binary(low, operator, right) if matches!(operator.as_str(), "<=" | "<") => is_column(right, column) && reaches(low),
        Expr::Between(subject, low, _) => is_column(subject, column) && reaches(low),
        _ => false,
    }
}

/// Whether `condition` keeps the column below `to`.
fn ends_within(condition: &Expr, column: &str, to: &Expr) -> bool {
    let below = |high: &Expr| is_below(plain(high), plain(to)) == Some(true);
    let reaches = |high: &Expr| plain(high) == plain(to) || below(high);
    match condition {
        _ if matches!(to, Expr::Column(_)) => true,
        Expr::Binary(left, operator, high) if operator == "<" => is_column(left, column) && reaches(high),
        Expr::Binary(left, operator, high) if matches!(operator.as_str(), "<=" | "=") => is_column(left, column) && below(high),
        Expr::Binary(high, operator, right) if operator == ">" => is_column(right, column) && reaches(high),
        Expr::Between(subject, _, high) => is_column(subject, column) && below(high),
        _ => false,
    }
}

/// Whether `condition` lets nothing but some of `values` through.
fn is_among(condition: &Expr, column: &str, values: &[Expr]) -> bool {
    let known = |it: &Expr| constant(it).is_some_and(|it| values.iter().any(|value| constant(value).as_ref() == Some(&it)));
    match condition {
        Expr::Binary(left, operator, right) if is_column(left, column) && matches!(operator.as_str(), "=" | "IN") => match plain(right) {
            Expr::List(listed) | Expr::Array(listed) => listed.iter().all(known),
            Expr::Call { name, arguments } if name.name == "any" => {
                arguments.iter().all(|it| matches!(plain(it), Expr::Array(listed) if listed.iter().all(known)))
            }
            other => known(other),
        },
        _ => false,
    }
}

/// Keys of several columns: whether the checks speak of all of them and of all ends.
fn mention_all<'a>(parts: &[&Expr], key: &[String], ends: impl Iterator<Item = &'a Expr>) -> bool {
    let (mut columns, mut constants) = (Vec::new(), Vec::new());
    for part in parts.iter().filter(|it| !matches!(it, Expr::Binary(_, operator, _) if operator == "OR")) {
        super::super::schema::mentions(part, &mut columns);
        constants_of(part, &mut constants);
    }
    key.iter().all(|it| columns.contains(it)) && ends.filter_map(constant).all(|it| constants.contains(&it))
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
