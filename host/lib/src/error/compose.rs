//! Why components cannot be composed. Each text names both sides.

use std::fmt;
use std::path::{Path, PathBuf};

use super::setting::Setting;

/// A reason why components cannot be composed. Parts are named by their files, and imports and exports with
/// their versions.
#[derive(Debug)]
pub(crate) enum ComposeError {
    /// A plug exports nothing that another part imports. `wanted` lists the open imports, each with the part
    /// that imports it.
    NoUse { plug: PathBuf, exports: Vec<String>, app: PathBuf, wanted: Vec<(PathBuf, String)> },
    /// Two parts use the same interface in versions that are not compatible.
    OtherVersion { importer: PathBuf, import: String, exporter: PathBuf, export: String },
    /// A part exports the same interface with a type other than the one imported.
    OtherType { importer: PathBuf, import: String, exporter: PathBuf, cause: String },
    /// Two plugs export what one part imports.
    TwoPlugs { first: PathBuf, second: PathBuf, import: String, importer: PathBuf },
    /// Two parts import the same interface with types that are not compatible.
    Conflict { first: PathBuf, second: PathBuf, import: String, cause: String },
    /// Each part imports from the next, and the last from the first.
    Cycle { members: Vec<PathBuf> },
    /// A plug starts jobs, which only the app may do.
    PlugWithJobs { plug: PathBuf },
    /// A composition that is to be portable imports more than WASI.
    NotPortable { importer: PathBuf, imports: Vec<String> },
    /// The parts fit, but the whole is not valid.
    Invalid { app: PathBuf, cause: String },
}

impl ComposeError {
    /// Returns the settings that would help.
    pub(super) fn settings(&self) -> &'static [Setting] {
        if let Self::NotPortable { .. } = self { &[Setting::Plugs] } else { &[] }
    }
}

impl fmt::Display for ComposeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoUse { plug, exports, app, wanted } => no_use(f, plug, exports, app, wanted),
            Self::OtherVersion { importer, import, exporter, export } => {
                let (importer, exporter) = (importer.display(), exporter.display());
                write!(
                    f,
                    "{importer} imports {import}, and {exporter} exports {export}: the versions differ; "
                )?;
                f.write_str("build both for the same")
            }
            Self::OtherType { importer, import, exporter, cause } => {
                let (importer, exporter) = (importer.display(), exporter.display());
                write!(
                    f,
                    "{importer} imports {import}, which {exporter} exports with another type: {cause}; "
                )?;
                f.write_str("build both from the same WIT")
            }
            Self::TwoPlugs { first, second, import, importer } => {
                let (first, second, importer) = (first.display(), second.display(), importer.display());
                write!(
                    f,
                    "{first} and {second} both export {import}, which {importer} imports; plug one of them"
                )
            }
            Self::Conflict { first, second, import, cause } => {
                let (first, second) = (first.display(), second.display());
                write!(f, "{first} and {second} import {import} with different types: {cause}; ")?;
                f.write_str("build both from the same WIT")
            }
            Self::Cycle { members } => cycle(f, members),
            Self::PlugWithJobs { plug } => {
                let plug = plug.display();
                write!(f, "{plug} imports parallel:futures/jobs, and only the app may start jobs; ")?;
                f.write_str("let the app do it, and call the plug in each")
            }
            Self::NotPortable { importer, imports } => {
                let (importer, imports) = (importer.display(), imports.join(", "));
                write!(
                    f,
                    "{importer} imports {imports}, which is not of WASI 0.2, so this is not portable; "
                )?;
                f.write_str("plug a component that exports it")
            }
            Self::Invalid { app, cause } => {
                write!(f, "{} and its plugs do not make a valid component: {cause}", app.display())
            }
        }
    }
}

fn no_use(
    f: &mut fmt::Formatter<'_>,
    plug: &Path,
    exports: &[String],
    app: &Path,
    wanted: &[(PathBuf, String)],
) -> fmt::Result {
    match exports {
        [] => write!(f, "{} exports nothing", plug.display())?,
        exports => write!(f, "{} exports {}, which nobody imports", plug.display(), exports.join(", "))?,
    }
    if wanted.is_empty() {
        return write!(f, "; {} imports nothing that a plug could satisfy", app.display());
    }
    // Writes `app.wasm imports a, b; text.wasm imports c`: each importer is named once, before its imports.
    let mut importer = None;
    for (path, import) in wanted {
        if importer == Some(path) {
            write!(f, ", {import}")?;
        } else {
            write!(f, "; {} imports {import}", path.display())?;
        }
        importer = Some(path);
    }
    Ok(())
}

fn cycle(f: &mut fmt::Formatter<'_>, members: &[PathBuf]) -> fmt::Result {
    let names = members.iter().chain(members.first()).map(|path| path.display().to_string());
    let names = names.collect::<Vec<_>>().join(", which imports from ");
    write!(f, "a cycle: {names}; components cannot need each other")
}
