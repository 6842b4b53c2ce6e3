//! Components in other languages, made by the tools of those languages.
//!
//! The tools come from PyPI and npm, in versions that are named here, and are kept in the target folder, as
//! is what they make. Where they cannot be had, the component is left out, and whoever asked is told why.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use anyhow::{Context as _, Result};

use crate::command::{self, program, run, succeeds};

/// A component that is not made by cargo.
#[derive(Debug)]
pub(crate) struct Component {
    /// Its file, without `.wasm`.
    pub(crate) name: &'static str,
    /// The language, for people.
    pub(crate) language: &'static str,
    tool: &'static Tool,
    /// What it is made of, from the root of the workspace.
    sources: &'static [&'static str],
    /// What the tool is told, but for where the component is to be.
    args: &'static [&'static str],
}

/// `demo:text/stats`, for examples/polyglot.
pub(crate) const TEXTS: [Component; 2] = [
    Component {
        name: "text-python",
        language: "Python",
        tool: &COMPONENTIZE_PY,
        sources: &["examples/polyglot/python/text.py", "examples/polyglot/wit/text.wit"],
        args: &[
            "-q",
            "-d",
            "examples/polyglot/wit",
            "-w",
            "text",
            "componentize",
            "-p",
            "examples/polyglot/python",
            "text",
        ],
    },
    Component {
        name: "text-javascript",
        language: "JavaScript",
        tool: &COMPONENTIZE_JS,
        sources: &["examples/polyglot/javascript/text.js", "examples/polyglot/wit/text.wit"],
        args: &[
            "examples/polyglot/javascript/text.js",
            "-w",
            "examples/polyglot/wit",
            "-n",
            "text",
            "-d",
            "http",
            "fetch-event",
        ],
    },
];

/// An app that has nothing of this project but the contract.
pub(crate) const OTHER: Component = Component {
    name: "other-language",
    language: "Python",
    tool: &COMPONENTIZE_PY,
    sources: &["examples/other-language/primes.py", "wit/jobs.wit", "wit/types.wit", "wit/world.wit"],
    args: &[
        "-q",
        "-d",
        "wit",
        "-w",
        "parallel:futures/app",
        "componentize",
        "-p",
        "examples/other-language",
        "primes",
    ],
};

/// A program that makes components.
#[derive(Debug)]
struct Tool {
    /// With its version, so that another version is another folder.
    name: &'static str,
    /// Where it is in its folder.
    program: &'static str,
    /// With these arguments it succeeds, if it is installed.
    is_there: &'static [&'static str],
    install: fn(&Path) -> Result<()>,
}

const VERSION: &[&str] = &["--version"];

const COMPONENTIZE_PY: Tool = Tool {
    name: "componentize-py-0.25.1",
    program: "bin/componentize-py",
    is_there: VERSION,
    install: |folder| pip("componentize-py==0.25.1", folder),
};

const COMPONENTIZE_JS: Tool = Tool {
    name: "componentize-js-0.23.0",
    program: "node_modules/.bin/componentize-js",
    is_there: VERSION,
    install: |folder| npm("@bytecodealliance/componentize-js@0.23.0", folder),
};

/// Runs components in Node. Nothing is made of it; the tests find it in its folder.
const JCO: Tool = Tool {
    name: "jco-1.35.0",
    program: "node_modules/.bin/jco",
    is_there: VERSION,
    install: |folder| npm("@bytecodealliance/jco@1.35.0", folder),
};

/// Runs components in the wasmtime that its makers publish, as a library of Python.
const WASMTIME: Tool = Tool {
    name: "wasmtime-py-50.0.1",
    program: "bin/python3",
    is_there: &["-c", "import wasmtime"],
    install: |folder| pip("wasmtime==50.0.1", folder),
};

fn pip(package: &str, folder: &Path) -> Result<()> {
    run(program("python3", &["-m", "venv", "--clear"]).arg(folder))?;
    run(Command::new(folder.join("bin/pip")).args(["install", "--quiet", package]))
}

fn npm(package: &str, folder: &Path) -> Result<()> {
    run(program("npm", &["install", "--no-audit", "--no-fund", package, "--prefix"]).arg(folder))
}

/// Installs the runtimes that portable apps are tested on. Returns those that cannot be had, and why.
pub(crate) fn runtimes() -> Vec<(&'static str, anyhow::Error)> {
    let missing = |tool: &Tool| Some((tool.name, install(tool).err()?));
    [&JCO, &WASMTIME].into_iter().filter_map(missing).collect()
}

/// The program of a tool, which is installed if it does not run. Also whether it had to be.
fn install(tool: &Tool) -> Result<(PathBuf, bool)> {
    let folder = folder()?.join(tool.name);
    let program = folder.join(tool.program);
    let is_missing = !succeeds(Command::new(&program).args(tool.is_there));
    if is_missing {
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        (tool.install)(&folder)?;
    }
    Ok((program, is_missing))
}

/// The file of the component, made if it is not there, or older than what it is made of.
///
/// # Errors
///
/// If it cannot be made; why is for who leaves it out.
pub(crate) fn made(component: &Component) -> Result<PathBuf> {
    let file = folder()?.join(component.name).with_extension("wasm");
    let (program, is_new) = install(component.tool)?;
    if !is_new && is_newer(&file, component.sources) {
        return Ok(file);
    }
    let mut command = Command::new(program);
    command.current_dir(command::root()).args(component.args).arg("-o").arg(&file);
    run(&mut command)?;
    Ok(file)
}

/// Where components and tools of other languages are kept.
pub(crate) fn folder() -> Result<PathBuf> {
    Ok(command::target_dir()?.join("languages"))
}

fn is_newer(file: &Path, sources: &[&str]) -> bool {
    let modified = |path: &Path| fs::metadata(path).and_then(|data| data.modified()).ok();
    let newest = sources.iter().map(|source| modified(&command::root().join(source)));
    match (modified(file), newest.collect::<Option<Vec<SystemTime>>>()) {
        (Some(file), Some(sources)) => sources.into_iter().all(|source| source < file),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sources_are_there() {
        for source in TEXTS.iter().chain([&OTHER]).flat_map(|component| component.sources) {
            assert!(command::root().join(source).is_file(), "{source}");
        }
    }

    /// Elsewhere they would take it for missing, and be left out.
    #[test]
    fn the_tests_look_for_the_runtime_where_it_is() {
        for tool in [JCO, WASMTIME] {
            let path = format!("\"{}/", tool.name);
            assert!(include_str!("../../tests/src/portable.rs").contains(&path), "{path}");
        }
    }

    #[test]
    fn what_is_older_than_a_source_is_made_again() {
        let folder = std::env::temp_dir().join(format!("languages-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let [old, new] = ["old", "new"].map(|name| folder.join(name));
        for (file, seconds) in [(&old, 1), (&new, 2)] {
            let time = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
            fs::File::create(file).unwrap().set_modified(time).unwrap();
        }
        assert!(is_newer(&new, &[old.to_str().unwrap()]));
        assert!(!is_newer(&old, &[new.to_str().unwrap()]));
        assert!(!is_newer(&folder.join("missing"), &[old.to_str().unwrap()]));
        fs::remove_dir_all(folder).unwrap();
    }
}
