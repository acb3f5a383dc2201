//! The first catalog as it is once the renames ran.

use super::super::acl::Acl;
use super::super::diff::Step;
use super::super::model::{Catalog, Id, Kind, Object};
use super::text::{Column, Names, rewrite, without_labels};
use super::{Rename, bare, schema, statements};
use std::collections::{BTreeSet, HashMap};

/// What the renames make of a catalog.
pub(in super::super) struct Renamed {
    /// The catalog with the new names.
    pub catalog: Catalog,
    /// The statements that bring it there.
    pub steps: Vec<Step>,
}

/// Renames what was told, and what goes by the name of a renamed table: its sequences, constraints and indexes. Nothing where nothing
/// is called otherwise.
#[must_use]
pub(in super::super) fn apply(from: &Catalog, to: &Catalog, told: &[Rename]) -> Option<Renamed> {
    if told.is_empty() {
        let same = same_but_for_the_name(from, to);
        return (!same.is_empty()).then(|| renamed(from, to, &same));
    }
    let mut said: Vec<Rename> = told.to_vec();
    said.extend(owned_sequences(from, to, told));
    let first = renamed(from, to, &said);
    let second = same_but_for_the_name(&first.catalog, to);
    if second.is_empty() {
        return Some(first);
    }
    let Renamed { catalog, steps } = renamed(&first.catalog, to, &second);
    Some(Renamed { catalog, steps: first.steps.into_iter().chain(steps).collect() })
}

fn renamed(from: &Catalog, to: &Catalog, said: &[Rename]) -> Renamed {
    let renames: Vec<Rename> = said.iter().cloned().chain(heirs_parts(from, said)).collect();
    let names = names(from, &renames);
    let ids: HashMap<&Id, &Id> = renames.iter().filter_map(object).collect();
    let columns: HashMap<usize, &Id> = ids.iter().filter_map(|(id, now)| Some((from.position(id)?, *now))).collect();
    let mut objects: Vec<Object> = from.objects.iter().map(|it| moved(it, from, to, &names, &ids, &columns)).collect();
    objects.iter_mut().zip(&from.objects).for_each(|(it, was)| relabel(it, &was.id, &renames));
    let schemas = new_schemas(from, to, &ids, &names);
    let mut steps: Vec<Step> = schemas.iter().map(|it| Step::new(&it.id, vec![format!("CREATE SCHEMA {}", it.id.name)])).collect();
    objects.extend(schemas);
    let said = statements::steps(said, &names);
    // What is renamed to a schema's name gives way first.
    let place = said.iter().take_while(|it| it.id.kind == Kind::Schema).count();
    steps.splice(0..0, said[..place].iter().cloned());
    steps.extend(said[place..].iter().cloned());
    Renamed { catalog: sorted(from, objects), steps }
}

/// The schemas that something moves to and that are not there yet, as they are once they are made.
fn new_schemas(from: &Catalog, to: &Catalog, ids: &HashMap<&Id, &Id>, names: &Names) -> Vec<Object> {
    let there: BTreeSet<String> = from
        .objects
        .iter()
        .filter(|it| it.id.kind == Kind::Schema)
        .map(|it| names.schemas.get(&it.id.name).unwrap_or(&it.id.name).clone())
        .collect();
    let wanted: BTreeSet<&str> = ids.values().map(|now| schema(&now.name)).filter(|it| !it.is_empty() && !there.contains(*it)).collect();
    let schemas = wanted.into_iter().filter_map(|name| to.find(Kind::Schema, "", name));
    let plain = |it: &Object| Object {
        owner: None,
        acl: it.id.kind.info().grants.map(|grants| Acl::initial(grants, from.version)).unwrap_or_default(),
        comment: None,
        labels: Vec::new(),
        needs: Vec::new(),
        parent: None,
        ..it.clone()
    };
    schemas.map(plain).collect()
}

fn object(rename: &Rename) -> Option<(&Id, &Id)> {
    match rename {
        Rename::Object(from, to) => Some((from, to)),
        Rename::Value { .. } => None,
    }
}

/// The columns and constraints that tables have from a table whose own are renamed: PostgreSQL renames them along.
fn heirs_parts(from: &Catalog, told: &[Rename]) -> Vec<Rename> {
    let mut all = Vec::new();
    let mut queue: Vec<(Id, Id)> = told
        .iter()
        .filter_map(object)
        .filter(|(id, _)| matches!(id.kind, Kind::Column | Kind::Constraint))
        .map(|(a, b)| (a.clone(), b.clone()))
        .collect();
    let names = names(from, told);
    while let Some((id, now)) = queue.pop() {
        let heirs = from.objects.iter().filter(|it| match it.id.kind {
            Kind::Table | Kind::ForeignTable => super::super::make::parent_tables(it).contains(&id.of.as_str()),
            Kind::Partition => it.get("parent") == id.of,
            _ => false,
        });
        for heir in heirs {
            let table = if heir.id.kind == Kind::Partition { &heir.id.of } else { &heir.id.name };
            let Some(part) = from.find(id.kind, table, &id.name).filter(|it| it.has("inherited")) else { continue };
            if told.iter().filter_map(object).any(|(it, _)| *it == part.id) {
                continue;
            }
            let new = Id::new(id.kind, &names.current(table), &now.name);
            queue.push((part.id.clone(), new.clone()));
            all.push(Rename::Object(part.id.clone(), new));
        }
    }
    all
}

/// The sequences that belong to columns of renamed tables, or to renamed columns, and are named after them.
fn owned_sequences(from: &Catalog, to: &Catalog, told: &[Rename]) -> Vec<Rename> {
    let owners = |catalog: &Catalog| -> HashMap<String, String> {
        let owners = catalog.objects.iter().filter(|it| it.id.kind == Kind::SequenceOwner);
        owners.map(|it| (it.get("column").to_owned(), it.id.of.clone())).collect()
    };
    let (old, new) = (owners(from), owners(to));
    let names = names(from, told);
    let columns: Vec<Column<'_>> = told.iter().filter_map(object).filter_map(column).collect();
    let is_told = |sequence: &str| told.iter().filter_map(object).any(|(id, _)| id.kind == Kind::Sequence && id.name == sequence);
    let moves = old.iter().filter_map(|(owner, sequence)| {
        let now = new.get(&rewrite(owner, &names, &columns))?;
        let is_free = from.find(Kind::Sequence, "", now).is_none() && to.find(Kind::Sequence, "", sequence).is_none();
        let id = |name: &str| Id::new(Kind::Sequence, "", name);
        (is_free && !is_told(sequence)).then(|| Rename::Object(id(sequence), id(now)))
    });
    moves.collect::<BTreeSet<Rename>>().into_iter().collect()
}

/// The constraints and indexes that are the same but for the name: renaming them gives what dropping and building them would.
fn same_but_for_the_name(from: &Catalog, to: &Catalog) -> Vec<Rename> {
    let is_part = |it: &&Object| matches!(it.id.kind, Kind::Constraint | Kind::Index) && !it.has("inherited");
    let key = |it: &Object| {
        let attributes: Vec<(&str, String)> =
            it.attributes.iter().map(|(name, value)| (*name, value.replacen(&format!(" {} ", bare(&it.id.name)), " ", 1))).collect();
        (it.id.kind, it.id.of.clone(), format!("{attributes:?}"))
    };
    let mut fresh: HashMap<_, Vec<&Object>> = HashMap::new();
    for it in to.objects.iter().filter(is_part).filter(|it| from.position(&it.id).is_none()) {
        fresh.entry(key(it)).or_default().push(it);
    }
    let gone = from.objects.iter().filter(is_part).filter(|it| to.position(&it.id).is_none());
    gone.filter_map(|it| Some(Rename::Object(it.id.clone(), fresh.get_mut(&key(it))?.pop()?.id.clone()))).collect()
}

fn names(from: &Catalog, renames: &[Rename]) -> Names {
    let mut names = Names::default();
    for rename in renames {
        match rename {
            Rename::Object(id, now) if id.kind == Kind::Schema => drop(names.schemas.insert(id.name.clone(), now.name.clone())),
            Rename::Object(id, now) if id.of.is_empty() || id.kind == Kind::Index => {
                if schema(&id.name).is_empty() {
                    continue;
                }
                let short = |id: &Id| format!("{}.{}", schema(&id.name), bare(&id.name));
                names.qualified.insert(short(id), short(now));
                follow(from, id, now, &mut names);
            }
            Rename::Value { of, from, to } => names.labels.push((of.clone(), from.clone(), to.clone())),
            Rename::Object(..) => {}
        }
    }
    names
}

/// What moves to another schema with its table: indexes, and the sequences of its columns.
fn follow(from: &Catalog, id: &Id, now: &Id, names: &mut Names) {
    let (old, new) = (schema(&id.name), schema(&now.name));
    if old == new {
        return;
    }
    let indexes = from.members(id, Kind::Index).map(|it| it.id.name.clone());
    let identities = from.members(id, Kind::Column).filter(|it| it.has("sequence")).map(|it| it.get("sequence").to_owned());
    let own = format!("{}.", id.name);
    let owned = from.objects.iter().filter(|it| it.id.kind == Kind::SequenceOwner && it.get("column").starts_with(&own));
    for name in indexes.chain(identities).chain(owned.map(|it| it.id.of.clone())) {
        let moved = format!("{new}{}", &name[schema(&name).len()..]);
        names.qualified.entry(name).or_insert(moved);
    }
}

fn column<'a>((id, now): (&'a Id, &'a Id)) -> Option<Column<'a>> {
    matches!(id.kind, Kind::Column | Kind::ViewColumn).then_some(Column { table: &id.of, from: &id.name, to: &now.name })
}

/// The object under its new name, with the texts that the server prints of it now.
fn moved(it: &Object, from: &Catalog, to: &Catalog, names: &Names, ids: &HashMap<&Id, &Id>, renamed: &HashMap<usize, &Id>) -> Object {
    let columns: Vec<Column<'_>> = it
        .needs
        .iter()
        .chain(it.parent.iter())
        .filter_map(|i| Some((&from.objects[*i].id, *renamed.get(i)?)))
        .filter_map(column)
        .chain(ids.get_key_value(&it.id).map(|(id, now)| (*id, *now)).and_then(column))
        .collect();
    let mut object = it.clone();
    if columns.is_empty() && names.is_empty() && !ids.contains_key(&it.id) {
        return object;
    }
    let plain = |text: &str| rewrite(text, names, &[]);
    object.id = match ids.get(&it.id) {
        Some(now) => Id::new(it.id.kind, &now.of, &now.name),
        None if it.id.of.is_empty() || it.id.kind == Kind::Index => Id::new(it.id.kind, &plain(&it.id.of), &plain(&it.id.name)),
        None if it.id.kind == Kind::PublicationTable => Id::new(it.id.kind, &it.id.of, &plain(&it.id.name)),
        None => Id::new(it.id.kind, &plain(&it.id.of), &it.id.name),
    };
    if let (Kind::Default | Kind::ViewDefault, Some(now)) =
        (it.id.kind, columns.iter().find(|c| c.table == it.id.of && c.from == it.id.name))
    {
        now.to.clone_into(&mut object.id.name);
    }
    object.schema = moved_schema(it, &object, names);
    for (name, value) in &mut object.attributes {
        // The columns of a view keep their names.
        *value = rewrite(value, names, if *name == "columns" { &[] } else { &columns });
    }
    rename_itself(it, &mut object);
    settle_view(it, &mut object, from, to);
    object
}

fn moved_schema(old: &Object, new: &Object, names: &Names) -> String {
    let name = if new.id.of.is_empty() || new.id.kind == Kind::Index { &new.id.name } else { &new.id.of };
    match schema(name) {
        _ if old.schema.is_empty() => String::new(),
        "" => names.schemas.get(&old.schema).unwrap_or(&old.schema).clone(),
        schema => schema.to_owned(),
    }
}

/// A definition says the object's own name: `CREATE INDEX i ON …`, without its schema.
fn rename_itself(old: &Object, new: &mut Object) {
    let (was, is) = (bare(&old.id.name).to_owned(), bare(&new.id.name).to_owned());
    if was == is || !matches!(old.id.kind, Kind::Index | Kind::Trigger | Kind::Rule | Kind::EventTrigger | Kind::Language) {
        return;
    }
    if let Some((_, definition)) = new.attributes.iter_mut().find(|(name, _)| *name == "definition") {
        *definition = definition.replacen(&format!(" {was} "), &format!(" {is} "), 1);
    }
}

/// A view that PostgreSQL renamed along is the one that is wanted when the two differ in labels alone.
fn settle_view(old: &Object, new: &mut Object, from: &Catalog, to: &Catalog) {
    if !matches!(old.id.kind, Kind::View | Kind::MaterializedView | Kind::Rule) || old.get("definition") == new.get("definition") {
        return;
    }
    let Some(wanted) = to.find(new.id.kind, &new.id.of, &new.id.name) else { return };
    let columns = |catalog: &Catalog, id| catalog.members(id, Kind::ViewColumn).map(|it| it.id.name.clone()).collect::<Vec<_>>();
    if without_labels(new.get("definition")) != without_labels(wanted.get("definition"))
        || columns(from, &old.id) != columns(to, &wanted.id)
    {
        return;
    }
    if let Some((_, definition)) = new.attributes.iter_mut().find(|(name, _)| *name == "definition") {
        wanted.get("definition").clone_into(definition);
    }
}

/// The values of an enum, and the attributes of a composite type, are parts of its text.
fn relabel(it: &mut Object, was: &Id, renames: &[Rename]) {
    for rename in renames {
        match rename {
            Rename::Value { of, from, to } if was.kind == Kind::Enum && was.name == *of => replace(it, "labels", |text| {
                let labels = super::super::make::enum_labels(text);
                labels.into_iter().map(|label| if label == from { to } else { label }).collect::<Vec<_>>().join(", ")
            }),
            Rename::Object(id, now) if id.kind == Kind::Attribute && was.kind == Kind::Composite && was.name == id.of => {
                let line = |line: &str| match line.strip_prefix(id.name.as_str()).filter(|rest| rest.starts_with(' ')) {
                    Some(rest) => format!("{}{rest}", now.name),
                    None => line.to_owned(),
                };
                replace(it, "attributes", |text| text.lines().map(line).collect::<Vec<_>>().join("\n"));
            }
            _ => {}
        }
    }
}

fn replace(it: &mut Object, attribute: &str, change: impl FnOnce(&str) -> String) {
    if let Some((_, value)) = it.attributes.iter_mut().find(|(name, _)| *name == attribute) {
        *value = change(value);
    }
}

/// The objects in their new order, with what points at them.
fn sorted(from: &Catalog, objects: Vec<Object>) -> Catalog {
    let mut order: Vec<usize> = (0..objects.len()).collect();
    order.sort_by(|&a, &b| objects[a].id.cmp(&objects[b].id));
    let mut places = vec![0; order.len()];
    order.iter().enumerate().for_each(|(new, &old)| places[old] = new);
    let mut slots: Vec<Option<Object>> = objects.into_iter().map(Some).collect();
    let objects = order.iter().filter_map(|&i| slots[i].take()).map(|mut it| {
        it.needs.iter_mut().for_each(|i| *i = places[*i]);
        it.needs.sort_unstable();
        it.parent = it.parent.map(|i| places[i]);
        it
    });
    let mut catalog = Catalog::new(from.version, from.user.clone(), objects.collect());
    catalog.unread.clone_from(&from.unread);
    catalog
}
