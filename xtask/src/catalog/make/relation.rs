//! Tables and views.

use super::super::model::{Kind, Object};
use super::types::old_name;
use super::{Scene, Way, column, options};
use crate::sql::quote;

/// Whether a default or a constraint is written within `CREATE TABLE`: the table is new, and all that it needs is there by then.
/// Functions may need the table, and foreign keys other tables; these come later.
pub fn is_inline(scene: Scene<'_>, part: &Object) -> bool {
    let Some(table) = part.parent.map(|i| &scene.to.objects[i]) else { return false };
    let is_new = scene.from.find(table.id.kind, "", &table.id.name).is_none() && !table.has("of_type") && !table.has("inherits");
    let is_plain = match part.id.kind {
        Kind::Default => true,
        Kind::Constraint => {
            let is_early = part.get("kind") == "c" || !table.has("partition_key");
            let special = ["index", "tablespace", "inherited", "clustered", "replica_identity", "index_comment"];
            is_early
                && part.get("kind") != "f"
                && !special.iter().any(|name| part.has(name))
                && !part.get("definition").ends_with(" NOT VALID")
        }
        _ => false,
    };
    let is_early = |kind| matches!(kind, Kind::Schema | Kind::Extension | Kind::Collation | Kind::Enum | Kind::Sequence);
    let mut needs = part.needs.iter().map(|&i| &scene.to.objects[i].id);
    is_new && is_plain && needs.all(|id| *id == table.id || id.kind == Kind::Column && id.of == table.id.name || is_early(id.kind))
}

pub(super) fn create_table(scene: Scene<'_>, table: &Object) -> Vec<String> {
    let columns: Vec<&Object> = scene.to.members(&table.id, Kind::Column).collect();
    let replaces = scene.from.find(table.id.kind, "", &table.id.name).is_some();
    let naming = if replaces { column::Naming::Always } else { column::Naming::Usual };
    let mut statements = vec![table_text(scene, table, &columns, naming)];
    statements.extend(columns.iter().flat_map(|it| if table.has("of_type") { column::settle(it) } else { column::extras(it) }));
    statements.extend(inherited_details(&columns));
    statements.extend(options::changes(&format!("ALTER TABLE {}", table.id.name), "toast.", "", table.get("toast_options")));
    statements.extend(marks(None, table));
    statements
}

fn table_text(scene: Scene<'_>, table: &Object, columns: &[&Object], naming: column::Naming) -> String {
    let is_foreign = table.id.kind == Kind::ForeignTable;
    let unlogged = if table.get("persistence") == "u" { "UNLOGGED " } else { "" };
    let mut sql = format!("CREATE {unlogged}{} {}", table.id.kind.info().keyword, table.id.name);
    let own = columns.iter().filter(|it| it.get("inherited") != "yes");
    if table.has("of_type") {
        sql.push_str(&format!(" OF {}", table.get("of_type")));
    } else {
        let default = |it: &Object| scene.to.find(Kind::Default, &it.id.of, &it.id.name).filter(|it| is_inline(scene, it));
        let lines = own.map(|it| column::definition(it, default(it).map_or("", |it| it.get("expression")), naming));
        let constraints = scene.to.members(&table.id, Kind::Constraint).filter(|it| is_inline(scene, it));
        let constraints = constraints.map(|it| format!("CONSTRAINT {} {}", it.id.name, it.get("definition")));
        let lines: Vec<String> = lines.chain(constraints).map(|it| format!("    {it}")).collect();
        sql.push_str(&if lines.is_empty() { " ()".to_owned() } else { format!(" (\n{}\n)", lines.join(",\n")) });
    }
    if table.has("inherits") {
        sql.push_str(&format!(" INHERITS ({})", table.get("inherits")));
    }
    if table.has("partition_key") {
        sql.push_str(&format!(" PARTITION BY {}", table.get("partition_key")));
    }
    if is_foreign {
        sql.push_str(&format!(" SERVER {}{}", table.get("server"), options::foreign(table.get("fdw_options"))));
    }
    if table.has("method") && !is_foreign {
        sql.push_str(&format!(" USING {}", table.get("method")));
    }
    sql.push_str(&options::with(table.get("options")));
    if table.has("tablespace") {
        sql.push_str(&format!(" TABLESPACE {}", table.get("tablespace")));
    }
    sql
}

/// What a table says about columns that it has from its parents or its type.
fn inherited_details(columns: &[&Object]) -> Vec<String> {
    let inherited = columns.iter().filter(|it| it.get("inherited") == "yes" && it.has("not_null") && !it.has("not_null_name"));
    inherited.map(|it| format!("ALTER TABLE {} ALTER COLUMN {} SET NOT NULL", it.id.of, it.id.name)).collect()
}

/// Row security and replica identity, as far as they differ.
fn marks(from: Option<&Object>, to: &Object) -> Vec<String> {
    let table = format!("ALTER TABLE {}", to.id.name);
    let was = |name| from.is_some_and(|it| it.has(name));
    let mut statements = Vec::new();
    for (name, words) in [
        ("row_security", ["ENABLE ROW LEVEL SECURITY", "DISABLE ROW LEVEL SECURITY"]),
        ("force_row_security", ["FORCE ROW LEVEL SECURITY", "NO FORCE ROW LEVEL SECURITY"]),
    ] {
        if was(name) != to.has(name) {
            statements.push(format!("{table} {}", words[usize::from(was(name))]));
        }
    }
    if from.map_or("", |it| it.get("replica_identity")) != to.get("replica_identity") {
        let identity = match to.get("replica_identity") {
            "n" => "NOTHING",
            "f" => "FULL",
            _ => "DEFAULT",
        };
        statements.push(format!("{table} REPLICA IDENTITY {identity}"));
    }
    statements
}

pub(super) fn alter_table(from: &Object, to: &Object) -> Way {
    match (from.has("partition_key"), to.has("partition_key")) {
        (false, false) => {}
        (true, true) if from.get("partition_key") == to.get("partition_key") => {}
        // A partitioned table holds no rows itself, its partitions stay.
        (true, true) => return Way::Rebuild,
        _ => return Way::Swap,
    }
    if from.get("server") != to.get("server") {
        return Way::Rebuild;
    }
    if from.get("of_type") != to.get("of_type") {
        return Way::Swap;
    }
    let table = format!("ALTER TABLE {}", to.id.name);
    let mut statements = parents(&table, from, to);
    if from.get("persistence") != to.get("persistence") {
        statements.push(format!("{table} SET {}", if to.get("persistence") == "u" { "UNLOGGED" } else { "LOGGED" }));
    }
    if from.get("method") != to.get("method") {
        statements.push(format!("{table} SET ACCESS METHOD {}", if to.has("method") { to.get("method") } else { "heap" }));
    }
    if from.get("tablespace") != to.get("tablespace") {
        statements.push(format!("{table} SET TABLESPACE {}", if to.has("tablespace") { to.get("tablespace") } else { "pg_default" }));
    }
    statements.extend(options::changes(&table, "", from.get("options"), to.get("options")));
    statements.extend(options::changes(&table, "toast.", from.get("toast_options"), to.get("toast_options")));
    if let Some(options) = options::foreign_changes(from.get("fdw_options"), to.get("fdw_options")) {
        statements.push(format!("ALTER FOREIGN TABLE {}{options}", to.id.name));
    }
    statements.extend(marks(Some(from), to));
    Way::InPlace(statements)
}

/// The tables that a table inherits from.
pub fn parent_tables(table: &Object) -> Vec<&str> {
    table.get("inherits").split(", ").filter(|it| !it.is_empty()).collect()
}

fn parents(table: &str, from: &Object, to: &Object) -> Vec<String> {
    let (old, new) = (parent_tables(from), parent_tables(to));
    let gone = old.iter().filter(|it| !new.contains(it)).map(|it| format!("{table} NO INHERIT {it}"));
    gone.chain(new.iter().filter(|it| !old.contains(it)).map(|it| format!("{table} INHERIT {it}"))).collect()
}

/// The statements that give way to the new table, and to the sequences of its columns: those of identity columns, and those that go
/// with columns that get one.
pub fn rename_away(scene: Scene<'_>, table: &Object) -> Vec<String> {
    let identities = scene.from.members(&table.id, Kind::Column).filter(|it| it.has("identity"));
    let identities = identities.map(|it| format!("ALTER SEQUENCE {} RENAME TO {}", it.get("sequence"), old_sequence(it)));
    let own = format!("{}.", table.id.name);
    let owners = scene.from.objects.iter().filter(|it| it.id.kind == Kind::SequenceOwner && it.get("column").starts_with(&own));
    let owned = owners.filter_map(|it| scene.from.find(Kind::Sequence, "", &it.id.of)).filter(|it| scene.to.position(&it.id).is_none());
    let owned = owned.map(|it| format!("ALTER SEQUENCE {} RENAME TO {}", it.id.name, old_name(it.bare_name())));
    let away = format!("ALTER TABLE {} RENAME TO {}", table.id.name, old_name(table.bare_name()));
    std::iter::once(away).chain(identities).chain(owned).collect()
}

/// What the sequence of an identity column is called after it was renamed away, without its schema.
fn old_sequence(column: &Object) -> String {
    let name = column.get("sequence");
    old_name(name.strip_prefix(&format!("{}.", column.schema)).unwrap_or(name))
}

/// The statements that fill the new table from the one that was renamed away, and drop that.
pub fn move_rows(scene: Scene<'_>, from: &Object, to: &Object) -> Vec<String> {
    let old = format!("{}.{}", from.schema, old_name(from.bare_name()));
    let columns = scene.to.members(&to.id, Kind::Column).filter(|it| !it.has("generated"));
    let kept: Vec<(&Object, &Object)> =
        columns.filter_map(|it| Some((scene.from.find(Kind::Column, &from.id.name, &it.id.name)?, it))).collect();
    let names: Vec<&str> = kept.iter().map(|(_, it)| it.id.name.as_str()).collect();
    let values: Vec<String> = kept.iter().map(|(was, is)| column::cast(scene, was, is)).collect();
    let only = if from.has("partition_key") { "" } else { "ONLY " };
    let (into, names, values) = (&to.id.name, names.join(", "), values.join(", "));
    let mut statements = vec![format!("INSERT INTO {into} ({names}) OVERRIDING SYSTEM VALUE SELECT {values} FROM {only}{old}")];
    statements.extend(kept.iter().filter(|(_, it)| it.has("identity")).map(|(was, is)| go_on(was, is)));
    statements.push(format!("DROP TABLE {old}"));
    statements
}

/// The statement that lets an identity column go on where the old one stood, or after the highest value.
fn go_on(from: &Object, to: &Object) -> String {
    let sequence = quote::literal(to.get("sequence"));
    if from.has("identity") {
        return format!("SELECT pg_catalog.setval({sequence}, last_value, is_called) FROM {}.{}", from.schema, old_sequence(from));
    }
    format!("SELECT pg_catalog.setval({sequence}, (SELECT max({}) FROM {}))", to.id.name, to.id.of)
}

/// `CREATE VIEW`, or `CREATE OR REPLACE VIEW`.
pub(super) fn create_view(view: &Object, verb: &str) -> String {
    let definition = view.get("definition").trim_end().trim_end_matches(';');
    format!("{verb} VIEW {}{} AS\n{definition}", view.id.name, options::with(view.get("options")))
}

pub(super) fn alter_view(from: &Object, to: &Object) -> Way {
    let same = |name| super::text::settle(from.get(name)) == super::text::settle(to.get(name));
    let (old, new) = (from.get("columns"), to.get("columns"));
    let grows = new.strip_prefix(old).is_some_and(|rest| rest.is_empty() || rest.starts_with('\n') || old.is_empty());
    if same("definition") && old == new {
        return Way::InPlace(options::changes(&format!("ALTER VIEW {}", to.id.name), "", from.get("options"), to.get("options")));
    }
    if grows { Way::InPlace(vec![create_view(to, "CREATE OR REPLACE")]) } else { Way::Rebuild }
}

pub(super) fn create_materialized_view(scene: Scene<'_>, view: &Object) -> Vec<String> {
    let definition = view.get("definition").trim_end().trim_end_matches(';');
    let method = if view.has("method") { format!(" USING {}", view.get("method")) } else { String::new() };
    let tablespace = if view.has("tablespace") { format!(" TABLESPACE {}", view.get("tablespace")) } else { String::new() };
    let data = if view.has("unpopulated") { " WITH NO DATA" } else { "" };
    let options = options::with(view.get("options"));
    let mut statements = vec![format!("CREATE MATERIALIZED VIEW {}{method}{options}{tablespace} AS\n{definition}{data}", view.id.name)];
    let target = format!("ALTER MATERIALIZED VIEW {}", view.id.name);
    statements.extend(options::changes(&target, "toast.", "", view.get("toast_options")));
    statements.extend(scene.to.members(&view.id, Kind::ViewColumn).flat_map(column::details_in_view));
    statements
}

pub(super) fn alter_materialized_view(from: &Object, to: &Object) -> Way {
    let same = |name| super::text::settle(from.get(name)) == super::text::settle(to.get(name));
    if !same("definition") || !same("method") || !same("tablespace") {
        return Way::Rebuild;
    }
    let target = format!("ALTER MATERIALIZED VIEW {}", to.id.name);
    let mut statements = options::changes(&target, "", from.get("options"), to.get("options"));
    statements.extend(options::changes(&target, "toast.", from.get("toast_options"), to.get("toast_options")));
    Way::InPlace(statements)
}
