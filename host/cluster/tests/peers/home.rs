//! The host of an owner: a queue of toy jobs, and what becomes of them.

use std::collections::{BTreeMap, VecDeque};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use cluster::wire::{Blob, Ending, JobId, JobSpec, OutputStream};
use cluster::{Home, PeerHandle, RunHandle};

use super::{PATIENCE, limits, run_spec, terms};

/// What a node fetches before it takes jobs: more than one frame.
pub(crate) const PROGRAM: usize = 600_000;

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Told {
    Taken(JobId),
    Ended(JobId, Ending, Bytes),
    Lost(JobId, String),
    Item(JobId, Bytes),
    Output(JobId, Bytes),
    Left(String),
    Closed,
}

type Queue = Arc<Mutex<VecDeque<(JobSpec, Bytes)>>>;

struct Toys {
    queue: Queue,
    told: Sender<Told>,
}

/// A run, as a test has it.
pub(crate) struct TestRun {
    queue: Queue,
    pub(crate) handle: RunHandle,
    told: Receiver<Told>,
}

impl TestRun {
    /// Makes a peer the owner of a run.
    pub(crate) fn new(peer: &PeerHandle) -> Self {
        let (sender, told) = channel();
        let queue = Queue::default();
        let home = Toys { queue: Arc::clone(&queue), told: sender };
        let handle = peer.own(run_spec(), terms(), limits(), home);
        Self { queue, handle, told }
    }

    /// Queues jobs of this name, with this message.
    pub(crate) fn queue(&self, name: &str, message: impl Into<Bytes>, times: usize) {
        let job = (JobSpec { name: name.to_owned(), ..JobSpec::default() }, message.into());
        self.queue.lock().unwrap().extend(std::iter::repeat_n(job, times));
        self.handle.wake();
    }

    /// Waits for the next event.
    pub(crate) fn next(&self) -> Told {
        self.told.recv_timeout(PATIENCE).expect("something has to happen")
    }

    /// Waits for events until one is wanted. Others are dropped.
    pub(crate) fn wait<R>(&self, wanted: impl Fn(Told) -> Option<R>) -> R {
        std::iter::repeat_with(|| self.next()).find_map(wanted).expect("there is no end")
    }

    /// Waits until this many jobs have been handed over.
    pub(crate) fn take(&self, jobs: usize) -> Vec<JobId> {
        let taken = |told| if let Told::Taken(job) = told { Some(job) } else { None };
        (0..jobs).map(|_| self.wait(taken)).collect()
    }

    /// Waits until this many jobs have ended. Returns the ends.
    pub(crate) fn ends(&self, jobs: usize) -> BTreeMap<JobId, Told> {
        let mut ends = BTreeMap::new();
        while ends.len() < jobs {
            let (job, told) = self.wait(|told| match told {
                Told::Ended(job, ..) | Told::Lost(job, _) => Some((job, told)),
                _ => None,
            });
            assert!(ends.insert(job, told).is_none(), "{job} ends twice");
        }
        ends
    }

    /// Closes the run, and waits until nothing is left of it.
    pub(crate) fn close(self) {
        self.handle.close();
        self.wait(|told| (told == Told::Closed).then_some(()));
    }
}

impl Home for Toys {
    fn excess(&mut self) -> u32 {
        u32::try_from(self.queue.lock().unwrap().len()).unwrap()
    }

    fn take(&mut self, job: JobId) -> Option<(JobSpec, Bytes)> {
        let taken = self.queue.lock().unwrap().pop_front()?;
        self.tell(Told::Taken(job));
        Some(taken)
    }

    fn ended(&mut self, job: JobId, ending: Ending, body: Bytes) {
        self.tell(Told::Ended(job, ending, body));
    }

    fn lost(&mut self, job: JobId, node: &str) {
        self.tell(Told::Lost(job, node.to_owned()));
    }

    fn item(&mut self, job: JobId, item: Bytes) {
        self.tell(Told::Item(job, item));
    }

    fn output(&mut self, job: JobId, _: OutputStream, bytes: Bytes) {
        self.tell(Told::Output(job, bytes));
    }

    fn blob(&mut self, blob: Blob) -> Option<Bytes> {
        (blob == Blob::Program).then(|| vec![1; PROGRAM].into())
    }

    fn left(&mut self, node: &str, _: &str) {
        self.tell(Told::Left(node.to_owned()));
    }

    fn closed(&mut self) {
        self.tell(Told::Closed);
    }
}

impl Toys {
    fn tell(&self, told: Told) {
        // A test that has ended needs to know nothing.
        _ = self.told.send(told);
    }
}
