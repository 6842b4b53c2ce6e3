//! Invalid files and flags: the error is one line that names the file or flag, and an exit code.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::{TempDir, tempdir};
use tests::{App, Running, guest, host};

/// A directory for the files of one test.
struct Files(TempDir);

impl Files {
    fn new() -> Self {
        Self(tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, content).unwrap();
        path
    }

    fn wat(&self, name: &str, text: &str) -> PathBuf {
        self.file(name, wat::parse_str(text).unwrap())
    }
}

/// Checks that running this file exits with `code`, and one line with the file's name and `says`.
#[track_caller]
fn refused(path: &Path, code: i32, says: &str) {
    let output = App::file(path).run();
    let name = path.file_name().unwrap_or(path.as_os_str()).to_str().unwrap();
    output.stdout("").exit(code).stderr_is_one_line().stderr_has(name).stderr_has(says);
    let error = output.stderr.strip_prefix("error: ").unwrap_or_else(|| panic!("{output:?}"));
    // `host inspect` gives the same reason.
    let mut inspect = host();
    inspect.arg("inspect").arg(path);
    let inspected = Running::start(inspect).end();
    inspected.exit(code);
    let told = if code == 65 { inspected.text() } else { inspected.stderr };
    assert!(told.contains(error.trim_end()), "{told} does not say {error}");
}

/// While text is translated, it takes forty times its size: the host used to take 7 GB for 180 MB.
#[test]
fn a_text_that_is_too_large() {
    let files = Files::new();
    let text = format!("(component (;{};))", "x".repeat(16 << 20));
    refused(&files.file("large.wat", text), 66, "text larger than the limit of 16 MiB");
}

#[test]
fn an_unreadable_file() {
    let files = Files::new();
    refused(&files.path("missing.wasm"), 66, "No such file");
    refused(&files.path("missing\nline.wasm").join("x"), 66, "No such file");
    refused(files.0.path(), 66, "a directory");
    refused(&files.file("empty.wasm", ""), 66, "empty");
    refused(Path::new("/dev/zero"), 66, "a device");
    refused(&files.file("file", "x").join("app.wasm"), 66, "Not a directory");
}

/// `host run` refused all but regular files.
#[test]
fn an_app_comes_from_a_file_a_pipe_or_stdin() {
    let files = Files::new();
    let (app, fifo) = (guest("peers_exit"), files.path("fifo"));
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let expected = App::file(&app).run();
    let bytes = fs::read(&app).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| fs::write(&fifo, &bytes).unwrap());
        App::file(&fifo).run().stdout(&expected.text()).exit(expected.code);
    });
    App::file("-").stdin(&*bytes).run().stdout(&expected.text()).exit(expected.code);
    App::file("-").run().exit(66).stderr_has("cannot read stdin: it is empty");
}

#[test]
fn an_app_may_be_text() {
    let files = Files::new();
    let text = r#"(component
        (core module $m (func (export "run") (result i32) i32.const 0))
        (core instance $i (instantiate $m))
        (func $run (result (result)) (canon lift (core func $i "run")))
        (instance $exports (export "run" (func $run)))
        (export "wasi:cli/run@0.2.6" (instance $exports)))"#;
    App::file(files.file("app.wat", text)).run().stdout("").stderr("").exit(0);
    App::file("-").stdin("text").run().exit(65).stderr_has("stdin is not a WebAssembly component");
    App::file("-").stdin(text).run().stderr("").exit(0);
    refused(&files.file("library.wat", "(component)"), 65, "wasi:cli/run");
    refused(&files.file("module.wat", "(module)"), 65, "a core module");
    let wrong = App::file(files.file("wrong.wat", "(component\n  (oops))")).run();
    wrong.exit(65).stderr_is_one_line().stderr_has("it is text with an error").stderr_has("wrong.wat:2:");
}

#[test]
fn a_file_without_permission() {
    let files = Files::new();
    let path = files.file("secret.wasm", fs::read(guest("peers_exit")).unwrap());
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    // Root may read everything.
    if fs::File::open(&path).is_err() {
        refused(&path, 66, "denied");
    }
}

#[test]
fn a_file_that_is_not_a_component() {
    let files = Files::new();
    refused(&files.file("text.wasm", "hello\n"), 65, "a text file");
    refused(&files.file("picture.wasm", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), 65, "a PNG image");
    refused(Path::new("/bin/true"), 65, "a native program");
    refused(&files.file("noise.wasm", [0xff, 0xfe, 0, 1, 2]), 65, "not WebAssembly");
    refused(&files.wat("module.wasm", "(module (func (export \"run\")))"), 65, "a core module");
    let wasip1 = r#"(module (import "wasi_snapshot_preview1" "proc_exit" (func (param i32))))"#;
    refused(&files.wat("old.wasm", wasip1), 65, "wasm32-wasip2");
}

#[test]
fn components_that_are_no_apps() {
    let files = Files::new();
    refused(&files.wat("library.wasm", "(component)"), 65, "wasi:cli/run");
    let import = r#"(component (import "acme:anvils/drop@1.2.3" (instance (export "now" (func)))))"#;
    refused(&files.wat("imports.wasm", import), 65, "acme:anvils/drop@1.2.3");
    let invalid = [&b"\0asm\x0d\0\x01\0"[..], &[0xff; 40]].concat();
    refused(&files.file("invalid.wasm", invalid), 65, "not a valid WebAssembly component");
}

/// Returns the text of a component that exports these interfaces, each with one function whose name follows.
fn exporting(interfaces: &[(&str, &str)]) -> String {
    let exports = interfaces.iter().map(|(interface, function)| {
        format!("(instance (export \"{interface}\") (export \"{function}\" (func $f)))")
    });
    format!(
        r#"(component
            (core module $m (func (export "f") (result i32) (unreachable)))
            (core instance $i (instantiate $m))
            (func $f (result (result)) (canon lift (core func $i "f")))
            {})"#,
        exports.collect::<String>()
    )
}

#[test]
fn what_is_no_command_says_what_it_is_and_what_runs_it() {
    let files = Files::new();
    for (name, interface, says) in [
        (
            "library.wasm",
            "demo:text/stats@0.1.0",
            "a library, not a command: it exports demo:text/stats@0.1.0",
        ),
        (
            "candidate.wasm",
            "wasi:cli/run@0.2.0-rc-2023-12-05",
            "a release candidate of WASI; build it with newer",
        ),
        ("later.wasm", "wasi:cli/run@0.4.0", "a command for WASI 0.4.0, and this host has 0.2 and 0.3"),
    ] {
        refused(&files.wat(name, &exporting(&[(interface, "f")])), 65, says);
    }
    let function = r#"(component
        (core module $m (func (export "f")))
        (core instance $i (instantiate $m))
        (func (export "add") (canon lift (core func $i "f"))))"#;
    refused(&files.wat("functions.wasm", function), 65, "it exports add, and no wasi:cli/run");
    for interface in ["wasi:http/incoming-handler@0.2.3", "wasi:http/handler@0.3.0"] {
        let handler = exporting(&[(interface, "handle")]);
        let output = App::file(files.wat("handler.wasm", &handler)).run();
        output
            .exit(65)
            .stderr_is_one_line()
            .stderr_has("an HTTP handler, not a command")
            .stderr_has("host serve");
    }
}

/// Servers that are built as programs have a main function that only traps.
#[test]
fn a_command_that_is_a_handler_too() {
    let files = Files::new();
    let both = exporting(&[("wasi:cli/run@0.2.3", "run"), ("wasi:http/incoming-handler@0.2.3", "handle")]);
    let file = files.wat("both.wasm", &both);
    let output = App::file(&file).run();
    output.exit(134).stderr_has("it exports wasi:http/incoming-handler@0.2.3, so it may be an HTTP handler");
    let mut inspect = host();
    inspect.arg("inspect").arg(&file);
    let inspected = Running::start(inspect).end();
    inspected.exit(0).stdout_has("as an HTTP handler, by host serve");
}

#[test]
fn a_run_export_of_another_type() {
    let files = Files::new();
    let wrong = r#"(component
        (core module $m (func (export "run")))
        (core instance $i (instantiate $m))
        (func $run (canon lift (core func $i "run")))
        (instance (export "wasi:cli/run@0.2.12") (export "run" (func $run))))"#;
    refused(&files.wat("wrong-run.wasm", wrong), 65, "wasi:cli/run");
}

#[test]
fn a_worker_export_of_another_type() {
    let files = Files::new();
    let wrong = r#"(component
        (core module $m (func (export "run")) (func (export "main") (result i32) i32.const 0))
        (core instance $i (instantiate $m))
        (func $run (canon lift (core func $i "run")))
        (func $main (result (result)) (canon lift (core func $i "main")))
        (instance (export "wasi:cli/run@0.2.12") (export "run" (func $main)))
        (instance (export "parallel:futures/worker@0.1.0") (export "run" (func $run))))"#;
    refused(&files.wat("wrong-worker.wasm", wrong), 65, "parallel:futures/worker@0.1.0");
}

/// Without this check, the engine would run it until it calls the missing function.
#[test]
fn an_app_for_a_newer_contract() {
    let files = Files::new();
    let app = fs::read(guest("par_values")).unwrap();
    for (version, says) in [
        ("0.1.9", "is built for parallel:futures@0.1.9, and this host has 0.1.0; take a newer host"),
        ("0.2.0", "is built for parallel:futures@0.2.0, and this host has 0.1.0; take a newer host"),
        ("0.0.7", "is built for parallel:futures@0.0.7, and this host has 0.1.0; build the app for 0.1.0"),
    ] {
        for interface in ["jobs", "worker"] {
            let newer = with_version(&app, interface, version);
            refused(&files.file("app.wasm", newer), 65, says);
        }
    }
}

/// Returns an app that imports another version of an interface of the contract.
fn with_version(app: &[u8], interface: &str, version: &str) -> Vec<u8> {
    let [old, new] = ["0.1.0", version].map(|version| format!("parallel:futures/{interface}@{version}"));
    assert_eq!(old.len(), new.len());
    let mut app = app.to_vec();
    let places = app.windows(old.len()).enumerate().filter(|(_, name)| *name == old.as_bytes());
    let places: Vec<_> = places.map(|(place, _)| place).collect();
    assert!(!places.is_empty());
    for place in places {
        app[place..place + new.len()].copy_from_slice(new.as_bytes());
    }
    app
}

#[test]
fn an_app_for_another_contract_of_the_same_version() {
    let files = Files::new();
    let other = r#"(component
        (import "parallel:futures/jobs@0.1.0" (instance (export "cores" (func (result string)))))
        (core module $m (func (export "run") (result i32) i32.const 0))
        (core instance $i (instantiate $m))
        (func $run (result (result)) (canon lift (core func $i "run")))
        (instance (export "wasi:cli/run@0.2.12") (export "run" (func $run))))"#;
    refused(
        &files.wat("other.wasm", other),
        65,
        "parallel:futures/jobs@0.1.0, which this host has with another type",
    );
}

#[test]
fn all_imports_that_are_missing() {
    let files = Files::new();
    let two = r#"(component
        (import "acme:anvils/drop@1.2.3" (instance (export "now" (func))))
        (import "acme:rockets/ride@0.1.0" (instance (export "up" (func)))))"#;
    refused(&files.wat("two-imports.wasm", two), 65, "acme:rockets/ride@0.1.0");
}

#[test]
fn a_component_that_is_cut_off() {
    let files = Files::new();
    let whole = fs::read(guest("peers_exit")).unwrap();
    let path = files.path("cut.wasm");
    let lengths = (1..20).chain((1..100).map(|n| whole.len() * n / 100)).chain(whole.len() - 5..whole.len());
    for length in lengths {
        fs::write(&path, &whole[..length]).unwrap();
        refused(&path, 65, "not a");
    }
    fs::write(&path, &whole).unwrap();
    App::file(path).arg("success").run().exit(0);
}

/// Runs the host with invalid arguments, and checks the error.
#[track_caller]
fn usage(arguments: &[&str], says: &str) {
    let mut command = host();
    command.args(arguments);
    let output = Running::start(command).end();
    output.stdout("").exit(2).stderr_has(says);
    assert!(!output.stderr.contains("panicked at"), "{output:?}");
}

#[test]
fn invalid_flags() {
    let app = guest("peers_exit");
    let app = app.to_str().unwrap();
    for cores in ["0", "-1", "abc", "1e9", "", "1025", "99999999999999999999"] {
        usage(&["run", &format!("--cores={cores}"), app], "from 1 to 1024");
    }
    usage(&["run", "--core", "2", app], "--cores");
    usage(&["run", app, "--dir=", "success"], "--dir");
    usage(&["run", "-S", "everything", app], "inherit-network");
    usage(&["run"], "APP.wasm");
    usage(&["walk", app], "walk");
    usage(&[], "run");
}

#[test]
fn a_directory_that_is_not_there() {
    let files = Files::new();
    let file = files.file("file", "");
    for (dir, says) in [(files.path("missing"), "No such file"), (file, "")] {
        let output = App::new("peers_exit").dir(&dir, "/").arg("success").run();
        output.stdout("").exit(66).stderr_is_one_line().stderr_has(dir.to_str().unwrap()).stderr_has(says);
    }
}
