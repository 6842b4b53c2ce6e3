//! The sessions of a node: what the protocol asks of it.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::path::Path;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

use ::cluster::wire::{Blob, JobId, JobSpec, PeerId, RunSpec, SessionId};
use ::cluster::{Away, Lease, Moment, NodeHandle, now};
use bytes::Bytes;

use super::session::Session;
use crate::config::Config;
use crate::config::manifest::Manifest;
use crate::exec::cores::Cores;
use crate::load::compiled::{Compiled, Purpose};
use crate::load::compose::encode::Composed;
use crate::load::engines::Engines;
use crate::load::program::Program;
use crate::load::surface::Surface;

/// How many programs without a session are kept, for the next run of the same.
const KEPT: usize = 4;

/// The jobs of other hosts. A clone refers to the same.
#[derive(Clone)]
pub(super) struct Jobs(Arc<Shared>);

struct Shared {
    node: NodeHandle,
    cores: Cores,
    engines: Engines,
    host: Arc<Config>,
    /// The most memory of a run here.
    memory: u64,
    left: Sender<()>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    sessions: BTreeMap<SessionId, Stage>,
    /// The programs that were used last, the most recent first.
    programs: VecDeque<([u8; 32], Arc<Compiled>)>,
    /// The threads that prepare and end sessions.
    threads: Vec<JoinHandle<()>>,
}

/// How far a session is.
enum Stage {
    /// It waits for its program, which has this digest.
    Fetching([u8; 32], Arc<Manifest>),
    /// Its program is being compiled, or its run started.
    Opening,
    Ready(Session),
}

impl Jobs {
    pub(super) fn new(
        node: NodeHandle,
        cores: &Cores,
        engines: &Engines,
        host: &Arc<Config>,
        memory: u64,
        left: Sender<()>,
    ) -> Self {
        let (cores, engines, host) = (cores.clone(), engines.clone(), Arc::clone(host));
        Self(Arc::new(Shared { node, cores, engines, host, memory, left, state: Mutex::default() }))
    }

    /// Waits until nothing is left of any session.
    pub(super) fn end(&self) {
        loop {
            let mut state = self.0.lock();
            let threads = std::mem::take(&mut state.threads);
            let sessions = std::mem::take(&mut state.sessions);
            drop(state);
            if threads.is_empty() && sessions.is_empty() {
                return;
            }
            for (_, stage) in sessions {
                if let Stage::Ready(session) = stage {
                    session.stop_all(Instant::now());
                    session.end();
                }
            }
            // A thread that panicked has ended too.
            threads.into_iter().for_each(|thread| _ = thread.join());
        }
    }
}

impl Away for Jobs {
    fn prepare(&mut self, session: SessionId, _: PeerId, run: RunSpec, _: Lease) {
        let manifest = match Manifest::decode(&run.manifest).and_then(|manifest| self.0.check(manifest)) {
            Ok(manifest) => Arc::new(manifest),
            Err(reason) => return self.0.node.refuse(session, reason),
        };
        let mut state = self.0.lock();
        if let Some(program) = state.program(&run.program) {
            state.sessions.insert(session, Stage::Opening);
            drop(state);
            self.0.prepare("session", session, move |shared| shared.open(session, program, &manifest));
        } else {
            state.sessions.insert(session, Stage::Fetching(run.program, manifest));
            self.0.node.fetch(session, Blob::Program);
        }
    }

    fn supplied(&mut self, session: SessionId, _: Blob, bytes: Option<Bytes>) {
        let mut state = self.0.lock();
        let Some(stage @ Stage::Fetching(..)) = state.sessions.get_mut(&session) else { return };
        let Stage::Fetching(digest, manifest) = std::mem::replace(stage, Stage::Opening) else { return };
        drop(state);
        let Some(bytes) = bytes else {
            return self.0.node.refuse(session, "its program was not sent".to_owned());
        };
        self.0.prepare("compile", session, move |shared| {
            let program = shared.load(digest, bytes, &manifest)?;
            shared.open(session, program, &manifest)
        });
    }

    fn start(&mut self, session: SessionId, job: JobId, spec: JobSpec, message: Bytes) {
        if let Some(Stage::Ready(session)) = self.0.lock().sessions.get(&session) {
            session.start(job, spec, message);
        }
    }

    fn stop(&mut self, session: SessionId, job: JobId, deadline: Moment) {
        let deadline = Instant::now() + deadline.since(now());
        if let Some(Stage::Ready(session)) = self.0.lock().sessions.get(&session) {
            session.stop(job, deadline);
        }
    }

    fn more(&mut self, _: SessionId, _: JobId, _: u32) {
        // Jobs with items stay with their owner.
    }

    fn kill(&mut self, session: SessionId) {
        if let Some(Stage::Ready(session)) = self.0.lock().sessions.get(&session) {
            session.stop_all(Instant::now());
        }
    }

    fn over(&mut self, session: SessionId) {
        let stage = self.0.lock().sessions.remove(&session);
        if let Some(Stage::Ready(session)) = stage {
            // It waits for the cores to drop their instances.
            _ = self.0.spawn("session-end", move |_| session.end());
        }
    }

    fn left(&mut self) {
        // Without a receiver, nothing waits for the end.
        _ = self.0.left.send(());
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Checks that this host can run jobs with these settings.
    fn check(&self, manifest: Manifest) -> Result<Manifest, String> {
        let (stack, depth) = (self.host.stack as u64, self.host.depth);
        if manifest.stack > stack {
            return Err(format!("the run has {} bytes of stack, and the node {stack}", manifest.stack));
        }
        if manifest.depth > depth {
            return Err(format!(
                "jobs of the run are nested {} deep, and those of the node {depth}",
                manifest.depth
            ));
        }
        Ok(manifest)
    }

    /// Compiles a program that was fetched.
    fn load(&self, digest: [u8; 32], bytes: Bytes, manifest: &Manifest) -> Result<Arc<Compiled>, String> {
        let program = Program::new(bytes);
        if program.digest != digest {
            return Err("the program is not the one that was announced".to_owned());
        }
        let composed = Composed { bytes: program.bytes.into(), of_plugs: Vec::new() };
        let surface = Surface::read(&composed.bytes);
        let (path, cache) = (Path::new(&manifest.app), &self.host.cache);
        let compiled = Compiled::of(&self.engines, path, &composed, surface, cache, Purpose::Jobs);
        let compiled = Arc::new(compiled.map_err(|error| error.to_string())?);
        let mut state = self.lock();
        state.programs.push_front((digest, Arc::clone(&compiled)));
        state.programs.truncate(KEPT);
        Ok(compiled)
    }

    /// Opens a session that has its program.
    fn open(&self, id: SessionId, program: Arc<Compiled>, manifest: &Manifest) -> Result<(), String> {
        let run = manifest.run(self.memory);
        let opened =
            run.check(&self.host).and_then(|()| Session::open(id, &self.node, &self.cores, program, run));
        let session = opened.map_err(|error| error.to_string())?;
        let mut state = self.lock();
        if let Some(stage @ Stage::Opening) = state.sessions.get_mut(&id) {
            *stage = Stage::Ready(session);
            drop(state);
            self.node.ready(id);
        } else {
            // It was over before it was ready.
            drop(state);
            session.end();
        }
        Ok(())
    }

    /// Prepares a session on a thread of its own, because that takes long. If it fails, the session is refused.
    fn prepare(
        self: &Arc<Self>,
        name: &str,
        session: SessionId,
        work: impl FnOnce(&Self) -> Result<(), String> + Send + 'static,
    ) {
        let spawned = self.spawn(name, move |shared| {
            if let Err(reason) = work(shared) {
                tracing::warn!("a run of another host is refused: {reason}");
                shared.node.refuse(session, reason);
            }
        });
        if let Err(error) = spawned {
            self.node.refuse(session, format!("it has no thread for the run: {error}"));
        }
    }

    fn spawn(self: &Arc<Self>, name: &str, work: impl FnOnce(&Self) + Send + 'static) -> io::Result<()> {
        let shared = Arc::clone(self);
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(move || work(&shared))?;
        let mut state = self.lock();
        state.threads.retain(|thread| !thread.is_finished());
        state.threads.push(thread);
        Ok(())
    }
}

impl State {
    /// Returns the program with this digest, and marks it as used.
    fn program(&mut self, digest: &[u8; 32]) -> Option<Arc<Compiled>> {
        let at = self.programs.iter().position(|(known, _)| known == digest)?;
        let program = self.programs.remove(at)?;
        self.programs.push_front(program.clone());
        Some(program.1)
    }
}
