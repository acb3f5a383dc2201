//! After a stop: make the session usable again, and decide how to go on.

use super::event::Event;
use super::failure::{Verdict, failure, judge};
use super::leg;
use super::migrate::{POLL, Running};
use super::reply::Stop;
use crate::db::connect;
use crate::db::state::State;
use crate::exit::{Exit, Failure};
use crate::plan::Plan;
use std::time::Duration;

impl Running<'_> {
    /// Makes the session usable again; then the state is read again, or the run is over.
    pub(super) fn recover(&mut self, stop: Stop, plan: &Plan<'_>, state: &State) -> Result<(), Failure> {
        let verdict = judge(&stop);
        if verdict != Verdict::Reconnect {
            self.tidy(state);
        }
        match verdict {
            Verdict::Moved => Ok(()),
            Verdict::Busy => self.sleep(POLL),
            Verdict::Retry | Verdict::Reconnect => self.again(&stop, plan, verdict),
            Verdict::Failed if stop.unread => self.unreadable(stop, plan),
            Verdict::Interrupted | Verdict::Failed => Err(failure(&stop, &plan.pending, &self.summary.applied)),
        }
    }

    /// Ends a transaction that an error left open, and puts on disk what was committed without waiting for it.
    fn tidy(&mut self, state: &State) {
        let clean = leg::CLEAN.join("; ");
        let last = state.history.next_position() + i64::try_from(self.summary.applied.len()).unwrap_or(0) - 1;
        // Best effort: where even this fails, the next message fails too and says why.
        drop(self.session.execute("ROLLBACK"));
        drop(self.session.execute(&clean));
        if !self.summary.applied.is_empty() {
            drop(self.session.execute(&format!("UPDATE {} SET position = position WHERE position = {last}", self.settings.table)));
        }
    }

    pub(super) fn again(&mut self, stop: &Stop, plan: &Plan<'_>, verdict: Verdict) -> Result<(), Failure> {
        let blockers = std::mem::take(&mut self.blockers);
        self.attempts += 1;
        if self.attempts > self.settings.retries {
            let mut failed = failure(stop, &plan.pending, &self.summary.applied);
            failed.diagnostics[0].notes.extend(blockers.iter().map(|it| format!("blocked by {it}")));
            return Err(failed);
        }
        let pause = backoff(self.attempts);
        let name = stop.migration().map_or(String::new(), |number| plan.pending[number].migration.name.stem.clone());
        (self.emit)(Event::Retry { name, reason: stop.error.to_string(), blockers, pause });
        self.sleep(pause)?;
        if verdict == Verdict::Reconnect {
            match connect(&self.settings.url) {
                Ok(session) => self.session = session,
                Err(_) => return self.again(stop, plan, verdict),
            }
        }
        Ok(())
    }

    /// A message that the server cannot read runs not at all, so the migrations before the unreadable one have not run either. Where its
    /// text is at fault that is well; where only this server is too old for it, what comes before is applied first.
    fn unreadable(&mut self, stop: Stop, plan: &Plan<'_>) -> Result<(), Failure> {
        let migration = stop.migration().map(|number| plan.pending[number].migration);
        match migration {
            Some(migration) if crate::sql::syntax::errors(&migration.text).is_empty() => {
                self.too_new = Some((migration.name.stem.clone(), stop));
                Ok(())
            }
            _ => {
                let mut failed = Failure { exit: Exit::Usage, ..failure(&stop, &plan.pending, &self.summary.applied) };
                let n_before = stop.migration().unwrap_or(0).saturating_sub(self.summary.applied.len());
                if n_before > 0 {
                    failed.diagnostics[0]
                        .notes
                        .push(format!("nor were the {n_before} pending before it applied: nothing runs until all of it can be read"));
                }
                Err(failed)
            }
        }
    }
}

/// Half a second, then twice as long each time, at most eight seconds.
fn backoff(attempt: u32) -> Duration {
    Duration::from_millis(500 << (attempt - 1).min(4))
}
