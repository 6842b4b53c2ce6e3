//! What a run knows about other machines: how many cores they have, and which jobs are worth sending there.

use super::costs::Costs;
use crate::cluster::Cluster;

/// The other machines of a run.
#[derive(Debug)]
pub(crate) struct Distribution {
    cluster: Cluster,
    pub(crate) costs: Costs,
}

impl Distribution {
    pub(crate) fn new(cluster: Cluster) -> Self {
        Self { cluster, costs: Costs::new() }
    }

    /// Returns how many jobs the other machines run at a time.
    pub(crate) fn cores(&self) -> u32 {
        self.cluster.cores()
    }
}
