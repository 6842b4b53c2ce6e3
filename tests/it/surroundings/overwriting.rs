//! Output files: `--trace x --timeline x` used to write one over the other silently, and `--trace app.wasm`
//! overwrote the app.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::Path;

use tests::{App, Output, Running, guest, host};

fn run(app: &Path, options: &[&str]) -> Output {
    options.iter().fold(App::file(app), |app, option| app.option(*option)).run()
}

#[track_caller]
fn is_refused(output: &Output, names: [&str; 2]) {
    output.exit(2).stdout("").stderr_is_one_line().stderr_has("the same file");
    names.iter().for_each(|name| _ = output.stderr_has(name));
}

#[test]
fn a_trace_is_written_over_nothing_that_is_in_use() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let bytes = fs::read(guest("peers_exit")).unwrap();
    let app = dir.path().join("app.wasm");
    fs::write(&app, &bytes).unwrap();
    symlink("app.wasm", dir.path().join("soft")).unwrap();
    fs::hard_link(&app, dir.path().join("hard")).unwrap();
    for name in ["app.wasm", "soft", "hard", "./app.wasm"] {
        for option in ["--trace", "--timeline"] {
            is_refused(&run(&app, &[option, &path(name)]), [option, "the app"]);
        }
        assert_eq!(fs::read(&app).unwrap(), bytes, "{name}");
    }
    let both = run(&app, &["--trace", &path("x"), "--timeline", &path("./x")]);
    is_refused(&both, ["--trace", "--timeline"]);
    assert!(!dir.path().join("x").exists());
    is_refused(&run(&app, &["--trace", &path("hard"), "--plug", &path("soft")]), ["--trace", "the app"]);
    run(&guest("par_fib"), &["--trace", "/dev/null", "--timeline", "/dev/null"]).exit(0).stderr("");
}

#[test]
fn a_trace_is_not_written_over_the_output() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let mut command = std::process::Command::new("sh");
    command.args(["-c", "exec \"$0\" run --trace \"$2\" -- \"$1\" > \"$2\""]).arg(host().get_program());
    command.arg(guest("peers_exit")).arg(&out);
    is_refused(&Running::start(command).end(), ["--trace", "stdout"]);
}

#[test]
fn a_composition_is_not_written_over_its_parts() {
    let dir = tempfile::tempdir().unwrap();
    let app = dir.path().join("app.wasm");
    fs::copy(guest("par_fib"), &app).unwrap();
    let bytes = fs::read(&app).unwrap();
    let compose = |output: &Path| {
        let mut command = host();
        command.args(["compose", "--portable", "-o"]).arg(output).arg(&app);
        Running::start(command).end()
    };
    symlink("app.wasm", dir.path().join("link")).unwrap();
    is_refused(&compose(&app), ["-o", "the input"]);
    is_refused(&compose(&dir.path().join("link")), ["-o", "the input"]);
    assert_eq!(fs::read(&app).unwrap(), bytes);
    compose(&dir.path().join("new")).exit(0);
    File::open(dir.path().join("new")).unwrap();
}
