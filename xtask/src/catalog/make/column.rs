//! Columns and their defaults.

use super::super::model::{Catalog, Kind, Object};
use super::{Scene, Way, options, sequence};
use crate::sql::quote;

/// Whether a NOT NULL constraint is given its name although PostgreSQL would choose the same.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Naming {
    /// Only where PostgreSQL would choose another one.
    Usual,
    /// Always: an old table still has the usual name.
    Always,
}

/// `name type …` as `CREATE TABLE` and `ADD COLUMN` write it.
pub(super) fn definition(column: &Object, default: &str, naming: Naming) -> String {
    let mut sql = format!("{} {}", column.id.name, column.get("type"));
    if column.has("fdw_options") {
        sql.push_str(&options::foreign(column.get("fdw_options")));
    }
    if column.has("collation") {
        sql.push_str(&format!(" COLLATE {}", column.get("collation")));
    }
    if column.has("compression") {
        sql.push_str(&format!(" COMPRESSION {}", compression(column)));
    }
    if !default.is_empty() {
        sql.push_str(&format!(" DEFAULT {default}"));
    }
    if column.has("generated") {
        let how = if column.get("generated") == "s" { "STORED" } else { "VIRTUAL" };
        sql.push_str(&format!(" GENERATED ALWAYS AS ({}) {how}", column.get("expression")));
    }
    if column.has("identity") {
        sql.push_str(&identity(column));
    }
    if column.has("not_null") && !waits_for_rows(column) {
        let always = Some(column.get("not_null_name")).filter(|it| naming == Naming::Always && !it.is_empty());
        match not_null_name(column).or(always) {
            Some(name) => sql.push_str(&format!(" CONSTRAINT {name} NOT NULL{}", column.get("not_null_extra"))),
            None => sql.push_str(" NOT NULL"),
        }
    }
    sql
}

/// Whether the rows that are there may hold nulls: a NOT NULL that is not valid can only be added to a table.
fn waits_for_rows(column: &Object) -> bool {
    column.get("not_null_extra").contains("NOT VALID")
}

fn compression(column: &Object) -> &'static str {
    match column.get("compression") {
        "p" => "pglz",
        "l" => "lz4",
        _ => "default",
    }
}

/// The name of the NOT NULL constraint, where PostgreSQL would not choose it by itself.
fn not_null_name(column: &Object) -> Option<&str> {
    let name = column.get("not_null_name");
    let table = column.id.of.strip_prefix(&format!("{}.", column.schema)).unwrap_or(&column.id.of);
    let usual = format!("{table}_{}_not_null", column.id.name);
    let is_usual = usual == name && usual.len() < 64;
    (!name.is_empty() && (!is_usual || column.has("not_null_extra"))).then_some(name)
}

fn identity(column: &Object) -> String {
    let how = if column.get("identity") == "a" { "ALWAYS" } else { "BY DEFAULT" };
    let mut details = sequence::options(column.get("sequence_data"));
    let (table, usual) = (column.id.of.as_str(), format!("{}_{}_seq", column.id.of, column.id.name));
    if usual != column.get("sequence") || table.len() > 50 || usual.contains('"') {
        details.insert(0, format!("SEQUENCE NAME {}", column.get("sequence")));
    }
    let details = if details.is_empty() { String::new() } else { format!(" ({})", details.join(" ")) };
    format!(" GENERATED {how} AS IDENTITY{details}")
}

/// The statements that add the column to a table that is there.
pub fn add(scene: Scene<'_>, column: &Object, default: &str) -> Vec<String> {
    // A new partition may have taken the name that PostgreSQL would choose.
    let is_shared = scene.to.find(Kind::Table, "", &column.id.of).is_some_and(|it| it.has("partition_key"));
    let naming = if is_shared { Naming::Always } else { Naming::Usual };
    let mut statements = vec![format!("ALTER TABLE {} ADD COLUMN {}", column.id.of, definition(column, default, naming))];
    statements.extend(extras(column));
    statements
}

/// What is left to say of a column that came with the type of its table.
pub fn settle(column: &Object) -> Vec<String> {
    let not_null = (column.has("not_null") && !waits_for_rows(column)).then(|| set_not_null(column));
    not_null.into_iter().chain(extras(column)).collect()
}

/// What neither `CREATE TABLE` nor `ADD COLUMN` can say.
pub(super) fn extras(column: &Object) -> Vec<String> {
    let mut statements = Vec::new();
    if waits_for_rows(column) {
        statements.push(set_not_null(column));
    }
    statements.extend(not_null_comment(None, column));
    if column.has("storage") {
        statements.push(format!("{} SET STORAGE {}", target(column), storage(column.get("storage"), 0)));
    }
    if column.has("statistics") {
        statements.push(format!("{} SET STATISTICS {}", target(column), column.get("statistics")));
    }
    statements.extend(options::changes(&target(column), "", "", column.get("options")));
    statements
}

fn target(column: &Object) -> String {
    format!("ALTER TABLE ONLY {} ALTER COLUMN {}", column.id.of, column.id.name)
}

/// The storage that letter `at` stands for: 0 is the column's, 1 its type's.
fn storage(letters: &str, at: usize) -> &'static str {
    match letters.as_bytes().get(at) {
        Some(b'p') => "PLAIN",
        Some(b'e') => "EXTERNAL",
        Some(b'm') => "MAIN",
        _ => "EXTENDED",
    }
}

pub(super) fn set_default(object: &Object) -> String {
    let (word, only) = if object.id.kind == Kind::ViewDefault { ("VIEW", "") } else { ("TABLE", "ONLY ") };
    format!("ALTER {word} {only}{} ALTER COLUMN {} SET DEFAULT {}", object.id.of, object.id.name, object.get("expression"))
}

pub(super) fn drop_default(object: &Object) -> String {
    let (word, only) = if object.id.kind == Kind::ViewDefault { ("VIEW", "") } else { ("TABLE", "ONLY ") };
    format!("ALTER {word} {only}{} ALTER COLUMN {} DROP DEFAULT", object.id.of, object.id.name)
}

pub(super) fn alter(scene: Scene<'_>, from: &Object, to: &Object) -> Way {
    let settled = |column: &Object| super::text::settle(column.get("expression"));
    let becomes_plain = from.get("generated") == "s" && !to.has("generated");
    let rewrites = settled(from) != settled(to) && from.get("generated") == to.get("generated") && scene.from.version >= 17;
    if (from.get("generated") != to.get("generated") || settled(from) != settled(to)) && !becomes_plain && !rewrites {
        return Way::Rebuild;
    }
    let retypes = ["type", "collation"].iter().any(|name| from.get(name) != to.get(name));
    if retypes && to.has("generated") {
        return Way::Rebuild;
    }
    let mut statements = Vec::new();
    if becomes_plain {
        statements.push(format!("ALTER TABLE {} ALTER COLUMN {} DROP EXPRESSION", to.id.of, to.id.name));
    }
    if from.has("identity") && !to.has("identity") {
        statements.push(format!("ALTER TABLE {} ALTER COLUMN {} DROP IDENTITY", to.id.of, to.id.name));
    }
    if retypes && !comes_with_type(scene, to) {
        statements.push(retype(scene, from, to));
    }
    if rewrites {
        statements.push(format!("ALTER TABLE {} ALTER COLUMN {} SET EXPRESSION AS ({})", to.id.of, to.id.name, to.get("expression")));
    }
    statements.extend(not_null(from, to));
    statements.extend(not_null_comment(Some(from).filter(|it| it.has("not_null")), to));
    statements.extend(identity_changes(from, to));
    statements.extend(details(from, to, retypes));
    if retypes { Way::Retype(statements) } else { Way::InPlace(statements) }
}

/// Whether the table of a column is one `OF` a type, before and after: what its columns are changes with that.
fn comes_with_type(scene: Scene<'_>, column: &Object) -> bool {
    let of = |catalog: &Catalog| catalog.find(Kind::Table, "", &column.id.of).is_some_and(|it| it.has("of_type"));
    of(scene.from) && of(scene.to)
}

/// `ALTER COLUMN … TYPE`, with the values cast through text where no cast is sure to be there.
pub fn retype(scene: Scene<'_>, from: &Object, to: &Object) -> String {
    let name = &to.id.name;
    let kind = to.get("type");
    let collate = if to.has("collation") { format!(" COLLATE {}", to.get("collation")) } else { String::new() };
    let value = cast(scene, from, to);
    let using = if value == *name { String::new() } else { format!(" USING {value}") };
    format!("ALTER TABLE {} ALTER COLUMN {name} TYPE {kind}{collate}{using}", to.id.of)
}

/// The value of a column as one of its new type: through text where no cast is sure to be there, as it is where PostgreSQL casts it by
/// itself and complains about what does not fit.
pub(super) fn cast(scene: Scene<'_>, from: &Object, to: &Object) -> String {
    let (name, kind) = (&to.id.name, to.get("type"));
    let (old, new) = (from.get("category"), to.get("category"));
    if let Some(value) = super::values::converted(scene, name, kind) {
        value
    } else if let Some(value) = super::values::recomposed(scene, name, from.get("type"), kind) {
        value
    } else if new == "S" || old == new && matches!(new, "N" | "B") || from.get("type") == kind && !is_ours(new) {
        name.clone()
    } else if let Some(value) = number_cast(name, (old, new), kind) {
        value
    } else if is_ours(old) || is_ours(new) || old != new && old != "S" {
        let array = if old == "A" && new == "A" { "[]" } else { "" };
        format!("{name}::text{array}::{kind}")
    } else {
        format!("{name}::{kind}")
    }
}

/// Between numbers and truth values or bits, where the way through text would say something else, or nothing. Only `integer` has these casts.
fn number_cast(name: &str, categories: (&str, &str), kind: &str) -> Option<String> {
    match categories {
        ("N", "B") => Some(format!("{name} <> 0")),
        ("B", "N") if kind == "integer" => Some(format!("{name}::integer")),
        ("B", "N") => Some(format!("{name}::integer::{kind}")),
        ("N", "V") | ("V", "N") => Some(format!("{name}::{kind}")),
        _ => None,
    }
}

/// What the values of a column lose when they get their new type, in words.
pub fn rounded(from: &Object, to: &Object) -> Option<String> {
    let (old, new) = (from.get("type"), to.get("type"));
    let digits = |kind: &str| match kind.split(['(', ',', ')']).map(str::trim).collect::<Vec<_>>().as_slice() {
        ["double precision" | "real" | "numeric", ..] if !kind.contains('(') => Some(i32::MAX),
        ["numeric", _, scale, ..] => scale.parse().ok().or(Some(0)),
        ["smallint" | "integer" | "bigint", ..] => Some(0),
        _ => None,
    };
    let is_time = |kind: &str| kind.starts_with("timestamp");
    let place = format!("{}.{}", to.id.of, to.id.name);
    match (digits(old), digits(new)) {
        (Some(had), Some(has)) if had > has => Some(format!("digits after the point of {place}, which becomes {new}")),
        _ if is_time(old) && new == "date" => Some(format!("the time of day of {place}, which becomes {new}")),
        _ if is_time(old) && new.starts_with("time ") => Some(format!("the date of {place}, which becomes {new}")),
        _ => None,
    }
}

/// Whether a type of this category may be one that is swapped: enums, domains, composites and ranges have small letters.
pub(super) fn is_ours(category: &str) -> bool {
    category == "A" || category.starts_with(|c: char| c.is_ascii_lowercase())
}

/// The statement that lets a column that is there hold no nulls.
pub(super) fn set_not_null(column: &Object) -> String {
    let (table, name) = (&column.id.of, &column.id.name);
    match not_null_name(column) {
        Some(constraint) => format!("ALTER TABLE {table} ADD CONSTRAINT {constraint} NOT NULL {name}{}", column.get("not_null_extra")),
        None => format!("ALTER TABLE {table} ALTER COLUMN {name} SET NOT NULL"),
    }
}

fn not_null_comment(from: Option<&Object>, to: &Object) -> Option<String> {
    let (was, is) = (from.map_or("", |it| it.get("not_null_comment")), to.get("not_null_comment"));
    let text = if is.is_empty() { "NULL".to_owned() } else { quote::literal(is) };
    let changes = was != is && to.has("not_null");
    changes.then(|| format!("COMMENT ON CONSTRAINT {} ON {} IS {text}", to.get("not_null_name"), to.id.of))
}

fn not_null(from: &Object, to: &Object) -> Vec<String> {
    let (table, name) = (&to.id.of, &to.id.name);
    match (from.has("not_null"), to.has("not_null")) {
        (false, true) => vec![set_not_null(to)],
        (true, false) => vec![format!("ALTER TABLE {table} ALTER COLUMN {name} DROP NOT NULL")],
        (true, true) => not_null_details(from, to),
        (false, false) => Vec::new(),
    }
}

fn not_null_details(from: &Object, to: &Object) -> Vec<String> {
    let (table, old, new) = (&to.id.of, from.get("not_null_name"), to.get("not_null_name"));
    let mut statements = Vec::new();
    if old != new && !old.is_empty() && !new.is_empty() {
        statements.push(format!("ALTER TABLE {table} RENAME CONSTRAINT {old} TO {new}"));
    }
    let says = |column: &Object, word| column.get("not_null_extra").contains(word);
    if says(from, "NOT VALID") && !says(to, "NOT VALID") {
        statements.push(format!("ALTER TABLE {table} VALIDATE CONSTRAINT {new}"));
    }
    match (says(from, "NO INHERIT"), says(to, "NO INHERIT")) {
        (true, false) => statements.push(format!("ALTER TABLE {table} ALTER CONSTRAINT {new} INHERIT")),
        (false, true) => statements.push(format!("ALTER TABLE {table} ALTER CONSTRAINT {new} NO INHERIT")),
        _ => {}
    }
    statements
}

fn identity_changes(from: &Object, to: &Object) -> Vec<String> {
    let (table, name) = (&to.id.of, &to.id.name);
    if !to.has("identity") {
        return Vec::new();
    }
    if !from.has("identity") {
        // The rows that are there have numbers: the sequence goes on after them.
        let next = format!("SELECT pg_catalog.setval('{}', (SELECT max({name}) FROM {table}))", to.get("sequence").replace('\'', "''"));
        return vec![format!("ALTER TABLE {table} ALTER COLUMN {name} ADD{}", identity(to)), next];
    }
    let mut statements = Vec::new();
    if from.get("sequence") != to.get("sequence") {
        let bare = to.get("sequence").strip_prefix(&format!("{}.", to.schema)).unwrap_or(to.get("sequence"));
        statements.push(format!("ALTER SEQUENCE {} RENAME TO {bare}", from.get("sequence")));
    }
    if from.get("identity") != to.get("identity") {
        let how = if to.get("identity") == "a" { "ALWAYS" } else { "BY DEFAULT" };
        statements.push(format!("ALTER TABLE {table} ALTER COLUMN {name} SET GENERATED {how}"));
    }
    // A change of the column's type changes the sequence's type as well.
    let changes = sequence::changes(from.get("sequence_data"), to.get("sequence_data"));
    if !changes.is_empty() {
        statements.extend(sequence::clamp(to.get("sequence"), from.get("sequence_data"), to.get("sequence_data")));
        statements.push(format!("ALTER SEQUENCE {} {}", to.get("sequence"), changes.join(" ")));
    }
    statements
}

/// What a column of a materialized view says beyond its query.
pub(super) fn details_in_view(column: &Object) -> Vec<String> {
    let compress = column.has("compression").then(|| format!("{} SET COMPRESSION {}", target(column), compression(column)));
    extras(column).into_iter().chain(compress).collect()
}

pub(super) fn alter_in_view(from: &Object, to: &Object) -> Way {
    Way::InPlace(details(from, to, false))
}

fn details(from: &Object, to: &Object, retyped: bool) -> Vec<String> {
    let (target, mut statements) = (target(to), Vec::new());
    let (old, new) = (from.get("storage"), to.get("storage"));
    if old.get(..1) != new.get(..1) || retyped {
        if !new.is_empty() {
            statements.push(format!("{target} SET STORAGE {}", storage(new, 0)));
        } else if !retyped && !old.is_empty() {
            statements.push(format!("{target} SET STORAGE {}", storage(old, 1)));
        }
    }
    if from.get("compression") != to.get("compression") || retyped && to.has("compression") {
        statements.push(format!("{target} SET COMPRESSION {}", compression(to)));
    }
    if from.get("statistics") != to.get("statistics") {
        let value = if to.has("statistics") { to.get("statistics") } else { "-1" };
        statements.push(format!("{target} SET STATISTICS {value}"));
    }
    statements.extend(options::changes(&target, "", from.get("options"), to.get("options")));
    if let Some(options) = options::foreign_changes(from.get("fdw_options"), to.get("fdw_options")) {
        statements.push(format!("ALTER FOREIGN TABLE {} ALTER COLUMN {}{options}", to.id.of, to.id.name));
    }
    statements
}
