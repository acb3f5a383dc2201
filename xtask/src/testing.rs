//! A migrated database for each test of your own, in milliseconds.
//!
//! ```no_run
//! # fn main() -> anyhow::Result<()> {
//! let database = migrate_first::testing::TestDatabase::new()?;
//! println!("{}", database.url()); // for postgres, tokio-postgres, sqlx, diesel, …
//! # Ok(())
//! # }
//! ```
//!
//! The database is a copy of a template that has every migration of this repository. The template is made once, by whichever test of whichever
//! process comes first, and serves until a migration changes: its name is a hash of the migrations and of the server's version. When the
//! value is dropped the database is too, unless the test panics: then it is kept for a week, and its URL is printed. What killed
//! processes left is swept by the next one.
//!
//! The server is the one that `cargo xtask test` names in `XTASK_TEST_URL`, or else the one that `cargo xtask db …` would make its throw-away
//! databases on: `[scratch] url` in `xtask.toml`, a database of yours on this machine, or the development server, which is started.

use crate::cli::Cli;
use crate::commands::testing::{migrations, server};
use crate::context::{Context, Surroundings};
use crate::exit::Failure;
use crate::migration::MigrationSet;
use crate::scratch::{Database, Server};
use clap::Parser as _;
use std::sync::{Arc, Mutex, PoisonError};

/// The environment variable in which `cargo xtask test` hands the server to the tests.
pub const VARIABLE: &str = "XTASK_TEST_URL";

/// A database with every migration applied; dropped with this value.
#[derive(Debug)]
pub struct TestDatabase {
    database: Option<Database>,
    url: String,
}

/// The server and the migrations: once a process.
struct Source {
    server: Server,
    set: Arc<MigrationSet>,
}

static SOURCE: Mutex<Option<Source>> = Mutex::new(None);

impl TestDatabase {
    /// A new one.
    ///
    /// # Errors
    /// No server, or a migration that does not apply; the text says what to do.
    pub fn new() -> anyhow::Result<TestDatabase> {
        apart(|| {
            let mut source = SOURCE.lock().unwrap_or_else(PoisonError::into_inner);
            if source.is_none() {
                *source = Some(open()?);
            }
            let Source { server, set } = source.as_ref().expect("it was just put there");
            let (server, set) = (server.clone(), Arc::clone(set));
            drop(source);
            let database = server.migrated(&set, set.migrations.len(), &mut |_| ()).map_err(|failure| in_words(&failure))?;
            Ok(TestDatabase { url: database.url.reveal(), database: Some(database) })
        })
    }

    /// Its address with its password, as every client of PostgreSQL takes it.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Keeps it although the test is over, and prints its URL.
    pub fn keep(mut self) {
        self.keep_now();
    }

    fn keep_now(&mut self) {
        if let Some(database) = self.database.take() {
            apart(|| database.keep_to_look_at());
            crate::ui::tell(&format!("kept the test's database for a week: {}", self.url));
        }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.keep_now();
        }
        if let Some(database) = self.database.take() {
            apart(|| drop(database));
        }
    }
}

fn open() -> anyhow::Result<Source> {
    crate::db::leave_signals_alone();
    // As the command line would, with nothing typed.
    let cli = Cli::try_parse_from(["xtask", "--quiet", "doctor"])?;
    let ctx = Context::new(&cli.global, &cli.command.limits(), Surroundings::read()).map_err(|failure| in_words(&failure))?;
    Ok(Source { set: Arc::new(migrations(&ctx).map_err(|failure| in_words(&failure))?), server: server(&ctx)? })
}

/// A failure with all that is known, for who sees nothing but an error's text.
fn in_words(failure: &Failure) -> anyhow::Error {
    let words: Vec<String> = failure.diagnostics.iter().map(|it| crate::diagnostic::human(it, false)).collect();
    anyhow::anyhow!("{}", words.join("\n"))
}

/// In a thread of its own: a test may run inside an asynchronous runtime, which does not let another one block its thread.
fn apart<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| match scope.spawn(work).join() {
        Ok(value) => value,
        Err(panic) => std::panic::resume_unwind(panic),
    })
}
