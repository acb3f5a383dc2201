//! The sources that need a server, each on a thread of its own. What more than one needs is made once: whoever asks first makes it.

use super::{Branch, BranchFiles, Found, Run, SOURCES, Source, Subject, replay};
use crate::db::Url;
use crate::diagnostic::{Diagnostic, Level, Location};
use crate::exit::{Exit, Failure};
use crate::scratch::{Database, Server};
use crate::trace::Trace;
use std::process::Command;
use std::sync::OnceLock;

/// What a check gets from outside.
pub struct Tools<'a> {
    /// Gives the scratch server.
    pub open: &'a (dyn Fn() -> Result<Server, Failure> + Sync),
    /// A `pg_dump` that fits a server of this major version, set up for the database at the address.
    pub dump: &'a (dyn Fn(&Url, u32) -> Option<Command> + Sync),
    /// The files of a branch, as they are there.
    pub files: &'a (dyn Fn(&Branch) -> Result<BranchFiles, Failure> + Sync),
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
    /// What was found right before of these very migrations; nothing where they were never applied.
    known: Option<String>,
    prefix: OnceLock<Result<(), Failure>>,
    head: OnceLock<Result<Database, Failure>>,
    pub(super) trace: OnceLock<Trace>,
}

impl Stage<'_> {
    /// Whether these very migrations were applied before.
    pub(super) fn is_applied(&self) -> bool {
        self.known.is_some()
    }

    /// Waits until the migrations before the judged ones are kept as a template; false where they do not apply.
    pub fn prefix(&self) -> bool {
        self.prefix.get_or_init(|| replay::prefix(self.subject, self.server, self.n_applied)).is_ok()
    }

    /// A database with all migrations, which nobody changes; nothing where they do not apply, which the replay reports.
    pub fn head(&self) -> Option<&Database> {
        let make = || {
            if self.is_applied() {
                return self.server.migrated(&self.subject.set, self.n_applied, &mut |_| ());
            }
            if !self.prefix() {
                // Why stands there.
                return Err(Failure { exit: Exit::Failed, diagnostics: Vec::new() });
            }
            replay::head(self.subject, self.server, self.n_applied)
        };
        self.head.get_or_init(make).as_ref().ok()
    }

    /// Ends the work: why the migrations do not apply, which every source stands on; or what was found right is noted for the next time.
    fn end(self, results: &[(Source, Found)]) -> Option<Failure> {
        let (set, n) = (&self.subject.set, self.n_applied);
        let failure = self.prefix.into_inner().and_then(Result::err);
        let head = match (failure, self.head.into_inner()) {
            (Some(failure), _) | (None, Some(Err(failure))) => return Some(failure),
            (None, Some(Ok(head))) => Some(head),
            (None, None) => None,
        };
        let clean = |source: &Source| results.iter().any(|(it, found)| it == source && found.as_ref().is_ok_and(Vec::is_empty));
        let right = SOURCES.iter().filter(|(source, _)| clean(source)).filter_map(|(_, run)| run.key(self.subject));
        let known = self.known.as_deref().unwrap_or_default();
        let mut keys: Vec<String> = known.split_whitespace().map(str::to_owned).chain(right).collect();
        keys.sort();
        keys.dedup();
        let mark = keys.join(" ");
        match head {
            Some(head) if mark != known || self.known.is_none() => self.server.keep_database(head, set, n, &mark).err(),
            _ => None,
        }
    }
}

/// Runs those of `sources` that need a server. Where the migrations do not apply, that is reported whether it was asked for or not.
pub(super) fn run(subject: &Subject, sources: &[Source], server: &Server, tools: &Tools<'_>) -> (Vec<(Source, Found)>, Option<Trace>) {
    let n_applied = subject.n_appliable();
    let known = match server.mark(&subject.set, n_applied) {
        Ok(known) => known,
        Err(failure) => return (vec![(Source::Replay, Err(failure))], None),
    };
    let mut stage =
        Stage { subject, server, n_applied, tools, known, prefix: OnceLock::new(), head: OnceLock::new(), trace: OnceLock::new() };
    let mut results: Vec<(Source, Found)> = std::thread::scope(|scope| {
        let asked = SOURCES.iter().filter(|(source, _)| sources.contains(source));
        let spawn = |(source, run): &'static (Source, Run)| match run {
            Run::Stage { run, .. } => Some((*source, scope.spawn(|| once(&stage, *source, *run)))),
            Run::Text(_) => None,
        };
        let threads: Vec<_> = asked.filter_map(spawn).collect();
        threads.into_iter().map(|(source, thread)| (source, thread.join().expect("a source does not panic"))).collect()
    });
    let trace = stage.trace.take();
    results.extend(stage.end(&results).map(|failure| (Source::Replay, Err(failure))));
    if n_applied < subject.set.migrations.len() {
        results.push((Source::Replay, Ok(vec![not_replayed(subject, n_applied)])));
    }
    (results, trace)
}

/// Runs a source unless it found all this right before.
fn once(stage: &Stage<'_>, source: Source, run: fn(&Stage<'_>) -> Found) -> Found {
    let key = SOURCES.iter().find(|(it, _)| *it == source).and_then(|(_, run)| run.key(stage.subject));
    let is_known = key.is_some_and(|key| stage.known.as_ref().is_some_and(|known| known.split(' ').any(|it| it == key)));
    if is_known { Ok(Vec::new()) } else { run(stage) }
}

fn not_replayed(subject: &Subject, n_applied: usize) -> Diagnostic {
    let migration = &subject.set.migrations[n_applied];
    Diagnostic::error("not-replayed", format!("`{}` and what follows was not replayed: a file before it cannot be read", migration.name))
        .level(Level::Info)
        .at(Location::file(&migration.file))
        .hint("correct that file, and run `cargo xtask db check` again")
}
