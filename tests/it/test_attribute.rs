//! `#[guest_runtime::test]`: the output of `cargo test` with the host as its runner.

use std::process::Output;

use tests::{cargo, host};

#[test]
fn tests_may_have_jobs() {
    let output = cargo_test("snippets", "tested", &[]);
    let said = text(&output);
    assert!(output.status.success(), "{said}");
    for line in ["test a_job_doubles ... ok", "test a_job_says_what_is_too_large ... ok"] {
        assert!(said.lines().any(|said| said == line), "no {line:?} in\n{said}");
    }
}

/// In one instance, the first test that fails ended all others, and the harness kept the message of a plain
/// `#[test]`.
#[test]
fn each_test_has_a_run_of_its_own() {
    let output = cargo_test("programs", "test_attribute", &[]);
    let said = text(&output);
    assert_eq!(output.status.code(), Some(101), "{said}");
    let lines = said.lines().filter(|line| line.starts_with("test ")).collect::<Vec<_>>();
    let (summary, lines) = lines.split_last().unwrap();
    let expected = [
        "test tests::a_question_mark ... ok",
        "test tests::c_two_and_two_are_five ... FAILED",
        "test tests::d_comes_after_it ... ok",
        "test tests::e_first ... ok",
        "test tests::f_second ... ok",
        "test tests::g_plain ... FAILED",
        "test tests::h_ignored ... ignored, for a good reason",
        "test tests::i_error ... FAILED",
        "test tests::j_recursion ... FAILED",
    ];
    assert_eq!(lines, expected, "{said}");
    let counts =
        "test result: FAILED. 4 passed; 4 failed; 1 ignored; 0 measured; 0 filtered out; finished in ";
    assert!(summary.starts_with(counts), "{said}");
    for part in [
        "the sum of a job\n  left: 4\n right: 5\n",
        "tests/programs/src/bin/test_attribute.rs:33:9:",
        "---- tests::g_plain stdout ----\nprinted by a test that fails\n",
        "a plain test",
        "Error: \"an error\"",
        "call stack exhausted",
        "\nfailures:\n    tests::c_two_and_two_are_five\n    tests::g_plain\n    tests::i_error\n",
    ] {
        assert!(said.contains(part), "no {part:?} in\n{said}");
    }
    assert!(!said.contains("printed by a test that passes"), "{said}");
}

#[test]
fn options_of_the_harness_select_tests() {
    let run = |args: &[&str]| {
        let output = cargo_test("programs", "test_attribute", args);
        (output.status.code(), text(&output))
    };
    let (code, said) = run(&["second", "--nocapture"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("---- tests::f_second stdout ----\nprinted by a test that passes\n"), "{said}");
    assert!(said.contains("1 passed; 0 failed; 0 ignored; 0 measured; 8 filtered out"), "{said}");
    let (code, said) = run(&["--ignored", "--test-threads", "1"]);
    assert_eq!(code, Some(101), "{said}");
    assert!(
        said.contains("test tests::h_ignored ... FAILED") && said.contains("it was not ignored"),
        "{said}"
    );
    // The harness itself answers everything else.
    let (code, said) = run(&["--list"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("9 tests, 0 benchmarks"), "{said}");
}

/// Runs the tests in this program.
fn cargo_test(package: &str, program: &str, args: &[&str]) -> Output {
    let runner = format!("{} run --", host().get_program().display());
    let mut cargo = cargo();
    cargo
        .args(["test", "--release", "--target", "wasm32-wasip2", "-p", package, "--bin", program, "--"])
        .args(args);
    cargo.env("CARGO_TERM_COLOR", "never");
    cargo.env("CARGO_TARGET_WASM32_WASIP2_RUNNER", runner).output().unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}
