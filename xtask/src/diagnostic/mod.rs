//! The one report model: whatever a check finds or a run meets is a [`Diagnostic`], whoever prints it and in which form.

mod github;
mod human;
mod json;
mod markdown;
mod sarif;

pub use github::github;
pub use human::human;
pub use json::json;
pub use markdown::markdown;
pub use sarif::{RuleText, sarif};

use crate::sql::lines;
use std::ops::Range;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Worth knowing.
    Info,
    /// Worth changing.
    Warning,
    /// Must be changed before it goes on.
    Error,
}

impl Level {
    /// The word that is printed.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Level::Info => "info",
            Level::Warning => "warning",
            Level::Error => "error",
        }
    }
}

/// What a migration may do to a database that is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hazard {
    /// Keeps others from reading or writing a table while it does work that grows with the table.
    BlocksLong,
    /// Fails where the rows that exist do not fit.
    FailsData,
    /// Fails inside a transaction.
    FailsTxn,
    /// Fails always.
    FailsAlways,
    /// Destroys data.
    DataLoss,
    /// Breaks programs that were written for the schema before.
    BreaksClients,
    /// Breaks the transaction that the migration runs in.
    BreaksTxn,
    /// Leaves the session changed for what runs next.
    LeaksSession,
}

impl Hazard {
    /// Every one of them.
    pub const ALL: [Hazard; 8] = [
        Hazard::BlocksLong,
        Hazard::FailsData,
        Hazard::FailsTxn,
        Hazard::FailsAlways,
        Hazard::DataLoss,
        Hazard::BreaksClients,
        Hazard::BreaksTxn,
        Hazard::LeaksSession,
    ];

    /// The word that is printed.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Hazard::BlocksLong => "blocks-long",
            Hazard::FailsData => "fails-data",
            Hazard::FailsTxn => "fails-txn",
            Hazard::FailsAlways => "fails-always",
            Hazard::DataLoss => "data-loss",
            Hazard::BreaksClients => "breaks-clients",
            Hazard::BreaksTxn => "breaks-txn",
            Hazard::LeaksSession => "leaks-session",
        }
    }
}

/// One finding or failure: object, place, cause, cure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad.
    pub level: Level,
    /// A stable name in kebab-case, for example `migration-failed`.
    pub rule: &'static str,
    /// What is the case, without a full stop.
    pub message: String,
    /// Where in a file.
    pub location: Option<Location>,
    /// PostgreSQL's five-character code, where the server spoke.
    pub sqlstate: Option<String>,
    /// What it may do to a database in use; empty for everything but findings about migrations.
    pub hazards: &'static [Hazard],
    /// Why it hurts.
    pub effect: Option<&'static str>,
    /// More lines: the server's detail, what was kept and what was rolled back.
    pub notes: Vec<String>,
    /// What to do, starting with a verb.
    pub hint: Option<String>,
}

/// All that a diagnostic says, as lines: for forms that show the place themselves.
fn prose(diagnostic: &Diagnostic) -> String {
    let code = diagnostic.sqlstate.as_ref().map(|code| format!("PostgreSQL {code}"));
    let hint = diagnostic.hint.as_ref().map(|hint| format!("hint: {hint}"));
    let effect = diagnostic.effect.map(str::to_owned);
    let lines = [Some(diagnostic.message.clone()), code, effect].into_iter().flatten().chain(diagnostic.notes.iter().cloned()).chain(hint);
    lines.collect::<Vec<_>>().join("\n")
}

/// A span of a file, with the line that it starts on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// The file as the user would name it.
    pub file: String,
    /// Where it starts.
    pub start: lines::Place,
    /// Where it ends (exclusive).
    pub end: lines::Place,
    /// The text of the line on which it starts.
    pub line: String,
}

impl Location {
    /// The bytes `span` of a file's `text`.
    #[must_use]
    pub fn new(file: &str, text: &str, span: Range<usize>) -> Location {
        let (start, end) = (lines::place(text, span.start), lines::place(text, span.end.max(span.start)));
        Location { file: file.to_owned(), start, end, line: lines::line_at(text, span.start).to_owned() }
    }

    /// The whole file: its first line.
    #[must_use]
    pub fn file(file: &str) -> Location {
        let start = lines::Place { line: 1, column: 1 };
        Location { file: file.to_owned(), start, end: start, line: String::new() }
    }
}

impl Diagnostic {
    /// An error without a place yet.
    #[must_use]
    pub fn error(rule: &'static str, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            level: Level::Error,
            rule,
            message: message.into(),
            location: None,
            sqlstate: None,
            hazards: &[],
            effect: None,
            notes: Vec::new(),
            hint: None,
        }
    }

    /// A warning without a place yet.
    #[must_use]
    pub fn warning(rule: &'static str, message: impl Into<String>) -> Diagnostic {
        Diagnostic { level: Level::Warning, ..Diagnostic::error(rule, message) }
    }

    /// The same at another level.
    #[must_use]
    pub fn level(self, level: Level) -> Diagnostic {
        Diagnostic { level, ..self }
    }

    /// The same with what it may do to a database in use.
    #[must_use]
    pub fn hazards(self, hazards: &'static [Hazard]) -> Diagnostic {
        Diagnostic { hazards, ..self }
    }

    /// The same with why it hurts.
    #[must_use]
    pub fn effect(self, effect: &'static str) -> Diagnostic {
        Diagnostic { effect: Some(effect), ..self }
    }

    /// The same at `location`.
    #[must_use]
    pub fn at(mut self, location: Location) -> Diagnostic {
        self.location = Some(location);
        self
    }

    /// The same with one more note.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Diagnostic {
        self.notes.push(note.into());
        self
    }

    /// The same with a cure.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Diagnostic {
        self.hint = Some(hint.into());
        self
    }

    /// The same with the server's code.
    #[must_use]
    pub fn sqlstate(mut self, sqlstate: impl Into<String>) -> Diagnostic {
        self.sqlstate = Some(sqlstate.into());
        self
    }
}
