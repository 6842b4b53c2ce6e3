//! For every error: one line, one kind, and the name of what failed.

use std::path::PathBuf;

use super::*;

fn path() -> PathBuf {
    "dir/app.wasm".into()
}

fn eperm() -> io::Error {
    io::Error::from_raw_os_error(1)
}

/// All situations, each with its kind and what its text has to name.
fn all() -> Vec<(Error, ErrorKind, &'static str)> {
    of_loading().into_iter().chain(of_running()).collect()
}

fn of_loading() -> Vec<(Error, ErrorKind, &'static str)> {
    use ErrorKind::{InvalidComponent, InvalidConfig, Unreadable};
    let engine = wasmtime::Error::msg("unexpected end\n  (at offset 0x3)").context("failed");
    vec![
        (Error::invalid_config(&[Setting::Cores], "cores", "more than 1024"), InvalidConfig, "cores"),
        (Situation::ReadApp { path: path(), source: eperm() }.into(), Unreadable, "dir/app.wasm"),
        (Situation::NotAFile { path: path(), found: "a FIFO" }.into(), Unreadable, "a FIFO"),
        (Situation::EmptyApp { path: path() }.into(), Unreadable, "empty"),
        (Situation::AppTooLarge { path: path(), limit: 1 << 30 }.into(), Unreadable, "1024 MiB"),
        (
            Situation::TextTooLarge { path: path(), limit: 16 << 20 }.into(),
            Unreadable,
            "of 16 MiB; translate",
        ),
        (Situation::NotComponent { path: path(), found: "text" }.into(), InvalidComponent, "text"),
        (Situation::CoreModule { path: path() }.into(), InvalidComponent, "wasm32-wasip2"),
        (Situation::Wasip1Module { path: path() }.into(), InvalidComponent, "wasip1"),
        (Situation::Precompiled { path: path() }.into(), InvalidComponent, ".cwasm"),
        (Error::invalid_component(&path(), &engine), InvalidComponent, "failed: unexpected end (at off"),
        (Error::missing_imports(&path(), vec!["a:b/c@1.0.0".into()]), InvalidComponent, "a:b/c@1.0.0"),
        (
            Error::missing_imports(&path(), vec!["a".into(); 90_000]),
            InvalidComponent,
            "a, a and 89980 more, which",
        ),
        (
            Error::wrong_contract(&path(), Version::new(0, 1, 9), Version::new(0, 1, 0)),
            InvalidComponent,
            "0.1.9, and this host has 0.1.0; take a newer host",
        ),
        (
            Error::wrong_contract(&path(), Version::new(0, 0, 3), Version::new(0, 1, 0)),
            InvalidComponent,
            "0.0.3, and this host has 0.1.0; build",
        ),
        (Error::other_import(&path(), "a:b/c@0.1.0", &engine), InvalidComponent, "a:b/c@0.1.0"),
        (Error::shared_memory(&path()), InvalidComponent, "app.wasm has a shared memory"),
        (Error::not_a_command(&path(), "a library".into()), InvalidComponent, "app.wasm is a library"),
        (
            Error::release_candidate(&path(), "a:b/c@0.2.0-rc-1"),
            InvalidComponent,
            "a:b/c@0.2.0-rc-1, a release",
        ),
        (Error::wrong_export(&path(), "x:y/worker@0.1.0", &engine), InvalidComponent, "x:y/worker@0.1.0"),
        (
            Situation::InvalidText { path: path(), why: "unexpected `x`".into() }.into(),
            InvalidComponent,
            "text with an error: unexpected `x`",
        ),
    ]
}

fn of_running() -> Vec<(Error, ErrorKind, &'static str)> {
    use ErrorKind::{BadCall, BrokenPipe, Bug, Refused, TooManyRuns, Trapped, Unreadable, Unwritable};
    let engine = wasmtime::Error::msg("unexpected end\n  (at offset 0x3)").context("failed");
    vec![
        (Error::open_dir(&path(), eperm()), Unreadable, "directory dir/app.wasm"),
        (Error::start_core(3, eperm()), Refused, "core 3"),
        (Error::start_core(3, eperm()), Refused, "ulimit -n"),
        (Error::threads("start a thread", "no more of them"), Refused, "ulimit -n, -u or -v"),
        (Error::address_space("12 MiB are left"), Refused, "12 MiB are left; raise ulimit -v"),
        (Error::no_room(&path(), "no memory"), Refused, "dir/app.wasm: no memory"),
        (Error::too_many_runs(16), TooManyRuns, "16 runs"),
        (Error::resources("reserve 8 GiB", "no", &[]), Refused, "reserve 8 GiB"),
        (Error::trapped(Path::new("app.wasm"), &engine, "", None), BadCall, "unexpected end (at offset 0x3)"),
        (
            Error::trapped(Path::new("app.wasm"), &wasmtime::Trap::StackOverflow.into(), "", None),
            Trapped,
            "stack",
        ),
        (Error::host_bug("lost a job"), Bug, "error/tests.rs"),
        (Error::output(io::Error::from_raw_os_error(28)), Unwritable, "No space left"),
        (Error::output(io::ErrorKind::BrokenPipe.into()), BrokenPipe, "pipe"),
    ]
}

#[test]
fn every_text_is_one_line_that_names_the_thing() {
    for (error, kind, names) in all() {
        let text = error.to_string();
        assert_eq!(error.kind(), kind, "{text}");
        assert!(text.contains(names), "{text:?} does not name {names:?}");
        assert!(
            !text.replace("--target", "").contains(" --"),
            "{text:?} speaks of a flag, which only the command has"
        );
        assert!(!text.contains('\n'), "{text:?}");
        assert!(!text.ends_with('.'), "{text:?}");
        assert!(text.starts_with(|c: char| c.is_lowercase()), "{text:?}");
    }
}

#[test]
fn a_path_cannot_steer_the_terminal() {
    let path = PathBuf::from("a\nb\x1b[2J.wasm");
    let text = Error::from(Situation::EmptyApp { path }).to_string();
    assert!(!text.contains(char::is_control), "{text:?}");
}

#[test]
fn a_trap_keeps_its_backtrace_out_of_the_line() {
    let trap = wasmtime::Error::msg("wasm trap: unreachable").context("error while: \n 0: f");
    let error = Error::trapped(Path::new("app.wasm"), &trap, "", None);
    assert_eq!(error.to_string(), "app.wasm trapped: unreachable");
    assert_eq!(error.details(), "error while: \n 0: f");
}
