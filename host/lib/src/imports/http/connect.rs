//! Connects to a web server, with TLS for https.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use http::Uri;
use http::uri::Scheme;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use wasmtime_wasi_http::Error;

use crate::imports::tls::Trust;

/// A connection to a web server.
pub(super) struct Connection {
    stream: Stream,
    received: Received,
}

/// Whether the server has sent anything.
#[derive(Debug, Clone, Default)]
pub(super) struct Received(Arc<AtomicBool>);

impl Received {
    pub(super) fn anything(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Connection {
    /// Connects to the server of this URI.
    pub(super) async fn to(uri: &Uri, trust: &Trust) -> Result<Self, Error> {
        let authority = uri.authority().ok_or(Error::HttpRequestUriInvalid)?;
        let is_secure = uri.scheme() == Some(&Scheme::HTTPS);
        let port = authority.port_u16().unwrap_or(if is_secure { 443 } else { 80 });
        // Without the brackets of an address of IPv6.
        let host = authority.host().trim_start_matches('[').trim_end_matches(']');
        let stream = TcpStream::connect((host, port)).await.map_err(Error::Connect)?;
        let stream = if is_secure {
            let name = ServerName::try_from(host.to_owned())?;
            Stream::Tls(Box::new(trust.connector().connect(name, stream).await.map_err(Error::Tls)?))
        } else {
            Stream::Plain(stream)
        };
        Ok(Self { stream, received: Received::default() })
    }

    /// Returns what tells whether the server has sent anything, also when the connection is in use.
    pub(super) fn received(&self) -> Received {
        self.received.clone()
    }
}

/// Calls a method of the stream, whichever it is.
macro_rules! either {
    ($stream:expr, $name:ident($($arg:expr),*)) => {
        match $stream {
            Stream::Plain(stream) => Pin::new(stream).$name($($arg),*),
            Stream::Tls(stream) => Pin::new(stream).$name($($arg),*),
        }
    };
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = ready!(either!(&mut self.stream, poll_read(context, buffer)));
        if buffer.filled().len() > before {
            self.received.0.store(true, Ordering::Relaxed);
        }
        Poll::Ready(read)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        either!(&mut self.stream, poll_write(context, bytes))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(&mut self.stream, poll_flush(context))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(&mut self.stream, poll_shutdown(context))
    }
}
