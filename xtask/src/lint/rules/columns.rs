//! Rules about columns: added, made required, given another type.

use super::super::ast::{Act, Alter, ColumnDef, ConstraintKind as C, Expr, Kind, Name, Span};
use super::super::case::{Case, Finding, Target};
use super::super::emptied::is_emptied;
use super::super::rule::{Check, Rule};
use super::super::schema::is_serial;
use super::super::typechange::{self, Change};
use super::super::volatility::volatile_call;
use crate::diagnostic::{Hazard as H, Level};

/// `ADD COLUMN … NOT NULL` without a default.
pub static ADD_REQUIRED_COLUMN: Rule = Rule {
    id: "add-required-column",
    title: "A required column without a default",
    level: Level::Error,
    hazards: &[H::FailsData, H::BreaksClients],
    condition: "ADD COLUMN … NOT NULL without DEFAULT on a table that may hold rows",
    effect: "PostgreSQL has no value for the rows that exist and refuses (23502); on an empty table, programs that do not know the column can no longer insert",
    cure: "give it a DEFAULT, or add it nullable, fill it in batches, then CHECK (… IS NOT NULL) NOT VALID, VALIDATE, SET NOT NULL",
    bad: "CREATE TABLE account (id bigint PRIMARY KEY);\nINSERT INTO account VALUES (1);\n-- then\nALTER TABLE account ADD COLUMN region text NOT NULL;",
    good: "CREATE TABLE account (id bigint PRIMARY KEY);\nINSERT INTO account VALUES (1);\n-- then\nALTER TABLE account ADD COLUMN region text NOT NULL DEFAULT 'eu';",
    check: Check::Statement(add_required_column),
};

/// `ADD COLUMN` whose value differs from row to row.
pub static ADD_REWRITING_COLUMN: Rule = Rule {
    id: "add-rewriting-column",
    title: "A new column that rewrites the table",
    level: Level::Error,
    hazards: &[H::BlocksLong],
    condition: "ADD COLUMN with a volatile default, serial, identity, GENERATED … STORED or a domain with a check",
    effect: "every row is written again under ACCESS EXCLUSIVE: nobody reads or writes the table until that is done",
    cure: "add the column without it, SET DEFAULT for new rows, fill the old ones in batches",
    bad: "CREATE TABLE account (id bigint PRIMARY KEY);\n-- then\nALTER TABLE account ADD COLUMN token uuid DEFAULT gen_random_uuid();",
    good: "CREATE TABLE account (id bigint PRIMARY KEY);\n-- then\nALTER TABLE account ADD COLUMN token uuid;\nALTER TABLE account ALTER COLUMN token SET DEFAULT gen_random_uuid();",
    check: Check::Statement(add_rewriting_column),
};

/// `SET NOT NULL` without a proof.
pub static SET_NOT_NULL: Rule = Rule {
    id: "set-not-null",
    title: "SET NOT NULL that scans the table",
    level: Level::Error,
    hazards: &[H::BlocksLong, H::FailsData, H::BreaksClients],
    condition: "SET NOT NULL on a column for which no validated CHECK (column IS NOT NULL) stands",
    effect: "every row is read under ACCESS EXCLUSIVE, and a single null fails the migration (23502)",
    cure: "ADD CONSTRAINT … CHECK (column IS NOT NULL) NOT VALID, VALIDATE it in the next migration, then SET NOT NULL and drop the check",
    bad: "CREATE TABLE account (id bigint PRIMARY KEY, region text);\n-- then\nALTER TABLE account ALTER COLUMN region SET NOT NULL;",
    good: "CREATE TABLE account (id bigint PRIMARY KEY, region text, CONSTRAINT region_given CHECK (region IS NOT NULL));\n-- then\nALTER TABLE account ALTER COLUMN region SET NOT NULL;",
    check: Check::Statement(set_not_null),
};

/// `ALTER COLUMN … TYPE` that is more than a note in the catalog.
pub static CHANGE_TYPE: Rule = Rule {
    id: "change-type",
    title: "A change of type that rewrites or scans the table",
    level: Level::Error,
    hazards: &[H::BlocksLong, H::FailsData],
    condition: "ALTER COLUMN … TYPE where old and new values are not stored alike, or where a check or an index has to be done again",
    effect: "every row is written or read under ACCESS EXCLUSIVE; a value that does not fit fails the migration, one that is cut or replaced is lost",
    cure: "add a column of the new type, keep both in step, fill it in batches, switch the programs, drop the old one",
    bad: "CREATE TABLE account (id int PRIMARY KEY, age int);\n-- then\nALTER TABLE account ALTER COLUMN age TYPE bigint;",
    good: "CREATE TABLE account (id int PRIMARY KEY, name varchar(20));\n-- then\nALTER TABLE account ALTER COLUMN name TYPE varchar(40);",
    check: Check::Statement(change_type),
};

/// `SET EXPRESSION`.
pub static RECOMPUTE_COLUMN: Rule = Rule {
    id: "recompute-column",
    title: "A generated column that is computed again",
    level: Level::Error,
    hazards: &[H::BlocksLong],
    condition: "ALTER COLUMN … SET EXPRESSION on a stored generated column",
    effect: "every row is written again under ACCESS EXCLUSIVE",
    cure: "add a new column with the new expression beside it, in a quiet hour, or fill a plain one in batches",
    bad: "CREATE TABLE account (email text, email_lower text GENERATED ALWAYS AS (lower(email)) STORED);\n-- then\nALTER TABLE account ALTER COLUMN email_lower SET EXPRESSION AS (upper(email));",
    good: "CREATE TABLE account (email text, email_lower text GENERATED ALWAYS AS (lower(email)) STORED);\n-- then\nALTER TABLE account ALTER COLUMN email_lower DROP EXPRESSION;",
    check: Check::Statement(recompute_column),
};

/// The actions of an `ALTER TABLE` on a table in use.
pub(super) fn actions<'a>(case: &Case<'a>) -> impl Iterator<Item = (&'a Name, Target<'a>, &'a Alter, &'a Span)> + use<'a> {
    let found = match case.act {
        Act::Alter { kind: Kind::Table, name, actions, .. } => case.target(name).map(|target| (name, target, actions)),
        _ => None,
    };
    found.into_iter().flat_map(|(name, target, actions)| actions.iter().map(move |(action, span)| (name, target, action, span)))
}

/// The columns added to tables in use, unless they are there already.
fn added<'a>(case: &Case<'a>) -> impl Iterator<Item = (String, &'a ColumnDef, &'a Span)> + use<'a> {
    actions(case).filter_map(|(name, target, action, span)| match action {
        Alter::AddColumn { column, .. } if target.column(&column.name).is_none() => Some((target.shown(name), column, span)),
        _ => None,
    })
}

fn add_required_column(case: &Case<'_>) -> Vec<Finding> {
    let is_filled = |column: &ColumnDef| {
        is_serial(&column.kind)
            || column.constraints.iter().any(|it| match &it.what {
                C::Default(value) => *value != Expr::Null,
                C::Identity { .. } | C::Generated { .. } => true,
                _ => false,
            })
    };
    let is_required = |column: &ColumnDef| column.constraints.iter().any(|it| matches!(it.what, C::NotNull(_) | C::Primary { .. }));
    let hit = added(case).filter(|(_, column, _)| is_required(column) && !is_filled(column));
    hit.map(|(table, column, span)| {
        let why = match is_emptied(case.world, case.act) {
            true => "programs that do not know it can no longer insert",
            false => "the rows that exist have no value for it",
        };
        Finding::new(span, format!("column `{}` of {table} is required, but {why}", column.name))
    })
    .collect()
}

fn add_rewriting_column(case: &Case<'_>) -> Vec<Finding> {
    let hit = added(case).filter_map(|(table, column, span)| rewrite_reason(case, column).map(|reason| (table, column, span, reason)));
    hit.map(|(table, column, span, reason)| {
        let finding = Finding::new(span, format!("column `{}` rewrites {table}: {reason}", column.name));
        // A check may refuse what the rows get, most of all where that is null.
        let checked = case.world.schema.is_checked(&column.kind, &case.world.search_path);
        if checked { finding.hazards(&[H::BlocksLong, H::FailsData]) } else { finding }
    })
    .collect()
}

/// Why adding this column computes a value for every row.
fn rewrite_reason(case: &Case<'_>, column: &ColumnDef) -> Option<String> {
    if is_serial(&column.kind) {
        return Some("serial takes a number from a sequence for each row".into());
    }
    if case.world.schema.is_checked(&column.kind, &case.world.search_path) {
        return Some(format!("the check of domain `{}` runs over every row", column.kind));
    }
    let own_default = column.constraints.iter().any(|it| matches!(it.what, C::Default(_)));
    let domain_default = case.world.schema.default_of(&column.kind, &case.world.search_path).filter(|_| !own_default);
    if let Some(call) = domain_default.and_then(|it| volatile_call(it, case.world)) {
        return Some(format!("the domain's default `{call}()` may give another value for each row"));
    }
    column.constraints.iter().find_map(|it| match &it.what {
        C::Identity { .. } => Some("identity takes a number from a sequence for each row".to_owned()),
        C::Generated { stored: true, .. } => Some("the stored value is computed for each row".to_owned()),
        C::Default(value) => volatile_call(value, case.world).map(|it| format!("`{it}()` may give another value for each row")),
        _ => None,
    })
}

fn set_not_null(case: &Case<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (name, target, action, span) in actions(case) {
        let Alter::SetNotNull(column) = action else { continue };
        if let Target::InUse(relation) = target
            && (relation.proves_not_null(column) || relation.column(column).is_some_and(|it| it.not_null))
        {
            continue;
        }
        found.push(Finding::new(span, format!("every row of {} is read to see that `{column}` holds no null", target.shown(name))));
    }
    found
}

fn change_type(case: &Case<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (name, target, action, span) in actions(case) {
        let Alter::SetType { column, kind, using, collation } = action else { continue };
        let table = target.shown(name);
        let Target::InUse(relation) = target else {
            found.push(
                Finding::new(span, format!("`{column}` of {table} becomes {kind}; from which type cannot be told")).level(Level::Warning),
            );
            continue;
        };
        let Some(old) = relation.column(column) else { continue };
        let (work, reason) = match typechange::change(relation, old, kind, using.as_ref(), collation.is_some(), case.world) {
            Change::Rewrite(reason) => ("rewritten", reason),
            Change::Scan(reason) => ("read", reason),
            Change::Rebuild => ("kept, but its indexes on the column are built again", "their order or their values may change"),
            Change::Free | Change::NoCast => continue,
        };
        let loses = using.as_ref().is_some_and(|it| !uses(it, column)) || typechange::narrows(&old.kind, kind);
        let finding = Finding::new(span, format!("{table} is {work}: `{column}` goes from {} to {kind}, and {reason}", old.kind));
        found.push(if loses { finding.hazards(&[H::BlocksLong, H::FailsData, H::DataLoss]) } else { finding });
    }
    found
}

fn uses(value: &Expr, column: &str) -> bool {
    let mut found = Vec::new();
    super::super::schema::mentions(value, &mut found);
    found.iter().any(|it| it == column)
}

fn recompute_column(case: &Case<'_>) -> Vec<Finding> {
    let hit = actions(case).filter_map(|(name, target, action, span)| match action {
        Alter::SetExpression(column) => Some((target.shown(name), column, span)),
        _ => None,
    });
    hit.map(|(table, column, span)| Finding::new(span, format!("{table} is rewritten: `{column}` is computed again for every row")))
        .collect()
}
