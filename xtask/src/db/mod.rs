//! The database end: where it is ([`url`]), how to reach it ([`connect()`]), what is said over one connection ([`Session`]), and what of
//! ours lives there ([`history`], [`state`]).

mod connect;
pub mod error;
pub mod history;
mod interrupt;
mod passfile;
mod pid;
pub mod pushed;
pub mod session;
pub mod state;
mod tls;
pub mod url;

pub use connect::connect;
pub use error::{DbError, ServerError};
pub use interrupt::leave_signals_alone;
pub use session::{Reply, Row, Session};
pub use url::Url;
