//! What a statement changes in the schema. Faults are the rules' business: here, what cannot be done is not done.

use super::super::ast::{
    Act, ColumnDef, Constraint, ConstraintKind as C, CreateIndex, CreateTable, Expr, From, Grant, GrantOn, Kind, Name, Persistence, Query,
    TypeName,
};
use super::{Column, Function, Id, Index, Key, Path, Relation, Schema, TableConstraint, Type, TypeKind, mentions};
use std::rc::Rc;

/// Under which circumstances a statement runs.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Setting<'a> {
    pub search_path: &'a [String],
    /// In a judged migration.
    pub here: bool,
    /// Perhaps not at all.
    pub maybe: bool,
    /// The text of the statement and its place.
    pub source: &'a str,
    pub base: usize,
}

impl Schema {
    /// Applies `act`.
    pub(in super::super) fn apply(&mut self, act: &Act, at: Setting<'_>) {
        match act {
            Act::CreateTable(table) => self.create_table(table, at),
            Act::CreateIndex(index) => self.create_index(index, at),
            Act::CreateView { name, materialized, query, columns, .. } => self.create_view(name, *materialized, query, columns, at),
            Act::CreateSequence { name, .. } => {
                self.add(name, Kind::Sequence, at);
            }
            Act::CreateEnum { name, values } => self.add_type(name, TypeKind::Enum(values.clone()), at),
            Act::CreateType(name) => self.add_type(name, TypeKind::Other, at),
            Act::CreateDomain { name, base, constraints } => {
                let checked = constraints.iter().any(|it| matches!(it.what, C::Check(_) | C::NotNull(_)));
                let default = constraints.iter().find_map(|it| if let C::Default(value) = &it.what { Some(value.clone()) } else { None });
                self.add_type(name, TypeKind::Domain { base: base.clone(), checked, default }, at);
            }
            Act::CreateSchema { name, .. } => {
                self.schemas.entry(name.clone()).or_insert(at.here);
            }
            Act::CreateFunction(function) => self.create_function(function, at),
            Act::CreateExtension(name) => {
                self.extended = true;
                self.opaque |= MAKES_TABLES.contains(&name.as_str());
            }
            Act::CreateTrigger { table, columns, .. } => self.change(table, at, |it| it.triggers.push(columns.clone())),
            Act::CreatePolicy { table, policy } => self.change(table, at, |it| it.policies.push(policy.clone())),
            Act::Grant(grant) => self.grant(grant, at),
            Act::Revoke(grant) => self.revoke(grant, at),
            Act::Drop { kind, names, on, cascade, .. } => self.drop_all(*kind, names, on.as_ref(), *cascade, at),
            Act::Alter { kind, name, actions, .. } => {
                for (action, _) in actions {
                    self.alter(*kind, name, action, at);
                }
            }
            _ => {}
        }
    }

    fn change(&mut self, name: &Name, at: Setting<'_>, change: impl FnOnce(&mut Relation)) {
        if let Some(id) = self.find(name, at.search_path).known().map(|it| it.id)
            && let Some(relation) = self.get_mut(id)
        {
            change(relation);
        }
    }

    /// A new relation, unless its name is taken.
    fn add(&mut self, name: &Name, kind: Kind, at: Setting<'_>) -> Option<Id> {
        self.add_to(self.home(name, at.search_path), name.name.clone(), kind, at)
    }

    pub(super) fn add_to(&mut self, schema: String, name: String, kind: Kind, at: Setting<'_>) -> Option<Id> {
        let path = (schema, name);
        if self.names.contains_key(&path) {
            return None;
        }
        self.next += 1;
        let relation = Relation {
            id: self.next,
            schema: path.0.clone(),
            name: path.1.clone(),
            kind,
            here: at.here,
            maybe: at.maybe,
            fresh: true,
            columns: Vec::new(),
            columns_known: true,
            constraints: Vec::new(),
            parents: Vec::new(),
            bound: None,
            partitioned: false,
            partition_key: Vec::new(),
            unlogged: false,
            row_security: false,
            policies: Vec::new(),
            triggers: Vec::new(),
            granted: std::collections::BTreeSet::default(),
            reads: Vec::new(),
            read_columns: Vec::new(),
            index: None,
            indexed: Vec::new(),
        };
        self.relations.insert(self.next, Rc::new(relation));
        self.names.insert(path, self.next);
        self.fresh_relations.push(self.next);
        Some(self.next)
    }

    fn add_type(&mut self, name: &Name, what: TypeKind, at: Setting<'_>) {
        let path = (self.home(name, at.search_path), name.name.clone());
        if !self.types.contains_key(&path) {
            self.fresh_types.push(path.clone());
            self.types.insert(path, Rc::new(Type { what, here: at.here, fresh: true }));
        }
    }

    fn create_table(&mut self, table: &CreateTable, at: Setting<'_>) {
        let temporary = table.persistence == Persistence::Temporary;
        let kind = if table.foreign { Kind::ForeignTable } else { Kind::Table };
        let home = if temporary { "pg_temp".to_owned() } else { self.home(&table.name, at.search_path) };
        let parents: Vec<Id> = table
            .partition_of
            .iter()
            .map(|(it, _)| it)
            .chain(&table.inherits)
            .filter_map(|it| self.find(it, at.search_path).known())
            .map(|it| it.id)
            .collect();
        let copied = self.copied_columns(table, &parents, at);
        let Some(id) = self.add_to(home, table.name.name.clone(), kind, at) else { return };
        if let Some(relation) = self.get_mut(id) {
            relation.here |= temporary;
            relation.unlogged = table.persistence == Persistence::Unlogged;
            relation.columns_known = copied.is_some();
            relation.columns = copied.unwrap_or_default();
            relation.parents = parents;
            relation.partitioned = table.partitioned;
            relation.partition_key.clone_from(&table.partition_key);
            relation.bound = table.partition_of.as_ref().and_then(|(_, bound)| bound.clone());
        }
        let parents = self.get(id).map(|it| it.parents.clone()).unwrap_or_default();
        parents.into_iter().for_each(|it| self.link(it, id));
        for column in &table.columns {
            self.add_column(id, column, at);
        }
        for constraint in &table.constraints {
            self.add_constraint(id, constraint, None, at);
        }
    }

    /// The columns that a new table takes over; nothing where they cannot be known.
    fn copied_columns(&self, table: &CreateTable, parents: &[Id], at: Setting<'_>) -> Option<Vec<Column>> {
        if let Some(query) = &table.query {
            let named = table.columns.is_empty().then(|| self.result_columns(query, at.search_path));
            return named.unwrap_or(Some(Vec::new()));
        }
        let mut columns: Vec<Column> = Vec::new();
        let like = table.like.iter().map(|it| self.find(it, at.search_path).known());
        for source in parents.iter().map(|id| self.get(*id)).chain(like) {
            columns.extend(source?.columns.iter().cloned());
        }
        Some(columns)
    }

    /// The columns of a query's result by name; the types are known only where they come straight from a table.
    pub(in super::super) fn result_columns(&self, query: &Query, search_path: &[String]) -> Option<Vec<Column>> {
        let mut columns = Vec::new();
        for target in &query.targets {
            match (&target.alias, &target.value) {
                (_, None) => columns.extend(self.star(query, search_path)?),
                (_, Some(Expr::Column(parts))) if parts.last().is_some_and(|it| it == "*") => {
                    columns.extend(self.star(query, search_path)?);
                }
                (alias, Some(value)) => {
                    let name = alias.clone().or_else(|| result_name(value))?;
                    columns.push(plain_column(name, TypeName::default()));
                }
            }
        }
        (!query.targets.is_empty()).then_some(columns)
    }

    fn star(&self, query: &Query, search_path: &[String]) -> Option<Vec<Column>> {
        let mut columns = Vec::new();
        for source in &query.sources {
            let From::Table(name) = &source.from else { return None };
            let relation = self.find(name, search_path).known().filter(|it| it.columns_known)?;
            columns.extend(relation.columns.iter().map(|it| plain_column(it.name.clone(), it.kind.clone())));
        }
        Some(columns)
    }

    pub(super) fn add_column(&mut self, id: Id, column: &ColumnDef, at: Setting<'_>) {
        let serial = is_serial(&column.kind);
        let Some(relation) = self.get_mut(id).filter(|it| it.column(&column.name).is_none()) else { return };
        let mut made = plain_column(column.name.clone(), column.kind.clone());
        (made.serial, made.not_null, made.here) = (serial, serial, at.here);
        for constraint in &column.constraints {
            match &constraint.what {
                C::NotNull(_) | C::Primary { .. } => made.not_null = true,
                C::Default(value) => made.default = Some(value.clone()),
                C::Identity { always } => (made.identity, made.not_null) = (Some(*always), true),
                C::Generated { value, .. } => {
                    let mut from = Vec::new();
                    mentions(value, &mut from);
                    made.generated_from = Some(from);
                }
                _ => {}
            }
        }
        relation.columns.push(made);
        let (schema, table) = (relation.schema.clone(), relation.name.clone());
        if serial {
            self.add_to(schema, format!("{table}_{}_seq", column.name), Kind::Sequence, at);
        }
        for constraint in &column.constraints {
            self.add_constraint(id, constraint, Some(&column.name), at);
        }
    }

    /// Adds a constraint under the name that PostgreSQL would choose, with the index that it stands on.
    pub(super) fn add_constraint(&mut self, id: Id, constraint: &Constraint, column: Option<&str>, at: Setting<'_>) {
        let Some(table) = self.get(id) else { return };
        let own = |columns: &[String]| if columns.is_empty() { column.map(str::to_owned).into_iter().collect() } else { columns.to_vec() };
        let (key, columns, suffix) = match &constraint.what {
            C::Primary { columns, index } => {
                let columns = self.key_columns(own(columns), index.as_ref(), at);
                (Key::Primary(columns.clone()), columns, "pkey")
            }
            C::Unique { columns, index } => {
                let columns = self.key_columns(own(columns), index.as_ref(), at);
                (Key::Unique(columns.clone()), columns, "key")
            }
            C::Exclude => (Key::Exclude, Vec::new(), "excl"),
            C::Check(condition) => (Key::Check(condition.clone()), column.map(str::to_owned).into_iter().collect(), "check"),
            C::NotNull(Some(of)) => (Key::NotNull(of.clone()), vec![of.clone()], "not_null"),
            C::Foreign { columns, table, targets } => {
                let (columns, target) = (own(columns), self.find(table, at.search_path).known().map(|it| it.id));
                (Key::Foreign { columns: columns.clone(), target, targets: targets.clone() }, columns, "fkey")
            }
            _ => return,
        };
        let target = if let Key::Foreign { target, .. } = &key { *target } else { None };
        let is_primary = matches!(key, Key::Primary(_));
        let default = if is_primary || columns.is_empty() {
            format!("{}_{suffix}", table.name)
        } else {
            format!("{}_{}_{suffix}", table.name, columns.join("_"))
        };
        let name = constraint.name.clone().unwrap_or(default);
        let schema = table.schema.clone();
        let index = constraint_index(&constraint.what, &key, id);
        let valid = !constraint.not_valid && !constraint.not_enforced;
        if let Some(table) = self.get_mut(id) {
            if is_primary {
                table.columns.iter_mut().filter(|it| columns.contains(&it.name)).for_each(|it| it.not_null = true);
            }
            if let (Key::NotNull(of), true) = (&key, valid)
                && let Some(column) = table.column_mut(of)
            {
                column.not_null = true;
            }
            table.constraints.push(TableConstraint { name: name.clone(), key, valid });
        }
        if let Some(target) = target {
            self.link(target, id);
        }
        if let Some(index) = index
            && let Some(made) = self.add_to(schema, name, Kind::Index, at)
            && let Some(relation) = self.get_mut(made)
        {
            relation.index = Some(index);
            self.link(id, made);
        }
    }

    /// The columns of a key, from its index where it stands on one.
    fn key_columns(&self, columns: Vec<String>, index: Option<&Name>, at: Setting<'_>) -> Vec<String> {
        let index = index.and_then(|it| self.find(it, at.search_path).known()).and_then(|it| it.index.as_ref());
        index.map_or(columns, |it| it.columns.iter().flatten().cloned().collect())
    }

    fn create_index(&mut self, index: &CreateIndex, at: Setting<'_>) {
        let Some(table) = self.find(&index.table, at.search_path).known() else { return };
        let (id, schema) = (table.id, table.schema.clone());
        let columns: Vec<Option<String>> = index.items.iter().map(plain_name).collect();
        let mut computed_from = Vec::new();
        let computed = index.items.iter().filter(|it| plain_name(it).is_none());
        computed.chain(&index.predicate).for_each(|it| mentions(it, &mut computed_from));
        let words: Vec<String> = columns.iter().map(|it| it.clone().unwrap_or_else(|| "expr".into())).collect();
        let name = index.name.as_ref().map_or_else(|| format!("{}_{}_idx", table.name, words.join("_")), |it| it.name.clone());
        if let Some(table) = self.get_mut(id) {
            table.indexed.extend(columns.first().cloned().flatten());
        }
        if let Some(made) = self.add_to(schema, name, Kind::Index, at)
            && let Some(relation) = self.get_mut(made)
        {
            relation.index = Some(Index {
                table: id,
                unique: index.unique,
                columns,
                computed_from,
                partial: index.predicate.is_some(),
                constraint: false,
            });
            self.link(id, made);
        }
    }

    fn create_view(&mut self, name: &Name, materialized: bool, query: &Query, columns: &[String], at: Setting<'_>) {
        let mut reads = Vec::new();
        self.tables_of(query, at.search_path, &mut reads);
        let read_columns = self.column_uses(query, at.search_path);
        let result = if columns.is_empty() {
            self.result_columns(query, at.search_path)
        } else {
            Some(columns.iter().map(|it| plain_column(it.clone(), TypeName::default())).collect())
        };
        let kind = if materialized { Kind::MaterializedView } else { Kind::View };
        let existing = self
            .find(name, at.search_path)
            .known()
            .filter(|it| it.kind == Kind::View && it.schema == self.home(name, at.search_path))
            .map(|it| it.id);
        let Some(id) = existing.or_else(|| self.add(name, kind, at)) else { return };
        reads.iter().for_each(|it| self.link(*it, id));
        if let Some(view) = self.get_mut(id) {
            (view.reads, view.read_columns) = (reads, read_columns);
            view.columns_known = result.is_some();
            view.columns = result.unwrap_or_default();
        }
    }

    /// The relations that a query reads, at any depth.
    pub(in super::super) fn tables_of(&self, query: &Query, search_path: &[String], found: &mut Vec<Id>) {
        let is_part = |name: &Name| name.schema.is_none() && query.parts.iter().any(|(part, _)| *part == name.name);
        for source in &query.sources {
            match &source.from {
                From::Table(name) if !is_part(name) => found.extend(self.find(name, search_path).known().map(|it| it.id)),
                From::Query(inner) => self.tables_of(inner, search_path, found),
                _ => {}
            }
        }
        query.arms.iter().for_each(|it| self.tables_of(it, search_path, found));
        for (_, part) in &query.parts {
            if let Act::Query(inner) = part {
                self.tables_of(inner, search_path, found);
            }
        }
        let values = query.targets.iter().filter_map(|it| it.value.as_ref()).chain(&query.conditions).chain(&query.others);
        values.for_each(|it| self.tables_of_expr(it, search_path, found));
    }

    fn tables_of_expr(&self, expr: &Expr, search_path: &[String], found: &mut Vec<Id>) {
        match expr {
            Expr::Exists(query) | Expr::Query(query) => self.tables_of(query, search_path, found),
            Expr::Call { arguments, .. } | Expr::List(arguments) | Expr::Array(arguments) | Expr::Other(arguments) => {
                arguments.iter().for_each(|it| self.tables_of_expr(it, search_path, found));
            }
            Expr::Cast(inner, _) | Expr::Not(inner) => self.tables_of_expr(inner, search_path, found),
            Expr::Binary(left, _, right) => [left, right].into_iter().for_each(|it| self.tables_of_expr(it, search_path, found)),
            _ => {}
        }
    }

    fn create_function(&mut self, function: &super::super::ast::CreateFunction, at: Setting<'_>) {
        let path = (self.home(&function.name, at.search_path), function.name.name.clone());
        let made = Function { definition: Rc::new(function.clone()), source: at.source.into(), base: at.base, here: at.here };
        let all = self.functions.entry(path).or_default();
        all.retain(|it| it.definition.arguments != function.arguments);
        all.push(made);
    }

    fn grant(&mut self, grant: &Grant, at: Setting<'_>) {
        let pairs = || grant.roles.iter().flat_map(|role| grant.privileges.iter().map(move |it| (role.clone(), it.clone())));
        match &grant.on {
            GrantOn::Relations(names) => names.iter().for_each(|it| self.change(it, at, |relation| relation.granted.extend(pairs()))),
            GrantOn::AllTables(schemas) => {
                let ids: Vec<Id> =
                    self.relations().filter(|it| schemas.contains(&it.schema) && it.index.is_none()).map(|it| it.id).collect();
                for id in ids {
                    if let Some(relation) = self.get_mut(id) {
                        relation.granted.extend(pairs());
                    }
                }
                schemas.iter().for_each(|it| self.granted_schemas.entry(it.clone()).or_default().extend(grant.roles.iter().cloned()));
            }
            _ => {}
        }
    }

    fn revoke(&mut self, grant: &Grant, at: Setting<'_>) {
        let GrantOn::Relations(names) = &grant.on else { return };
        let all = grant.privileges.iter().any(|it| it == "all");
        for name in names {
            self.change(name, at, |it| {
                it.granted.retain(|(role, privilege)| !grant.roles.contains(role) || !(all || grant.privileges.contains(privilege)));
            });
        }
    }

    fn drop_all(&mut self, kind: Kind, names: &[Name], on: Option<&Name>, cascade: bool, at: Setting<'_>) {
        match (kind, on) {
            (Kind::Policy, Some(table)) => self.change(table, at, |it| drop(it.policies.pop())),
            (Kind::Trigger, Some(table)) => self.change(table, at, |it| drop(it.triggers.pop())),
            _ => names.iter().for_each(|name| self.drop_one(kind, name, cascade, at)),
        }
    }

    fn drop_one(&mut self, kind: Kind, name: &Name, cascade: bool, at: Setting<'_>) {
        match kind {
            Kind::Type | Kind::Domain => {
                let Some(path) = self.type_of(name, at.search_path).map(|(path, _)| path.clone()) else { return };
                let users: Vec<(Id, String)> = self.users_of(&path).map(|(table, column)| (table.id, column.name.clone())).collect();
                for (id, column) in users.iter().filter(|_| cascade) {
                    self.drop_column(*id, column);
                }
                self.types.remove(&path);
            }
            Kind::Schema => {
                self.schemas.remove(&name.name);
                let ids: Vec<Id> = self.relations().filter(|it| it.schema == name.name).map(|it| it.id).collect();
                ids.into_iter().for_each(|id| self.remove(id));
            }
            Kind::Function | Kind::Procedure => {
                let home =
                    self.schemas_of(name, at.search_path).map(|it| (it, name.name.clone())).find(|it| self.functions.contains_key(it));
                home.and_then(|path: Path| self.functions.remove(&path));
            }
            _ => {
                if let Some(id) = self.find(name, at.search_path).known().map(|it| it.id) {
                    self.remove(id);
                }
            }
        }
    }

    /// Removes a relation with what cannot be without it.
    pub(super) fn remove(&mut self, id: Id) {
        let Some(gone) = self.relations.remove(&id) else { return };
        self.names.remove(&(gone.schema.clone(), gone.name.clone()));
        let below =
            |it: &Relation| it.index.as_ref().is_some_and(|index| index.table == id) || it.reads.contains(&id) || it.parents.contains(&id);
        let dependents: Vec<Id> = self.dependents(id).filter(|it| below(it)).map(|it| it.id).collect();
        dependents.into_iter().for_each(|it| self.remove(it));
        let pointing: Vec<Id> = self.references_to(id).map(|(table, _)| table.id).collect();
        for table in pointing {
            if let Some(table) = self.get_mut(table) {
                table.constraints.retain(|it| !matches!(it.key, Key::Foreign { target: Some(target), .. } if target == id));
            }
        }
    }

    /// The transaction is over: nothing is fresh any more.
    pub(in super::super) fn settle(&mut self) {
        for id in std::mem::take(&mut self.fresh_relations) {
            if let Some(relation) = self.get_mut(id) {
                relation.fresh = false;
            }
        }
        for path in std::mem::take(&mut self.fresh_types) {
            if let Some(kind) = self.types.get_mut(&path) {
                Rc::make_mut(kind).fresh = false;
            }
        }
    }
}

/// Extensions of PostgreSQL's own or of wide use that bring tables or views with them.
const MAKES_TABLES: &[&str] =
    &["postgis", "postgis_topology", "postgis_tiger_geocoder", "timescaledb", "pg_stat_statements", "citus", "pg_cron", "pgmq"];

/// Whether the type is a short form for an integer with a sequence.
pub(in super::super) fn is_serial(kind: &TypeName) -> bool {
    matches!(kind.name.name.as_str(), "serial" | "bigserial" | "smallserial") && kind.name.schema.is_none()
}

fn constraint_index(what: &C, key: &Key, table: Id) -> Option<Index> {
    let columns = match (what, key) {
        (C::Primary { index: None, .. } | C::Unique { index: None, .. }, Key::Primary(columns) | Key::Unique(columns)) => columns.clone(),
        (C::Exclude, _) => Vec::new(),
        _ => return None,
    };
    let columns = columns.into_iter().map(Some).collect();
    Some(Index { table, unique: true, columns, computed_from: Vec::new(), partial: false, constraint: true })
}

fn plain_name(expr: &Expr) -> Option<String> {
    if let Expr::Column(parts) = expr { parts.last().cloned() } else { None }
}

fn plain_column(name: String, kind: TypeName) -> Column {
    Column { name, kind, not_null: false, default: None, identity: None, serial: false, generated_from: None, here: false }
}

/// The name that PostgreSQL gives to a column of a result.
fn result_name(value: &Expr) -> Option<String> {
    match value {
        Expr::Column(parts) => parts.last().cloned(),
        Expr::Call { name, .. } => Some(name.name.clone()),
        Expr::Cast(inner, _) => result_name(inner),
        _ => None,
    }
}
