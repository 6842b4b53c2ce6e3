//! Peers that hand toy jobs over: within one process, and as processes of their own around a NATS server.
//!
//! The processes are this test program again: `nats::process` is the test that a child runs.

#![expect(clippy::unwrap_used, reason = "a panic fails the test")]

mod home;
mod away;
mod memory;
mod nats;
mod server;

use std::time::Duration;

use cluster::trust::Trust;
use cluster::wire::{PeerId, RunSpec};
use cluster::{LinkLimits, NodeConfig, Peer, PeerEnd, PeerHandle, Terms, Transport};

/// The longest wait for something that has to happen.
const PATIENCE: Duration = Duration::from_secs(60);

/// Short terms, so that tests that wait for the end of a lease are short; but longer than a busy machine may take to
/// run a process.
fn terms() -> Terms {
    let [beat, fence, lost] = [100, 2000, 3000].map(Duration::from_millis);
    Terms::new(beat, fence, lost).unwrap()
}

/// Short times, so that tests that lose messages are short.
fn limits() -> LinkLimits {
    let [resend, ack_delay] = [100, 10].map(Duration::from_millis);
    LinkLimits { resend, ack_delay, ..LinkLimits::default() }
}

fn run_spec() -> RunSpec {
    RunSpec { number: 1, program: [7; 32], signature: None, manifest: b"manifest".to_vec() }
}

fn node_config(name: &str, slots: u32) -> NodeConfig {
    NodeConfig {
        name: name.to_owned(),
        host: "toy".to_owned(),
        slots,
        trust: Trust::Any,
        presence: Duration::from_millis(100),
        limits: limits(),
    }
}

/// Runs a peer on a thread of its own. Returns its handle, and a channel for its end.
fn start<T: Transport + 'static, E: Send + 'static>(
    id: PeerId,
    connect: impl AsyncFnOnce() -> Result<T, E> + Send + 'static,
) -> Result<(PeerHandle, std::sync::mpsc::Receiver<PeerEnd>), E> {
    let (started, is_started) = std::sync::mpsc::channel();
    let (ended, end) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            match connect().await {
                Ok(transport) => {
                    let (peer, handle) = Peer::new(id, transport);
                    started.send(Ok(handle)).unwrap();
                    _ = ended.send(peer.run().await);
                }
                Err(error) => started.send(Err(error)).unwrap(),
            }
        });
    });
    Ok((is_started.recv().unwrap()?, end))
}
