//! Adds flags to errors and failures. The texts of the library name no flags, because every embedder has its own.

use std::fmt;

use host::{Error, Setting};

/// Displays an error on one line, with the flags for the settings that it refers to.
#[derive(Debug)]
pub(crate) struct Hinted<'a>(pub(crate) &'a Error);

impl fmt::Display for Hinted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flags = self.0.settings().iter().flat_map(|setting| flags(*setting)).copied().collect::<Vec<_>>();
        match flags.as_slice() {
            [] => write!(f, "{}", self.0),
            flags => write!(f, "{} ({})", self.0, flags.join(", ")),
        }
    }
}

/// Returns the name of a setting in the failures of jobs: its flag.
pub(crate) fn name(setting: Setting) -> &'static str {
    flags(setting).first().copied().unwrap_or(setting.name())
}

/// Returns the flags for a setting; none for a setting without a flag.
fn flags(setting: Setting) -> &'static [&'static str] {
    match setting {
        Setting::Cores => &["--cores"],
        Setting::Slots => &["--slots"],
        Setting::Stack => &["--stack"],
        Setting::Cache => &["--cache-dir", "--no-cache"],
        Setting::CompilerMemory => &["--compile-memory"],
        Setting::Depth => &["--max-depth"],
        Setting::Grace => &["--grace"],
        Setting::Timeout => &["--timeout"],
        Setting::JobTimeout => &["--job-timeout"],
        Setting::Memory => &["--memory"],
        Setting::JobMemory => &["--job-memory"],
        Setting::JobCalls => &["--job-calls"],
        Setting::Message => &["--max-message"],
        Setting::Env => &["--env"],
        Setting::Dirs => &["--dir"],
        Setting::Plugs => &["--plug"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use host::{Config, Host};

    use super::*;

    #[test]
    fn the_flags_follow_the_text() {
        let error = Host::new(&Config::default().with_slots(1_000_000)).unwrap_err();
        assert_eq!(Hinted(&error).to_string(), "invalid slots: a host has at most 100000 (--slots)");
        let host = Host::new(&Config::default().with_cores(std::num::NonZeroUsize::MIN)).unwrap();
        let error = host.load("no/such/app.wasm").unwrap_err();
        assert_eq!(Hinted(&error).to_string(), error.to_string());
    }

    #[test]
    fn there_are_such_flags() {
        use Setting::{
            Cache, Cores, Depth, Dirs, Env, Grace, JobCalls, JobMemory, JobTimeout, Memory, Message, Plugs,
            Slots, Stack, Timeout,
        };
        let all = [
            Cores, Slots, Stack, Cache, Depth, Grace, Timeout, JobTimeout, Memory, JobMemory, JobCalls,
            Message, Env, Dirs, Plugs,
        ];
        let known = crate::flags::of_run();
        for flag in all.into_iter().flat_map(flags) {
            assert!(known.iter().any(|known| known == flag), "{flag} is not one of {known:?}");
        }
        let named = all.into_iter().flat_map(flags).collect::<BTreeSet<_>>();
        assert_eq!(named.len(), all.len() + 1, "each has its own, and the cache has two");
        assert_eq!((name(JobMemory), name(Setting::Runs)), ("--job-memory", "Config::runs"));
    }
}
