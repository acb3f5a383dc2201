//! Which locks a statement takes on tables in use, and what it reads from end to end.

use super::ast::{Act, Alter, ConstraintKind as C, Kind, Name, Query};
use super::schema::{Id, Key, Relation};
use super::selectivity::reads_much;
use super::world::{Mode, World};

/// What a statement holds and does.
#[derive(Debug, Default)]
pub(super) struct Effects {
    pub locks: Vec<(Id, Mode)>,
    /// Tables that are read from end to end.
    pub reads: Vec<Id>,
}

/// The effects of `act`, as far as its text and the schema tell.
pub(super) fn effects(act: &Act, world: &World) -> Effects {
    let mut it = Effects::default();
    match act {
        Act::Alter { kind, name, actions, .. } => actions.iter().for_each(|(action, _)| alter(&mut it, *kind, name, action, world)),
        Act::CreateTable(table) => {
            let foreign = |it: &super::ast::Constraint| if let C::Foreign { table, .. } = &it.what { Some(table.clone()) } else { None };
            let inline = table.columns.iter().flat_map(|it| &it.constraints);
            inline.chain(&table.constraints).filter_map(foreign).for_each(|name| lock(&mut it, &name, Mode::ShareRowExclusive, world));
            if let Some((parent, _)) = &table.partition_of {
                lock(&mut it, parent, Mode::AccessExclusive, world);
            }
            table.query.iter().filter(|_| !table.empty).for_each(|query| read(&mut it, query, world));
        }
        Act::CreateIndex(index) if !index.concurrently => lock(&mut it, &index.table, Mode::Share, world),
        Act::CreateIndex(index) => lock(&mut it, &index.table, Mode::ShareUpdateExclusive, world),
        Act::CreateView { query, materialized: true, empty: false, .. } => read(&mut it, query, world),
        Act::CreateTrigger { table, .. } => lock(&mut it, table, Mode::ShareRowExclusive, world),
        Act::CreatePolicy { table, .. } => lock(&mut it, table, Mode::AccessExclusive, world),
        Act::Drop { kind, names, on, concurrently: false, .. } => drop_locks(&mut it, *kind, names, on.as_ref(), world),
        Act::Truncate { tables, .. } => tables.iter().for_each(|name| lock(&mut it, name, Mode::AccessExclusive, world)),
        Act::Lock { tables, mode } => tables.iter().for_each(|name| lock(&mut it, name, Mode::named(mode), world)),
        Act::Cluster(Some(name)) => lock(&mut it, name, Mode::AccessExclusive, world),
        Act::Vacuum { tables, full: true } => tables.iter().for_each(|name| lock(&mut it, name, Mode::AccessExclusive, world)),
        Act::Refresh { name, concurrently } => refresh(&mut it, name, *concurrently, world),
        Act::Reindex { kind: Kind::Table, name, concurrently: false } => lock(&mut it, name, Mode::Share, world),
        Act::Query(query) | Act::Insert { query, .. } | Act::Copy { query: Some(query), .. } => read(&mut it, query, world),
        Act::Copy { table: Some(table), from: false, .. } => it.reads.extend(world.in_use(table).map(|it| it.id)),
        Act::Update { query, .. } | Act::Delete { query, .. } | Act::Merge { query, .. } => read(&mut it, query, world),
        Act::Explain(inner, true) => return effects(inner, world),
        _ => {}
    }
    it
}

/// A lock on a table in use, and on what is below it.
fn lock(it: &mut Effects, name: &Name, mode: Mode, world: &World) {
    let Some(relation) = world.in_use(name) else { return };
    lock_relation(it, relation, mode, world);
}

fn lock_relation(it: &mut Effects, relation: &Relation, mode: Mode, world: &World) {
    if let Some(index) = &relation.index {
        it.locks.push((index.table, mode));
    } else if relation.has_rows() {
        it.locks.push((relation.id, mode));
        it.locks.extend(world.schema.descendants(relation.id).into_iter().map(|id| (id, mode)));
    }
}

fn read(it: &mut Effects, query: &Query, world: &World) {
    it.reads.extend(reads_much(query, world));
}

fn refresh(it: &mut Effects, name: &Name, concurrently: bool, world: &World) {
    if !concurrently {
        lock(it, name, Mode::AccessExclusive, world);
    }
    if let Some(view) = world.in_use(name) {
        it.reads.extend(view.reads.iter().filter(|id| world.schema.get(**id).is_some_and(|it| !it.here)));
    }
}

fn drop_locks(it: &mut Effects, kind: Kind, names: &[Name], on: Option<&Name>, world: &World) {
    if let Some(table) = on {
        lock(it, table, Mode::AccessExclusive, world);
        return;
    }
    if !matches!(kind, Kind::Table | Kind::Index | Kind::MaterializedView) {
        return;
    }
    for relation in names.iter().filter_map(|name| world.in_use(name)) {
        lock_relation(it, relation, Mode::AccessExclusive, world);
        for constraint in &relation.constraints {
            if let Key::Foreign { target: Some(target), .. } = &constraint.key {
                it.locks.push((*target, Mode::AccessExclusive));
            }
        }
        it.locks.extend(relation.parents.iter().map(|id| (*id, Mode::AccessExclusive)));
    }
}

/// The lock that an action of `ALTER TABLE` takes on its table.
pub(super) fn alter_mode(action: &Alter) -> Mode {
    match action {
        Alter::ValidateConstraint(_) | Alter::Options | Alter::ColumnOption(_) | Alter::Attach { .. } | Alter::AttachIndex(_) => {
            Mode::ShareUpdateExclusive
        }
        Alter::Detach { concurrently: true, .. } => Mode::ShareUpdateExclusive,
        Alter::AddConstraint(constraint) if matches!(constraint.what, C::Foreign { .. }) => Mode::ShareRowExclusive,
        Alter::Trigger { .. } => Mode::ShareRowExclusive,
        _ => Mode::AccessExclusive,
    }
}

fn alter(it: &mut Effects, kind: Kind, name: &Name, action: &Alter, world: &World) {
    if !matches!(kind, Kind::Table | Kind::MaterializedView | Kind::Index) {
        return;
    }
    let mode = match (kind, action) {
        (Kind::Index, Alter::RenameTo(_) | Alter::Options | Alter::ColumnOption(_)) => Mode::ShareUpdateExclusive,
        (Kind::Table, Alter::ColumnOption(what)) if what == "storage" => Mode::AccessExclusive,
        _ => alter_mode(action),
    };
    lock(it, name, mode, world);
    match action {
        Alter::AddConstraint(constraint) => foreign_lock(it, &constraint.what, world),
        Alter::AddColumn { column, .. } => column.constraints.iter().for_each(|constraint| foreign_lock(it, &constraint.what, world)),
        Alter::Attach { table, .. } | Alter::Detach { table, .. } | Alter::Inherit(table) => lock(it, table, Mode::AccessExclusive, world),
        Alter::ValidateConstraint(_) => it.reads.extend(world.in_use(name).map(|it| it.id)),
        _ => {}
    }
}

fn foreign_lock(it: &mut Effects, what: &C, world: &World) {
    if let C::Foreign { table, .. } = what {
        lock(it, table, Mode::ShareRowExclusive, world);
    }
}
