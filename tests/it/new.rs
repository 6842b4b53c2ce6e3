//! `host new` creates a project that builds, runs and tests by cargo alone. Also tests completions and manual
//! pages.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::tempdir;
use tests::{Output, Running, cargo, host, root};

use crate::serve::Server;

#[track_caller]
fn typed(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = host();
    command.args(arguments).current_dir(folder);
    Running::start(command).end()
}

/// Returns all files below a folder, sorted.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    files.iter().map(|path| path.strip_prefix(folder).unwrap().to_owned()).collect()
}

/// Returns a cargo command in a project, with the host on the `PATH`.
#[track_caller]
fn cargo_in(project: &Path, arguments: &[&str]) -> String {
    let host = host();
    let mut path = OsString::from(Path::new(host.get_program()).parent().unwrap());
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap());
    let mut command = cargo();
    command.args(arguments).current_dir(project).stdin(Stdio::null());
    command.env("PATH", path).env("CARGO_TERM_COLOR", "never").env("CARGO_NET_OFFLINE", "true");
    // All created projects share their built dependencies.
    command.env("CARGO_TARGET_DIR", root().join("target/tmp/new"));
    host.get_envs().for_each(|(name, value)| match value {
        Some(value) => _ = command.env(name, value),
        None => _ = command.env_remove(name),
    });
    let output = command.output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    assert!(output.status.success(), "cargo {arguments:?}: {text}");
    text
}

/// The first steps of a user. The lock file keeps cargo from looking for newer dependencies.
#[test]
fn a_project_builds_runs_and_tests() {
    let folder = tempdir().unwrap();
    let runtime = root().join("guest-runtime");
    let output = typed(folder.path(), &["new", "myapp", "--runtime", runtime.to_str().unwrap()]);
    output.stdout("Created myapp. Next:\n\n  cd myapp\n  cargo run\n  cargo test\n").exit(0);
    let project = folder.path().join("myapp");
    fs::copy(root().join("Cargo.lock"), project.join("Cargo.lock")).unwrap();

    cargo_in(&project, &["build"]);
    let text = cargo_in(&project, &["run", "--quiet"]);
    assert!(text.starts_with("78498 primes below 1000000, counted on "), "{text}");
    let text = cargo_in(&project, &["run", "--quiet", "--", "100"]);
    assert!(text.starts_with("25 primes below 100, counted on "), "{text}");
    let text = cargo_in(&project, &["test"]);
    assert!(text.contains("test result: ok. 2 passed; 0 failed"), "{text}");
    // The unchanged project passes clippy and rustfmt.
    let text = cargo_in(&project, &["clippy", "--all-targets"]);
    assert!(!text.contains("warning"), "{text}");
    cargo_in(&project, &["fmt", "--check"]);
}

#[test]
fn a_handler_builds_serves_and_tests() {
    let folder = tempdir().unwrap();
    let runtime = root().join("guest-runtime");
    let new = ["new", "--serve", "myserver", "--runtime", runtime.to_str().unwrap()];
    let next = "cargo build\n  host serve target/wasm32-wasip2/debug/myserver.wasm\n  cargo test\n";
    let output = typed(folder.path(), &new);
    output.stdout(&format!("Created myserver. Next:\n\n  cd myserver\n  {next}")).exit(0);
    let project = folder.path().join("myserver");
    fs::copy(root().join("Cargo.lock"), project.join("Cargo.lock")).unwrap();

    cargo_in(&project, &["build"]);
    let app = root().join("target/tmp/new/wasm32-wasip2/debug/myserver.wasm");
    let server = Server::of_file(&app, &[]);
    assert_eq!(server.get("/1000000"), (200, "78498\n".to_owned()));
    assert_eq!(server.get("/many"), (400, "ask for /1000\n".to_owned()));
    let text = cargo_in(&project, &["test"]);
    assert!(text.contains("test result: ok. 2 passed; 0 failed"), "{text}");
    let text = cargo_in(&project, &["clippy", "--all-targets"]);
    assert!(!text.contains("warning"), "{text}");
    cargo_in(&project, &["fmt", "--check"]);
}

#[test]
fn the_runtime_is_that_of_this_version() {
    let folder = tempdir().unwrap();
    typed(folder.path(), &["new", "some/where/my-app"]).exit(0);
    let project = folder.path().join("some/where/my-app");
    let names = [".cargo/config.toml", ".gitignore", "Cargo.toml", "rust-toolchain.toml", "src/main.rs"];
    assert_eq!(files(&project), names.map(PathBuf::from));
    let manifest = fs::read_to_string(project.join("Cargo.toml")).unwrap();
    let version = env!("CARGO_PKG_VERSION");
    for line in [
        "name = \"my-app\"",
        &format!("guest-runtime = {{ package = \"parallel-guest-runtime\", version = \"{version}\" }}"),
    ] {
        assert!(manifest.lines().any(|known| known == line), "no {line} in\n{manifest}");
    }
    // The user chooses the Rust toolchain.
    let toolchain = fs::read_to_string(project.join("rust-toolchain.toml")).unwrap();
    assert!(!toolchain.contains("channel"), "{toolchain}");
}

#[test]
fn nothing_is_overwritten() {
    let folder = tempdir().unwrap();
    fs::create_dir_all(folder.path().join("full/src")).unwrap();
    fs::create_dir(folder.path().join("empty")).unwrap();
    fs::write(folder.path().join("file"), "text").unwrap();
    for (name, why) in [("full", "the directory is not empty"), ("file", "Not a directory")] {
        let output = typed(folder.path(), &["new", name]);
        output.exit(2);
        let said = &output.stderr;
        assert!(said.starts_with(&format!("error: cannot create a project in {name}: {why}")), "{said}");
    }
    assert_eq!(files(folder.path()), [PathBuf::from("file")]);
    assert_eq!(fs::read_to_string(folder.path().join("file")).unwrap(), "text");
    typed(folder.path(), &["new", "empty"]).exit(0);
    assert!(folder.path().join("empty/src/main.rs").is_file());
}

#[test]
fn what_cannot_be_a_package_is_refused() {
    let folder = tempdir().unwrap();
    for (arguments, why) in [
        (&["new", "9lives"][..], "9lives cannot be the name of a package: it does not begin with a letter"),
        (&["new", "my app"], "my app cannot be the name of a package: it has ' '"),
        (&["new", "x\u{1b}[2J"], "x\\u{1b}[2J cannot be the name of a package"),
        (&["new", "app", "--runtime", "missing"], "cannot use missing as the guest runtime: No such file"),
        (&["new", "app", "--runtime", "."], "cannot use . as the guest runtime: it has no Cargo.toml"),
    ] {
        let output = typed(folder.path(), arguments);
        output.exit(2);
        let said = &output.stderr;
        assert!(said.starts_with(&format!("error: {why}")), "{arguments:?}: {said}");
    }
    assert!(files(folder.path()).is_empty());
}

/// Returns the completions that bash offers for the last of these words.
fn completed(script: &str, words: &[&str]) -> String {
    let line = words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(" ");
    let at = words.len() - 1;
    let call = format!(
        "{script}\nCOMP_WORDS=({line}); COMP_CWORD={at}; _host host '{}' '{}'; echo \"${{COMPREPLY[@]}}\"",
        words[at],
        words[at - 1],
    );
    let output = Command::new("bash").args(["--norc", "-c", &call]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
}

#[test]
fn shells_complete_commands_and_options() {
    let script = |shell: &str| {
        let output = typed(root(), &["completions", shell]);
        output.exit(0);
        output.text()
    };
    let bash = script("bash");
    assert_eq!(completed(&bash, &["host", "ins"]), "inspect");
    assert_eq!(completed(&bash, &["host", "run", "--cor"]), "--cores");
    assert_eq!(completed(&bash, &["host", "completions", "z"]), "zsh");
    assert!(script("zsh").starts_with("#compdef host\n"));
    assert!(script("fish").contains("complete -c host"));
    typed(root(), &["completions", "tcsh"]).exit(2);
}

#[test]
fn each_command_has_a_manual_page() {
    for (arguments, title, option) in [
        (&["man"][..], ".TH host 1", "inspect"),
        (&["man", "run"], ".TH host-run 1", "\\-\\-cores"),
        (&["man", "new"], ".TH host-new 1", "\\-\\-runtime"),
    ] {
        let output = typed(root(), arguments);
        output.exit(0);
        let page = output.text();
        assert!(page.lines().any(|line| line.starts_with(title)), "no {title} in\n{page}");
        assert!(page.contains(option), "no {option} in\n{page}");
    }
    let output = typed(root(), &["man", "rum"]);
    output.exit(2).stderr_has("there is no command \"rum\"");
}
