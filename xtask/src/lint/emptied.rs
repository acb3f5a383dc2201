//! Tables that the open transaction has truncated: until it ends nobody else can put rows into them, so work on their rows costs nothing and
//! fails on none.

use super::ast::{Act, Kind, Name};
use super::case::{Circumstances, Finding};
use super::rule::Rule;
use super::world::World;
use crate::diagnostic::Hazard;

/// Notes what `act` empties, and what it puts rows into.
pub(super) fn follow(world: &mut World, act: &Act, at: Circumstances) {
    let id_of = |world: &World, name: &Name| world.find(name).known().map(|it| it.id);
    match act {
        Act::Truncate { tables, .. } if !at.maybe => {
            let ids: Vec<_> = tables.iter().filter_map(|name| id_of(world, name)).collect();
            world.emptied.extend(ids);
        }
        Act::Insert { table, .. } | Act::Merge { table, .. } => {
            let id = id_of(world, table);
            world.emptied.retain(|it| Some(*it) != id);
        }
        // What they run may put rows into anything.
        Act::Do(_) | Act::Call { .. } | Act::Other => world.emptied.clear(),
        _ => {}
    }
}

/// Whether `act` changes a table that is empty for certain.
pub(super) fn is_emptied(world: &World, act: &Act) -> bool {
    let table = match act {
        Act::Alter { kind: Kind::Table, name, .. } => name,
        Act::CreateIndex(index) => &index.table,
        _ => return false,
    };
    world.find(table).known().is_some_and(|it| world.emptied.contains(&it.id))
}

/// What is left of a finding where there are no rows: whom the change surprises, and what is lost.
pub(super) fn without_rows((rule, finding): (&'static Rule, Finding)) -> Option<(&'static Rule, Finding)> {
    let hazards = finding.hazards.unwrap_or(rule.hazards);
    if !hazards.iter().any(|it| matches!(it, Hazard::BlocksLong | Hazard::FailsData)) {
        return Some((rule, finding));
    }
    let left: &[Hazard] = match (hazards.contains(&Hazard::BreaksClients), hazards.contains(&Hazard::DataLoss)) {
        (true, true) => &[Hazard::DataLoss, Hazard::BreaksClients],
        (true, false) => &[Hazard::BreaksClients],
        (false, true) => &[Hazard::DataLoss],
        (false, false) => return None,
    };
    Some((rule, finding.hazards(left)))
}
