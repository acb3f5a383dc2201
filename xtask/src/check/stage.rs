//! The sources that need a server, each on a thread of its own. What more than one needs is made once: whoever asks first makes it.

use super::{Found, Run, SOURCES, Source, Subject, replay};
use crate::db::Url;
use crate::diagnostic::{Diagnostic, Level, Location};
use crate::exit::Failure;
use crate::scratch::{Database, Server};
use std::process::Command;
use std::sync::OnceLock;

/// What a check gets from outside.
pub struct Tools<'a> {
    /// Gives the scratch server.
    pub open: &'a (dyn Fn() -> Result<Server, Failure> + Sync),
    /// A `pg_dump` that fits a server of this major version, set up for the database at the address.
    pub dump: &'a (dyn Fn(&Url, u32) -> Option<Command> + Sync),
}

/// Where the sources work that need databases.
pub struct Stage<'a> {
    /// What is judged.
    pub subject: &'a Subject,
    /// For more databases.
    pub server: &'a Server,
    /// How many migrations can be applied in order.
    pub n_applied: usize,
    pub(super) tools: &'a Tools<'a>,
    prefix: OnceLock<Result<(), Failure>>,
    head: OnceLock<Result<Database, Failure>>,
}

impl Stage<'_> {
    /// Waits until the migrations before the judged ones are kept as a template; false where they do not apply.
    pub fn prefix(&self) -> bool {
        self.prefix.get_or_init(|| replay::prefix(self.subject, self.server, self.n_applied)).is_ok()
    }

    /// A database with all migrations, which nobody changes; nothing where they do not apply, which the replay reports.
    pub fn head(&self) -> Option<&Database> {
        let make = || match self.prefix() {
            true => replay::head(self.subject, self.server, self.n_applied),
            // The reason stands there.
            false => Err(Failure { exit: crate::exit::Exit::Failed, diagnostics: Vec::new() }),
        };
        self.head.get_or_init(make).as_ref().ok()
    }

    /// Why the migrations do not apply, which the other sources stand on.
    fn failure(self) -> Option<Failure> {
        let prefix = self.prefix.into_inner().and_then(Result::err);
        prefix.or_else(|| self.head.into_inner().and_then(Result::err))
    }
}

/// Runs those of `sources` that need a server. Where the migrations do not apply, that is reported whether it was asked for or not.
pub(super) fn run(subject: &Subject, sources: &[Source], server: &Server, tools: &Tools<'_>) -> Vec<(Source, Found)> {
    let n_applied = subject.n_appliable();
    let stage = Stage { subject, server, n_applied, tools, prefix: OnceLock::new(), head: OnceLock::new() };
    let mut results: Vec<(Source, Found)> = std::thread::scope(|scope| {
        let asked = SOURCES.iter().filter(|(source, _)| sources.contains(source));
        let spawn = |(source, run): &'static (Source, Run)| match run {
            Run::Stage(run) => Some((*source, scope.spawn(|| run(&stage)))),
            Run::Text(_) => None,
        };
        let threads: Vec<_> = asked.filter_map(spawn).collect();
        threads.into_iter().map(|(source, thread)| (source, thread.join().expect("a source does not panic"))).collect()
    });
    results.extend(stage.failure().map(|failure| (Source::Replay, Err(failure))));
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
