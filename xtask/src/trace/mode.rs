//! PostgreSQL's table locks, and whom each keeps waiting.

/// A lock on a relation, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// `SELECT`
    AccessShare,
    /// `SELECT FOR UPDATE`
    RowShare,
    /// `INSERT`, `UPDATE`, `DELETE`
    RowExclusive,
    /// `VACUUM`, `VALIDATE CONSTRAINT`, everything `CONCURRENTLY`
    ShareUpdateExclusive,
    /// `CREATE INDEX`
    Share,
    /// `CREATE TRIGGER`, foreign keys
    ShareRowExclusive,
    /// `REFRESH MATERIALIZED VIEW CONCURRENTLY`
    Exclusive,
    /// most of `ALTER TABLE`, `DROP`, `TRUNCATE`
    AccessExclusive,
}

/// Every mode with PostgreSQL's two ways to write it: in its manual, and in `pg_locks`.
pub const MODES: [(Mode, &str, &str); 8] = [
    (Mode::AccessShare, "ACCESS SHARE", "AccessShareLock"),
    (Mode::RowShare, "ROW SHARE", "RowShareLock"),
    (Mode::RowExclusive, "ROW EXCLUSIVE", "RowExclusiveLock"),
    (Mode::ShareUpdateExclusive, "SHARE UPDATE EXCLUSIVE", "ShareUpdateExclusiveLock"),
    (Mode::Share, "SHARE", "ShareLock"),
    (Mode::ShareRowExclusive, "SHARE ROW EXCLUSIVE", "ShareRowExclusiveLock"),
    (Mode::Exclusive, "EXCLUSIVE", "ExclusiveLock"),
    (Mode::AccessExclusive, "ACCESS EXCLUSIVE", "AccessExclusiveLock"),
];

impl Mode {
    /// As the manual writes it.
    #[must_use]
    pub fn word(self) -> &'static str {
        MODES[self as usize].1
    }

    /// The mode that `pg_locks` calls this.
    #[must_use]
    pub fn parse(text: &str) -> Option<Mode> {
        MODES.iter().find(|(_, _, word)| *word == text).map(|(mode, ..)| *mode)
    }

    /// Whether another session's `SELECT` waits.
    #[must_use]
    pub fn blocks_reads(self) -> bool {
        self == Mode::AccessExclusive
    }

    /// Whether another session's `INSERT`, `UPDATE` or `DELETE` waits.
    #[must_use]
    pub fn blocks_writes(self) -> bool {
        self >= Mode::Share
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_stand_in_the_order_of_their_table() {
        for (mode, word, in_pg_locks) in MODES {
            assert_eq!((mode.word(), Mode::parse(in_pg_locks)), (word, Some(mode)));
        }
    }

    #[test]
    fn who_waits() {
        let check =
            |mode: Mode, reads: bool, writes: bool| assert_eq!((mode.blocks_reads(), mode.blocks_writes()), (reads, writes), "{mode:?}");
        check(Mode::AccessExclusive, true, true);
        check(Mode::Share, false, true);
        check(Mode::ShareUpdateExclusive, false, false);
        check(Mode::RowExclusive, false, false);
    }
}
