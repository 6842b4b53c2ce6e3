//! A transport over a NATS server: core messages, without acknowledgements and without a store.
//!
//! Each lane has a connection of its own, so that a beat does not wait behind megabytes. While a connection is
//! lost, messages of the control lane are dropped, and those of the data lane wait; the protocol sends again what
//! did not arrive. The same repairs what this client drops when its buffer for received messages is full.
//!
//! A server answers a denied subject with silence. So each peer first sends itself a message on every subject
//! that it uses.

mod config;

use std::fmt;
use std::io::ErrorKind;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use async_nats::connection::State;
use async_nats::message::OutboundMessage;
use async_nats::{Client, ConnectError, ConnectErrorKind, Event, Subscriber};
use bytes::Bytes;
use futures_util::{FutureExt as _, Sink, Stream, StreamExt as _};
use tokio::sync::Notify;

use super::Transport;
use crate::wire::{PeerId, To};
pub use config::NatsConfig;

/// How long a server may take to deliver a message to its sender.
const PROBE: Duration = Duration::from_secs(5);

/// How many messages a connection keeps that it has not sent. Those of the data lane are large.
const QUEUED_CONTROL: usize = 1024;
const QUEUED_DATA: usize = 16;

/// A peer's two connections to a NATS server.
pub struct Nats {
    prefix: String,
    control: Client,
    data: Client,
    /// In the order in which they are looked at.
    subscriptions: [Subscriber; 3],
    flushing: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

/// Why a peer could not join.
#[derive(Debug)]
pub struct NatsError {
    server: String,
    kind: Kind,
}

impl NatsError {
    /// Returns whether a file of the configuration cannot be read, so that the server has not been asked.
    pub fn is_unreadable(&self) -> bool {
        matches!(self.kind, Kind::File(..))
    }
}

#[derive(Debug)]
enum Kind {
    Connect(ConnectError),
    File(String, std::io::Error),
    Denied(String, Vec<String>),
}

/// What the server has said on the connections, until the peer has joined.
#[derive(Default)]
struct Said {
    texts: Mutex<Vec<String>>,
    changed: Notify,
    has_joined: AtomicBool,
}

impl Nats {
    /// Connects to a server, within a tokio runtime that has I/O and time, and checks that the peer may use its
    /// subjects.
    ///
    /// # Errors
    ///
    /// The server cannot be reached, it refuses the user, a file cannot be read, or a subject is denied.
    pub async fn connect(peer: PeerId, config: &NatsConfig) -> Result<Self, NatsError> {
        let error = |kind| NatsError { server: config.server.clone(), kind };
        let said = Arc::<Said>::default();
        let lane = async |name, queued| {
            let options = config.options(&format!("{} {name}", config.name)).await;
            let options = options.map_err(|(file, cause)| error(Kind::File(file, cause)))?;
            let options =
                options.client_capacity(queued).event_callback(watch(config.server.clone(), name, &said));
            options.connect(&config.server).await.map_err(|cause| error(Kind::Connect(cause)))
        };
        let (control, data) = (lane("control", QUEUED_CONTROL).await?, lane("data", QUEUED_DATA).await?);
        let subscribe = async |to, client| {
            let subject = subject(&config.prefix, to);
            let subscription = subscribe(client, &subject, &said).await;
            subscription.map_err(|said| error(Kind::Denied(subject, said)))
        };
        let subscriptions = [
            subscribe(To::Control(peer), &control).await?,
            subscribe(To::All, &control).await?,
            subscribe(To::Data(peer), &data).await?,
        ];
        said.has_joined.store(true, Ordering::Relaxed);
        Ok(Self { prefix: config.prefix.clone(), control, data, subscriptions, flushing: None })
    }
}

/// Subscribes to a subject, and waits for a message that is published there. If none arrives, returns what the
/// server has said.
async fn subscribe(client: &Client, subject: &str, said: &Said) -> Result<Subscriber, Vec<String>> {
    let text = |error: &dyn fmt::Display| vec![error.to_string()];
    let mut subscription = client.subscribe(subject.to_owned()).await.map_err(|error| text(&error))?;
    client.publish(subject.to_owned(), Bytes::new()).await.map_err(|error| text(&error))?;
    // Others may be sent to all peers meanwhile, and are lost to this one.
    let own = async {
        while let Some(message) = subscription.next().await
            && !message.payload.is_empty()
        {}
    };
    let arrives = async {
        tokio::select! { () = own => true, () = said.changed.notified() => false }
    };
    if tokio::time::timeout(PROBE, arrives).await.unwrap_or(false) {
        Ok(subscription)
    } else {
        Err(said.take())
    }
}

impl Transport for Nats {
    fn send(&mut self, to: To, message: Bytes) {
        let subject = subject(&self.prefix, to);
        if let To::Data(_) = to {
            let message =
                OutboundMessage { subject: subject.into(), payload: message, reply: None, headers: None };
            // It fails only when the client has ended, and then `poll_receive` says so.
            _ = Pin::new(&mut self.data).start_send(message);
        } else if self.control.connection_state() == State::Connected {
            // Without room, it is dropped like a message that the network loses.
            _ = self.control.publish(subject, message).now_or_never();
        }
    }

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.data).poll_ready(context).map(|_| ())
    }

    fn poll_receive(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        for subscription in &mut self.subscriptions {
            while let Poll::Ready(message) = Pin::new(&mut *subscription).poll_next(context) {
                let Some(message) = message else { return Poll::Ready(None) };
                // The probe of a peer that joins is empty.
                if !message.payload.is_empty() {
                    return Poll::Ready(Some(message.payload));
                }
            }
        }
        Poll::Pending
    }

    fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let clients = (self.control.clone(), self.data.clone());
        let flushing = self.flushing.get_or_insert_with(|| {
            Box::pin(async move {
                // A server that is gone takes nothing.
                _ = tokio::time::timeout(Duration::from_secs(1), async {
                    _ = clients.0.flush().await;
                    _ = clients.1.flush().await;
                })
                .await;
            })
        });
        let flushed = flushing.as_mut().poll(context);
        if flushed.is_ready() {
            self.flushing = None;
        }
        flushed
    }

    fn max_message(&self) -> usize {
        self.data.max_payload().min(self.control.max_payload())
    }
}

impl fmt::Debug for Nats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Nats").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

fn subject(prefix: &str, to: To) -> String {
    match to {
        To::All => format!("{prefix}.all"),
        To::Control(peer) => format!("{prefix}.{peer}.control"),
        To::Data(peer) => format!("{prefix}.{peer}.data"),
    }
}

impl Said {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.texts.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Returns a callback that keeps what the server says until the peer has joined, and logs it from then on.
fn watch(
    server: String,
    lane: &'static str,
    said: &Arc<Said>,
) -> impl Fn(Event) -> std::future::Ready<()> + Send + Sync + 'static {
    let said = Arc::clone(said);
    move |event| {
        let has_joined = said.has_joined.load(Ordering::Relaxed);
        match event {
            Event::ServerError(error) if !has_joined => {
                said.texts.lock().unwrap_or_else(PoisonError::into_inner).push(error.to_string());
                said.changed.notify_one();
            }
            _ if !has_joined => {}
            Event::ServerError(error) => tracing::warn!("the NATS server {server} says: {error}"),
            Event::SlowConsumer(_) => {
                tracing::debug!("a message of the {lane} lane was dropped, and will be sent again");
            }
            // One of the two lanes tells it.
            Event::Disconnected if lane == "control" => {
                tracing::warn!(
                    "lost the connection to the NATS server {server}: jobs run on this machine until it is back"
                );
            }
            Event::Connected if lane == "control" => tracing::info!("the NATS server {server} is back"),
            _ => {}
        }
        std::future::ready(())
    }
}

impl fmt::Display for NatsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { server, kind } = self;
        match kind {
            Kind::File(file, cause) => write!(f, "cannot read {file}: {cause}"),
            Kind::Denied(subject, said) => {
                write!(f, "the NATS server {server} carries nothing on `{subject}`")?;
                if let Some(said) = said.first() {
                    write!(f, " ({said})")?;
                }
                f.write_str(": allow the user to publish and to subscribe there")
            }
            Kind::Connect(cause) => match cause.kind() {
                ConnectErrorKind::AuthorizationViolation | ConnectErrorKind::Authentication => {
                    write!(f, "the NATS server {server} refuses the user ({cause}): check the credentials")
                }
                _ if is_of_tls(cause) => {
                    write!(f, "no TLS with the NATS server {server} ({cause}): check the certificates")
                }
                ConnectErrorKind::ServerParse => {
                    write!(f, "`{server}` is no address of a NATS server ({cause}): write nats://HOST:PORT")
                }
                _ => write!(f, "cannot reach the NATS server {server} ({cause}): is it running?"),
            },
        }
    }
}

impl std::error::Error for NatsError {}

/// Returns whether the server was reached, but there is no TLS with it.
fn is_of_tls(cause: &ConnectError) -> bool {
    let source = std::error::Error::source(cause).and_then(|source| source.downcast_ref::<std::io::Error>());
    // The kind of what the TLS library reports.
    cause.kind() == ConnectErrorKind::Tls
        || source.is_some_and(|source| source.kind() == ErrorKind::InvalidData)
}
