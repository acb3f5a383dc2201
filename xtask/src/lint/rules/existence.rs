//! Rules about what fails wherever it runs: missing, doubled, depended upon, impossible.

use super::super::ast::{Act, Alter, ColumnDef, Constraint, ConstraintKind as C, CreateTable, Expr, GrantOn, Kind, Name, Span, TypeName};
use super::super::case::{Case, Finding};
use super::super::rule::{Check, Rule};
use super::super::schema::{HOLE, Lookup, Relation, TypeKind, is_serial};
use crate::diagnostic::{Hazard as H, Level};

/// What is named and not there.
pub static MISSING_OBJECT: Rule = Rule {
    id: "missing-object",
    title: "Something that does not exist",
    level: Level::Error,
    hazards: &[H::FailsAlways],
    condition: "a statement names a table, column, constraint, type or index that no migration before it has made",
    effect: "the migration fails wherever the migrations run from nothing",
    cure: "correct the name, or write IF EXISTS where its absence is fine",
    bad: "ALTER TABLE acount ADD COLUMN region text;",
    good: "ALTER TABLE IF EXISTS acount ADD COLUMN region text;",
    check: Check::Statement(missing_object),
};

/// What is made and already there.
pub static EXISTING_OBJECT: Rule = Rule {
    id: "existing-object",
    title: "Something that exists already",
    level: Level::Error,
    hazards: &[H::FailsAlways],
    condition: "a statement makes a table, column, index, type, value, schema or constraint under a name that is taken",
    effect: "the migration fails (42P07, 42701, 42710)",
    cure: "choose another name, or write IF NOT EXISTS where the old one is just as good",
    bad: "CREATE TABLE account (id bigint PRIMARY KEY);\n-- then\nCREATE TABLE account (id bigint PRIMARY KEY);",
    good: "CREATE TABLE account (id bigint PRIMARY KEY);\n-- then\nCREATE TABLE IF NOT EXISTS account (id bigint PRIMARY KEY);",
    check: Check::Statement(existing_object),
};

/// The relation by this name where it is certainly missing.
fn is_missing(case: &Case<'_>, name: &Name) -> bool {
    matches!(case.world.find(name), Lookup::Missing)
}

fn missing_object(case: &Case<'_>) -> Vec<Finding> {
    if !case.is_certain() {
        return Vec::new();
    }
    let mut found = missing_relations(case);
    found.extend(missing_parts(case));
    found
}

fn missing_relations(case: &Case<'_>) -> Vec<Finding> {
    let mut names: Vec<&Name> = Vec::new();
    match case.act {
        Act::Alter { kind, name, if_exists: false, .. } if !matches!(kind, Kind::Type | Kind::Domain | Kind::Schema) => names.push(name),
        Act::Drop { kind, names: dropped, if_exists: false, .. } if is_relation(*kind) => names.extend(dropped),
        Act::Drop { kind: Kind::Trigger | Kind::Policy, on: Some(table), if_exists: false, .. } => names.push(table),
        Act::CreateIndex(index) => names.push(&index.table),
        Act::CreateTrigger { table, .. } | Act::CreatePolicy { table, .. } | Act::Comment { table, .. } => names.push(table),
        Act::Grant(grant) | Act::Revoke(grant) => {
            if let GrantOn::Relations(granted) = &grant.on {
                names.extend(granted);
            }
        }
        Act::Insert { table, .. } | Act::Update { table, .. } | Act::Delete { table, .. } | Act::Merge { table, .. } => names.push(table),
        Act::Truncate { tables, .. } | Act::Lock { tables, .. } | Act::Vacuum { tables, .. } => names.extend(tables),
        Act::Refresh { name, .. } | Act::Cluster(Some(name)) => names.push(name),
        Act::Reindex { kind: Kind::Table | Kind::Index, name, .. } => names.push(name),
        Act::Copy { table: Some(table), .. } => names.push(table),
        Act::CreateTable(table) => names.extend(table_needs(table)),
        _ => {}
    }
    // Variables of code may look like tables; only plain SQL is taken at its word.
    if !case.circumstances.code
        && let Some(query) = query_of(case.act)
    {
        sources(query, &mut Vec::new(), &mut names);
    }
    let missing = names.into_iter().filter(|it| is_missing(case, it));
    missing.map(|name| case.finding(format!("there is no `{name}`"))).collect()
}

fn is_relation(kind: Kind) -> bool {
    matches!(kind, Kind::Table | Kind::ForeignTable | Kind::View | Kind::MaterializedView | Kind::Index | Kind::Sequence)
}

/// The tables that a new one points at or is a part of.
fn table_needs(table: &CreateTable) -> Vec<&Name> {
    let foreign = |it: &'_ Constraint| matches!(&it.what, C::Foreign { .. });
    let constraints = table.columns.iter().flat_map(|it| &it.constraints).chain(&table.constraints).filter(|it| foreign(it));
    let targets = constraints.filter_map(|it| if let C::Foreign { table, .. } = &it.what { Some(table) } else { None });
    let others = targets.filter(|it| it.name != table.name.name);
    others.chain(table.partition_of.iter().map(|(parent, _)| parent)).chain(&table.like).chain(&table.inherits).collect()
}

fn query_of(act: &Act) -> Option<&super::super::ast::Query> {
    match act {
        Act::Query(query) | Act::Insert { query, .. } | Act::Update { query, .. } | Act::Delete { query, .. } => Some(query),
        Act::CreateView { query, .. } => Some(query),
        Act::CreateTable(table) => table.query.as_ref(),
        _ => None,
    }
}

/// The tables that a query names, its own parts left out.
fn sources<'a>(query: &'a super::super::ast::Query, known: &mut Vec<&'a str>, found: &mut Vec<&'a Name>) {
    let before = known.len();
    known.extend(query.parts.iter().map(|(name, _)| name.as_str()));
    for source in &query.sources {
        match &source.from {
            super::super::ast::From::Table(name) if name.schema.is_some() || !known.contains(&name.name.as_str()) => found.push(name),
            super::super::ast::From::Query(inner) => sources(inner, known, found),
            _ => {}
        }
    }
    for (_, part) in &query.parts {
        if let Act::Query(inner) = part {
            sources(inner, known, found);
        }
    }
    query.arms.iter().for_each(|it| sources(it, known, found));
    known.truncate(before);
}

/// Columns, constraints and types that are named and not there.
fn missing_parts(case: &Case<'_>) -> Vec<Finding> {
    match case.act {
        Act::Alter { kind: Kind::Table, name, actions, .. } => {
            let Some(table) = case.world.find(name).known().filter(|it| it.columns_known) else { return Vec::new() };
            let added: Vec<&str> = actions
                .iter()
                .filter_map(|(it, _)| if let Alter::AddColumn { column, .. } = it { Some(column.name.as_str()) } else { None })
                .collect();
            actions.iter().flat_map(|(action, span)| missing_in_action(case, table, action, span, &added)).collect()
        }
        Act::Alter { kind: kind @ (Kind::Type | Kind::Domain), name, if_exists: false, actions, .. } => {
            missing_type(case, *kind, name).into_iter().chain(missing_values(case, name, actions)).collect()
        }
        Act::Drop { kind: kind @ (Kind::Type | Kind::Domain), names, if_exists: false, .. } => {
            names.iter().filter_map(|it| missing_type(case, *kind, it)).collect()
        }
        Act::Drop { kind: Kind::Schema, names, if_exists: false, .. } => {
            let missing = names
                .iter()
                .filter(|it| it.name != "public" && !case.world.schema.opaque && case.world.schema.has_schema(&it.name).is_none());
            missing.map(|name| case.finding(format!("there is no schema `{name}`"))).collect()
        }
        Act::Drop { kind: kind @ (Kind::Function | Kind::Procedure), names, if_exists: false, .. } => {
            let known = |it: &Name| has_function(case, it);
            names
                .iter()
                .filter(|it| !known(it))
                .map(|name| case.finding(format!("there is no {} `{name}` in the migrations", kind.word())))
                .collect()
        }
        Act::CreateIndex(index) => {
            let columns = index.items.iter().filter_map(|it| if let Expr::Column(parts) = it { parts.last() } else { None });
            missing_columns(case, &index.table, columns, case.span)
        }
        Act::Comment { table, column: Some(column) } => missing_columns(case, table, std::iter::once(column), case.span),
        Act::CreateTable(table) => {
            let types = table.columns.iter().filter_map(|it| unknown_type(case, &it.kind, case.span));
            missing_schema(case, &table.name).into_iter().chain(types).collect()
        }
        Act::CreateView { name, .. } | Act::CreateSequence { name, .. } | Act::CreateEnum { name, .. } | Act::CreateDomain { name, .. } => {
            missing_schema(case, name).into_iter().collect()
        }
        Act::CreateFunction(function) => missing_schema(case, &function.name).into_iter().collect(),
        Act::CreateTrigger { function, .. } if !has_function(case, function) => {
            vec![case.finding(format!("there is no function `{function}` in the migrations"))]
        }
        Act::Insert { table, columns, .. } => missing_columns(case, table, columns.iter(), case.span),
        Act::Update { table, sets, .. } => missing_columns(case, table, sets.iter().map(|(it, _)| it), case.span),
        _ => Vec::new(),
    }
}

/// The schema of a new object, where there is none of that name.
fn missing_schema(case: &Case<'_>, name: &Name) -> Option<Finding> {
    let schema = name.schema.as_ref()?;
    let model = &case.world.schema;
    let foreign = model.opaque || model.extended || schema == "public" || schema.starts_with("pg_") || schema.contains(HOLE);
    // A schema that is named after its owner is not known by name.
    let known = foreign || model.has_schema(schema).is_some() || model.has_schema("").is_some();
    (!known).then(|| case.finding(format!("there is no schema `{schema}`")))
}

/// Whether a function of this name may exist. PostgreSQL's own trigger functions are few.
fn has_function(case: &Case<'_>, name: &Name) -> bool {
    const BUILT_IN: &[&str] = &["suppress_redundant_updates_trigger", "tsvector_update_trigger", "tsvector_update_trigger_column"];
    let schema = &case.world.schema;
    let foreign = schema.opaque || schema.extended || name.schema.as_deref() == Some("pg_catalog");
    foreign || BUILT_IN.contains(&name.name.as_str()) || !schema.functions(name, &case.world.search_path).is_empty()
}

fn missing_type(case: &Case<'_>, kind: Kind, name: &Name) -> Option<Finding> {
    let own = name.schema.as_ref().is_none_or(|it| it == "public");
    let missing = own && !case.world.schema.opaque && case.world.schema.type_of(name, &case.world.search_path).is_none();
    missing.then(|| case.finding(format!("there is no {} `{name}` in the migrations", kind.word())))
}

/// A type that is neither PostgreSQL's own nor made by a migration.
fn unknown_type(case: &Case<'_>, kind: &TypeName, span: &Span) -> Option<Finding> {
    let name = &kind.name.name;
    let model = &case.world.schema;
    let foreign = model.opaque || model.extended || kind.name.schema.is_some() || case.circumstances.code;
    // Ranges bring a type of another name with them, and every type one for its arrays.
    let derived = name.ends_with("multirange") || name.starts_with('_') || name.starts_with("pg_") || name.starts_with("reg");
    if foreign || derived || name.is_empty() || name.contains([' ', '%']) || BUILT_IN_TYPES.contains(&name.as_str()) || is_serial(kind) {
        return None;
    }
    let known = model.type_of(&kind.name, &case.world.search_path).is_some() || !is_missing(case, &kind.name);
    (!known).then(|| Finding::new(span, format!("there is no type `{name}` in the migrations")))
}

/// PostgreSQL's own types that columns have.
const BUILT_IN_TYPES: &[&str] = &[
    "aclitem",
    "bit",
    "bool",
    "box",
    "bpchar",
    "bytea",
    "cid",
    "cidr",
    "circle",
    "date",
    "daterange",
    "float4",
    "float8",
    "inet",
    "int2",
    "int2vector",
    "int4",
    "int4range",
    "int8",
    "int8range",
    "interval",
    "json",
    "jsonb",
    "jsonpath",
    "line",
    "lseg",
    "macaddr",
    "macaddr8",
    "money",
    "name",
    "numeric",
    "numrange",
    "oid",
    "oidvector",
    "path",
    "point",
    "polygon",
    "refcursor",
    "text",
    "tid",
    "time",
    "timestamp",
    "timestamptz",
    "timetz",
    "tsquery",
    "tsrange",
    "tstzrange",
    "tsvector",
    "txid_snapshot",
    "uuid",
    "varbit",
    "varchar",
    "xid",
    "xid8",
    "xml",
];

/// Values of an enum that are renamed and not there.
fn missing_values(case: &Case<'_>, name: &Name, actions: &[(Alter, Span)]) -> Vec<Finding> {
    let Some((_, kind)) = case.world.schema.type_of(name, &case.world.search_path) else { return Vec::new() };
    let TypeKind::Enum(values) = &kind.what else { return Vec::new() };
    let renamed =
        actions.iter().filter_map(|(action, span)| if let Alter::RenameValue(from, _) = action { Some((from, span)) } else { None });
    let missing = renamed.filter(|(from, _)| !values.contains(from));
    missing.map(|(from, span)| Finding::new(span, format!("`{name}` has no value '{from}'"))).collect()
}

fn missing_columns<'a>(case: &Case<'_>, table: &Name, columns: impl Iterator<Item = &'a String>, span: &Span) -> Vec<Finding> {
    let Some(relation) = case.world.find(table).known().filter(|it| it.columns_known && it.kind == Kind::Table) else { return Vec::new() };
    let missing = columns.filter(|it| relation.column(it).is_none() && !is_system_column(it));
    missing.map(|column| Finding::new(span, format!("table `{}` has no column `{column}`", relation.shown()))).collect()
}

fn is_system_column(name: &str) -> bool {
    matches!(name, "ctid" | "xmin" | "xmax" | "cmin" | "cmax" | "tableoid")
}

fn missing_in_action(case: &Case<'_>, table: &Relation, action: &Alter, span: &Span, added: &[&str]) -> Vec<Finding> {
    if let Alter::AddColumn { column: ColumnDef { kind, .. }, .. } | Alter::SetType { kind, .. } = action
        && let Some(found) = unknown_type(case, kind, span)
    {
        return vec![found];
    }
    let mut columns: Vec<&String> = Vec::new();
    match action {
        Alter::DropColumn { name, if_exists: false, .. } => columns.push(name),
        Alter::SetNotNull(it) | Alter::DropNotNull(it) | Alter::SetDefault(it, _) | Alter::DropDefault(it) => columns.push(it),
        Alter::SetType { column, .. }
        | Alter::AddIdentity { column, .. }
        | Alter::RenameColumn(column, _)
        | Alter::SetExpression(column) => columns.push(column),
        Alter::AddConstraint(Constraint {
            what: C::Foreign { columns: own, .. } | C::Unique { columns: own, .. } | C::Primary { columns: own, .. },
            ..
        }) => columns.extend(own),
        Alter::DropConstraint { name, if_exists: false, .. } | Alter::ValidateConstraint(name)
            if table.constraint(name).is_none() && !is_hidden_not_null(case, name) =>
        {
            return vec![Finding::new(span, format!("table `{}` has no constraint `{name}`", table.shown()))];
        }
        _ => {}
    }
    if let Alter::AddConstraint(Constraint { what: C::Foreign { table: target, .. }, .. }) = action
        && is_missing(case, target)
    {
        return vec![Finding::new(span, format!("there is no `{target}`"))];
    }
    let missing = columns.into_iter().filter(|it| table.column(it).is_none() && !added.contains(&it.as_str()));
    missing.map(|column| Finding::new(span, format!("table `{}` has no column `{column}`", table.shown()))).collect()
}

/// Since PostgreSQL 18 every NOT NULL is a constraint with a name of its own.
fn is_hidden_not_null(case: &Case<'_>, name: &str) -> bool {
    name.ends_with("_not_null") && !case.older_than(18)
}

fn existing_object(case: &Case<'_>) -> Vec<Finding> {
    let taken = |name: &Name| {
        let home = Name { schema: Some(case.world.schema.home(name, &case.world.search_path)), name: name.name.clone() };
        case.world.find(&home).known().is_some_and(|it| !it.maybe)
    };
    let doubled = |what: &str, name: &Name| case.finding(format!("{what} `{name}` exists already"));
    if !case.is_certain() {
        return Vec::new();
    }
    match case.act {
        Act::CreateTable(table)
            if !table.if_not_exists && table.persistence != super::super::ast::Persistence::Temporary && taken(&table.name) =>
        {
            vec![doubled("table", &table.name)]
        }
        Act::CreateIndex(index) if !index.if_not_exists => {
            let schema = case.world.find(&index.table).known().map(|it| it.schema.clone());
            let name = index.name.as_ref().map(|it| Name { schema, name: it.name.clone() });
            name.filter(|it| taken(it)).map(|it| doubled("index", &Name { schema: None, name: it.name })).into_iter().collect()
        }
        Act::CreateView { name, replace: false, if_not_exists: false, .. } if taken(name) => vec![doubled("view", name)],
        Act::CreateSequence { name, if_not_exists: false } if taken(name) => vec![doubled("sequence", name)],
        Act::CreateEnum { name, .. } | Act::CreateType(name) | Act::CreateDomain { name, .. }
            if case.world.schema.type_of(name, &case.world.search_path).is_some() =>
        {
            vec![doubled("type", name)]
        }
        Act::CreateFunction(function) if !function.replace => {
            let own = case.world.schema.functions(&function.name, &case.world.search_path);
            let same = own.iter().any(|it| it.definition.arguments == function.arguments);
            if same { vec![doubled("function", &function.name)] } else { Vec::new() }
        }
        Act::CreateSchema { name, if_not_exists: false } if name == "public" || case.world.schema.has_schema(name).is_some() => {
            vec![case.finding(format!("schema `{name}` exists already"))]
        }
        Act::Alter { kind, name, actions, .. } => {
            actions.iter().filter_map(|(action, span)| existing_in_action(case, *kind, name, action, span)).collect()
        }
        _ => Vec::new(),
    }
}

fn existing_in_action(case: &Case<'_>, kind: Kind, name: &Name, action: &Alter, span: &Span) -> Option<Finding> {
    let relation = case.world.find(name).known().filter(|it| !it.maybe);
    let message = match action {
        Alter::AddColumn { column, if_not_exists: false } if relation?.column(&column.name).is_some() => {
            format!("table `{name}` has a column `{}` already", column.name)
        }
        Alter::RenameColumn(_, to) if relation?.column(to).is_some() => format!("table `{name}` has a column `{to}` already"),
        Alter::AddConstraint(Constraint { name: Some(constraint), .. })
            if relation.is_some_and(|it| it.constraint(constraint).is_some()) =>
        {
            format!("table `{name}` has a constraint `{constraint}` already")
        }
        Alter::RenameTo(to) if is_relation(kind) => {
            let schema = relation.map(|it| it.schema.clone());
            case.world.find(&Name { schema, name: to.clone() }).known().filter(|it| !it.maybe)?;
            format!("`{to}` exists already")
        }
        Alter::AddValue(value, false) => {
            let (_, kind) = case.world.schema.type_of(name, &case.world.search_path)?;
            if !matches!(&kind.what, TypeKind::Enum(values) if values.contains(value)) {
                return None;
            }
            format!("`{name}` has a value '{value}' already")
        }
        _ => return None,
    };
    Some(Finding::new(span, message))
}
