//! Small components in the text format. Each import and export is a function that returns a number.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::{TempDir, tempdir};
use tests::{Output, Running, host};

/// A directory with the components of one test.
pub(super) struct Parts(TempDir);

impl Parts {
    pub(super) fn new() -> Self {
        Self(tempdir().unwrap())
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(super) fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    pub(super) fn wat(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, wat::parse_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))).unwrap();
        path
    }

    /// Creates a component that exports 1 plus the sum of the numbers that it imports.
    ///
    /// An interface is written `demo:a/x@0.1.0`, and has a function `n`; with the suffix ` u64`, the function
    /// has another type.
    pub(super) fn plug(&self, name: &str, imports: &[&str], exports: &[&str]) -> PathBuf {
        let mut text = sum(imports, "(i32.const 1)");
        for (at, export) in exports.iter().enumerate() {
            let (export, ty) = interface(export);
            let core = if ty == "u64" { "n64" } else { "n" };
            let function = format!("(func $f{at} (result {ty}) (canon lift (core func $sum {core:?})))");
            let instance = format!("(instance $e{at} (export \"n\" (func $f{at})))");
            writeln!(text, "{function} {instance} (export {export:?} (instance $e{at}))").unwrap();
        }
        self.wat(name, &format!("(component {text})"))
    }

    /// Creates a program that fails unless the imported numbers have this sum.
    pub(super) fn app(&self, name: &str, imports: &[&str], expected: u32) -> PathBuf {
        let text = sum(imports, &format!("(i32.const -{expected})"));
        let run = "(func $run (result (result)) (canon lift (core func $sum \"failed\")))
            (instance $run (export \"run\" (func $run))) (export \"wasi:cli/run@0.2.0\" (instance $run))";
        self.wat(name, &format!("(component {text} {run})"))
    }

    /// Runs the host with these arguments, in this directory.
    pub(super) fn host(&self, line: &str) -> Output {
        let mut command = self.command();
        command.args(line.split(' '));
        Running::start(command).end()
    }

    pub(super) fn command(&self) -> Command {
        let mut command = host();
        command.current_dir(self.0.path());
        command
    }
}

/// Returns imports, and a core instance `$sum` that adds their numbers to `start`.
fn sum(imports: &[&str], start: &str) -> String {
    let (mut outside, mut given, mut inside) = <(String, String, String)>::default();
    let mut sum = start.to_owned();
    for (at, import) in imports.iter().enumerate() {
        let (import, ty) = interface(import);
        writeln!(outside, "(import {import:?} (instance $i{at} (export \"n\" (func (result {ty})))))")
            .unwrap();
        writeln!(outside, "(core func $i{at} (canon lower (func $i{at} \"n\")))").unwrap();
        write!(given, "(export \"{at}\" (func $i{at}))").unwrap();
        let (core, wrap) =
            if ty == "u64" { ("i64", "i32.wrap_i64") } else { ("i32", "i32.add (i32.const 0)") };
        write!(inside, "(import \"i\" \"{at}\" (func $i{at} (result {core})))").unwrap();
        sum = format!("(i32.add {sum} ({wrap} (call $i{at})))");
    }
    format!(
        "{outside}
        (core module $sum {inside}
            (func (export \"n\") (result i32) {sum})
            (func (export \"n64\") (result i64) (i64.extend_i32_u {sum}))
            (func (export \"failed\") (result i32) (i32.ne (i32.const 0) {sum})))
        (core instance $sum (instantiate $sum (with \"i\" (instance {given}))))"
    )
}

/// Splits the text into the name of an interface and the type of its function.
fn interface(text: &str) -> (&str, &str) {
    text.split_once(' ').unwrap_or((text, "u32"))
}

/// Returns the imports of a component, as wac reads them.
pub(super) fn imports(path: &Path) -> Vec<String> {
    let mut inspect = host();
    inspect.args(["inspect", "--json"]).arg(path);
    let text = Running::start(inspect).end().text();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let names = json["imports"].as_array().unwrap().iter().map(|import| import["name"].as_str().unwrap());
    names.map(str::to_owned).collect()
}
