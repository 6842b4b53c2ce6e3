//! The memory of a process: now, and at its peak.

use std::fs;

use anyhow::{Context as _, Result};

/// Returns the resident memory of a process, in MiB.
pub(crate) fn resident_mib(pid: u32) -> Result<f64> {
    mib(pid, "VmRSS:")
}

/// Returns the peak resident memory of a process, in MiB.
pub(crate) fn peak_mib(pid: u32) -> Result<f64> {
    mib(pid, "VmHWM:")
}

/// Returns the size of the page tables of a process, in MiB.
pub(crate) fn page_tables_mib(pid: u32) -> Result<f64> {
    mib(pid, "VmPTE:")
}

fn mib(pid: u32, name: &str) -> Result<f64> {
    let path = format!("/proc/{pid}/status");
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB"));
    Ok(kib.with_context(|| format!("there is no {name}"))?.parse::<f64>()? / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The two are not read at the same time, and other tests run meanwhile. So the test allocates memory that
    /// is there all the time, and compares with that.
    #[test]
    fn this_process_has_memory() {
        let (pid, mib) = (std::process::id(), 32);
        let held = vec![1u8; mib << 20];
        assert!(resident_mib(pid).unwrap() > 0.9 * mib as f64);
        assert!(page_tables_mib(pid).unwrap() < mib as f64);
        drop(std::hint::black_box(held));
        assert!(peak_mib(pid).unwrap() > 0.9 * mib as f64);
    }
}
