//! A schema in one script, such as `pg_dump` writes: run in its own order, without its rows.

use super::gone;
use crate::db::{DbError, Reply, ServerError};
use crate::diagnostic::{Diagnostic, Location};
use crate::exit::{Exit, Failure};
use crate::migration::checksum;
use crate::migration::set::decode;
use crate::scratch::{Database, Server};
use crate::sql::lines::byte_of_character;
use crate::sql::{self, Statement};

/// A script that makes a schema.
#[derive(Debug, Clone)]
pub struct Script {
    path: String,
    text: String,
    statements: Vec<Statement>,
}

/// How many statements travel in one message, which is one transaction: locks of many tables would not fit into the server's memory.
const BATCH: usize = 256;

impl Script {
    /// Reads a script.
    ///
    /// # Errors
    /// What cannot be read as SQL; an archive of `pg_dump -Fc` is none.
    pub fn read(path: &str, bytes: Vec<u8>) -> Result<Script, Diagnostic> {
        if bytes.starts_with(b"PGDMP") {
            let hint = format!("turn it into SQL with `pg_restore --schema-only -f dump.sql {path}`");
            return Err(Diagnostic::error("unreadable-sql", "this is an archive of pg_dump's, not SQL")
                .at(Location::file(path))
                .hint(hint));
        }
        let text = decode(bytes, path)?;
        let script = sql::split(&text).map_err(|error| {
            Diagnostic::error("unreadable-sql", error.message).at(Location::new(path, &text, error.span)).hint(error.hint)
        })?;
        // Rows are not compared, so they are not loaded.
        let statements = script.statements.into_iter().filter(|it| it.copy.is_none()).collect();
        Ok(Script { path: path.to_owned(), text, statements })
    }

    /// The database that it makes: a new one, or a copy of the template that the same text gave before.
    ///
    /// # Errors
    /// A statement that fails, with its place; a scratch server that does not serve.
    pub fn database(&self, server: &Server) -> Result<Database, Failure> {
        server.kept(&format!("script {}", checksum(&self.text)), &mut |database| self.load(database))
    }

    fn load(&self, database: &Database) -> Result<(), Failure> {
        let mut session = database.connect()?;
        for batch in self.statements.chunks(BATCH) {
            let texts: Vec<&str> = batch.iter().map(|it| &self.text[it.span.clone()]).collect();
            let message = texts.join("\n;\n");
            let mut n_done = 0;
            match session.run(&message, &mut |reply| n_done += usize::from(matches!(reply, Reply::Done(_)))) {
                Ok(()) => {}
                Err(DbError::Server(error)) if !error.sqlstate.starts_with("57") => {
                    return Err(Failure::new(Exit::Usage, self.refused(batch, &message, n_done, &error)));
                }
                Err(error) => return Err(gone(database, &error)),
            }
        }
        session.close();
        Ok(())
    }

    fn refused(&self, batch: &[Statement], message: &str, n_done: usize, error: &ServerError) -> Diagnostic {
        let mut offset = error.position.map(|position| byte_of_character(message, position));
        let mut span = batch[n_done.min(batch.len() - 1)].span.clone();
        for statement in batch {
            let length = statement.span.len();
            match offset {
                Some(byte) if byte <= length => {
                    let start = statement.span.start + byte;
                    span = sql::tokens(&self.text, start).next().map_or(start..start, |it| it.span);
                    break;
                }
                Some(byte) => offset = byte.checked_sub(length + "\n;\n".len()),
                None => break,
            }
        }
        let hint = match error.sqlstate.as_str() {
            "42704" if error.message.starts_with("role ") => {
                "add the role to `roles` below `[scratch]` in xtask.toml, or dump with `--no-owner --no-privileges`"
            }
            "42704" | "58P01" | "0A000" => "name a scratch server that has it with `[scratch] url` or `[server] image` in xtask.toml",
            _ => "correct the script, or dump again with `pg_dump --schema-only`",
        };
        Diagnostic::error("script-failed", error.message.clone())
            .sqlstate(error.sqlstate.clone())
            .at(Location::new(&self.path, &self.text, span))
            .hint(hint)
    }
}
