//! The configuration of a host: its cores, and the capacity for the apps that run on them.

use std::num::NonZeroUsize;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use super::compiler::CompilerProcess;
use super::limits::DEPTH;
use super::setters::setters;
use crate::error::Setting;
use crate::{Error, machine};

/// The largest number of cores a host may have.
///
/// This is far above any machine that the host is meant for. A typing error such as `--cores 10000` should be
/// an error, not ten thousand threads.
///
/// # Examples
///
/// ```
/// assert!(host::Config::default().cores <= host::MAX_CORES);
/// ```
pub const MAX_CORES: NonZeroUsize = NonZeroUsize::new(1024).expect("1024 is not zero");

/// The deepest nesting that a host may allow. Each depth may cost an instance.
const MAX_DEPTH: u32 = 1_000;

/// The most slots of a host, and the most concurrent runs. Each takes address space for instances.
const MAX_SLOTS: usize = 100_000;
const MAX_RUNS: usize = 1_000;

/// The least and the most stack of a guest. Each instance takes address space for it.
const STACKS: RangeInclusive<usize> = 64 << 10..=1 << 30;

/// The number of cores of a host, and its capacity for the apps that run on them.
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
    /// The number of cores, at most [`MAX_CORES`].
    pub cores: NonZeroUsize,
    /// How jobs are assigned to cores.
    pub placement: Placement,
    /// Whether a guest that computes is made to yield, to other guests of its core and to a request to stop
    /// it. That costs the guest time, most if its loops and functions are small.
    ///
    /// Without preemption a guest that computes keeps its core until it waits. Until then it cannot be
    /// stopped, no timeout ends it, and the host cannot be dropped.
    pub preemption: bool,
    /// The number of jobs of all runs that may have begun at a time, in addition to one job per depth of each
    /// run; at most 100,000. Each keeps an instance.
    pub slots: usize,
    /// The maximum nesting depth of the jobs of any run, at most 1,000.
    pub depth: u32,
    /// The number of concurrent runs, at most 1,000.
    pub runs: usize,
    /// The bytes of stack that a guest may use, from 64 KiB to 1 GiB. A guest that needs more traps. Each
    /// instance is charged for all of it, because how much it uses is known only when it is too late.
    pub stack: usize,
    /// Where compiled apps are stored.
    pub cache: Cache,
    /// What compiles in a process of its own, with limited memory; `None` for the host itself.
    pub compiler: Option<CompilerProcess>,
    /// Whether to write the addresses and names of all functions of guests to `/tmp/perf-PID.map`, where profilers
    /// such as perf and samply look for them. Nothing removes that file.
    pub perf_map: bool,
    /// The cluster in which other hosts run jobs that the cores of this host have no time for.
    #[cfg(feature = "cluster")]
    pub cluster: Option<crate::cluster::Cluster>,
}

impl Default for Config {
    /// * as many cores as this process may use, by its CPU affinity and its cgroup's quota
    /// * preemption of guests that compute
    /// * 1,000 slots, jobs nested at most 64 deep, 16 runs at a time
    /// * 1 MiB of stack, so that a guest with preemption recurses as deep as one without in 512 KiB
    /// * compiled code stored in the user's cache directory
    /// * compiled by the host itself, without a map for profilers
    fn default() -> Self {
        Self {
            cores: machine::available().min(MAX_CORES),
            placement: Placement::default(),
            preemption: true,
            slots: 1_000,
            depth: DEPTH,
            runs: 16,
            stack: 1 << 20,
            cache: Cache::default(),
            compiler: None,
            perf_map: false,
            #[cfg(feature = "cluster")]
            cluster: None,
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
    with_stack: stack: usize,
    with_cache: cache: Cache,
    with_compiler: compiler: CompilerProcess,
    with_perf_map: perf_map: bool,
});

#[cfg(feature = "cluster")]
setters!(Config { with_cluster: cluster: impl Into<Option<crate::cluster::Cluster>> });

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
        if !STACKS.contains(&self.stack) {
            return too_much(&[Setting::Stack], "stack", "it must be from 64 KiB to 1 GiB".to_owned());
        }
        Ok(())
    }
}

/// How jobs are assigned to cores.
///
/// # Examples
///
/// ```
/// assert_eq!(host::Config::default().placement, host::Placement::Steal);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Placement {
    /// The core of the parent, until another core is idle and steals the job.
    #[default]
    Steal,
    /// Each core round-robin, beginning with that of the parent. The job stays there: cores share nothing.
    Sharded,
    /// The first core that asks for a job: all cores share one queue.
    Global,
}

/// Where compiled apps are stored, for this process and later ones.
///
/// Compiling a large app takes seconds; loading it again takes milliseconds. The host only loads code that
/// this same version of the host compiled for this user. Each file has a seal that no app can forge, in an
/// extended attribute; if the file system has no such attributes, nothing is stored. An app is never granted
/// write access to a directory that contains the cache.
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
    /// In this directory, which is created if it does not exist.
    Dir(PathBuf),
    /// Nowhere: every app is compiled when it is loaded.
    Off,
}
