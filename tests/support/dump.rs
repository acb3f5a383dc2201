//! What a database holds, as text to compare.

use crate::Database;
use crate::program;

/// All that migrations leave: the schema by pg_dump, how many rows each table has, and the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    /// The schema, without the tool's own.
    pub schema: String,
    /// Rows per table.
    pub rows: String,
    /// The history without what differs from run to run.
    pub history: String,
}

/// What `database` holds.
pub fn contents(database: &Database) -> Contents {
    Contents { schema: schema(database), rows: database.sql(ROWS), history: history(database) }
}

impl Contents {
    /// The first line in which `other` differs, or nothing.
    pub fn difference(&self, other: &Contents) -> Option<String> {
        let pairs = [(&self.schema, &other.schema), (&self.rows, &other.rows), (&self.history, &other.history)];
        let (one, two) = pairs.into_iter().find(|(one, two)| one != two)?;
        let line = one.lines().zip(two.lines()).find(|(one, two)| one != two);
        Some(line.map_or_else(
            || format!("{} lines, not {}", two.lines().count(), one.lines().count()),
            |it| format!("`{}`, not `{}`", it.1, it.0),
        ))
    }
}

/// Counts the rows of every table, as a function that goes with the session: how many there are is known to nobody before.
const ROWS: &str = "\
CREATE FUNCTION pg_temp.n(relation regclass) RETURNS bigint LANGUAGE plpgsql AS
    $$ DECLARE n bigint; BEGIN EXECUTE format('SELECT count(*) FROM %s', relation) INTO n; RETURN n; END $$;
SELECT oid::regclass, pg_temp.n(oid) FROM pg_class
WHERE relkind IN ('r', 'm') AND relnamespace::regnamespace::text !~ '^(pg_|information_schema|xtask)' ORDER BY oid::regclass::text";

/// The schema by pg_dump.
pub fn schema(database: &Database) -> String {
    let text = dump(database, &["--schema-only", "--exclude-schema=xtask"]);
    text.lines().filter(|line| is_schema(line)).collect::<Vec<_>>().join("\n")
}

/// Lines that differ from one dump to the next: comments, and `\restrict` with its random word.
fn is_schema(line: &str) -> bool {
    !line.is_empty() && !line.starts_with("--") && !line.starts_with("\\restrict") && !line.starts_with("\\unrestrict")
}

/// A dump in plain text, as it is.
pub fn dump(database: &Database, arguments: &[&str]) -> String {
    let server = database.server;
    let mut command = server.pg_dump();
    let in_container = command.get_program() == "docker";
    command.env("PGPASSWORD", &server.password).args(["--username=postgres", "--dbname", &database.name]).args(arguments);
    if !in_container {
        command.args(["--host=127.0.0.1", "--port", &server.port.to_string()]);
    }
    program::output(&mut command)
}

/// The history: place, name, checksum, whether it is finished, and its steps.
pub fn history(database: &Database) -> String {
    database.sql("SELECT position, name, checksum, finished_at IS NOT NULL, steps_done, step_running FROM xtask.history ORDER BY position")
}

/// The names in the history, in order, those that are not finished with a question mark.
pub fn applied(database: &Database) -> String {
    if database.sql("SELECT to_regclass('xtask.history') IS NULL") == "t" {
        return String::new();
    }
    database
        .sql("SELECT name || CASE WHEN finished_at IS NULL THEN '?' ELSE '' END FROM xtask.history ORDER BY position")
        .replace('\n', " ")
}
