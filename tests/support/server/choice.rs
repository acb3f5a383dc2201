//! Which versions the tests run on, and from where each is taken.

use super::{Binaries, Engine, LocalServer, Server, installed};
use crate::say;
use std::sync::{Mutex, OnceLock};

/// The versions that everything runs on, unless `MIGRATE_FIRST_TEST_POSTGRES` lists others.
const VERSIONS: &str = "15,18";

/// Runs `test` on each version, one after the other. `UPDATE_EXPECT=1` wants `MIGRATE_FIRST_TEST_POSTGRES=18` beside it: an expectation can
/// be brought up to date once a run.
pub fn each_server(mut test: impl FnMut(&'static Server)) {
    for server in servers() {
        // Shown when the test fails.
        println!("on PostgreSQL {}", server.major);
        test(server);
    }
}

/// The servers, started by the first who asks.
pub fn servers() -> impl Iterator<Item = &'static Server> {
    places().iter().map(Place::server)
}

/// One version: where it comes from, and the server once somebody asked.
struct Place {
    major: u32,
    source: Source,
    server: OnceLock<Server>,
    starting: Mutex<()>,
}

enum Source {
    Container,
    Local(&'static Binaries),
}

fn places() -> &'static [Place] {
    static PLACES: OnceLock<Vec<Place>> = OnceLock::new();
    PLACES.get_or_init(|| {
        let versions = std::env::var("MIGRATE_FIRST_TEST_POSTGRES").unwrap_or_else(|_| VERSIONS.to_owned());
        let majors = versions.split(',').map(|it| it.trim().parse().expect("MIGRATE_FIRST_TEST_POSTGRES lists numbers"));
        let places: Vec<Place> = majors.filter_map(place).collect();
        assert!(!places.is_empty(), "no PostgreSQL for the tests: start Docker, or install PostgreSQL's server package");
        places
    })
}

/// A container where the image is here, else binaries, else an image that must be fetched first.
fn place(major: u32) -> Option<Place> {
    let engine = Engine::answering();
    let local = installed().iter().find(|it| it.major == major);
    let source = match (engine, local) {
        (Some(engine), _) if engine.has_image(major) => Source::Container,
        (_, Some(binaries)) => Source::Local(binaries),
        (Some(engine), None) if engine.pull(major) => Source::Container,
        _ => {
            say(&format!("NOT RUN on PostgreSQL {major}: neither a container nor binaries of it are to be had here"));
            return None;
        }
    };
    Some(Place { major, source, server: OnceLock::new(), starting: Mutex::new(()) })
}

impl Place {
    fn server(&self) -> &Server {
        // A start that panicked leaves no server: the next one tries again.
        let _one = self.starting.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        self.server.get_or_init(|| {
            let server = match self.source {
                Source::Container => super::container::start(self.major),
                Source::Local(binaries) => LocalServer::start(binaries).leak(),
            };
            say(&format!("PostgreSQL {} from {}", server.major, server.origin));
            server
        })
    }
}
