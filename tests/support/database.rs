//! A database per test, made from a template in tens of milliseconds and dropped when the test is done.

use crate::say;
use crate::server::Server;
use migrate_first::db::Url;
use postgres::{Client, SimpleQueryMessage};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

/// An empty database, or a copy of one; dropped with this value, kept when the test panics.
#[derive(Debug)]
pub struct Database {
    /// Where it is.
    pub server: &'static Server,
    /// Its name.
    pub name: String,
}

impl Database {
    /// An empty one.
    pub fn new(server: &'static Server) -> Database {
        Database::copy_of(server, "template0")
    }

    /// A copy of what `prepare` makes of an empty one; `key` names it, so that it is made once.
    pub fn prepared(server: &'static Server, key: &str, prepare: impl FnOnce(&Database)) -> Database {
        static TEMPLATES: Mutex<Option<HashMap<(u32, String), String>>> = Mutex::new(None);
        let mut templates = TEMPLATES.lock().unwrap_or_else(PoisonError::into_inner);
        let template = templates.get_or_insert_default().entry((server.major, key.to_owned())).or_insert_with(|| {
            let database = Database::new(server);
            prepare(&database);
            let database = std::mem::ManuallyDrop::new(database);
            database.name.clone()
        });
        let template = template.clone();
        drop(templates);
        Database::copy_of(server, &template)
    }

    /// One that is as this one is now, while nobody is connected to this one.
    pub fn copy(&self) -> Database {
        Database::copy_of(self.server, &self.name)
    }

    fn copy_of(server: &'static Server, template: &str) -> Database {
        static NUMBER: AtomicU32 = AtomicU32::new(1);
        let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        // Copying files is the faster way where nothing waits for the disk.
        server
            .admin()
            .batch_execute(&format!("CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY"))
            .expect("a database can be made");
        Database { server, name }
    }

    /// Its address, password included.
    pub fn url(&self) -> Url {
        self.server.url(&self.name)
    }

    /// A session of the test's own.
    pub fn connect(&self) -> Client {
        self.server.connect(&self.name)
    }

    /// Runs SQL and gives the rows of its last result as psql would with `-At`: values by `|`, rows by line.
    pub fn sql(&self, sql: &str) -> String {
        rows(&mut self.connect(), sql)
    }
}

/// As [`Database::sql`], in a session that stays open.
pub fn rows(client: &mut Client, sql: &str) -> String {
    let mut lines = Vec::new();
    for message in client.simple_query(sql).unwrap_or_else(|error| panic!("{sql}: {error:?}")) {
        match message {
            SimpleQueryMessage::RowDescription(_) => lines.clear(),
            SimpleQueryMessage::Row(row) => {
                lines.push((0..row.len()).map(|index| row.get(index).unwrap_or_default()).collect::<Vec<_>>().join("|"));
            }
            _ => {}
        }
    }
    lines.join("\n")
}

impl Drop for Database {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let stays = "it goes with the server unless MIGRATE_FIRST_TEST_KEEP is set";
            say(&format!("kept {} ({stays})", self.url().reveal()));
            return;
        }
        let dropped = self.server.admin().batch_execute(&format!("DROP DATABASE {} WITH (FORCE)", self.name));
        if let Err(error) = dropped {
            say(&format!("failed to drop {}: {error}", self.name));
        }
    }
}
