//! What is asked of a diff, and what it answers.

use super::super::model::Id;
use super::super::rename::Rename;
use std::collections::BTreeMap;

/// What is asked for beyond the two catalogs.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// What the rows that hold a removed value of an enum get instead: the type and the value as the second catalog and SQL write them
    /// (`public.mood`, `'sad'`), and the new value, quoted as well. [`super::resolve_values`] reads `mood.sad=happy`.
    pub values: BTreeMap<(String, String), String>,
    /// What is called otherwise. [`super::super::rename::resolve`] reads `old=new`.
    pub renames: Vec<Rename>,
    /// What is done about differences that only show.
    pub precision: Precision,
    /// Into how many transactions the script may be cut.
    pub delivery: Delivery,
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

/// Into how many transactions the script may be cut.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Delivery {
    /// One: an enum is made anew where one of its new values is used at once.
    #[default]
    Script,
    /// Several: new values of an enum are committed before they are used.
    Files,
    /// Several, so that nobody waits for long: what is already there is checked after the locks are let go, and indexes are built
    /// concurrently.
    Online,
}

/// When a step runs: each stage but [`Stage::Build`] is a transaction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Values of enums that are used later.
    Values,
    /// Everything that need not wait.
    #[default]
    Change,
    /// Indexes, concurrently: outside of a transaction.
    Build,
    /// What waited for the indexes, and the checks of what is already there.
    Validate,
    /// What waited for the checks.
    Settle,
}

/// Statements that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The object that they are about.
    pub id: Id,
    /// When they run.
    pub stage: Stage,
    /// The statements, without their semicolons.
    pub statements: Vec<String>,
    /// What they lose that holds data, in words: `the rows of public.t`.
    pub loses: Vec<String>,
    /// Whether they make functions, whose bodies may name what is not there yet.
    pub makes_routine: bool,
}

impl Step {
    pub(in super::super) fn new(id: &Id, statements: Vec<String>) -> Step {
        Step { id: id.clone(), stage: Stage::Change, statements, loses: Vec::new(), makes_routine: false }
    }
}

/// All that turns one schema into another, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// The steps, stage by stage.
    pub steps: Vec<Step>,
}

impl Changes {
    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// What is lost that holds data, in words.
    pub fn losses(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().flat_map(|step| step.loses.iter().map(String::as_str))
    }
}
