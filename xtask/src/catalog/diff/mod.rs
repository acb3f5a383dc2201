//! From one catalog to another: which objects differ, what stands in the way, and in which order it all goes.
//!
//! Each object of either catalog has a [`pairs::Fate`]. A fate spreads to what depends on the object ([`pairs`]), fates become nodes of a
//! graph ([`nodes`]), the graph is put in order ([`order`]), and each node is written down as statements ([`say`]).

mod nodes;
mod order;
mod pairs;
mod say;
#[cfg(test)]
mod tests;

use super::make::Scene;
use super::model::{Catalog, Id, Kind};
use std::collections::{BTreeMap, BTreeSet};

/// What is asked for beyond the two catalogs.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// What the rows that hold a removed value of an enum get instead: type and value, as SQL writes them, and the new value.
    pub values: BTreeMap<(String, String), String>,
    /// What is done about differences that only show.
    pub precision: Precision,
    /// The enums that are made anew although adding values would do.
    pub swapped: BTreeSet<Id>,
}

/// What is done about differences that cost much and mean little: the order of columns, and the names of NOT NULL constraints that
/// partitions have from their table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Precision {
    /// Nothing: new columns come last.
    #[default]
    Practical,
    /// The table is made anew and its rows are moved; the partition is taken out and put back.
    Exact,
}

/// Statements that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The object that they are about.
    pub id: Id,
    /// The statements, without their semicolons.
    pub statements: Vec<String>,
    /// What they lose that holds data, in words.
    pub loses: Vec<String>,
    /// Whether they make functions, whose bodies may name what is not there yet.
    pub makes_routine: bool,
}

impl Step {
    fn new(id: &Id, statements: Vec<String>) -> Step {
        Step { id: id.clone(), statements, loses: Vec::new(), makes_routine: false }
    }
}

/// All that turns one schema into another, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// The steps.
    pub steps: Vec<Step>,
}

/// What turns `from` into `to`.
#[must_use]
pub fn diff(from: &Catalog, to: &Catalog, options: &Options) -> Changes {
    let changes = plan(from, to, options);
    let swapped = enums_used_at_once(from, to, &changes);
    if swapped.is_subset(&options.swapped) {
        return changes;
    }
    let options = Options { swapped: &options.swapped | &swapped, ..options.clone() };
    plan(from, to, &options)
}

fn plan(from: &Catalog, to: &Catalog, options: &Options) -> Changes {
    let plan = pairs::Plan::new(Scene { from, to, options });
    let graph = nodes::Graph::new(&plan);
    let order = order::sort(&plan, &graph);
    let steps = order.into_iter().filter_map(|node| say::step(&plan, &graph, node));
    Changes { steps: say::guards(&plan).into_iter().chain(steps).collect() }
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
