//! The loop: read the state, plan, send; start over when something moved.

use super::Limits;
use super::event::{Blocker, Event};
use super::failure::{Verdict, failure, judge};
use super::journal::Journal;
use super::leg::{Frame, Leg, Mark};
use super::reply::{Stop, send};
use super::watch::Watch;
use crate::db::state::{self, Lock, State};
use crate::db::{DbError, Reply, Session, Url, connect, history};
use crate::diagnostic::Diagnostic;
use crate::exit::{Exit, Failure};
use crate::migration::{Migration, MigrationSet, Run};
use crate::plan::{self, Pending, Plan, Policy};
use crate::sql::Class;
use std::time::{Duration, Instant};

/// What a run is told.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The database, for connecting again and for asking who is in the way.
    pub url: Url,
    /// What to apply.
    pub policy: Policy,
    /// How long statements may wait and run.
    pub limits: Limits,
    /// How often an attempt that met a lock, a deadlock or a lost connection is made again.
    pub retries: u32,
    /// How long to wait for another runner.
    pub lock_wait: Duration,
    /// Who, for the history.
    pub applied_by: String,
    /// Where the history is.
    pub table: history::Table,
}

/// What a run did.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// The names of the migrations that it applied.
    pub applied: Vec<String>,
    /// How many the database had before.
    pub n_before: usize,
}

/// Applies what is pending, exactly once, whoever else is at it.
///
/// # Errors
/// Why it could not, with what was kept; the exit code is in the failure.
pub fn migrate(session: Session, set: &MigrationSet, settings: &Settings, emit: &mut dyn FnMut(Event)) -> Result<Summary, Failure> {
    let mut run = Running {
        session,
        settings,
        emit,
        summary: Summary::default(),
        attempts: 0,
        announced: false,
        blockers: Vec::new(),
        too_new: None,
    };
    let mut state = run.locked_state(set)?;
    loop {
        let mut plan =
            plan::plan(set, &state.history, &settings.policy).map_err(|diagnostics| Failure { exit: Exit::Usage, diagnostics })?;
        if let Some((name, _)) = &run.too_new {
            plan.pending.truncate(plan.pending.iter().position(|it| it.migration.name.stem == *name).unwrap_or(plan.pending.len()));
        }
        if state.pushed && !plan.pending.is_empty() {
            // Half of what is pending may be there already, and nobody knows which half.
            return Err(Failure::new(Exit::Usage, Diagnostic { level: crate::diagnostic::Level::Error, ..crate::db::pushed::remark() }));
        }
        if !run.announced {
            run.summary.n_before = plan.n_applied;
            let pending = plan.pending.iter().map(|it| it.migration.name.stem.clone()).collect();
            (run.emit)(Event::Planned { pending });
            run.announced = true;
        }
        let more = cut_behind_new_defaults(&mut plan);
        match run.attempt(&plan, &state) {
            Ok(()) if more => run.renew_session()?,
            Ok(()) => return run.end(set),
            Err(stop) => run.recover(stop, &plan, &state)?,
        }
        state = run.locked_state(set)?;
    }
}

/// Ends the plan behind the first migration that gives new sessions other settings (`ALTER DATABASE … SET search_path`): those behind it
/// count on a new session. Whether any was cut off.
fn cut_behind_new_defaults(plan: &mut Plan<'_>) -> bool {
    let n_pending = plan.pending.len();
    let last = plan.pending.iter().position(|it| it.migration.alters_defaults()).unwrap_or(n_pending);
    plan.pending.truncate(last + 1);
    plan.pending.len() < n_pending
}

/// Everything that changes during a run.
pub(super) struct Running<'a> {
    pub(super) session: Session,
    pub(super) settings: &'a Settings,
    pub(super) emit: &'a mut dyn FnMut(Event),
    pub(super) summary: Summary,
    pub(super) attempts: u32,
    announced: bool,
    /// Who was in the way of the last attempt.
    pub(super) blockers: Vec<Blocker>,
    /// A migration that this server cannot read, and what to tell once those before it are applied.
    pub(super) too_new: Option<(String, Stop)>,
}

/// Between two looks at a lock that another runner has.
pub(super) const POLL: Duration = Duration::from_millis(100);

impl Running<'_> {
    /// The end, when all that could be applied is.
    fn end(self, set: &MigrationSet) -> Result<Summary, Failure> {
        self.session.close();
        let Some((name, stop)) = self.too_new else { return Ok(self.summary) };
        let pending: Vec<Pending<'_>> =
            set.by_stem(&name).map(|migration| Pending { migration, position: 0, resume: None }).into_iter().collect();
        Err(failure(&stop.for_only_migration(), &pending, &self.summary.applied))
    }

    /// The state with the lock held; without the lock only where nothing is pending, or a pooler makes it useless.
    fn locked_state(&mut self, set: &MigrationSet) -> Result<State, Failure> {
        let began = Instant::now();
        let mut told = false;
        loop {
            let state = match self.read_state(set) {
                Ok(state) => state,
                Err(error) => {
                    self.reconnect_after(error)?;
                    continue;
                }
            };
            let is_idle = plan::plan(set, &state.history, &self.settings.policy).is_ok_and(|plan| plan.pending.is_empty());
            if state.locked || state.pooled || is_idle {
                return Ok(state);
            }
            if began.elapsed() > self.settings.lock_wait {
                return Err(self.lock_busy());
            }
            if !std::mem::replace(&mut told, true) {
                let holder = state::lock_holder(&mut self.session, &self.settings.table).unwrap_or_default();
                (self.emit)(Event::WaitingForLock { holder });
            }
            self.sleep(POLL)?;
        }
    }

    /// Another session, which starts with the settings that hold for new ones now. The lock is free in between; that is harmless.
    fn renew_session(&mut self) -> Result<(), Failure> {
        let session = connect(&self.settings.url)
            .map_err(|error| failure(&Stop::new(DbError::Connection(format!("{error:#}")), Mark::Ours), &[], &self.summary.applied))?;
        std::mem::replace(&mut self.session, session).close();
        Ok(())
    }

    fn read_state(&mut self, set: &MigrationSet) -> Result<State, DbError> {
        let mut state = state::read(&mut self.session, &self.settings.table, Lock::Try)?;
        history::load_texts_of_edited(&mut self.session, &mut state.history, set)?;
        Ok(state)
    }

    /// After a connection that was lost while the state was read; anything else is told to the user.
    fn reconnect_after(&mut self, error: DbError) -> Result<(), Failure> {
        let stop = Stop::new(error, Mark::Ours);
        match judge(&stop) {
            Verdict::Reconnect => self.again(&stop, &Plan::default(), Verdict::Reconnect),
            _ => Err(self.cannot_read(&stop.error)),
        }
    }

    pub(super) fn sleep(&mut self, pause: Duration) -> Result<(), Failure> {
        self.session.sleep(pause).map_err(|error| failure(&Stop::new(error, Mark::Ours), &[], &self.summary.applied))
    }

    fn lock_busy(&mut self) -> Failure {
        let holder = state::lock_holder(&mut self.session, &self.settings.table).ok().flatten();
        let mut diagnostic = Diagnostic::error("lock-busy", "another runner is migrating this database")
            .hint("wait for it and run `cargo xtask db migrate` again, or end it with `SELECT pg_terminate_backend(pid)`");
        if let Some(holder) = holder {
            diagnostic = diagnostic.note(format!("the migration lock is held by {holder}"));
        }
        Failure::new(Exit::LockBusy, diagnostic)
    }

    fn cannot_read(&self, error: &DbError) -> Failure {
        match error {
            DbError::Server(server) if server.sqlstate == "42501" => Failure::new(
                Exit::NoServer,
                Diagnostic::error("history-unreadable", server.message.clone()).sqlstate(server.sqlstate.clone()).hint(
                    "connect as the role that migrates, or grant it: GRANT ALL ON SCHEMA xtask TO …; GRANT ALL ON xtask.history TO …",
                ),
            ),
            error => failure(&Stop::new(error.clone(), Mark::Ours), &[], &self.summary.applied),
        }
    }

    /// Sends the whole plan: migrations that run whole in as few messages as possible, journalled ones step by step.
    fn attempt(&mut self, plan: &Plan<'_>, state: &State) -> Result<(), Stop> {
        if plan.pending.is_empty() {
            return Ok(());
        }
        self.check_grammar(plan)?;
        let mut create = !state.history.exists;
        let is_whole = |pending: &Pending<'_>| matches!(pending.migration.run, Run::Whole { .. });
        let mut start = 0;
        while start < plan.pending.len() {
            if is_whole(&plan.pending[start]) {
                let end = (start..plan.pending.len()).find(|index| !is_whole(&plan.pending[*index])).unwrap_or(plan.pending.len());
                self.batch(plan, start..end, create, state)?;
                start = end;
            } else {
                self.journalled(plan, start, create, state)?;
                start += 1;
            }
            create = false;
        }
        Ok(())
    }

    /// Has the server read what it would otherwise read only after something is applied: migrations that run step by step. Only those that our
    /// own parser doubts, since the server has the last word but every question costs a round trip.
    fn check_grammar(&mut self, plan: &Plan<'_>) -> Result<(), Stop> {
        for (number, pending) in plan.pending.iter().enumerate() {
            let migration = pending.migration;
            if matches!(migration.run, Run::Whole { .. }) || crate::sql::syntax::errors(&migration.text).is_empty() {
                continue;
            }
            let mut leg = Leg::default();
            // The message is read as a whole, and then ends here.
            leg.push(Mark::Ours, "DO $$BEGIN RAISE EXCEPTION 'xtask'; END$$");
            for statement in 0..migration.script.statements.len() {
                leg.push(Mark::Statement { migration: number, statement }, migration.statement(statement));
            }
            match send(&mut self.session, &leg, &plan.pending, &mut |_, _| {}) {
                Err(stop) if stop.unread => return Err(stop),
                _ => {}
            }
        }
        Ok(())
    }

    /// Many whole migrations in one message.
    fn batch(&mut self, plan: &Plan<'_>, range: std::ops::Range<usize>, create: bool, state: &State) -> Result<(), Stop> {
        let mut leg = Leg::default();
        if create {
            leg.push_create_history(&self.settings.table);
        }
        for number in range.clone() {
            let Settings { limits, applied_by, table, .. } = self.settings;
            let frame = Frame { limits: *limits, applied_by, table, flush: number + 1 == range.end };
            leg.push_whole(&plan.pending[number], number, &frame);
        }
        let (watch, mut duration) = (self.watch(state), Duration::ZERO);
        let Running { session, emit, summary, attempts, .. } = self;
        let result = send(session, &leg, &plan.pending, &mut |mark, reply| match (mark, reply) {
            (Mark::Finish(_), Reply::Row(row)) => {
                duration = row.parse(0).and_then(|it| Duration::try_from_secs_f64(it).ok()).unwrap_or_default();
            }
            (Mark::Commit(number), Reply::Done(_)) => {
                let name = plan.pending[number].migration.name.stem.clone();
                summary.applied.push(name.clone());
                *attempts = 0;
                (emit)(Event::Applied { name, duration });
            }
            (mark, Reply::Notice { severity, notice }) => tell_notice(*emit, plan, mark, severity, &notice.message),
            _ => {}
        });
        self.told(result, watch)
    }

    fn journalled(&mut self, plan: &Plan<'_>, number: usize, create: bool, state: &State) -> Result<(), Stop> {
        if create {
            self.session.execute(&self.settings.table.create().join("; ")).map_err(|error| Stop::new(error, Mark::Ours))?;
        }
        let name = plan.pending[number].migration.name.stem.clone();
        (self.emit)(Event::Started { name: name.clone() });
        if let Some(text) = why_step_by_step(plan.pending[number].migration) {
            (self.emit)(Event::Note { name: name.clone(), text });
        }
        let watch = self.watch(state);
        let Running { session, emit, settings, .. } = self;
        let Settings { limits, applied_by, table, .. } = settings;
        let journal =
            Journal { session, pending: &plan.pending, number, limits: *limits, applied_by, table, pooled: state.pooled, emit: *emit };
        let result = journal.run();
        let result = result.map(|duration| {
            self.attempts = 0;
            self.summary.applied.push(name.clone());
            (self.emit)(Event::Applied { name, duration });
        });
        self.told(result, watch)
    }

    /// A watch that has seen who was in the way by the time when a lock is given up.
    fn watch(&self, state: &State) -> Watch {
        let timeout = self.settings.limits.lock_timeout;
        let delay =
            if timeout.is_zero() { Duration::from_secs(1) } else { (timeout / 2).clamp(Duration::from_millis(20), Duration::from_secs(1)) };
        Watch::start(&self.settings.url, state.backend_pid, delay)
    }

    /// Ends the watch; a stop on a lock takes along whom it saw.
    fn told(&mut self, result: Result<(), Stop>, watch: Watch) -> Result<(), Stop> {
        let seen = watch.finish();
        result.inspect_err(|stop| {
            if judge(stop) == Verdict::Retry {
                self.blockers = seen;
            }
        })
    }
}

fn tell_notice(emit: &mut dyn FnMut(Event), plan: &Plan<'_>, mark: Mark, severity: String, text: &str) {
    // The one that only makes the server send what it holds back.
    if mark == Mark::Ours && text == "xtask" {
        return;
    }
    let name = Stop::new(DbError::Interrupted, mark).migration().map(|number| plan.pending[number].migration.name.stem.clone());
    emit(Event::Notice { name, severity, text: text.to_owned() });
}

/// Why a migration runs step by step although its header does not say so.
fn why_step_by_step(migration: &Migration) -> Option<String> {
    if migration.header.no_transaction {
        return None;
    }
    let bare = migration.script.statements.iter().position(|it| it.class == Class::Bare);
    Some(match bare {
        Some(statement) => {
            let words: Vec<&str> = migration.statement(statement).split_whitespace().take(3).collect();
            format!("runs step by step: `{} …` cannot run in a transaction", words.join(" "))
        }
        None => "runs step by step: it begins and ends transactions of its own".to_owned(),
    })
}
