//! Templates: databases with the first migrations applied, kept for the next command that needs the same ones.
//!
//! A template is published by renaming a finished database, so that whoever sees one sees a whole one. Nobody connects to it afterwards.

use super::database::Database;
use super::server::Server;
use crate::db::DbError;
use crate::exit::Failure;
use crate::migration::{MigrationSet, checksum};
use crate::runner::Event;
use crate::sql::quote::{literal, name};
use std::collections::HashMap;
use std::time::Duration;

/// How the names of templates begin.
const TEMPLATE: &str = "xtask_template_";

/// How many templates a server keeps: a few branches with a few prefixes each. One takes about 8 MB and what the migrations put into it.
const KEPT: usize = 24;

/// Between two looks at a template that another command is making.
const POLL: Duration = Duration::from_millis(10);

/// How many looks a database is given to be left by those who are connected to it.
const PATIENCE: u32 = 50;

/// A database to read, until it is given back.
#[derive(Debug)]
pub struct Lent {
    /// The database.
    pub database: Database,
    /// Under what name it is kept, where it is not a copy.
    template: Option<String>,
}

impl Server {
    /// A new database with the first `n` migrations of `set`, cloned from the longest template that there is, and kept as a template
    /// itself for the next time.
    ///
    /// # Errors
    /// The runner's failure where a migration does not apply; the scratch server's where it does not serve.
    pub fn migrated(&self, set: &MigrationSet, n: usize, emit: &mut dyn FnMut(Event)) -> Result<Database, Failure> {
        let names = self.template_names(set, n);
        if let Some(database) = self.clone_of(&names[n])? {
            return Ok(database);
        }
        let _making = self.making();
        self.alone(&names[n], &mut || match self.clone_of(&names[n])? {
            Some(database) => Ok(database),
            None => self.publish(self.built(set, &names, emit)?, &names[n]),
        })
    }

    /// Sees to it that the next database with the first `n` migrations of `set` is cloned and not migrated.
    ///
    /// # Errors
    /// As [`Server::migrated`].
    pub fn keep(&self, set: &MigrationSet, n: usize, emit: &mut dyn FnMut(Event)) -> Result<(), Failure> {
        let names = self.template_names(set, n);
        if let Some(about) = self.known_templates()?.get(&names[n]) {
            self.note_use(&names[n], marks(about));
            return Ok(());
        }
        let _making = self.making();
        self.alone(&names[n], &mut || match self.known_templates()?.contains_key(&names[n]) {
            true => Ok(()),
            false => self.give_away(self.built(set, &names, emit)?, &names[n], "").map(drop),
        })
    }

    /// A new database with the first `n` migrations of `set`, which becomes a template only by [`Server::keep_database`].
    ///
    /// # Errors
    /// As [`Server::migrated`].
    pub fn fresh(&self, set: &MigrationSet, n: usize, emit: &mut dyn FnMut(Event)) -> Result<Database, Failure> {
        self.built(set, &self.template_names(set, n), emit)
    }

    /// Keeps `database`, in which nothing but the first `n` migrations of `set` was run, as their template, with `mark`s for the next time.
    ///
    /// # Errors
    /// The scratch server does not serve.
    pub fn keep_database(&self, database: Database, set: &MigrationSet, n: usize, mark: &str) -> Result<(), Failure> {
        let names = self.template_names(set, n);
        if self.known_templates()?.contains_key(&names[n]) {
            return self.execute(&touch(&names[n], mark));
        }
        self.give_away(database, &names[n], mark).map(drop)
    }

    /// What was noted with the template of the first `n` migrations of `set`; nothing where there is no such template.
    ///
    /// # Errors
    /// The scratch server does not serve.
    pub fn mark(&self, set: &MigrationSet, n: usize) -> Result<Option<String>, Failure> {
        let names = self.template_names(set, n);
        Ok(self.known_templates()?.get(&names[n]).map(|about| marks(about).to_owned()))
    }

    /// A new database as `make` leaves an empty one, kept as a template for whoever comes with the same `key`.
    ///
    /// # Errors
    /// What `make` says; the scratch server's where it does not serve.
    pub fn kept(&self, key: &str, make: &mut dyn FnMut(&Database) -> Result<(), Failure>) -> Result<Database, Failure> {
        let Lent { database, template } = self.lent(key, make)?;
        match template {
            Some(template) => self.publish(database, &template),
            None => Ok(database),
        }
    }

    /// As [`Server::kept`], for who only reads it: the one that is made becomes the template itself when it is given back.
    ///
    /// # Errors
    /// As [`Server::kept`].
    pub fn lent(&self, key: &str, make: &mut dyn FnMut(&Database) -> Result<(), Failure>) -> Result<Lent, Failure> {
        let template = template_name(&checksum(&format!("{} {key}", self.surroundings())));
        if let Some(database) = self.clone_of(&template)? {
            return Ok(Lent { database, template: None });
        }
        let database = self.empty()?;
        make(&database)?;
        Ok(Lent { database, template: Some(template) })
    }

    /// Takes back what was lent, in which nothing was changed and to which nobody is connected any more.
    ///
    /// # Errors
    /// The scratch server does not serve.
    pub fn give_back(&self, lent: Lent) -> Result<(), Failure> {
        // A copy goes with its value.
        lent.template.map_or(Ok(()), |template| self.give_away(lent.database, &template, "").map(drop))
    }

    /// A new database with the migrations that the last of `names` stands for, from the longest template that there is.
    fn built(&self, set: &MigrationSet, names: &[String], emit: &mut dyn FnMut(Event)) -> Result<Database, Failure> {
        let known = self.known_templates()?;
        let from = names.iter().rev().find(|it| known.contains_key(*it));
        let database = match from.map(|it| self.clone_of(it)).transpose()?.flatten() {
            Some(database) => database,
            None => self.empty()?,
        };
        database.migrate(set, names.len() - 1, emit)?;
        Ok(database)
    }

    /// Held while a template is made: the lock on the server does not keep the threads of one session apart.
    fn making(&self) -> std::sync::MutexGuard<'_, ()> {
        self.making.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Does `work` while nobody else does it for `template`: however many need one at once, one makes it.
    fn alone<T>(&self, template: &str, work: &mut dyn FnMut() -> Result<T, Failure>) -> Result<T, Failure> {
        let lock = lock_number(template);
        // Tried for, never waited for inside the server: a waiter there would hold up whoever copies a database.
        while self.rows(&format!("SELECT 1 WHERE pg_catalog.pg_try_advisory_lock({lock})"))?.is_empty() {
            std::thread::sleep(POLL);
        }
        let result = work();
        // With the session the lock is gone too.
        drop(self.session().execute(&format!("SELECT pg_catalog.pg_advisory_unlock({lock})")));
        result
    }

    /// Notes that a template is used now, once a command; of many who do at once, the server refuses all but one, and that is enough.
    fn note_use(&self, template: &str, marks: &str) {
        let is_new = self.noted.lock().unwrap_or_else(std::sync::PoisonError::into_inner).insert(template.to_owned());
        if is_new {
            drop(self.session().execute(&touch(template, marks)));
        }
    }

    /// What a template depends on besides what is run in it.
    fn surroundings(&self) -> String {
        checksum(&format!("{} {:?} {} {:?}", env!("CARGO_PKG_VERSION"), self.prepare, self.version, self.url.get("user")))
    }

    /// As [`Server::migrated`], and then prepared by `prepare`, whose work is kept as well: `key` names it.
    ///
    /// # Errors
    /// As [`Server::migrated`], and those of `prepare`.
    pub fn prepared(
        &self,
        set: &MigrationSet,
        n: usize,
        key: &str,
        prepare: &mut dyn FnMut(&Database) -> Result<(), Failure>,
    ) -> Result<Database, Failure> {
        let names = self.template_names(set, n);
        let template = template_name(&checksum(&format!("{} {key}", names[n])));
        if let Some(database) = self.clone_of(&template)? {
            return Ok(database);
        }
        let database = self.migrated(set, n, &mut |_| {})?;
        prepare(&database)?;
        self.publish(database, &template)
    }

    /// A copy of a template; nothing where another command dropped it meanwhile.
    fn clone_of(&self, template: &str) -> Result<Option<Database>, Failure> {
        let known = self.known_templates()?;
        let Some(about) = known.get(template) else { return Ok(None) };
        self.note_use(template, marks(about));
        self.create(template).map(Some)
    }

    /// Makes a template of `database` and gives back a copy of it.
    fn publish(&self, database: Database, template: &str) -> Result<Database, Failure> {
        match self.give_away(database, template, "")? {
            Some(database) => Ok(database),
            None => self.create(template),
        }
    }

    /// Makes a template of `database`; gives it back where that cannot be.
    fn give_away(&self, database: Database, template: &str, mark: &str) -> Result<Option<Database>, Failure> {
        self.forget_oldest()?;
        let (from, to) = (name(database.name()), name(template));
        let rename = format!(
            "ALTER DATABASE {from} RENAME TO {to}; ALTER DATABASE {to} WITH IS_TEMPLATE true ALLOW_CONNECTIONS false; {}",
            touch(template, mark)
        );
        let mut renamed = self.session().execute(&rename);
        // An autovacuum worker is soon gone again.
        for _ in 0..PATIENCE {
            if !matches!(&renamed, Err(DbError::Server(error)) if error.sqlstate == "55006") {
                break;
            }
            std::thread::sleep(POLL);
            renamed = self.session().execute(&rename);
        }
        match renamed {
            Ok(()) => {
                database.keep();
                Ok(None)
            }
            // Another command was faster, or just as fast (42P04, 23505): its template is as good as ours. Or something is still connected
            // to it (55006), such as an autovacuum worker: it serves once, and is not kept.
            Err(DbError::Server(error)) if ["42P04", "23505", "55006"].contains(&error.sqlstate.as_str()) => Ok(Some(database)),
            Err(error) => Err(super::server::unusable(&self.url, &error)),
        }
    }

    /// Drops the templates that were not used for the longest time.
    fn forget_oldest(&self) -> Result<(), Failure> {
        let mut known: Vec<(String, String)> = self.known_templates()?.into_iter().map(|(name, used)| (used, name)).collect();
        known.sort();
        for (_, template) in known.iter().rev().skip(KEPT - 1) {
            let to = name(template);
            // Another command may be cloning it just now; then it is in use, and stays.
            let released = self.session().execute(&format!("ALTER DATABASE {to} IS_TEMPLATE false"));
            drop(released.and_then(|()| self.session().execute(&format!("DROP DATABASE {to}"))));
        }
        Ok(())
    }

    /// The templates of this server, with when each was last used. One that is half dropped ends the session of whoever touches it.
    fn known_templates(&self) -> Result<HashMap<String, String>, Failure> {
        let sql = format!(
            "SELECT datname, pg_catalog.shobj_description(oid, 'pg_database') FROM pg_catalog.pg_database WHERE datconnlimit <> -2 AND datname LIKE {}",
            literal(&format!("{}%", TEMPLATE.replace('_', "\\_")))
        );
        Ok(self.rows(&sql)?.iter().map(|row| (row.text(0), row.text(1))).collect())
    }

    /// The names of the templates for the first 0 to `n` migrations.
    fn template_names(&self, set: &MigrationSet, n: usize) -> Vec<String> {
        let mut hash = self.surroundings();
        let mut names = vec![template_name(&hash)];
        for migration in &set.migrations[..n] {
            hash = checksum(&format!("{hash} {} {}", migration.name.stem, migration.checksum));
            names.push(template_name(&hash));
        }
        names
    }
}

fn template_name(hash: &str) -> String {
    let digits: String = hash.chars().filter(char::is_ascii_hexdigit).collect();
    format!("{TEMPLATE}{}", &digits[digits.len() - 32..])
}

/// Notes that the template is used now, and `mark` behind that. The comment's text sorts by time.
fn touch(template: &str, mark: &str) -> String {
    format!(
        "DO $$BEGIN {} EXECUTE pg_catalog.format('COMMENT ON DATABASE %I IS %L', {}, \
         to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || {}); END$$",
        super::server::AT_EASE,
        literal(template),
        literal(&format!(" {mark}"))
    )
}

/// What stands behind the time in a template's comment.
fn marks(about: &str) -> &str {
    about.splitn(3, ' ').nth(2).unwrap_or_default()
}

/// The advisory lock of whoever makes a template.
fn lock_number(template: &str) -> i64 {
    let digits = template.rsplit('_').next().and_then(|it| it.get(..15)).unwrap_or_default();
    i64::from_str_radix(digits, 16).unwrap_or_default()
}
