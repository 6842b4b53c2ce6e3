//! Names with control sequences: a component may give its imports, exports and functions names that clear a
//! terminal, set its title, or forge lines of the host. `host inspect` and `HOST_BACKTRACE=1` used to print
//! them unescaped.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use tests::{App, Output, Running, host};

/// Control characters: an escape sequence, a line end, a C1 control, and right-to-left text.
const EVIL: &str = "\x1b[2J\nerror: x\u{9b}m\u{202e}\u{2028}\x7f\r";

/// Creates a component in which a name of `z`s is replaced by as many control characters.
fn component(dir: &TempDir, name: &str, text: &str) -> PathBuf {
    let mut bytes = wat::parse_str(text).unwrap();
    let evil = EVIL.as_bytes();
    let long = vec![b'z'; evil.len()];
    let places =
        (0..bytes.len() - long.len()).filter(|&at| bytes[at..].starts_with(&long)).collect::<Vec<_>>();
    assert!(!places.is_empty(), "{name}");
    for at in places {
        bytes[at..at + evil.len()].copy_from_slice(evil);
    }
    let path = dir.path().join(name);
    fs::write(&path, bytes).unwrap();
    path
}

fn command(args: &[&str], files: &[&Path]) -> Output {
    let mut command = host();
    command.args(args).args(files).env("HOST_BACKTRACE", "1").env("HOST_LOG", "debug");
    Running::start(command).end()
}

/// Checks that the text contains the name in escaped form, and no control characters.
#[track_caller]
fn is_harmless(output: &Output) {
    let text = output.text() + &output.stderr;
    let steers = |c: char| (c.is_control() && c != '\n') || ('\u{2028}'..='\u{202e}').contains(&c);
    assert!(!text.contains(steers), "{text:?}");
    assert!(!text.lines().any(|line| line.starts_with("error: x")), "a forged line: {text}");
    assert!(text.contains("[2J"), "{text}");
}

fn zs() -> String {
    "z".repeat(EVIL.len())
}

#[test]
fn names_of_imports_and_exports() {
    let dir = tempfile::tempdir().unwrap();
    let z = zs();
    let text = format!(
        "(component (import \"demo:text/{z}@0.1.0\" (instance (export \"f\" (func))))
           (instance $i) (export \"{z}\" (instance $i)))"
    );
    let file = component(&dir, "names.wasm", &text);
    is_harmless(command(&["inspect"], &[&file]).exit(65));
    is_harmless(command(&["inspect", "--json"], &[&file]).exit(65));
    is_harmless(command(&["run"], &[&file]).exit(65));
    is_harmless(command(&["compose", "--portable", "-o", "/dev/null"], &[&file]).exit(65));
    let plug = format!("--plug={}", file.display());
    is_harmless(command(&["compose", "-o", "/dev/null", &plug], &[&file]).exit(65));
}

#[test]
fn names_of_functions_in_a_backtrace() {
    let dir = tempfile::tempdir().unwrap();
    let z = zs();
    let text = format!(
        "(component
           (core module $m (func ${z} unreachable) (func (export \"run\") (result i32) call ${z} i32.const 0))
           (core instance $i (instantiate $m))
           (func $run (result (result)) (canon lift (core func $i \"run\")))
           (component $c (import \"r\" (func $f (result (result)))) (export \"run\" (func $f)))
           (instance $run (instantiate $c (with \"r\" (func $run))))
           (export \"wasi:cli/run@0.2.0\" (instance $run)))"
    );
    let file = component(&dir, "trap.wasm", &text);
    is_harmless(command(&["run"], &[&file]).exit(134));
}

/// A C++ name whose text doubles with every four characters. Demangling it used to take 48 s and 600 MB.
#[test]
fn names_that_are_longer_than_all_memory() {
    let dir = tempfile::tempdir().unwrap();
    let digit = |n| char::from_digit(n, 36).unwrap().to_ascii_uppercase();
    let twice = |n| format!("S_IS{0}_S{0}_E", digit(n));
    let name = format!("_Z1f1aIiiE{}", (0..36).map(twice).collect::<String>());
    let text = format!(
        "(component
           (core module $m (func ${name} unreachable) (func (export \"run\") (result i32) call ${name} i32.const 0))
           (core instance $i (instantiate $m))
           (func $run (result (result)) (canon lift (core func $i \"run\")))
           (instance $run (export \"run\" (func $run)))
           (export \"wasi:cli/run@0.2.0\" (instance $run)))"
    );
    let file = dir.path().join("trap.wat");
    fs::write(&file, text).unwrap();
    // Without a bound, this much is not enough.
    let app = App::file(&file).under(["env", "HOST_BACKTRACE=1", "prlimit", "--as=671088640"]);
    app.run().exit(134).stderr_has("unreachable").stderr_has(&name);
}

#[test]
fn names_of_files() {
    let dir = tempfile::tempdir().unwrap();
    let name = EVIL.to_owned() + ".wasm";
    let file = dir.path().join(&name);
    fs::write(&file, "no component").unwrap();
    is_harmless(command(&["inspect"], &[&file]).exit(65));
    is_harmless(command(&["run"], &[&file]).exit(65));
    is_harmless(command(&["run", "--cores", &name], &[]).exit(2));
    is_harmless(command(&["run", "--memory", &name], &[&file]).exit(2));
}
