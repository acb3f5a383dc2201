//! From one catalog to another: which objects differ, what stands in the way, and in which order it all goes.
//!
//! Each object of either catalog has a [`pairs::Fate`]. A fate spreads to what depends on the object ([`pairs`]), fates become nodes of a
//! graph ([`nodes`]), the graph is put in order ([`order`]), each node is written down as statements ([`say`]), and where it may be cut
//! into several transactions, each statement gets its stage ([`online`]).

mod nodes;
mod online;
mod options;
mod order;
mod pairs;
mod say;
#[cfg(test)]
mod tests;
mod values;

pub use options::{Changes, Delivery, Options, Precision, Stage, Step};
pub use values::resolve_values;

use super::make::Scene;
use super::model::{Catalog, Id, Kind};
use super::rename;
use std::collections::BTreeSet;

/// What turns `from` into `to`.
#[must_use]
pub fn diff(from: &Catalog, to: &Catalog, options: &Options) -> Changes {
    let renamed = rename::apply(from, to, &options.renames);
    let from = renamed.as_ref().map_or(from, |it| &it.catalog);
    let none = BTreeSet::new();
    let mut changes = plan(Scene { from, to, options, swapped: &none }, &none);
    let used = enums_used_at_once(from, to, &changes);
    if !used.is_empty() && options.delivery == Delivery::Script {
        changes = plan(Scene { from, to, options, swapped: &used }, &none);
    } else if !used.is_empty() {
        changes = plan(Scene { from, to, options, swapped: &none }, &used);
    }
    let mut steps = renamed.map(|it| it.steps).unwrap_or_default();
    if !used.is_empty() && options.delivery != Delivery::Script {
        steps.iter_mut().for_each(|it| it.stage = Stage::Values);
    }
    steps.extend(changes.steps);
    steps.sort_by_key(|step| step.stage);
    Changes { steps }
}

/// `early` are the enums whose new values are committed before they are used.
fn plan(scene: Scene<'_>, early: &BTreeSet<Id>) -> Changes {
    let plan = pairs::Plan::new(scene);
    let graph = nodes::Graph::new(&plan);
    let edges = order::edges(&plan, &graph);
    let order = order::sort(&plan, &graph, &edges);
    let stages = online::Stages::new(&plan, &graph, &order, &edges, early);
    let steps = order.into_iter().filter_map(|node| Some(stages.split(&plan, &graph, node, say::step(&plan, &graph, node)?)));
    Changes { steps: say::guards(&plan).into_iter().chain(steps.flatten()).collect() }
}

/// The enums that get a value which the same script uses: PostgreSQL allows that only for an enum made in the same transaction.
fn enums_used_at_once(from: &Catalog, to: &Catalog, changes: &Changes) -> BTreeSet<Id> {
    let mut used = BTreeSet::new();
    for step in changes.steps.iter().filter(|step| step.id.kind == Kind::Enum) {
        let labels = |catalog: &Catalog| catalog.find(Kind::Enum, "", &step.id.name).map_or("", |it| it.get("labels")).to_owned();
        let old = labels(from);
        let new = labels(to);
        let fresh = super::make::enum_labels(&new).into_iter().filter(|label| !super::make::enum_labels(&old).contains(label));
        let uses: Vec<String> = fresh.map(|label| format!("{label}::{}", step.id.name)).collect();
        let texts = changes.steps.iter().filter(|it| it.id != step.id).flat_map(|it| &it.statements);
        if !old.is_empty() && texts.into_iter().any(|text| uses.iter().any(|it| text.contains(it.as_str()))) {
            used.insert(step.id.clone());
        }
    }
    used
}
