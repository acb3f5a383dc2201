//! What a check is about, read once: files from the work tree or from git's index, and what the base branch has.

use crate::diagnostic::Diagnostic;
use crate::migration::{MigrationSet, Name, SourceFile};
use std::time::Duration;

/// What is judged.
#[derive(Debug, Clone, Default)]
pub struct Subject {
    /// The migrations folder, as the user would name it.
    pub folder: String,
    /// Its files.
    pub files: Vec<SourceFile>,
    /// `migrations.lock`, where there is one.
    pub lock: Option<SourceFile>,
    /// Those that could be read as migrations.
    pub set: MigrationSet,
    /// What is wrong with the others, and with the numbers.
    pub unreadable: Vec<Diagnostic>,
    /// The migrations to judge, as indexes into the set, in order. The others are only replayed.
    pub judged: Vec<usize>,
    /// The folder of the desired state, as the user would name it.
    pub schema: String,
    /// Its files.
    pub desired: Vec<SourceFile>,
    /// What the base branch has.
    pub base: Base,
    /// How long the runner lets a statement wait for a lock.
    pub lock_timeout: Option<Duration>,
}

/// What git says about the branch that migrations are merged into.
#[derive(Debug, Clone)]
pub enum Base {
    /// It cannot be told, and why.
    Unknown(Box<Diagnostic>),
    /// The branch.
    Known(Branch),
}

impl Default for Base {
    fn default() -> Base {
        Base::Known(Branch::default())
    }
}

/// A branch's migrations, and what was done to them since this one left it.
#[derive(Debug, Clone, Default)]
pub struct Branch {
    /// As the user named it.
    pub name: String,
    /// What it has now.
    pub names: Vec<Name>,
    /// Those that read differently here.
    pub edited: Vec<Edited>,
    /// Those that are not here any more.
    pub removed: Vec<Name>,
    /// The commit that it stands at.
    pub tip: String,
    /// What keeps it from being compared as it should be.
    pub remark: Option<Box<Diagnostic>>,
}

/// The files of a branch, as they are there.
#[derive(Debug, Clone, Default)]
pub struct BranchFiles {
    /// Its migrations.
    pub migrations: Vec<SourceFile>,
    /// Its sample data.
    pub seeds: Vec<SourceFile>,
}

/// A migration of the base branch that was edited here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edited {
    /// Which.
    pub name: Name,
    /// Its text on the base branch.
    pub before: String,
}

impl Subject {
    /// How many migrations can be applied in order: all, or those before the first file that cannot be read.
    #[must_use]
    pub fn n_appliable(&self) -> usize {
        let names = self.files.iter().filter_map(|file| Name::parse(file.path.rsplit('/').next()?));
        let missing = names.filter(|name| self.set.by_stem(&name.stem).is_none()).min();
        missing.map_or(self.set.migrations.len(), |missing| self.set.migrations.partition_point(|it| it.name < missing))
    }

    /// How many migrations stand before the first judged one, at most `limit`.
    #[must_use]
    pub fn n_before(&self, limit: usize) -> usize {
        self.judged.first().map_or(limit, |&first| first.min(limit))
    }
}
