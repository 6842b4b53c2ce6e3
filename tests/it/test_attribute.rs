//! `#[guest_runtime::test]`: the output of `cargo test` with the host as its runner.

use std::process::Output;

use tests::{cargo, host};

#[test]
fn tests_may_have_jobs() {
    let output = cargo_test("snippets", "tested");
    let said = text(&output);
    assert!(output.status.success(), "{said}");
    for line in ["test a_job_doubles ... ok", "test a_job_says_what_is_too_large ... ok"] {
        assert!(said.lines().any(|said| said == line), "no {line:?} in\n{said}");
    }
}

/// The harness captures the output of a test until it ends, and a panic on this target ends the instance: a
/// failing `#[test]` prints nothing.
#[test]
fn a_test_that_fails_says_why() {
    let output = cargo_test("programs", "test_attribute");
    let said = text(&output);
    assert!(!output.status.success(), "{said}");
    assert!(said.contains("test tests::a_question_mark ... ok"), "{said}");
    assert!(said.contains("tests/programs/src/bin/test_attribute.rs:32:9:"), "{said}");
    assert!(said.contains("the sum of a job\n  left: 4\n right: 5\n"), "{said}");
    assert!(!said.contains("b_other_attributes_stay") && !said.contains("d_comes_after_it"), "{said}");
}

/// Runs the tests in this program.
fn cargo_test(package: &str, program: &str) -> Output {
    let runner = format!("{} run --", host().get_program().display());
    let mut cargo = cargo();
    cargo.args(["test", "--release", "--target", "wasm32-wasip2", "-p", package, "--bin", program]);
    cargo.env("CARGO_TERM_COLOR", "never");
    cargo.env("CARGO_TARGET_WASM32_WASIP2_RUNNER", runner).output().unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}
