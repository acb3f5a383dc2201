//! The database end: where it is ([`url`]), how to reach it ([`connect()`]), what is said over one connection ([`Session`]).

mod connect;
pub mod error;
mod interrupt;
mod passfile;
mod pid;
pub mod session;
mod tls;
pub mod url;

pub use connect::connect;
pub use error::{DbError, ServerError};
pub use session::{Reply, Row, Session};
