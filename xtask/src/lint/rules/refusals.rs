//! Rules about what PostgreSQL refuses: what others depend on, what the schema forbids, what the server's version lacks.

use super::super::ast::{Act, Alter, Bound, Constraint, ConstraintKind as C, Expr, Kind, Name, Span};
use super::super::case::{Case, Finding};
use super::super::rule::{Check, Rule};
use super::super::schema::{Key, Relation};
use super::super::typechange::{self, Change};
use super::contradictions;
use crate::diagnostic::{Hazard as H, Level};

/// What cannot go because something else needs it.
pub static DEPENDENT_OBJECT: Rule = Rule {
    id: "dependent-object",
    title: "Something that others depend on",
    level: Level::Error,
    hazards: &[H::FailsAlways],
    condition: "DROP without CASCADE, or a change of type, of what a view, a foreign key, a column or a default needs",
    effect: "the migration fails (2BP01, 0A000)",
    cure: "drop or change what depends on it first, and make it again afterwards",
    bad: "CREATE TABLE account (id bigint PRIMARY KEY);\nCREATE VIEW ids AS SELECT id FROM account;\n-- then\n-- xtask: allow drop-table: only an example\nDROP TABLE account;",
    good: "CREATE TABLE account (id bigint PRIMARY KEY);\nCREATE VIEW ids AS SELECT id FROM account;\n-- then\n-- xtask: allow drop-table: only an example\n-- xtask: allow drop-object: only an example\nDROP VIEW ids;\nDROP TABLE IF EXISTS account;",
    check: Check::Statement(dependent_object),
};

/// What PostgreSQL refuses for other reasons.
pub static IMPOSSIBLE_CHANGE: Rule = Rule {
    id: "impossible-change",
    title: "A change that PostgreSQL refuses",
    level: Level::Error,
    hazards: &[H::FailsAlways],
    condition: "a change that the schema forbids: CONCURRENTLY on a partitioned table, overlapping partitions, a second primary key, a view that loses columns, a type without a cast",
    effect: "the migration fails wherever it runs",
    cure: "write what the message names",
    bad: "CREATE TABLE account (id bigint PRIMARY KEY, name text);\n-- then\nALTER TABLE account ALTER COLUMN name TYPE int;",
    good: "CREATE TABLE account (id bigint PRIMARY KEY, name varchar(20));\n-- then\nALTER TABLE account ALTER COLUMN name TYPE text;",
    check: Check::Statement(impossible_change),
};

/// Syntax that the server does not know yet.
pub static NEEDS_NEWER_SERVER: Rule = Rule {
    id: "needs-newer-server",
    title: "A feature of a newer PostgreSQL",
    level: Level::Error,
    hazards: &[H::FailsAlways],
    condition: "a statement uses what the server's version does not have",
    effect: "the migration fails with a syntax error or 0A000",
    cure: "write it in the older way, or raise the version that xtask.toml names",
    bad: "CREATE TABLE account (age int, CHECK (age > 0) NOT ENFORCED);",
    good: "CREATE TABLE account (age int, CHECK (age > 0));",
    check: Check::Statement(needs_newer_server),
};

fn dependent_object(case: &Case<'_>) -> Vec<Finding> {
    if !case.is_certain() {
        return Vec::new();
    }
    match case.act {
        Act::Drop { kind, names, cascade: false, .. } => names.iter().filter_map(|name| dependent(case, *kind, name, names)).collect(),
        Act::Alter { kind: Kind::Table, name, actions, .. } => {
            let Some(table) = case.world.find(name).known() else { return Vec::new() };
            actions.iter().filter_map(|(action, span)| dependent_in_action(case, table, action, span)).collect()
        }
        _ => Vec::new(),
    }
}

/// What still needs an object that is dropped without `CASCADE`; what is dropped with it does not count.
fn dependent(case: &Case<'_>, kind: Kind, name: &Name, dropped: &[Name]) -> Option<Finding> {
    let schema = &case.world.schema;
    let also = |it: &Relation| dropped.iter().any(|name| name.name == it.name);
    match kind {
        Kind::Table | Kind::View | Kind::MaterializedView => {
            let relation = case.world.find(name).known()?;
            let view = schema.readers(relation.id).find(|it| !also(it)).map(|it| format!("view `{}`", it.shown()));
            let key = || {
                schema
                    .references_to(relation.id)
                    .find(|(it, _)| it.id != relation.id && !also(it))
                    .map(|(it, key)| format!("foreign key `{}` of `{}`", key.name, it.shown()))
            };
            let what = view.or_else(key)?;
            Some(case.finding(format!("{what} needs `{name}`")))
        }
        Kind::Index => {
            let index = case.world.find(name).known()?;
            index.index.as_ref()?.constraint.then(|| case.finding(format!("a constraint needs index `{name}`")))
        }
        Kind::Type | Kind::Domain => {
            let (path, _) = schema.type_of(name, &case.world.search_path)?;
            let (table, column) = schema.users_of(path).find(|(it, _)| !also(it))?;
            Some(case.finding(format!("column `{}` of `{}` has type `{name}`", column.name, table.shown())))
        }
        Kind::Schema => {
            let inside = schema.relations().find(|it| it.schema == name.name)?;
            Some(case.finding(format!("schema `{name}` still holds `{}`", inside.name)))
        }
        Kind::Sequence => {
            let sequence = case.world.find(name).known()?;
            let owns = |it: &&Relation| {
                it.columns.iter().any(|column| column.serial && sequence.name == format!("{}_{}_seq", it.name, column.name))
            };
            let table = schema.relations().find(owns)?;
            Some(case.finding(format!("a default of `{}` needs sequence `{name}`", table.shown())))
        }
        _ => None,
    }
}

fn dependent_in_action(case: &Case<'_>, table: &Relation, action: &Alter, span: &Span) -> Option<Finding> {
    let schema = &case.world.schema;
    let uses = |view: &Relation, column: &String| view.read_columns.iter().any(|(id, it)| *id == table.id && it == column);
    let reader = |column: &String| schema.readers(table.id).find(|view| uses(view, column));
    match action {
        Alter::DropColumn { name, cascade: false, .. } => {
            let view = reader(name).map(|it| format!("view `{}`", it.shown()));
            let generated = || {
                table
                    .columns
                    .iter()
                    .find(|it| it.generated_from.as_ref().is_some_and(|from| from.contains(name)))
                    .map(|it| format!("generated column `{}`", it.name))
            };
            let key = || {
                let mut pointing = schema.references_to(table.id);
                pointing.find(|(_, it)| matches!(&it.key, Key::Foreign { targets, .. } if targets.contains(name) || (targets.is_empty() && table.primary_key() == Some(std::slice::from_ref(name))))).map(|(it, _)| format!("a foreign key of `{}`", it.shown()))
            };
            let partition = || table.partition_key.contains(name).then(|| "the partition key".to_owned());
            let what = view.or_else(generated).or_else(key).or_else(partition)?;
            Some(Finding::new(span, format!("{what} needs column `{name}`")))
        }
        Alter::SetType { column, .. } => {
            let view = reader(column).map(|it| format!("view `{}`", it.shown()));
            let generated = || {
                table
                    .columns
                    .iter()
                    .find(|it| it.generated_from.as_ref().is_some_and(|from| from.contains(column)))
                    .map(|it| format!("generated column `{}`", it.name))
            };
            let partition = || table.partition_key.contains(column).then(|| "the partition key".to_owned());
            let trigger = || table.triggers.iter().any(|it| it.contains(column)).then(|| "a trigger".to_owned());
            let what = view.or_else(generated).or_else(partition).or_else(trigger)?;
            Some(Finding::new(span, format!("{what} uses column `{column}`, whose type therefore cannot change")))
        }
        Alter::DropConstraint { name, cascade: false, .. } => {
            let columns = match &table.constraint(name)?.key {
                Key::Primary(columns) | Key::Unique(columns) => columns,
                _ => return None,
            };
            let is_primary = table.primary_key() == Some(columns);
            let needs = |targets: &[String]| targets == columns.as_slice() || (targets.is_empty() && is_primary);
            let (pointing, _) =
                schema.references_to(table.id).find(|(_, it)| matches!(&it.key, Key::Foreign { targets, .. } if needs(targets)))?;
            Some(Finding::new(span, format!("a foreign key of `{}` needs `{name}`", pointing.shown())))
        }
        _ => None,
    }
}

fn impossible_change(case: &Case<'_>) -> Vec<Finding> {
    let mut found = contradictions::check(case);
    match case.act {
        Act::CreateIndex(index) if index.concurrently && case.world.find(&index.table).known().is_some_and(|it| it.partitioned) => {
            found.push(case.finding(format!(
                "`{}` is partitioned: an index on it cannot be built CONCURRENTLY; write ON ONLY and one index a partition",
                index.table
            )));
        }
        Act::CreateIndex(index) if index.unique => {
            let columns: Vec<String> =
                index.items.iter().filter_map(|it| if let Expr::Column(parts) = it { parts.last().cloned() } else { None }).collect();
            let table = case.world.find(&index.table).known();
            found.extend(table.and_then(|it| lacks_partition_key(it, &columns)).map(|it| case.finding(it)));
        }
        Act::Truncate { tables, cascade: false } => found.extend(tables.iter().filter_map(|it| pointed_at(case, it, tables))),
        Act::CreateFunction(function) if function.replace => found.extend(other_result(case, function)),
        Act::CreateView { name, replace: true, query, columns, .. } => found.extend(shrunk_view(case, name, query, columns)),
        Act::CreateTable(table) => {
            found.extend(table.partition_of.iter().filter_map(|(parent, bound)| overlap(case, parent, bound.as_ref()?)));
        }
        Act::Refresh { name, concurrently: true } => {
            if let Some(view) = case.world.find(name).known()
                && !case.world.schema.indexes(view.id).any(|(_, it)| it.unique && !it.partial && it.computed_from.is_empty())
            {
                found.push(case.finding(format!("`{name}` has no unique index, without which it cannot be refreshed CONCURRENTLY")));
            }
        }
        Act::Alter { kind: Kind::Table, name, actions, .. } => {
            if let Some(table) = case.world.find(name).known() {
                found.extend(
                    actions
                        .iter()
                        .filter_map(|(action, span)| impossible_action(case, table, action).map(|message| Finding::new(span, message))),
                );
            }
        }
        _ => {}
    }
    if case.is_certain() { found } else { Vec::new() }
}

/// A table that another one points at is not truncated alone.
fn pointed_at(case: &Case<'_>, name: &Name, truncated: &[Name]) -> Option<Finding> {
    let table = case.world.find(name).known()?;
    let also = |it: &Relation| it.id == table.id || truncated.iter().any(|name| name.name == it.name);
    let (pointing, _) = case.world.schema.references_to(table.id).find(|(it, _)| !also(it))?;
    Some(case.finding(format!("a foreign key of `{}` points at `{name}`: truncate both in one statement", pointing.shown())))
}

/// `CREATE OR REPLACE FUNCTION` may not change what the function gives back.
fn other_result(case: &Case<'_>, function: &super::super::ast::CreateFunction) -> Option<Finding> {
    let own = case.world.schema.functions(&function.name, &case.world.search_path);
    let old = own.iter().find(|it| it.definition.arguments == function.arguments)?;
    let (before, now) = (old.definition.returns.as_ref()?, function.returns.as_ref()?);
    (before != now).then(|| {
        case.finding(format!(
            "`{}` gives back {before}, which CREATE OR REPLACE cannot change to {now}: DROP FUNCTION first",
            function.name
        ))
    })
}

/// A unique index of a partitioned table needs every column of the partition key.
fn lacks_partition_key(table: &Relation, columns: &[String]) -> Option<String> {
    let missing = table.partition_key.iter().find(|it| !columns.contains(it)).filter(|_| table.partitioned)?;
    Some(format!("`{}` is partitioned by `{missing}`, which every unique index of it has to hold", table.shown()))
}

fn impossible_action(case: &Case<'_>, table: &Relation, action: &Alter) -> Option<String> {
    if let Some(message) = contradictions::not_for_views(table, action) {
        return Some(message);
    }
    match action {
        Alter::SetType { column, kind, using, collation } => {
            let old = table.column(column)?;
            if typechange::change(table, old, kind, using.as_ref(), collation.is_some(), case.world) == Change::NoCast {
                return Some(format!("PostgreSQL does not turn {} into {kind} by itself: write USING {column}::{kind}", old.kind));
            }
            let follows = typechange::default_follows(old, kind, case.world);
            (!follows).then(|| format!("the default of `{column}` cannot become {kind}: DROP DEFAULT first"))
        }
        Alter::AddConstraint(constraint) => impossible_constraint(case, table, constraint),
        Alter::AddIdentity { column, .. } => {
            let old = table.column(column)?;
            (!old.not_null).then(|| format!("`{column}` may hold nulls, so it cannot become an identity column"))
        }
        Alter::DropNotNull(column) => {
            table.primary_key()?.contains(column).then(|| format!("`{column}` is in the primary key and stays NOT NULL"))
        }
        Alter::Attach { bound, .. } => overlap_message(case, table, bound.as_ref()?),
        _ => None,
    }
}

fn impossible_constraint(case: &Case<'_>, table: &Relation, constraint: &Constraint) -> Option<String> {
    match &constraint.what {
        C::Primary { columns, .. } | C::Unique { columns, .. } if lacks_partition_key(table, columns).is_some() => {
            lacks_partition_key(table, columns)
        }
        C::Primary { .. } if table.primary_key().is_some() => Some(format!("`{}` has a primary key already", table.shown())),
        C::Foreign { table: target, targets, columns } => {
            if constraint.not_valid && table.partitioned && case.older_than(18) {
                return Some(format!("`{}` is partitioned: before PostgreSQL 18 a foreign key on it cannot be NOT VALID", table.shown()));
            }
            let target = case.world.find(target).known().filter(|it| it.kind == Kind::Table && it.columns_known)?;
            if let (Some(own), Some(other)) = (columns.first(), targets.first().or_else(|| target.primary_key()?.first()))
                && let (Some(own), Some(other)) = (table.column(own), target.column(other))
                && !typechange::compares(&own.kind, &other.kind, case.world)
            {
                return Some(format!(
                    "`{}` has type {}, but `{}`, which it points at, has type {}",
                    own.name, own.kind, other.name, other.kind
                ));
            }
            let serves = |it: &Key| matches!(it, Key::Primary(columns) | Key::Unique(columns) if same(columns, targets));
            let by_key =
                if targets.is_empty() { target.primary_key().is_some() } else { target.constraints.iter().any(|it| serves(&it.key)) };
            let by_index = case
                .world
                .schema
                .indexes(target.id)
                .any(|(_, it)| it.unique && !it.partial && same(&it.columns.iter().flatten().cloned().collect::<Vec<_>>(), targets));
            (!by_key && !by_index).then(|| format!("no key of `{}` covers the columns that the foreign key points at", target.shown()))
        }
        _ => None,
    }
}

fn same(a: &[String], b: &[String]) -> bool {
    a.len() == b.len() && a.iter().all(|it| b.contains(it))
}

/// `CREATE OR REPLACE VIEW` may add columns at the end, and nothing else.
fn shrunk_view(case: &Case<'_>, name: &Name, query: &super::super::ast::Query, columns: &[String]) -> Option<Finding> {
    let old = case
        .world
        .find(name)
        .known()
        .filter(|it| it.kind == Kind::View && it.columns_known && it.schema == case.world.schema.home(name, &case.world.search_path))?;
    let new: Vec<String> = if columns.is_empty() {
        case.world.schema.result_columns(query, &case.world.search_path)?.into_iter().map(|it| it.name).collect()
    } else {
        columns.to_vec()
    };
    let kept = old.columns.iter().zip(new.iter().map(Some).chain(std::iter::repeat(None)));
    let lost = kept.into_iter().find(|(old, new)| new.is_none_or(|it| *it != old.name))?.0;
    Some(
        case.finding(format!(
            "view `{name}` would lose its column `{}` or find another in its place: DROP VIEW and make it again",
            lost.name
        )),
    )
}

fn overlap(case: &Case<'_>, parent: &Name, bound: &Bound) -> Option<Finding> {
    let parent = case.world.find(parent).known()?;
    overlap_message(case, parent, bound).map(|it| case.finding(it))
}

/// The partition whose rows would belong to two.
fn overlap_message(case: &Case<'_>, parent: &Relation, bound: &Bound) -> Option<String> {
    let siblings = case.world.schema.dependents(parent.id).filter(|it| it.parents.contains(&parent.id));
    let mut clash = siblings.filter(|it| it.bound.as_ref().is_some_and(|other| overlaps(bound, other)));
    clash.next().map(|it| format!("the new partition overlaps `{}`", it.shown()))
}

fn overlaps(a: &Bound, b: &Bound) -> bool {
    match (a, b) {
        (Bound::Default, Bound::Default) => true,
        (Bound::List(a), Bound::List(b)) => a.iter().any(|it| b.contains(it)),
        (Bound::Range(from, to), Bound::Range(other_from, other_to)) => {
            let single = |it: &[Expr]| if let [it] = it { Some(it.clone()) } else { None };
            let (Some(from), Some(to), Some(other_from), Some(other_to)) = (single(from), single(to), single(other_from), single(other_to))
            else {
                return false;
            };
            is_below(&from, &other_to) == Some(true) && is_below(&other_from, &to) == Some(true)
        }
        _ => false,
    }
}

/// Whether one bound lies below another; texts only where they have the same shape.
pub(super) fn is_below(a: &Expr, b: &Expr) -> Option<bool> {
    let word = |it: &Expr, word: &str| matches!(it, Expr::Column(parts) if parts.last().is_some_and(|it| it == word));
    if word(a, "minvalue") || word(b, "maxvalue") {
        return Some(true);
    }
    match (a, b) {
        (Expr::Number(a), Expr::Number(b)) => Some(a.parse::<f64>().ok()? < b.parse::<f64>().ok()?),
        (Expr::Text(a), Expr::Text(b)) if a.len() == b.len() => Some(a < b),
        _ => None,
    }
}

fn needs_newer_server(case: &Case<'_>) -> Vec<Finding> {
    let mut needs: Vec<(u32, &str)> = Vec::new();
    let mut constraint = |it: &Constraint| {
        if it.not_enforced {
            needs.push((18, "NOT ENFORCED"));
        }
        if matches!(&it.what, C::Generated { stored: false, .. }) {
            needs.push((18, "a virtual generated column"));
        }
    };
    match case.act {
        Act::CreateTable(table) => table.columns.iter().flat_map(|it| &it.constraints).chain(&table.constraints).for_each(&mut constraint),
        Act::Alter { actions, .. } => {
            for (action, _) in actions {
                match action {
                    Alter::AddColumn { column, .. } => column.constraints.iter().for_each(&mut constraint),
                    Alter::AddConstraint(it) => constraint(it),
                    _ => {}
                }
            }
            let newer = actions.iter().filter_map(|(action, _)| match action {
                Alter::AddConstraint(Constraint { what: C::NotNull(Some(_)), .. }) => Some((18, "a named NOT NULL constraint")),
                Alter::SetExpression(_) => Some((17, "SET EXPRESSION")),
                _ => None,
            });
            needs.extend(newer);
        }
        Act::Merge { .. } => needs.push((15, "MERGE")),
        _ => {}
    }
    let missing = needs.into_iter().filter(|(version, _)| case.older_than(*version));
    missing.map(|(version, what)| case.finding(format!("{what} needs PostgreSQL {version}"))).collect()
}
