//! Programs that do not use this project run as under any other runtime.

use tests::App;

#[test]
fn std_alone() {
    let output = App::new("peers_std").stdin("b a\nb").run();
    output.stdout("[(\"a\", 1), (\"b\", 2)]\n").stderr("done\n").exit(0);
}

#[test]
fn tokio() {
    App::new("peers_tokio").run().stdout("0\n1\n2\ncounted\ndeadline has elapsed\n").exit(0);
}

#[test]
fn wstd() {
    let text = "some text\n".repeat(10_000);
    App::new("peers_wstd").stdin(&*text).run().stdout(&format!("late: true\n{text}")).exit(0);
}

/// As under `wasmtime run`. On this target, `exit(3)` has exit code 1.
#[test]
fn exit_codes() {
    for (end, code) in [("success", 0), ("failure", 1), ("exit", 1), ("panic", 134), ("abort", 134)] {
        let output = App::new("peers_exit").arg(end).run();
        output.stdout("").exit(code);
        if end == "panic" {
            output.stderr_has("on request").stderr_has("peers_exit.rs");
        }
    }
}

/// tokio's budget lets one turn of a thread poll 128 sources, and reports the rest as pending. Polled within
/// that budget, this program never ended.
#[test]
fn a_program_may_wait_for_more_than_tokio_lets_a_turn_look_at() {
    let output = App::new("wstd_sleeps").cores(1).arg("200").arg("0").run();
    output.exit(0).stderr("");
    assert!(output.text().trim().parse::<f64>().is_ok(), "{}", output.text());
}
