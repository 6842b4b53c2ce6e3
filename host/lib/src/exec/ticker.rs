//! The clock that makes computing guests give way, and stops when nobody computes.
//!
//! It has a thread of its own: a guest that computes for ever would keep a tick on its own thread
//! from ever coming.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use wasmtime::Engine;

use crate::Error;

/// How long a guest computes before it is asked whether others on its core want to run.
///
/// A shorter tick stops a cancelled guest sooner. At 750 us the ticks themselves cost about one part in a
/// thousand; and a timer, which tokio may already have rounded up by a millisecond, is less than two late
/// beside a guest that computes.
const TICK: Duration = Duration::from_micros(750);

/// Ticks without anybody computing, after which the clock stops.
///
/// Starting it again is a system call on the way to a guest, so it should not happen for every
/// short wait. A clock that never stopped would take 3 % of a CPU from a host that only waits.
const IDLE_TICKS: u32 = 20;

/// Who computes, for the clock to know.
#[derive(Default)]
pub(crate) struct Pulse {
    computing: AtomicUsize,
    stopped: AtomicBool,
    over: AtomicBool,
}

/// The thread that ticks. Dropping it ends it.
pub(crate) struct Ticker {
    pulse: Arc<Pulse>,
    thread: Option<JoinHandle<()>>,
}

impl Ticker {
    /// Starts the clock of an engine.
    pub(crate) fn start(engine: &Engine) -> Result<Self, Error> {
        let engine = engine.weak();
        let pulse: Arc<Pulse> = Arc::default();
        let shared = Arc::clone(&pulse);
        let ticks = move || {
            let mut idle = 0;
            while !shared.over.load(Ordering::SeqCst) {
                std::thread::park_timeout(TICK);
                let Some(engine) = engine.upgrade() else { return };
                engine.increment_epoch();
                idle = if shared.computing.load(Ordering::Relaxed) > 0 { 0 } else { idle + 1 };
                if idle >= IDLE_TICKS {
                    shared.wait();
                    idle = 0;
                }
            }
        };
        let thread = std::thread::Builder::new().name("ticker".to_owned()).spawn(ticks);
        let thread = thread.map_err(|cause| Error::threads("start the ticker", cause))?;
        Ok(Self { pulse, thread: Some(thread) })
    }

    /// What a core says when it computes.
    pub(crate) fn computing(&self) -> Computing<'_> {
        self.pulse.computing.fetch_add(1, Ordering::SeqCst);
        // Pairs with `wait`: either we see that the clock has stopped, or it sees us.
        if self.pulse.stopped.load(Ordering::SeqCst) && self.pulse.stopped.swap(false, Ordering::SeqCst) {
            self.unpark();
        }
        Computing(&self.pulse)
    }

    fn unpark(&self) {
        if let Some(thread) = &self.thread {
            thread.thread().unpark();
        }
    }
}

impl Pulse {
    /// Waits until somebody computes, or the host is gone.
    fn wait(&self) {
        self.stopped.store(true, Ordering::SeqCst);
        while self.stopped.load(Ordering::SeqCst)
            && self.computing.load(Ordering::SeqCst) == 0
            && !self.over.load(Ordering::SeqCst)
        {
            std::thread::park();
        }
        self.stopped.store(false, Ordering::SeqCst);
    }
}

/// Says, until it is dropped, that a core computes.
pub(crate) struct Computing<'a>(&'a Pulse);

impl Drop for Computing<'_> {
    fn drop(&mut self) {
        self.0.computing.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.pulse.over.store(true, Ordering::SeqCst);
        self.unpark();
        if let Some(thread) = self.thread.take() {
            // It cannot have panicked: it only waits and adds.
            let _ = thread.join();
        }
    }
}
