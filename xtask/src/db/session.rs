//! One connection, driven from one thread.
//!
//! Everything goes through PostgreSQL's simple query protocol: many statements travel in one message and come back as one stream of replies,
//! nothing is prepared on the server, and a transaction-pooling pgbouncer is content. The `postgres` crate hides that stream behind
//! a vector, which loses the replies before an error, so this stands on `tokio-postgres` with a runtime of its own.

use super::interrupt::Interrupt;
use super::{DbError, ServerError, pid};
use bytes::Bytes;
use futures_util::{Sink, Stream};
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio_postgres::{AsyncMessage, Client, SimpleQueryMessage, SimpleQueryStream};

/// One thing that the server said in answer to a message.
#[derive(Debug)]
pub enum Reply {
    /// A row of a result.
    Row(Row),
    /// A statement is done; so many rows were returned or changed.
    Done(u64),
    /// A notice or warning; its severity is in `severity`.
    Notice {
        /// `NOTICE`, `WARNING`, …
        severity: String,
        /// The rest, in an error's form.
        notice: Box<ServerError>,
    },
}

/// A row as text.
#[derive(Debug)]
pub struct Row(tokio_postgres::SimpleQueryRow);

impl Row {
    /// The value of column `index` (from 0) as text, or nothing for NULL.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&str> {
        if index < self.0.len() { self.0.get(index) } else { None }
    }

    /// The value of column `index`, with NULL as the empty string.
    #[must_use]
    pub fn text(&self, index: usize) -> String {
        self.get(index).unwrap_or_default().to_owned()
    }

    /// The value of column `index` parsed as a number or the like; nothing where it is NULL or does not parse.
    #[must_use]
    pub fn parse<T: std::str::FromStr>(&self, index: usize) -> Option<T> {
        self.get(index)?.parse().ok()
    }

    /// How many columns it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether it has no columns.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The half of a connection that moves bytes; it also hands out what the server says unasked.
pub(super) trait Driver {
    /// The next thing said unasked, or nothing once the connection is closed.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<AsyncMessage, tokio_postgres::Error>>>;
}

impl<S, T> Driver for tokio_postgres::Connection<S, T>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
    T: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<AsyncMessage, tokio_postgres::Error>>> {
        self.poll_message(context)
    }
}

/// A connection to one database.
pub struct Session {
    // Dropped in this order: the client's end tells the driver to say goodbye.
    client: Client,
    driver: Box<dyn Driver + Send>,
    canceller: Canceller,
    interrupt: Interrupt,
    runtime: Runtime,
}

/// Sends PostgreSQL's cancel request for one connection, over a connection of its own.
pub(super) type Canceller = Box<dyn Fn() -> Pin<Box<dyn Future<Output = ()> + Send>> + Send>;

/// The parts that a connection is made of; see [`super::connect`].
pub(super) struct Parts {
    pub client: Client,
    pub driver: Box<dyn Driver + Send>,
    pub canceller: Canceller,
    pub runtime: Runtime,
}

/// How long to wait before a cancel request that did not help is sent again: one that arrives between two statements cancels nothing.
const CANCEL_AGAIN: Duration = Duration::from_millis(200);

impl Session {
    pub(super) fn new(parts: Parts) -> std::io::Result<Session> {
        let Parts { client, driver, canceller, runtime } = parts;
        let interrupt = Interrupt::listen(&runtime)?;
        Ok(Session { client, driver, canceller, interrupt, runtime })
    }

    /// The process number that the server announced when the connection was made. A pooler announces one of its own, so that
    /// it differs from `pg_backend_pid()`.
    #[must_use]
    pub fn announced_pid(&self) -> Option<i32> {
        pid::announced(&self.client.cancel_token(), &self.runtime)
    }

    /// Sends `sql`, which may hold many statements, as one message, and hands each reply to `on` as it comes.
    ///
    /// # Errors
    /// The first statement that fails ends the message on the server: the replies before it were handed out. An interrupt of the user's
    /// cancels the running statement on the server and is [`DbError::Interrupted`].
    pub fn run(&mut self, sql: &str, on: &mut dyn FnMut(Reply)) -> Result<(), DbError> {
        let Session { client, driver, canceller, interrupt, runtime, .. } = self;
        let cancel = Cancel { canceller, interrupt, request: None };
        runtime.block_on(async {
            let mut send = pin!(client.simple_query_raw(sql));
            let stream = poll_fn(|context| {
                let _unasked = driver.poll(context);
                send.as_mut().poll(context)
            });
            let stream = pin!(stream.await?);
            Exchange { driver: driver.as_mut(), stream, cancel, failed: None, on }.finish().await
        })
    }

    /// Runs `sql` and collects the rows of all its statements.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub fn rows(&mut self, sql: &str) -> Result<Vec<Row>, DbError> {
        let mut rows = Vec::new();
        self.run(sql, &mut |reply| {
            if let Reply::Row(row) = reply {
                rows.push(row);
            }
        })?;
        Ok(rows)
    }

    /// Runs `sql` for its effect.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub fn execute(&mut self, sql: &str) -> Result<(), DbError> {
        self.run(sql, &mut |_| {})
    }

    /// Runs `COPY … FROM stdin` with its data.
    ///
    /// # Errors
    /// What the server says against the statement or a line of the data.
    pub fn copy_in(&mut self, statement: &str, data: &str) -> Result<(), DbError> {
        let Session { client, driver, canceller, interrupt, runtime, .. } = self;
        let mut cancel = Cancel { canceller, interrupt, request: None };
        let copy = async {
            let mut sink = pin!(client.copy_in::<_, Bytes>(statement).await?);
            poll_fn(|context| sink.as_mut().poll_ready(context)).await?;
            sink.as_mut().start_send(Bytes::copy_from_slice(data.as_bytes()))?;
            sink.finish().await
        };
        let mut copy = pin!(copy);
        let result = runtime.block_on(poll_fn(|context| {
            cancel.poll(context);
            // The copy itself does not notice that the connection is gone: the driver does.
            let lost = lost(driver.as_mut(), context);
            match (copy.as_mut().poll(context), lost) {
                (Poll::Ready(result), _) => Poll::Ready(result.map_err(DbError::from)),
                (Poll::Pending, Some(error)) => Poll::Ready(Err(error)),
                (Poll::Pending, None) => Poll::Pending,
            }
        }));
        cancel.outcome(result.map(drop))
    }

    /// Says goodbye, so that the server frees at once what the session held. Does not wait long for an answer.
    pub fn close(self) {
        let Session { client, mut driver, runtime, .. } = self;
        drop(client);
        runtime.block_on(async {
            let goodbye = poll_fn(|context| match driver.poll(context) {
                Poll::Ready(Some(Ok(_))) => {
                    context.waker().wake_by_ref();
                    Poll::Pending
                }
                Poll::Ready(_) => Poll::Ready(()),
                Poll::Pending => Poll::Pending,
            });
            drop(tokio::time::timeout(Duration::from_millis(200), goodbye).await);
        });
    }

    /// Waits, unless the user interrupts.
    ///
    /// # Errors
    /// [`DbError::Interrupted`].
    pub fn sleep(&mut self, duration: Duration) -> Result<(), DbError> {
        let Session { interrupt, runtime, .. } = self;
        runtime.block_on(async {
            let mut sleep = pin!(tokio::time::sleep(duration));
            poll_fn(|context| match interrupt.poll(context) {
                Poll::Ready(()) => {
                    interrupt.acted();
                    Poll::Ready(Err(DbError::Interrupted))
                }
                Poll::Pending => sleep.as_mut().poll(context).map(Ok),
            })
            .await
        })
    }
}

/// Drives the connection as far as it goes; why it is gone, if it is. What the server says unasked is passed over.
fn lost(driver: &mut dyn Driver, context: &mut Context<'_>) -> Option<DbError> {
    loop {
        match driver.poll(context) {
            Poll::Pending => return None,
            Poll::Ready(Some(Ok(_))) => {}
            Poll::Ready(Some(Err(error))) => return Some(error.into()),
            Poll::Ready(None) => return Some(closed()),
        }
    }
}

fn closed() -> DbError {
    DbError::Connection("the server closed the connection".into())
}

/// Cancels what runs on the server once the user interrupts.
struct Cancel<'a> {
    canceller: &'a Canceller,
    interrupt: &'a mut Interrupt,
    request: Option<Pin<Box<dyn Future<Output = ()>>>>,
}

impl Cancel<'_> {
    fn poll(&mut self, context: &mut Context<'_>) {
        if self.request.is_none() && self.interrupt.poll(context).is_ready() {
            self.request = Some((self.canceller)());
        }
        while let Some(request) = &mut self.request {
            if request.as_mut().poll(context).is_pending() {
                return;
            }
            let next = (self.canceller)();
            self.request = Some(Box::pin(async {
                tokio::time::sleep(CANCEL_AGAIN).await;
                next.await;
            }));
        }
    }

    /// The result of what ran, in the light of whether it was cancelled.
    fn outcome(self, result: Result<(), DbError>) -> Result<(), DbError> {
        if self.request.is_none() {
            return result;
        }
        self.interrupt.acted();
        match result {
            Err(error) if error.sqlstate() != Some("57014") => Err(error),
            _ => Err(DbError::Interrupted),
        }
    }
}

/// One message and its replies.
struct Exchange<'a, 's> {
    driver: &'a mut dyn Driver,
    stream: Pin<&'s mut SimpleQueryStream>,
    cancel: Cancel<'a>,
    failed: Option<DbError>,
    on: &'a mut dyn FnMut(Reply),
}

impl Exchange<'_, '_> {
    async fn finish(mut self) -> Result<(), DbError> {
        poll_fn(|context| self.poll(context)).await;
        self.cancel.outcome(self.failed.map_or(Ok(()), Err))
    }

    /// Replies and notices come in the order in which the server sent them: the driver stops at each notice, by then the replies
    /// before it are in the stream.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        self.cancel.poll(context);
        loop {
            let unasked = self.driver.poll(context);
            if self.drain(context) {
                return Poll::Ready(());
            }
            match unasked {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Some(Ok(AsyncMessage::Notice(notice)))) => {
                    (self.on)(Reply::Notice { severity: notice.severity().to_owned(), notice: Box::new((&notice).into()) });
                }
                Poll::Ready(Some(Ok(_))) => {}
                Poll::Ready(Some(Err(error))) => return self.lost(error.into()),
                Poll::Ready(None) => return self.lost(closed()),
            }
        }
    }

    fn lost(&mut self, error: DbError) -> Poll<()> {
        self.failed.get_or_insert(error);
        Poll::Ready(())
    }

    /// Hands out the replies that are there; true at the end of the answer.
    fn drain(&mut self, context: &mut Context<'_>) -> bool {
        loop {
            match self.stream.as_mut().poll_next(context) {
                Poll::Pending => return false,
                Poll::Ready(None) => return true,
                Poll::Ready(Some(Ok(SimpleQueryMessage::Row(row)))) => (self.on)(Reply::Row(Row(row))),
                Poll::Ready(Some(Ok(SimpleQueryMessage::CommandComplete(rows)))) => (self.on)(Reply::Done(rows)),
                Poll::Ready(Some(Ok(_))) => {}
                Poll::Ready(Some(Err(error))) => {
                    self.failed.get_or_insert(error.into());
                }
            }
        }
    }
}
