//! What a host is meant to be: its cores, and the room for what runs on them.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use super::limits::DEPTH;
use super::setters::setters;
use crate::error::Setting;
use crate::{Error, machine};

/// The largest number of cores a host may have.
///
/// Far above any machine this is for; a typing error such as `--cores 10000` should be an error, not
/// ten thousand threads.
///
/// # Examples
///
/// ```
/// assert!(host::Config::default().cores <= host::MAX_CORES);
/// ```
pub const MAX_CORES: NonZeroUsize = NonZeroUsize::new(1024).expect("1024 is not zero");

/// The deepest nesting that a host may allow for. Each depth may cost an instance.
const MAX_DEPTH: u32 = 1_000;

/// The most slots of a host, and the most runs at a time. Each is address space for instances.
const MAX_SLOTS: usize = 100_000;
const MAX_RUNS: usize = 1_000;

/// How many cores a host has, and how much room for what runs on them.
///
/// # Examples
///
/// ```
/// use std::num::NonZeroUsize;
///
/// let config = host::Config::default().with_cores(NonZeroUsize::new(2).unwrap()).with_slots(100);
/// assert_eq!(config.placement, host::Placement::Steal);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Config {
    /// How many cores there are, at most [`MAX_CORES`].
    pub cores: NonZeroUsize,
    /// Which core gets which job.
    pub placement: Placement,
    /// Whether a guest that computes is made to give way, to its neighbours on the core and to whoever
    /// stops it. That costs it time, most where its loops and functions are small.
    ///
    /// Without it a guest that computes has its core until it waits: until then nothing stops it, no
    /// limit of time ends it, and the host cannot be dropped.
    pub preemption: bool,
    /// How many jobs of all runs may have begun at a time, besides one of each depth of each run; at
    /// most 100,000. Each keeps an instance.
    pub slots: usize,
    /// How deep the jobs of any run may be nested, at most 1,000.
    pub depth: u32,
    /// How many runs there may be at a time, at most 1,000.
    pub runs: usize,
    /// Where compiled apps are kept.
    pub cache: Cache,
}

impl Default for Config {
    /// * as many cores as this process may use, by its CPU affinity and its cgroup's quota
    /// * guests that compute give way
    /// * 1,000 slots, jobs nested at most 64 deep, 16 runs at a time
    /// * compiled code kept in the user's cache directory
    fn default() -> Self {
        Self {
            cores: machine::available().min(MAX_CORES),
            placement: Placement::default(),
            preemption: true,
            slots: 1_000,
            depth: DEPTH,
            runs: 16,
            cache: Cache::default(),
        }
    }
}

setters!(Config {
    with_cores: cores: NonZeroUsize,
    with_placement: placement: Placement,
    with_preemption: preemption: bool,
    with_slots: slots: usize,
    with_depth: depth: u32,
    with_runs: runs: usize,
    with_cache: cache: Cache,
});

impl Config {
    pub(crate) fn check(&self) -> Result<(), Error> {
        let too_much = |setting, what, why| Err(Error::invalid_config(setting, what, why));
        if self.cores > MAX_CORES {
            return too_much(&[Setting::Cores], "cores", format!("a host has at most {MAX_CORES}"));
        }
        if self.slots > MAX_SLOTS {
            return too_much(&[Setting::Slots], "slots", format!("a host has at most {MAX_SLOTS}"));
        }
        if self.depth > MAX_DEPTH {
            return too_much(&[Setting::Depth], "depth", format!("jobs are nested at most {MAX_DEPTH} deep"));
        }
        if self.runs > MAX_RUNS {
            return too_much(&[Setting::Runs], "runs", format!("a host has at most {MAX_RUNS} at a time"));
        }
        Ok(())
    }
}

/// Which core gets a job.
///
/// # Examples
///
/// ```
/// assert_eq!(host::Config::default().placement, host::Placement::Steal);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Placement {
    /// The core of its parent, until another core has nothing to do and takes it.
    #[default]
    Steal,
    /// Each core in turn, beginning with that of the parent. There it stays: cores share nothing.
    Sharded,
    /// Whichever core asks first: all have one queue.
    Global,
}

/// Where compiled apps are kept, for this process and later ones.
///
/// To compile a large app takes seconds, to load it again milliseconds. Only what this very host
/// compiled, for this user, is ever loaded. Each file has a seal that no app can make, in an extended
/// attribute; where the file system has none, nothing is kept. No app is granted a directory to write to
/// that has the cache in it.
///
/// # Examples
///
/// ```
/// assert_eq!(host::Config::default().cache, host::Cache::User);
/// let config = host::Config::default().with_cache(host::Cache::Off);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cache {
    /// In `$XDG_CACHE_HOME/parallel-host`, or else in `~/.cache/parallel-host`.
    #[default]
    User,
    /// In this directory, which is made if it does not exist.
    Dir(PathBuf),
    /// Nowhere: every app that is loaded is compiled.
    Off,
}
