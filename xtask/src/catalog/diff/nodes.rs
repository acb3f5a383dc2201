//! The nodes of the graph: what each object does, and what goes along with something else.

use super::super::make;
use super::super::model::{Catalog, Kind, Object};
use super::pairs::{Fate, Plan};
use std::collections::HashMap;

/// What a node does for an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Role {
    /// Takes it down.
    Drop,
    /// Creates it, alters it, or creates it anew beside the old one.
    Make,
    /// Moves what is left to the new one and drops the old one.
    Finish,
}

/// What happens at once; the first member says it, the others go along.
#[derive(Debug)]
pub(super) struct Node {
    pub members: Vec<(usize, Role)>,
}

/// Nodes, and where each object's part is.
pub(super) struct Graph {
    pub nodes: Vec<Node>,
    /// By pair and role.
    places: Vec<[Option<usize>; 3]>,
}

impl Graph {
    pub(super) fn new(plan: &Plan<'_>) -> Graph {
        let mut graph = Graph { nodes: Vec::new(), places: vec![[None; 3]; plan.pairs.len()] };
        let sequences = owned_sequences(plan);
        for pair in 0..plan.pairs.len() {
            for role in roles(plan, pair) {
                graph.place(plan, &sequences, pair, role);
            }
        }
        graph
    }

    /// The node that plays `role` for `pair`, if one does.
    pub(super) fn node(&self, pair: usize, role: Role) -> Option<usize> {
        self.places[pair][role as usize]
    }

    /// Whether nothing happens to `pair`.
    pub(super) fn rests(&self, pair: usize) -> bool {
        self.places[pair] == [None; 3]
    }

    fn place(&mut self, plan: &Plan<'_>, sequences: &HashMap<usize, usize>, pair: usize, role: Role) -> usize {
        if let Some(node) = self.node(pair, role) {
            return node;
        }
        let host = host(plan, sequences, pair, role).filter(|(host, role)| roles(plan, *host).contains(role));
        let node = match host {
            Some((host, role)) => self.place(plan, sequences, host, role),
            None => {
                self.nodes.push(Node { members: Vec::new() });
                self.nodes.len() - 1
            }
        };
        self.nodes[node].members.push((pair, role));
        self.places[pair][role as usize] = Some(node);
        node
    }
}

/// The roles that an object's fate asks for.
pub(super) fn roles(plan: &Plan<'_>, pair: usize) -> Vec<Role> {
    match plan.fate(pair) {
        Fate::Keep if super::say::remarks(plan, pair).is_empty() => vec![],
        Fate::Keep | Fate::Create | Fate::Alter => vec![Role::Make],
        Fate::Drop => vec![Role::Drop],
        Fate::Rebuild => vec![Role::Drop, Role::Make],
        Fate::Swap => vec![Role::Make, Role::Finish],
    }
}

/// The column that owns each sequence, by pairs, in the first catalog.
fn owned_sequences(plan: &Plan<'_>) -> HashMap<usize, usize> {
    let from = plan.scene.from;
    let owners = from.objects.iter().filter(|it| it.id.kind == Kind::SequenceOwner);
    let column = |it: &Object| it.needs.iter().copied().find(|&i| from.objects[i].id.kind == Kind::Column);
    owners.filter_map(|it| Some((plan.of_from[it.parent?], plan.of_from[column(it)?]))).collect()
}

/// What the object goes along with in this role: what is dropped, created or swapped as a part of something else.
fn host(plan: &Plan<'_>, sequences: &HashMap<usize, usize>, pair: usize, role: Role) -> Option<(usize, Role)> {
    match role {
        Role::Drop => drop_host(plan, sequences, pair),
        Role::Make => make_host(plan, pair),
        Role::Finish => None,
    }
}

fn goes(plan: &Plan<'_>, pair: usize) -> bool {
    matches!(plan.fate(pair), Fate::Drop | Fate::Rebuild)
}

fn drop_host(plan: &Plan<'_>, sequences: &HashMap<usize, usize>, pair: usize) -> Option<(usize, Role)> {
    let object = plan.old(pair)?;
    let parent = object.parent.map(|i| plan.of_from[i]);
    let gone = |pair: usize| goes(plan, pair).then_some((pair, Role::Drop));
    match object.id.kind {
        Kind::Sequence => sequences.get(&pair).copied().and_then(gone),
        Kind::Table => {
            let place = plan.find(Kind::Partition, &object.id.name, "")?;
            let whole = plan.find(Kind::Table, "", plan.old(place)?.get("parent"))?;
            (plan.fate(whole) == Fate::Swap).then_some((whole, Role::Finish))
        }
        Kind::Column if follows_type(plan, pair).is_some() => follows_type(plan, pair).map(|of| (of, Role::Make)),
        Kind::Column => {
            let table = parent?;
            if plan.fate(table) == Fate::Swap {
                return Some((table, Role::Finish));
            }
            gone(table).or_else(|| inherited(plan, pair).filter(|&whole| !stays_with_heirs(plan, whole)).and_then(gone))
        }
        Kind::Default => plan.find(Kind::Column, &object.id.of, &object.id.name).and_then(gone),
        Kind::Function => base_type(plan.scene.from, object).map(|it| plan.of_from[it]).and_then(gone),
        Kind::IndexPartition => {
            let table = plan.scene.from.objects[object.parent?].id.of.clone();
            let detached = plan.find(Kind::Partition, &table, "").and_then(gone);
            detached.or_else(|| parent.and_then(gone))
        }
        // A foreign key may stand between two tables that both go.
        Kind::Constraint if object.get("kind") == "f" && crosses(plan, object) => None,
        Kind::Index | Kind::Constraint => {
            let parts = object.needs.iter().map(|&i| plan.of_from[i]);
            let mut columns = parts.filter(|&it| plan.id(it).kind == Kind::Column && plan.id(it).of == object.id.of);
            let part = parent.and_then(gone).or_else(|| columns.find_map(gone));
            part.or_else(|| whole_index(plan, object).and_then(gone)).or_else(|| inherited(plan, pair).and_then(gone))
        }
        Kind::ForeignTable | Kind::View | Kind::MaterializedView => None,
        _ => parent.and_then(gone),
    }
}

/// The composite type whose change adds, drops or retypes this column of a table `OF` it.
pub(super) fn follows_type(plan: &Plan<'_>, column: usize) -> Option<usize> {
    let table = plan.find(Kind::Table, "", &plan.id(column).of)?;
    let (was, is) = (plan.old(table)?.get("of_type"), plan.new_form(table)?.get("of_type"));
    let of = plan.find(Kind::Composite, "", is).filter(|_| was == is)?;
    let is_its = matches!(plan.fate(column), Fate::Create | Fate::Drop) || plan.pairs[column].retypes;
    (is_its && plan.fate(of) == Fate::Alter).then_some(of)
}

/// The base type that reads, writes or measures its values by this function.
fn base_type(catalog: &Catalog, function: &Object) -> Option<usize> {
    let types = function.needs.iter().copied().filter(|&it| catalog.objects[it].id.kind == Kind::BaseType);
    let position = catalog.position(&function.id)?;
    types.into_iter().find(|&it| catalog.objects[it].needs.contains(&position))
}

/// Whether a column goes from a table, but stays in one that has it from there.
pub(super) fn stays_with_heirs(plan: &Plan<'_>, column: usize) -> bool {
    let Some(Object { id, parent: Some(table), .. }) = plan.old(column) else { return false };
    let heirs = plan.heirs.get(table).map_or(&[][..], Vec::as_slice);
    let heirs = heirs.iter().filter(|&&heir| matches!(plan.fate(plan.of_from[heir]), Fate::Keep | Fate::Alter));
    let mut columns = heirs.filter_map(|&heir| plan.find(Kind::Column, &plan.scene.from.objects[heir].id.name, &id.name));
    columns.any(|it| plan.new_form(it).is_some())
}

/// Whether a foreign key leads to another table that goes as well.
fn crosses(plan: &Plan<'_>, key: &Object) -> bool {
    let tables = key.needs.iter().map(|&i| &plan.scene.from.objects[i].id);
    let mut others = tables.filter(|id| {
        id.kind == Kind::Table && id.name != key.id.of
            || matches!(id.kind, Kind::Column | Kind::Constraint | Kind::Index) && id.of != key.id.of
    });
    others.any(|id| {
        let table = if id.kind == Kind::Table { &id.name } else { &id.of };
        plan.find(Kind::Table, "", table).is_some_and(|it| plan.fate(it) != Fate::Keep)
    })
}

/// The index of the partitioned table that this one is a part of, unless the partition leaves.
fn whole_index(plan: &Plan<'_>, index: &Object) -> Option<usize> {
    let place = plan.find(Kind::Partition, &index.id.of, "")?;
    if goes(plan, place) || plan.fate(place) == Fate::Create {
        return None;
    }
    let parts = index.needs.iter().filter(|&&i| matches!(plan.scene.from.objects[i].id.kind, Kind::Index | Kind::Constraint));
    parts.map(|&i| plan.of_from[i]).find(|&it| index.get("kind") != "f" && plan.id(it).of != index.id.of)
}

fn make_host(plan: &Plan<'_>, pair: usize) -> Option<(usize, Role)> {
    let object = plan.new_form(pair)?;
    let parent = object.parent.map(|i| plan.of_to[i]);
    let is_made = |pair: usize| matches!(plan.fate(pair), Fate::Create | Fate::Rebuild | Fate::Swap);
    let made = |pair: usize| is_made(pair).then_some((pair, Role::Make));
    if make::is_inline(plan.scene, object) {
        return parent.and_then(made);
    }
    match object.id.kind {
        Kind::Function => base_type(plan.scene.to, object).map(|it| plan.of_to[it]).and_then(made),
        Kind::Column if follows_type(plan, pair).is_some() => follows_type(plan, pair).map(|of| (of, Role::Make)),
        Kind::Column => parent.and_then(made).or_else(|| {
            let whole = inherited(plan, pair)?;
            (is_made(pair) == is_made(whole)).then_some((whole, Role::Make))
        }),
        Kind::Default => {
            let column = plan.find(Kind::Column, &object.id.of, &object.id.name)?;
            let table_is_made = parent.is_some_and(is_made);
            if table_is_made || follows_type(plan, column).is_some() { None } else { made(column) }
        }
        Kind::Constraint if is_made(pair) && object.has("inherited") => {
            let whole = inherited(plan, pair);
            let alone = || if object.get("inherited") == "yes" { parent.and_then(made) } else { None };
            whole.and_then(made).or_else(alone)
        }
        Kind::ViewColumn | Kind::Attribute => parent.and_then(made),
        _ => None,
    }
}

/// The column or constraint of the parent table that this one follows by itself.
pub(super) fn inherited(plan: &Plan<'_>, pair: usize) -> Option<usize> {
    let id = plan.id(pair);
    let sides = [plan.old(pair), plan.new_form(pair)];
    if !sides.iter().flatten().all(|it| it.has("inherited")) {
        return None;
    }
    let parents: Vec<String> = match plan.find(Kind::Partition, &id.of, "") {
        Some(place) if matches!(plan.fate(place), Fate::Keep | Fate::Alter) => vec![plan.object(place).get("parent").to_owned()],
        Some(_) => return None,
        None => {
            let table = plan.find(Kind::Table, "", &id.of)?;
            let (old, new) = (plan.old(table)?.get("inherits"), plan.new_form(table)?.get("inherits"));
            new.split(", ").filter(|it| old.split(", ").any(|was| was == *it)).map(str::to_owned).collect()
        }
    };
    parents.iter().find_map(|parent| plan.find(id.kind, parent, &id.name))
}
