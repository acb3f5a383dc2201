//! Expressions.

pub(super) use super::super::ast::Expr;
use super::super::ast::Name;
use super::{Origin, identifier, query, typename};
use crate::sql::tree::{Kind as K, Node};

/// The first expression among the children of `node`.
pub(super) fn first(node: &Node, origin: Origin<'_>) -> Option<Expr> {
    node.children().find(is_expr).map(|it| read(&it, origin))
}

/// Every expression among the children of `node`.
pub(super) fn all(node: &Node, origin: Origin<'_>) -> Vec<Expr> {
    node.children().filter(is_expr).map(|it| read(&it, origin)).collect()
}

/// Whether `node` is an expression of its own.
pub(super) fn is_expr(node: &Node) -> bool {
    let kind = node.kind();
    let plain = matches!(
        kind,
        K::LITERAL
            | K::NAME_REF
            | K::FIELD_EXPR
            | K::CALL_EXPR
            | K::CAST_EXPR
            | K::BIN_EXPR
            | K::PREFIX_EXPR
            | K::POSTFIX_EXPR
            | K::BETWEEN_EXPR
            | K::PAREN_EXPR
            | K::TUPLE_EXPR
            | K::ARRAY_EXPR
            | K::CASE_EXPR
            | K::INDEX_EXPR
            | K::SLICE_EXPR
    );
    plain || query::is_query(kind)
}

/// Reads an expression.
pub(super) fn read(node: &Node, origin: Origin<'_>) -> Expr {
    let inner = || first(node, origin).unwrap_or_else(|| Expr::Other(Vec::new()));
    match node.kind() {
        K::LITERAL => literal(node),
        K::NAME_REF => Expr::Column(vec![identifier(&node.text())]),
        K::FIELD_EXPR => field(node, origin),
        K::CALL_EXPR => call(node, origin),
        K::CAST_EXPR => Expr::Cast(Box::new(inner()), typename::of(node).unwrap_or_default()),
        K::BIN_EXPR => binary(node, origin),
        K::PREFIX_EXPR if node.has(K::NOT_KW) => Expr::Not(Box::new(inner())),
        K::POSTFIX_EXPR if node.has(K::ISNULL_KW) => Expr::Binary(Box::new(inner()), "IS".into(), Box::new(Expr::Null)),
        K::POSTFIX_EXPR if node.has(K::NOTNULL_KW) => Expr::Binary(Box::new(inner()), "IS NOT".into(), Box::new(Expr::Null)),
        K::BETWEEN_EXPR => between(node, origin),
        K::PAREN_EXPR => inner(),
        K::TUPLE_EXPR => Expr::List(all(node, origin)),
        K::ARRAY_EXPR => Expr::Array(all(node, origin)),
        kind if query::is_query(kind) => Expr::Query(Box::new(query::read(node, origin))),
        _ => Expr::Other(below(node, origin)),
    }
}

/// The expressions below `node`, through whatever stands in between.
pub(super) fn below(node: &Node, origin: Origin<'_>) -> Vec<Expr> {
    let mut found = Vec::new();
    for child in node.children() {
        if is_expr(&child) { found.push(read(&child, origin)) } else { found.extend(below(&child, origin)) }
    }
    found
}

fn literal(node: &Node) -> Expr {
    let mut text: Option<String> = None;
    for (kind, token) in node.tokens() {
        match kind {
            K::NULL_KW => return Expr::Null,
            K::TRUE_KW => return Expr::Bool(true),
            K::FALSE_KW => return Expr::Bool(false),
            K::INT_NUMBER | K::NUMERIC_NUMBER => return Expr::Number(token),
            K::POSITIONAL_PARAM => return Expr::Column(vec![token]),
            K::DEFAULT_KW => return Expr::Other(Vec::new()),
            _ => text.get_or_insert_default().push_str(&decoded(&token)),
        }
    }
    Expr::Text(text.unwrap_or_default())
}

/// The text that a string literal stands for.
pub(super) fn decoded(token: &str) -> String {
    if let Some(rest) = token.strip_prefix('$')
        && let Some(tag) = rest.find('$')
    {
        let (open, close) = (tag + 2, token.len().saturating_sub(tag + 2));
        return token.get(open..close).unwrap_or_default().to_owned();
    }
    let escaped = token.starts_with(['e', 'E']);
    let Some(open) = token.find('\'') else { return token.to_owned() };
    let inner = token.get(open + 1..token.len() - 1).unwrap_or_default().replace("''", "'");
    if escaped { inner.replace("\\'", "'").replace("\\n", "\n").replace("\\t", "\t").replace("\\\\", "\\") } else { inner }
}

fn field(node: &Node, origin: Origin<'_>) -> Expr {
    let mut parts = Vec::new();
    for child in node.children() {
        match read(&child, origin) {
            Expr::Column(names) => parts.extend(names),
            other => return Expr::Other(vec![other]),
        }
    }
    if node.has(K::STAR) {
        parts.push("*".into());
    }
    Expr::Column(parts)
}

fn call(node: &Node, origin: Origin<'_>) -> Expr {
    let Some(callee) = node.children().next() else { return Expr::Other(Vec::new()) };
    if callee.kind() == K::EXISTS_FN {
        let inner = callee.children().find(|it| query::is_query(it.kind()));
        return Expr::Exists(Box::new(inner.map(|it| query::read(&it, origin)).unwrap_or_default()));
    }
    let name = match callee.kind() {
        K::NAME_REF | K::FIELD_EXPR => match read(&callee, origin) {
            Expr::Column(mut parts) => {
                let name = parts.pop().unwrap_or_default();
                Name { schema: parts.pop().filter(|it| it != "pg_catalog"), name }
            }
            _ => return Expr::Other(below(node, origin)),
        },
        K::ANY_FN | K::SOME_FN => Name { schema: None, name: "any".into() },
        _ => return Expr::Other(below(&callee, origin)),
    };
    let mut arguments: Vec<Expr> = node.children().skip(1).flat_map(|it| below(&it, origin)).collect();
    if name.name == "any" && arguments.is_empty() {
        arguments = below(&callee, origin);
    }
    Expr::Call { name, arguments }
}

fn binary(node: &Node, origin: Origin<'_>) -> Expr {
    // Left-deep chains (`a OR b OR …`) are walked in a loop: they may be long.
    let mut spine = vec![node.clone()];
    while let Some(left) = spine.last().and_then(|it| it.children().next()).filter(|it| it.kind() == K::BIN_EXPR) {
        spine.push(left);
    }
    let deepest = spine.last().and_then(|it| it.children().next());
    let mut left = deepest.map_or(Expr::Other(Vec::new()), |it| read(&it, origin));
    for node in spine.iter().rev() {
        let right = node.children().filter(is_expr).last().map_or(Expr::Other(Vec::new()), |it| read(&it, origin));
        left = Expr::Binary(Box::new(left), operator(node), Box::new(right));
    }
    left
}

/// What stands between the operands, in upper case, with single blanks.
fn operator(node: &Node) -> String {
    let words: Vec<String> = node.middle().iter().map(|it| it.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    let text = words.join(if words.iter().all(|it| it.chars().all(char::is_alphabetic)) { " " } else { "" }).to_uppercase();
    if text.starts_with("OPERATOR") { text.trim_end_matches(')').rsplit(['.', '(']).next().unwrap_or_default().to_owned() } else { text }
}

fn between(node: &Node, origin: Origin<'_>) -> Expr {
    let mut parts = all(node, origin).into_iter();
    match (parts.next(), parts.next(), parts.next(), node.has(K::NOT_KW)) {
        (Some(subject), Some(low), Some(high), false) => Expr::Between(Box::new(subject), Box::new(low), Box::new(high)),
        (Some(subject), low, high, _) => Expr::Other([Some(subject), low, high].into_iter().flatten().collect()),
        _ => Expr::Other(Vec::new()),
    }
}
