//! What a statement meets: the schema, the session, and what the open transaction holds.

use super::ast::{Name, Span};
use super::schema::{Id, Lookup, Path, Relation, Schema};
use std::collections::HashSet;
use std::rc::Rc;

/// PostgreSQL's table locks, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mode {
    AccessShare,
    RowShare,
    RowExclusive,
    ShareUpdateExclusive,
    Share,
    ShareRowExclusive,
    Exclusive,
    AccessExclusive,
}

impl Mode {
    /// As PostgreSQL writes it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Mode::AccessShare => "ACCESS SHARE",
            Mode::RowShare => "ROW SHARE",
            Mode::RowExclusive => "ROW EXCLUSIVE",
            Mode::ShareUpdateExclusive => "SHARE UPDATE EXCLUSIVE",
            Mode::Share => "SHARE",
            Mode::ShareRowExclusive => "SHARE ROW EXCLUSIVE",
            Mode::Exclusive => "EXCLUSIVE",
            Mode::AccessExclusive => "ACCESS EXCLUSIVE",
        }
    }

    /// The mode that a `LOCK TABLE` names.
    pub(super) fn named(text: &str) -> Mode {
        use Mode::{AccessExclusive, AccessShare, Exclusive, RowExclusive, RowShare, Share, ShareRowExclusive, ShareUpdateExclusive};
        let all = [AccessShare, RowShare, RowExclusive, ShareUpdateExclusive, Share, ShareRowExclusive, Exclusive];
        all.into_iter().find(|it| it.word() == text).unwrap_or(AccessExclusive)
    }

    /// Whether it keeps others from writing.
    pub(super) fn blocks_writes(self) -> bool {
        self >= Mode::Share
    }
}

/// The state between two statements.
#[derive(Debug, Clone)]
pub(super) struct World {
    /// Shared with savepoints until one of them changes it.
    pub schema: Rc<Schema>,
    pub search_path: Vec<String>,
    pub timezone: Option<String>,
    /// Locks on tables that others use, held by the open transaction.
    pub locks: Vec<(Id, Mode)>,
    /// Tables that the open transaction has truncated and put nothing into since.
    pub emptied: Vec<Id>,
    /// Enum values added in the open transaction.
    pub fresh_values: Vec<(Path, String)>,
    /// Settings of the session that differ from how it began, and where that was done.
    pub changed: Vec<(String, Span)>,
    /// Values that an `UPDATE` or `DELETE` of a table has asked for, in this file or before: rows that held them were seen to.
    pub seen_to: Rc<HashSet<(Id, String)>>,
    /// The file or a setting limits how long a lock is waited for.
    pub limits_locks: bool,
}

impl Default for World {
    fn default() -> World {
        World {
            schema: Rc::default(),
            search_path: vec!["public".into()],
            timezone: None,
            locks: Vec::new(),
            emptied: Vec::new(),
            fresh_values: Vec::new(),
            changed: Vec::new(),
            seen_to: Rc::default(),
            limits_locks: false,
        }
    }
}

impl World {
    pub(super) fn find(&self, name: &Name) -> Lookup<'_> {
        self.schema.find(name, &self.search_path)
    }

    /// The relation by this name, if it is known and others use it.
    pub(super) fn in_use(&self, name: &Name) -> Option<&Relation> {
        self.find(name).known().filter(|it| !it.here)
    }

    pub(super) fn schema_mut(&mut self) -> &mut Schema {
        Rc::make_mut(&mut self.schema)
    }

    /// A transaction ends: what it held is free, what it made is there.
    pub(super) fn settle(&mut self) {
        self.locks.clear();
        self.emptied.clear();
        self.fresh_values.clear();
        self.schema_mut().settle();
    }

    /// A new file starts with a clean session.
    pub(super) fn reset_session(&mut self) {
        self.search_path = vec!["public".into()];
        self.timezone = None;
        self.changed.clear();
        self.limits_locks = false;
    }

    pub(super) fn set(&mut self, name: &str, values: &[String]) {
        match name {
            "search_path" => self.search_path = values.iter().filter(|it| *it != "$user" && !it.is_empty()).cloned().collect(),
            "timezone" => self.timezone = values.first().map(|it| it.to_uppercase()),
            "lock_timeout" => self.limits_locks = values.first().is_some_and(|it| it != "0"),
            _ => {}
        }
    }

    pub(super) fn reset(&mut self, name: &str) {
        match name {
            "search_path" => self.search_path = vec!["public".into()],
            "timezone" => self.timezone = None,
            "all" => {
                self.search_path = vec!["public".into()];
                (self.timezone, self.limits_locks) = (None, false);
            }
            _ => {}
        }
    }
}
