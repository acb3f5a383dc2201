//! Values for a column, as SQL: one for each row, and where checks have a say, others to try. Pure.

/// So many rows a table gets, where its keys and checks allow.
pub(super) const ROWS: usize = 8;

/// A type as far as values need it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Type {
    /// `typname` of the type below all domains.
    pub name: String,
    /// `typtype`: `b`, `e`, `r`, `m`, `c`.
    pub kind: char,
    /// How it is written, with its length.
    pub written: String,
    /// The length or precision that was given.
    pub modifier: Option<i32>,
    pub labels: Vec<String>,
    /// Of an array its elements', of a range its bounds' type.
    pub inner: Option<Box<Type>>,
}

/// The value of row `row`: different for every row where the type has so many, and large, so that neither a seed's rows nor a condition on few
/// of the first ones meet it.
pub(super) fn value(of: &Type, row: usize) -> String {
    let number = 700_001 + row;
    match (of.kind, &of.inner) {
        ('e', _) => of.labels.get(row % of.labels.len().max(1)).map_or_else(|| "NULL".into(), |it| crate::sql::quote::literal(it)),
        ('r', Some(inner)) => format!("'[{},{})'", bare(&bound(inner, 2 * row)), bare(&bound(inner, 2 * row + 1))),
        ('m', Some(inner)) => format!("'{{{}}}'", bare(&value(&Type { kind: 'r', inner: inner.inner.clone(), ..(**inner).clone() }, row))),
        ('c', _) => format!("pg_catalog.jsonb_populate_record(NULL::{}, '{{}}')", of.written),
        (_, Some(inner)) => format!("ARRAY[{}::{}]", value(inner, row), inner.written),
        _ => match of.name.as_str() {
            "int2" => (20_001 + row).to_string(),
            "int4" | "int8" | "oid" | "xid" | "xid8" | "money" => number.to_string(),
            "numeric" => numeric(of.modifier, row),
            "float4" | "float8" => format!("{number}.5"),
            "bool" => if row.is_multiple_of(2) { "true" } else { "false" }.into(),
            "text" | "name" | "citext" => format!("'{number}'"),
            "varchar" | "bpchar" => format!("'{}'", short(of.modifier.map(|it| it - 4), number)),
            "char" => format!("'{}'", char::from(b'a' + u8::try_from(row % 26).unwrap_or_default())),
            "bit" | "varbit" => format!("B'{}'", bits(of.modifier, row)),
            _ => format!("'{}'", other(of, row)),
        },
    }
}

/// Types whose values are written in a form of their own.
fn other(of: &Type, row: usize) -> String {
    let one = row + 1;
    match of.name.as_str() {
        "date" => format!("2024-03-{one:02}"),
        "timestamp" => format!("2024-03-{one:02} 12:00:00.123456"),
        "timestamptz" => format!("2024-03-{one:02} 12:00:00.123456+00"),
        "time" => format!("12:{one:02}:00"),
        "timetz" => format!("12:{one:02}:00+00"),
        "interval" => format!("{one} hours"),
        "uuid" => format!("70000000-0000-4000-8000-{one:012}"),
        "json" | "jsonb" => format!("{{\"n\": {one}}}"),
        "bytea" => format!("{one:08}"),
        "xml" => format!("<n>{one}</n>"),
        "inet" => format!("10.0.0.{one}"),
        "cidr" => format!("10.{one}.0.0/16"),
        "macaddr" => format!("08:00:2b:01:02:{one:02}"),
        "macaddr8" => format!("08:00:2b:01:02:03:04:{one:02}"),
        "tsvector" | "tsquery" | "ltree" | "lquery" => format!("n{one}"),
        "point" => format!("({one},{one})"),
        "line" => format!("{{1,2,{one}}}"),
        "lseg" | "path" => format!("[(0,0),(1,{one})]"),
        "box" => format!("((0,0),(1,{one}))"),
        "polygon" => format!("((0,0),(1,1),(1,{one}))"),
        "circle" => format!("<(0,0),{one}>"),
        "pg_lsn" => format!("0/{one}"),
        "regclass" => "pg_class".to_owned(),
        "regtype" => "text".to_owned(),
        "hstore" => format!("n=>{one}"),
        "geometry" | "geography" => format!("POINT({one} 1)"),
        "vector" | "halfvec" => format!("[{}]", vec![one.to_string(); usize::try_from(of.modifier.unwrap_or(1)).unwrap_or(1)].join(",")),
        _ => one.to_string(),
    }
}

/// A bound of a range: bounds of one row follow each other, and ranges of two rows do not meet.
fn bound(of: &Type, step: usize) -> String {
    match of.name.as_str() {
        "int4" | "int8" | "numeric" | "float8" => (7_000_000 + 10 * step).to_string(),
        _ => other(of, step),
    }
}

/// A value without its quotes.
fn bare(value: &str) -> String {
    value.trim_matches('\'').to_owned()
}

/// A text that fits the length, different for each number as far as that goes.
fn short(length: Option<i32>, number: usize) -> String {
    let digits = number.to_string();
    let length = length.and_then(|it| usize::try_from(it).ok()).unwrap_or(digits.len()).min(digits.len());
    digits[digits.len() - length..].to_owned()
}

fn numeric(modifier: Option<i32>, row: usize) -> String {
    let Some(modifier) = modifier.filter(|it| *it >= 4) else { return format!("{}.25", 700_001 + row) };
    let (precision, scale) = (((modifier - 4) >> 16) & 0xffff, (modifier - 4) & 0x7ff);
    let digits = usize::try_from(precision - scale).unwrap_or_default().min(6);
    let whole = (700_001 + row) % 10_usize.pow(u32::try_from(digits).unwrap_or_default());
    if scale > 0 && scale < 1_000 { format!("{whole}.{}", row % 10) } else { whole.to_string() }
}

fn bits(modifier: Option<i32>, row: usize) -> String {
    let length = modifier.and_then(|it| usize::try_from(it).ok()).unwrap_or(8).max(1);
    let bits = format!("{row:0length$b}");
    bits[bits.len() - length..].to_owned()
}

/// Values to try for a column that `checks` speak of, the best first.
pub(super) fn tries(of: &Type, row: usize, checks: &[&str], limit: usize) -> Vec<String> {
    let mut all = vec![value(of, row)];
    let found: Vec<Literal> = checks.iter().flat_map(|it| literals(it)).collect();
    match of.name.as_str() {
        "int2" | "int4" | "int8" | "numeric" | "float4" | "float8" | "money" => numbers(&mut all, &found, row),
        "text" | "varchar" | "bpchar" | "citext" | "name" => texts(&mut all, &found, row),
        "date" | "timestamp" | "timestamptz" => moments(&mut all, &found, row),
        "bool" => all.extend(["true".to_owned(), "false".to_owned()]),
        "json" | "jsonb" => all.extend(["'{}'", "'[]'", "'[1]'", "'{\"a\": 1}'", "'\"a\"'", "'1'"].map(str::to_owned)),
        _ if of.kind == 'e' => all.extend((0..of.labels.len()).map(|it| value(of, row + it))),
        _ => {}
    }
    all.extend((1..16).map(|it| value(of, row + it * ROWS)).filter(|_| !matches!(of.name.as_str(), "date" | "timestamp" | "timestamptz")));
    let mut seen = std::collections::HashSet::new();
    all.retain(|it| seen.insert(it.clone()));
    all.truncate(limit);
    all
}

fn numbers(all: &mut Vec<String>, found: &[Literal], row: usize) {
    for literal in found {
        if literal.text.parse::<f64>().is_ok() {
            let n = &literal.text;
            all.extend([format!("{n} + {}", row + 1), format!("{n} - {}", row + 1), n.clone()]);
        }
    }
    all.extend([(row + 1).to_string(), "0".to_owned(), format!("-{}", row + 1), format!("0.{}", row + 1)]);
}

fn texts(all: &mut Vec<String>, found: &[Literal], row: usize) {
    let quoted = |text: &str| crate::sql::quote::literal(text);
    for literal in found.iter().filter(|it| it.is_text) {
        let plain = literal.text.replace('%', "");
        all.extend([quoted(&literal.text), quoted(&plain), quoted(&format!("{plain}{row}"))]);
    }
    for length in found.iter().filter(|it| !it.is_text).filter_map(|it| it.text.parse::<usize>().ok()).filter(|it| (1..200).contains(it)) {
        all.push(format!("'{:0>length$}'", row.to_string()));
        all.push(format!("'{:a<length$}'", char::from(b'a' + u8::try_from(row % 26).unwrap_or_default())));
    }
    let letter = char::from(b'a' + u8::try_from(row % 26).unwrap_or_default());
    all.extend([
        format!("'{letter}'"),
        format!("'{}'", letter.to_ascii_uppercase()),
        format!("'{letter}{letter}'"),
        format!("'D{}'", letter.to_ascii_uppercase()),
        format!("'EU{}'", letter.to_ascii_uppercase()),
        format!("'{letter}@example.org'"),
        format!("'https://example.org/{letter}'"),
        format!("'+491234567{row}'"),
        format!("'#aabbc{row}'"),
        format!("'a-{letter}'"),
        format!("'a_{letter}'"),
        format!("'10.0.0.{row}'"),
        format!("'2024-03-0{}'", row + 1),
        format!("'70000000-0000-4000-8000-00000000000{row}'"),
        "''".to_owned(),
    ]);
}

fn moments(all: &mut Vec<String>, found: &[Literal], row: usize) {
    for literal in found.iter().filter(|it| it.is_moment) {
        let text = crate::sql::quote::literal(&literal.text);
        all.push(format!("{text}::timestamptz + interval '{} hours'", 24 * row + 1));
        all.push(format!("{text}::timestamptz - interval '{} hours'", 24 * row + 25));
        all.push(text);
    }
    all.push(format!("now() - interval '{} days'", row + 1));
    all.push(format!("now() + interval '{} days'", row + 1));
}

/// A constant in an expression.
#[derive(Debug, PartialEq, Eq)]
struct Literal {
    text: String,
    is_text: bool,
    is_moment: bool,
}

/// The constants of an expression as PostgreSQL writes it back.
fn literals(expression: &str) -> Vec<Literal> {
    let mut found = Vec::new();
    let mut rest = expression;
    let mut before = ' ';
    while let Some(first) = rest.chars().next() {
        if first == '\'' {
            let Some((text, after)) = quoted(&rest[1..]) else { break };
            let is_moment = after.starts_with("::timestamp") || after.starts_with("::date");
            found.push(Literal { text, is_text: true, is_moment });
            rest = after;
        } else if first.is_ascii_digit() && !(before.is_alphanumeric() || before == '_') {
            let end = rest.find(|it: char| !it.is_ascii_digit() && it != '.').unwrap_or(rest.len());
            let sign = if before == '-' { "-" } else { "" };
            found.push(Literal { text: format!("{sign}{}", &rest[..end]), is_text: false, is_moment: false });
            rest = &rest[end..];
        } else {
            rest = &rest[first.len_utf8()..];
        }
        before = first;
    }
    found
}

/// A quoted text and what follows it.
fn quoted(rest: &str) -> Option<(String, &str)> {
    let mut text = String::new();
    let mut rest = rest;
    loop {
        let end = rest.find('\'')?;
        text.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        let Some(more) = rest.strip_prefix('\'') else { return Some((text, rest)) };
        text.push('\'');
        rest = more;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str, modifier: Option<i32>) -> Type {
        Type { name: name.into(), kind: 'b', written: name.into(), modifier, ..Type::default() }
    }

    #[test]
    fn values_fit_their_type() {
        let check = |of: &Type, expected: &str| assert_eq!(value(of, 1), expected, "of {}", of.name);
        check(&of("int8", None), "700002");
        check(&of("numeric", Some((3 << 16) + 2 + 4)), "2.1");
        check(&of("varchar", Some(4 + 3)), "'002'");
        check(&of("bit", Some(4)), "B'0001'");
        check(&Type { kind: 'r', inner: Some(Box::new(of("int4", None))), ..of("int4range", None) }, "'[7000020,7000030)'");
        check(&Type { inner: Some(Box::new(of("text", None))), ..of("_text", None) }, "ARRAY['700002'::text]");
        check(&Type { kind: 'e', labels: vec!["a".into(), "b".into()], ..of("mood", None) }, "'b'");
    }

    #[test]
    fn constants_of_a_check() {
        let found = literals("((status = ANY (ARRAY['it''s'::text, 'b'::text])) AND (n2 >= -5) AND (at < '2025-01-01'::date))");
        let texts: Vec<&str> = found.iter().map(|it| it.text.as_str()).collect();
        assert_eq!(texts, ["it's", "b", "-5", "2025-01-01"]);
        assert!(found[3].is_moment && !found[0].is_moment);
    }
}
