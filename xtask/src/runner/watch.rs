//! Who stands in the way: while a message runs long, a second connection asks the server whom the first one waits for.
//!
//! It must ask while the wait lasts: once `lock_timeout` has ended it, the server no longer knows.

use super::event::Blocker;
use crate::db::{Session, Url, connect};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// A watch over one server process; it ends when it is dropped or asked.
pub(super) struct Watch {
    stop: Sender<()>,
    thread: Option<JoinHandle<()>>,
    seen: Arc<Mutex<Vec<Blocker>>>,
}

impl Watch {
    /// Starts to watch the process `pid` after `delay`: most messages are done by then, and nothing is connected.
    pub fn start(url: &Url, pid: i32, delay: Duration) -> Watch {
        let (stop, stopped) = channel();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (url, shared) = (url.clone(), Arc::clone(&seen));
        let thread = std::thread::spawn(move || {
            if stopped.recv_timeout(delay) == Err(RecvTimeoutError::Timeout) {
                watch(&url, pid, &stopped, delay, &shared);
            }
        });
        Watch { stop, thread: Some(thread), seen }
    }

    /// Ends the watch and gives those who were seen in the way last.
    pub fn finish(mut self) -> Vec<Blocker> {
        self.end();
        self.seen.lock().map_or_else(|_| Vec::new(), |mut seen| std::mem::take(&mut *seen))
    }

    fn end(&mut self) {
        // The thread may be gone already; then there is nobody to tell.
        self.stop.send(()).ok();
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.end();
    }
}

fn watch(url: &Url, pid: i32, stopped: &Receiver<()>, every: Duration, seen: &Mutex<Vec<Blocker>>) {
    // Without a second connection the run goes on; only the blocker stays unnamed.
    let Ok(mut session) = connect(url) else { return };
    loop {
        let Ok(blockers) = blockers(&mut session, pid) else { return };
        if !blockers.is_empty()
            && let Ok(mut seen) = seen.lock()
        {
            *seen = blockers;
        }
        if stopped.recv_timeout(every) != Err(RecvTimeoutError::Timeout) {
            return;
        }
    }
}

fn blockers(session: &mut Session, pid: i32) -> Result<Vec<Blocker>, crate::db::DbError> {
    let sql = format!(
        "SELECT b.pid, a.application_name, coalesce(a.state, a.backend_type, ''), \
                coalesce(extract(epoch FROM now() - a.xact_start), 0), \
                coalesce((SELECT string_agg(DISTINCT h.mode || coalesce(' on ' || h.relation::regclass, ''), ', ') \
                          FROM pg_catalog.pg_locks w JOIN pg_catalog.pg_locks h ON h.pid = b.pid AND h.granted AND h.locktype = w.locktype \
                           AND (h.database, h.relation, h.virtualxid, h.transactionid, h.classid, h.objid) \
                               IS NOT DISTINCT FROM (w.database, w.relation, w.virtualxid, w.transactionid, w.classid, w.objid) \
                          WHERE w.pid = {pid} AND NOT w.granted AND h.locktype = 'relation'), '') \
         FROM (SELECT DISTINCT unnest(pg_catalog.pg_blocking_pids({pid})) AS pid) b \
         LEFT JOIN pg_catalog.pg_stat_activity a USING (pid) ORDER BY 1"
    );
    let blocker = |row: &crate::db::Row| Blocker {
        pid: row.parse(0).unwrap_or_default(),
        application: row.text(1),
        state: row.text(2),
        age: row.parse::<f64>(3).and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()).unwrap_or_default(),
        holds: row.text(4),
    };
    Ok(session.rows(&sql)?.iter().map(blocker).collect())
}
