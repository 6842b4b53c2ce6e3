//! What `host run` shows of a run beside what the app prints: numbers, a trace, a page that draws it.

use std::fmt;
use std::fs::File;
use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use host::{Escaped, Observer, Stats, StatusLine, Trace};

use crate::flags::Shown;
use crate::log;
use crate::progress::Progress;

/// What is to be shown of one run.
pub(crate) struct Views {
    stats: Option<Stats>,
    /// Whether they are to be said at the end.
    says_stats: bool,
    status: Option<StatusLine>,
    progress: Option<Progress>,
    trace: Option<Trace>,
    chrome: Option<Target>,
    timeline: Option<Target>,
}

/// A file that is open already, so that a run does not go by for nothing.
struct Target {
    path: PathBuf,
    file: File,
}

/// A file that cannot be written.
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
    /// What is shown of this app, on so many cores.
    pub(crate) fn open(shown: &Shown, app: &Path, cores: NonZeroUsize) -> Result<Self, NotWritten> {
        let chrome = shown.trace.as_deref().map(Target::open).transpose()?;
        let timeline = shown.timeline.as_deref().map(Target::open).transpose()?;
        let name = app.file_name().unwrap_or(app.as_os_str()).to_string_lossy();
        let trace = (chrome.is_some() || timeline.is_some()).then(|| Trace::new(name, cores));
        let status = if shown.progress { StatusLine::on_stderr() } else { None };
        let stats = (shown.stats || status.is_some()).then(|| Stats::new(cores));
        let progress = status.clone().zip(stats.clone()).map(|(status, stats)| {
            log::give_way(status.clone());
            Progress::draw(status, stats, cores)
        });
        Ok(Self { stats, says_stats: shown.stats, status, progress, trace, chrome, timeline })
    }

    /// What has to be told what happens; nobody, if nothing is shown.
    pub(crate) fn observer(&self) -> Option<Observer> {
        let stats = self.stats.as_ref().map(Stats::observer);
        let trace = self.trace.as_ref().map(Trace::observer);
        stats.into_iter().chain(trace).reduce(Observer::and)
    }

    /// What gives way to what the app prints.
    pub(crate) fn status(&self) -> Option<StatusLine> {
        self.status.clone()
    }

    /// Writes the files, of a run that has ended, however it did.
    pub(crate) fn write(&mut self) -> Result<(), NotWritten> {
        // Nothing goes on any more.
        self.progress = None;
        let Some(trace) = &self.trace else { return Ok(()) };
        if trace.left_out() > 0 {
            let left_out = trace.left_out();
            tracing::warn!(
                "the trace has the beginning of the run only: {left_out} later events did not fit"
            );
        }
        let chrome = self.chrome.take().map(|target| target.write(|file| trace.write_chrome(file)));
        let timeline = self.timeline.take().map(|target| target.write(|file| trace.write_timeline(file)));
        // Both are tried.
        chrome.into_iter().chain(timeline).collect()
    }

    /// The numbers, if they were asked for.
    pub(crate) fn stats(&self) -> Option<&Stats> {
        self.stats.as_ref().filter(|_| self.says_stats)
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
