//! Invariants of a process and of the jobs of a run.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Once, PoisonError};
use std::time::{Duration, Instant};

use host::{End, Event, Observer};

/// The resources of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Process {
    pub(crate) threads: usize,
    pub(crate) files: usize,
}

impl Process {
    pub(crate) fn now() -> Self {
        let count = |what| fs::read_dir(Path::new("/proc/self").join(what)).map_or(0, Iterator::count);
        Self { threads: count("task"), files: count("fd") }
    }

    /// Waits until the resources do not exceed these. A finished thread disappears a little later.
    pub(crate) fn comes_back_to(self) -> Result<(), String> {
        let deadline = Instant::now() + Duration::from_secs(5);
        loop {
            let now = Self::now();
            if now.threads <= self.threads && now.files <= self.files {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(format!("{now:?} is left, and {self:?} was there before"));
            }
            std::thread::yield_now();
        }
    }
}

/// Resident memory of this process in KiB: now, or the most since [`reset_peak`].
pub(crate) fn resident() -> u64 {
    status("VmRSS:")
}

pub(crate) fn peak() -> u64 {
    status("VmHWM:")
}

pub(crate) fn reset_peak() {
    // Where the kernel forbids it, the peak stays that of the whole process, which is larger.
    _ = fs::write("/proc/self/clear_refs", "5");
}

fn status(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok()).unwrap_or_default()
}

/// Returns the number of panics of cores in this process.
pub(crate) fn core_panics() -> usize {
    static PANICS: AtomicUsize = AtomicUsize::new(0);
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let print = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if std::thread::current().name().is_some_and(|name| name.starts_with("core-")) {
                PANICS.fetch_add(1, Ordering::SeqCst);
            }
            print(panic);
        }));
    });
    PANICS.load(Ordering::SeqCst)
}

/// The jobs of one run, as an observer sees them: each starts once and ends once.
#[derive(Debug, Clone, Default)]
pub(crate) struct Timelines(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// The last event of each job that has not ended.
    live: HashMap<u64, Event>,
    instances: u64,
    ended: u64,
    by_themselves: u64,
    wrong: Option<String>,
}

impl Timelines {
    pub(crate) fn observer(&self) -> Observer {
        let timelines = self.clone();
        Observer::new(move |event| timelines.state().happens(event))
    }

    /// Checks the jobs after the run. Returns their number.
    pub(crate) fn ended(&self) -> Result<u64, String> {
        let state = self.state();
        if let Some(wrong) = &state.wrong {
            return Err(wrong.clone());
        }
        if !state.live.is_empty() || state.instances != 0 {
            return Err(format!("{:?} and {} instances are left", state.live, state.instances));
        }
        Ok(state.ended)
    }

    /// Returns how many of its jobs have returned.
    pub(crate) fn returned(&self) -> u64 {
        self.state().by_themselves
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn happens(&mut self, event: &Event) {
        let Some(job) = job(event) else {
            match event {
                Event::InstanceMade { .. } => self.instances += 1,
                Event::InstanceDropped { .. } if self.instances > 0 => self.instances -= 1,
                other => self.wrong = Some(format!("{other:?} comes without another")),
            }
            return;
        };
        let before = self.live.get(&job);
        if !follows(before, event) {
            self.wrong = Some(format!("{event:?} comes after {before:?}"));
        }
        if let Event::Finished { end, .. } = event {
            self.live.remove(&job);
            self.ended += 1;
            self.by_themselves += u64::from(*end == End::Returned);
        } else {
            self.live.insert(job, event.clone());
        }
    }
}

/// Returns whether this event may follow the previous one of a job.
fn follows(before: Option<&Event>, event: &Event) -> bool {
    use Event::{Finished, Resumed, Started, Stopping, Submitted, Suspended};
    matches!(
        (before, event),
        (None, Submitted { .. })
            | (Some(Submitted { .. }), Started { .. } | Finished { core: None, .. })
            | (Some(Started { .. } | Resumed { .. }), Suspended { .. } | Stopping { .. })
            | (Some(Started { .. } | Resumed { .. } | Stopping { .. }), Finished { core: Some(_), .. })
            | (Some(Suspended { .. }), Resumed { .. })
            | (Some(Stopping { .. }), Suspended { .. })
    )
}

fn job(event: &Event) -> Option<u64> {
    match *event {
        Event::Submitted { job, .. }
        | Event::Started { job, .. }
        | Event::Suspended { job, .. }
        | Event::Resumed { job, .. }
        | Event::Stopping { job }
        | Event::Finished { job, .. } => Some(job),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_ends_of_a_job_are_wrong_and_so_is_none() {
        let happens = |events: &[Event]| {
            let timelines = Timelines::default();
            events.iter().for_each(|event| timelines.state().happens(event));
            timelines.ended()
        };
        let begins = Event::Submitted { job: 1, parent: 0, depth: 1, bytes: 0, name: "a".into() };
        let ends = Event::Finished { job: 1, core: None, end: End::Refused };
        assert_eq!(happens(&[begins.clone(), ends.clone()]), Ok(1));
        assert!(happens(&[begins.clone(), ends.clone(), ends]).is_err());
        assert!(happens(&[begins]).is_err());
        assert!(happens(&[Event::InstanceMade { core: 0 }]).is_err());
    }
}
