//! How many rows a statement touches: few where a key says so, perhaps all where nothing does.

use super::ast::{Act, Expr, From, Kind, Name, Query};
use super::schema::{Id, Key, Relation, TypeKind};
use super::world::World;

/// How much of a table a condition lets through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Share {
    /// Nothing: the condition is false.
    None,
    /// As many as are named.
    Few,
    /// One value of a column that is no key: cannot be told.
    Some,
    /// All, or a part that grows with the table.
    Many,
}

/// The share of `table` (called `alias`) that the conditions of `query` let through.
pub(super) fn share(table: &Name, alias: Option<&str>, query: &Query, world: &World) -> Share {
    let called = alias.unwrap_or(&table.name);
    let mut conditions = Vec::new();
    query.conditions.iter().for_each(|it| flatten(it, &mut conditions));
    if conditions.iter().any(|it| truth(it) == Some(false)) {
        return Share::None;
    }
    conditions.retain(|it| truth(it) != Some(true));
    let few = few_sources(called, table, query, &conditions, world);
    if few.contains(&called.to_owned()) {
        return Share::Few;
    }
    let relation = world.find(table).known();
    if conditions.iter().any(|it| is_one_value(it, called, relation, world)) { Share::Some } else { Share::Many }
}

/// The parts of a chain of `AND`.
fn flatten<'a>(condition: &'a Expr, found: &mut Vec<&'a Expr>) {
    match condition {
        Expr::Binary(left, operator, right) if operator == "AND" => {
            flatten(left, found);
            flatten(right, found);
        }
        other => found.push(other),
    }
}

/// The value of a condition of constants.
pub(super) fn truth(condition: &Expr) -> Option<bool> {
    let constant = |it: &Expr| match it {
        Expr::Number(text) | Expr::Text(text) => Some(text.clone()),
        _ => None,
    };
    match condition {
        Expr::Bool(value) => Some(*value),
        Expr::Null => Some(false),
        Expr::Not(inner) => truth(inner).map(|it| !it),
        Expr::Binary(left, operator, right) => match operator.as_str() {
            "AND" if truth(left) == Some(false) || truth(right) == Some(false) => Some(false),
            "AND" => Some(truth(left)? && truth(right)?),
            "OR" if truth(left) == Some(true) || truth(right) == Some(true) => Some(true),
            "OR" => Some(truth(left)? || truth(right)?),
            "=" => Some(constant(left)? == constant(right)?),
            "<>" | "!=" => Some(constant(left)? != constant(right)?),
            _ => None,
        },
        _ => None,
    }
}

/// The sources of which only few rows take part, by what they are called: spreads from constants over joins by key.
fn few_sources(called: &str, table: &Name, query: &Query, conditions: &[&Expr], world: &World) -> Vec<String> {
    let mut sources: Vec<(String, Option<&Relation>, bool)> = vec![(called.to_owned(), world.find(table).known(), false)];
    for source in &query.sources {
        let (name, relation, small) = match &source.from {
            From::Table(name) => {
                (name.name.clone(), world.find(name).known(), query.parts.iter().any(|(part, act)| *part == name.name && is_bounded(act)))
            }
            From::Query(inner) => (String::new(), None, is_bounded_query(inner)),
            From::Function(call) => (String::new(), None, is_small_function(call)),
        };
        sources.push((source.alias.clone().unwrap_or(name), relation, small));
    }
    let mut few: Vec<String> = sources.iter().filter(|(_, _, small)| *small).map(|(name, ..)| name.clone()).collect();
    let alone = sources.len() == 1;
    loop {
        let next = sources.iter().find(|(name, relation, _)| !few.contains(name) && is_few(name, *relation, alone, conditions, &few));
        match next {
            Some((name, ..)) => few.push(name.clone()),
            None => return few,
        }
    }
}

fn is_few(name: &str, relation: Option<&Relation>, alone: bool, conditions: &[&Expr], few: &[String]) -> bool {
    let column_of = |it: &Expr| column(it, name, alone, relation);
    let by_key = conditions.iter().any(|condition| match condition {
        Expr::Binary(left, operator, right) if operator == "=" || operator == "IN" => {
            let pairs = [(left, right), (right, left)];
            pairs.iter().any(|(key, value)| column_of(key).is_some_and(|it| is_key(relation, &it)) && is_few_values(value, few))
        }
        _ => false,
    });
    by_key || is_narrow_range(name, relation, alone, conditions)
}

/// The column of this source that `expr` is.
fn column(expr: &Expr, source: &str, alone: bool, relation: Option<&Relation>) -> Option<String> {
    match expr {
        Expr::Column(parts) => match parts.as_slice() {
            [name] if alone || relation.is_some_and(|it| it.column(name).is_some()) => Some(name.clone()),
            [.., qualifier, name] if qualifier == source => Some(name.clone()),
            _ => None,
        },
        Expr::Cast(inner, _) => column(inner, source, alone, relation),
        _ => None,
    }
}

/// Whether one value of the column means few rows: it leads a key or an index.
fn is_key(relation: Option<&Relation>, column: &str) -> bool {
    if column == "ctid" {
        return true;
    }
    // Hardly anything is called `id` that does not tell rows apart.
    let Some(relation) = relation.filter(|_| column != "id") else { return column == "id" };
    let leads = |it: &Key| match it {
        Key::Primary(columns) | Key::Unique(columns) => columns.first().is_some_and(|it| it == column),
        _ => false,
    };
    relation.constraints.iter().any(|it| leads(&it.key)) || relation.indexed.iter().any(|it| it == column)
}

/// Constants, a variable, a column of a source of few rows, or a query that is bounded.
fn is_few_values(value: &Expr, few: &[String]) -> bool {
    match value {
        Expr::Text(_) | Expr::Number(_) | Expr::Bool(_) | Expr::Null => true,
        Expr::Column(parts) => match parts.as_slice() {
            [qualifier, _] => few.contains(qualifier) || qualifier.starts_with("xtask_hole"),
            _ => false,
        },
        Expr::List(values) | Expr::Array(values) => values.len() < 1000 && values.iter().all(|it| is_few_values(it, few)),
        Expr::Cast(inner, _) => is_few_values(inner, few),
        Expr::Call { name, arguments } if name.name == "any" => arguments.iter().all(|it| is_few_values(it, few)),
        Expr::Call { arguments, .. } => arguments.iter().all(|it| is_few_values(it, few)),
        Expr::Query(query) => is_bounded_query(query),
        Expr::Other(parts) => !parts.is_empty() && parts.iter().all(|it| is_few_values(it, few)),
        _ => false,
    }
}

/// Whether a query gives few rows whatever the tables hold.
fn is_bounded_query(query: &Query) -> bool {
    let limited = matches!(&query.limit, Some(Expr::Number(count)) if count.parse::<u64>().is_ok_and(|it| it <= 100_000));
    let limited = limited || matches!(&query.limit, Some(Expr::Column(_)));
    let aggregates = |it: &Expr| matches!(it, Expr::Call { name, .. } if matches!(name.name.as_str(), "max" | "min" | "count" | "sum"));
    let aggregate =
        !query.targets.is_empty() && query.targets.iter().all(|it| it.value.as_ref().is_some_and(aggregates)) && query.others.is_empty();
    let constants = query.values || (query.sources.is_empty() && query.arms.is_empty() && !query.targets.is_empty());
    limited || aggregate || constants
}

fn is_bounded(act: &Act) -> bool {
    if let Act::Query(query) = act { is_bounded_query(query) } else { false }
}

/// `unnest` of constants and the like; `generate_series` may be long.
fn is_small_function(call: &Expr) -> bool {
    matches!(call, Expr::Call { name, arguments } if name.name == "unnest" && arguments.iter().all(|it| is_few_values(it, &[])))
}

/// Whether both ends of a range of a key are given and lie close to each other.
fn is_narrow_range(name: &str, relation: Option<&Relation>, alone: bool, conditions: &[&Expr]) -> bool {
    let is_own_key = |it: &Expr| column(it, name, alone, relation).is_some_and(|it| is_key(relation, &it));
    let (mut low, mut high): (Option<&Expr>, Option<&Expr>) = (None, None);
    for condition in conditions {
        match condition {
            Expr::Between(subject, from, to) if is_own_key(subject) => (low, high) = (Some(&**from), Some(&**to)),
            Expr::Binary(left, operator, right) if is_own_key(left) => match operator.as_str() {
                ">" | ">=" => low = Some(right),
                "<" | "<=" => high = Some(right),
                _ => {}
            },
            _ => {}
        }
    }
    match (low, high) {
        (Some(Expr::Number(low)), Some(Expr::Number(high))) => {
            let width = high.parse::<i64>().ok().zip(low.parse::<i64>().ok()).map(|(high, low)| high.saturating_sub(low));
            width.is_some_and(|it| it <= 1000)
        }
        // Ends that a loop moves on: a batch.
        (Some(low), Some(high)) => !matches!(low, Expr::Text(_)) && !matches!(high, Expr::Text(_)),
        _ => false,
    }
}

/// `column = constant`, where the column is no key: many where the constant is what the column mostly holds, or one of few values.
fn is_one_value(condition: &Expr, called: &str, relation: Option<&Relation>, world: &World) -> bool {
    let Expr::Binary(left, operator, right) = condition else { return false };
    if !matches!(operator.as_str(), "=" | "IN") || !is_few_values(right, &[]) {
        return false;
    }
    // `lower(email) = 'a'` picks as few as `email = 'a'`.
    let inner = match &**left {
        Expr::Call { name, arguments } if matches!(name.name.as_str(), "lower" | "upper" | "trim" | "btrim") && arguments.len() == 1 => {
            &arguments[0]
        }
        other => other,
    };
    let Some(name) = column(inner, called, true, relation) else { return false };
    let Some(column) = relation.and_then(|it| it.column(&name)) else { return true };
    let is_default = column.default.as_ref().is_some_and(|it| it == &**right);
    let is_enum =
        matches!(world.schema.type_of(&column.kind.name, &world.search_path), Some((_, kind)) if matches!(kind.what, TypeKind::Enum(_)));
    !is_default && !is_enum && column.kind.name.name != "bool"
}

/// The tables in use that a query reads from end to end.
pub(super) fn reads_much(query: &Query, world: &World) -> Vec<Id> {
    let mut found = Vec::new();
    if !is_limited(query) {
        for source in &query.sources {
            if let From::Table(name) = &source.from
                && !query.parts.iter().any(|(part, _)| *part == name.name)
                && share(name, source.alias.as_deref(), &others_of(query, name), world) > Share::Few
            {
                found.extend(rows_behind(name, world));
            }
        }
    }
    let inner = query.sources.iter().filter_map(|it| if let From::Query(inner) = &it.from { Some(&**inner) } else { None });
    let parts = query.parts.iter().filter_map(|(_, it)| if let Act::Query(inner) = it { Some(&**inner) } else { None });
    inner.chain(&query.arms).chain(parts).for_each(|it| found.extend(reads_much(it, world)));
    let values = query.targets.iter().filter_map(|it| it.value.as_ref()).chain(&query.conditions).chain(&query.others);
    values.for_each(|it| expr_reads(it, world, &mut found));
    found
}

/// The same query without the source itself, so that it is not counted twice.
fn others_of(query: &Query, name: &Name) -> Query {
    let sources = query.sources.iter().filter(|it| !matches!(&it.from, From::Table(other) if other == name)).cloned().collect();
    Query { sources, conditions: query.conditions.clone(), ..Query::default() }
}

fn is_limited(query: &Query) -> bool {
    matches!(&query.limit, Some(Expr::Number(count)) if count.parse::<u64>().is_ok_and(|it| it < 1000)) && query.others.is_empty()
}

fn expr_reads(expr: &Expr, world: &World, found: &mut Vec<Id>) {
    match expr {
        Expr::Query(query) => found.extend(reads_much(query, world)),
        Expr::Call { arguments, .. } | Expr::List(arguments) | Expr::Array(arguments) | Expr::Other(arguments) => {
            arguments.iter().for_each(|it| expr_reads(it, world, found));
        }
        Expr::Cast(inner, _) | Expr::Not(inner) => expr_reads(inner, world, found),
        Expr::Binary(left, _, right) => [left, right].into_iter().for_each(|it| expr_reads(it, world, found)),
        _ => {}
    }
}

/// The tables in use whose rows a name stands for: its own, its partitions', or those of the tables below a view.
fn rows_behind(name: &Name, world: &World) -> Vec<Id> {
    let Some(relation) = world.in_use(name) else { return Vec::new() };
    match relation.kind {
        Kind::View => relation.reads.clone(),
        Kind::Table | Kind::MaterializedView => vec![relation.id],
        _ => Vec::new(),
    }
}

impl PartialOrd for Share {
    fn partial_cmp(&self, other: &Share) -> Option<std::cmp::Ordering> {
        Some((*self as u8).cmp(&(*other as u8)))
    }
}
