//! Sending a leg and following its replies: which statement each belongs to, and where it stopped.

use super::leg::{Leg, Mark, Message, Parcel};
use crate::db::{DbError, Reply, Session};
use crate::plan::Pending;

/// Where and why a leg stopped.
#[derive(Debug)]
pub(super) struct Stop {
    pub error: DbError,
    /// What was running.
    pub mark: Mark,
    /// How many bytes into the statement the error stands, where the server says.
    pub offset: Option<usize>,
    /// Whether the server could not read the message: then none of its statements has run.
    pub unread: bool,
}

impl Stop {
    pub fn new(error: DbError, mark: Mark) -> Stop {
        Stop { error, mark, offset: None, unread: false }
    }

    /// The same stop where its migration is the only pending one.
    pub fn for_only_migration(self) -> Stop {
        let mark = match self.mark {
            Mark::Ours => Mark::Ours,
            Mark::Claim(_) => Mark::Claim(0),
            Mark::Finish(_) => Mark::Finish(0),
            Mark::Commit(_) => Mark::Commit(0),
            Mark::Statement { statement, .. } => Mark::Statement { migration: 0, statement },
        };
        Stop { mark, ..self }
    }

    /// The migration that was running, by its number among the pending ones.
    pub fn migration(&self) -> Option<usize> {
        match self.mark {
            Mark::Ours => None,
            Mark::Claim(migration) | Mark::Finish(migration) | Mark::Commit(migration) | Mark::Statement { migration, .. } => {
                Some(migration)
            }
        }
    }
}

/// Sends the parcels of `leg` in order and hands each reply to `on` with what it answers. Stops at the first error.
pub(super) fn send(session: &mut Session, leg: &Leg, pending: &[Pending<'_>], on: &mut dyn FnMut(Mark, Reply)) -> Result<(), Stop> {
    for parcel in &leg.parcels {
        match parcel {
            Parcel::Sql(message) if message.sql.is_empty() => {}
            Parcel::Sql(message) => send_message(session, message, on)?,
            Parcel::Copy { migration, statement } => {
                let file = pending[*migration].migration;
                let data = file.script.statements[*statement].copy.as_ref().map_or("", |copy| &file.text[copy.span.clone()]);
                let mark = Mark::Statement { migration: *migration, statement: *statement };
                session.copy_in(file.statement(*statement), data).map_err(|error| with_position(error, mark))?;
            }
        }
    }
    Ok(())
}

fn with_position(error: DbError, mark: Mark) -> Stop {
    let offset = error.server().and_then(|error| error.position).map(|position| position - 1);
    Stop { error, mark, offset, unread: false }
}

fn send_message(session: &mut Session, message: &Message, on: &mut dyn FnMut(Mark, Reply)) -> Result<(), Stop> {
    let mut n_done = 0;
    let result = session.run(&message.sql, &mut |reply| {
        let is_end = matches!(reply, Reply::Done(_));
        on(message.mark(n_done), reply);
        n_done += usize::from(is_end);
    });
    result.map_err(|error| {
        let place = error.server().and_then(|error| error.position).and_then(|position| message.at_position(position));
        match place {
            // The server reads a whole message before it runs the first statement: an error in a later one is then of grammar.
            Some((mark, offset)) => Stop { error, mark, offset: Some(offset), unread: n_done == 0 && mark != message.mark(0) },
            None => Stop { error, mark: message.mark(n_done), offset: None, unread: false },
        }
    })
}
