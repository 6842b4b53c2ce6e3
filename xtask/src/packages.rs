//! The programs of others that the tests talk to, installed where they are missing.
//!
//! They are those of Debian, and apt-get adds them. On another system, whoever runs the tests
//! installs them by hand, and is told which.

use std::env;
use std::ffi::OsStr;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};

use crate::command::{program, run};

/// Programs, and the packages of Debian that have them.
///
/// A redis server is among redis-tools: it is `redis-check-rdb`, if that is called `redis-server`.
/// The package of that name would add no more than a service, and start it.
const PROGRAMS: [(&str, &str); 5] = [
    ("nc", "netcat-openbsd"),
    ("socat", "socat"),
    ("curl", "curl"),
    ("redis-cli", "redis-tools"),
    ("redis-benchmark", "redis-tools"),
];

/// Installs the packages whose programs are not on the `PATH`.
pub(crate) fn ensure_packages() -> Result<()> {
    let packages = missing(&env::var_os("PATH").unwrap_or_default());
    if packages.is_empty() {
        return Ok(());
    }
    let install = || {
        run(&mut as_root(&["apt-get", "update"]))?;
        run(as_root(&["apt-get", "install", "-y", "--no-install-recommends"]).args(&packages))
    };
    install().with_context(|| {
        format!("the tests need the packages {}, and they cannot be installed", packages.join(", "))
    })
}

/// The packages of which no program is in these directories.
fn missing(path: &OsStr) -> Vec<&'static str> {
    let is_there = |name: &str| env::split_paths(path).any(|directory| directory.join(name).is_file());
    let missing = PROGRAMS.iter().filter(|(name, _)| !is_there(name));
    let mut packages: Vec<_> = missing.map(|&(_, package)| package).collect();
    packages.dedup();
    packages
}

/// A command that only root may run.
fn as_root(words: &[&str]) -> Command {
    let id = program("id", &["-u"]).output();
    let mut command = if id.is_ok_and(|id| id.stdout == b"0\n") {
        program(words[0], &words[1..])
    } else {
        program("sudo", words)
    };
    // It asks nothing, or fails.
    command.stdin(Stdio::null());
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_missing_once() {
        assert_eq!(missing(OsStr::new("")), ["netcat-openbsd", "socat", "curl", "redis-tools"]);
    }
}
