//! The turns of a core: which guest it polls next, and when it starts another job instead.
//!
//! However much there is to do, the core returns at short intervals to tokio, which then checks timers and
//! sockets. Guests that these wake go first. The remaining time is split equally between guests that compute
//! and new jobs; within each of the two, runs take turns.

use std::future::Future as _;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use scheduler::{Next, Slot};

use super::admitted::Admitted;
use super::core::Core;
use super::guest::{Guest, Polled};
use super::guests::Guests;
use super::ticker::Ticker;
use crate::job::call::Job;
use crate::store::clock::nanoseconds;

/// How long a core starts jobs before it polls the guests that were woken meanwhile.
///
/// Each job wakes its parent. If the parent were polled at once, a join of ten thousand short jobs on one
/// core would check all ten thousand after each of them.
const TURN: u64 = nanoseconds(Duration::from_micros(200));

/// The longest turn. A turn is as long as polling the woken guests took before it, but at least `TURN`.
///
/// A join of a hundred thousand jobs checks all of them after each turn in which some end.
const LONG_TURN: u64 = nanoseconds(Duration::from_millis(1));

/// How long a core works before tokio checks timers and sockets.
///
/// The check takes about a microsecond, including its system call.
const LOOK: u64 = nanoseconds(Duration::from_micros(500));

/// How far new jobs may lag behind guests that compute, in nanoseconds.
const ARREARS: i64 = 10_000_000;

/// How long a core without jobs keeps looking for jobs and at its guests before it sleeps.
///
/// Jobs that follow each other closely find the core awake, and so does the outcome of a job that ran on
/// another core. This saves the sender a system call. It also saves the time in which a sleeping CPU wakes,
/// which is about this long.
const ALERT: u64 = nanoseconds(Duration::from_micros(50));

/// The guests of a core, and the jobs that it starts.
pub(super) struct Turns {
    core: Rc<Core>,
    guests: Guests,
    /// The time that computing guests and new jobs have used together, compared with that of each woken
    /// guest.
    used: u64,
    /// By how much the time used by new jobs exceeds that used by computing guests, in nanoseconds.
    ahead: i64,
    /// How long woken guests were polled since jobs were last started, in nanoseconds.
    woken_took: u64,
    /// Whether a job was started since the core last checked whether to sleep.
    has_started: bool,
    /// When the core stops looking for jobs and sleeps.
    alert_until: u64,
}

impl Turns {
    pub(super) fn new(core: Rc<Core>) -> Self {
        let guests = Guests::new(Arc::clone(&core.state));
        Self { core, guests, used: 0, ahead: 0, woken_took: 0, has_started: false, alert_until: 0 }
    }

    /// Runs guests and jobs. Ready when the host shuts down.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let core = Rc::clone(&self.core);
        let scheduler = &core.shared.scheduler;
        scheduler.stay_awake(core.id);
        let _computing = core.shared.ticker.as_ref().map(Ticker::computing);
        self.guests.listen(context.waker());
        let look = core.state.clock.note() + LOOK;
        loop {
            if scheduler.is_shut_down() {
                return Poll::Ready(());
            }
            core.clear_away();
            core.trim();
            if core.state.clock.noted() >= look {
                return look_around(context);
            }
            let first = self.guests.first_due();
            self.used = self.used.max(self.guests.reached());
            if first.is_some_and(|used| used <= self.used) {
                self.woken_took += self.guests.poll_first_due();
                continue;
            }
            if self.compute_or_start(context) {
                continue;
            }
            if first.is_some() {
                self.woken_took += self.guests.poll_first_due();
            } else if self.is_alert() {
                return look_around(context);
            } else {
                match scheduler.poll_next(core.id, admit, context) {
                    Poll::Ready(Next::Job(job, slot)) => self.start(Admitted::new(&core, job, slot), context),
                    Poll::Ready(Next::ShutDown) => return Poll::Ready(()),
                    // A run that ended before this core was marked as asleep did not wake it: look again.
                    Poll::Pending if core.clear_away() => scheduler.stay_awake(core.id),
                    Poll::Pending => return Poll::Pending,
                }
            }
        }
    }

    /// Resumes a guest that computes, or starts jobs. Returns whether there was anything to do.
    fn compute_or_start(&mut self, context: &mut Context<'_>) -> bool {
        let computing = self.guests.computing();
        let began = self.core.state.clock.noted();
        let next = if computing == 0 || self.ahead <= 0 { self.take_job() } else { None };
        let has_started = next.is_some();
        match next {
            Some(next) => self.start(next, context),
            None if computing == 0 => return false,
            None => self.guests.resume_one(),
        }
        let took = self.core.state.clock.note() - began;
        // Each guest that computes counts as one, and all new jobs together count as one.
        self.used += took / (computing as u64 + 1);
        self.guests.reach(self.used);
        self.ahead = match (computing, i64::try_from(took).unwrap_or(i64::MAX)) {
            (0, _) => 0,
            (_, took) if has_started => self.ahead + took,
            // If no job can start for a long time, new jobs catch up on at most `ARREARS`.
            (_, took) => self.ahead.saturating_sub(took).max(-ARREARS),
        };
        true
    }

    /// Returns whether the core looks for jobs again before it sleeps. False if cores share CPUs, which
    /// others could use.
    fn is_alert(&mut self) -> bool {
        if self.core.shares_its_cpu {
            return false;
        }
        let now = self.core.state.clock.note();
        if std::mem::take(&mut self.has_started) {
            self.alert_until = now + ALERT;
        }
        now < self.alert_until
    }

    /// Takes a job that may start on this core now, if there is one.
    fn take_job(&self) -> Option<Admitted> {
        let (job, slot) = self.core.shared.scheduler.take_job(self.core.id, |job| self.admit(job))?;
        Some(Admitted::new(&self.core, job, slot))
    }

    /// Takes the next job within the turn of this run, or else any job.
    fn take_next(&self, run: u64) -> Option<Admitted> {
        let scheduler = &self.core.shared.scheduler;
        match scheduler.take_next(self.core.id, run, |job| self.admit(job)) {
            Some((job, slot)) => Some(Admitted::new(&self.core, job, slot)),
            None => self.take_job(),
        }
    }

    /// Takes a slot for this job, if one is free and the job need not wait for the computing guests of its
    /// own run.
    fn admit(&self, job: &Arc<Job>) -> Option<Slot> {
        if self.guests.computing() > 0 && !self.guests.may_start(job.tree().id, job.spec.target.kind()) {
            return None;
        }
        admit(job)
    }

    /// Starts this job and those behind it in the queue, for one turn, or until one of them yields.
    fn start(&mut self, first: Admitted, context: &mut Context<'_>) {
        self.has_started = true;
        let turn = std::mem::take(&mut self.woken_took).clamp(TURN, LONG_TURN);
        let mut began = self.core.state.clock.begin_turn(turn);
        let mut next = Some(first);
        while let Some(admitted) = next {
            let run = admitted.job.tree().id;
            let mut guest = Guest::new(admitted);
            let polled = guest.poll(context, true);
            let is_turn_over = self.core.state.clock.is_turn_over();
            let took = self.core.state.clock.noted() - began;
            began += took;
            let has_yielded = matches!(polled, Polled::Yielded { .. });
            if polled != Polled::Ended {
                self.guests.add(guest, polled, took);
            }
            if is_turn_over || has_yielded {
                return;
            }
            next = self.take_next(run);
        }
    }
}

/// Takes a slot for this job, if one is free.
fn admit(job: &Arc<Job>) -> Option<Slot> {
    job.tree().slots.take(job.spec.depth)
}

/// Returns to tokio, which checks timers and sockets and polls again at once.
fn look_around(context: &mut Context<'_>) -> Poll<()> {
    pin!(tokio::task::yield_now()).poll(context)
}
