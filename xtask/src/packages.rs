//! Programs of other projects that the tests use, installed where they are missing.
//!
//! apt-get installs the packages of Debian. On other systems, the error names the packages to install.

use std::env;
use std::ffi::OsStr;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};

use crate::command::{program, run};

/// The programs, and their Debian packages.
///
/// redis-tools contains a Redis server: `redis-check-rdb`, run under the name `redis-server`. The package
/// redis-server would only add a service, and start it. nats-server adds one too, which the tests do not use; it is
/// in /usr/sbin, which is not on every path. promtool checks metrics, and comes with the whole of Prometheus.
const PROGRAMS: [(&str, &str); 8] = [
    ("nc", "netcat-openbsd"),
    ("socat", "socat"),
    ("curl", "curl"),
    ("openssl", "openssl"),
    ("redis-cli", "redis-tools"),
    ("redis-benchmark", "redis-tools"),
    ("nats-server", "nats-server"),
    ("promtool", "prometheus"),
];

/// Installs the packages whose programs are not on the `PATH`.
pub(crate) fn ensure_packages() -> Result<()> {
    let mut path = env::var_os("PATH").unwrap_or_default();
    path.push(":/usr/sbin");
    let packages = missing(&path);
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

/// Returns the packages whose programs are in none of these directories.
fn missing(path: &OsStr) -> Vec<&'static str> {
    let is_there = |name: &str| env::split_paths(path).any(|directory| directory.join(name).is_file());
    let missing = PROGRAMS.iter().filter(|(name, _)| !is_there(name));
    let mut packages: Vec<_> = missing.map(|&(_, package)| package).collect();
    packages.dedup();
    packages
}

/// Returns a command that runs as root.
fn as_root(words: &[&str]) -> Command {
    let id = program("id", &["-u"]).output();
    let mut command = if id.is_ok_and(|id| id.stdout == b"0\n") {
        program(words[0], &words[1..])
    } else {
        program("sudo", words)
    };
    // Fails instead of asking for a password.
    command.stdin(Stdio::null());
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_missing_once() {
        assert_eq!(
            missing(OsStr::new("")),
            ["netcat-openbsd", "socat", "curl", "openssl", "redis-tools", "nats-server", "prometheus"]
        );
    }
}
