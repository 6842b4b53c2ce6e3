//! The settings that an error or a failure may refer to, by their names in the API.

use std::fmt;

/// A setting of a host or a run, to which an [`Error`](crate::Error) or the failure of a job refers.
///
/// [`Display`](fmt::Display) shows its name in this library. A program that has its own names for settings,
/// such as flags, shows those instead, and passes them to its apps
/// ([`RunConfig::setting_name`](crate::RunConfig::setting_name)).
///
/// # Examples
///
/// ```
/// use host::{Config, Host, Setting};
///
/// let error = Host::new(&Config::default().with_slots(1_000_000)).unwrap_err();
/// assert_eq!(error.settings(), [Setting::Slots]);
/// assert_eq!(Setting::Slots.to_string(), "Config::slots");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Setting {
    /// [`Config::cores`](crate::Config::cores)
    Cores,
    /// [`Config::slots`](crate::Config::slots)
    Slots,
    /// [`Config::runs`](crate::Config::runs)
    Runs,
    /// [`Config::stack`](crate::Config::stack)
    Stack,
    /// [`Config::cache`](crate::Config::cache)
    Cache,
    /// [`CompilerProcess::memory`](crate::CompilerProcess::memory)
    CompilerMemory,
    /// [`Config::depth`](crate::Config::depth), or [`Limits::depth`](crate::Limits::depth) of a run
    Depth,
    /// [`RunConfig::args`](crate::RunConfig::args) and [`RunConfig::argv0`](crate::RunConfig::argv0)
    Args,
    /// [`RunConfig::grace`](crate::RunConfig::grace)
    Grace,
    /// [`Limits::timeout`](crate::Limits::timeout)
    Timeout,
    /// [`Limits::job_timeout`](crate::Limits::job_timeout)
    JobTimeout,
    /// [`Limits::memory`](crate::Limits::memory)
    Memory,
    /// [`Limits::job_memory`](crate::Limits::job_memory)
    JobMemory,
    /// [`Limits::job_calls`](crate::Limits::job_calls)
    JobCalls,
    /// [`Limits::message`](crate::Limits::message)
    Message,
    /// [`Grants::env`](crate::Grants::env)
    Env,
    /// [`Grants::dirs`](crate::Grants::dirs)
    Dirs,
    /// [`Composition::plug`](crate::Composition::plug)
    Plugs,
}

impl Setting {
    /// Returns the name of this setting in this library.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(host::Setting::JobMemory.name(), "Limits::job_memory");
    /// ```
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Cores => "Config::cores",
            Self::Slots => "Config::slots",
            Self::Runs => "Config::runs",
            Self::Stack => "Config::stack",
            Self::Cache => "Config::cache",
            Self::CompilerMemory => "CompilerProcess::memory",
            Self::Depth => "Limits::depth",
            Self::Args => "RunConfig::args",
            Self::Grace => "RunConfig::grace",
            Self::Timeout => "Limits::timeout",
            Self::JobTimeout => "Limits::job_timeout",
            Self::Memory => "Limits::memory",
            Self::JobMemory => "Limits::job_memory",
            Self::JobCalls => "Limits::job_calls",
            Self::Message => "Limits::message",
            Self::Env => "Grants::env",
            Self::Dirs => "Grants::dirs",
            Self::Plugs => "Composition::plug",
        }
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
