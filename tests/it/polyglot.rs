//! Components in other languages, and one between an app and the host. None of them handles jobs itself.

use std::ffi::OsString;
use std::fs;
use std::process::{Command, Stdio};

use tempfile::{TempDir, tempdir};
use tests::{App, foreign, guest, host};

/// Creates some texts, two of which are invalid.
fn texts() -> TempDir {
    let dir = tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(dir.path().join(name), text).unwrap();
    for text in 0..12_usize {
        let sentence = |n: usize| {
            let subject = ["The people", "Don't they", "'Apple' trees", "Étude-like rhythms"][(n + text) % 4];
            let end = [". ", "! ", "?\n", "..."][n * text % 4];
            format!("{subject} would believe number {n} more readily{end}")
        };
        write(&format!("{text:02}"), &(0..4 + 9 * text).map(sentence).collect::<String>());
    }
    write("binary", &"zero \0 is no letter. ".repeat(9));
    write("short", "It's far too short.");
    dir
}

fn polyglot(dir: &TempDir, cores: usize, plug: impl Into<OsString>) -> tests::Output {
    let app = App::new("polyglot").cores(cores).dir(dir.path(), "texts").option("--plug").option(plug);
    app.arg("texts").run()
}

/// Runs a command without a time limit to fill the cache: compiling an engine of 18 MB can take longer than a
/// test may.
fn compile(run: &mut Command) {
    run.stdin(Stdio::null()).output().unwrap();
}

#[test]
fn a_table_of_texts_in_rust() {
    let dir = texts();
    for cores in [1, 2, 8] {
        let output = polyglot(&dir, cores, guest("text"));
        output
            .exit(1)
            .stderr_has("texts/binary: it is not a text")
            .stderr_has("texts/short: 4 words are too few");
        let text = output.text();
        assert_eq!(text.lines().count(), 13, "{text}");
        let fourth = "  160         22   62.5       0.28  believe more number       texts/02";
        assert_eq!(text.lines().nth(3).unwrap(), fourth);
    }
}

#[test]
fn in_every_language_it_is_the_same() {
    let dir = texts();
    let rust = polyglot(&dir, 2, guest("text"));
    for name in ["text-python", "text-javascript"] {
        let Some(component) = foreign(name) else { continue };
        compile(host().arg("run").arg("--plug").arg(&component).arg(guest("polyglot")));
        for cores in [1, 2, 8] {
            let output = polyglot(&dir, cores, &component);
            output.stdout(&rust.text()).stderr_has("texts/binary: it is not a text").exit(1);
            output.stderr_has("texts/short: 4 words are too few");
        }
    }
}

/// Without the component that computes the figures, the error names the import.
#[test]
fn a_missing_plug_is_named() {
    let output = App::new("polyglot").run();
    output.stdout("").stderr_is_one_line().stderr_has("demo:text/stats@0.1.0");
}

#[test]
fn an_app_by_the_contract_alone() {
    let Some(app) = foreign("other-language") else { return };
    compile(host().arg("run").arg(&app).args(["0", "1"]));
    for cores in [1, 2, 8] {
        let run = |first: &str, end: &str| App::file(&app).cores(cores).arg(first).arg(end).run();
        run("0", "1000001").stdout("78498 primes from 0 to below 1000001\n").exit(0);
        // An exception becomes a failure, with its message and location.
        let failed = run("-1", "400000");
        failed.stdout("").stderr_has("ValueError: -1 is no natural number").stderr_has("primes.py").exit(1);
    }
}

/// Creates files with one word each.
fn words(count: usize) -> TempDir {
    let dir = tempdir().unwrap();
    (0..count).for_each(|file| fs::write(dir.path().join(file.to_string()), "word").unwrap());
    dir
}

fn with_budget(app: App, jobs: usize) -> App {
    app.option("--plug").option(guest("budget")).env("BUDGET", &jobs.to_string())
}

#[test]
fn jobs_above_the_budget_are_refused() {
    let dir = words(60);
    for cores in [1, 2, 8] {
        for jobs in [0, 1, 25, 60] {
            let app = App::new("wordcount").cores(cores).dir(dir.path(), ".");
            let output = with_budget(app, jobs).run();
            let counted = if jobs == 0 { String::new() } else { format!("{jobs:>8} word\n") };
            output.stdout(&counted).exit(i32::from(jobs < 60));
            let why = format!("no instance could be made: the budget of {jobs} jobs is used up (BUDGET)");
            assert_eq!(output.stderr.matches(&why).count(), 60 - jobs, "{}", output.stderr);
        }
    }
}

/// The component in the middle forwards the whole contract: items, shared bytes, stops.
#[test]
fn an_app_within_the_budget_is_unaffected() {
    let alone = App::new("essay").cores(2).run();
    with_budget(App::new("essay").cores(2), 1_000_000).run().stdout(&alone.text()).exit(0);
}

/// It has more tables than there is room for in the usual pool, however few instances that has.
#[test]
fn an_app_of_many_parts_has_a_pool_of_its_own() {
    let dir = tempdir().unwrap();
    let tables = "(table 1 funcref)".repeat(100);
    let text = format!(
        r#"(component
            (core module $m {tables} (func (export "run") (result i32) (i32.const 0)))
            (core instance (instantiate $m))
            (core instance (instantiate $m))
            (core instance $i (instantiate $m))
            (func $run (result (result)) (canon lift (core func $i "run")))
            (instance $run (export "run" (func $run)))
            (export "wasi:cli/run@0.2.0" (instance $run)))"#
    );
    let app = dir.path().join("parts.wasm");
    fs::write(&app, wat::parse_str(text).unwrap()).unwrap();
    let run = |slots: &str| {
        App::file(&app).cores(1).option("--max-depth").option("1").option("--slots").option(slots).run()
    };
    run("0").stdout("").stderr("").exit(0);
    run("1000").stdout("").stderr("").exit(0);
}

/// An app that was composed beforehand behaves like one with plugs.
#[test]
fn composed_beforehand_it_is_the_same() {
    let (dir, words) = (tempdir().unwrap(), words(3));
    let composed = dir.path().join("composed.wasm");
    let mut compose = host();
    compose.arg("compose").arg(guest("wordcount")).arg("--plug").arg(guest("budget"));
    assert!(compose.arg("-o").arg(&composed).status().unwrap().success());
    let app = App::file(&composed).cores(2).dir(words.path(), ".").env("BUDGET", "2");
    app.run().stdout("       2 word\n").stderr_has("the budget of 2 jobs").exit(1);
}
