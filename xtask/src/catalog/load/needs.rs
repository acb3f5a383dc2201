//! Who needs whom: from addresses in `pg_depend` to indexes into the catalog.

use super::super::model::{Catalog, Kind, Object};
use crate::db::Row;
use rustc_hash::FxHashMap;
use std::collections::{HashMap, HashSet};

/// Where `pg_depend` finds an object. Parts that have no address of their own have a negative `sub`: -1 the place of a partition in
/// its table, -2 that of an index, -3 the owner of a sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Address {
    pub class: u32,
    pub id: u32,
    pub sub: i32,
}

/// An object and where it was found.
pub(super) struct Found {
    pub address: Address,
    pub object: Object,
}

/// A catalog whose objects can still be found by address.
pub(super) struct Assembled {
    version: u32,
    user: String,
    objects: Vec<Object>,
    addresses: FxHashMap<Address, usize>,
}

impl Assembled {
    pub(super) fn at_mut(&mut self, address: Address) -> Option<&mut Object> {
        self.addresses.get(&address).map(|&i| &mut self.objects[i])
    }

    pub(super) fn finish(self) -> Catalog {
        Catalog::new(self.version, self.user, self.objects)
    }
}

/// The address in three columns of a row.
pub(super) fn address(row: &Row, at: usize) -> Address {
    let number = |i| row.parse::<u32>(at + i).unwrap_or_default();
    Address { class: number(0), id: number(1), sub: row.parse(at + 2).unwrap_or_default() }
}

/// Sorts what was found, leaves out what belongs to extensions, and ties each object to what it needs.
pub(super) fn assemble(version: u32, user: String, found: Vec<Found>, aliases: &[Row], dependencies: &[Row]) -> Assembled {
    let aliases: FxHashMap<Address, Address> = aliases.iter().map(|row| (address(row, 0), address(row, 3))).collect();
    let members: FxHashMap<Address, Address> =
        dependencies.iter().filter(|row| row.get(6) == Some("e")).map(|row| (address(row, 0), address(row, 3))).collect();
    let found = without_members(found, &members, &aliases);
    let mut addresses = FxHashMap::with_capacity_and_hasher(found.len(), Default::default());
    let mut objects = Vec::with_capacity(found.len());
    for Found { address, object } in found {
        addresses.insert(address, objects.len());
        objects.push(object);
    }
    let mut graph = Graph { addresses: &addresses, aliases: &aliases, members: &members, objects };
    graph.tie_parents();
    for row in dependencies {
        graph.tie(row);
    }
    graph.tie_places();
    let objects = graph.objects.into_iter().map(|mut object| {
        object.needs.sort_unstable();
        object.needs.dedup();
        object
    });
    Assembled { version, user, objects: objects.collect(), addresses }
}

fn without_members(found: Vec<Found>, members: &FxHashMap<Address, Address>, aliases: &FxHashMap<Address, Address>) -> Vec<Found> {
    let is_member = |it: &Found| {
        let whole = Address { sub: 0, ..it.address };
        members.contains_key(&whole) || aliases.get(&whole).is_some_and(|whole| members.contains_key(whole))
    };
    let (out, mut found): (Vec<Found>, Vec<Found>) = found.into_iter().partition(is_member);
    let out: HashSet<&str> = out.iter().filter(|it| is_parent(it.object.id.kind)).map(|it| it.object.id.name.as_str()).collect();
    found.retain(|it| it.object.id.of.is_empty() || !out.contains(it.object.id.of.as_str()));
    sorted(found)
}

/// Sorted by id. An object is large: what is moved about while sorting is only where each one stands.
fn sorted(found: Vec<Found>) -> Vec<Found> {
    let mut order: Vec<usize> = (0..found.len()).collect();
    order.sort_by(|&a, &b| found[a].object.id.cmp(&found[b].object.id));
    let mut found: Vec<Option<Found>> = found.into_iter().map(Some).collect();
    order.into_iter().filter_map(|i| found[i].take()).collect()
}

fn is_parent(kind: Kind) -> bool {
    kind.is_relation() || matches!(kind, Kind::Domain | Kind::Composite | Kind::Sequence | Kind::Index)
}

struct Graph<'a> {
    addresses: &'a FxHashMap<Address, usize>,
    aliases: &'a FxHashMap<Address, Address>,
    members: &'a FxHashMap<Address, Address>,
    objects: Vec<Object>,
}

impl Graph<'_> {
    /// The object at an address, or the one that it stands for: a column that is not kept is its table, a member its extension.
    fn resolve(&self, address: Address) -> Option<usize> {
        let mut at = address;
        for _ in 0..4 {
            let whole = Address { sub: 0, ..at };
            if let Some(i) = self.addresses.get(&at).or_else(|| self.addresses.get(&whole)) {
                return Some(*i);
            }
            at = *self.aliases.get(&at).or_else(|| self.aliases.get(&whole)).or_else(|| self.members.get(&whole))?;
        }
        None
    }

    fn tie_parents(&mut self) {
        let mut names: HashMap<(bool, String), usize> = HashMap::new();
        let mut schemas: HashMap<String, usize> = HashMap::new();
        for (i, Object { id, .. }) in self.objects.iter().enumerate() {
            match id.kind {
                Kind::Schema => drop(schemas.insert(id.name.clone(), i)),
                Kind::Publication => drop(names.insert((true, id.name.clone()), i)),
                kind if is_parent(kind) => drop(names.insert((false, id.name.clone()), i)),
                _ => {}
            }
        }
        for i in 0..self.objects.len() {
            let Object { id, schema, .. } = &self.objects[i];
            let is_published = matches!(id.kind, Kind::PublicationTable | Kind::PublicationSchema);
            let parent = if id.of.is_empty() { None } else { names.get(&(is_published, id.of.clone())).copied() };
            let schema = match id.kind {
                Kind::Extension => schemas.get(self.objects[i].get("in_schema")),
                _ if is_published => schemas.get(&id.name),
                _ => schemas.get(schema),
            };
            let schema = schema.copied();
            self.objects[i].parent = parent;
            self.objects[i].needs.extend(parent.into_iter().chain(schema));
        }
        // The parts without address: they belong to what stands at the same address.
        for (address, &i) in self.addresses.iter().filter(|(address, _)| address.sub < 0) {
            let whole = self.resolve(Address { sub: 0, ..*address });
            self.objects[i].parent = whole;
            self.objects[i].needs.extend(whole);
        }
    }

    /// The object itself, or the view or composite type whose column it is.
    fn whole(&self, i: usize) -> usize {
        let object = &self.objects[i];
        if matches!(object.id.kind, Kind::ViewColumn | Kind::Attribute) { object.parent.unwrap_or(i) } else { i }
    }

    fn tie(&mut self, row: &Row) {
        let (from, to) = (address(row, 0), address(row, 3));
        let kind = row.get(6).unwrap_or_default();
        let (Some(i), Some(j)) = (self.resolve(from), self.resolve(to)) else { return };
        let (mut i, j) = (self.whole(i), self.whole(j));
        if i == j || kind == "e" {
            return;
        }
        let kinds = (self.objects[i].id.kind, self.objects[j].id.kind);
        let is_index = |kind| matches!(kind, Kind::Index | Kind::Constraint);
        let part = |sub| self.addresses.get(&Address { sub, ..from }).copied();
        match kind {
            "P" | "S" if is_index(kinds.0) && is_index(kinds.1) => {
                if let Some(place) = part(-2) {
                    self.objects[place].needs.push(j);
                }
            }
            "P" | "S" => return,
            "a" if kinds.0 == Kind::Sequence && to.class == 1259 => match part(-3) {
                Some(owner) => i = owner,
                None => return,
            },
            _ if from.class == 1259 && from.sub == 0 && to.class == 1259 => i = part(-1).unwrap_or(i),
            _ => {}
        }
        self.objects[i].needs.push(j);
    }

    /// What `pg_depend` does not say: an index of a partitioned table serves a foreign key once those of the partitions are attached, a partition is put in its place when both tables have their columns and checks, a table that
    /// inherits is made when its parents have their columns and checks.
    fn tie_places(&mut self) {
        let mut parts: HashMap<usize, Vec<usize>> = HashMap::new();
        for (i, object) in self.objects.iter().enumerate() {
            if let (Some(parent), Kind::Column | Kind::Constraint | Kind::Index) = (object.parent, object.id.kind) {
                parts.entry(parent).or_default().push(i);
            }
        }
        let is_place = |object: &&Object| object.id.kind == Kind::Partition;
        let places: HashMap<usize, usize> =
            self.objects.iter().enumerate().filter(|(_, it)| is_place(it)).filter_map(|(i, it)| Some((it.parent?, i))).collect();
        let mut attached: HashMap<usize, Vec<usize>> = HashMap::new();
        for (i, object) in self.objects.iter().enumerate().filter(|(_, it)| it.id.kind == Kind::IndexPartition) {
            let wholes = object.needs.iter().filter(|&&j| Some(j) != object.parent);
            wholes.for_each(|&whole| attached.entry(whole).or_default().push(i));
        }
        let of = |objects: &[Object], table: usize, kinds: &[Kind]| {
            let list = parts.get(&table).map_or(&[][..], Vec::as_slice);
            list.iter().filter(|&&i| kinds.contains(&objects[i].id.kind) && objects[i].get("kind") != "f").copied().collect::<Vec<usize>>()
        };
        for i in 0..self.objects.len() {
            let object = &self.objects[i];
            let is_shared = |&i: &usize| self.objects[i].id.kind == Kind::Column || self.objects[i].get("kind") == "c";
            let tables: Vec<usize> = object.needs.iter().filter(|&&j| self.objects[j].id.kind == Kind::Table).copied().collect();
            let more: Vec<usize> = match object.id.kind {
                Kind::Partition => {
                    let child = object.parent.iter().flat_map(|&t| of(&self.objects, t, &[Kind::Constraint, Kind::Index]));
                    let shared = tables.iter().flat_map(|&t| of(&self.objects, t, &[Kind::Column, Kind::Constraint])).filter(is_shared);
                    shared.chain(child).collect()
                }
                Kind::IndexPartition => {
                    let table = object.parent.and_then(|index| self.objects[index].parent);
                    table.and_then(|table| places.get(&table)).copied().into_iter().collect()
                }
                Kind::Constraint if object.get("kind") == "f" => {
                    object.needs.iter().filter_map(|index| attached.get(index)).flatten().copied().collect()
                }
                Kind::Table if object.has("inherits") => {
                    tables.iter().flat_map(|&t| of(&self.objects, t, &[Kind::Column, Kind::Constraint])).filter(is_shared).collect()
                }
                _ => continue,
            };
            self.objects[i].needs.extend(more);
        }
    }
}
