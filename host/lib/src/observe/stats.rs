//! Statistics of a run, computed from its events.

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_utils::CachePadded;
use hdrhistogram::Histogram;

use super::event::{End, Event, Observer};
use super::prometheus::{Label, Metrics};

/// The number of significant digits of a queue time.
const DIGITS: u8 = 2;

/// Statistics of a run, while it runs and after it has ended.
///
/// Its [`Display`](fmt::Display) is the table that `host run --stats` prints. A clone refers to the same
/// statistics.
///
/// # Examples
///
/// ```
/// use host::{RunConfig, Stats};
///
/// let host = host::Config::default();
/// let stats = Stats::new(host.cores);
/// let mut config = RunConfig::default();
/// config.observer = Some(stats.observer());
/// assert!(stats.to_string().starts_with("jobs       0\n"));
/// ```
#[derive(Debug, Clone)]
pub struct Stats(Arc<Counts>);

/// The state of a run at one time.
///
/// # Examples
///
/// ```
/// let stats = host::Stats::new(host::Config::default().cores);
/// let snapshot = stats.now();
/// assert_eq!(snapshot.running + snapshot.waiting, stats.live_jobs());
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Snapshot {
    /// Jobs that have ended, in whatever way.
    pub done: u64,
    /// Jobs that have begun and not ended, whether or not they have a core now.
    pub running: u64,
    /// Jobs that have not begun yet.
    pub waiting: u64,
    /// The time for which cores had a guest, added up over all cores.
    pub busy: Duration,
}

#[derive(Debug)]
struct Counts {
    since: Instant,
    live: AtomicU64,
    most: AtomicU64,
    ends: [AtomicU64; End::ALL.len()],
    handed_over: AtomicU64,
    /// One entry for each core.
    cores: Box<[CachePadded<Mutex<Core>>]>,
}

/// Counters of one core.
#[derive(Debug)]
struct Core {
    started: u64,
    ended: u64,
    made: u64,
    dropped: u64,
    busy: Duration,
    /// When the guest that has the core got it.
    since: Option<Instant>,
    /// How long the jobs that began on this core had been queued, in nanoseconds, and all of it added up.
    queued: Histogram<u64>,
    queued_in_all: Duration,
}

impl Stats {
    /// Creates the statistics of a run that begins now, on a host with this many cores.
    ///
    /// # Panics
    ///
    /// Never: the histograms have valid settings.
    ///
    /// # Examples
    ///
    /// ```
    /// let stats = host::Stats::new(host::MAX_CORES);
    /// assert!(stats.to_string().contains("instances  0 made"));
    /// ```
    #[must_use]
    pub fn new(cores: NonZeroUsize) -> Self {
        let core = |_| CachePadded::new(Mutex::new(Core::new()));
        Self(Arc::new(Counts {
            since: Instant::now(),
            live: AtomicU64::new(0),
            most: AtomicU64::new(0),
            ends: Default::default(),
            handed_over: AtomicU64::new(0),
            cores: (0..cores.get()).map(core).collect(),
        }))
    }

    /// Returns the observer that counts, for [`RunConfig::observer`](crate::RunConfig::observer).
    ///
    /// # Examples
    ///
    /// ```
    /// let stats = host::Stats::new(host::Config::default().cores);
    /// let mut config = host::RunConfig::default();
    /// config.observer = Some(stats.observer());
    /// ```
    #[must_use]
    pub fn observer(&self) -> Observer {
        let counts = Arc::clone(&self.0);
        Observer::with_time(move |event, at| counts.count(event, at))
    }

    /// Returns the number of jobs that have not ended, including main.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(host::Stats::new(host::Config::default().cores).live_jobs(), 0);
    /// ```
    #[must_use]
    pub fn live_jobs(&self) -> u64 {
        self.0.live.load(Ordering::Relaxed)
    }

    /// Returns the current state of the run. The numbers are from about the same time: the run continues
    /// while they are read.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(host::Stats::new(host::MAX_CORES).now(), host::Snapshot::default());
    /// ```
    #[must_use]
    pub fn now(&self) -> Snapshot {
        let counts = &*self.0;
        let now = Instant::now();
        let (mut started, mut ended, mut busy) = (0, 0, Duration::ZERO);
        for core in counts.cores() {
            started += core.started;
            ended += core.ended;
            busy += core.busy_until(now);
        }
        let done = counts.ends.iter().map(|count| count.load(Ordering::Relaxed)).sum();
        let running = started.saturating_sub(ended);
        let waiting = self.live_jobs().saturating_sub(running);
        Snapshot { done, running, waiting, busy }
    }

    /// Returns the current numbers as text for Prometheus, in its exposition format.
    ///
    /// # Examples
    ///
    /// ```
    /// let stats = host::Stats::new(host::MAX_CORES);
    /// assert!(stats.prometheus().contains("\nparallel_host_jobs_running 0\n"));
    /// ```
    #[must_use]
    pub fn prometheus(&self) -> String {
        Exposition(&self.0).to_string()
    }

    /// Returns the number of instances, with and without a job.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(host::Stats::new(host::Config::default().cores).instances(), 0);
    /// ```
    #[must_use]
    pub fn instances(&self) -> u64 {
        self.0.cores().map(|core| core.made - core.dropped).sum()
    }
}

/// Displays statistics as text for Prometheus, in its exposition format; from [`Stats::prometheus`].
struct Exposition<'a>(&'a Counts);

impl fmt::Display for Exposition<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counts { live, ends, .. } = self.0;
        let now = Instant::now();
        let mut queued = Histogram::<u64>::new(DIGITS).map_err(|_| fmt::Error)?;
        let (mut started, mut busy) = (Vec::new(), Vec::new());
        let (mut ended, mut made, mut dropped, mut waited) = (0, 0, 0, Duration::ZERO);
        for core in self.0.cores() {
            started.push(core.started);
            busy.push(core.busy_until(now).as_secs_f64());
            ended += core.ended;
            made += core.made;
            dropped += core.dropped;
            waited += core.queued_in_all;
            queued.add(&core.queued).map_err(|_| fmt::Error)?;
        }
        let running = started.iter().sum::<u64>().saturating_sub(ended);
        let waiting = live.load(Ordering::Relaxed).saturating_sub(running);
        let ends = End::ALL.iter().zip(ends).map(|(end, n)| (Label(*end), n.load(Ordering::Relaxed)));
        let seconds = |quantile| Duration::from_nanos(queued.value_at_quantile(quantile)).as_secs_f64();

        let mut metrics = Metrics(f);
        metrics.counters("jobs_total", "Jobs that have ended, by how they ended.", "end", ends)?;
        metrics.gauge("jobs_running", "Jobs that have begun and not ended.", running)?;
        metrics.gauge("jobs_waiting", "Jobs that have not begun yet.", waiting)?;
        metrics.counters(
            "core_jobs_total",
            "Jobs that began on a core.",
            "core",
            started.iter().enumerate(),
        )?;
        let help = "Time for which a core had a guest.";
        metrics.counters("core_busy_seconds_total", help, "core", busy.iter().enumerate())?;
        let help = "Time from the start of a job until it began on a core.";
        metrics.summary("job_queue_seconds", help, seconds, waited.as_secs_f64(), queued.len())?;
        metrics.counter("instances_created_total", "Instances of the app that were created.", made)?;
        metrics.gauge("instances", "Instances of the app, with and without a job.", made - dropped)
    }
}

impl Counts {
    fn count(&self, event: &Event, now: Instant) {
        match *event {
            Event::Submitted { .. } => {
                let live = self.live.fetch_add(1, Ordering::Relaxed) + 1;
                self.most.fetch_max(live, Ordering::Relaxed);
            }
            Event::Started { core, queued, .. } => self.on(core, |core| {
                core.started += 1;
                core.since = Some(now);
                core.queued_in_all += queued;
                _ = core.queued.record(u64::try_from(queued.as_nanos()).unwrap_or(u64::MAX));
            }),
            Event::Resumed { core, .. } => self.on(core, |core| core.since = Some(now)),
            Event::Suspended { core, .. } => self.on(core, |core| core.pause(now)),
            Event::Finished { core, end, .. } => {
                self.live.fetch_sub(1, Ordering::Relaxed);
                self.ends[end as usize].fetch_add(1, Ordering::Relaxed);
                if let Some(core) = core {
                    self.on(core, |core| {
                        core.ended += 1;
                        core.pause(now);
                    });
                }
            }
            Event::InstanceMade { core } => self.on(core, |core| core.made += 1),
            Event::InstanceDropped { core } => self.on(core, |core| core.dropped += 1),
            Event::HandedOver { .. } => _ = self.handed_over.fetch_add(1, Ordering::Relaxed),
            Event::Stopping { .. } => {}
        }
    }

    fn on(&self, core: usize, count: impl FnOnce(&mut Core)) {
        if let Some(core) = self.cores.get(core) {
            count(&mut core.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }

    fn cores(&self) -> impl Iterator<Item = MutexGuard<'_, Core>> {
        self.cores.iter().map(|core| core.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Core {
    #[expect(clippy::expect_used, reason = "the histogram supports this many digits")]
    fn new() -> Self {
        let queued = Histogram::new(DIGITS).expect("at most 5 digits");
        Self {
            started: 0,
            ended: 0,
            made: 0,
            dropped: 0,
            busy: Duration::ZERO,
            since: None,
            queued,
            queued_in_all: Duration::ZERO,
        }
    }

    /// Returns for how long the core had a guest.
    fn busy_until(&self, now: Instant) -> Duration {
        self.busy + self.since.map(|since| now.saturating_duration_since(since)).unwrap_or_default()
    }

    /// Records that the current guest of a core leaves it.
    fn pause(&mut self, now: Instant) {
        self.busy += self.since.take().map(|since| now.saturating_duration_since(since)).unwrap_or_default();
    }
}

impl fmt::Display for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counts { since, most, ends, .. } = &*self.0;
        let time = since.elapsed();
        let ended = ends.iter().map(|count| count.load(Ordering::Relaxed)).collect::<Vec<_>>();
        let ends = End::ALL.iter().zip(&ended).filter(|(_, count)| **count > 0);
        let ends = ends.map(|(end, count)| format!("{count} {end}")).collect::<Vec<_>>();
        let mut queued = Histogram::<u64>::new(DIGITS).map_err(|_| fmt::Error)?;
        let (mut started, mut busy, mut made, mut dropped) = (Vec::new(), Vec::new(), 0, 0);
        for core in self.0.cores() {
            started.push(core.started.to_string());
            busy.push(format!("{:.0} %", 100.0 * core.busy.as_secs_f64() / time.as_secs_f64()));
            made += core.made;
            dropped += core.dropped;
            queued.add(&core.queued).map_err(|_| fmt::Error)?;
        }
        let wait = |quantile| Duration::from_nanos(queued.value_at_quantile(quantile));
        writeln!(f, "jobs       {}", ended.iter().sum::<u64>())?;
        for end in ends {
            writeln!(f, "           {end}")?;
        }
        writeln!(f, "at a time  {}", most.load(Ordering::Relaxed))?;
        writeln!(f, "by core    {}", started.join(", "))?;
        let handed_over = self.0.handed_over.load(Ordering::Relaxed);
        if handed_over > 0 {
            writeln!(f, "on nodes   {handed_over}")?;
        }
        writeln!(f, "busy       {} of {time:.1?}", busy.join(", "))?;
        writeln!(f, "queued     {:.1?}, 1 in 100 {:.1?}, longest {:.1?}", wait(0.5), wait(0.99), wait(1.0))?;
        writeln!(f, "instances  {made} made, {} left", made - dropped)
    }
}
