//! A node: a host whose cores run jobs of other hosts in its cluster.

mod away;
mod output;
mod session;

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};

use ::cluster::trust::Trust;
use ::cluster::{LinkLimits, NodeConfig as Presented, NodeHandle as Peer};

use crate::cluster::{Cluster, PRESENCE};
use crate::config::Config;
use crate::error::Error;
use crate::exec::cores::Cores;
use crate::load::engines::Engines;
use away::Jobs;

/// What a node is, and what it runs.
///
/// # Examples
///
/// ```
/// use host::{NodeConfig, Trust};
///
/// let config = NodeConfig::new(Trust::Any);
/// assert!(config.memory > 0);
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct NodeConfig {
    /// The name of the node; that of the machine, if `None`.
    pub name: Option<String>,
    /// The programs that it runs.
    pub trust: Trust,
    /// How many jobs of other hosts it runs at a time; as many as it has cores, if `None`.
    pub jobs: Option<NonZeroUsize>,
    /// The most memory that each run may use here, in bytes. A run with a lower limit has that.
    pub memory: u64,
}

impl NodeConfig {
    /// Creates the configuration of a node that runs these programs, with the name of the machine, and with the
    /// memory that a run has by default.
    ///
    /// # Examples
    ///
    /// ```
    /// let config = host::NodeConfig::new(host::Trust::Any);
    /// assert!(config.name.is_none() && config.jobs.is_none());
    /// ```
    #[must_use]
    pub fn new(trust: Trust) -> Self {
        Self { name: None, trust, jobs: None, memory: crate::Limits::default().memory }
    }
}

/// A host that runs jobs of other hosts.
///
/// Dropping it ends the jobs at once, and the connection of its [`Cluster`]. The owners of the jobs get them as lost.
///
/// # Examples
///
/// ```no_run
/// use host::{Cluster, Config, Host, NatsConfig, NodeConfig, Trust};
///
/// let cluster = Cluster::connect(&NatsConfig::new("nats://127.0.0.1:4222"))?;
/// let host = Host::new(&Config::default().with_cluster(cluster))?;
/// let node = host.node(&NodeConfig::new(Trust::Any))?;
/// println!("{} is ready", node.name());
/// node.wait()?;
/// # Ok::<(), host::Error>(())
/// ```
#[must_use = "a node ends when it is dropped"]
pub struct Node {
    name: String,
    stop: NodeHandle,
    left: Receiver<()>,
    has_left: bool,
    jobs: Jobs,
    cluster: Cluster,
}

impl Node {
    /// Offers the cores of a host.
    pub(crate) fn start(
        cores: &Cores,
        engines: &Engines,
        host: &Arc<Config>,
        config: &NodeConfig,
    ) -> Result<Self, Error> {
        let Some(cluster) = host.cluster.clone() else {
            let why = "a node takes part in a cluster, and this host has none";
            return Err(Error::invalid_config(&[], "node", why));
        };
        let name = config.name.clone().unwrap_or_else(machine_name);
        let slots = config.jobs.unwrap_or(host.cores).get();
        let peer = cluster.peer().node();
        let (tell, left) = channel();
        let jobs = Jobs::new(peer.clone(), cores, engines, host, config.memory, tell);
        let presented = Presented {
            name: name.clone(),
            host: env!("CARGO_PKG_VERSION").to_owned(),
            slots: u32::try_from(slots).unwrap_or(u32::MAX),
            trust: config.trust.clone(),
            presence: PRESENCE,
            limits: LinkLimits::default(),
        };
        cluster.peer().serve(presented, jobs.clone());
        Ok(Self { name, stop: NodeHandle(peer), left, has_left: false, jobs, cluster })
    }

    /// Returns its name.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use host::{Cluster, Config, Host, NatsConfig, NodeConfig, Trust};
    ///
    /// let cluster = Cluster::connect(&NatsConfig::new("nats://127.0.0.1:4222"))?;
    /// let mut config = NodeConfig::new(Trust::Any);
    /// config.name = Some("left".to_owned());
    /// let node = Host::new(&Config::default().with_cluster(cluster))?.node(&config)?;
    /// assert_eq!(node.name(), "left");
    /// # Ok::<(), host::Error>(())
    /// ```
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns a handle that ends the node from any thread.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use host::{Cluster, Config, Host, NatsConfig, NodeConfig, Trust};
    ///
    /// let cluster = Cluster::connect(&NatsConfig::new("nats://127.0.0.1:4222"))?;
    /// let host = Host::new(&Config::default().with_cluster(cluster))?;
    /// let node = host.node(&NodeConfig::new(Trust::Any))?;
    /// node.handle().leave();
    /// node.wait()?;
    /// # Ok::<(), host::Error>(())
    /// ```
    #[must_use]
    pub fn handle(&self) -> NodeHandle {
        self.stop.clone()
    }

    /// Waits until the node has [left](NodeHandle::leave).
    ///
    /// # Errors
    ///
    /// The cores of the host have ended.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use host::{Cluster, Config, Host, NatsConfig, NodeConfig, Trust};
    ///
    /// let cluster = Cluster::connect(&NatsConfig::new("nats://127.0.0.1:4222"))?;
    /// let host = Host::new(&Config::default().with_cluster(cluster))?;
    /// host.node(&NodeConfig::new(Trust::Any))?.wait()?;
    /// # Ok::<(), host::Error>(())
    /// ```
    pub fn wait(mut self) -> Result<(), Error> {
        // The channel has a value when the node has left, and disconnects if the connection ends.
        self.left.recv().map_err(|_| Error::host_bug("the connection of a node ended"))?;
        self.has_left = true;
        Ok(())
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if !self.has_left {
            self.cluster.peer().shut_down();
        }
        self.jobs.end();
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Node").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A handle that ends a node.
///
/// Dropping it has no effect on the node.
///
/// # Examples
///
/// ```no_run
/// use host::{Cluster, Config, Host, NatsConfig, NodeConfig, Trust};
///
/// let cluster = Cluster::connect(&NatsConfig::new("nats://127.0.0.1:4222"))?;
/// let host = Host::new(&Config::default().with_cluster(cluster))?;
/// let node = host.node(&NodeConfig::new(Trust::Any))?;
/// let handle: host::NodeHandle = node.handle();
/// # Ok::<(), host::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct NodeHandle(Peer);

impl NodeHandle {
    /// Takes no more jobs, and lets those that run end.
    ///
    /// Returns at once; [`Node::wait`] waits for the end.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use host::{Cluster, Config, Host, NatsConfig, NodeConfig, Trust};
    ///
    /// let cluster = Cluster::connect(&NatsConfig::new("nats://127.0.0.1:4222"))?;
    /// let host = Host::new(&Config::default().with_cluster(cluster))?;
    /// let node = host.node(&NodeConfig::new(Trust::Any))?;
    /// node.handle().leave();
    /// # Ok::<(), host::Error>(())
    /// ```
    pub fn leave(&self) {
        self.0.leave();
    }
}

/// Returns the name of this machine.
fn machine_name() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    if name.trim().is_empty() { "node".to_owned() } else { name.trim().to_owned() }
}
