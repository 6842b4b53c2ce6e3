//! Accepts connections, and hands each to the core that has fewest.

use std::io;
use std::net::{SocketAddr, TcpListener as StdListener};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use super::clients::{Clients, Phase};
use super::config::ServeConfig;
use super::connection;
use super::tls;
use crate::Error;
use crate::exec::tasks::Tasks;

/// How long to wait after an error such as too many open files, which ends when a connection is closed.
const PAUSE: Duration = Duration::from_millis(10);

/// How long a core may take to close its connections after it was told to.
const CLOSING: Duration = Duration::from_secs(1);

/// The open addresses of a server.
pub(super) struct Listener {
    sockets: Vec<StdListener>,
    tls: Option<TlsAcceptor>,
}

impl Listener {
    /// Opens the addresses of a server.
    ///
    /// # Errors
    ///
    /// An address is in use, or the certificate cannot be read.
    pub(super) fn open(config: &ServeConfig) -> Result<Self, Error> {
        let tls = config.tls.as_ref().map(tls::acceptor).transpose().map_err(Error::certificate)?;
        let open = |address: &SocketAddr| {
            let opened = StdListener::bind(address).and_then(|socket| {
                socket.set_nonblocking(true)?;
                Ok(socket)
            });
            opened.map_err(|cause| Error::listen(*address, cause))
        };
        let sockets = config.addresses.iter().map(open).collect::<Result<_, _>>()?;
        Ok(Self { sockets, tls })
    }

    pub(super) fn addresses(&self) -> Result<Vec<SocketAddr>, Error> {
        let address = |socket: &StdListener| socket.local_addr();
        let addresses = self.sockets.iter().map(address).collect::<io::Result<_>>();
        addresses.map_err(|cause| Error::threads("read the addresses of the server", cause))
    }

    /// Starts the thread that accepts connections. It ends when the server has to, and all connections are closed.
    pub(super) fn start(self, cores: Vec<Tasks>, clients: Arc<Clients>) -> Result<JoinHandle<()>, Error> {
        let failed = |cause: io::Error| Error::threads("start the thread that accepts connections", cause);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
        let body = move || runtime.block_on(self.run(&cores, &clients));
        std::thread::Builder::new().name("serve".to_owned()).spawn(body).map_err(failed)
    }

    async fn run(self, cores: &[Tasks], clients: &Arc<Clients>) {
        let mut phase = clients.phase();
        let accepting =
            self.sockets.into_iter().map(|socket| accept(socket, self.tls.as_ref(), cores, clients));
        tokio::select! {
            _ = join_all(accepting) => {}
            _ = phase.wait_for(|phase| *phase != Phase::Serving) => {}
        }
        // The sockets are closed now, so no client waits for a server that does not answer.
        let idle = async {
            closed(clients).await;
            clients.caller.idle().await;
        };
        tokio::select! {
            () = idle => {}
            _ = phase.wait_for(|phase| *phase == Phase::Stopped) => {}
            () = sleep(clients.config.drain) => {}
        }
        clients.stop();
        _ = timeout(CLOSING, closed(clients)).await;
    }
}

/// Waits until all connections are closed.
async fn closed(clients: &Clients) {
    while clients.len() > 0 {
        sleep(PAUSE).await;
    }
}

/// Accepts the connections of one address, without an end.
async fn accept(socket: StdListener, tls: Option<&TlsAcceptor>, cores: &[Tasks], clients: &Arc<Clients>) {
    let socket = match TcpListener::from_std(socket) {
        Ok(socket) => socket,
        Err(error) => return tracing::error!("cannot accept connections: {error}"),
    };
    let mut has_warned = false;
    loop {
        match socket.accept().await.and_then(|(stream, client)| Ok((stream.into_std()?, client))) {
            Ok(_) if clients.caller.is_broken() => return clients.stop(),
            Ok((stream, client)) => {
                has_warned = false;
                let Some((core, tasks)) = cores.iter().enumerate().min_by_key(|(_, tasks)| tasks.len())
                else {
                    return;
                };
                let (connected, tls) = (clients.connect(), tls.cloned());
                tasks.spawn(async move {
                    // Registers the socket with the core.
                    match TcpStream::from_std(stream) {
                        Ok(stream) => connection::serve(stream, client, tls, core, connected).await,
                        Err(error) => tracing::debug!("cannot serve {client}: {error}"),
                    }
                });
            }
            // The client is gone already.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(error) => {
                if !std::mem::replace(&mut has_warned, true) {
                    tracing::warn!("cannot accept a connection: {error}");
                }
                sleep(PAUSE).await;
            }
        }
    }
}
