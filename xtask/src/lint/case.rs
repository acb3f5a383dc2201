//! What a rule is asked about: one statement in its place.

use super::Scope;
use super::ast::{Act, Name, Span, Statement};
use super::schema::{Column, HOLE, Lookup, Relation};
use super::world::World;
use crate::diagnostic::{Hazard, Level};

/// How certain it is that a statement runs, and how.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Circumstances {
    /// Inside an `IF` or a handler: perhaps not at all.
    pub maybe: bool,
    /// Exceptions are caught.
    pub guarded: bool,
    /// In a `DO` block or a called function.
    pub code: bool,
    /// In a loop.
    pub looped: bool,
    /// In a loop that commits.
    pub commits: bool,
}

/// One statement, with everything that is known where it runs.
pub(super) struct Case<'a> {
    pub act: &'a Act,
    pub span: &'a Span,
    /// The file's text of the statement.
    pub source: &'a str,
    pub world: &'a World,
    pub scope: &'a Scope,
    /// Runs in a transaction together with others.
    pub transaction: bool,
    /// The file says `no-transaction`.
    pub declared_bare: bool,
    /// What stands in the file before and behind it, outside of code.
    pub earlier: &'a [Statement],
    pub later: &'a [Statement],
    pub circumstances: Circumstances,
}

/// What a check found, before it knows its rule.
#[derive(Debug, Clone)]
pub(super) struct Finding {
    pub message: String,
    pub span: Span,
    /// Another level than the rule's own.
    pub level: Option<Level>,
    /// Other hazards than the rule's own.
    pub hazards: Option<&'static [Hazard]>,
}

impl Finding {
    pub(super) fn new(span: &Span, message: String) -> Finding {
        Finding { message, span: span.clone(), level: None, hazards: None }
    }

    pub(super) fn level(self, level: Level) -> Finding {
        Finding { level: Some(level), ..self }
    }

    pub(super) fn hazards(self, hazards: &'static [Hazard]) -> Finding {
        Finding { hazards: Some(hazards), ..self }
    }
}

/// A relation that others use, or one that cannot be told.
#[derive(Clone, Copy)]
pub(super) enum Target<'a> {
    InUse(&'a Relation),
    Unknown,
}

impl<'a> Target<'a> {
    pub(super) fn shown(self, name: &Name) -> String {
        match self {
            Target::InUse(relation) => format!("`{}`", relation.shown()),
            Target::Unknown if name.name.contains(HOLE) || name.schema.as_deref().is_some_and(|it| it.contains(HOLE)) => {
                "a table whose name is computed".to_owned()
            }
            Target::Unknown => format!("`{name}`"),
        }
    }

    pub(super) fn column(self, name: &str) -> Option<&'a Column> {
        if let Target::InUse(relation) = self { relation.column(name) } else { None }
    }
}

impl<'a> Case<'a> {
    pub(super) fn finding(&self, message: String) -> Finding {
        Finding::new(self.span, message)
    }

    /// The relation by this name, unless it is missing or nobody uses it yet.
    pub(super) fn target(&self, name: &Name) -> Option<Target<'a>> {
        match self.world.find(name) {
            Lookup::Known(relation) if relation.here => None,
            Lookup::Known(relation) => Some(Target::InUse(relation)),
            Lookup::Missing => None,
            // Catalogs are read by everyone and changed by none of us.
            Lookup::Unknown
                if name.name.starts_with("pg_")
                    || name.schema.as_deref().is_some_and(|it| it.starts_with("pg_") || it == "information_schema") =>
            {
                None
            }
            Lookup::Unknown => Some(Target::Unknown),
        }
    }

    /// Whether a fault that always happens may be claimed here.
    pub(super) fn is_certain(&self) -> bool {
        let it = self.circumstances;
        !it.maybe && !it.guarded && self.scope.complete
    }

    /// Whether the server is older than this major version; an unknown one is taken as new.
    pub(super) fn older_than(&self, version: u32) -> bool {
        self.scope.server_version.is_some_and(|it| it < version)
    }
}
