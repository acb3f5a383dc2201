//! What the tests stand on: servers, databases, a repository in a temporary folder, a proxy that cuts connections.
//!
//! Everything that is started belongs to one folder, [`home`], and goes away with the process that started it, however that ends.

pub mod home;
pub mod account;
pub mod server;
pub mod database;
pub mod dump;
pub mod pair;
pub mod wait;
pub mod sandbox;
pub mod running;
pub mod terminal;
pub mod outcome;
pub mod mask;
pub mod program;
pub mod proxy;
pub mod bouncer;
pub mod compose;
pub mod chance;
pub mod activity;

pub use bouncer::Bouncer;
pub use database::Database;
pub use expect_test::{Expect, expect};
pub use home::{Folder, say};
pub use outcome::Outcome;
pub use pair::Pair;
pub use proxy::Proxy;
pub use rustix::process::Signal;
pub use sandbox::Sandbox;
pub use server::{LocalServer, Server, each_server};
pub use wait::until;
