//! Enums, domains, composites, ranges.

use super::super::model::{Catalog, Kind, Object};
use super::{Scene, Way};

pub(super) fn create(object: &Object) -> Vec<String> {
    let name = &object.id.name;
    vec![match object.id.kind {
        Kind::Enum => format!("CREATE TYPE {name} AS ENUM ({})", object.get("labels")),
        Kind::Domain => create_domain(object),
        Kind::Composite => {
            let lines: Vec<String> = object.get("attributes").lines().map(|line| format!("    {line}")).collect();
            format!("CREATE TYPE {name} AS (\n{}\n)", lines.join(",\n"))
        }
        Kind::Range => format!("CREATE TYPE {name} AS RANGE ({})", object.get("definition")),
        Kind::ShellType => format!("CREATE TYPE {name}"),
        _ => format!("CREATE TYPE {name} ({})", object.get("definition")),
    }]
}

fn create_domain(object: &Object) -> String {
    let mut sql = format!("CREATE DOMAIN {} AS {}", object.id.name, object.get("base"));
    if object.has("collation") {
        sql.push_str(&format!(" COLLATE {}", object.get("collation")));
    }
    if object.has("default") {
        sql.push_str(&format!(" DEFAULT {}", object.get("default")));
    }
    if object.has("not_null") {
        let usual = format!("{}_not_null", object.bare_name());
        if object.has("not_null_name") && object.get("not_null_name") != usual {
            sql.push_str(&format!(" CONSTRAINT {}", object.get("not_null_name")));
        }
        sql.push_str(" NOT NULL");
    }
    sql
}

/// What something is called after it was renamed away, without its schema. PostgreSQL cuts names at 63 bytes.
pub fn old_name(bare: &str) -> String {
    let (quoted, inner) = match bare.strip_prefix('"').and_then(|it| it.strip_suffix('"')) {
        Some(inner) => (true, inner),
        None => (false, bare),
    };
    let mut end = inner.len().min(56);
    while !inner.is_char_boundary(end) || inner[..end].ends_with('"') && end > 1 {
        end -= 1;
    }
    if quoted { format!("\"{}__old\"", &inner[..end]) } else { format!("{}__old", &inner[..end]) }
}

/// The statement that gives way to the new type, and the one that drops the old in the end.
pub fn rename_away(object: &Object) -> (String, String) {
    let keyword = object.id.kind.info().keyword;
    let old = old_name(object.bare_name());
    (format!("ALTER {keyword} {} RENAME TO {old}", object.id.name), format!("DROP {keyword} {}.{old}", object.schema))
}

pub(super) fn alter(scene: Scene<'_>, from: &Object, to: &Object) -> Way {
    match to.id.kind {
        Kind::Enum => alter_enum(scene, from, to),
        Kind::Domain => alter_domain(from, to),
        Kind::Composite => alter_composite(scene, from, to),
        _ => Way::Swap,
    }
}

/// The labels of an enum, as literals.
pub fn labels(text: &str) -> Vec<&str> {
    let (mut list, mut start, mut quoted) = (Vec::new(), 0, false);
    for (at, c) in text.char_indices() {
        match c {
            '\'' => quoted = !quoted,
            ',' if !quoted => {
                list.push(text[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    if !text.is_empty() {
        list.push(text[start..].trim());
    }
    list
}

/// Values are added in place unless one went or moved, or a new one is used at once: a value cannot be used before it is committed.
fn alter_enum(scene: Scene<'_>, from: &Object, to: &Object) -> Way {
    let (old, new) = (labels(from.get("labels")), labels(to.get("labels")));
    let kept: Vec<&str> = new.iter().copied().filter(|label| old.contains(label)).collect();
    if kept != old || scene.swapped.contains(&to.id) {
        return Way::Swap;
    }
    let mut statements = Vec::new();
    for (i, label) in new.iter().enumerate().filter(|(_, label)| !old.contains(label)) {
        let place = match (i.checked_sub(1), new[i..].iter().find(|it| old.contains(it))) {
            (_, None) => String::new(),
            (Some(before), Some(_)) => format!(" AFTER {}", new[before]),
            (None, Some(next)) => format!(" BEFORE {next}"),
        };
        statements.push(format!("ALTER TYPE {} ADD VALUE {label}{place}", to.id.name));
    }
    Way::InPlace(statements)
}

fn alter_domain(from: &Object, to: &Object) -> Way {
    if ["base", "collation"].iter().any(|name| from.get(name) != to.get(name)) {
        return Way::Swap;
    }
    let domain = format!("ALTER DOMAIN {}", to.id.name);
    let mut statements = Vec::new();
    if from.get("default") != to.get("default") {
        let default = to.get("default");
        statements.push(if default.is_empty() { format!("{domain} DROP DEFAULT") } else { format!("{domain} SET DEFAULT {default}") });
    }
    if from.has("not_null") != to.has("not_null") {
        statements.push(format!("{domain} {} NOT NULL", if to.has("not_null") { "SET" } else { "DROP" }));
    } else if from.get("not_null_name") != to.get("not_null_name") && from.has("not_null_name") && to.has("not_null_name") {
        statements.push(format!("{domain} RENAME CONSTRAINT {} TO {}", from.get("not_null_name"), to.get("not_null_name")));
    }
    Way::InPlace(statements)
}

/// The tables `OF` a type.
pub fn tables_of<'a>(catalog: &'a Catalog, name: &'a str) -> impl Iterator<Item = &'a Object> {
    catalog.objects.iter().filter(move |it| it.id.kind == Kind::Table && it.get("of_type") == name)
}

/// Whether columns are of this type or collation, or types that columns can have.
pub(super) fn is_used(scene: Scene<'_>, object: &Object) -> bool {
    let Some(position) = scene.from.position(&object.id) else { return false };
    let mut users = scene.from.objects.iter().filter(|it| it.id.kind == Kind::Column || it.id.kind.is_type());
    users.any(|it| it.needs.contains(&position))
}

/// Attributes are dropped, altered and added at the end, unless a table has a column of the type whose values would have to change.
fn alter_composite(scene: Scene<'_>, from: &Object, to: &Object) -> Way {
    let name = |line: &str| {
        if line.starts_with('"') {
            line.rfind("\" ").map_or(line, |at| &line[..=at]).to_owned()
        } else {
            line.split(' ').next().unwrap_or_default().to_owned()
        }
    };
    let (old, new): (Vec<&str>, Vec<&str>) = (from.get("attributes").lines().collect(), to.get("attributes").lines().collect());
    let (had, has): (Vec<String>, Vec<String>) = (old.iter().map(|it| name(it)).collect(), new.iter().map(|it| name(it)).collect());
    let kept: Vec<&String> = had.iter().filter(|it| has.contains(it)).collect();
    let added = has.iter().position(|it| !had.contains(it)).unwrap_or(has.len());
    let in_order = kept.iter().zip(&has).all(|(a, b)| *a == b) && has[added..].iter().all(|it| !had.contains(it));
    let retyped: Vec<&&str> = new.iter().filter(|line| had.contains(&name(line)) && !old.contains(line)).collect();
    if !in_order || !retyped.is_empty() && is_used(scene, from) {
        return Way::Swap;
    }
    let rest = |line: &str| line[name(line).len()..].trim().to_owned();
    let gone = had.iter().filter(|it| !has.contains(it)).map(|it| format!("DROP ATTRIBUTE {it}"));
    let altered = retyped.iter().map(|line| format!("ALTER ATTRIBUTE {} TYPE {}", name(line), rest(line)));
    let fresh = new[added..].iter().map(|line| format!("ADD ATTRIBUTE {line}"));
    // The tables of a type follow it when told so.
    let follow = if tables_of(scene.from, &from.id.name).next().is_some() { " CASCADE" } else { "" };
    let all: Vec<String> = gone.chain(altered).chain(fresh).map(|it| it + follow).collect();
    Way::InPlace(vec![format!("ALTER TYPE {} {}", to.id.name, all.join(", "))])
}
