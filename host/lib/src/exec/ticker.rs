//! The clock that makes computing guests yield, and stops when no core computes.
//!
//! It has a thread of its own: a guest that computes forever would block a tick on the thread of its core.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::Error;
use crate::load::engines::Clock;

/// How long a guest computes before the host checks whether others on its core need to run.
///
/// A shorter tick stops a cancelled guest sooner. At 750 us the ticks cost about one part in a thousand. A
/// timer, which tokio may already have rounded up by a millisecond, is then less than two late while a guest
/// computes.
const TICK: Duration = Duration::from_micros(750);

/// Ticks without a computing core, after which the clock stops.
///
/// Starting it again costs a system call before a guest runs, so short waits should not stop it. A clock that
/// never stopped would take 3 % of a CPU from a host that only waits.
const IDLE_TICKS: u32 = 20;

/// The state shared between the cores, which count themselves as computing, and the clock.
#[derive(Default)]
pub(crate) struct Pulse {
    computing: AtomicUsize,
    stopped: AtomicBool,
    over: AtomicBool,
}

/// The thread that ticks. Dropping this ends and joins the thread.
pub(crate) struct Ticker {
    pulse: Arc<Pulse>,
    thread: Option<JoinHandle<()>>,
}

impl Ticker {
    /// Starts the clock of a host's engines.
    pub(crate) fn start(clock: Clock) -> Result<Self, Error> {
        let pulse: Arc<Pulse> = Arc::default();
        let shared = Arc::clone(&pulse);
        let ticks = move || {
            let mut idle = 0;
            while !shared.over.load(Ordering::SeqCst) {
                std::thread::park_timeout(TICK);
                clock.tick();
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

    /// Counts the calling core as computing until the returned guard is dropped.
    pub(crate) fn computing(&self) -> Computing<'_> {
        self.pulse.computing.fetch_add(1, Ordering::SeqCst);
        // Pairs with `wait`: either this sees that the clock has stopped, or the clock sees this core.
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
    /// Waits until a core computes, or the host is gone.
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

/// Counts a core as computing until it is dropped.
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
