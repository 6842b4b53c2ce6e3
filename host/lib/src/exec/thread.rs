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
use super::tasks::Tasks;
use super::turns::Turns;
use crate::Error;

/// How long an idle thread for blocking operations is kept.
const KEEP_ALIVE: Duration = Duration::from_millis(100);

/// Starts the thread of a core. The thread sends on `ready` once it is ready, or the error if it cannot start.
pub(super) fn start(
    id: usize,
    shared: Arc<Shared>,
    ready: Sender<Result<(), Error>>,
) -> Result<JoinHandle<()>, Error> {
    let builder = std::thread::Builder::new().name(format!("core-{id}"));
    let body = move || run(Core::new(id, shared), &ready);
    builder.spawn(body).map_err(|cause| Error::start_core(id, cause))
}

/// Runs the guests of a core until the host shuts down.
fn run(core: Rc<Core>, ready: &Sender<Result<(), Error>>) {
    let _end = EndOfAll(&core.shared);
    let runtime = match prepare(&core) {
        Ok(runtime) => runtime,
        // The caller that starts the host receives this error, or has received one of another core.
        Err(error) => {
            _ = ready.send(Err(error));
            return;
        }
    };
    _ = core.shared.tasks[core.id].set(Tasks::new(runtime.handle().clone(), Arc::clone(&core.state)));
    _ = ready.send(Ok(()));
    let mut turns = Turns::new(Rc::clone(&core));
    // With its budget, tokio would let a turn look at 128 sockets and then report all others as not ready. A
    // guest looks at each socket that it waits for, and yields at its ticks.
    runtime.block_on(tokio::task::unconstrained(poll_fn(|context| turns.poll(context))));
    // Stores are dropped within the runtime, because their resources may deregister from it.
    let inside = runtime.enter();
    drop(turns);
    core.leave_all();
    drop(inside);
    // A thread that blocks on a file may never return.
    runtime.shutdown_background();
}

/// Binds the core to its CPU, and creates what its guests need on this thread.
fn prepare(core: &Core) -> Result<Runtime, Error> {
    // A core that is not bound still works; it is only slower when it moves between CPUs.
    if let Err(error) = core.shared.cpus.pin(core.id, core.shared.scheduler.cores()) {
        let id = core.id;
        core.shared.unbound.call_once(|| tracing::warn!("cannot bind core {id} to a CPU: {error}"));
    }
    // The engine would otherwise create its thread-local state in the first call, and panic if it cannot.
    std::panic::catch_unwind(Engine::tls_eager_initialize)
        .map_err(|_| Error::start_core(core.id, std::io::ErrorKind::OutOfMemory.into()))?;
    runtime().map_err(|cause| Error::start_core(core.id, cause))
}

/// Ends all cores when one ends: by a shutdown, because it could not start, or by a panic.
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
