//! The reports of `host run` on a run: statistics, progress, a trace, and a timeline page.

use std::fmt;
use std::fs::File;
use std::io;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use host::{Escaped, Observer, Stats, StatusLine, Trace};

use crate::flags::Shown;
use crate::log;
use crate::metrics::{self, NotServed};
use crate::progress::Progress;
use crate::stderr::tell;

/// The reports on one run.
pub(crate) struct Views {
    stats: Option<Stats>,
    /// Whether to print the statistics at the end.
    prints_stats: bool,
    status: Option<StatusLine>,
    progress: Option<Progress>,
    trace: Option<Trace>,
    chrome: Option<Target>,
    timeline: Option<Target>,
}

/// An output file, opened before the run so that a failure is found before any work is done.
struct Target {
    path: PathBuf,
    file: File,
}

/// The error of a file that cannot be written.
#[derive(Debug)]
pub(crate) struct NotWritten {
    path: PathBuf,
    source: io::Error,
}

impl fmt::Display for NotWritten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot write {}: {}", Escaped(self.path.display()), Escaped(&self.source))
    }
}

impl Views {
    /// Opens the output files and starts the progress line.
    ///
    /// # Errors
    ///
    /// Fails if a file cannot be opened.
    pub(crate) fn open(shown: &Shown, app: &Path, cores: NonZeroUsize) -> Result<Self, NotWritten> {
        let chrome = shown.trace.as_deref().map(Target::open).transpose()?;
        let timeline = shown.timeline.as_deref().map(Target::open).transpose()?;
        let name = app.file_name().unwrap_or(app.as_os_str()).to_string_lossy();
        let trace = (chrome.is_some() || timeline.is_some()).then(|| Trace::new(name, cores));
        let status = if shown.progress { StatusLine::on_stderr() } else { None };
        let is_counted = shown.stats || status.is_some() || shown.metrics.is_some();
        let stats = is_counted.then(|| Stats::new(cores));
        let progress = status.clone().zip(stats.clone()).map(|(status, stats)| {
            log::print_above(status.clone());
            Progress::draw(status, stats, cores)
        });
        Ok(Self { stats, prints_stats: shown.stats, status, progress, trace, chrome, timeline })
    }

    /// Returns the observer of the run, or `None` if nothing is reported.
    pub(crate) fn observer(&self) -> Option<Observer> {
        let stats = self.stats.as_ref().map(Stats::observer);
        let trace = self.trace.as_ref().map(Trace::observer);
        stats.into_iter().chain(trace).reduce(Observer::and)
    }

    /// Returns the status line, which the app's output is printed above.
    pub(crate) fn status(&self) -> Option<StatusLine> {
        self.status.clone()
    }

    /// Writes the files after the run has ended, successfully or not.
    ///
    /// # Errors
    ///
    /// Fails if a file cannot be written. Both files are tried.
    pub(crate) fn write(&mut self) -> Result<(), NotWritten> {
        // Erases the progress line.
        self.progress = None;
        let Some(trace) = &self.trace else { return Ok(()) };
        if trace.left_out() > 0 {
            let left_out = trace.left_out();
            tracing::warn!(
                "the trace holds only the beginning of the run: {left_out} later events did not fit"
            );
        }
        let chrome = self.chrome.take().map(|target| target.write(|file| trace.write_chrome(file)));
        let timeline = self.timeline.take().map(|target| target.write(|file| trace.write_timeline(file)));
        // Both are already written here, so that one error does not hide the other file.
        chrome.into_iter().chain(timeline).collect()
    }

    /// Serves the statistics at this address.
    ///
    /// # Errors
    ///
    /// Fails as [`metrics::serve`] does.
    pub(crate) fn serve(&self, address: Option<SocketAddr>) -> Result<(), NotServed> {
        let Some((address, stats)) = address.zip(self.stats.clone()) else { return Ok(()) };
        let address = metrics::serve(address, stats)?;
        tell(format_args!("metrics on http://{address}/metrics\n"));
        Ok(())
    }

    /// Returns the statistics, if they are to be printed.
    pub(crate) fn stats(&self) -> Option<&Stats> {
        self.stats.as_ref().filter(|_| self.prints_stats)
    }
}

impl Target {
    fn open(path: &Path) -> Result<Self, NotWritten> {
        let path = path.to_owned();
        match File::create(&path) {
            Ok(file) => Ok(Self { path, file }),
            Err(source) => Err(NotWritten { path, source }),
        }
    }

    fn write(self, write: impl FnOnce(&File) -> io::Result<()>) -> Result<(), NotWritten> {
        write(&self.file).map_err(|source| NotWritten { path: self.path, source })
    }
}
