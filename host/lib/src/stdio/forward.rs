//! Output that goes to another machine, where the owner of the run writes it.
//!
//! Pieces are sent as they are, so lines stay whole. A piece counts as waiting until it has arrived, so a guest that
//! prints faster than the network carries waits, as for the reader of a pipe.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use super::account::Account;
use super::queue::Queue;

/// Sends output to another machine.
pub(crate) trait Forward: fmt::Debug + Send + Sync {
    /// Sends a piece, and drops it when it has arrived or never will. Must not block.
    fn forward(&self, piece: Bytes);
}

/// A piece on its way. Dropping it ends its waiting.
pub(super) struct Piece {
    bytes: Bytes,
    account: Arc<Account>,
    queue: Arc<Queue>,
}

impl Piece {
    /// Makes a piece whose waiting ends when the last clone is dropped.
    pub(super) fn of(bytes: Bytes, account: &Arc<Account>, queue: &Arc<Queue>) -> Bytes {
        Bytes::from_owner(Self { bytes, account: Arc::clone(account), queue: Arc::clone(queue) })
    }
}

impl AsRef<[u8]> for Piece {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        self.queue.has_arrived(&self.account, self.bytes.len());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::super::output::Output;
    use super::*;

    /// Keeps what it gets.
    #[derive(Debug, Default)]
    struct Kept(Mutex<Vec<Bytes>>);

    impl Forward for Kept {
        fn forward(&self, piece: Bytes) {
            self.0.lock().unwrap().push(piece);
        }
    }

    #[test]
    fn a_guest_waits_until_its_output_has_arrived() {
        use wasmtime_wasi::cli::StdoutStream as _;

        let (stdout, stderr) = (Arc::<Kept>::default(), Arc::<Kept>::default());
        let output = Output::forwarded(stdout.clone(), stderr.clone()).unwrap();
        let mut stream = output.stdout().p2_stream();
        let mut written = 0;
        while let Ok(room @ 1..) = stream.check_write() {
            let line = vec![b'\n'; room.min(1000)];
            written += line.len();
            stream.write(line.into()).unwrap();
        }
        let on_its_way: usize = stdout.0.lock().unwrap().iter().map(Bytes::len).sum();
        assert_eq!(on_its_way, written);
        assert!(stderr.0.lock().unwrap().is_empty());
        stdout.0.lock().unwrap().clear();
        assert!(stream.check_write().unwrap() > 0, "all of it has arrived");
        drop(stream);
        output.finish(false, false).unwrap();
    }
}
