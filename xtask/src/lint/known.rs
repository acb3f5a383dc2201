//! Questions that code asks the catalogs: `IF NOT EXISTS (SELECT … FROM pg_type WHERE typname = 'mood')` has an answer in the model.

use super::ast::{Expr, From, Name, Query};
use super::schema::Lookup;
use super::selectivity::truth;
use super::world::World;

/// Which column of a catalog names what.
struct Catalog {
    name: &'static str,
    /// The column with the object's name, or the table's.
    object: &'static str,
    schema: &'static str,
    /// The column with the name of a part of the table.
    part: Option<&'static str>,
    what: What,
}

#[derive(Clone, Copy)]
enum What {
    Relation,
    Column,
    Type,
}

const CATALOGS: &[Catalog] = &[
    Catalog { name: "pg_class", object: "relname", schema: "", part: None, what: What::Relation },
    Catalog { name: "pg_tables", object: "tablename", schema: "schemaname", part: None, what: What::Relation },
    Catalog { name: "pg_views", object: "viewname", schema: "schemaname", part: None, what: What::Relation },
    Catalog { name: "pg_indexes", object: "indexname", schema: "schemaname", part: None, what: What::Relation },
    Catalog { name: "tables", object: "table_name", schema: "table_schema", part: None, what: What::Relation },
    Catalog { name: "columns", object: "table_name", schema: "table_schema", part: Some("column_name"), what: What::Column },
    Catalog { name: "pg_type", object: "typname", schema: "", part: None, what: What::Type },
];

/// Whether a condition holds, where constants or the model tell.
pub(super) fn holds(condition: &Expr, world: &World) -> Option<bool> {
    match condition {
        Expr::Exists(query) => exists(query, world),
        Expr::Not(inner) => holds(inner, world).map(|it| !it),
        Expr::Binary(left, operator, right) => match operator.as_str() {
            "AND" => match (holds(left, world), holds(right, world)) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (left, right) => Some(left? && right?),
            },
            "OR" => match (holds(left, world), holds(right, world)) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (left, right) => Some(left? || right?),
            },
            "IS" if **right == Expr::Null => regclass(left, world).map(|it| !it),
            "IS NOT" if **right == Expr::Null => regclass(left, world),
            _ => truth(condition),
        },
        other => truth(other),
    }
}

/// Whether `to_regclass('name')` finds something.
fn regclass(call: &Expr, world: &World) -> Option<bool> {
    let Expr::Call { name, arguments } = call else { return None };
    match (name.name.as_str(), arguments.as_slice()) {
        ("to_regclass", [Expr::Text(text)]) if !text.contains('"') => {
            let (schema, name) = text.split_once('.').map_or((None, text.as_str()), |(schema, name)| (Some(schema.to_owned()), name));
            is_there(&Name { schema, name: name.to_lowercase() }, world)
        }
        _ => None,
    }
}

fn exists(query: &Query, world: &World) -> Option<bool> {
    let [source] = query.sources.as_slice() else { return None };
    let From::Table(table) = &source.from else { return None };
    let of_information = table.schema.as_deref() == Some("information_schema");
    let catalog = CATALOGS.iter().find(|it| it.name == table.name && (it.name.starts_with("pg_") || of_information))?;
    if !query.parts.is_empty() || !query.arms.is_empty() || !query.others.is_empty() {
        return None;
    }
    let mut asked = Asked::default();
    query.conditions.iter().try_for_each(|it| asked.add(it, catalog))?;
    let name = Name { schema: asked.schema, name: asked.object? };
    match catalog.what {
        What::Relation => is_there(&name, world),
        What::Column => match world.find(&name) {
            Lookup::Known(relation) if relation.columns_known && !relation.maybe => Some(relation.column(&asked.part?).is_some()),
            Lookup::Missing => Some(false),
            _ => None,
        },
        // Every relation has a type of its name, and extensions bring others.
        What::Type => match world.schema.type_of(&name, &world.search_path) {
            Some(_) => Some(true),
            None if world.schema.opaque || world.schema.extended => None,
            None => is_there(&name, world),
        },
    }
}

/// Whether there is such a relation, where that is certain.
fn is_there(name: &Name, world: &World) -> Option<bool> {
    match world.find(name) {
        Lookup::Known(relation) => (!relation.maybe).then_some(true),
        Lookup::Missing => Some(false),
        Lookup::Unknown => None,
    }
}

/// The names that the conditions of a question fix.
#[derive(Default)]
struct Asked {
    object: Option<String>,
    schema: Option<String>,
    part: Option<String>,
}

impl Asked {
    /// Takes over `column = 'name'`, also in a chain of `AND`; nothing where the condition asks for something else.
    fn add(&mut self, condition: &Expr, catalog: &Catalog) -> Option<()> {
        let Expr::Binary(left, operator, right) = condition else { return None };
        if operator == "AND" {
            return self.add(left, catalog).and_then(|()| self.add(right, catalog));
        }
        let (Expr::Column(parts), Some(text)) = (&**left, text_of(right)) else { return None };
        let column = parts.last()?.as_str();
        let slot = match column {
            _ if operator != "=" => return None,
            _ if column == catalog.object => &mut self.object,
            _ if column == catalog.schema => &mut self.schema,
            _ if Some(column) == catalog.part => &mut self.part,
            _ => return None,
        };
        slot.is_none().then(|| *slot = Some(text))
    }
}

fn text_of(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Text(text) => Some(text.clone()),
        Expr::Cast(inner, _) => text_of(inner),
        _ => None,
    }
}
