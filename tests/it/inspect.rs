//! `host inspect`: text and JSON output.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::tempdir;
use tests::{Output, Running, guest, host};

fn inspect(arguments: &[&str], file: &Path) -> Output {
    let mut command = host();
    command.arg("inspect").args(arguments).arg(file);
    Running::start(command).end()
}

fn as_json(file: &Path) -> Value {
    serde_json::from_str(&inspect(&["--json"], file).text()).unwrap()
}

#[test]
fn an_app_for_people() {
    let file = guest("par_values");
    let output = inspect(&[], &file);
    output.exit(0).stderr("");
    let text = output.text();
    assert!(text.starts_with(&format!("{}\n  size      ", file.display())), "{text}");
    for line in [
        "\n  worker    parallel:futures/worker@0.1.0\n",
        "\n  contract  0.1.0, this host has 0.1.0\n",
        "\n  imports   parallel:futures@0.1.0: types, jobs\n",
        "\n  may use   environment variables, with --env\n",
        "\n  runs      yes, on many cores\n",
    ] {
        assert!(text.contains(line), "{line:?} is not in {text}");
    }
}

#[test]
fn an_app_for_programs() {
    let file = guest("par_values");
    let told = as_json(&file);
    assert_eq!(told["runs"], true);
    assert_eq!(told["problems"], json!([]));
    assert_eq!(told["file"], file.to_str().unwrap());
    assert_eq!(told["bytes"], fs::metadata(&file).unwrap().len());
    assert_eq!(told["worker"], "parallel:futures/worker@0.1.0");
    assert!(told["main"].as_str().unwrap().starts_with("wasi:cli/run@0.2."));
    assert_eq!((&told["contract"], &told["host_contract"]), (&json!("0.1.0"), &json!("0.1.0")));
    let imports = told["imports"].as_array().unwrap();
    assert!(imports.contains(&json!({ "name": "parallel:futures/jobs@0.1.0", "satisfied": true })));
    assert!(told["grants"].as_array().unwrap().iter().any(|grant| grant["option"] == "--env"));
    assert!(told["core_modules"].as_u64() > Some(0));
}

#[test]
fn an_app_without_jobs() {
    let file = guest("peers_exit");
    let told = as_json(&file);
    assert_eq!(
        (&told["runs"], &told["worker"], &told["contract"]),
        (&json!(true), &Value::Null, &Value::Null)
    );
    let output = inspect(&[], &file);
    output.exit(0).stdout_has("runs      yes, on one core: it exports no worker");
}

/// All problems are reported at once, while a run stops at the first.
#[test]
fn all_that_keeps_it_from_running() {
    let directory = tempdir().unwrap();
    let file = directory.path().join("library.wasm");
    let text = r#"(component
        (import "acme:anvils/drop@1.2.3" (instance (export "now" (func))))
        (import "parallel:futures/jobs@0.1.9" (instance (export "cores" (func (result u32)))))
        (import "wasi:cli/stdout@0.2.0" (instance)))"#;
    fs::write(&file, wat::parse_str(text).unwrap()).unwrap();
    let told = as_json(&file);
    let problems: Vec<_> = told["problems"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!(problems.len(), 3, "{problems:?}");
    for (problem, says) in
        problems.iter().zip(["take a newer host", "acme:anvils/drop@1.2.3", "wasi:cli/run"])
    {
        assert!(problem.contains(says), "{problem}");
    }
    assert_eq!(told["imports"][0], json!({ "name": "acme:anvils/drop@1.2.3", "satisfied": false }));
    let output = inspect(&[], &file);
    output.exit(65).stderr("").stdout_has("missing   acme:anvils/drop@1.2.3");
    let missing = "\n  missing   acme:anvils/drop@1.2.3\n            parallel:futures/jobs@0.1.9\n";
    let text = output.text();
    assert!(text.contains(&format!("\n  imports   wasi:cli@0.2.0: stdout{missing}")), "{text}");
}

/// An import of only types cannot be missing.
#[test]
fn an_interface_of_types_is_never_missing() {
    let directory = tempdir().unwrap();
    let file = directory.path().join("types.wasm");
    let text = r#"(component
        (import "a:b/types@1.0.0" (instance (type $t u32) (export "t" (type (eq $t)))))
        (import "a:b/both@1.0.0" (instance (type $t u32) (export "t" (type (eq $t))) (export "f" (func))))
        (import "a:b/resource@1.0.0" (instance (export "r" (type (sub resource))))))"#;
    fs::write(&file, wat::parse_str(text).unwrap()).unwrap();
    let told = as_json(&file);
    let satisfied = told["imports"].as_array().unwrap().iter().map(|import| &import["satisfied"]);
    assert_eq!(satisfied.collect::<Vec<_>>(), [true, false, false]);
}

/// With plugs, the result is that of a run with them.
#[test]
fn an_app_with_a_plug() {
    inspect(&[], &guest("compose_faults")).exit(65).stdout_has("missing   tests:faults/faults@0.1.0");
    let plug = guest("faults");
    let output = inspect(&["--plug", plug.to_str().unwrap()], &guest("compose_faults"));
    output.exit(0).stdout_has("runs      yes, on many cores");
    assert!(!output.text().contains("tests:faults/faults"), "{output:?}");
}

#[test]
fn an_unwritten_answer_is_an_error() {
    let mut command = host();
    command.arg("inspect").arg(guest("par_values"));
    command.stdout(fs::OpenOptions::new().write(true).open("/dev/full").unwrap());
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(74));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.starts_with("error: cannot write to stdout: No space") && said.lines().count() == 1);
}
