//! The order of the nodes: what is needed comes first, what needs goes first.

use super::super::make;
use super::super::model::{Kind, Object};
use super::nodes::{Graph, Role, inherited, stays_with_heirs};
use super::pairs::{Fate, Plan};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

/// The nodes, each after those that have to be before it. Among those that could be next, drops come first and the rest goes by kind
/// and name, so that the order does not depend on chance.
pub(super) fn sort(plan: &Plan<'_>, graph: &Graph, edges: &[(usize, usize)]) -> Vec<usize> {
    let mut after: Vec<Vec<usize>> = vec![Vec::new(); graph.nodes.len()];
    let mut waiting = vec![0_usize; graph.nodes.len()];
    for &(first, second) in edges {
        after[first].push(second);
        waiting[second] += 1;
    }
    let key = |node: usize| Reverse((rank(plan, graph, node), node));
    let mut ready: BinaryHeap<_> = (0..graph.nodes.len()).filter(|&node| waiting[node] == 0).map(key).collect();
    let mut left: BinaryHeap<_> = (0..graph.nodes.len()).map(key).collect();
    let mut done = vec![false; graph.nodes.len()];
    let mut order = Vec::with_capacity(graph.nodes.len());
    // A circle is cut at its first node; what PostgreSQL accepted once has none but through functions' bodies.
    while let Some(Reverse((_, node))) = ready.pop().or_else(|| left.pop()) {
        if std::mem::replace(&mut done[node], true) {
            continue;
        }
        order.push(node);
        for &next in &after[node] {
            waiting[next] -= 1;
            if waiting[next] == 0 {
                ready.push(key(next));
            }
        }
    }
    order
}

/// Drops first and from the leaves on, then what is made, by kind and name; columns by their place in the table.
fn rank(plan: &Plan<'_>, graph: &Graph, node: usize) -> (u8, i32, usize, u32) {
    let (pair, role) = graph.nodes[node].members[0];
    let kind = plan.id(pair).kind;
    // Objects that are created get the default privileges that stood when the script began.
    let phase = if kind == Kind::DefaultPrivileges { Role::Finish } else { role };
    let object = plan.object(pair);
    let (place, position) = match plan.new_form(pair).and_then(|it| it.parent) {
        Some(table) if kind == Kind::Column => (plan.of_to[table], object.position),
        _ => (pair, 0),
    };
    match phase {
        Role::Drop => (0, -(kind as i32), place, position),
        Role::Make => (1, kind as i32, place, position),
        Role::Finish => (2, -(kind as i32), place, position),
    }
}

/// Which node has to be before which.
pub(super) fn edges(plan: &Plan<'_>, graph: &Graph) -> Vec<(usize, usize)> {
    let mut edges = Vec::new();
    for pair in (0..plan.pairs.len()).filter(|&pair| !graph.rests(pair)) {
        let node = |role| graph.node(pair, role);
        // A default that goes with the old table is not in the way of the one on the new.
        let is_late = |drop: &usize| plan.id(pair).kind == Kind::Default && graph.nodes[*drop].members[0].1 == Role::Finish;
        edges.extend(node(Role::Drop).filter(|drop| !is_late(drop)).zip(node(Role::Make)));
        edges.extend(node(Role::Make).zip(node(Role::Finish)));
        if let Some(object) = plan.new_form(pair) {
            let needed = object.needs.iter().map(|&i| plan.of_to[i]);
            edges.extend(needed.flat_map(|other| comes_after(plan, graph, pair, other)));
        }
        if let Some(object) = plan.old(pair) {
            let needed = object.needs.iter().map(|&i| plan.of_from[i]);
            edges.extend(needed.flat_map(|other| goes_before(plan, graph, pair, other)));
        }
        edges.extend(detached_first(plan, graph, pair));
        edges.extend(attached_first(plan, graph, pair));
        // A column that goes from the parent and from some of its heirs is theirs once the parent let go of it.
        let whole = node(Role::Drop)
            .filter(|_| plan.id(pair).kind == Kind::Column)
            .and_then(|_| inherited(plan, pair))
            .filter(|&it| stays_with_heirs(plan, it));
        edges.extend(whole.and_then(|it| graph.node(it, Role::Drop)).zip(node(Role::Drop)));
    }
    edges.extend(names_freed(plan, graph));
    // What goes with the old table when that is dropped need not go before the new one is made.
    edges.retain(|&(first, second)| {
        let (pair, role) = graph.nodes[first].members[0];
        first != second && (role != Role::Finish || graph.node(pair, Role::Make) != Some(second))
    });
    edges
}

/// The new form of `pair` needs `other`.
fn comes_after(plan: &Plan<'_>, graph: &Graph, pair: usize, other: usize) -> Vec<(usize, usize)> {
    let Some(mine) = graph.node(pair, Role::Make) else { return Vec::new() };
    if is_part_of_index(plan, pair, other)
        || is_of_kept_parent(plan, pair, other)
        || plan.id(pair).kind == Kind::Partition && waits_for_place(plan, other)
    {
        return Vec::new();
    }
    let mut edges: Vec<(usize, usize)> = graph.node(other, Role::Make).map(|first| (first, mine)).into_iter().collect();
    let kind = plan.id(pair).kind;
    if let (Some(finish), Kind::Table) = (graph.node(other, Role::Finish), plan.id(other).kind) {
        match kind {
            // The rows are moved once the partitions stand, and before anything else is put on the table.
            Kind::Partition if plan.object(pair).get("parent") == plan.id(other).name => edges.push((mine, finish)),
            Kind::Default => edges.push((mine, finish)),
            Kind::Column => {}
            _ => edges.push((finish, mine)),
        }
    }
    edges
}

/// Whether one is the index of a partition and the other that of the whole: they are made in any order and attached in the end.
fn is_part_of_index(plan: &Plan<'_>, pair: usize, other: usize) -> bool {
    let is_index = |it: usize| matches!(plan.id(it).kind, Kind::Index | Kind::Constraint) && plan.object(it).get("kind") != "f";
    is_index(pair) && is_index(other)
}

/// The old form of `pair` needs `other`.
fn goes_before(plan: &Plan<'_>, graph: &Graph, pair: usize, other: usize) -> Vec<(usize, usize)> {
    let leaves = match plan.fate(pair) {
        Fate::Drop | Fate::Rebuild => graph.node(pair, Role::Drop),
        Fate::Swap => graph.node(pair, Role::Finish),
        _ => graph.node(pair, Role::Make),
    };
    let Some(leaves) = leaves else { return Vec::new() };
    // What is from a parent goes once the table has let go of that.
    if is_left_behind(plan, graph.nodes[leaves].members[0].0, other) {
        return graph.node(other, Role::Make).map(|first| (first, leaves)).into_iter().collect();
    }
    // What goes with an old table that was renamed away is not in the way of what is made anew.
    let is_dropped = matches!(plan.fate(pair), Fate::Drop | Fate::Rebuild) && graph.nodes[leaves].members[0].1 != Role::Finish;
    let mut before = vec![graph.node(other, Role::Drop), graph.node(other, Role::Finish)];
    // A sequence stays until the default of its column lets go of it, and that may wait for the column.
    let waits = plan.id(pair).kind == Kind::SequenceOwner && !plan.pairs[other].retypes;
    if is_dropped && !waits {
        before.push(graph.node(other, Role::Make));
    }
    before.into_iter().flatten().map(|other| (leaves, other)).collect()
}

/// Whether `part`, a column or check, goes from `table`, which stays and no longer inherits from the one that it has the part from.
fn is_left_behind(plan: &Plan<'_>, part: usize, table: usize) -> bool {
    let (Some(old), Some(was), Some(is)) = (plan.old(part), plan.old(table), plan.new_form(table)) else { return false };
    let stays = old.id.of == was.id.name && plan.fate(table) == Fate::Alter && matches!(plan.fate(part), Fate::Drop | Fate::Rebuild);
    stays && old.get("inherited") == "yes" && was.get("inherits") != is.get("inherits")
}

/// Whether `column` is one of a table that `table` inherits from before and after: it gets what becomes of that by itself.
fn is_of_kept_parent(plan: &Plan<'_>, table: usize, column: usize) -> bool {
    let (Some(was), Some(is)) = (plan.old(table), plan.new_form(table)) else { return false };
    let parent = &plan.id(column).of;
    let inherits = |it: &Object| make::parent_tables(it).contains(&parent.as_str());
    plan.id(column).kind == Kind::Column && plan.fate(table) == Fate::Alter && inherits(was) && inherits(is)
}

/// A partition leaves its table before the columns of either change.
fn detached_first(plan: &Plan<'_>, graph: &Graph, pair: usize) -> Vec<(usize, usize)> {
    let (Some(mine), Kind::Partition) = (graph.node(pair, Role::Drop), plan.id(pair).kind) else { return Vec::new() };
    let tables = [Some(plan.id(pair).of.clone()), plan.old(pair).map(|it| it.get("parent").to_owned())];
    let mut edges = Vec::new();
    for table in tables.into_iter().flatten() {
        let Some(table) = plan.find(Kind::Table, "", &table) else { continue };
        let Some(position) = plan.pairs[table].to else { continue };
        let columns = plan.scene.to.children(position).iter().map(|&i| plan.of_to[i]);
        edges.extend(
            columns
                .filter(|&it| matches!(plan.fate(it), Fate::Create | Fate::Alter))
                .filter_map(|it| Some((mine, graph.node(it, Role::Make)?))),
        );
    }
    edges
}

/// A partition is attached before its table gets new indexes: else PostgreSQL would choose by itself which of its own answer to them.
fn attached_first(plan: &Plan<'_>, graph: &Graph, pair: usize) -> Vec<(usize, usize)> {
    let (Some(mine), Kind::Partition) = (graph.node(pair, Role::Make), plan.id(pair).kind) else { return Vec::new() };
    let table = plan.new_form(pair).and_then(|it| plan.find(Kind::Table, "", it.get("parent")));
    let Some(position) = table.and_then(|it| plan.pairs[it].to) else { return Vec::new() };
    let parts = plan.scene.to.children(position).iter().map(|&i| plan.of_to[i]);
    let is_index = |it: &usize| match plan.id(*it).kind {
        Kind::Index => true,
        Kind::Constraint => matches!(plan.object(*it).get("kind"), "p" | "u" | "x"),
        _ => false,
    };
    let mut edges: Vec<(usize, usize)> = parts.filter(is_index).filter_map(|it| Some((mine, graph.node(it, Role::Make)?))).collect();
    // Nor may it choose one that is rebuilt to stay for itself.
    let own = plan.find(Kind::Table, "", &plan.id(pair).of).and_then(|it| plan.pairs[it].to);
    for index in own.iter().flat_map(|&it| plan.scene.to.children(it)).map(|&i| plan.of_to[i]) {
        if waits_for_place(plan, index) {
            edges.extend(graph.node(index, Role::Drop).map(|drop| (drop, mine)));
            edges.extend(graph.node(index, Role::Make).map(|make| (mine, make)));
        }
    }
    edges
}

/// Whether an index is made once its table is a partition, so that it is not taken for a part of an index of the whole.
fn waits_for_place(plan: &Plan<'_>, index: usize) -> bool {
    plan.id(index).kind == Kind::Index && matches!(plan.fate(index), Fate::Create | Fate::Rebuild) && plan.stays_apart(index)
}

/// A name is free before something else takes it.
fn names_freed(plan: &Plan<'_>, graph: &Graph) -> Vec<(usize, usize)> {
    let mut freed: HashMap<String, Vec<(usize, usize)>> = HashMap::new();
    for pair in 0..plan.pairs.len() {
        let Some(node) = graph.node(pair, Role::Drop).or_else(|| graph.node(pair, Role::Make)) else { continue };
        let Some(old) = plan.old(pair) else { continue };
        let kept = plan.new_form(pair).filter(|_| !matches!(plan.fate(pair), Fate::Drop | Fate::Rebuild)).map(names).unwrap_or_default();
        for name in names(old).into_iter().filter(|name| !kept.contains(name)) {
            freed.entry(name).or_default().push((pair, node));
        }
    }
    let mut edges = Vec::new();
    if freed.is_empty() {
        return edges;
    }
    for pair in 0..plan.pairs.len() {
        let (Some(new), Some(node)) = (plan.new_form(pair), graph.node(pair, Role::Make)) else { continue };
        for name in names(new) {
            let others = freed.get(&name).map_or(&[][..], Vec::as_slice);
            edges.extend(others.iter().filter(|(other, _)| *other != pair).map(|(_, first)| (*first, node)));
        }
    }
    edges
}

/// The names that an object takes in its schema: relations share theirs, and so do types.
fn names(object: &Object) -> Vec<String> {
    let name = &object.id.name;
    match object.id.kind {
        Kind::Table | Kind::ForeignTable | Kind::View | Kind::MaterializedView | Kind::Composite => {
            vec![format!("r {name}"), format!("t {name}")]
        }
        Kind::Sequence | Kind::Index => vec![format!("r {name}")],
        Kind::Constraint if matches!(object.get("kind"), "p" | "u" | "x") => {
            vec![format!("r {}.{name}", object.schema), format!("c {} {name}", object.id.of)]
        }
        Kind::Constraint => vec![format!("c {} {name}", object.id.of)],
        Kind::Column => {
            let sequence = object.has("sequence").then(|| format!("r {}", object.get("sequence")));
            let not_null = object.has("not_null_name").then(|| format!("c {} {}", object.id.of, object.get("not_null_name")));
            sequence.into_iter().chain(not_null).collect()
        }
        Kind::Enum | Kind::Domain | Kind::Range | Kind::BaseType => vec![format!("t {name}")],
        Kind::Function | Kind::Procedure | Kind::Aggregate => vec![format!("f {name}")],
        _ => Vec::new(),
    }
}
