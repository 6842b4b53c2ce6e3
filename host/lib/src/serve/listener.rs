//! Accepts connections, and hands each to the core that has fewest.

use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use super::address::Address;
use super::clients::{Clients, Phase};
use super::config::ServeConfig;
use super::connection;
use super::socket::Socket;
use super::tls;
use crate::Error;
use crate::exec::tasks::Tasks;

/// How long to wait after an error such as too many open files, which ends when a connection is closed.
const PAUSE: Duration = Duration::from_millis(10);

/// How long a core may take to close its connections after it was told to.
const CLOSING: Duration = Duration::from_secs(1);

/// The open addresses of a server.
pub(super) struct Listener {
    sockets: Vec<Socket>,
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
        let given = config.sockets.iter().map(|socket| {
            let socket = socket.try_clone().and_then(Socket::given);
            socket.map_err(|cause| Error::threads("use a socket that is open already", cause))
        });
        let opened = config
            .addresses
            .iter()
            .map(|address| Socket::open(address).map_err(|cause| Error::listen(address.to_string(), cause)));
        let sockets = given.chain(opened).collect::<Result<_, _>>()?;
        Ok(Self { sockets, tls })
    }

    pub(super) fn addresses(&self) -> Result<Vec<Address>, Error> {
        let addresses = self.sockets.iter().map(Socket::address).collect::<io::Result<_>>();
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
async fn accept(socket: Socket, tls: Option<&TlsAcceptor>, cores: &[Tasks], clients: &Arc<Clients>) {
    let socket = match socket.accepting() {
        Ok(socket) => socket,
        Err(error) => return tracing::error!("cannot accept connections: {error}"),
    };
    let mut has_warned = false;
    loop {
        match socket.accept().await {
            Ok(_) if clients.caller.is_broken() => return clients.stop(),
            Ok(accepted) => {
                has_warned = false;
                let Some((core, tasks)) = cores.iter().enumerate().min_by_key(|(_, tasks)| tasks.len())
                else {
                    return;
                };
                let (connected, tls) = (clients.connect(), tls.cloned());
                tasks.spawn(async move { connection::serve(accepted, tls, core, connected).await });
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
