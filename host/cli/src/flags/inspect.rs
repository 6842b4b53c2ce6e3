//! `host inspect`: describes a file.
//!
//! The doc comments of [`Inspect`] are the text of `host inspect --help`.

use std::path::PathBuf;

use clap::Args;

use host::Composition;

use super::compile::CompileArgs;

pub(super) const EXIT_CODES: &str = "\
Exit codes:
    0  this host can run the file
    2  invalid command line
   65  this host cannot run the file
   66  a file cannot be read
   74  the output cannot be written";

/// Show whether a file is an app, what it needs, and whether this host can run it
///
/// The component is compiled or loaded from the cache, as host run does it, but not run.
#[derive(Debug, Args)]
pub(crate) struct Inspect {
    /// Print one JSON object, with more detail
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) compile: CompileArgs,

    /// Link this component first, as host run --plug does
    ///
    /// Can be given more than once, in any order.
    #[arg(long = "plug", value_name = "FILE.wasm")]
    plugs: Vec<PathBuf>,

    /// File to inspect
    #[arg(value_name = "FILE.wasm")]
    file: PathBuf,
}

impl Inspect {
    pub(crate) fn composition(&self) -> Composition {
        self.plugs.iter().fold(Composition::new(&self.file), Composition::plug)
    }
}
