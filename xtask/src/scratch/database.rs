//! One throw-away database.

use super::server::{KEPT, Server, unusable};
use crate::db::history::Table;
use crate::db::{DbError, Session, Url, connect};
use crate::diagnostic::Diagnostic;
use crate::exit::{Exit, Failure};
use crate::migration::MigrationSet;
use crate::plan::Policy;
use crate::runner::{self, Event, Limits, Settings};
use crate::sql::quote::{literal, name};
use std::time::Duration;

/// A scratch database; dropping the value drops the database, whoever is connected to it.
#[derive(Debug)]
pub struct Database {
    /// Where it is.
    pub url: Url,
    server: Server,
    dbname: String,
    kept: bool,
}

impl Database {
    pub(super) fn new(server: Server, dbname: String) -> Database {
        Database { url: server.url.with_database(&dbname), server, dbname, kept: false }
    }

    /// Its name on the server.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.dbname
    }

    /// A session in it.
    ///
    /// # Errors
    /// The server does not take another connection.
    pub fn connect(&self) -> Result<Session, Failure> {
        connect(&self.url).map_err(|error| match error.downcast::<DbError>() {
            Ok(error) => unusable(&self.url, &error),
            Err(error) => Failure::new(Exit::NoServer, Diagnostic::error("scratch-failed", format!("{error:#}"))),
        })
    }

    /// Applies what is pending of the first `n` migrations of `set`, by the runner that every database gets them from.
    ///
    /// # Errors
    /// The runner's failure: a migration that does not apply, with its place in the file.
    pub fn migrate(&self, set: &MigrationSet, n: usize, emit: &mut dyn FnMut(Event)) -> Result<(), Failure> {
        let set = MigrationSet { migrations: set.migrations[..n].to_vec() };
        runner::migrate(self.connect()?, &set, &settings(&self.url), emit).map(drop)
    }

    /// Gives the database up without dropping it: it is a template now.
    pub(super) fn keep(mut self) {
        self.kept = true;
    }

    /// Keeps it for a week, for somebody to look at, although whoever made it is done.
    pub fn keep_to_look_at(mut self) {
        self.kept = true;
        let of_now = format!(
            "DO $$BEGIN EXECUTE pg_catalog.format('COMMENT ON DATABASE %I IS %L', {}, '{KEPT}' || extract(epoch FROM now())::int8); END$$",
            literal(&self.dbname)
        );
        // Without the note it is swept sooner.
        drop(self.server.session().execute(&of_now));
    }

    /// What the settings say that migrations may count on.
    pub(super) fn prepare(&self) -> Result<(), Failure> {
        if self.server.prepare.extensions.is_empty() {
            return Ok(());
        }
        let mut session = self.connect()?;
        for extension in &self.server.prepare.extensions {
            let made = session.execute(&format!("CREATE EXTENSION IF NOT EXISTS {} CASCADE", name(extension)));
            made.map_err(|error| no_extension(&self.server, extension, &error))?;
        }
        session.close();
        Ok(())
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if !self.kept {
            // What cannot be dropped now is swept by the next command.
            drop(self.server.aside(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", name(&self.dbname))));
        }
    }
}

/// Nobody else is in a scratch database: no timeout, no retry. The lock may still be held for a moment by a session of ours that the server
/// has not seen go.
fn settings(url: &Url) -> Settings {
    Settings {
        url: url.clone(),
        policy: Policy::default(),
        limits: Limits { lock_timeout: Duration::ZERO, statement_timeout: None },
        retries: 0,
        lock_wait: Duration::from_secs(10),
        applied_by: "scratch".to_owned(),
        table: Table::default(),
    }
}

fn no_extension(server: &Server, extension: &str, error: &DbError) -> Failure {
    let message = format!("the scratch server {} cannot make the extension `{extension}`: {error}", server.url);
    let hint = format!("install `{extension}` on that server, or take it out of `[scratch] extensions` in xtask.toml");
    let mut diagnostic = Diagnostic::error("no-extension", message).hint(hint);
    diagnostic.sqlstate = error.sqlstate().map(str::to_owned);
    Failure::new(Exit::NoServer, diagnostic)
}
