//! The backend's process number as it was announced at the start of a connection.
//!
//! Needed to notice a pooler. `tokio-postgres` keeps the number to itself, but writes it into every cancel request, so
//! one is written here into memory and read.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::runtime::Runtime;
use tokio_postgres::CancelToken;
use tokio_postgres::tls::{ChannelBinding, TlsConnect, TlsStream};

/// The process number that `token` would cancel.
pub(super) fn announced(token: &CancelToken, runtime: &Runtime) -> Option<i32> {
    let mut written = Vec::new();
    runtime.block_on(token.cancel_query_raw(Recorder(&mut written), NoHandshake)).ok()?;
    // The request is its length, a code, the process number and a secret, in big-endian words; before it may stand an SSLRequest.
    let number = written.len().checked_sub(8)?;
    written.get(number..number + 4).map(|bytes| i32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
}

/// Keeps what is written; to a question for TLS it answers yes.
struct Recorder<'a>(&'a mut Vec<u8>);

impl AsyncRead for Recorder<'_> {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        buffer.put_slice(b"S");
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Recorder<'_> {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.get_mut().0.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl TlsStream for Recorder<'_> {
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

/// Takes the stream as it is.
struct NoHandshake;

impl<S: TlsStream + Unpin> TlsConnect<S> for NoHandshake {
    type Stream = S;
    type Error = io::Error;
    type Future = std::future::Ready<io::Result<S>>;

    fn connect(self, stream: S) -> Self::Future {
        std::future::ready(Ok(stream))
    }
}
