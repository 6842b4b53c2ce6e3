//! The host of a node: it runs toy jobs, and writes their effects to a file.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use bytes::Bytes;
use cluster::wire::{Blob, Ending, JobId, JobSpec, OutputStream, PeerId, RunSpec, SessionId};
use cluster::{Away, Lease, Moment, NodeHandle, now};

use super::home::PROGRAM;

/// How often a job that goes on until it is stopped has an effect.
const EFFECTS: Duration = Duration::from_millis(2);

pub(crate) struct Toys {
    node: NodeHandle,
    effects: Arc<File>,
    sessions: BTreeMap<SessionId, (PeerId, Lease)>,
    jobs: BTreeMap<(SessionId, JobId), Arc<Control>>,
}

/// The messages to a job.
#[derive(Default)]
struct Control {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    stops: bool,
    room: u32,
}

/// A toy job on its thread.
struct Toy {
    node: NodeHandle,
    effects: Arc<File>,
    lease: Lease,
    owner: PeerId,
    session: SessionId,
    job: JobId,
    control: Arc<Control>,
}

impl Toys {
    /// Creates a host that appends effects to this file.
    pub(crate) fn new(node: NodeHandle, effects: &Path) -> Self {
        let effects = OpenOptions::new().create(true).append(true).open(effects).unwrap();
        Self { node, effects: Arc::new(effects), sessions: BTreeMap::new(), jobs: BTreeMap::new() }
    }

    fn tell(&self, session: SessionId, job: Option<JobId>, change: impl Fn(&mut State)) {
        for ((of, number), control) in &self.jobs {
            if *of == session && job.is_none_or(|job| job == *number) {
                change(&mut control.state.lock().unwrap());
                control.changed.notify_all();
            }
        }
    }
}

impl Away for Toys {
    fn prepare(&mut self, session: SessionId, owner: PeerId, run: RunSpec, lease: Lease) {
        self.sessions.insert(session, (owner, lease));
        if run.manifest == b"manifest" {
            self.node.fetch(session, Blob::Program);
        } else {
            self.node.refuse(session, "the manifest is another".to_owned());
        }
    }

    fn supplied(&mut self, session: SessionId, _: Blob, bytes: Option<Bytes>) {
        assert_eq!(bytes.map(|bytes| bytes.len()), Some(PROGRAM));
        self.node.ready(session);
    }

    fn start(&mut self, session: SessionId, job: JobId, spec: JobSpec, message: Bytes) {
        let (owner, lease) = self.sessions[&session].clone();
        let control = Arc::new(Control::default());
        self.jobs.insert((session, job), Arc::clone(&control));
        let (node, effects) = (self.node.clone(), Arc::clone(&self.effects));
        let toy = Toy { node, effects, lease, owner, session, job, control };
        toy.has_effect("begin");
        match spec.name.as_str() {
            "echo" => toy.end(Ending::Returned, message),
            "hold" => drop(std::thread::spawn(move || toy.hold())),
            "items" => drop(std::thread::spawn(move || toy.send_items(&message))),
            name => toy.end(Ending::Failed, format!("there is no `{name}`").into()),
        }
    }

    fn stop(&mut self, session: SessionId, job: JobId, _: Moment) {
        self.tell(session, Some(job), |state| state.stops = true);
    }

    fn more(&mut self, session: SessionId, job: JobId, items: u32) {
        self.tell(session, Some(job), |state| state.room += items);
    }

    fn kill(&mut self, session: SessionId) {
        self.tell(session, None, |state| state.stops = true);
    }

    fn over(&mut self, session: SessionId) {
        self.sessions.remove(&session);
        self.jobs.retain(|(of, _), _| *of != session);
    }
}

impl Toy {
    /// Appends a line to the file of effects, unless the lease is over. Returns whether it was not.
    fn has_effect(&self, what: &str) -> bool {
        let Self { owner, job, .. } = self;
        if self.lease.is_over(now()) {
            return false;
        }
        // One write, so that lines of several processes do not mix.
        (&*self.effects).write_all(format!("{what} {owner}/{job}\n").as_bytes()).unwrap();
        true
    }

    /// Has effects until the job is stopped, or its lease is over.
    fn hold(&self) {
        let mut state = self.control.state.lock().unwrap();
        while !state.stops && self.has_effect("goes-on") {
            state = self.control.changed.wait_timeout(state, EFFECTS).unwrap().0;
        }
        drop(state);
        self.end(Ending::Stopped, Bytes::new());
    }

    /// Sends as many items as the message says, each after the parent has asked for it, and then output.
    fn send_items(&self, message: &[u8]) {
        for number in 0..message[0] {
            let mut state = self.control.state.lock().unwrap();
            while state.room == 0 && !state.stops {
                state = self.control.changed.wait(state).unwrap();
            }
            state.room = state.room.saturating_sub(1);
            drop(state);
            self.node.item(self.session, self.job, vec![number; 1000].into());
        }
        self.node.output(self.session, self.job, OutputStream::Stdout, "done\n".into());
        self.end(Ending::Returned, Bytes::new());
    }

    fn end(&self, ending: Ending, body: Bytes) {
        self.node.ended(self.session, self.job, ending, body);
    }
}
