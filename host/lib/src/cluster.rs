//! The connection to other hosts: one thread that drives this process's part of the protocol.
//!
//! The protocol is the crate of the same name. This module starts it and knows which nodes there are; what
//! jobs do is in `handover` and `node`.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use ::cluster::nats::{Nats, NatsConfig, NatsError};
use ::cluster::wire::{PeerId, Presence};
use ::cluster::{Peer, PeerHandle};

use crate::Error;

/// How often a node tells that it is there.
pub(crate) const PRESENCE: Duration = Duration::from_secs(1);

/// A node that has not been heard of for this long is gone.
const GONE: Duration = Duration::from_secs(4);

/// A connection to the other hosts of a cluster.
///
/// A host whose [`Config::cluster`](crate::Config::cluster) has one hands jobs over that its own cores have no
/// time for, and may be a [`Node`](crate::Node). A clone is the same connection. When the last one is dropped,
/// with the hosts that have it, the connection ends.
///
/// # Examples
///
/// ```no_run
/// use host::{Cluster, Config, Host, NatsConfig, RunConfig};
///
/// let cluster = Cluster::connect(&NatsConfig::new("nats://127.0.0.1:4222"))?;
/// let host = Host::new(&Config::default().with_cluster(cluster))?;
/// host.load("app.wasm")?.start(&RunConfig::default())?.wait()?;
/// # Ok::<(), host::Error>(())
/// ```
#[derive(Clone)]
pub struct Cluster(Arc<Connection>);

struct Connection {
    server: String,
    is_encrypted: bool,
    peer: PeerHandle,
    thread: Mutex<Option<JoinHandle<()>>>,
    nodes: Nodes,
    /// How many runs this process has owned.
    runs: AtomicU32,
}

/// What the nodes have told about themselves, and when.
type Nodes = Arc<Mutex<BTreeMap<PeerId, (Instant, Presence)>>>;

/// A node of a cluster, as it describes itself.
///
/// # Examples
///
/// ```no_run
/// use host::{Cluster, NatsConfig};
///
/// let cluster = Cluster::connect(&NatsConfig::new("nats://127.0.0.1:4222"))?;
/// for node in cluster.nodes() {
///     println!("{} has {} cores, {} of them free", node.name, node.cores, node.free);
/// }
/// # Ok::<(), host::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct NodeInfo {
    /// Its name.
    pub name: String,
    /// How many jobs it runs at a time.
    pub cores: u32,
    /// How many of these no run has.
    pub free: u32,
    /// The version of its host.
    pub version: String,
}

impl Cluster {
    /// Connects to a NATS server, through which the hosts of a cluster find each other.
    ///
    /// If the connection is lost later, it is made again, and a warning says so. Meanwhile jobs run on this
    /// machine only.
    ///
    /// # Errors
    ///
    /// The server cannot be reached, it refuses the user or a subject, or a file with credentials cannot be
    /// read.
    ///
    /// # Examples
    ///
    /// ```
    /// use host::{Cluster, ErrorKind, NatsConfig};
    ///
    /// let error = Cluster::connect(&NatsConfig::new("nats://127.0.0.1:1")).unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::Unreachable);
    /// ```
    pub fn connect(config: &NatsConfig) -> Result<Self, Error> {
        let (started, is_started) = channel::<Result<PeerHandle, NatsError>>();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|cause| Error::threads("connect to the cluster", cause))?;
        let options = config.clone();
        let body = move || {
            runtime.block_on(async {
                let id = PeerId::random();
                match Nats::connect(id, &options).await {
                    Ok(transport) => {
                        let (peer, handle) = Peer::new(id, transport);
                        _ = started.send(Ok(handle));
                        // A handle that is left has no more effect.
                        _ = peer.run().await;
                    }
                    Err(error) => _ = started.send(Err(error)),
                }
            });
        };
        let thread = std::thread::Builder::new().name("cluster".to_owned()).spawn(body);
        let thread = thread.map_err(|cause| Error::threads("connect to the cluster", cause))?;
        let unsaid = |_| Error::host_bug("the thread of the cluster ended before it began");
        let peer = is_started.recv().map_err(unsaid)?.map_err(Error::cluster)?;
        let nodes = Nodes::default();
        peer.watch_nodes({
            let nodes = Arc::clone(&nodes);
            move |peer, presence| note(&nodes, peer, presence)
        });
        Ok(Self(Arc::new(Connection {
            server: config.server.clone(),
            is_encrypted: config.is_encrypted(),
            peer,
            thread: Mutex::new(Some(thread)),
            nodes,
            runs: AtomicU32::new(0),
        })))
    }

    /// Returns the nodes that are there, by name.
    ///
    /// A node answers soon after the connection was made, and is listed until some seconds after its end.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use host::{Cluster, NatsConfig};
    ///
    /// let cluster = Cluster::connect(&NatsConfig::new("nats://127.0.0.1:4222"))?;
    /// assert!(cluster.nodes().is_empty(), "no node has answered yet");
    /// # Ok::<(), host::Error>(())
    /// ```
    #[must_use]
    pub fn nodes(&self) -> Vec<NodeInfo> {
        let mut nodes = self.with_nodes(|nodes| nodes.map(NodeInfo::from).collect::<Vec<_>>());
        nodes.sort();
        nodes
    }

    /// Returns how many jobs all nodes together run at a time.
    pub(crate) fn cores(&self) -> u32 {
        self.with_nodes(|nodes| nodes.map(|node| node.slots).fold(0, u32::saturating_add))
    }

    fn with_nodes<R>(&self, call: impl FnOnce(&mut dyn Iterator<Item = &Presence>) -> R) -> R {
        let nodes = self.0.nodes.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let are_there = nodes.values().filter(|(seen, _)| now.duration_since(*seen) < GONE);
        call(&mut are_there.map(|(_, presence)| presence))
    }

    pub(crate) fn peer(&self) -> &PeerHandle {
        &self.0.peer
    }

    /// Returns the number of a new run.
    pub(crate) fn number_run(&self) -> u32 {
        self.0.runs.fetch_add(1, Ordering::Relaxed)
    }

    /// Returns whether nothing that is sent can be read on the way to the server.
    pub(crate) fn is_encrypted(&self) -> bool {
        self.0.is_encrypted
    }
}

/// Notes what a node tells, and forgets those that are gone.
fn note(nodes: &Nodes, peer: PeerId, presence: &Presence) {
    let mut nodes = nodes.lock().unwrap_or_else(PoisonError::into_inner);
    let now = Instant::now();
    nodes.retain(|_, (seen, _)| now.duration_since(*seen) < GONE);
    if presence.is_leaving {
        nodes.remove(&peer);
    } else {
        nodes.insert(peer, (now, presence.clone()));
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.peer.shut_down();
        if let Some(thread) = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take() {
            // A peer that panicked has ended too.
            _ = thread.join();
        }
    }
}

impl PartialEq for Cluster {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Cluster {}

impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cluster").field("server", &self.0.server).finish_non_exhaustive()
    }
}

impl From<&Presence> for NodeInfo {
    fn from(Presence { name, slots, free, host, .. }: &Presence) -> Self {
        Self { name: name.clone(), cores: *slots, free: *free, version: host.clone() }
    }
}
