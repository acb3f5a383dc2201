//! Files and history of the other tool, compared: what is applied, what is pending, and what has to be settled by somebody who knows.

use super::{Body, Entry, Foreign, Mark};
use std::collections::{HashMap, HashSet};

/// What becomes of a migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is recorded as applied.
    Applied,
    /// The next `migrate` applies it.
    Pending,
    /// The next `migrate` applies it, although newer ones are applied.
    PendingBehind,
}

/// A migration that is taken over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The other tool's.
    pub foreign: Foreign,
    /// What becomes of it.
    pub standing: Standing,
    /// When it was applied, as the server writes it.
    pub at: Option<String>,
}

/// In which way files and history differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Applied with another text than the file has now.
    Edited,
    /// In the history, and no file.
    Missing,
    /// A file that the tool never knew of.
    Unlisted,
    /// Begun, and failed.
    Failed,
    /// Not applied, although newer ones are.
    Skipped,
    /// No SQL: only the other tool can run it.
    Program,
    /// The tool changes the text before it runs it.
    Unresolved,
}

impl Kind {
    /// The word that `--accept` takes for all of this kind.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Kind::Edited => "edited",
            Kind::Missing => "missing",
            Kind::Unlisted => "unlisted",
            Kind::Failed => "failed",
            Kind::Skipped => "skipped",
            Kind::Program => "program",
            Kind::Unresolved => "unresolved",
        }
    }

    /// What accepting one means.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Kind::Edited => "the file's text counts as what was applied",
            Kind::Missing | Kind::Unlisted | Kind::Program => "it is left out",
            Kind::Failed => "it counts as not applied, and the next `db migrate` applies it (`=applied`: it counts as applied)",
            Kind::Skipped => "the next `db migrate` applies it behind the newer ones (`=applied`: it counts as applied)",
            Kind::Unresolved => "the text is taken as it is",
        }
    }
}

/// One thing to settle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// In which way.
    pub kind: Kind,
    /// What the history calls it.
    pub key: String,
    /// Its file, where there is one.
    pub file: Option<String>,
    /// Which item it is, where it is taken over.
    pub item: Option<usize>,
    /// More about it.
    pub note: Option<String>,
}

/// What is taken over, in our order, and what has to be settled before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparison {
    /// The migrations.
    pub items: Vec<Item>,
    /// The differences.
    pub differences: Vec<Difference>,
    /// How many rows of the history found their file.
    pub matched: usize,
}

/// Compares.
#[must_use]
pub fn reconcile(foreign: Vec<Foreign>, entries: &[Entry]) -> Comparison {
    let by_key: HashMap<&str, &Entry> = entries.iter().map(|entry| (entry.key.as_str(), entry)).collect();
    let known: HashSet<String> = foreign.iter().filter(|it| it.listed).map(|it| it.key.clone()).collect();
    let entry = |it: &Foreign| by_key.get(it.key.as_str()).copied().filter(|_| it.listed);
    let newest = foreign.iter().rposition(|it| !it.repeatable && entry(it).is_some_and(|it| it.mark == Mark::Applied));
    let mut comparison = Comparison::default();
    for (index, it) in in_our_order(foreign, newest, &entry) {
        let entry = entry(&it);
        let is_behind = newest.is_some_and(|newest| index < newest) && !it.repeatable;
        comparison.matched += usize::from(entry.is_some());
        comparison.take(it, entry, is_behind);
    }
    let missing = entries.iter().filter(|entry| !known.contains(&entry.key));
    comparison.differences.extend(missing.map(|entry| Difference {
        kind: Kind::Missing,
        key: entry.key.clone(),
        file: None,
        item: None,
        note: entry.at.as_ref().map(|at| format!("applied at {}", at.replace('T', " "))),
    }));
    comparison
}

/// Repeatable ones stand last, but those that have run stand behind what had been applied then: what comes later finds them there.
fn in_our_order<'a>(foreign: Vec<Foreign>, newest: Option<usize>, entry: &dyn Fn(&Foreign) -> Option<&'a Entry>) -> Vec<(usize, Foreign)> {
    let has_run = |it: &Foreign| it.repeatable && entry(it).is_some_and(|entry| entry.mark == Mark::Applied && fits(it, entry));
    let place = |index: usize, it: &Foreign| if has_run(it) { (newest.unwrap_or(0), 1) } else { (index, 0) };
    let mut indexed: Vec<(usize, Foreign)> = foreign.into_iter().enumerate().collect();
    indexed.sort_by_key(|(index, it)| place(*index, it));
    indexed
}

fn fits(foreign: &Foreign, entry: &Entry) -> bool {
    let Some(checksum) = &entry.checksum else { return true };
    foreign.checksums.is_empty() || foreign.checksums.iter().any(|it| it.eq_ignore_ascii_case(checksum))
}

impl Comparison {
    fn take(&mut self, foreign: Foreign, entry: Option<&Entry>, is_behind: bool) {
        let is_fitting = entry.is_none_or(|entry| fits(&foreign, entry));
        let (kind, note) = match (&foreign.body, entry.map(|it| it.mark)) {
            _ if !foreign.listed => (Some(Kind::Unlisted), None),
            (Body::Program(what), mark) => (Some(Kind::Program), Some(about_program(what, mark))),
            (_, Some(Mark::Failed)) => (Some(Kind::Failed), None),
            (_, Some(Mark::Applied)) if !is_fitting && !foreign.repeatable => (Some(Kind::Edited), None),
            (_, None) if is_behind => (Some(Kind::Skipped), None),
            _ => (foreign.unresolved.as_ref().map(|_| Kind::Unresolved), foreign.unresolved.clone()),
        };
        let is_left_out = matches!(kind, Some(Kind::Unlisted | Kind::Program));
        if let Some(kind) = kind {
            let item = (!is_left_out).then_some(self.items.len());
            let difference = Difference { kind, key: foreign.key.clone(), file: Some(foreign.file.clone()), item, note };
            self.differences.push(difference);
        }
        if is_left_out {
            return;
        }
        let is_applied = entry.is_some_and(|it| it.mark == Mark::Applied) && (is_fitting || !foreign.repeatable);
        let standing = match (is_applied, is_behind) {
            (true, _) => Standing::Applied,
            (false, true) => Standing::PendingBehind,
            (false, false) => Standing::Pending,
        };
        let at = entry.filter(|_| is_applied).and_then(|it| it.at.clone());
        self.items.push(Item { foreign, standing, at });
    }
}

fn about_program(what: &str, mark: Option<Mark>) -> String {
    match mark {
        Some(_) => format!("it is {what}, and it has run: what it did must be written as SQL, or an empty database will lack it"),
        None => format!("it is {what}, and it has not run: run it with the old tool first, or write it as SQL"),
    }
}
