//! Throw-away databases: made from nothing or from a template that has the first migrations already, dropped when they are done with.
//!
//! All are made on one [`Server`], over one session of it. A scratch database's name bears that session's process number and start, so that
//! what a killed command left is known for a leftover as soon as the session is gone, and the next command sweeps it. Templates outlive
//! the command: they are named by a hash of everything that went into them, so that one that exists is right.

mod database;
mod server;
mod template;

pub use database::Database;
pub(crate) use server::unusable;
pub use server::{Prepare, Server};
pub use template::Lent;
