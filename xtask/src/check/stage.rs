//! The sources that need a server: the replay, and behind it those that look at what it left.

use super::{Found, Run, SOURCES, Source, Subject, replay};
use crate::diagnostic::{Diagnostic, Level, Location};
use crate::scratch::{Database, Server};

/// Where the sources behind the replay work.
#[derive(Debug)]
pub struct Stage<'a> {
    /// What is judged.
    pub subject: &'a Subject,
    /// For more databases.
    pub server: &'a Server,
    /// How many migrations were applied.
    pub n_applied: usize,
    /// A database with them.
    pub head: Database,
}

/// Runs those of `sources` that need a server. They also report why they could not: a replay that failed, which all of them stand on.
pub(super) fn run(subject: &Subject, sources: &[Source], server: &Server) -> Vec<(Source, Found)> {
    let n_applied = subject.n_appliable();
    let mut results = Vec::new();
    match replay::replay(subject, server, n_applied) {
        Err(failure) => results.push((Source::Replay, Err(failure))),
        Ok(head) => {
            let stage = Stage { subject, server, n_applied, head };
            let asked = SOURCES.iter().filter(|(source, _)| sources.contains(source));
            let runs = asked.filter_map(|(source, run)| if let Run::Stage(run) = run { Some((*source, run)) } else { None });
            results.extend(runs.map(|(source, run)| (source, run(&stage))));
        }
    }
    if n_applied < subject.set.migrations.len() {
        results.push((Source::Replay, Ok(vec![not_replayed(subject, n_applied)])));
    }
    results
}

fn not_replayed(subject: &Subject, n_applied: usize) -> Diagnostic {
    let migration = &subject.set.migrations[n_applied];
    Diagnostic::error("not-replayed", format!("`{}` and what follows was not replayed: a file before it cannot be read", migration.name))
        .level(Level::Info)
        .at(Location::file(&migration.file))
        .hint("correct that file, and run `cargo xtask db check` again")
}
