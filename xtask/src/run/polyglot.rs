//! `cargo xtask run polyglot`: runs the app with each implementation, on one core and on all.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{ExitCode, Stdio};
use std::{fs, iter};

use anyhow::{Context as _, Result, ensure};

use super::app::{App, build};
use super::input::Input;
use super::{compare, flags};
use crate::command::{self, cargo, run};
use crate::languages;
use crate::toolchain::WASM;

/// The default number of texts.
pub(crate) const TEXTS: usize = 64;

/// The number of pages in each text.
const PAGES: usize = 3;

/// Runs the app with each implementation that can be built, and reports the speedup.
pub(crate) fn polyglot(mut given: Vec<OsString>, app_args: &[OsString]) -> Result<ExitCode> {
    let wasm = build("polyglot")?;
    run(&mut cargo(&["build", "--release", "--target", WASM, "-p", "text"]))?;
    let implementations = implementations(wasm.with_file_name("text.wasm"));
    let own = [OsString::from("texts")];
    let args = if app_args.is_empty() {
        let dir = iter::once(texts()?.as_os_str()).chain(iter::once("::texts".as_ref())).collect();
        given.extend(["--dir".into(), dir]);
        &own
    } else {
        app_args
    };
    let app = App { host: command::host()?, wasm, args };
    for (index, (language, file)) in implementations.into_iter().enumerate() {
        eprintln!("\n{language}");
        let plug = ["--plug".into(), file.into_os_string()];
        let flags: Vec<_> = given.iter().cloned().chain(plug).collect();
        // This run may compile the component, so it is not timed. All runs print the same.
        let mut first = app.command(&flags);
        if index > 0 {
            first.stdout(Stdio::null());
        }
        let status = first.status().context("cannot start the host")?;
        ensure!(status.success(), "the app failed with the component in {language}");
        if flags::cores(&flags) != Some(1) {
            eprintln!("{}", compare::report(&app, &flags, Input::Terminal)?);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Returns the languages and files of all implementations that can be built, the given one in Rust first.
/// Prints which are skipped.
pub(crate) fn implementations(rust: PathBuf) -> Vec<(&'static str, PathBuf)> {
    let mut implementations = vec![("Rust", rust)];
    for component in &languages::TEXTS {
        match languages::made(component) {
            Ok(file) => implementations.push((component.language, file)),
            Err(why) => eprintln!("skipped: {} ({why:#})", component.language),
        }
    }
    implementations
}

/// Writes texts made of the Markdown pages of this repository, and returns their folder.
///
/// A text consists of several consecutive pages, so that there are enough texts and each takes Python more
/// than a few milliseconds.
pub(crate) fn texts() -> Result<PathBuf> {
    let folder = languages::folder()?.join("texts");
    let mut pages = pages(&command::root().join("book/src"))?;
    pages.extend(
        ["README.md", "docs/architecture.md", "CONTRIBUTING.md"].map(|name| command::root().join(name)),
    );
    let read =
        |path: &PathBuf| fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()));
    let pages = pages.iter().map(read).collect::<Result<Vec<_>>>()?;
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for text in 0..TEXTS {
        let path = folder.join(format!("{text:02}.md"));
        let content: String = pages.iter().cycle().skip(text).take(PAGES).map(String::as_str).collect();
        fs::write(&path, content).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(folder)
}

fn pages(folder: &Path) -> Result<Vec<PathBuf>> {
    let what = || format!("cannot list {}", folder.display());
    let entries = fs::read_dir(folder).with_context(what)?.map(|entry| entry.map(|entry| entry.path()));
    let mut pages = entries.collect::<Result<Vec<_>, _>>().with_context(what)?;
    pages.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    pages.sort();
    Ok(pages)
}
