//! Rules about constraints on tables that others use.

use super::super::ast::{Act, Alter, Constraint, ConstraintKind as C, CreateTable, Expr, Kind, Name, Span};
use super::super::case::{Case, Finding, Target};
use super::super::rule::{Check, Rule};
use super::super::schema::{Id, Key};
use super::columns::actions;
use crate::diagnostic::{Hazard as H, Level};

/// `FOREIGN KEY` without `NOT VALID`.
pub static ADD_FOREIGN_KEY: Rule = Rule {
    id: "add-foreign-key",
    title: "A foreign key that is verified at once",
    level: Level::Error,
    hazards: &[H::BlocksLong, H::FailsData],
    condition: "FOREIGN KEY without NOT VALID on a table that may hold rows",
    effect: "every row is looked up under SHARE ROW EXCLUSIVE on both tables: nobody writes to either, and one row without its partner fails the migration (23503)",
    cure: "add it NOT VALID, and VALIDATE CONSTRAINT in a migration of its own",
    bad: "CREATE TABLE account (id bigint PRIMARY KEY);\nCREATE TABLE invoice (id bigint PRIMARY KEY, account_id bigint);\nCREATE INDEX ON invoice (account_id);\n-- then\nALTER TABLE invoice ADD FOREIGN KEY (account_id) REFERENCES account (id);",
    good: "CREATE TABLE account (id bigint PRIMARY KEY);\nCREATE TABLE invoice (id bigint PRIMARY KEY, account_id bigint);\nCREATE INDEX ON invoice (account_id);\n-- then\nALTER TABLE invoice ADD FOREIGN KEY (account_id) REFERENCES account (id) NOT VALID;",
    check: Check::Statement(add_foreign_key),
};

/// `CHECK` (or a named `NOT NULL`) without `NOT VALID`.
pub static ADD_CHECK: Rule = Rule {
    id: "add-check",
    title: "A check that is verified at once",
    level: Level::Error,
    hazards: &[H::BlocksLong, H::FailsData],
    condition: "CHECK or a NOT NULL constraint without NOT VALID on a table that may hold rows, also inside ADD COLUMN",
    effect: "every row is read under ACCESS EXCLUSIVE, and one that does not fit fails the migration (23514)",
    cure: "add it NOT VALID, and VALIDATE CONSTRAINT in a migration of its own",
    bad: "CREATE TABLE account (id bigint PRIMARY KEY, age int);\n-- then\nALTER TABLE account ADD CONSTRAINT age_fits CHECK (age > 0);",
    good: "CREATE TABLE account (id bigint PRIMARY KEY, age int);\n-- then\nALTER TABLE account ADD CONSTRAINT age_fits CHECK (age > 0) NOT VALID;",
    check: Check::Statement(add_check),
};

/// `UNIQUE`, `PRIMARY KEY`, `EXCLUDE`.
pub static ADD_UNIQUE: Rule = Rule {
    id: "add-unique",
    title: "A key whose index is built under lock",
    level: Level::Error,
    hazards: &[H::BlocksLong, H::FailsData],
    condition: "UNIQUE, PRIMARY KEY or EXCLUDE on a table that may hold rows, unless USING INDEX on columns without nulls",
    effect: "the index is built (or the columns are read) under ACCESS EXCLUSIVE, and a double value fails the migration (23505)",
    cure: "CREATE UNIQUE INDEX CONCURRENTLY in a migration without transaction, then ADD CONSTRAINT … USING INDEX; an EXCLUDE needs a quiet hour or a new table",
    bad: "CREATE TABLE account (id bigint PRIMARY KEY, email text);\n-- then\nALTER TABLE account ADD CONSTRAINT account_email UNIQUE (email);",
    good: "CREATE TABLE account (id bigint PRIMARY KEY, email text);\nCREATE UNIQUE INDEX account_email ON account (email);\n-- then\nALTER TABLE account ADD CONSTRAINT account_email UNIQUE USING INDEX account_email;",
    check: Check::Statement(add_unique),
};

/// A foreign key whose columns no index leads with.
pub static UNINDEXED_FOREIGN_KEY: Rule = Rule {
    id: "unindexed-foreign-key",
    title: "A foreign key without an index",
    level: Level::Warning,
    hazards: &[],
    condition: "the columns of a foreign key lead no index of their table",
    effect: "each DELETE or change of key in the table that it points at reads this whole table",
    cure: "create an index on the columns, CONCURRENTLY where the table is in use",
    bad: "CREATE TABLE account (id bigint PRIMARY KEY);\n-- then\nCREATE TABLE invoice (id bigint PRIMARY KEY, account_id bigint REFERENCES account);",
    good: "CREATE TABLE account (id bigint PRIMARY KEY);\n-- then\nCREATE TABLE invoice (id bigint PRIMARY KEY, account_id bigint REFERENCES account);\nCREATE INDEX ON invoice (account_id);",
    check: Check::Statement(unindexed_foreign_key),
};

/// A constraint of a domain that columns already use.
pub static DOMAIN_CHECK: Rule = Rule {
    id: "domain-check",
    title: "A domain constraint that is verified at once",
    level: Level::Error,
    hazards: &[H::BlocksLong, H::FailsData],
    condition: "ALTER DOMAIN … ADD CONSTRAINT without NOT VALID, SET NOT NULL or VALIDATE CONSTRAINT while columns in use have the domain",
    effect: "every table with such a column is read under SHARE: nobody writes to it, and one value that does not fit fails the migration",
    cure: "add it NOT VALID; VALIDATE blocks writers as well, so do that in a quiet hour",
    bad: "CREATE DOMAIN label AS text;\nCREATE TABLE note (body label);\n-- then\nALTER DOMAIN label ADD CONSTRAINT short CHECK (length(value) < 100);",
    good: "CREATE DOMAIN label AS text;\nCREATE TABLE note (body label);\n-- then\nALTER DOMAIN label ADD CONSTRAINT short CHECK (length(value) < 100) NOT VALID;",
    check: Check::Statement(domain_check),
};

/// A constraint that an `ALTER TABLE` adds, with the column that it stands on where it is written there.
struct Added<'a> {
    name: &'a Name,
    target: Target<'a>,
    constraint: &'a Constraint,
    /// The column and whether it is new and all null.
    column: Option<(&'a str, bool)>,
    span: &'a Span,
}

fn added<'a>(case: &Case<'a>) -> Vec<Added<'a>> {
    let mut found = Vec::new();
    for (name, target, action, span) in actions(case) {
        match action {
            Alter::AddConstraint(constraint) => found.push(Added { name, target, constraint, column: None, span }),
            Alter::AddColumn { column, .. } if target.column(&column.name).is_none() => {
                let is_null = !column.constraints.iter().any(|it| match &it.what {
                    C::Default(value) => *value != Expr::Null,
                    C::Identity { .. } | C::Generated { .. } => true,
                    _ => super::super::schema::is_serial(&column.kind),
                });
                let column_name = column.name.as_str();
                found.extend(column.constraints.iter().map(|constraint| Added {
                    name,
                    target,
                    constraint,
                    column: Some((column_name, is_null)),
                    span,
                }));
            }
            _ => {}
        }
    }
    found
}

fn add_foreign_key(case: &Case<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for it in added(case) {
        let C::Foreign { table, .. } = &it.constraint.what else { continue };
        // A new column without values has nothing to look up.
        if it.constraint.not_valid || it.constraint.not_enforced || it.column.is_some_and(|(_, is_null)| is_null) {
            continue;
        }
        let message = format!("every row of {} is looked up in `{table}` while nobody can write to either", it.target.shown(it.name));
        found.push(Finding::new(it.span, message));
    }
    found
}

fn add_check(case: &Case<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for it in added(case) {
        let proven = |column: &str| matches!(it.target, Target::InUse(relation) if relation.column(column).is_some_and(|it| it.not_null) || relation.proves_not_null(column));
        let what = match &it.constraint.what {
            C::Check(_) => "a check",
            C::NotNull(Some(column)) if it.column.is_none() && !proven(column) => "a NOT NULL constraint",
            _ => continue,
        };
        if !it.constraint.not_valid && !it.constraint.not_enforced {
            found.push(Finding::new(it.span, format!("every row of {} is read to verify {what}", it.target.shown(it.name))));
        }
    }
    found
}

fn add_unique(case: &Case<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for it in added(case) {
        let table = it.target.shown(it.name);
        let message = match &it.constraint.what {
            C::Unique { index: None, .. } => format!("a unique index on {table} is built while nobody can read or write it"),
            C::Exclude => format!("an exclusion index on {table} is built while nobody can write to it"),
            C::Primary { index: None, .. } => format!("the primary key's index on {table} is built while nobody can read or write it"),
            C::Primary { index: Some(index), .. } => match nullable_in(case, it.target, index) {
                Some(column) => format!("every row of {table} is read, since `{column}` of the new primary key may hold nulls"),
                None => continue,
            },
            _ => continue,
        };
        found.push(Finding::new(it.span, message));
    }
    found
}

/// A column of the index for which nothing proves that it holds no null.
fn nullable_in(case: &Case<'_>, target: Target<'_>, index: &Name) -> Option<String> {
    let Target::InUse(table) = target else { return None };
    let index = case.world.find(index).known()?.index.as_ref()?;
    let proven = |column: &str| table.column(column).is_none_or(|it| it.not_null) || table.proves_not_null(column);
    index.columns.iter().flatten().find(|it| !proven(it)).cloned()
}

fn unindexed_foreign_key(case: &Case<'_>) -> Vec<Finding> {
    let leads = |table: &Name, columns: &[String]| {
        let first = columns.first();
        let now = case
            .world
            .find(table)
            .known()
            .is_some_and(|it| first.is_some_and(|column| it.indexed.contains(column)) || has_key(it.id, case, columns));
        let later = case.later.iter().any(|it| match &it.act {
            Act::CreateIndex(index) => {
                index.table.name == table.name && matches!(index.items.first(), Some(Expr::Column(parts)) if parts.last() == first)
            }
            Act::Alter { name, actions, .. } if name.name == table.name => actions.iter().any(|(action, _)| match action {
                Alter::AddConstraint(constraint) => key_leads(constraint, first),
                _ => false,
            }),
            _ => false,
        });
        now || later
    };
    let mut found = Vec::new();
    match case.act {
        Act::CreateTable(table) => found.extend(
            unindexed_in(table, case.span)
                .filter(|(columns, _)| !leads(&table.name, columns))
                .map(|(columns, span)| (table.name.clone(), columns, span)),
        ),
        Act::Alter { kind: Kind::Table, name, actions, .. } => {
            for (action, span) in actions {
                let columns = match action {
                    Alter::AddConstraint(Constraint { what: C::Foreign { columns, .. }, .. }) => columns.clone(),
                    Alter::AddColumn { column, .. } if column.constraints.iter().any(|it| matches!(it.what, C::Foreign { .. })) => {
                        vec![column.name.clone()]
                    }
                    _ => continue,
                };
                if !leads(name, &columns) {
                    found.push((name.clone(), columns, span.clone()));
                }
            }
        }
        _ => {}
    }
    let message = |table: &Name, columns: &[String]| {
        format!("no index of `{table}` begins with `{}`, which points at another table", columns.join(", "))
    };
    found.iter().map(|(table, columns, span)| Finding::new(span, message(table, columns))).collect()
}

fn has_key(table: Id, case: &Case<'_>, columns: &[String]) -> bool {
    case.world.schema.get(table).is_some_and(|it| {
        it.constraints.iter().any(|it| matches!(&it.key, Key::Primary(key) | Key::Unique(key) if key.first() == columns.first()))
    })
}

fn key_leads(constraint: &Constraint, first: Option<&String>) -> bool {
    matches!(&constraint.what, C::Primary { columns, .. } | C::Unique { columns, .. } if columns.first() == first)
}

/// The foreign keys of a new table that none of its own keys serves.
fn unindexed_in<'a>(table: &'a CreateTable, span: &'a Span) -> impl Iterator<Item = (Vec<String>, Span)> + use<'a> {
    let inline = table.columns.iter().filter(|column| column.constraints.iter().any(|it| matches!(it.what, C::Foreign { .. })));
    let inline = inline.map(|column| vec![column.name.clone()]);
    let outer =
        table.constraints.iter().filter_map(|it| if let C::Foreign { columns, .. } = &it.what { Some(columns.clone()) } else { None });
    let served = |columns: &Vec<String>| {
        let own = table.columns.iter().filter(|it| Some(&it.name) == columns.first()).flat_map(|it| &it.constraints);
        let own = own.filter(|it| matches!(it.what, C::Primary { .. } | C::Unique { .. })).count() > 0;
        own || table.constraints.iter().any(|it| key_leads(it, columns.first()))
    };
    inline.chain(outer).filter(move |columns| !served(columns)).map(|columns| (columns, span.clone()))
}

fn domain_check(case: &Case<'_>) -> Vec<Finding> {
    let Act::Alter { kind: Kind::Domain, name, actions, .. } = case.act else { return Vec::new() };
    let Some((path, _)) = case.world.schema.type_of(name, &case.world.search_path) else { return Vec::new() };
    let Some((table, column)) = case.world.schema.users_of(path).find(|(table, _)| !table.here) else { return Vec::new() };
    let verifies = |action: &Alter| match action {
        Alter::AddConstraint(constraint) => !constraint.not_valid,
        Alter::SetNotNull(_) | Alter::ValidateConstraint(_) => true,
        _ => false,
    };
    let hit = actions.iter().filter(|(action, _)| verifies(action));
    hit.map(|(_, span)| {
        Finding::new(span, format!("every row of `{}` is read to verify `{}`, which has this domain", table.shown(), column.name))
    })
    .collect()
}
