//! One line, one code, and the thing named, for every error.

use super::*;

fn path() -> PathBuf {
    "dir/app.wasm".into()
}

fn eperm() -> io::Error {
    io::Error::from_raw_os_error(1)
}

/// All situations, each with its exit code and what its text has to name.
fn all() -> Vec<(Error, u8, &'static str)> {
    let engine = wasmtime::Error::msg("unexpected end\n  (at offset 0x3)").context("failed");
    vec![
        (Error::invalid_config("cores", "more than 1024"), 2, "cores"),
        (ErrorKind::ReadApp { path: path(), source: eperm() }.into(), 66, "dir/app.wasm"),
        (ErrorKind::NotAFile { path: path(), found: "a FIFO" }.into(), 66, "a FIFO"),
        (ErrorKind::EmptyApp { path: path() }.into(), 66, "empty"),
        (ErrorKind::AppTooLarge { path: path(), limit: 1 << 30 }.into(), 66, "1024 MiB"),
        (ErrorKind::NotComponent { path: path(), found: "text" }.into(), 65, "text"),
        (ErrorKind::CoreModule { path: path() }.into(), 65, "wasm32-wasip2"),
        (ErrorKind::Wasip1Module { path: path() }.into(), 65, "wasip1"),
        (ErrorKind::Precompiled { path: path() }.into(), 65, ".cwasm"),
        (Error::invalid_component(&path(), &engine), 65, "failed: unexpected end (at off"),
        (Error::missing_imports(&path(), vec!["a:b/c@1.0.0".into()]), 65, "a:b/c@1.0.0"),
        (
            Error::wrong_contract(&path(), Version::new(0, 1, 9), Version::new(0, 1, 0)),
            65,
            "0.1.9, and this host has 0.1.0; take a newer host",
        ),
        (
            Error::wrong_contract(&path(), Version::new(0, 0, 3), Version::new(0, 1, 0)),
            65,
            "0.0.3, and this host has 0.1.0; build",
        ),
        (Error::other_import(&path(), "a:b/c@0.1.0", &engine), 65, "a:b/c@0.1.0"),
        (Error::no_run_export(&path()), 65, "wasi:cli/run"),
        (Error::wrong_export(&path(), "x:y/worker@0.1.0", &engine), 65, "x:y/worker@0.1.0"),
        (Error::open_dir(&path(), eperm()), 66, "--dir dir/app.wasm"),
        (Error::start_core(3, eperm()), 71, "core 3"),
        (Error::start_core(3, eperm()), 71, "ulimit -n"),
        (Error::threads("start a thread", "no more of them"), 71, "ulimit -n, -u or -v"),
        (Error::address_space("12 MiB are left"), 71, "12 MiB are left; raise ulimit -v"),
        (Error::no_room(&path(), "no memory"), 71, "dir/app.wasm: no memory"),
        (Error::too_many_runs(16), 71, "16 runs"),
        (Error::resources("reserve 8 GiB", "no"), 71, "reserve 8 GiB"),
        (Error::trapped(Path::new("app.wasm"), &engine), 134, "unexpected end (at offset 0x3)"),
        (Error::host_bug("lost a job"), 70, "error/tests.rs"),
        (Error::output(io::Error::from_raw_os_error(28)), 74, "No space left"),
        (Error::output(io::ErrorKind::BrokenPipe.into()), 141, "pipe"),
    ]
}

#[test]
fn every_text_is_one_line_that_names_the_thing() {
    for (error, code, names) in all() {
        let text = error.to_string();
        assert_eq!(error.exit_code(), code, "{text}");
        assert!(text.contains(names), "{text:?} does not name {names:?}");
        assert!(!text.contains('\n'), "{text:?}");
        assert!(!text.ends_with('.'), "{text:?}");
        assert!(text.starts_with(|c: char| c.is_lowercase()), "{text:?}");
    }
}

#[test]
fn a_path_cannot_steer_the_terminal() {
    let path = PathBuf::from("a\nb\x1b[2J.wasm");
    let text = Error::from(ErrorKind::EmptyApp { path }).to_string();
    assert!(!text.contains(char::is_control), "{text:?}");
}

#[test]
fn a_trap_keeps_its_backtrace_out_of_the_line() {
    let trap = wasmtime::Error::msg("wasm trap: unreachable").context("error while: \n 0: f");
    let error = Error::trapped(Path::new("app.wasm"), &trap);
    assert_eq!(error.to_string(), "app.wasm trapped: unreachable");
    assert_eq!(error.details(), "error while: \n 0: f");
}
