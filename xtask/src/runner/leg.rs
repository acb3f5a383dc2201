//! Messages for the server: the statements of many migrations, put together so that every reply and every error finds its way back to
//! the statement that it belongs to.

use crate::db::history::Table;
use crate::migration::{Migration, Run};
use crate::plan::Pending;
use crate::sql::lines::byte_of_character;
use crate::sql::quote::literal;
use std::ops::Range;
use std::time::Duration;

use super::Limits;

/// What a statement in a message is for. Migrations are numbers of pending ones, statements are numbers in their file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// One of ours, around the migrations.
    Ours,
    /// Takes the migration's place in the history, which only one runner can.
    Claim(usize),
    /// A statement of the file.
    Statement { migration: usize, statement: usize },
    /// Completes the history row; it returns how long the migration took.
    Finish(usize),
    /// The end of the migration's transaction.
    Commit(usize),
}

/// Statements that travel together.
#[derive(Debug, Default)]
pub(super) struct Message {
    pub sql: String,
    marks: Vec<(Mark, Range<usize>)>,
}

/// One thing to send.
#[derive(Debug)]
pub(super) enum Parcel {
    Sql(Message),
    /// `COPY … FROM stdin` with the data that follows it in the file.
    Copy {
        migration: usize,
        statement: usize,
    },
}

/// A message is cut when it is longer than this, so that memory stays bounded.
const LONG: usize = 4 << 20;

/// Parcels in the making.
#[derive(Debug, Default)]
pub(super) struct Leg {
    pub parcels: Vec<Parcel>,
}

impl Message {
    /// What statement number `n_done` of the message is for; the last one, where the server counts more than we do.
    pub fn mark(&self, n_done: usize) -> Mark {
        self.marks.get(n_done).or(self.marks.last()).map_or(Mark::Ours, |(mark, _)| *mark)
    }

    /// What stands at character `position` (from 1), and how many bytes into it.
    pub fn at_position(&self, position: usize) -> Option<(Mark, usize)> {
        let byte = byte_of_character(&self.sql, position);
        let (mark, span) = self.marks.iter().find(|(_, span)| span.contains(&byte) || span.end == byte)?;
        Some((*mark, byte - span.start))
    }
}

impl Leg {
    /// Adds one statement.
    pub fn push(&mut self, mark: Mark, sql: &str) {
        if !matches!(self.parcels.last(), Some(Parcel::Sql(message)) if message.sql.len() < LONG) {
            self.parcels.push(Parcel::Sql(Message::default()));
        }
        let Some(Parcel::Sql(message)) = self.parcels.last_mut() else { unreachable!("a message was just put there") };
        let start = message.sql.len();
        message.sql.push_str(sql);
        message.marks.push((mark, start..message.sql.len()));
        message.sql.push_str(";\n");
    }

    /// Adds a statement of a file, with its data where it has some.
    pub fn push_statement(&mut self, migration: &Migration, number: usize, statement: usize) {
        if migration.script.statements[statement].copy.is_some() {
            self.parcels.push(Parcel::Copy { migration: number, statement });
            // What follows the data needs a message of its own.
            self.parcels.push(Parcel::Sql(Message::default()));
        } else {
            self.push(Mark::Statement { migration: number, statement }, migration.statement(statement));
        }
    }

    /// Makes the history table, as part of the first message.
    pub fn push_create_history(&mut self, table: &Table) {
        for statement in table.create() {
            self.push(Mark::Ours, &statement);
        }
    }

    /// Adds a migration that runs whole: its transaction, its place in the history, its statements, its record.
    pub fn push_whole(&mut self, pending: &Pending<'_>, number: usize, frame: &Frame<'_>) {
        let Run::Whole { statements, begin } = &pending.migration.run else { return };
        self.push(Mark::Ours, begin.map_or("BEGIN", |begin| pending.migration.statement(begin)));
        for setting in frame.settings(pending.migration) {
            self.push(Mark::Ours, &setting);
        }
        self.push(Mark::Claim(number), &claim(pending, frame.applied_by, frame.table));
        for statement in statements.clone() {
            self.push_statement(pending.migration, number, statement);
        }
        // A file may end as another role or session user, who need not be able to write the history.
        self.push(Mark::Ours, "RESET SESSION AUTHORIZATION");
        self.push(Mark::Finish(number), &finish(pending.position, frame.table));
        self.push(Mark::Commit(number), "COMMIT");
        if let Some(unlock) = unlock(pending.migration, frame.table) {
            self.push(Mark::Ours, &unlock);
        }
        for statement in CLEAN {
            self.push(Mark::Ours, statement);
        }
    }
}

/// Gives back the advisory locks that a file kept, without ours, which `pg_advisory_unlock_all` would give back too. Looking for them takes
/// longer than all else that cleans a session, so only behind files that speak of them.
pub(crate) fn unlock(migration: &Migration, table: &Table) -> Option<String> {
    let speaks_of_them = migration.text.to_ascii_lowercase().contains("advisory");
    let lock = table.lock();
    speaks_of_them.then(|| {
        format!(
            "DO $xtask$ DECLARE l record; BEGIN LOOP \
             SELECT mode = 'ShareLock' AS shared, objsubid = 1 AS one, classid::bigint << 32 | objid::bigint AS key, \
             classid::bigint::bit(32)::int AS key1, objid::bigint::bit(32)::int AS key2 INTO l FROM pg_catalog.pg_locks \
             WHERE locktype = 'advisory' AND pid = pg_catalog.pg_backend_pid() AND granted \
             AND (objsubid <> 1 OR classid::bigint << 32 | objid::bigint <> {lock}) LIMIT 1; \
             EXIT WHEN NOT FOUND; \
             PERFORM CASE WHEN l.one AND l.shared THEN pg_catalog.pg_advisory_unlock_shared(l.key) \
             WHEN l.one THEN pg_catalog.pg_advisory_unlock(l.key) \
             WHEN l.shared THEN pg_catalog.pg_advisory_unlock_shared(l.key1, l.key2) \
             ELSE pg_catalog.pg_advisory_unlock(l.key1, l.key2) END; \
             END LOOP; END $xtask$"
        )
    })
}

/// Leaves a clean session to the next file, without ending it: the migration lock stays. In a transaction of its own, or the next BEGIN would
/// take this into the next migration's. As one statement, because every statement costs a reply. The notice makes the server send the
/// replies that it holds back, so that whoever watches sees each migration when it is done.
pub(crate) const CLEAN: &[&str] = &[
    "BEGIN",
    "DO $$BEGIN RESET SESSION AUTHORIZATION; RESET ALL; DISCARD TEMP; DISCARD SEQUENCES; EXECUTE 'CLOSE ALL'; UNLISTEN *; DEALLOCATE ALL; \
     RAISE NOTICE 'xtask'; END$$",
    "COMMIT",
];

/// What is the same for all migrations of a run.
pub(super) struct Frame<'a> {
    pub limits: Limits,
    pub applied_by: &'a str,
    /// Where the history is.
    pub table: &'a Table,
    /// Whether this migration's commit waits for the disk; the last one of a message must, and takes the others along.
    pub flush: bool,
}

impl Frame<'_> {
    fn settings(&self, migration: &Migration) -> Vec<String> {
        let mut settings = limits(migration, self.limits).map(|(name, value)| format!("SET LOCAL {name} = {value}")).collect::<Vec<_>>();
        if !self.flush {
            settings.push("SET LOCAL synchronous_commit = off".to_owned());
        }
        settings
    }
}

/// The limits for one migration, the header's before the run's, as settings in milliseconds.
pub(crate) fn limits(migration: &Migration, limits: Limits) -> impl Iterator<Item = (&'static str, u128)> {
    let lock = migration.header.lock_timeout.unwrap_or(limits.lock_timeout);
    let statement = migration.header.statement_timeout.or(limits.statement_timeout);
    let milliseconds = |duration: Duration| duration.as_millis();
    [Some(("lock_timeout", milliseconds(lock))), statement.map(|it| ("statement_timeout", milliseconds(it)))].into_iter().flatten()
}

/// Takes the place in the history. The row is complete but for its end, so that an unfinished migration is known as such.
pub(super) fn claim(pending: &Pending<'_>, applied_by: &str, table: &Table) -> String {
    let Pending { migration, position, .. } = pending;
    let (name, checksum, text) = (literal(&migration.name.stem), literal(&migration.checksum), literal(&migration.text));
    let tool = literal(concat!("migrate-first ", env!("CARGO_PKG_VERSION")));
    let by = literal(applied_by);
    format!(
        "INSERT INTO {table} (position, name, checksum, sql, applied_by, tool) \
         VALUES ({position}, {name}, {checksum}, {text}, {by}, {tool})"
    )
}

/// Completes the row and returns how long the migration took, unless another runner has completed it.
pub(super) fn finish(position: i64, table: &Table) -> String {
    format!(
        "UPDATE {table} SET finished_at = pg_catalog.clock_timestamp() WHERE position = {position} \
         AND finished_at IS NULL RETURNING extract(epoch FROM finished_at - started_at)"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::history::History;
    use crate::migration::{MigrationSet, Numbering, SourceFile};

    fn leg(text: &str) -> Leg {
        let file = SourceFile { path: "m/0001_a.sql".into(), bytes: text.as_bytes().to_vec() };
        let set = MigrationSet::from_files(vec![file], Numbering::Sequential).expect("good file");
        let history = History::default();
        let plan = crate::plan::plan(&set, &history, &crate::plan::Policy::default()).expect("a plan");
        let limits = Limits { lock_timeout: Duration::from_secs(2), statement_timeout: None };
        let mut leg = Leg::default();
        leg.push_whole(&plan.pending[0], 0, &Frame { limits, applied_by: "me", table: &Table::default(), flush: false });
        leg
    }

    #[test]
    fn every_statement_is_found_by_number_and_by_position() {
        let leg = leg("select 'é';\nselect boom;");
        let Some(Parcel::Sql(message)) = leg.parcels.first() else { panic!("one message") };
        let byte = message.sql.rfind("boom").expect("there");
        let position = message.sql[..byte].chars().count() + 1;
        assert_eq!(message.at_position(position), Some((Mark::Statement { migration: 0, statement: 1 }, 7)));
        // BEGIN, two settings, the claim, the first statement.
        assert_eq!(message.mark(5), Mark::Statement { migration: 0, statement: 1 });
        assert_eq!(message.mark(3), Mark::Claim(0));
        assert_eq!(message.mark(8), Mark::Commit(0));
    }

    #[test]
    fn data_stands_between_two_messages() {
        let leg = leg("copy t from stdin;\n1\n\\.\nselect 1;");
        let shape: Vec<bool> = leg.parcels.iter().map(|parcel| matches!(parcel, Parcel::Copy { .. })).collect();
        assert_eq!(shape, [false, true, false]);
    }
}
