//! The schema as the statements so far make it: what exists, of which type, made by whom.
//!
//! A model, not a server: what it cannot know (objects of an extension, dynamic SQL) it calls [`Lookup::Unknown`], never missing.

mod alter;
mod apply;
mod relation;
mod uses;

pub(super) use apply::{Setting, is_serial};
pub(super) use relation::{Column, Index, Key, Policy, Relation, TableConstraint};

use super::ast::{CreateFunction, Expr, Kind, Name, TypeName};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

/// Identity of a relation: survives renames.
pub(super) type Id = u32;

/// The part of a computed name that is not known.
pub(super) const HOLE: &str = "xtask_hole";

/// What a name means.
#[derive(Debug, Clone, Copy)]
pub(super) enum Lookup<'a> {
    Known(&'a Relation),
    /// Certainly nothing by this name.
    Missing,
    /// Cannot be told.
    Unknown,
}

impl<'a> Lookup<'a> {
    pub(super) fn known(self) -> Option<&'a Relation> {
        if let Lookup::Known(relation) = self { Some(relation) } else { None }
    }
}

/// A type that a migration made.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Type {
    pub what: TypeKind,
    /// Made in the judged migrations.
    pub here: bool,
    /// Made in the transaction that is open.
    pub fresh: bool,
}

/// What kind of type.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum TypeKind {
    Enum(Vec<String>),
    Domain { base: TypeName, checked: bool, default: Option<Expr> },
    Other,
}

/// A function or procedure.
#[derive(Debug, Clone)]
pub(super) struct Function {
    pub definition: Rc<CreateFunction>,
    /// The whole statement and where it stands: read again where it is called.
    pub source: Rc<str>,
    pub base: usize,
    pub here: bool,
}

/// Schema and name.
pub(super) type Path = (String, String);

/// Everything that exists.
#[derive(Debug, Clone, Default)]
pub(super) struct Schema {
    relations: BTreeMap<Id, Rc<Relation>>,
    /// What stands on a relation: its indexes, partitions, readers, and the tables that point at it. May name what is gone.
    dependents: HashMap<Id, Vec<Id>>,
    names: HashMap<Path, Id>,
    types: HashMap<Path, Rc<Type>>,
    functions: HashMap<Path, Vec<Function>>,
    /// Schemas; `true` where made in the judged migrations.
    schemas: HashMap<String, bool>,
    /// Roles that were ever granted anything on a whole schema's tables.
    pub granted_schemas: HashMap<String, Vec<String>>,
    /// Which of them the open transaction made: a list, so that its end need not look at all.
    fresh_relations: Vec<Id>,
    fresh_types: Vec<Path>,
    next: Id,
    /// Something ran that cannot be read: objects may exist that are not listed.
    pub opaque: bool,
    /// An extension was made: functions and types may exist that no migration names.
    pub extended: bool,
}

impl Schema {
    /// The relation that `name` means under this search path.
    pub(super) fn find(&self, name: &Name, search_path: &[String]) -> Lookup<'_> {
        if name.name.contains(HOLE) || is_system(name) {
            return Lookup::Unknown;
        }
        let found = self.schemas_of(name, search_path).find_map(|schema| self.names.get(&(schema, name.name.clone())));
        if let Some(relation) = found.and_then(|id| self.relations.get(id)) {
            return Lookup::Known(relation);
        }
        let known_schema = name.schema.as_ref().is_none_or(|it| it == "public" || self.schemas.contains_key(it));
        if self.opaque || (name.schema.is_some() && !known_schema) { Lookup::Unknown } else { Lookup::Missing }
    }

    fn schemas_of(&self, name: &Name, search_path: &[String]) -> impl Iterator<Item = String> + use<> {
        let schemas = match &name.schema {
            Some(schema) => vec![schema.clone()],
            None => std::iter::once("pg_temp".to_owned()).chain(search_path.iter().cloned()).collect(),
        };
        schemas.into_iter()
    }

    /// The first schema of the path that exists: where new objects go.
    pub(super) fn home(&self, name: &Name, search_path: &[String]) -> String {
        let exists = |it: &&String| it.as_str() == "public" || self.schemas.contains_key(*it);
        name.schema.clone().or_else(|| search_path.iter().find(exists).cloned()).unwrap_or_else(|| "public".to_owned())
    }

    pub(super) fn get(&self, id: Id) -> Option<&Relation> {
        self.relations.get(&id).map(|it| &**it)
    }

    pub(super) fn get_mut(&mut self, id: Id) -> Option<&mut Relation> {
        self.relations.get_mut(&id).map(Rc::make_mut)
    }

    pub(super) fn relations(&self) -> impl Iterator<Item = &Relation> {
        self.relations.values().map(|it| &**it)
    }

    /// Notes that `dependent` stands on `on`.
    fn link(&mut self, on: Id, dependent: Id) {
        let all = self.dependents.entry(on).or_default();
        if !all.contains(&dependent) {
            all.push(dependent);
        }
    }

    /// What stands on a relation, in one way or another.
    pub(super) fn dependents(&self, on: Id) -> impl Iterator<Item = &Relation> {
        self.dependents.get(&on).into_iter().flatten().filter_map(|id| self.get(*id))
    }

    /// The indexes of a table.
    pub(super) fn indexes(&self, table: Id) -> impl Iterator<Item = (&Relation, &Index)> {
        self.dependents(table).filter_map(move |it| it.index.as_ref().filter(|index| index.table == table).map(|index| (it, index)))
    }

    /// The partitions and children of a table, at any depth.
    pub(super) fn descendants(&self, table: Id) -> Vec<Id> {
        let mut found = Vec::new();
        let mut open = vec![table];
        while let Some(parent) = open.pop() {
            let children = self.dependents(parent).filter(|it| it.parents.contains(&parent) && !found.contains(&it.id)).map(|it| it.id);
            let children: Vec<Id> = children.collect();
            found.extend(&children);
            open.extend(&children);
        }
        found
    }

    /// The type that `name` means.
    pub(super) fn type_of(&self, name: &Name, search_path: &[String]) -> Option<(&Path, &Type)> {
        let mut schemas = self.schemas_of(name, search_path);
        schemas.find_map(|schema| self.types.get_key_value(&(schema, name.name.clone()))).map(|(path, it)| (path, &**it))
    }

    /// The functions that `name` means.
    pub(super) fn functions(&self, name: &Name, search_path: &[String]) -> &[Function] {
        let mut schemas = self.schemas_of(name, search_path);
        schemas.find_map(|schema| self.functions.get(&(schema, name.name.clone()))).map_or(&[], Vec::as_slice)
    }

    pub(super) fn has_schema(&self, name: &str) -> Option<bool> {
        self.schemas.get(name).copied()
    }

    /// The base type behind domains.
    pub(super) fn base_of(&self, kind: &TypeName, search_path: &[String]) -> TypeName {
        match self.type_of(&kind.name, search_path).map(|(_, it)| &it.what) {
            Some(TypeKind::Domain { base, .. }) if !kind.array => self.base_of(base, search_path),
            _ => kind.clone(),
        }
    }

    /// Whether values of this type are checked by a domain's constraint.
    pub(super) fn is_checked(&self, kind: &TypeName, search_path: &[String]) -> bool {
        match self.type_of(&kind.name, search_path).map(|(_, it)| &it.what) {
            Some(TypeKind::Domain { checked: true, .. }) => true,
            Some(TypeKind::Domain { base, .. }) => self.is_checked(base, search_path),
            _ => false,
        }
    }

    /// The default that a domain brings.
    pub(super) fn default_of(&self, kind: &TypeName, search_path: &[String]) -> Option<&Expr> {
        match self.type_of(&kind.name, search_path).map(|(_, it)| &it.what) {
            Some(TypeKind::Domain { default: Some(value), .. }) => Some(value),
            Some(TypeKind::Domain { base, .. }) => self.default_of(base, search_path),
            _ => None,
        }
    }

    /// The tables with a column of the type at `path`.
    pub(super) fn users_of(&self, path: &Path) -> impl Iterator<Item = (&Relation, &Column)> {
        let uses =
            |column: &Column| column.kind.name.name == path.1 && column.kind.name.schema.as_ref().is_none_or(|schema| *schema == path.0);
        let tables = self.relations().filter(|it| matches!(it.kind, Kind::Table | Kind::ForeignTable));
        tables.flat_map(move |table| table.columns.iter().filter(move |it| uses(it)).map(move |it| (table, it)))
    }

    /// The views that read from `id`, directly.
    pub(super) fn readers(&self, id: Id) -> impl Iterator<Item = &Relation> {
        self.dependents(id).filter(move |it| it.reads.contains(&id))
    }

    /// The foreign keys of other tables that point at `id`.
    pub(super) fn references_to(&self, id: Id) -> impl Iterator<Item = (&Relation, &TableConstraint)> {
        self.dependents(id).flat_map(move |table| {
            table
                .constraints
                .iter()
                .filter(move |it| matches!(it.key, Key::Foreign { target: Some(target), .. } if target == id))
                .map(move |it| (table, it))
        })
    }
}

fn is_system(name: &Name) -> bool {
    name.schema.as_deref().is_some_and(|it| it.starts_with("pg_") || it == "information_schema")
        || (name.schema.is_none() && name.name.starts_with("pg_"))
}

/// The columns that an expression mentions.
pub(super) fn mentions(expr: &Expr, found: &mut Vec<String>) {
    match expr {
        Expr::Column(parts) => found.extend(parts.last().cloned()),
        Expr::Call { arguments, .. } | Expr::List(arguments) | Expr::Array(arguments) | Expr::Other(arguments) => {
            arguments.iter().for_each(|it| mentions(it, found));
        }
        Expr::Cast(inner, _) | Expr::Not(inner) => mentions(inner, found),
        Expr::Binary(left, _, right) => {
            mentions(left, found);
            mentions(right, found);
        }
        Expr::Between(a, b, c) => [a, b, c].into_iter().for_each(|it| mentions(it, found)),
        Expr::Exists(query) | Expr::Query(query) => query_mentions(query, found),
        Expr::Null | Expr::Bool(_) | Expr::Text(_) | Expr::Number(_) => {}
    }
}

/// The columns that a query mentions.
pub(super) fn query_mentions(query: &super::ast::Query, found: &mut Vec<String>) {
    let targets = query.targets.iter().filter_map(|it| it.value.as_ref());
    targets.chain(&query.conditions).chain(&query.others).for_each(|it| mentions(it, found));
    if query.targets.iter().any(|it| it.value.is_none()) {
        found.push("*".into());
    }
    query.arms.iter().for_each(|it| query_mentions(it, found));
    for source in &query.sources {
        match &source.from {
            super::ast::From::Query(inner) => query_mentions(inner, found),
            super::ast::From::Function(call) => mentions(call, found),
            super::ast::From::Table(_) => {}
        }
    }
    for (_, part) in &query.parts {
        if let super::ast::Act::Query(inner) = part {
            query_mentions(inner, found);
        }
    }
}
