//! What of this machine the process may use, its CPUs and its memory, and how a core is bound to a
//! CPU.
//!
//! A core that stays on one CPU keeps its caches and its queue warm. Which thread is which core is
//! the business of `cores`, not ours.

use std::fs;
use std::io;
use std::num::NonZeroUsize;
use std::thread;

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// How many cores to use where nobody said how many.
///
/// On Linux the standard library looks at the CPU affinity of the process and at the CPU quota of
/// its cgroup, so this is 2 in a container that may use 2 of 64 CPUs. Where neither can be read it
/// counts too many, and where nothing is known at all, it is 1.
pub(crate) fn available() -> NonZeroUsize {
    thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

/// How many bytes of memory there are for this process: those of the machine, or of its container.
///
/// Where neither can be read it is 4 GiB, as much as one instance can have.
pub(crate) fn memory() -> u64 {
    const KIB: u64 = 1 << 10;
    let machine = fs::read_to_string("/proc/meminfo").ok();
    let machine = machine.and_then(|text| {
        let total = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
        total.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()
    });
    // Of both versions of cgroups; "max" stands for none.
    let container = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"];
    let container = container.iter().find_map(|path| fs::read_to_string(path).ok()?.trim().parse().ok());
    let all = machine.map(|kib| kib * KIB).into_iter().chain(container);
    all.min().unwrap_or(4 << 30)
}

/// The CPUs this process may use, in ascending order.
///
/// Read once, before the first core is pinned: a thread inherits the affinity of the one that
/// starts it, and a pinned thread sees only its own CPU.
#[derive(Debug, Clone)]
pub(crate) struct Cpus(Vec<usize>);

impl Cpus {
    /// The CPUs that the calling thread may run on.
    pub(crate) fn allowed() -> io::Result<Self> {
        let set = sched_getaffinity(None)?;
        Ok(Self((0..CpuSet::MAX_CPU).filter(|&cpu| set.is_set(cpu)).collect()))
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// Whether so many cores are too many to have a CPU each.
    ///
    /// The caller says so once.
    pub(crate) fn are_shared_by(&self, n_cores: usize) -> bool {
        n_cores > self.count()
    }

    /// Binds the calling thread, core number `core` of `n_cores`, to a CPU of its own.
    ///
    /// Only where the cores take all CPUs. With more cores than CPUs, two would be bound to one CPU
    /// while another is idle; with fewer, so would be the cores of two hosts at a time, which both
    /// would start with the first CPU. What the OS does is better then.
    pub(crate) fn pin(&self, core: usize, n_cores: usize) -> io::Result<()> {
        if n_cores != self.count() {
            return Ok(());
        }
        let Some(&cpu) = self.0.get(core) else {
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
        let cpus = Cpus::allowed().unwrap();
        let n_cores = cpus.count();
        assert!(n_cores >= available().get(), "a quota only takes CPUs away");
        for core in 0..n_cores {
            let all = cpus.clone();
            let pinned = thread::spawn(move || {
                all.pin(core, n_cores).unwrap();
                Cpus::allowed().unwrap().0
            });
            assert_eq!(pinned.join().unwrap(), [cpus.0[core]]);
        }
    }

    #[test]
    fn other_numbers_of_cores_are_left_to_the_os() {
        let cpus = Cpus::allowed().unwrap();
        assert!(cpus.are_shared_by(cpus.count() + 1));
        for n_cores in [cpus.count() + 1, cpus.count().saturating_sub(1)] {
            let all = cpus.clone();
            let seen = thread::spawn(move || {
                all.pin(0, n_cores).unwrap();
                Cpus::allowed().unwrap().0
            });
            assert_eq!(seen.join().unwrap(), cpus.0);
        }
    }

    #[test]
    fn there_is_memory() {
        assert!((64 << 20..1 << 50).contains(&memory()), "{}", memory());
    }

    #[test]
    fn a_core_that_does_not_exist_is_an_error() {
        let cpus = Cpus::allowed().unwrap();
        assert!(cpus.pin(cpus.count(), cpus.count()).is_err());
    }
}
