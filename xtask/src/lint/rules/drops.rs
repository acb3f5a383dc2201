//! Rules about what is removed.

use super::super::ast::{Act, Alter, GrantOn, Kind, Name};
use super::super::case::{Case, Finding, Target};
use super::super::rule::{Check, Rule};
use super::super::schema::{Lookup, Relation};
use super::columns::actions;
use crate::diagnostic::{Hazard as H, Level};

/// `DROP TABLE` and what drops tables.
pub static DROP_TABLE: Rule = Rule {
    id: "drop-table",
    title: "A table that is dropped",
    level: Level::Error,
    hazards: &[H::DataLoss, H::BreaksClients],
    condition: "DROP TABLE, DROP SCHEMA … CASCADE, DROP OWNED or DROP EXTENSION takes a table that may hold rows",
    effect: "its rows are gone, and programs that still name it fail",
    cure: "take it out of the programs first, then say so: `-- xtask: allow drop-table: nothing reads it since 0031`",
    bad: "CREATE TABLE old (id bigint PRIMARY KEY);\n-- then\nDROP TABLE IF EXISTS old;",
    good: "CREATE TABLE old (id bigint PRIMARY KEY);\n-- then\n-- xtask: allow drop-table: nothing reads it since 0031\nDROP TABLE IF EXISTS old;",
    check: Check::Statement(drop_table),
};

/// `DROP COLUMN`, also by `DROP TYPE … CASCADE`.
pub static DROP_COLUMN: Rule = Rule {
    id: "drop-column",
    title: "A column that is dropped",
    level: Level::Error,
    hazards: &[H::DataLoss, H::BreaksClients],
    condition: "DROP COLUMN, or DROP TYPE … CASCADE while columns have the type, on a table in use",
    effect: "its values are gone, and programs that still name it fail",
    cure: "take it out of the programs first, then say so: `-- xtask: allow drop-column: nothing reads it since 0031`",
    bad: "CREATE TABLE account (id bigint PRIMARY KEY, legacy text);\n-- then\nALTER TABLE account DROP COLUMN legacy;",
    good: "CREATE TABLE account (id bigint PRIMARY KEY, legacy text);\n-- then\n-- xtask: allow drop-column: nothing reads it since 0031\nALTER TABLE account DROP COLUMN legacy;",
    check: Check::Statement(drop_column),
};

/// Views, functions, types, sequences.
pub static DROP_OBJECT: Rule = Rule {
    id: "drop-object",
    title: "A view, function, type or sequence that is dropped",
    level: Level::Error,
    hazards: &[H::BreaksClients],
    condition: "DROP of a view, function, procedure, type, domain or sequence that an earlier migration made, unless the file makes it again with its rights",
    effect: "programs that still name it fail; made again, it has lost the rights that were granted on it",
    cure: "write CREATE OR REPLACE, grant the rights again behind CREATE, or drop it once no program names it and say so with `-- xtask: allow drop-object: …`",
    bad: "CREATE VIEW total AS SELECT 1 AS n;\n-- then\nDROP VIEW total;",
    good: "CREATE VIEW total AS SELECT 1 AS n;\n-- then\nCREATE OR REPLACE VIEW total AS SELECT 1 AS n, 2 AS m;",
    check: Check::Statement(drop_object),
};

/// `DROP TABLE` without `IF EXISTS`.
pub static DROP_WITHOUT_IF_EXISTS: Rule = Rule {
    id: "drop-without-if-exists",
    title: "DROP TABLE without IF EXISTS",
    level: Level::Info,
    hazards: &[],
    condition: "DROP TABLE without IF EXISTS of a table in use",
    effect: "it fails where someone has removed the table by hand, and with it every migration behind",
    cure: "write DROP TABLE IF EXISTS",
    bad: "CREATE TABLE old (id bigint PRIMARY KEY);\n-- then\nDROP TABLE old;",
    good: "CREATE TABLE old (id bigint PRIMARY KEY);\n-- then\n-- xtask: allow data-loss: nothing reads it since 0031\nDROP TABLE IF EXISTS old;",
    check: Check::Statement(drop_without_if_exists),
};

fn drop_table(case: &Case<'_>) -> Vec<Finding> {
    match case.act {
        Act::DropOwned => vec![case.finding("everything that the role owns is dropped".into())],
        Act::Drop { kind: kind @ (Kind::Table | Kind::ForeignTable), names, .. } => {
            let hit = names.iter().filter_map(|name| case.target(name).map(|target| (name, target)));
            hit.map(|(name, target)| table_finding(case, *kind, name, target)).collect()
        }
        Act::Drop { kind: Kind::Schema, names, .. } => {
            let lost =
                case.world.schema.relations().filter(|it| !it.here && it.has_rows() && names.iter().any(|name| name.name == it.schema));
            let mut lost: Vec<String> = lost.map(Relation::shown).collect();
            lost.sort();
            if lost.is_empty() { Vec::new() } else { vec![case.finding(format!("the rows of {} are gone", lost.join(", ")))] }
        }
        Act::Drop { kind: Kind::Extension, names, cascade, .. } => {
            let what = if *cascade { "whatever uses it, columns included" } else { "its functions and types" };
            names
                .iter()
                .map(|name| case.finding(format!("extension `{name}` is dropped with {what}")).hazards(&[H::DataLoss, H::BreaksClients]))
                .collect()
        }
        _ => Vec::new(),
    }
}

/// What is foreign holds no rows here; a partition leaves its parent working.
fn table_finding(case: &Case<'_>, kind: Kind, name: &Name, target: Target<'_>) -> Finding {
    if kind == Kind::ForeignTable {
        return case.finding(format!("{} is gone", target.shown(name))).hazards(&[H::BreaksClients]);
    }
    let finding = case.finding(format!("{} and its rows are gone", target.shown(name)));
    match target {
        Target::InUse(relation) if relation.kind == Kind::ForeignTable => finding.hazards(&[H::BreaksClients]),
        // Perhaps there is no such table at all.
        Target::Unknown if matches!(case.act, Act::Drop { if_exists: true, .. }) => finding.level(Level::Warning),
        _ => finding,
    }
}

fn drop_column(case: &Case<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (name, target, action, span) in actions(case) {
        let Alter::DropColumn { name: column, .. } = action else { continue };
        let exists = match target {
            Target::InUse(relation) => relation.column(column).map_or(!relation.columns_known, |it| !it.here),
            Target::Unknown => true,
        };
        if exists {
            found.push(Finding::new(span, format!("column `{column}` of {} and its values are gone", target.shown(name))));
        }
    }
    if let Act::Drop { kind: Kind::Type | Kind::Domain, names, cascade: true, .. } = case.act {
        for name in names {
            let Some((path, _)) = case.world.schema.type_of(name, &case.world.search_path) else { continue };
            let users = case.world.schema.users_of(path).filter(|(table, column)| !table.here && !column.here);
            found.extend(
                users.map(|(table, column)| case.finding(format!("column `{}` of `{}` goes with its type", column.name, table.shown()))),
            );
        }
    }
    found
}

fn drop_object(case: &Case<'_>) -> Vec<Finding> {
    let Act::Drop { kind, names, .. } = case.act else { return Vec::new() };
    names.iter().filter_map(|name| object_finding(case, *kind, name)).collect()
}

fn object_finding(case: &Case<'_>, kind: Kind, name: &Name) -> Option<Finding> {
    let (in_use, granted) = match kind {
        Kind::View | Kind::MaterializedView | Kind::Sequence => {
            let relation = case.world.in_use(name)?;
            (true, !relation.granted.is_empty())
        }
        Kind::Function | Kind::Procedure => (case.world.schema.functions(name, &case.world.search_path).iter().any(|it| !it.here), false),
        Kind::Type | Kind::Domain => (case.world.schema.type_of(name, &case.world.search_path).is_some_and(|(_, it)| !it.here), false),
        _ => return None,
    };
    // What this file renamed out of the way is known to nobody under the new name.
    let moved = |it: &super::super::ast::Statement| matches!(&it.act, Act::Alter { actions, .. } if actions.iter().any(|(action, _)| matches!(action, Alter::RenameTo(to) if *to == name.name)));
    if !in_use || case.earlier.iter().any(moved) {
        return None;
    }
    let word = kind.word();
    if !is_made_again(case, name) {
        // A type that nothing uses any more was cast to by programs at most.
        let level = if matches!(kind, Kind::Type | Kind::Domain) { Level::Warning } else { Level::Error };
        return Some(case.finding(format!("{word} `{name}` is gone")).level(level));
    }
    let again = case.later.iter().any(|it| matches!(&it.act, Act::Grant(grant) if names_relation(&grant.on, name)));
    (granted && !again).then(|| case.finding(format!("{word} `{name}` is made again without the rights that were granted on it")))
}

fn names_relation(on: &GrantOn, name: &Name) -> bool {
    match on {
        GrantOn::Relations(names) | GrantOn::Functions(names) => names.iter().any(|it| it.name == name.name),
        GrantOn::AllTables(_) => true,
        _ => false,
    }
}

/// Whether the file makes an object of this name again further down.
fn is_made_again(case: &Case<'_>, name: &Name) -> bool {
    case.later.iter().any(|it| match &it.act {
        Act::CreateView { name: made, .. } | Act::CreateSequence { name: made, .. } | Act::CreateEnum { name: made, .. } => {
            made.name == name.name
        }
        Act::CreateType(made) | Act::CreateDomain { name: made, .. } => made.name == name.name,
        Act::CreateFunction(function) => function.name.name == name.name,
        Act::CreateTable(table) => table.name.name == name.name,
        Act::Alter { actions, .. } => actions.iter().any(|(action, _)| matches!(action, Alter::RenameTo(to) if *to == name.name)),
        _ => false,
    })
}

fn drop_without_if_exists(case: &Case<'_>) -> Vec<Finding> {
    let Act::Drop { kind: Kind::Table, names, if_exists: false, .. } = case.act else { return Vec::new() };
    let in_use = names.iter().filter(|name| matches!(case.world.find(name), Lookup::Known(relation) if !relation.here));
    in_use.map(|name| case.finding(format!("DROP TABLE `{name}` fails where the table is already gone"))).collect()
}
