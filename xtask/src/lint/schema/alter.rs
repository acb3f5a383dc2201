//! What `ALTER …` changes in the schema.

use super::super::ast::{Alter, Kind, Name};
use super::apply::Setting;
use super::{Id, Key, Relation, Schema, Type, TypeKind};
use std::rc::Rc;

impl Schema {
    /// Applies one action of an `ALTER`.
    pub(super) fn alter(&mut self, kind: Kind, name: &Name, action: &Alter, at: Setting<'_>) {
        match kind {
            Kind::Type | Kind::Domain => self.alter_type(name, action, at),
            Kind::Schema => self.rename_schema(&name.name, action),
            Kind::Function | Kind::Procedure => self.rename_function(name, action, at),
            _ => {
                if let Some(id) = self.find(name, at.search_path).known().map(|it| it.id) {
                    self.alter_relation(id, action, at);
                }
            }
        }
    }

    fn alter_relation(&mut self, id: Id, action: &Alter, at: Setting<'_>) {
        match action {
            Alter::AddColumn { column, .. } => {
                self.add_column(id, column, at);
                self.descendants(id).into_iter().for_each(|it| self.add_column(it, column, at));
            }
            Alter::DropColumn { name, .. } => {
                self.drop_column(id, name);
                self.descendants(id).into_iter().for_each(|it| self.drop_column(it, name));
            }
            Alter::AddConstraint(constraint) => self.add_constraint(id, constraint, None, at),
            Alter::DropConstraint { name, .. } => self.drop_constraint(id, name),
            Alter::RenameTo(to) => self.rename(id, None, Some(to)),
            Alter::SetSchema(to) => self.rename(id, Some(to), None),
            Alter::Attach { table, bound } => {
                let Some(found) = self.find(table, at.search_path).known().map(|it| it.id) else { return };
                self.link(id, found);
                if let Some(child) = self.get_mut(found) {
                    child.parents.push(id);
                    child.bound.clone_from(bound);
                }
            }
            Alter::Detach { table, .. } => {
                if let Some(child) = self.find(table, at.search_path).known().map(|it| it.id)
                    && let Some(child) = self.get_mut(child)
                {
                    child.parents.retain(|it| *it != id);
                    child.bound = None;
                }
            }
            Alter::RenameColumn(from, to) => self.rename_column(id, from, to),
            _ => {
                if let Some(relation) = self.get_mut(id) {
                    alter_simple(relation, action);
                }
            }
        }
    }

    /// Removes a column with its constraints and indexes.
    pub(super) fn drop_column(&mut self, id: Id, name: &str) {
        let Some(relation) = self.get_mut(id) else { return };
        relation.columns.retain(|it| it.name != name);
        relation.constraints.retain(|it| !key_columns(&it.key).iter().any(|it| it == name));
        let gone = self.indexes(id).filter(|(_, index)| index.columns.iter().flatten().chain(&index.computed_from).any(|it| it == name));
        let gone: Vec<Id> = gone.map(|(relation, _)| relation.id).collect();
        gone.into_iter().for_each(|it| self.remove(it));
        let readers: Vec<Id> = self
            .readers(id)
            .filter(|it| it.read_columns.iter().any(|(table, column)| *table == id && column == name))
            .map(|it| it.id)
            .collect();
        readers.into_iter().for_each(|it| self.remove(it));
    }

    fn drop_constraint(&mut self, id: Id, name: &str) {
        let Some(relation) = self.get_mut(id) else { return };
        relation.constraints.retain(|it| it.name != name);
        let index = self.indexes(id).find(|(relation, _)| relation.name == name).map(|(relation, _)| relation.id);
        index.into_iter().for_each(|it| self.remove(it));
    }

    fn rename(&mut self, id: Id, schema: Option<&str>, name: Option<&str>) {
        let Some(relation) = self.get(id) else { return };
        let old = (relation.schema.clone(), relation.name.clone());
        let new = (schema.map_or_else(|| old.0.clone(), str::to_owned), name.map_or_else(|| old.1.clone(), str::to_owned));
        if self.names.contains_key(&new) {
            return;
        }
        self.names.remove(&old);
        self.names.insert(new.clone(), id);
        if let Some(relation) = self.get_mut(id) {
            (relation.schema, relation.name) = new;
        }
    }

    fn rename_schema(&mut self, name: &str, action: &Alter) {
        let Alter::RenameTo(to) = action else { return };
        if let Some(here) = self.schemas.remove(name) {
            self.schemas.insert(to.clone(), here);
        }
        let ids: Vec<Id> = self.relations().filter(|it| it.schema == name).map(|it| it.id).collect();
        ids.into_iter().for_each(|id| self.rename(id, Some(to), None));
    }

    fn rename_column(&mut self, id: Id, from: &str, to: &str) {
        for id in std::iter::once(id).chain(self.descendants(id)) {
            if let Some(column) = self.get_mut(id).and_then(|it| it.column_mut(from)) {
                to.clone_into(&mut column.name);
            }
        }
        let swap = |it: &mut String| {
            if it == from {
                to.clone_into(it);
            }
        };
        if let Some(relation) = self.get_mut(id) {
            for constraint in &mut relation.constraints {
                match &mut constraint.key {
                    Key::Primary(columns) | Key::Unique(columns) | Key::Foreign { columns, .. } => columns.iter_mut().for_each(swap),
                    Key::NotNull(column) => swap(column),
                    Key::Exclude | Key::Check(_) => {}
                }
            }
        }
        let indexes: Vec<Id> = self.indexes(id).map(|(relation, _)| relation.id).collect();
        for index in indexes {
            if let Some(index) = self.get_mut(index).and_then(|it| it.index.as_mut()) {
                index.columns.iter_mut().flatten().for_each(swap);
            }
        }
    }

    fn alter_type(&mut self, name: &Name, action: &Alter, at: Setting<'_>) {
        let Some(path) = self.type_of(name, at.search_path).map(|(path, _)| path.clone()) else { return };
        match action {
            Alter::RenameTo(to) => self.rename_type(&path, (path.0.clone(), to.clone())),
            Alter::SetSchema(to) => self.rename_type(&path, (to.clone(), path.1.clone())),
            _ => {
                if let Some(found) = self.types.get_mut(&path) {
                    alter_values(Rc::make_mut(found), action);
                }
            }
        }
    }

    fn rename_function(&mut self, name: &Name, action: &Alter, at: Setting<'_>) {
        let mut homes = self.schemas_of(name, at.search_path).map(|it| (it, name.name.clone()));
        let Some(from) = homes.find(|it| self.functions.contains_key(it)) else { return };
        let to = match action {
            Alter::RenameTo(to) => (from.0.clone(), to.clone()),
            Alter::SetSchema(to) => (to.clone(), from.1.clone()),
            _ => return,
        };
        let moved = self.functions.remove(&from).unwrap_or_default();
        self.functions.entry(to).or_default().extend(moved);
    }

    fn rename_type(&mut self, from: &super::Path, to: super::Path) {
        let columns: Vec<(Id, String)> = self.users_of(from).map(|(table, column)| (table.id, column.name.clone())).collect();
        for (id, column) in columns {
            if let Some(column) = self.get_mut(id).and_then(|it| it.column_mut(&column)) {
                to.1.clone_into(&mut column.kind.name.name);
                if column.kind.name.schema.is_some() {
                    column.kind.name.schema = Some(to.0.clone());
                }
            }
        }
        if let Some(kind) = self.types.remove(from) {
            if kind.fresh {
                self.fresh_types.push(to.clone());
            }
            self.types.insert(to, kind);
        }
    }
}

fn alter_values(kind: &mut Type, action: &Alter) {
    match (&mut kind.what, action) {
        (TypeKind::Enum(values), Alter::AddValue(value, _)) if !values.contains(value) => values.push(value.clone()),
        (TypeKind::Enum(values), Alter::RenameValue(from, to)) => {
            values.iter_mut().filter(|it| *it == from).for_each(|it| to.clone_into(it));
        }
        (TypeKind::Domain { checked, .. }, Alter::AddConstraint(_) | Alter::SetNotNull(_)) => *checked = true,
        (TypeKind::Domain { default, .. }, Alter::SetDefault(_, value)) => *default = Some(value.clone()),
        (TypeKind::Domain { default, .. }, Alter::DropDefault(_)) => *default = None,
        _ => {}
    }
}

/// Actions that touch nothing but the relation itself.
fn alter_simple(relation: &mut Relation, action: &Alter) {
    match action {
        Alter::SetNotNull(column) => with(relation, column, |it| it.not_null = true),
        Alter::DropNotNull(column) => with(relation, column, |it| it.not_null = false),
        Alter::SetDefault(column, value) => with(relation, column, |it| it.default = Some(value.clone())),
        Alter::DropDefault(column) => with(relation, column, |it| (it.default, it.serial) = (None, false)),
        Alter::SetType { column, kind, .. } => with(relation, column, |it| it.kind = kind.clone()),
        Alter::AddIdentity { column, always } => with(relation, column, |it| it.identity = Some(*always)),
        Alter::SetIdentity { column, always: Some(always) } => with(relation, column, |it| it.identity = Some(*always)),
        Alter::DropIdentity(column) => with(relation, column, |it| it.identity = None),
        Alter::DropExpression(column) => with(relation, column, |it| it.generated_from = None),
        Alter::ValidateConstraint(name) => {
            let proven: Vec<String> = relation.constraints.iter_mut().filter(|it| it.name == *name).filter_map(validate).collect();
            proven.iter().for_each(|column| with(relation, column, |it| it.not_null = true));
        }
        Alter::RenameConstraint(from, to) => {
            relation.constraints.iter_mut().filter(|it| it.name == *from).for_each(|it| to.clone_into(&mut it.name));
        }
        Alter::Rewrite("SET LOGGED") => relation.unlogged = false,
        Alter::Rewrite("SET UNLOGGED") => relation.unlogged = true,
        Alter::EnableRls => relation.row_security = true,
        Alter::DisableRls => relation.row_security = false,
        _ => {}
    }
}

/// Marks a constraint as valid; gives the column that is now known to hold no null.
fn validate(constraint: &mut super::TableConstraint) -> Option<String> {
    constraint.valid = true;
    if let Key::NotNull(column) = &constraint.key { Some(column.clone()) } else { None }
}

fn with(relation: &mut Relation, column: &str, change: impl FnOnce(&mut super::Column)) {
    if let Some(column) = relation.column_mut(column) {
        change(column);
    }
}

/// The columns that a constraint cannot be without.
fn key_columns(key: &Key) -> Vec<String> {
    match key {
        Key::Primary(columns) | Key::Unique(columns) | Key::Foreign { columns, .. } => columns.clone(),
        Key::NotNull(column) => vec![column.clone()],
        Key::Check(condition) => {
            let mut found = Vec::new();
            super::mentions(condition, &mut found);
            found
        }
        Key::Exclude => Vec::new(),
    }
}
