//! What can go wrong while a statement runs, as plain values.

use std::fmt;
use tokio_postgres::error::ErrorPosition;

/// Why a message to the server failed.
#[derive(Debug, Clone)]
pub enum DbError {
    /// The server refused a statement; the connection still stands.
    Server(Box<ServerError>),
    /// The connection is gone, or never stood.
    Connection(String),
    /// The user interrupted the run; the server was told to cancel.
    Interrupted,
}

/// What the server said, field by field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServerError {
    /// Five characters, for example `42P01`.
    pub sqlstate: String,
    /// The primary message.
    pub message: String,
    /// More about the cause, if the server gave it.
    pub detail: Option<String>,
    /// The server's own advice.
    pub hint: Option<String>,
    /// Where: the PL/pgSQL call stack and the like.
    pub context: Option<String>,
    /// The character of the message at which the error stands, from 1.
    pub position: Option<usize>,
    /// The schema of the object.
    pub schema: Option<String>,
    /// The table of the object.
    pub table: Option<String>,
    /// The constraint that was broken.
    pub constraint: Option<String>,
}

impl DbError {
    /// The server's error, where it was one.
    #[must_use]
    pub fn server(&self) -> Option<&ServerError> {
        if let DbError::Server(error) = self { Some(error) } else { None }
    }

    /// The SQLSTATE, or nothing where the server said none.
    #[must_use]
    pub fn sqlstate(&self) -> Option<&str> {
        self.server().map(|error| error.sqlstate.as_str())
    }
}

impl fmt::Display for DbError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DbError::Server(error) => write!(f, "{} (PostgreSQL {})", error.message, error.sqlstate),
            DbError::Connection(message) => f.write_str(message),
            DbError::Interrupted => f.write_str("interrupted"),
        }
    }
}

impl std::error::Error for DbError {}

impl From<tokio_postgres::Error> for DbError {
    fn from(error: tokio_postgres::Error) -> Self {
        match error.as_db_error() {
            Some(error) => DbError::Server(Box::new(error.into())),
            None => DbError::Connection(with_causes(&error)),
        }
    }
}

impl From<&tokio_postgres::error::DbError> for ServerError {
    fn from(error: &tokio_postgres::error::DbError) -> Self {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        ServerError {
            sqlstate: error.code().code().to_owned(),
            message: error.message().to_owned(),
            detail: owned(error.detail()),
            hint: owned(error.hint()),
            context: owned(error.where_()),
            position: match error.position() {
                Some(ErrorPosition::Original(position)) => Some(*position as usize),
                _ => None,
            },
            schema: owned(error.schema()),
            table: owned(error.table()),
            constraint: owned(error.constraint()),
        }
    }
}

/// The error and what caused it, on one line.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
