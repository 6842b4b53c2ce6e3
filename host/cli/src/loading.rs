//! Loads the app of `host run`, within a time limit if the run has one.
//!
//! An app of a few kilobytes can be made to take hours to compile, and compiling cannot be interrupted. A thread
//! that compiles for too long runs on until the process ends.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use host::{App, Composition, Config, Error, Escaped};

use crate::exit::{REFUSED, TIMED_OUT};
use crate::within::within;

/// The least time limit for compiling. The first run of a good app should not fail because later ones, which find it
/// in the cache, are short.
const LEAST: Duration = Duration::from_secs(60);

/// Why an app was not loaded, unless the library says why.
#[derive(Debug)]
pub(crate) enum NotLoaded {
    TooLate { app: PathBuf, limit: Duration },
    NoThread(io::Error),
}

/// Compiles an app with this path, or loads it from the cache. With a time limit for its run, compiling has at most
/// the same time, or a minute if that is longer.
///
/// # Errors
///
/// Compiling took too long, or there is no thread for it. The inner error is that of the library.
pub(crate) fn load(
    host: &Config,
    app: Composition,
    path: &Path,
    limit: Option<Duration>,
) -> Result<Result<App, Error>, NotLoaded> {
    let host = host.clone();
    load_with(path, limit, move || App::load_alone(&host, app))
}

/// Loads an app with this path by a function of the library, within the time that [`load`] has.
///
/// # Errors
///
/// Fails as [`load`] does.
pub(crate) fn load_with<T: Send + 'static>(
    path: &Path,
    limit: Option<Duration>,
    load: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<Result<T, Error>, NotLoaded> {
    let Some(limit) = limit else { return Ok(load()) };
    let limit = limit.max(LEAST);
    let loaded = within(limit, load).map_err(NotLoaded::NoThread)?;
    loaded.ok_or(NotLoaded::TooLate { app: path.to_owned(), limit })
}

impl NotLoaded {
    /// Returns the exit code of the process.
    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::TooLate { .. } => TIMED_OUT,
            Self::NoThread(_) => REFUSED,
        }
    }
}

impl fmt::Display for NotLoaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLate { app, limit } => {
                write!(f, "{} took longer than {limit:?} to compile (--timeout)", Escaped(app.display()))
            }
            Self::NoThread(error) => {
                write!(f, "cannot start a thread that compiles: {error}; raise ulimit -u or -v")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_names_the_app_and_the_limit() {
        let late = NotLoaded::TooLate { app: "a\nb.wasm".into(), limit: LEAST };
        assert_eq!(
            (late.to_string().as_str(), late.code()),
            ("a\\nb.wasm took longer than 60s to compile (--timeout)", 124)
        );
        let path = "no/such/app.wasm";
        let error = load(&Config::default(), path.into(), Path::new(path), Some(Duration::ZERO))
            .unwrap()
            .unwrap_err();
        assert!(error.to_string().starts_with("cannot read no/such/app.wasm"));
    }
}
