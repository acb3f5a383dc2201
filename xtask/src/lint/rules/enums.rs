//! Rules about the values of enums.

use super::super::ast::{Act, Alter, Kind, Name};
use super::super::case::{Case, Finding};
use super::super::rule::{Check, Rule};
use super::super::schema::{Path, TypeKind};
use super::columns::actions;
use crate::diagnostic::{Hazard as H, Level};

/// `RENAME VALUE`.
pub static RENAME_ENUM_VALUE: Rule = Rule {
    id: "rename-enum-value",
    title: "A value of an enum gets another name",
    level: Level::Error,
    hazards: &[H::BreaksClients],
    condition: "ALTER TYPE … RENAME VALUE on an enum that an earlier migration made",
    effect: "programs that write or compare the old name fail (22P02)",
    cure: "add the new value, move the programs and the rows, leave the old one unused",
    bad: "CREATE TYPE mood AS ENUM ('happy');\n-- then\nALTER TYPE mood RENAME VALUE 'happy' TO 'glad';",
    good: "CREATE TYPE mood AS ENUM ('happy');\n-- then\nALTER TYPE mood ADD VALUE 'glad';",
    check: Check::Statement(rename_enum_value),
};

/// A new value used before its transaction ends.
pub static USE_NEW_ENUM_VALUE: Rule = Rule {
    id: "use-new-enum-value",
    title: "A new enum value is used in the transaction that added it",
    level: Level::Error,
    hazards: &[H::FailsTxn],
    condition: "ALTER TYPE … ADD VALUE, and the value further down in the same transaction",
    effect: "PostgreSQL refuses a value that is not committed yet (55P04)",
    cure: "put the use into the next migration",
    bad: "CREATE TYPE mood AS ENUM ('happy');\nCREATE TABLE person (id bigint PRIMARY KEY, mood mood);\n-- then\nALTER TYPE mood ADD VALUE 'angry';\nUPDATE person SET mood = 'angry' WHERE id = 1;",
    good: "CREATE TYPE mood AS ENUM ('happy');\nCREATE TABLE person (id bigint PRIMARY KEY, mood mood);\n-- then\nALTER TYPE mood ADD VALUE 'angry';",
    check: Check::Statement(use_new_enum_value),
};

/// A rebuilt enum that lacks a value which rows may hold.
pub static REMOVE_ENUM_VALUE: Rule = Rule {
    id: "remove-enum-value",
    title: "An enum value goes while rows may hold it",
    level: Level::Error,
    hazards: &[H::FailsData, H::BlocksLong],
    condition: "a column goes from one enum to another that lacks a value, and no UPDATE or DELETE of the table, in this file or before, names that value",
    effect: "one row with the value fails the migration (22P02)",
    cure: "move the rows to another value in a migration before: UPDATE … SET mood = 'ok' WHERE mood = 'sad'",
    bad: "CREATE TYPE mood AS ENUM ('sad', 'ok');\nCREATE TABLE person (id bigint PRIMARY KEY, mood mood);\nINSERT INTO person VALUES (1, 'sad');\n-- then\nALTER TYPE mood RENAME TO mood_old;\nCREATE TYPE mood AS ENUM ('ok');\nALTER TABLE person ALTER COLUMN mood TYPE mood USING mood::text::mood;\nDROP TYPE mood_old;",
    good: "CREATE TYPE mood AS ENUM ('ok');\nCREATE TABLE person (id bigint PRIMARY KEY, mood mood);\n-- then\nALTER TYPE mood ADD VALUE 'fine';",
    check: Check::Statement(remove_enum_value),
};

fn rename_enum_value(case: &Case<'_>) -> Vec<Finding> {
    let Act::Alter { kind: Kind::Type, name, actions, .. } = case.act else { return Vec::new() };
    if case.world.schema.type_of(name, &case.world.search_path).is_some_and(|(_, it)| it.here) {
        return Vec::new();
    }
    let renamed =
        actions.iter().filter_map(|(action, span)| if let Alter::RenameValue(from, to) = action { Some((from, to, span)) } else { None });
    renamed.map(|(from, to, span)| Finding::new(span, format!("'{from}' of `{name}` is called '{to}' from now on"))).collect()
}

fn use_new_enum_value(case: &Case<'_>) -> Vec<Finding> {
    let may_use = matches!(
        case.act,
        Act::Insert { .. }
            | Act::Update { .. }
            | Act::Delete { .. }
            | Act::Query(_)
            | Act::CreateTable(_)
            | Act::CreateIndex(_)
            | Act::CreateView { .. }
            | Act::Merge { .. }
    ) || matches!(case.act, Act::Alter { kind: Kind::Table | Kind::Domain, .. })
        // PostgreSQL reads the body of a function in SQL as soon as it is made.
        || matches!(case.act, Act::CreateFunction(function) if function.language == "sql");
    if !case.transaction || !may_use || case.world.fresh_values.is_empty() {
        return Vec::new();
    }
    let used = case.world.fresh_values.iter().find(|(path, value)| is_refused(case, path) && names_value(case, path, value));
    used.map(|(path, value)| case.finding(format!("'{value}' was added to `{}` in this very transaction", path.1))).into_iter().collect()
}

/// A type made in the same transaction may be used at once since PostgreSQL 17.
fn is_refused(case: &Case<'_>, path: &Path) -> bool {
    let name = Name { schema: Some(path.0.clone()), name: path.1.clone() };
    let fresh = case.world.schema.type_of(&name, &case.world.search_path).is_some_and(|(_, it)| it.fresh);
    !fresh || case.scope.server_version.is_some_and(|it| it < 17)
}

/// Whether the statement writes the value as a literal, beside a column of the type or its name.
fn names_value(case: &Case<'_>, path: &Path, value: &str) -> bool {
    let literal = crate::sql::quote::literal(value);
    if !case.source.contains(&literal) {
        return false;
    }
    let text = case.source.to_lowercase();
    let names_type = text.contains(&path.1.to_lowercase());
    names_type
        || case
            .world
            .schema
            .users_of(path)
            .any(|(table, column)| text.contains(&table.name.to_lowercase()) || text.contains(&column.name.to_lowercase()))
}

fn remove_enum_value(case: &Case<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (name, target, action, span) in actions(case) {
        let Alter::SetType { column, kind, .. } = action else { continue };
        let Some(old) = target.column(column) else { continue };
        let values = |name: &Name| match case.world.schema.type_of(name, &case.world.search_path).map(|(_, it)| &it.what) {
            Some(TypeKind::Enum(values)) => Some(values),
            _ => None,
        };
        let (Some(old_values), Some(new_values)) = (values(&old.kind.name), values(&kind.name)) else { continue };
        let moved = |value: &str| {
            let seen_to = case.world.find(name).known().is_some_and(|it| case.world.seen_to.contains(&(it.id, value.to_owned())));
            seen_to || case.source.contains(&crate::sql::quote::literal(value))
        };
        for value in old_values.iter().filter(|it| !new_values.contains(it) && !moved(it)) {
            found.push(Finding::new(
                span,
                format!("a row of {} that still holds '{value}' fails: the new type lacks it", target.shown(name)),
            ));
        }
    }
    found
}
