//! Part of `impossible-change`: what PostgreSQL refuses because of the kind of the object, or because a statement contradicts itself.

use super::super::ast::{Act, Alter, ConstraintKind as C, CreateTable, Expr, Kind, Name, Query};
use super::super::case::{Case, Finding};
use super::super::schema::Relation;
use super::super::volatility::changing_call;

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    match case.act {
        Act::Drop { kind, names, .. } => names.iter().filter_map(|it| other_kind(case, *kind, it)).collect(),
        Act::CreateIndex(index) => {
            let table = case.world.find(&index.table).known();
            let no_table = table
                .filter(|it| !it.has_rows())
                .map(|it| case.finding(format!("`{}` is a {}, on which no index can be made", it.shown(), it.kind.word())));
            no_table.into_iter().chain(changing(case, index.items.iter().chain(&index.predicate), "an index")).collect()
        }
        Act::CreateTable(table) => in_new_table(case, table),
        Act::Alter { kind: Kind::Table, actions, .. } => {
            let values =
                actions.iter().filter_map(|(action, _)| if let Alter::AddColumn { column, .. } = action { Some(column) } else { None });
            changing(case, values.flat_map(|it| &it.constraints).filter_map(generated), "a generated column").into_iter().collect()
        }
        Act::Insert { table, columns, query, .. } => unfilled(case, table, columns, query).into_iter().collect(),
        _ => Vec::new(),
    }
}

fn generated(constraint: &super::super::ast::Constraint) -> Option<&Expr> {
    if let C::Generated { value, .. } = &constraint.what { Some(value) } else { None }
}

/// `DROP TABLE` of a view and the like.
fn other_kind(case: &Case<'_>, kind: Kind, name: &Name) -> Option<Finding> {
    if !matches!(kind, Kind::Table | Kind::ForeignTable | Kind::View | Kind::MaterializedView | Kind::Index | Kind::Sequence) {
        return None;
    }
    let found = case.world.find(name).known().filter(|it| it.kind != kind && !it.maybe)?;
    Some(case.finding(format!("`{name}` is a {}: write DROP {}", found.kind.word(), found.kind.word().to_uppercase())))
}

fn in_new_table(case: &Case<'_>, table: &CreateTable) -> Vec<Finding> {
    let mut found = Vec::new();
    let twice = table.columns.iter().enumerate().find(|(index, it)| table.columns[..*index].iter().any(|other| other.name == it.name));
    found.extend(twice.map(|(_, it)| case.finding(format!("column `{}` is given twice", it.name))));
    let all = || table.columns.iter().flat_map(|it| &it.constraints);
    if all().chain(&table.constraints).filter(|it| matches!(it.what, C::Primary { .. })).count() > 1 {
        found.push(case.finding(format!("`{}` gets two primary keys", table.name)));
    }
    found.extend(changing(case, all().filter_map(generated), "a generated column"));
    found
}

/// An expression whose value may be another one tomorrow.
fn changing<'a>(case: &Case<'_>, mut values: impl Iterator<Item = &'a Expr>, whose: &str) -> Option<Finding> {
    let call = values.find_map(|it| changing_call(it, case.world))?;
    Some(case.finding(format!("`{call}()` is not IMMUTABLE, as the expression of {whose} has to be")))
}

/// Rows of constants without a value for a required column.
fn unfilled(case: &Case<'_>, table: &Name, columns: &[String], query: &Query) -> Option<Finding> {
    let relation = case.world.find(table).known().filter(|it| it.kind == Kind::Table && it.columns_known && it.triggers.is_empty())?;
    if case.circumstances.code || columns.is_empty() || !is_rows(query) {
        return None;
    }
    let column = relation.columns.iter().find(|it| !columns.contains(&it.name) && is_left_empty(case, it))?;
    Some(case.finding(format!("`{}` of `{}` is required, has no default, and gets no value", column.name, relation.shown())))
}

fn is_rows(query: &Query) -> bool {
    query.values || query.arms.iter().any(|it| it.values)
}

fn is_left_empty(case: &Case<'_>, column: &super::super::schema::Column) -> bool {
    let fills = column.default.is_some() || column.serial || column.identity.is_some() || column.generated_from.is_some();
    column.not_null && !fills && case.world.schema.default_of(&column.kind, &case.world.search_path).is_none()
}

/// What an action of `ALTER TABLE` cannot do to a relation of this kind.
pub(super) fn not_for_views(relation: &Relation, action: &Alter) -> Option<String> {
    let is_view = matches!(relation.kind, Kind::View | Kind::MaterializedView);
    let needs_table = matches!(
        action,
        Alter::AddColumn { .. } | Alter::DropColumn { .. } | Alter::AddConstraint(_) | Alter::SetNotNull(_) | Alter::SetType { .. }
    );
    (is_view && needs_table).then(|| format!("`{}` is a {}, not a table", relation.shown(), relation.kind.word()))
}
