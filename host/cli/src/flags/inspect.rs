//! `host inspect`: a file, and how to tell of it.

use std::path::PathBuf;

use clap::Args;

use host::Composition;

use super::cache::CacheArgs;

/// Say what a file is: whether it is an app, what it needs, and whether it runs here
///
/// A component is compiled for that, or taken from the cache, as host run would do. Nothing of it is run.
///
/// Exit code: 0 if this host runs it, 65 if not, 66 if it cannot be read.
#[derive(Debug, Args)]
pub(crate) struct Inspect {
    /// For programs: one object of JSON, the same in more detail
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) cache: CacheArgs,

    /// Look at the app with the exports of this component, as host run would run it
    ///
    /// May be given more than once, in any order.
    #[arg(long = "plug", value_name = "FILE.wasm")]
    plugs: Vec<PathBuf>,

    /// The file
    #[arg(value_name = "FILE.wasm")]
    file: PathBuf,
}

impl Inspect {
    pub(crate) fn composition(&self) -> Composition {
        self.plugs.iter().fold(Composition::new(&self.file), Composition::plug)
    }
}
