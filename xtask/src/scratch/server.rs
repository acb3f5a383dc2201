//! The server that scratch databases are made on: what it may do, what is swept from it, and the one session that all of it goes through.

use super::database::Database;
use crate::db::{DbError, Row, Session, Url, connect};
use crate::diagnostic::Diagnostic;
use crate::exit::{Exit, Failure};
use crate::sql::quote::{literal, name};
use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};

mod helpers;

use helpers::Helpers;

/// How the names of scratch databases begin.
pub(super) const SCRATCH: &str = "xtask_scratch_";

/// In a DO block: its transaction does not wait for the disk. What a crash of the server undoes of ours is made anew.
pub(super) const AT_EASE: &str = "PERFORM pg_catalog.set_config('synchronous_commit', 'off', true);";

/// How the comment on one begins that was kept for somebody to look at; behind it stands the second since 1970.
pub(super) const KEPT: &str = "kept at ";

/// What a new scratch database gets before the first migration: things that a migration may count on and that an administrator makes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Prepare {
    /// Extensions by name.
    pub extensions: Vec<String>,
    /// Roles by name; made without a login where they are not there, and left: roles belong to the whole server.
    pub roles: Vec<String>,
}

/// A server on which this user may create databases. Cloning it gives the same server and session.
#[derive(Clone)]
pub struct Server {
    /// The maintenance database.
    pub url: Url,
    /// `server_version_num`, such as 180003.
    pub version: u32,
    pub(super) prepare: Arc<Prepare>,
    /// What the names of this session's databases begin with.
    prefix: String,
    session: Arc<Mutex<Session>>,
    /// For databases that are made and dropped while that one is busy.
    helpers: Arc<Helpers>,
    made: Arc<Mutex<u32>>,
    /// The templates whose use is noted.
    pub(super) noted: Arc<Mutex<HashSet<String>>>,
    /// Held while a template is made: the lock on the server does not keep threads of one session apart.
    pub(super) making: Arc<Mutex<()>>,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("url", &self.url).field("version", &self.version).finish_non_exhaustive()
    }
}

impl Server {
    /// Connects to the server at `url` and sweeps what commands before this one left on it. The database that `url` names is not touched.
    ///
    /// # Errors
    /// No connection, or a user who may not create databases.
    pub fn open(url: &Url, prepare: Prepare) -> Result<Server, Failure> {
        let (url, mut session) = maintenance(url)?;
        // What it notes down may be lost in a crash of the server; making and dropping databases waits for the disk anyway.
        session.execute("SET synchronous_commit = off").map_err(|error| unusable(&url, &error))?;
        let row = first(session.rows(ABOUT).map_err(|error| unusable(&url, &error))?);
        let text = |index| row.as_ref().map_or(String::new(), |row: &Row| row.text(index));
        if text(1) != "t" {
            return Err(may_not_create(&url, &text(2)));
        }
        let server = Server {
            version: text(0).parse().unwrap_or_default(),
            prefix: format!("{SCRATCH}{}_", text(3)),
            prepare: Arc::new(prepare),
            session: Arc::new(Mutex::new(session)),
            helpers: Arc::default(),
            made: Arc::default(),
            noted: Arc::default(),
            making: Arc::default(),
            url,
        };
        server.sweep()?;
        server.make_roles()?;
        Ok(server)
    }

    /// A new database with what the settings prepare and nothing else.
    ///
    /// # Errors
    /// What the server says, or an extension that it does not have.
    pub fn empty(&self) -> Result<Database, Failure> {
        let database = self.create("template0")?;
        database.prepare()?;
        Ok(database)
    }

    /// A new database as a copy of `source`, which nobody may be connected to.
    pub(super) fn create(&self, source: &str) -> Result<Database, Failure> {
        let dbname = self.new_name();
        self.aside(&format!("CREATE DATABASE {} TEMPLATE {}", name(&dbname), name(source))).map_err(|error| unusable(&self.url, &error))?;
        // Losing the last moments of a scratch database in a crash of the server is no loss.
        self.execute(&format!("ALTER DATABASE {} SET synchronous_commit = off; {}", name(&dbname), copy_settings(source, &dbname)))?;
        Ok(Database::new(self.clone(), dbname))
    }

    pub(super) fn session(&self) -> MutexGuard<'_, Session> {
        self.session.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Runs a statement in whichever session is free: many tests make and drop their databases at the same time.
    pub(super) fn aside(&self, sql: &str) -> Result<(), DbError> {
        match self.session.try_lock() {
            Ok(mut session) => session.execute(sql),
            Err(_) => self.helpers.execute(&self.url, sql).unwrap_or_else(|| self.session().execute(sql)),
        }
    }

    pub(super) fn execute(&self, sql: &str) -> Result<(), Failure> {
        self.session().execute(sql).map_err(|error| unusable(&self.url, &error))
    }

    pub(super) fn rows(&self, sql: &str) -> Result<Vec<Row>, Failure> {
        self.session().rows(sql).map_err(|error| unusable(&self.url, &error))
    }

    fn new_name(&self) -> String {
        let mut made = self.made.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *made += 1;
        format!("{}{made}", self.prefix)
    }

    /// Drops the scratch databases whose session is gone.
    fn sweep(&self) -> Result<(), Failure> {
        for row in self.rows(LEFTOVERS)? {
            let dbname = row.text(0);
            // Another command may be sweeping the same one, and a user without rights to it leaves it to those who have them.
            let result = self.session().execute(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", name(&dbname)));
            match result {
                Err(DbError::Server(_)) | Ok(()) => {}
                Err(error) => return Err(unusable(&self.url, &error)),
            }
        }
        Ok(())
    }

    fn make_roles(&self) -> Result<(), Failure> {
        for role in &self.prepare.roles {
            let known = self.rows(&format!("SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = {}", literal(role)))?;
            if known.is_empty() {
                self.execute(&format!("CREATE ROLE {}", name(role)))?;
            }
        }
        Ok(())
    }
}

/// The version, whether this user may create databases, who they are, and what tells this session from every other.
const ABOUT: &str = "SELECT current_setting('server_version_num'), r.rolcreatedb OR r.rolsuper, r.rolname, \
    a.pid || '_' || pg_catalog.to_hex((extract(epoch FROM a.backend_start) * 1000000)::int8) \
    FROM pg_catalog.pg_roles r, pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid()) a WHERE r.rolname = current_user";

/// Scratch databases that no living session made, and those that were kept a week ago. The start of another user's session is not
/// shown: such a one counts as alive.
const LEFTOVERS: &str = "SELECT d.datname FROM pg_catalog.pg_database d WHERE d.datname ~ '^xtask_scratch_[0-9]+_[0-9a-f]+_[0-9]+$' \
    AND coalesce((extract(epoch FROM now()) - substring(pg_catalog.shobj_description(d.oid, 'pg_database') FROM '^kept at ([0-9]+)')::int8) > 604800, true) \
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_get_activity(NULL) a WHERE a.pid::text = split_part(d.datname, '_', 3) \
    AND (a.backend_start IS NULL OR pg_catalog.to_hex((extract(epoch FROM a.backend_start) * 1000000)::int8) = split_part(d.datname, '_', 4)))";

/// Gives database `to` the settings that `from` has (`ALTER DATABASE … SET`), which do not come along with a copy. Those that are lists of names are
/// kept as they are written, the others as text.
fn copy_settings(from: &str, to: &str) -> String {
    format!(
        "DO $$DECLARE s record; BEGIN {AT_EASE} FOR s IN SELECT r.rolname, split_part(item, '=', 1) AS name, substr(item, strpos(item, '=') + 1) AS value \
         FROM pg_catalog.pg_db_role_setting d JOIN pg_catalog.pg_database b ON b.oid = d.setdatabase AND b.datname = {} \
         LEFT JOIN pg_catalog.pg_roles r ON r.oid = d.setrole, unnest(d.setconfig) item LOOP \
         EXECUTE CASE WHEN s.rolname IS NULL THEN '' ELSE pg_catalog.format('ALTER ROLE %I IN DATABASE %I ', s.rolname, {to}) END \
         || CASE WHEN s.rolname IS NULL THEN pg_catalog.format('ALTER DATABASE %I ', {to}) ELSE '' END \
         || pg_catalog.format('SET %I TO ', s.name) || CASE WHEN s.name = ANY ({LISTS}) THEN s.value ELSE pg_catalog.quote_literal(s.value) END; \
         END LOOP; END$$",
        literal(from),
        to = literal(to)
    )
}

/// The settings whose value is a list of quoted names.
const LISTS: &str = "'{search_path,temp_tablespaces,session_preload_libraries,local_preload_libraries}'::text[]";

fn first(rows: Vec<Row>) -> Option<Row> {
    rows.into_iter().next()
}

/// A session in a database from which others can be created: `postgres`, or where that is not there the one that `url` names.
fn maintenance(url: &Url) -> Result<(Url, Session), Failure> {
    let postgres = url.with_database("postgres");
    match connect(&postgres) {
        Ok(session) => Ok((postgres, session)),
        Err(_) => connect(url).map(|session| (url.clone(), session)).map_err(|error| {
            let message = format!("cannot connect to the scratch server {url}: {error:#}");
            let hint = "start that server, or name another one with `[scratch] url` in xtask.toml";
            Failure::new(Exit::NoServer, Diagnostic::error("no-scratch-server", message).hint(hint))
        }),
    }
}

fn may_not_create(url: &Url, user: &str) -> Failure {
    let message = format!("`{user}` may not create databases on the scratch server {url}");
    let hint = format!(
        "grant it with `ALTER ROLE {} CREATEDB`, or name a server for scratch databases with `[scratch] url` in xtask.toml",
        name(user)
    );
    Failure::new(Exit::NoServer, Diagnostic::error("scratch-denied", message).sqlstate("42501").hint(hint))
}

/// What the server said against something that a scratch database needs.
pub(crate) fn unusable(url: &Url, error: &DbError) -> Failure {
    let hint = match error.sqlstate() {
        Some("53100") => "free some space on the server's disk",
        Some("53300") => "wait until a connection is free, or raise max_connections",
        Some("42501") => "name a server on which this user may do that with `[scratch] url` in xtask.toml",
        _ => "see the server's log for more, or name another server with `[scratch] url` in xtask.toml",
    };
    let mut diagnostic = Diagnostic::error("scratch-failed", format!("the scratch server {url} refused: {error}")).hint(hint);
    if let Some(server) = error.server() {
        diagnostic.message = format!("the scratch server {url} refused: {}", server.message);
        diagnostic.sqlstate = Some(server.sqlstate.clone());
    }
    Failure::new(Exit::NoServer, diagnostic)
}
