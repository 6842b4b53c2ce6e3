//! `host new`: the directory of the project, and the source of the guest runtime.
//!
//! The doc comments of [`New`] are the text of `host new --help`.

use std::path::PathBuf;

use clap::Args;

pub(super) const EXAMPLES: &str = "\
Example:
  host new myapp
  cd myapp
  cargo run            builds the program and runs it on all cores
  cargo test           runs its tests, with their jobs

Exit code: 0, or 2 the name or the directory cannot be used, 74 a file not written.";

/// Create a project that cargo builds, runs and tests under this host
///
/// It has a program with a parallel function, and its tests. With --serve, the program handles HTTP requests.
/// cargo build makes a component of it, and cargo run and cargo test run that under the host on the PATH. Nothing
/// is overwritten: the directory must be empty, or not exist.
#[derive(Debug, Args)]
pub(crate) struct New {
    /// Take the guest runtime from this directory, and not from crates.io
    #[arg(long, value_name = "DIR")]
    pub(crate) runtime: Option<PathBuf>,

    /// Create an HTTP handler, for host serve
    #[arg(long)]
    pub(crate) serve: bool,

    /// The directory of the project, which has the name of its package
    #[arg(value_name = "DIR")]
    pub(crate) dir: PathBuf,
}
