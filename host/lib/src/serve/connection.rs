//! One connection of a client, on its core.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use http::HeaderValue;
use http::uri::Scheme;
use hyper::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use super::clients::{Activity, Connected, Phase};
use super::peer::Peer;
use super::request;
use super::socket::Accepted;

/// The most headers of a request, and the most bytes of all.
const MAX_HEADERS: usize = 200;
const MAX_HEAD: usize = 64 << 10;

/// Serves a connection until the client or the server closes it.
pub(super) async fn serve(accepted: Accepted, tls: Option<TlsAcceptor>, core: usize, connected: Connected) {
    let scheme = if tls.is_some() { Scheme::HTTPS } else { Scheme::HTTP };
    let client = accepted.client();
    // The number or the path is text without control characters.
    let forwarded = client.and_then(|client| HeaderValue::from_str(&client.to_string()).ok());
    let peer = |host: HeaderValue| Arc::new(Peer { client, forwarded, host, scheme, core });
    // Registers the socket with the core.
    match accepted {
        Accepted::Tcp(stream, _) => {
            let Ok(stream) = TcpStream::from_std(stream) else { return };
            // A response is written as a whole, or by a guest in pieces that should arrive.
            _ = stream.set_nodelay(true);
            let Some(host) = stream.local_addr().ok().and_then(host) else { return };
            secure(stream, peer(host), tls, &connected).await;
        }
        Accepted::Unix(stream) => {
            let Ok(stream) = UnixStream::from_std(stream) else { return };
            secure(stream, peer(HeaderValue::from_static("localhost")), tls, &connected).await;
        }
    }
}

/// Returns the name of the server for a client that has not named one.
fn host(address: SocketAddr) -> Option<HeaderValue> {
    HeaderValue::from_str(&address.to_string()).ok()
}

/// Serves a connection, after the handshake of TLS if the server has a certificate.
async fn secure(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: Arc<Peer>,
    tls: Option<TlsAcceptor>,
    connected: &Connected,
) {
    let Some(tls) = tls else { return talk(stream, peer, connected).await };
    match timeout(connected.clients().config.header_timeout, tls.accept(stream)).await {
        Ok(Ok(stream)) => talk(stream, peer, connected).await,
        Ok(Err(error)) => tracing::debug!("no TLS with {}: {error}", peer.client()),
        Err(_) => tracing::debug!("no TLS with {} in time", peer.client()),
    }
}

/// Speaks HTTP with a client, in the version that the client chooses.
async fn talk(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: Arc<Peer>,
    connected: &Connected,
) {
    let (clients, activity) = (connected.clients(), connected.activity());
    let service = service_fn(|request: Request<Incoming>| {
        let busy = activity.begin();
        let (clients, peer) = (Arc::clone(clients), Arc::clone(&peer));
        async move { Ok::<_, Infallible>(request::answer(request, &clients, &peer, busy).await) }
    });
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(None)
        .max_headers(MAX_HEADERS)
        .max_buf_size(MAX_HEAD);
    builder.http2().timer(TokioTimer::new()).max_header_list_size(MAX_HEAD as u32);
    let stream = TokioIo::new(Watched { stream, activity: Arc::clone(activity) });
    let mut connection = pin!(builder.serve_connection(stream, service));
    let mut phase = clients.phase();
    let mut is_closing = *phase.borrow_and_update() != Phase::Serving;
    if is_closing {
        connection.as_mut().graceful_shutdown();
    }
    loop {
        let patience = activity.patience(&clients.config);
        let Some(patience) = patience else { return };
        let must_close = tokio::select! {
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!("the connection with {} failed: {error}", peer.client());
                }
                return;
            }
            changed = phase.changed() => {
                if changed.is_err() || *phase.borrow() == Phase::Stopped {
                    return;
                }
                true
            }
            () = activity.must_close.notified() => true,
            () = sleep(patience) => false,
        };
        if must_close && !std::mem::replace(&mut is_closing, true) {
            connection.as_mut().graceful_shutdown();
        }
    }
}

/// A stream that notes when the client sends something.
struct Watched<S> {
    stream: S,
    activity: Arc<Activity>,
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if buffer.filled().len() > before {
            self.activity.receive();
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
