//! The thread of a core, from its start to its end.

use std::future::poll_fn;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::runtime::Runtime;
use wasmtime::Engine;

use super::core::Core;
use super::shared::Shared;
use super::turns::Turns;
use crate::Error;

/// How long a thread for blocking operations is kept without one.
const KEEP_ALIVE: Duration = Duration::from_millis(100);

/// Starts the thread of a core, which says when it is ready, or why it never will be.
pub(super) fn start(
    id: usize,
    shared: Arc<Shared>,
    ready: Sender<Result<(), Error>>,
) -> Result<JoinHandle<()>, Error> {
    let builder = std::thread::Builder::new().name(format!("core-{id}"));
    let body = move || run(Core::new(id, shared), &ready);
    builder.spawn(body).map_err(|cause| Error::start_core(id, cause))
}

/// Runs the guests of a core until the host has no more use for it.
fn run(core: Rc<Core>, ready: &Sender<Result<(), Error>>) {
    let _end = EndOfAll(&core.shared);
    let runtime = match prepare(&core) {
        Ok(runtime) => runtime,
        // Whoever starts the host hears it, or has heard the same of another core.
        Err(error) => {
            _ = ready.send(Err(error));
            return;
        }
    };
    _ = ready.send(Ok(()));
    let mut turns = Turns::new(Rc::clone(&core));
    // tokio would let a turn look at 128 sockets and then call all others unready. A guest looks at
    // each that it waits for, and gives way by its ticks.
    runtime.block_on(tokio::task::unconstrained(poll_fn(|context| turns.poll(context))));
    // Stores are dropped within the runtime: what they hold may deregister from it.
    let inside = runtime.enter();
    drop(turns);
    core.leave_all();
    drop(inside);
    // A thread that is blocked by a file may stay so for ever.
    runtime.shutdown_background();
}

/// Binds the core to its CPU, and makes what its guests need of this thread.
fn prepare(core: &Core) -> Result<Runtime, Error> {
    // A core that moves between CPUs is slower now and then, and that is all.
    if let Err(error) = core.shared.cpus.pin(core.id, core.shared.scheduler.cores()) {
        let id = core.id;
        core.shared.unbound.call_once(|| tracing::warn!("cannot bind core {id} to a CPU: {error}"));
    }
    // What the engine keeps for each thread it would make in the first call, and panic if it cannot.
    std::panic::catch_unwind(Engine::tls_eager_initialize)
        .map_err(|_| Error::start_core(core.id, std::io::ErrorKind::OutOfMemory.into()))?;
    runtime().map_err(|cause| Error::start_core(core.id, cause))
}

/// Ends all cores when one ends, whether it was told to, could not start, or panicked.
struct EndOfAll<'a>(&'a Shared);

impl Drop for EndOfAll<'_> {
    fn drop(&mut self) {
        let panic = std::thread::panicking().then(|| Error::host_bug("a core panicked"));
        self.0.give_up(panic);
    }
}

fn runtime() -> std::io::Result<Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().thread_keep_alive(KEEP_ALIVE).build()
}
