//! `host compose`: an app and its plugs, written down as one component.
//!
//! The doc comments of [`Compose`] are the text of `host compose --help`.

use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};

use clap::Args;
use clap::error::ErrorKind;

use host::Composition;

/// What to compose, and where it goes.
#[derive(Debug)]
pub(crate) struct ComposeApp {
    pub(crate) composition: Composition,
    /// The files that it is made of.
    pub(crate) inputs: Vec<PathBuf>,
    pub(crate) output: PathBuf,
}

pub(super) const EXAMPLES: &str = "\
Examples:
  host compose app.wasm --plug filters.wasm -o out.wasm    what --plug of host run does in memory
  host compose app.wasm --portable -o out.wasm             runs wherever WASI 0.2 is

Exit code: 0, or 2 usage, 65 the components do not fit, 66 cannot read one, 74 output not written.";

/// Make one component of an app and others that it imports from
///
/// Each --plug exports what the app imports, or what another plug does. What nobody here exports stays
/// an import of the whole.
#[derive(Debug, Args)]
pub(super) struct Compose {
    /// Satisfy imports with the exports of this component
    ///
    /// May be given more than once, in any order.
    #[arg(long = "plug", value_name = "FILE.wasm")]
    plugs: Vec<PathBuf>,

    /// Need nothing but WASI 0.2: the app runs on any such runtime, on one core
    ///
    /// A part of the result takes the place of the host, and says that there are no cores for jobs.
    #[arg(long)]
    portable: bool,

    /// Where the result goes; - is stdout. It may be none of the files that it is made of
    #[arg(short, long, value_name = "OUT.wasm")]
    output: PathBuf,

    /// The app: a component, as cargo build --target wasm32-wasip2 makes it
    #[arg(value_name = "APP.wasm")]
    app: PathBuf,
}

impl Compose {
    pub(super) fn resolve(self) -> Result<ComposeApp, clap::Error> {
        if self.plugs.is_empty() && !self.portable {
            let text = "there is nothing to compose the app with: add --plug FILE.wasm, or --portable";
            return Err(clap::Error::raw(ErrorKind::MissingRequiredArgument, format!("{text}\n")));
        }
        if self.output == Path::new("-") && io::stdout().is_terminal() {
            let text = "a component is not for a terminal: name a file with -o, or send it to a pipe";
            return Err(clap::Error::raw(ErrorKind::InvalidValue, format!("{text}\n")));
        }
        let inputs = [&self.app].into_iter().chain(&self.plugs).cloned().collect();
        let composition = self.plugs.into_iter().fold(Composition::new(self.app), Composition::plug);
        let composition = if self.portable { composition.portable() } else { composition };
        Ok(ComposeApp { composition, inputs, output: self.output })
    }
}
