//! `host compose`: links an app and its plugs into one component.
//!
//! The doc comments of [`Compose`] are the text of `host compose --help`.

use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};

use clap::Args;
use clap::error::ErrorKind;

use host::Composition;

/// The parsed command line of `host compose`.
#[derive(Debug)]
pub(crate) struct ComposeApp {
    pub(crate) composition: Composition,
    /// The files of the app and the plugs.
    pub(crate) inputs: Vec<PathBuf>,
    pub(crate) output: PathBuf,
}

pub(super) const EXAMPLES: &str = "\
Examples:
  host compose app.wasm --plug filters.wasm -o out.wasm    link filters.wasm, as host run --plug does in memory
  host compose app.wasm --portable -o out.wasm             make an app for any WASI 0.2 runtime

Exit codes:
    0  success
    2  invalid command line
   65  the components do not fit together
   66  a file cannot be read
   74  the output cannot be written";

/// Link an app and the components that it imports from into one component
///
/// Each --plug must export something that the app or another plug imports. Imports that no plug satisfies
/// remain imports of the result.
#[derive(Debug, Args)]
pub(super) struct Compose {
    /// Link this component, whose exports satisfy imports
    ///
    /// Can be given more than once, in any order.
    #[arg(long = "plug", value_name = "FILE.wasm")]
    plugs: Vec<PathBuf>,

    /// Make an app that any WASI 0.2 runtime can run, on one core
    ///
    /// A component in the result takes the place of the host, and reports that there are no cores for jobs.
    #[arg(long)]
    portable: bool,

    /// File of the result, or - for stdout; must not be one of the inputs
    #[arg(short, long, value_name = "OUT.wasm")]
    output: PathBuf,

    /// The app: a component, as built by cargo build --target wasm32-wasip2
    #[arg(value_name = "APP.wasm")]
    app: PathBuf,
}

impl Compose {
    pub(super) fn resolve(self) -> Result<ComposeApp, clap::Error> {
        if self.plugs.is_empty() && !self.portable {
            let text = "there is nothing to link the app with: add --plug FILE.wasm or --portable";
            return Err(clap::Error::raw(ErrorKind::MissingRequiredArgument, format!("{text}\n")));
        }
        if self.output == Path::new("-") && io::stdout().is_terminal() {
            let text =
                "a component is binary and stdout is a terminal: name a file with -o, or redirect stdout";
            return Err(clap::Error::raw(ErrorKind::InvalidValue, format!("{text}\n")));
        }
        let inputs = [&self.app].into_iter().chain(&self.plugs).cloned().collect();
        let composition = self.plugs.into_iter().fold(Composition::new(self.app), Composition::plug);
        let composition = if self.portable { composition.portable() } else { composition };
        Ok(ComposeApp { composition, inputs, output: self.output })
    }
}
