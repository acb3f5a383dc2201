//! Queries and the statements that change rows.

use super::super::ast::{Act, CreateTable, From, Query, Source, Target};
use super::{Origin, expr, identifier, name, name_in, word_in};
use crate::sql::tree::{Kind as K, Node};

/// Whether a node of this kind gives rows.
pub(super) fn is_query(kind: K) -> bool {
    matches!(kind, K::SELECT | K::SELECT_INTO | K::COMPOUND_SELECT | K::PAREN_SELECT | K::VALUES | K::TABLE)
}

pub(super) fn act(node: &Node, origin: Origin<'_>) -> Option<Act> {
    Some(match node.kind() {
        K::SELECT_INTO => select_into(node, origin),
        K::INSERT => insert(node, origin),
        K::UPDATE => update(node, origin),
        K::DELETE => delete(node, origin),
        K::MERGE => merge(node, origin),
        K::COPY => copy(node, origin),
        K::EXPLAIN => {
            let inner = node.children().find_map(|it| act(&it, origin)).unwrap_or(Act::Other);
            Act::Explain(Box::new(inner), node.has(K::EXPLAIN_ANALYZE) || node.text().to_lowercase().contains("analyze"))
        }
        kind if is_query(kind) => Act::Query(Box::new(read(node, origin))),
        _ => return None,
    })
}

/// Reads a query of any form.
pub(super) fn read(node: &Node, origin: Origin<'_>) -> Query {
    let mut query = Query::default();
    fill(&mut query, node, origin);
    query
}

fn fill(query: &mut Query, node: &Node, origin: Origin<'_>) {
    if node.kind() == K::VALUES {
        query.values = true;
    }
    for child in node.children() {
        match child.kind() {
            K::WITH_CLAUSE => query.parts.extend(parts(&child, origin)),
            K::SELECT_CLAUSE => targets(query, &child, origin),
            K::FROM_CLAUSE | K::USING_CLAUSE | K::USING_ON_CLAUSE => sources(query, &child, origin),
            K::WHERE_CLAUSE => query.conditions.extend(expr::all(&child, origin)),
            K::LIMIT_CLAUSE | K::FETCH_CLAUSE => query.limit = expr::first(&child, origin),
            K::LOCKING_CLAUSE => query.locks_rows = true,
            K::RELATION_NAME if node.kind() == K::TABLE => {
                query.sources.push(Source { from: From::Table(name(&child)), alias: None });
            }
            kind if is_query(kind) => arm(query, node.kind(), read(&child, origin)),
            // Rows of constants are many and say nothing.
            K::ROW_LIST => {
                let calls = child.children().take(100).flat_map(|row| expr::all(&row, origin));
                query.others.extend(calls.filter(|it| !matches!(it, expr::Expr::Text(_) | expr::Expr::Number(_) | expr::Expr::Null)));
            }
            _ => query.others.extend(expr::below(&child, origin)),
        }
    }
}

/// A query in parentheses is its content; the first arm of a `UNION` is the query, the others are its arms.
fn arm(query: &mut Query, outer: K, inner: Query) {
    let fresh = query.sources.is_empty() && query.targets.is_empty() && query.arms.is_empty() && !query.values;
    if matches!(outer, K::COMPOUND_SELECT | K::PAREN_SELECT) && fresh {
        let parts = std::mem::take(&mut query.parts);
        *query = inner;
        query.parts.splice(0..0, parts);
    } else {
        query.arms.push(inner);
    }
}

/// The parts of `WITH`.
fn parts(node: &Node, origin: Origin<'_>) -> Vec<(String, Act)> {
    let part = |it: Node| {
        let inner = it.children().find_map(|child| act(&child, origin)).unwrap_or(Act::Other);
        (word_in(&it, K::CTE_NAME).unwrap_or_default(), inner)
    };
    node.all(K::WITH_TABLE).map(part).collect()
}

fn targets(query: &mut Query, node: &Node, origin: Origin<'_>) {
    for target in node.all(K::TARGET_LIST).flat_map(|it| it.all(K::TARGET)) {
        let named = target.child(K::AS_NAME);
        let alias = named.map(|it| it.children().last().map_or_else(|| it.text(), |inner| inner.text())).map(|it| identifier(&it));
        query.targets.push(Target { alias, value: expr::first(&target, origin) });
    }
}

fn sources(query: &mut Query, node: &Node, origin: Origin<'_>) {
    for child in node.children() {
        let alias = child.child(K::FROM_ALIAS).and_then(|it| word_in(&it, K::TABLE_ALIAS));
        let mut push = |from| query.sources.push(Source { from, alias: alias.clone() });
        match child.kind() {
            K::RELATION_FROM_ITEM => push(From::Table(name_in(&child, K::RELATION_NAME_REF).unwrap_or_default())),
            K::FUNCTION_FROM_ITEM | K::EXPR_FROM_ITEM => {
                for call in expr::all(&child, origin) {
                    push(From::Function(call));
                }
            }
            K::PAREN_FROM_ITEM => match child.children().find(|it| is_query(it.kind())) {
                Some(inner) => push(From::Query(Box::new(read(&inner, origin)))),
                None => sources(query, &child, origin),
            },
            K::ON_CLAUSE => query.conditions.extend(expr::all(&child, origin)),
            K::FROM_ALIAS => {}
            _ => sources(query, &child, origin),
        }
    }
}

fn select_into(node: &Node, origin: Origin<'_>) -> Act {
    let target = node.child(K::INTO_CLAUSE).and_then(|it| name_in(&it, K::TABLE_NAME)).unwrap_or_default();
    Act::CreateTable(Box::new(CreateTable { name: target, query: Some(read(node, origin)), ..CreateTable::default() }))
}

/// The columns that an `INSERT` names.
fn columns(node: &Node) -> Vec<String> {
    let list = node.all(K::COLUMN_TARGET_LIST).flat_map(|it| it.all(K::COLUMN_TARGET));
    list.filter_map(|it| word_in(&it, K::COLUMN_NAME_REF)).collect()
}

fn insert(node: &Node, origin: Origin<'_>) -> Act {
    let source = node.children().find(|it| is_query(it.kind()));
    let rows = source.as_ref().and_then(|it| it.child(K::ROW_LIST)).map_or(1, |it| it.children().count());
    let mut query = source.map(|it| read(&it, origin)).unwrap_or_default();
    if let Some(with) = node.child(K::WITH_CLAUSE) {
        query.parts.extend(parts(&with, origin));
    }
    query.others.extend(node.all(K::ON_CONFLICT_CLAUSE).flat_map(|it| expr::below(&it, origin)));
    let table = name_in(node, K::RELATION_NAME_REF).unwrap_or_default();
    Act::Insert { table, columns: columns(node), query: Box::new(query), rows }
}

fn alias(node: &Node) -> Option<String> {
    [K::OPTIONAL_AS_ALIAS, K::REQUIRED_AS_ALIAS].into_iter().find_map(|kind| node.child(kind)).and_then(|it| word_in(&it, K::TABLE_ALIAS))
}

fn update(node: &Node, origin: Origin<'_>) -> Act {
    let mut sets = Vec::new();
    for column in node.all(K::SET_CLAUSE).flat_map(|it| it.all(K::SET_COLUMN_LIST)).flat_map(|it| it.all(K::SET_SINGLE_COLUMN)) {
        let target = column.child(K::COLUMN_TARGET).and_then(|it| word_in(&it, K::COLUMN_NAME_REF)).unwrap_or_default();
        let value = expr::below(&column, origin).pop().unwrap_or(expr::Expr::Null);
        sets.push((target, value));
    }
    let table = name_in(node, K::RELATION_NAME).unwrap_or_default();
    let cursor = node.has(K::WHERE_CURRENT_OF);
    Act::Update { table, alias: alias(node), sets, query: Box::new(read(node, origin)), cursor }
}

fn delete(node: &Node, origin: Origin<'_>) -> Act {
    let table = name_in(node, K::RELATION_NAME).unwrap_or_default();
    Act::Delete { table, alias: alias(node), query: Box::new(read(node, origin)), cursor: node.has(K::WHERE_CURRENT_OF) }
}

fn merge(node: &Node, origin: Origin<'_>) -> Act {
    let holds = |kind: K| node.children().any(|it| it.has(kind));
    let deletes = holds(K::MERGE_DELETE);
    Act::Merge {
        table: name_in(node, K::TABLE_RELATION_NAME).unwrap_or_default(),
        alias: alias(node),
        query: Box::new(read(node, origin)),
        deletes,
        changes: deletes || holds(K::MERGE_UPDATE),
    }
}

fn copy(node: &Node, origin: Origin<'_>) -> Act {
    let table = node.child(K::COPY_TABLE).and_then(|it| name_in(&it, K::TABLE_NAME_REF));
    let query = node.child(K::COPY_QUERY).map(|it| Box::new(read(&it, origin)));
    Act::Copy { table, from: node.has(K::COPY_FROM), query }
}
