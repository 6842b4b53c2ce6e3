//! The page of the book that lists the options of wasmtime: it lacks none that `wasmtime run --help` has.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::command;

const PAGE: &str = "book/src/wasmtime.md";

/// The options whose value `help` lists their keys.
const GROUPS: [&str; 5] = ["-C", "-D", "-O", "-S", "-W"];

/// Checks that the page names every option and every key.
///
/// # Errors
///
/// Fails with the names of those that the page does not have.
pub(super) fn check(wasmtime: &Path) -> Result<()> {
    let page = command::root().join(PAGE);
    let page = fs::read_to_string(&page).with_context(|| format!("cannot read {}", page.display()))?;
    let mut missing = options(&help(wasmtime, &["--help"])?);
    for group in GROUPS {
        missing.extend(keys(group, &help(wasmtime, &[group, "help"])?));
    }
    ensure!(missing.len() > 100, "wasmtime lists only {} options", missing.len());
    missing.retain(|name| !has(&page, name));
    ensure!(missing.is_empty(), "{PAGE} does not have {}", missing.join(", "));
    Ok(())
}

fn help(wasmtime: &Path, args: &[&str]) -> Result<String> {
    let output = Command::new(wasmtime).arg("run").args(args).output().context("cannot start wasmtime")?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The indentation of the long options in a help text. Their descriptions are indented more.
const INDENTED: usize = 6;

/// Returns the long options of a help text.
fn options(help: &str) -> Vec<String> {
    let is_option =
        |line: &&str| line.find('-').is_some_and(|at| at <= INDENTED && line[..at].trim().is_empty());
    let lines = help.lines().filter(is_option).map(str::trim_start);
    let longs = lines.filter_map(|line| line.split([' ', ',']).find(|word| word.starts_with("--")));
    longs.map(str::to_owned).collect()
}

/// Returns the keys of a group of options: lines such as `-S cwd=val -- Initial ...`.
fn keys(group: &str, help: &str) -> Vec<String> {
    let lines = help.lines().filter_map(|line| line.trim_start().strip_prefix(group));
    let names = lines.filter_map(|line| line.split_once(" -- ").map(|(key, _)| key.trim()));
    names.map(|key| key.split(['=', '[']).next().unwrap_or(key).to_owned()).collect()
}

/// Returns whether the page has a name as code, with or without what follows it.
fn has(page: &str, name: &str) -> bool {
    ["`", " ", "="].iter().any(|end| page.contains(&format!("`{name}{end}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_and_keys_are_found() {
        let help = "  -O, --optimize <KEY[=VAL[,..]]>\n          -text --more\n      --dir <HOST>\n";
        assert_eq!(options(help), ["--optimize", "--dir"]);
        let help = "\n  -S    cli[=y|n] -- Enable.\n  -S  cwd=val -- Initial.\n  -S nn-graph=<format>::<dir> -- Pre.\n";
        assert_eq!(keys("-S", help), ["cli", "cwd", "nn-graph"]);
        let page = "| `--dir HOST` | `cli`, `cwd=PATH` |";
        assert!(["--dir", "cli", "cwd"].iter().all(|name| has(page, name)));
        assert!(!has(page, "--di") && !has(page, "HOST"));
    }
}
