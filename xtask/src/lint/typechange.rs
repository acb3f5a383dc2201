//! What PostgreSQL does when a column gets another type.

use super::ast::{Expr, TypeName};
use super::schema::{Column, Relation, TypeKind};
use super::world::World;

/// The work of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Change {
    /// The catalog alone.
    Free,
    /// Every row is written again; the reason.
    Rewrite(&'static str),
    /// Every row is read; the reason.
    Scan(&'static str),
    /// Indexes are built again.
    Rebuild,
    /// There is no cast that PostgreSQL applies by itself.
    NoCast,
}

/// The change of `column` to `to`.
pub(super) fn change(relation: &Relation, column: &Column, to: &TypeName, using: Option<&Expr>, collation: bool, world: &World) -> Change {
    let path = &world.search_path;
    let (old, new) = (world.schema.base_of(&column.kind, path), world.schema.base_of(to, path));
    if using.is_none() && !casts_by_itself(&old, &new, world) {
        return Change::NoCast;
    }
    if world.schema.is_checked(to, path) && column.kind != *to {
        return Change::Rewrite("the domain's check runs over every row");
    }
    if using.is_some_and(|it| !is_column_itself(it, &column.name, &old, &new)) {
        return Change::Rewrite("the expression in USING is computed for every row");
    }
    if !is_coercible(&old, &new, world) {
        return Change::Rewrite("the values are stored differently");
    }
    stands_on(relation, column, collation, world)
}

/// What a change that rewrites nothing still has to do to checks and indexes on the column.
fn stands_on(relation: &Relation, column: &Column, collation: bool, world: &World) -> Change {
    let mentioned = |condition: &Expr| {
        let mut found = Vec::new();
        super::schema::mentions(condition, &mut found);
        found.contains(&column.name)
    };
    let checked = relation.constraints.iter().any(|it| matches!(&it.key, super::schema::Key::Check(condition) if mentioned(condition)));
    if checked {
        return Change::Scan("a CHECK constraint on the column is verified again");
    }
    let mut indexes = world.schema.indexes(relation.id);
    let rebuilt = indexes.any(|(_, index)| {
        index.computed_from.contains(&column.name) || (collation && index.columns.iter().flatten().any(|it| *it == column.name))
    });
    if rebuilt { Change::Rebuild } else { Change::Free }
}

/// Whether `USING` does nothing but name the column, perhaps with the cast that would happen anyway.
fn is_column_itself(using: &Expr, column: &str, old: &TypeName, new: &TypeName) -> bool {
    match using {
        Expr::Column(parts) => parts.last().is_some_and(|it| it == column),
        Expr::Cast(inner, to) => (to == new || to == old) && is_column_itself(inner, column, old, new),
        _ => false,
    }
}

/// Whether old values serve as new ones without being touched.
fn is_coercible(old: &TypeName, new: &TypeName, world: &World) -> bool {
    if old == new {
        return true;
    }
    if old.array != new.array {
        return false;
    }
    let (from, to) = (old.name.name.as_str(), new.name.name.as_str());
    let (first, second) = (|it: &TypeName| it.arguments.first().copied(), |it: &TypeName| it.arguments.get(1).copied().unwrap_or(0));
    let widens = || match (first(old), first(new)) {
        (_, None) => true,
        (Some(old), Some(new)) => new >= old,
        (None, Some(_)) => false,
    };
    match (from, to) {
        ("varchar" | "text" | "citext", "text" | "citext") => true,
        ("varchar", "varchar") | ("varbit", "varbit") => widens(),
        ("text" | "citext", "varchar") => first(new).is_none(),
        ("numeric", "numeric") => first(new).is_none() || (widens() && first(old).is_some() && second(old) == second(new)),
        ("timestamp", "timestamp")
        | ("timestamptz", "timestamptz")
        | ("time", "time")
        | ("timetz", "timetz")
        | ("interval", "interval") => first(new).is_none_or(|it| it >= 6) || (first(old).is_some() && widens()),
        ("timestamp", "timestamptz") | ("timestamptz", "timestamp") => is_utc(world) && (first(new).is_none() || first(new) == first(old)),
        ("cidr", "inet") | ("xml", "text") | ("int4", "oid") | ("oid", "int4" | "regclass" | "regtype" | "regproc") => true,
        ("regclass" | "regtype" | "regproc", "oid") => true,
        _ => false,
    }
}

/// The two kinds of timestamp are stored alike where the session's time zone is UTC.
fn is_utc(world: &World) -> bool {
    world.timezone.as_deref().is_some_and(|it| matches!(it, "UTC" | "GMT" | "ETC/UTC" | "Z" | "UCT"))
}

/// The families between which PostgreSQL converts by itself in an assignment.
fn family(kind: &TypeName, world: &World) -> &'static str {
    if kind.array {
        return "array";
    }
    if let Some((_, found)) = world.schema.type_of(&kind.name, &world.search_path) {
        return if matches!(found.what, TypeKind::Enum(_)) { "enum" } else { "other" };
    }
    match kind.name.name.as_str() {
        "text" | "varchar" | "bpchar" | "citext" | "name" => "text",
        "int2" | "int4" | "int8" | "numeric" | "float4" | "float8" | "serial" | "bigserial" | "smallserial" => "number",
        "bool" => "bool",
        "date" | "timestamp" | "timestamptz" => "date",
        "time" | "timetz" | "interval" => "time",
        "json" | "jsonb" => "json",
        "uuid" => "uuid",
        "bytea" => "bytea",
        "inet" | "cidr" => "net",
        _ => "other",
    }
}

/// Whether an assignment of one type to the other needs no `USING`.
fn casts_by_itself(old: &TypeName, new: &TypeName, world: &World) -> bool {
    if old.name == new.name && old.array == new.array {
        return true;
    }
    match (family(old, world), family(new, world)) {
        ("other", _) | (_, "other") | (_, "text") | ("array", "array") => true,
        ("enum", "enum") => false,
        (old, new) => old == new,
    }
}

/// Whether the default of a column follows it to the new type.
pub(super) fn default_follows(column: &Column, to: &TypeName, world: &World) -> bool {
    let (old, new) = (world.schema.base_of(&column.kind, &world.search_path), world.schema.base_of(to, &world.search_path));
    column.default.as_ref().is_none_or(|it| *it == Expr::Null) || casts_by_itself(&old, &new, world)
}

/// Whether the new type holds less than the old one.
pub(super) fn narrows(old: &TypeName, new: &TypeName) -> bool {
    let rank = |it: &TypeName| ["int2", "int4", "int8", "numeric"].iter().position(|name| *name == it.name.name);
    match (rank(old), rank(new)) {
        (Some(old), Some(new)) if new < old => return true,
        _ => {}
    }
    matches!((old.arguments.first(), new.arguments.first()), (Some(old), Some(new)) if new < old)
        || (old.arguments.is_empty() && !new.arguments.is_empty())
        || (old.name.name == "timestamptz" && new.name.name == "date")
        || (old.name.name == "timestamp" && new.name.name == "date")
        || (matches!(old.name.name.as_str(), "float8" | "float4" | "numeric") && new.name.name.starts_with("int"))
}
