//! The time of a short run, from the start of the process to its end.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};

use super::guests::{Guests, peers_folder};
use super::results::{Results, Row};
use crate::command::{self, cargo};
use crate::languages;

const RUNS: usize = 30;

/// The version of the engine in the host.
const WASMTIME: &str = "48.0.8";

/// The smallest set of features with which it can run components and cache compiled code.
const FEATURES: &str = "run,cache,component-model,cranelift,parallel-compilation";

const VARIANTS: [&str; 2] = ["host run", "wasmtime run"];
const COLUMNS: [&str; VARIANTS.len()] = ["ours", "wasmtime"];

/// The text that the app in Python reads, and the directory that is granted for it.
const FOLDER: &str = "wit";
const TEXT: &str = "wit/README.md";

pub(crate) fn measure(guests: &Guests) -> Result<Results> {
    let wasmtime = wasmtime();
    if let Err(why) = &wasmtime {
        eprintln!("skipped: wasmtime run ({why:#})");
    }
    let python = python(guests);
    if let Err(why) = &python {
        eprintln!("skipped: the app with a component in Python ({why:#})");
    }
    let folder = format!("{}::{FOLDER}", command::root().join(FOLDER).display());
    let cases = [
        (
            "std",
            "a std program that prints hello",
            Some(guests.folder.join("start_hello.wasm")),
            vec![],
            vec![],
        ),
        ("python", "an app with a component in Python", python.ok(), vec!["--dir", &folder], vec![TEXT]),
    ];
    let mut rows = Vec::new();
    for (id, what, app, options, arguments) in cases {
        let mut rounds = vec![Vec::new(); VARIANTS.len()];
        // The first run may compile the component.
        for run in 0..=RUNS {
            let Some(app) = &app else { continue };
            let ours = guests.command(&options, app);
            let theirs = wasmtime.as_ref().ok().map(|wasmtime| wasmtime.command(&options, app));
            for (command, rounds) in [Some(ours), theirs].into_iter().zip(&mut rounds) {
                let Some(mut command) = command else { continue };
                let took = milliseconds(command.args(&arguments))?;
                rounds.extend((run > 0).then_some(took));
            }
        }
        let row = Row { id: id.to_owned(), what: what.to_owned(), rounds, ..Row::default() };
        eprintln!("{what}: {:?}", row.medians());
        rows.push(row);
    }
    let about = format!(
        "A program from its start to its exit, {RUNS} times, with compiled code in the cache of each. \
         `wasmtime run` is wasmtime-cli {WASMTIME}. The app in Python is `examples/polyglot` with its \
         component in Python, made portable, which has 18 MB and reads a page of text."
    );
    Ok(Results::of_peers(&about, "ms", &VARIANTS, rows).with_columns(COLUMNS).with_gaps())
}

fn milliseconds(command: &mut Command) -> Result<f64> {
    let start = Instant::now();
    let output =
        command.stdin(Stdio::null()).output().with_context(|| format!("cannot start {command:?}"))?;
    let took = start.elapsed();
    ensure!(output.status.success(), "{command:?} failed: {}", String::from_utf8_lossy(&output.stderr));
    Ok(took.as_secs_f64() * 1e3)
}

/// The command-line program of the engine.
struct Wasmtime {
    program: PathBuf,
    /// The configuration file, which sets the directory of its cache.
    config: PathBuf,
}

impl Wasmtime {
    fn command(&self, options: &[&str], app: &Path) -> Command {
        let mut command = Command::new(&self.program);
        let config = format!("cache-config={}", self.config.display());
        command.args(["run", "-C", "cache=y", "-C", &config]).args(options).arg(app);
        command
    }
}

/// Returns the program. Installs it if it is missing, which takes ten minutes.
fn wasmtime() -> Result<Wasmtime> {
    let folder = peers_folder()?;
    let program = folder.join("bin/wasmtime");
    let version = Command::new(&program).arg("--version").output();
    if !version.is_ok_and(|version| String::from_utf8_lossy(&version.stdout).contains(WASMTIME)) {
        let mut install = cargo(&["install", "wasmtime-cli", "--version", WASMTIME, "--locked"]);
        install.args(["--no-default-features", "--features", FEATURES, "--root"]).arg(&folder);
        command::run(&mut install)?;
    }
    let config = folder.join("wasmtime.toml");
    let cache = folder.join("wasmtime-cache");
    let text = format!("[cache]\ndirectory = {:?}\n", cache.display().to_string());
    fs::write(&config, text).with_context(|| format!("cannot write {}", config.display()))?;
    Ok(Wasmtime { program, config })
}

/// Composes the app and its component in Python into a portable app.
fn python(guests: &Guests) -> Result<PathBuf> {
    let component = languages::folder()?.join("text-python.wasm");
    ensure!(component.is_file(), "`cargo xtask run polyglot` makes it");
    let folder = peers_folder()?;
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let app = folder.join("polyglot-python.wasm");
    let mut compose = Command::new(&guests.host);
    compose.args(["compose", "--portable", "-o"]).arg(&app).arg("--plug").arg(&component);
    command::run(compose.arg(guests.folder.join("polyglot.wasm")))?;
    Ok(app)
}
