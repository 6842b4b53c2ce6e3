//! The CPUs and the memory of this machine that the process may use, and the binding of a core to a CPU.
//!
//! A core that stays on one CPU keeps its caches and its queue warm. `cores` decides which thread is which
//! core.

use std::fs;
use std::io;
use std::num::NonZeroUsize;
use std::thread;

use rustix::param::page_size;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

mod cgroup;

/// Returns the default number of cores.
///
/// On Linux the standard library considers the CPU affinity of the process and the CPU quota of its cgroup,
/// so this is 2 in a container that may use 2 of 64 CPUs. If neither can be read, the number is too high; if
/// nothing is known at all, it is 1.
pub(crate) fn available() -> NonZeroUsize {
    thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

/// Returns the bytes of memory for this process: those of the machine, of its container, or of `ulimit -v` or `-d`,
/// whichever is least.
///
/// If none can be read it is 4 GiB, as much as one instance can have.
pub(crate) fn memory() -> u64 {
    const KIB: u64 = 1 << 10;
    let machine = fs::read_to_string("/proc/meminfo").ok();
    let machine = machine.and_then(|text| {
        let total = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
        total.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()
    });
    let ulimits = [Resource::As, Resource::Data].map(|resource| getrlimit(resource).current);
    let limits = ulimits.into_iter().chain([cgroup::memory(), machine.map(|kib| kib * KIB)]);
    limits.flatten().min().unwrap_or(4 << 30)
}

/// Returns how many bytes of address space this process may still take, if it has a limit: for all that is mapped
/// (`ulimit -v`), or for what can be written to (`ulimit -d`).
pub(crate) fn address_space() -> Option<u64> {
    let left = |resource, place| {
        let limit = getrlimit(resource).current?;
        // If it cannot be read, little may be left.
        Some(limit.saturating_sub(mapped(place).unwrap_or(limit / 2)))
    };
    [left(Resource::As, MAPPED), left(Resource::Data, WRITABLE)].into_iter().flatten().min()
}

/// Limits the bytes that this process may map from now on to write to them.
pub(crate) fn limit_writable(bytes: u64) -> io::Result<()> {
    let Rlimit { current, maximum } = getrlimit(Resource::Data);
    let limit = mapped(WRITABLE).unwrap_or_default().saturating_add(bytes);
    let limit = current.map_or(limit, |current| current.min(limit));
    Ok(setrlimit(Resource::Data, Rlimit { current: Some(limit), maximum })?)
}

/// The places in `/proc/self/statm` of all that is mapped, and of what can be written to.
const MAPPED: usize = 0;
const WRITABLE: usize = 5;

/// Returns how many bytes of address space this process has mapped.
fn mapped(place: usize) -> Option<u64> {
    let pages = fs::read_to_string("/proc/self/statm").ok()?;
    let pages = pages.split_whitespace().nth(place)?.parse::<u64>().ok()?;
    Some(pages * page_size() as u64)
}

/// Returns whether a file of this process may be smaller than a memory of a guest (`ulimit -f`).
pub(crate) fn has_small_files() -> bool {
    getrlimit(Resource::Fsize).current.is_some_and(|limit| limit < 4 << 30)
}

/// The CPUs that this process may use, in ascending order.
///
/// They are read once, before the first core is pinned: a thread inherits the affinity of the thread that
/// starts it, and a pinned thread sees only its own CPU.
#[derive(Debug, Clone)]
pub(crate) struct Cpus {
    /// Their numbers. Empty if the system does not report them: then no thread is bound to a CPU.
    numbers: Vec<usize>,
    count: usize,
}

impl Cpus {
    /// Returns the CPUs that the calling thread may run on.
    ///
    /// A sandbox may forbid the query, and a machine may have more CPUs than a set can hold. In these cases
    /// only their number is known.
    pub(crate) fn allowed() -> Self {
        match sched_getaffinity(None) {
            Ok(set) => Self::of((0..CpuSet::MAX_CPU).filter(|&cpu| set.is_set(cpu)).collect()),
            Err(error) => {
                tracing::warn!(
                    "cores are not bound to CPUs, because those of the process are unknown: {error}"
                );
                Self { numbers: Vec::new(), count: available().get() }
            }
        }
    }

    fn of(numbers: Vec<usize>) -> Self {
        let count = numbers.len();
        Self { numbers, count }
    }

    /// Returns the number of CPUs.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// Returns whether this many cores are too many to have a CPU each.
    ///
    /// The caller warns about it once.
    pub(crate) fn are_shared_by(&self, n_cores: usize) -> bool {
        n_cores > self.count()
    }

    /// Binds the calling thread, core number `core` of `n_cores`, to its own CPU.
    ///
    /// This is done only if the cores use all CPUs. With more cores than CPUs, two would be bound to one CPU
    /// while another is idle. With fewer, the cores of two concurrent hosts would be, because both would
    /// start with the first CPU. The OS schedules better in these cases.
    pub(crate) fn pin(&self, core: usize, n_cores: usize) -> io::Result<()> {
        if n_cores != self.count || self.numbers.is_empty() {
            return Ok(());
        }
        let Some(&cpu) = self.numbers.get(core) else {
            return Err(io::Error::other(format!("there is no core {core} of {n_cores}")));
        };
        let mut set = CpuSet::new();
        set.set(cpu);
        Ok(sched_setaffinity(None, &set)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_core_gets_a_cpu_of_its_own() {
        let cpus = Cpus::allowed();
        let n_cores = cpus.count();
        assert!(n_cores >= available().get(), "a quota only takes CPUs away");
        for core in 0..n_cores {
            let all = cpus.clone();
            let pinned = thread::spawn(move || {
                all.pin(core, n_cores).unwrap();
                Cpus::allowed().numbers
            });
            assert_eq!(pinned.join().unwrap(), [cpus.numbers[core]]);
        }
    }

    #[test]
    fn other_numbers_of_cores_are_left_to_the_os() {
        let cpus = Cpus::allowed();
        assert!(cpus.are_shared_by(cpus.count() + 1));
        for n_cores in [cpus.count() + 1, cpus.count().saturating_sub(1)] {
            let all = cpus.clone();
            let seen = thread::spawn(move || {
                all.pin(0, n_cores).unwrap();
                Cpus::allowed().numbers
            });
            assert_eq!(seen.join().unwrap(), cpus.numbers);
        }
    }

    #[test]
    fn a_cpu_that_was_taken_away_is_an_error_and_no_end() {
        // The set of CPUs of a container may change after it was read.
        let cpus = Cpus::of(vec![CpuSet::MAX_CPU - 1]);
        let pinned = thread::spawn(move || cpus.pin(0, 1)).join().unwrap();
        assert_eq!(pinned.unwrap_err().raw_os_error(), Some(rustix::io::Errno::INVAL.raw_os_error()));
    }

    #[test]
    fn unknown_cpus_are_counted_and_not_used() {
        let cpus = Cpus { numbers: Vec::new(), count: 2 };
        assert!(cpus.pin(0, 2).is_ok() && cpus.pin(1, 2).is_ok());
        assert!(cpus.are_shared_by(3) && !cpus.are_shared_by(2));
    }

    #[test]
    fn there_is_memory() {
        assert!((64 << 20..1 << 50).contains(&memory()), "{}", memory());
    }

    #[test]
    fn a_core_that_does_not_exist_is_an_error() {
        let cpus = Cpus::allowed();
        assert!(cpus.pin(cpus.count(), cpus.count()).is_err());
    }
}
