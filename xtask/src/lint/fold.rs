//! Texts that PL/pgSQL puts together: what they are, or with a hole where a part is not known.

use super::ast::Expr;
use super::schema::HOLE;
use std::collections::HashMap;

/// What variables may hold.
pub(super) type Variables = HashMap<String, Vec<String>>;

/// The most texts that are followed up.
const MOST: usize = 64;

/// The texts that `expr` may be; nothing where nothing of it is known.
pub(super) fn texts(expr: &Expr, variables: &Variables) -> Option<Vec<String>> {
    match expr {
        Expr::Text(text) | Expr::Number(text) => Some(vec![text.clone()]),
        Expr::Column(parts) => variables.get(parts.last()?).cloned(),
        Expr::Cast(inner, _) => texts(inner, variables),
        Expr::Binary(left, operator, right) if operator == "||" => joined(texts(left, variables), texts(right, variables)),
        Expr::Call { name, arguments } => call(&name.name, arguments, variables),
        _ => None,
    }
}

/// Both sides; a hole for one that is not known.
fn joined(left: Option<Vec<String>>, right: Option<Vec<String>>) -> Option<Vec<String>> {
    if left.is_none() && right.is_none() {
        return None;
    }
    let hole = || vec![HOLE.to_owned()];
    let (left, right) = (left.unwrap_or_else(hole), right.unwrap_or_else(hole));
    Some(left.iter().flat_map(|left| right.iter().map(move |right| format!("{left}{right}"))).take(MOST).collect())
}

fn call(name: &str, arguments: &[Expr], variables: &Variables) -> Option<Vec<String>> {
    match name {
        "format" => format(arguments, variables),
        "concat" => arguments.iter().map(|it| texts(it, variables)).reduce(joined).flatten(),
        "quote_ident" => texts(arguments.first()?, variables).map(|it| it.iter().map(|it| quoted(it, 'I')).collect()),
        "quote_literal" => texts(arguments.first()?, variables).map(|it| it.iter().map(|it| quoted(it, 'L')).collect()),
        "lower" | "trim" | "btrim" => texts(arguments.first()?, variables),
        _ => None,
    }
}

/// `format()` with `%s`, `%I`, `%L`, `%%` and positions.
fn format(arguments: &[Expr], variables: &Variables) -> Option<Vec<String>> {
    let patterns = texts(arguments.first()?, variables)?;
    let values: Vec<Option<Vec<String>>> = arguments[1..].iter().map(|it| texts(it, variables)).collect();
    let mut results = Vec::new();
    for pattern in patterns {
        let mut made = vec![String::new()];
        let mut next = 0;
        let mut pieces = pattern.split('%');
        push(&mut made, pieces.next().unwrap_or_default());
        while let Some(piece) = pieces.next() {
            if piece.is_empty() {
                push(&mut made, "%");
                push(&mut made, pieces.next().unwrap_or_default());
                continue;
            }
            let (position, piece) = position(piece);
            let index = position.unwrap_or(next);
            next = index + 1;
            let kind = piece.chars().next().unwrap_or('s');
            let value = values.get(index).cloned().flatten().unwrap_or_else(|| vec![HOLE.to_owned()]);
            let value: Vec<String> = value.iter().map(|it| quoted(it, kind)).collect();
            made = joined(Some(made), Some(value))?;
            push(&mut made, piece.get(kind.len_utf8()..).unwrap_or_default());
        }
        results.extend(made);
    }
    results.truncate(MOST);
    Some(results)
}

fn push(texts: &mut [String], piece: &str) {
    texts.iter_mut().for_each(|it| it.push_str(piece));
}

/// `1$I` as the index 0 and `I`.
fn position(piece: &str) -> (Option<usize>, &str) {
    match piece.split_once('$') {
        Some((digits, rest)) if !digits.is_empty() && digits.bytes().all(|it| it.is_ascii_digit()) => {
            (digits.parse::<usize>().ok().and_then(|it| it.checked_sub(1)), rest)
        }
        _ => (None, piece),
    }
}

fn quoted(text: &str, kind: char) -> String {
    let is_plain = !text.is_empty() && text.chars().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '_');
    match kind {
        'I' if !is_plain => crate::sql::quote::name(text),
        'L' if text == HOLE => format!("'{text}'"),
        'L' => crate::sql::quote::literal(text),
        _ => text.to_owned(),
    }
}

/// Every text that the items of an array are, where all are known.
pub(super) fn items(expr: &Expr, variables: &Variables) -> Option<Vec<String>> {
    match expr {
        Expr::Array(values) => values.iter().map(|it| texts(it, variables).and_then(|it| it.into_iter().next())).collect(),
        Expr::Text(text) => {
            let inner = text.strip_prefix('{')?.strip_suffix('}')?;
            Some(inner.split(',').map(|it| it.trim().trim_matches('"').to_owned()).collect())
        }
        Expr::Cast(inner, _) => items(inner, variables),
        Expr::Column(parts) => variables.get(parts.last()?).cloned(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::ast::Name;
    use super::*;

    fn text(it: &str) -> Expr {
        Expr::Text(it.into())
    }

    fn check(expr: &Expr, expected: &[&str]) {
        let variables = Variables::from([("t".into(), vec!["orders".into(), "My Tags".into()])]);
        let actual = texts(expr, &variables).unwrap_or_default();
        assert_eq!(actual, expected);
    }

    #[test]
    fn texts_are_put_together() {
        let variable = || Expr::Column(vec!["t".into()]);
        let format = |arguments| Expr::Call { name: Name { schema: None, name: "format".into() }, arguments };
        check(&format(vec![text("DROP %s %I"), text("TABLE"), text("tags")]), &["DROP TABLE tags"]);
        check(&format(vec![text("DROP TABLE %I"), variable()]), &["DROP TABLE orders", "DROP TABLE \"My Tags\""]);
        check(&format(vec![text("a %% %2$s %1$L"), text("x"), text("y")]), &["a % y 'x'"]);
        check(&format(vec![text("x %I"), Expr::Column(vec!["unknown".into()])]), &["x xtask_hole"]);
        check(&Expr::Binary(Box::new(text("a ")), "||".into(), Box::new(variable())), &["a orders", "a My Tags"]);
        check(&Expr::Column(vec!["unknown".into()]), &[]);
    }
}
