//! Sequences, on their own and behind identity columns.

use super::super::model::Object;
use super::Way;

/// What a sequence is, as its query prints it: `bigint 1 1 1 9223372036854775807 1 f`.
struct Data<'a> {
    kind: &'a str,
    start: i128,
    increment: i128,
    minimum: i128,
    maximum: i128,
    cache: i128,
    cycle: bool,
}

impl Data<'_> {
    fn parse(text: &str) -> Data<'_> {
        let mut words = text.split(' ');
        let kind = words.next().unwrap_or_default();
        let mut number = || words.next().and_then(|word| word.parse().ok()).unwrap_or(1);
        let (start, increment, minimum, maximum, cache) = (number(), number(), number(), number(), number());
        Data { kind, start, increment, minimum, maximum, cache, cycle: words.next() == Some("t") }
    }

    /// The bounds that PostgreSQL takes when none are given.
    fn bounds(&self) -> (i128, i128) {
        let (lowest, highest) = match self.kind {
            "smallint" => (i128::from(i16::MIN), i128::from(i16::MAX)),
            "integer" => (i128::from(i32::MIN), i128::from(i32::MAX)),
            _ => (i128::from(i64::MIN), i128::from(i64::MAX)),
        };
        if self.increment < 0 { (lowest, -1) } else { (1, highest) }
    }
}

/// The options that differ from what PostgreSQL takes by itself.
pub(super) fn options(text: &str) -> Vec<String> {
    let data = Data::parse(text);
    let (minimum, maximum) = data.bounds();
    let start = if data.increment < 0 { data.maximum } else { data.minimum };
    let all = [
        (data.increment != 1, format!("INCREMENT BY {}", data.increment)),
        (data.minimum != minimum, format!("MINVALUE {}", data.minimum)),
        (data.maximum != maximum, format!("MAXVALUE {}", data.maximum)),
        (data.start != start, format!("START WITH {}", data.start)),
        (data.cache != 1, format!("CACHE {}", data.cache)),
        (data.cycle, "CYCLE".to_owned()),
    ];
    all.into_iter().filter(|(needed, _)| *needed).map(|(_, text)| text).collect()
}

/// The options to alter from one to the other; the type comes first, since the bounds follow it.
pub(super) fn changes(from: &str, to: &str) -> Vec<String> {
    let (old, new) = (Data::parse(from), Data::parse(to));
    let bounds = old.kind != new.kind;
    let all = [
        (bounds, format!("AS {}", new.kind)),
        (old.increment != new.increment, format!("INCREMENT BY {}", new.increment)),
        (bounds || old.minimum != new.minimum, format!("MINVALUE {}", new.minimum)),
        (bounds || old.maximum != new.maximum, format!("MAXVALUE {}", new.maximum)),
        (old.start != new.start, format!("START WITH {}", new.start)),
        (old.cache != new.cache, format!("CACHE {}", new.cache)),
        (old.cycle != new.cycle, if new.cycle { "CYCLE" } else { "NO CYCLE" }.to_owned()),
    ];
    all.into_iter().filter(|(needed, _)| *needed).map(|(_, text)| text).collect()
}

/// The statement that brings the sequence within its new bounds, where they are tighter than the old.
pub(super) fn clamp(name: &str, from: &str, to: &str) -> Option<String> {
    let (old, new) = (Data::parse(from), Data::parse(to));
    let (low, high) = (new.minimum.max(old.minimum), new.maximum.min(old.maximum));
    let tighter = new.minimum > old.minimum || new.maximum < old.maximum;
    let within = format!("is_called AND last_value BETWEEN {low} AND {high}");
    let literal = crate::sql::quote::literal(name);
    let value = format!("least(greatest(last_value, {low}), {high})");
    (tighter && low <= high).then(|| format!("SELECT pg_catalog.setval({literal}, {value}, {within}) FROM {name}"))
}

pub(super) fn create(object: &Object) -> String {
    let data = object.get("data");
    let kind = Data::parse(data).kind;
    let unlogged = if object.get("persistence") == "u" { "UNLOGGED " } else { "" };
    let mut sql = format!("CREATE {unlogged}SEQUENCE {}", object.id.name);
    if kind != "bigint" {
        sql.push_str(&format!(" AS {kind}"));
    }
    for option in options(data) {
        sql.push_str(&format!(" {option}"));
    }
    sql
}

pub(super) fn alter(from: &Object, to: &Object) -> Way {
    let mut statements = Vec::new();
    let changes = changes(from.get("data"), to.get("data"));
    if !changes.is_empty() {
        statements.extend(clamp(&to.id.name, from.get("data"), to.get("data")));
        statements.push(format!("ALTER SEQUENCE {} {}", to.id.name, changes.join(" ")));
    }
    if from.get("persistence") != to.get("persistence") {
        let word = if to.get("persistence") == "u" { "UNLOGGED" } else { "LOGGED" };
        statements.push(format!("ALTER SEQUENCE {} SET {word}", to.id.name));
    }
    Way::InPlace(statements)
}
