//! PostgreSQL servers, one a version and test process, from a container or from binaries.

mod binaries;
mod choice;
mod container;
mod local;

pub use binaries::{Binaries, installed};
pub use choice::{each_server, servers};
pub use container::Engine;
pub use local::{LocalServer, free_port};

use crate::wait::until_some;
use migrate_first::db::Url;
use postgres::{Client, Config, NoTls};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, OnceLock};

/// A running server.
pub struct Server {
    /// PostgreSQL's major version.
    pub major: u32,
    /// How it was come by, for people.
    pub origin: String,
    /// Its port on the loopback interface.
    pub port: u16,
    /// The superuser's password, which no output may show.
    pub password: String,
    pg_dump: Vec<PathBuf>,
    admin: OnceLock<Mutex<Client>>,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PostgreSQL {} on port {}", self.major, self.port)
    }
}

impl Server {
    fn new(major: u32, origin: String, port: u16, password: String, pg_dump: Vec<PathBuf>) -> Server {
        let server = Server { major, origin, port, password, pg_dump, admin: OnceLock::new() };
        until_some("the server accepts connections", || server.try_connect("postgres").ok());
        server
    }

    /// The address of one of its databases, password included.
    pub fn url(&self, database: &str) -> Url {
        let mut url = Url::default();
        let port = self.port.to_string();
        let values = [("host", "127.0.0.1"), ("port", &port), ("user", "postgres"), ("password", &self.password), ("dbname", database)];
        for (keyword, value) in values {
            url.set(keyword, value).expect("a known keyword");
        }
        url
    }

    /// Connects to one of its databases.
    pub fn connect(&self, database: &str) -> Client {
        self.try_connect(database).expect("the server is up")
    }

    fn try_connect(&self, database: &str) -> Result<Client, postgres::Error> {
        let mut config = Config::new();
        config.host("127.0.0.1").port(self.port).user("postgres").password(&self.password).dbname(database);
        config.application_name("tests").connect(NoTls)
    }

    /// A connection for making and dropping databases, which all tests share.
    pub fn admin(&self) -> MutexGuard<'_, Client> {
        let admin = self.admin.get_or_init(|| Mutex::new(self.connect("postgres")));
        // A test that panicked in the middle left the connection as it was: it runs one statement at a time.
        admin.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// `pg_dump` of the very version, with the arguments that make it run where the server is.
    pub fn pg_dump(&self) -> std::process::Command {
        let (program, rest) = self.pg_dump.split_first().expect("every server has a pg_dump");
        let mut command = std::process::Command::new(program);
        command.args(rest);
        command
    }
}
