//! Records the events of a run, and draws them after it has ended.
//!
//! Each core records in its own memory when an event happened and to which job ([`Records`]). The remaining
//! work is done when the run has ended: the records become a [`Timeline`], which is written as a file for
//! Perfetto or as a page that draws the same.

mod records;
mod spans;
mod chrome;
mod timeline;

use std::fmt;
use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::sync::Arc;

use super::event::Observer;
use crate::escaped::Escaped;
use records::Records;
use spans::Timeline;

/// The most memory that the events of a run take, in bytes. That holds 700,000 jobs that do not wait, which
/// make a page of 40 MB and a file of 600 MB for Perfetto, about the most that it can open.
const LIMIT: usize = 64 << 20;

/// A trace of a run: when each job waited for a core, had one, and ended.
///
/// It keeps the first 64 MiB of events, at less than 100 bytes for a job that does not wait. Later events are
/// left out and counted. A clone is the trace of the same run. A trace is meant to be written when the run
/// has ended; before that, it contains what has happened so far.
///
/// # Examples
///
/// ```
/// use host::{Config, RunConfig, Trace};
///
/// let trace = Trace::new("app.wasm", Config::default().cores);
/// let mut config = RunConfig::default();
/// config.observer = Some(trace.observer());
///
/// // When the run has ended:
/// let mut file = Vec::new();
/// trace.write_chrome(&mut file)?;
/// assert!(file.starts_with(b"{\"displayTimeUnit\""));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone)]
pub struct Trace(Arc<Kept>);

struct Kept {
    app: String,
    cores: usize,
    records: Records,
}

impl Trace {
    /// Creates the trace of a run that begins now, for an app of this name, on a host with this many cores.
    ///
    /// # Examples
    ///
    /// ```
    /// let trace = host::Trace::new("app.wasm", host::MAX_CORES);
    /// assert_eq!(trace.left_out(), 0);
    /// ```
    #[must_use]
    pub fn new(app: impl Into<String>, cores: NonZeroUsize) -> Self {
        Self::with_limit(app, cores, LIMIT)
    }

    fn with_limit(app: impl Into<String>, cores: NonZeroUsize, limit: usize) -> Self {
        let cores = cores.get();
        Self(Arc::new(Kept {
            app: Escaped(app.into()).to_string(),
            cores,
            records: Records::new(cores, limit),
        }))
    }

    /// Returns the observer that records the events, for [`RunConfig::observer`](crate::RunConfig::observer).
    ///
    /// # Examples
    ///
    /// Together with another observer:
    ///
    /// ```
    /// let cores = host::Config::default().cores;
    /// let (stats, trace) = (host::Stats::new(cores), host::Trace::new("app.wasm", cores));
    /// let mut config = host::RunConfig::default();
    /// config.observer = Some(stats.observer().and(trace.observer()));
    /// ```
    #[must_use]
    pub fn observer(&self) -> Observer {
        let kept = Arc::clone(&self.0);
        Observer::with_time(move |event, at| kept.records.add(event, at))
    }

    /// Returns the number of events that were left out because their memory was used up.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(host::Trace::new("app.wasm", host::MAX_CORES).left_out(), 0);
    /// ```
    #[must_use]
    pub fn left_out(&self) -> u64 {
        self.0.records.left_out()
    }

    /// Writes the trace as JSON in Chrome's trace format, which [Perfetto](https://ui.perfetto.dev) opens.
    ///
    /// There is a lane for each core. It has a bar for each time that a job ran on the core, and an arrow
    /// from where a job was started to where it began. A second group has one bar for each job, from its
    /// start to its end, which contains the times at which the job was queued and at which it waited.
    ///
    /// # Errors
    ///
    /// Fails if the writer does.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # let trace = host::Trace::new("app.wasm", host::MAX_CORES);
    /// trace.write_chrome(std::fs::File::create("trace.json")?)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn write_chrome(&self, to: impl Write) -> io::Result<()> {
        chrome::write(&self.timeline(), to)
    }

    /// Writes the trace as a web page that draws it and needs no network.
    ///
    /// # Errors
    ///
    /// Fails if the writer does.
    ///
    /// # Examples
    ///
    /// ```
    /// let trace = host::Trace::new("app.wasm", host::MAX_CORES);
    /// let mut page = Vec::new();
    /// trace.write_timeline(&mut page)?;
    /// assert!(page.starts_with(b"<!DOCTYPE html>"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn write_timeline(&self, to: impl Write) -> io::Result<()> {
        timeline::write(&self.timeline(), to)
    }

    fn timeline(&self) -> Timeline {
        Timeline::of(&self.0.app, self.0.cores, self.0.records.all())
    }
}

impl fmt::Debug for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trace").field("app", &self.0.app).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
