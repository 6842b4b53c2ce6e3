//! The settings of a run, as its owner sends them to other machines.
//!
//! Directories, sockets and HTTP are not among them: the jobs of a run that has these stay on its machine.

use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Grants, Limits, RunConfig};
use crate::observe::event::Observer;

/// The version of everything that hosts send each other inside the messages of the protocol: this manifest, and
/// failures.
const VERSION: u32 = 1;

/// The settings of a run on another machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    /// The first field in every version.
    version: u32,
    /// The name of the app's file, for errors.
    pub(crate) app: String,
    argv0: Option<String>,
    args: Vec<String>,
    cwd: Option<String>,
    /// Whether the run has the stdin of its owner.
    stdin: bool,
    env: Vec<(String, String)>,
    config: Vec<(String, String)>,
    keyvalue: Vec<(String, String)>,
    /// The bytes of stack that a guest may use.
    pub(crate) stack: u64,
    fresh: bool,
    grace: Duration,
    job_timeout: Option<Duration>,
    memory: u64,
    job_memory: u64,
    jobs: u64,
    queued: u64,
    message: u64,
    /// The maximum nesting depth of jobs.
    pub(crate) depth: u32,
    job_calls: Option<u64>,
    random: u64,
    http_fields: u64,
    resources: Option<u64>,
    hostcall: Option<u64>,
    is_observed: bool,
}

impl Manifest {
    /// Returns the settings of a run of the app in this file.
    pub(crate) fn new(app: &Path, run: &RunConfig, stack: usize) -> Self {
        let Limits { job_timeout, memory, job_memory, depth, job_calls, random, .. } = run.limits;
        let name = app.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let bytes = |size: usize| size as u64;
        Self {
            version: VERSION,
            argv0: run.argv0.clone(),
            app: name,
            args: run.args.clone(),
            cwd: run.cwd.clone(),
            stdin: run.stdin,
            env: run.grants.env.clone(),
            config: run.grants.config.clone(),
            keyvalue: run.grants.keyvalue.clone(),
            stack: bytes(stack),
            fresh: run.fresh,
            grace: run.grace,
            job_timeout,
            memory,
            job_memory,
            jobs: bytes(run.limits.jobs),
            queued: bytes(run.limits.queued),
            message: bytes(run.limits.message),
            depth,
            job_calls,
            random,
            http_fields: bytes(run.limits.http_fields),
            resources: run.limits.resources.map(bytes),
            hostcall: run.limits.hostcall.map(bytes),
            is_observed: run.observer.is_some(),
        }
    }

    /// Encodes the manifest.
    pub(crate) fn encode(&self) -> Vec<u8> {
        postcard::to_stdvec(self).unwrap_or_default()
    }

    /// Decodes a manifest that another machine has sent.
    ///
    /// # Errors
    ///
    /// It is of another version of the host, or damaged. The text is for the owner of the run.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, String> {
        let version = postcard::take_from_bytes::<u32>(bytes).map(|(version, _)| version);
        match version {
            Ok(VERSION) => {
                postcard::from_bytes(bytes).map_err(|_| "the settings of the run are damaged".to_owned())
            }
            Ok(_) => Err("it has another version of the host: use the same on all machines".to_owned()),
            Err(_) => Err("the run has no settings".to_owned()),
        }
    }

    /// Returns the configuration of the run on another machine, with at most this much memory.
    pub(crate) fn run(&self, memory: u64) -> RunConfig {
        let size = |size: u64| usize::try_from(size).unwrap_or(usize::MAX);
        let mut run = RunConfig { args: self.args.clone(), cwd: self.cwd.clone(), ..RunConfig::default() };
        run.argv0 = Some(self.argv0.clone().unwrap_or_else(|| self.app.clone()));
        run.is_remote = true;
        run.stdin = self.stdin;
        run.fresh = self.fresh;
        run.grace = self.grace;
        run.limits = Limits {
            timeout: None,
            job_timeout: self.job_timeout,
            memory: self.memory.min(memory),
            job_memory: self.job_memory,
            jobs: size(self.jobs),
            queued: size(self.queued),
            message: size(self.message),
            depth: self.depth,
            job_calls: self.job_calls,
            random: self.random,
            http_fields: size(self.http_fields),
            resources: self.resources.map(size),
            hostcall: self.hostcall.map(size),
        };
        run.grants = Grants {
            env: self.env.clone(),
            config: self.config.clone(),
            keyvalue: self.keyvalue.clone(),
            ..Grants::default()
        };
        // The answer to whether there is an observer is the same in all instances of a run.
        run.observer = self.is_observed.then(|| Observer::new(|_| {}));
        run
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_settings_of_a_run_are_the_same_there() {
        let mut run = RunConfig::default().with_args(["a", "b"]).with_fresh(true).with_cwd("/x".to_owned());
        run.limits = Limits { memory: 1 << 40, job_memory: 5, ..Limits::default() };
        run.grants = Grants::default().with_env("A", "1").with_config("b", "2").with_keyvalue("c", "3");
        let manifest = Manifest::new(Path::new("dir/app.wasm"), &run, 1 << 20);
        let decoded = Manifest::decode(&manifest.encode()).unwrap();
        assert_eq!(decoded, manifest);
        let there = decoded.run(1 << 30);
        assert_eq!((there.args, there.grants, there.cwd), (run.args, run.grants, run.cwd));
        assert_eq!(there.argv0.as_deref(), Some("app.wasm"));
        assert_eq!(there.limits, Limits { memory: 1 << 30, ..run.limits });
        assert!(there.fresh && there.stdin && there.is_remote && there.observer.is_none());
    }

    #[test]
    fn another_version_is_named_as_such() {
        let mut manifest = Manifest::new(Path::new("app.wasm"), &RunConfig::default(), 0);
        manifest.version = 9;
        assert!(Manifest::decode(&manifest.encode()).unwrap_err().contains("another version"));
        let manifest = Manifest::new(Path::new("app.wasm"), &RunConfig::default(), 0).encode();
        assert!(Manifest::decode(&manifest[..10]).unwrap_err().contains("damaged"));
        assert!(Manifest::decode(&[]).is_err());
    }
}
