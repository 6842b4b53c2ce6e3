//! Programs that know nothing of this project run as they do elsewhere.

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

/// As under `wasmtime run`; that `exit(3)` arrives as 1 is how this target's std is.
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
