//! Constraints and indexes.

use super::super::model::Object;
use super::{Way, options};
use crate::sql::quote;

pub(super) fn create(object: &Object) -> Vec<String> {
    // The parts of a partitioned table have constraints of their own, with names of their own.
    let only = if object.get("kind") != "f" && object.has("partitioned") { "ONLY " } else { "" };
    let mut statements = vec![format!("ALTER TABLE {only}{} ADD CONSTRAINT {} {}", object.id.of, object.id.name, object.get("definition"))];
    if object.has("index") {
        statements.extend(options::changes(&format!("ALTER INDEX {}", index_name(object)), "", "", object.get("index")));
    }
    if object.has("tablespace") {
        statements.push(format!("ALTER INDEX {} SET TABLESPACE {}", index_name(object), object.get("tablespace")));
    }
    statements.extend(marks(object, None));
    statements
}

fn index_name(object: &Object) -> String {
    format!("{}.{}", object.schema, object.id.name)
}

/// `CLUSTER ON`, `REPLICA IDENTITY` and the comment on a constraint's index, where the index is marked so and was not before.
fn marks(object: &Object, before: Option<&Object>) -> Vec<String> {
    let (table, name) = (&object.id.of, object.bare_name());
    let comment = object.get("index_comment");
    let was = |mark| before.is_some_and(|it| it.has(mark));
    let mut statements = Vec::new();
    match (was("clustered"), object.has("clustered")) {
        (false, true) => statements.push(format!("ALTER TABLE {table} CLUSTER ON {name}")),
        (true, false) => statements.push(format!("ALTER TABLE {table} SET WITHOUT CLUSTER")),
        _ => {}
    }
    match (was("replica_identity"), object.has("replica_identity")) {
        (false, true) => statements.push(format!("ALTER TABLE {table} REPLICA IDENTITY USING INDEX {name}")),
        (true, false) => statements.push(format!("ALTER TABLE {table} REPLICA IDENTITY DEFAULT")),
        _ => {}
    }
    if before.map_or("", |it| it.get("index_comment")) != comment {
        let text = if comment.is_empty() { "NULL".to_owned() } else { quote::literal(comment) };
        statements.push(format!("COMMENT ON INDEX {} IS {text}", index_name(object)));
    }
    statements
}

pub(super) fn create_on_domain(object: &Object) -> String {
    format!("ALTER DOMAIN {} ADD CONSTRAINT {} {}", object.id.of, object.id.name, object.get("definition"))
}

pub(super) fn alter(from: &Object, to: &Object) -> Way {
    let target = if to.id.kind == super::Kind::DomainConstraint { "DOMAIN" } else { "TABLE" };
    let (old, new) = (from.get("definition"), to.get("definition"));
    let mut statements = Vec::new();
    if old.strip_suffix(" NOT VALID") == Some(new) {
        statements.push(format!("ALTER {target} {} VALIDATE CONSTRAINT {}", to.id.of, to.id.name));
    } else if to.get("kind") == "f" && timing(old).0 == timing(new).0 {
        if old != new {
            statements.push(format!("ALTER TABLE {} ALTER CONSTRAINT {}{}", to.id.of, to.id.name, timing(new).1));
        }
    } else if super::text::settle(old) != super::text::settle(new) || from.get("inherited") != to.get("inherited") {
        return Way::Rebuild;
    }
    if to.get("tablespace") != from.get("tablespace") {
        return Way::Rebuild;
    }
    statements.extend(options::changes(&format!("ALTER INDEX {}", index_name(to)), "", from.get("index"), to.get("index")));
    statements.extend(marks(to, Some(from)));
    Way::InPlace(statements)
}

/// A foreign key's definition without when it is checked, and when that is.
fn timing(definition: &str) -> (String, &'static str) {
    let timings = [" DEFERRABLE INITIALLY DEFERRED", " DEFERRABLE"];
    let found = timings.into_iter().find(|it| definition.contains(it));
    found.map_or_else(|| (definition.to_owned(), " NOT DEFERRABLE"), |it| (definition.replacen(it, "", 1), it))
}

pub(super) fn create_index(object: &Object) -> Vec<String> {
    let mut statements = vec![object.get("definition").to_owned()];
    if object.has("tablespace") {
        statements.push(format!("ALTER INDEX {} SET TABLESPACE {}", object.id.name, object.get("tablespace")));
    }
    statements.extend(statistics(object, ""));
    statements.extend(marks(object, None));
    statements
}

fn statistics(object: &Object, before: &str) -> Vec<String> {
    let target = |line: &str| line.split_once(' ').map(|(column, target)| (column.to_owned(), target.to_owned()));
    let wanted = object.get("statistics").lines().filter(|line| !before.lines().any(|it| it == *line)).filter_map(target);
    let kept: Vec<String> = object.get("statistics").lines().filter_map(target).map(|(column, _)| column).collect();
    let gone = before.lines().filter_map(target).filter(|(column, _)| !kept.contains(column)).map(|(column, _)| (column, "-1".to_owned()));
    wanted.chain(gone).map(|(column, to)| format!("ALTER INDEX {} ALTER COLUMN {column} SET STATISTICS {to}", object.id.name)).collect()
}

/// What two indexes of one table have in common when PostgreSQL may take either for a part of the same index of the whole.
pub(in super::super) fn index_form(index: &Object) -> (bool, &str) {
    let definition = index.get("definition");
    (definition.starts_with("CREATE UNIQUE "), definition.split_once(" USING ").map_or(definition, |(_, form)| form))
}

pub(super) fn alter_index(from: &Object, to: &Object) -> Way {
    let (old, new) = (split(from.get("definition")), split(to.get("definition")));
    if from.has("invalid") || super::text::settle(old.0) != super::text::settle(new.0) || old.2 != new.2 {
        return Way::Rebuild;
    }
    let target = format!("ALTER INDEX {}", to.id.name);
    let mut statements = options::changes(&target, "", &lines(old.1), &lines(new.1));
    if from.get("tablespace") != to.get("tablespace") {
        let tablespace = if to.has("tablespace") { to.get("tablespace") } else { "pg_default" };
        statements.push(format!("{target} SET TABLESPACE {tablespace}"));
    }
    statements.extend(statistics(to, from.get("statistics")));
    statements.extend(marks(to, Some(from)));
    Way::InPlace(statements)
}

/// The parts of an index's definition before, in, and after its options.
fn split(definition: &str) -> (&str, &str, &str) {
    let parts = definition.split_once(" WITH (").and_then(|(before, rest)| Some((before, rest.split_once(')')?)));
    parts.map_or((definition, "", ""), |(before, (options, after))| (before, options, after))
}

fn lines(options: &str) -> String {
    options.split(", ").filter(|it| !it.is_empty()).map(|it| it.replace('\'', "")).collect::<Vec<_>>().join("\n")
}
