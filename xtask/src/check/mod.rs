//! `db check`: everything that can be known about migrations before they are merged, as a pipeline of sources in one table.
//!
//! A [`Subject`] is what is judged, read once. Sources that need only its text run beside those that need a scratch server; what each says
//! is [`Diagnostic`]s, in the order of the table whichever was done first. What a source cannot judge it says as well.

mod drift;
mod files;
mod idempotence;
mod observed;
mod lock;
mod replay;
pub mod rules;
mod stage;
mod subject;
mod upgrade;

pub use lock::expected as expected_lock;
pub use stage::{Stage, Tools};
pub use subject::{Base, Branch, BranchFiles, Edited, Subject};

use crate::diagnostic::{Diagnostic, Level};
use crate::exit::{Exit, Failure};
use crate::lint;
use crate::trace::{self, Trace};

/// What looks at migrations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Source {
    /// Names, numbers, encoding, migrations.lock, what the base branch has
    Files,
    /// What the text tells
    Lint,
    /// All migrations apply from nothing
    Replay,
    /// New ones apply to a database that the base branch made, with its sample data
    Upgrade,
    /// They make what the desired state describes
    Drift,
    /// What each statement really does: locks, rewrites, scans, losses
    Trace,
    /// A second run does nothing
    Idempotence,
}

/// How a source comes to its findings.
enum Run {
    /// From the text alone; the server's major version where it is known.
    Text(fn(&Subject, Option<u32>) -> Vec<Diagnostic>),
    /// On databases that have the migrations.
    Stage {
        run: fn(&Stage<'_>) -> Found,
        /// What its verdict depends on besides the migrations, as one word; nothing where it is asked every time.
        key: Option<fn(&Subject) -> String>,
        /// What it says without a server, where there is nothing that one could tell.
        settled: fn(&Subject) -> Option<Vec<Diagnostic>>,
    },
}

impl Run {
    fn key(&self, subject: &Subject) -> Option<String> {
        match self {
            Run::Stage { key: Some(key), .. } => Some(key(subject)),
            _ => None,
        }
    }

    fn settled(&self, subject: &Subject) -> Option<Vec<Diagnostic>> {
        match self {
            Run::Stage { settled, .. } => settled(subject),
            Run::Text(_) => None,
        }
    }
}

/// The sources in the order in which they report.
const SOURCES: &[(Source, Run)] = &[
    (Source::Files, Run::Text(|subject, _| files::check(subject))),
    (Source::Lint, Run::Text(lint)),
    (Source::Replay, Run::Stage { run: replay::check, key: None, settled: |_| None }),
    (Source::Upgrade, Run::Stage { run: upgrade::check, key: Some(upgrade::key), settled: upgrade::settled }),
    (Source::Drift, Run::Stage { run: drift::check, key: Some(drift::key), settled: drift::settled }),
    (Source::Trace, Run::Stage { run: observed::check, key: None, settled: |_| None }),
    (Source::Idempotence, Run::Stage { run: idempotence::check, key: Some(|_| "idempotent".to_owned()), settled: |_| None }),
];

impl Source {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Source> {
        SOURCES.iter().map(|(source, _)| *source)
    }

    /// Those that need no server.
    pub fn offline() -> impl Iterator<Item = Source> {
        SOURCES.iter().filter(|(_, run)| matches!(run, Run::Text(_))).map(|(source, _)| *source)
    }
}

/// What the check found, and how it ends.
#[derive(Debug)]
pub struct Report {
    /// In the order of the sources.
    pub found: Vec<Diagnostic>,
    /// What each statement did, where that was asked for and could be seen.
    pub trace: Option<Trace>,
    /// Done, or No where a finding is an error, or why it could not be completed.
    pub exit: Exit,
}

/// What a source found, or why it could not go on.
type Found = Result<Vec<Diagnostic>, Failure>;

/// Asks `sources` about `subject`; the scratch server is asked for only where a source needs one.
#[must_use]
pub fn check(subject: &Subject, sources: &[Source], tools: &Tools<'_>) -> Report {
    let asked = || SOURCES.iter().filter(|(source, _)| sources.contains(source));
    let settled: Vec<(Source, Found)> = asked().filter_map(|(source, run)| Some((*source, Ok(run.settled(subject)?)))).collect();
    let is_settled = |source: &Source| settled.iter().any(|(it, _)| it == source);
    let staged: Vec<Source> =
        asked().filter(|(it, run)| matches!(run, Run::Stage { .. }) && !is_settled(it)).map(|(source, _)| *source).collect();
    // Where no source has a question to it, a server would be started for nothing.
    let server = (!staged.is_empty()).then(tools.open);
    let version = server.as_ref().and_then(|it| it.as_ref().ok()).map(|it| it.version / 10_000);
    let (text, (staged, trace)) = std::thread::scope(|scope| {
        let staged = server.map(|server| scope.spawn(|| server.map_or_else(alone, |server| stage::run(subject, &staged, &server, tools))));
        let text: Vec<(Source, Found)> = texts(subject, sources, version).collect();
        (text, staged.map_or_else(Default::default, |it| it.join().expect("a source does not panic")))
    });
    report(text.into_iter().chain(settled).chain(staged), trace, subject)
}

fn texts(subject: &Subject, sources: &[Source], version: Option<u32>) -> impl Iterator<Item = (Source, Found)> {
    SOURCES.iter().filter(|(source, _)| sources.contains(source)).filter_map(move |(source, run)| match run {
        Run::Text(run) => Some((*source, Ok(run(subject, version)))),
        Run::Stage { .. } => None,
    })
}

/// A failure that stands for all sources which need a server.
fn alone(failure: Failure) -> (Vec<(Source, Found)>, Option<Trace>) {
    (vec![(Source::Replay, Err(failure))], None)
}

fn report(results: impl Iterator<Item = (Source, Found)>, trace: Option<Trace>, subject: &Subject) -> Report {
    let mut results: Vec<(Source, Found)> = results.collect();
    results.sort_by_key(|(source, _)| SOURCES.iter().position(|(it, _)| it == source));
    let (mut found, mut stopped): (Vec<Diagnostic>, _) = (Vec::new(), None);
    for (_, result) in results {
        match result {
            // What two sources say alike is said once.
            Ok(mut more) => {
                more.retain(|it| !found.contains(it));
                found.extend(more);
            }
            Err(failure) => {
                // A migration that does not apply is what a check is for; a server that is not there is not.
                let is_finding = matches!(failure.exit, Exit::Failed | Exit::Usage);
                stopped = stopped.or((!is_finding).then_some(failure.exit));
                found.extend(failure.diagnostics);
            }
        }
    }
    // The trace has the last word on what the others found.
    if let Some(trace) = &trace {
        found = trace::merge(found, trace, &subject.set);
    }
    let says_no = found.iter().any(|it| it.level == Level::Error);
    Report { exit: stopped.unwrap_or(if says_no { Exit::No } else { Exit::Done }), found, trace }
}

fn lint(subject: &Subject, server_version: Option<u32>) -> Vec<Diagnostic> {
    let judged = subject.judged.iter().map(|&index| subject.set.migrations[index].name.stem.clone()).collect();
    let complete = subject.unreadable.is_empty();
    lint::lint(&subject.set, &lint::Scope { judged: Some(judged), lock_timeout: subject.lock_timeout, server_version, complete })
}
