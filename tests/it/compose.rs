//! Apps and their plugs: which fit together, which do not, and portable apps.

use std::fs;
use std::os::unix::fs::symlink;

use tests::{App, Running, guest};
use wac_graph::types::Package;
use wac_graph::{CompositionGraph, EncodeOptions};

mod parts;

use parts::{Parts, imports};

#[test]
fn plugs_satisfy_the_app_and_each_other_in_any_order() {
    let parts = Parts::new();
    parts.app("app.wasm", &["demo:a/x@0.1.0", "demo:a/y@0.1.0"], 4);
    parts.plug("x.wasm", &["demo:a/z@0.1.0"], &["demo:a/x@0.1.0"]);
    parts.plug("yz.wasm", &[], &["demo:a/z@0.1.0", "demo:a/y@0.1.0"]);
    // 1 + 1 of x, and 1 of y.
    parts.host("run app.wasm --plug x.wasm --plug yz.wasm").exit(1).stderr("");
    parts.app("app.wasm", &["demo:a/x@0.1.0", "demo:a/y@0.1.0"], 3);
    for line in ["--plug x.wasm app.wasm --plug yz.wasm", "app.wasm --plug yz.wasm --plug x.wasm arg"] {
        parts.host(&format!("run {line}")).exit(0).stderr("");
    }
}

#[test]
fn a_version_that_is_compatible_fits() {
    let parts = Parts::new();
    // As in `wac plug`, 0.1.0 is compatible with 0.1.3, and 1.9.9 with 1.2.0.
    parts.app("app.wasm", &["demo:a/x@0.1.3", "demo:a/y@1.2.0"], 2);
    parts.plug("plug.wasm", &[], &["demo:a/x@0.1.0", "demo:a/y@1.9.9"]);
    parts.host("run app.wasm --plug plug.wasm").exit(0).stderr("");
}

#[test]
fn a_composition_is_written_down() {
    let parts = Parts::new();
    parts.app("app.wasm", &["demo:a/x@0.1.0", "demo:a/y@0.1.0"], 2);
    parts.plug("x.wasm", &[], &["demo:a/x@0.1.0"]);
    parts.plug("y.wasm", &[], &["demo:a/y@0.1.0"]);
    // Missing plugs can be added later.
    parts.host("compose app.wasm --plug x.wasm -o half.wasm").exit(0).stdout("").stderr("");
    assert_eq!(imports(&parts.path("half.wasm")), ["demo:a/y@0.1.0"]);
    parts.host("run half.wasm").exit(65).stderr_has("half.wasm imports demo:a/y@0.1.0").stderr_has("--plug");
    parts.host("run half.wasm --plug y.wasm").exit(0);
    parts.host("compose half.wasm --plug y.wasm -o -").exit(0).stderr("");
    let whole = parts.host("compose half.wasm --plug y.wasm -o -").stdout;
    fs::write(parts.path("whole.wasm"), &whole).unwrap();
    parts.host("run whole.wasm").exit(0);
    // The output replaces an existing file, also through a link, but never an input.
    symlink("old.wasm", parts.path("link.wasm")).unwrap();
    fs::write(parts.path("old.wasm"), "old").unwrap();
    parts.host("compose half.wasm --plug y.wasm -o link.wasm").exit(0);
    assert_eq!(fs::read(parts.path("old.wasm")).unwrap(), whole);
    assert!(parts.path("link.wasm").is_symlink());
    assert!(!parts.names().iter().any(|name| name.contains("unfinished")), "{:?}", parts.names());
}

#[test]
fn a_failed_write_leaves_the_output_unchanged() {
    let parts = Parts::new();
    parts.app("app.wasm", &["demo:a/x@0.1.0"], 1);
    parts.plug("x.wasm", &[], &["demo:a/x@0.1.0"]);
    let compose = "compose app.wasm --plug x.wasm -o";
    parts
        .host(&format!("{compose} no/such/out.wasm"))
        .exit(74)
        .stderr_has("cannot write no/such/out.wasm: No such");
    fs::create_dir(parts.path("out")).unwrap();
    parts.host(&format!("{compose} out")).exit(74).stderr_has("cannot write out: Is a directory");
    parts.host(&format!("{compose} /dev/full")).exit(74).stderr_has("cannot write /dev/full: No space left");
    parts
        .host("compose x.wasm --plug app.wasm -o x.wasm")
        .exit(2)
        .stderr_has("-o x.wasm and the input x.wasm");
    parts.host("run app.wasm --plug x.wasm").exit(0);
    let mut names = parts.names();
    names.sort();
    assert_eq!(names, ["app.wasm", "out", "x.wasm"]);
    // A closed pipe is not an error.
    let mut command = parts.command();
    command.args(["compose", "app.wasm", "--plug", "x.wasm", "-o", "-"]);
    let mut running = Running::start(command);
    drop(running.stdout());
    let output = running.end();
    assert!(output.code == 141 || output.code == 0, "{output:?}");
    output.stderr("");
}

/// Runs this command line, and checks the one line of its error.
#[track_caller]
fn refused(parts: &Parts, line: &str, says: &[&str]) {
    for command in [format!("run {line}"), format!("compose {line} -o out.wasm")] {
        let output = parts.host(&command);
        output.exit(65).stdout("").stderr_is_one_line();
        says.iter().for_each(|says| _ = output.stderr_has(says));
    }
    assert!(!parts.path("out.wasm").exists());
}

#[test]
fn a_plug_that_is_of_no_use() {
    let parts = Parts::new();
    parts.app("app.wasm", &["demo:a/x@0.1.0", "wasi:random/x@0.2.0"], 1);
    parts.app("none.wasm", &[], 0);
    parts.plug("other.wasm", &[], &["demo:b/x@0.1.0", "x"]);
    parts.plug("nothing.wasm", &["demo:a/x@0.1.0"], &[]);
    parts.plug("x.wasm", &[], &["demo:a/x@0.1.0"]);
    parts.plug("again.wasm", &["demo:a/open@0.1.0"], &["demo:a/x@0.1.5"]);
    parts.plug("far.wasm", &["demo:a/open@0.1.0"], &["demo:c/far@0.1.0"]);
    let table: &[(&str, &[&str])] = &[
        (
            "app.wasm --plug other.wasm",
            &[
                "other.wasm exports demo:b/x@0.1.0, x, which nobody imports; app.wasm imports demo:a/x@0.1.0\n",
            ],
        ),
        (
            "none.wasm --plug x.wasm",
            &["x.wasm exports demo:a/x@0.1.0", "none.wasm imports nothing that a plug"],
        ),
        ("app.wasm --plug nothing.wasm --plug x.wasm", &["nothing.wasm exports nothing"]),
        (
            "app.wasm --plug again.wasm --plug far.wasm",
            &["far.wasm exports demo:c/far@0.1.0", "; again.wasm imports demo:a/open@0.1.0"],
        ),
    ];
    for (line, says) in table {
        refused(&parts, line, says);
    }
    // Composing with only some of the plugs is allowed.
    parts
        .host("run app.wasm --plug again.wasm")
        .exit(65)
        .stderr_has("again.wasm imports demo:a/open@0.1.0, which");
}

#[test]
fn a_plug_that_does_not_fit() {
    let parts = Parts::new();
    parts.app("app.wasm", &["demo:a/x@0.1.0"], 1);
    parts.plug("newer.wasm", &[], &["demo:a/x@0.2.0"]);
    parts.plug("u64.wasm", &[], &["demo:a/x@0.1.0 u64"]);
    parts.plug("x.wasm", &[], &["demo:a/x@0.1.0"]);
    parts.plug("again.wasm", &[], &["demo:a/x@0.1.5"]);
    parts.plug("xy.wasm", &["demo:a/y@0.1.0"], &["demo:a/x@0.1.0"]);
    parts.plug("yz.wasm", &["demo:a/z@0.1.0"], &["demo:a/y@0.1.0"]);
    parts.plug("zx.wasm", &["demo:a/x@0.1.0"], &["demo:a/z@0.1.0"]);
    parts.plug("back.wasm", &["wasi:cli/run@0.2.0"], &["demo:a/x@0.1.0"]);
    let table: &[(&str, &[&str])] = &[
        (
            "app.wasm --plug newer.wasm",
            &["app.wasm imports demo:a/x@0.1.0, and newer.wasm exports demo:a/x@0.2.0: the versions differ"],
        ),
        (
            "app.wasm --plug u64.wasm",
            &[
                "app.wasm imports demo:a/x@0.1.0, which u64.wasm exports with another type: ",
                "`n`",
                "u32",
                "u64",
            ],
        ),
        (
            "app.wasm --plug x.wasm --plug again.wasm",
            &["x.wasm and again.wasm both export demo:a/x@0.1.0, which app.wasm imports"],
        ),
        ("app.wasm --plug x.wasm --plug x.wasm", &["x.wasm and x.wasm both export"]),
        (
            "app.wasm --plug yz.wasm --plug xy.wasm --plug zx.wasm",
            &["a cycle: ", "xy.wasm, which imports from yz.wasm", "yz.wasm, which imports from zx.wasm"],
        ),
        (
            "app.wasm --plug back.wasm",
            &["a cycle: app.wasm, which imports from back.wasm, which imports from app.wasm"],
        ),
    ];
    for (line, says) in table {
        refused(&parts, line, says);
    }
}

#[test]
fn an_invalid_plug() {
    let parts = Parts::new();
    parts.app("app.wasm", &["demo:a/x@0.1.0"], 1);
    parts.wat("module.wasm", "(module)");
    fs::write(parts.path("text.wasm"), "hello\n").unwrap();
    let plug = fs::read(parts.plug("plug.wasm", &[], &["demo:a/x@0.1.0"])).unwrap();
    fs::write(parts.path("cut.wasm"), &plug[..plug.len() - 3]).unwrap();
    refused(
        &parts,
        "app.wasm --plug module.wasm",
        &["module.wasm is not a WebAssembly component: it is a core module"],
    );
    refused(
        &parts,
        "app.wasm --plug text.wasm",
        &["text.wasm is not a WebAssembly component: it is a text file"],
    );
    refused(&parts, "app.wasm --plug cut.wasm", &["cut.wasm is not a valid WebAssembly component: "]);
    refused(&parts, "module.wasm --plug plug.wasm", &["module.wasm is not a WebAssembly component"]);
    parts
        .host("run app.wasm --plug missing.wasm")
        .exit(66)
        .stderr_is_one_line()
        .stderr_has("cannot read missing.wasm");
    parts.host("run app.wasm --plug -").exit(66).stderr_is_one_line().stderr_has("cannot read stdin");
}

/// Jobs are functions of the app. A component between the app and the host could not start them.
#[test]
fn only_the_app_may_start_jobs() {
    let parts = Parts::new();
    parts.app("app.wasm", &["demo:a/x@0.1.0"], 1);
    let jobs = "parallel:futures/jobs@0.1.0";
    parts.plug("jobs.wasm", &[jobs], &["demo:a/x@0.1.0"]);
    refused(
        &parts,
        "app.wasm --plug jobs.wasm",
        &["jobs.wasm imports parallel:futures/jobs, and only the app may"],
    );
    parts.plug("between.wasm", &[jobs], &[jobs, "demo:a/x@0.1.0"]);
    parts.host("compose app.wasm --plug between.wasm -o out.wasm").exit(0).stderr("");
}

/// Runs `compose_faults` with an action and an amount, under these options of the host, and checks what it prints.
#[track_caller]
fn fault(options: &[&str], what: &str, amount: &str, says: &[&str]) {
    for cores in [1, 2, 8] {
        let app = App::new("compose_faults").cores(cores).option("--plug").option(guest("faults"));
        let app = options.iter().fold(app, |app, option| app.option(*option));
        let output = app.arg(what).arg(amount).run();
        output.exit(0).stdout_has("\nothers: 380\n");
        says.iter().for_each(|says| _ = output.stdout_has(says));
    }
}

#[test]
fn a_job_calls_a_plug() {
    fault(&[], "echo", "2", &["Ok([\"echo\", \"echo\"])\n"]);
    fault(&[], "refuse", "7", &["Err(\"7 refused\")\n"]);
    fault(&[], "print", "7", &["7 printed\n", "Ok([])\n"]);
    fault(&["--fresh"], "echo", "1", &["Ok([\"echo\"])\n"]);
}

#[test]
fn a_trap_of_a_plug_is_one_jobs_failure_and_names_it() {
    let frame = "faults.wasm!faults::trapping_call";
    fault(&[], "trap", "0", &["UnreachableExecuted\n", frame, "compose_faults"]);
    fault(&[], "panic", "1", &["UnreachableExecuted\n", "faults.wasm!"]);
    fault(&[], "overflow", "1", &["StackOverflow\n", "faults.wasm!faults::descend"]);
    fault(&[], "exit", "1", &["exited with code 1\n"]);
}

#[test]
fn a_plug_has_the_limits_of_the_job() {
    fault(&["--job-memory", "32MiB"], "memory", "50000000", &["ran out of memory: ", "(--job-memory)\n"]);
    fault(&["--job-timeout", "50ms"], "compute", "0", &["took longer than the 50ms it was given"]);
    fault(&["--job-timeout", "50ms"], "wait", "3600", &["took longer than the 50ms it was given"]);
    fault(&["--job-calls", "1000"], "clock", "5000", &["called the host more often than 1000 times"]);
}

#[test]
fn a_job_in_a_plug_is_stopped() {
    let lines = (0..5).map(|n| format!("{n} Ok([\"echo\"])\n")).collect::<String>();
    for (cores, what) in [1, 2, 8].into_iter().flat_map(|cores| [(cores, "compute"), (cores, "wait")]) {
        let app = App::new("compose_faults").cores(cores).option("--plug").option(guest("faults"));
        app.arg(format!("cancel {what}")).run().stdout(&lines).exit(0);
    }
}

/// The output of `wac plug` is an app like any other.
#[test]
fn an_app_that_was_composed_beforehand() {
    let mut graph = CompositionGraph::new();
    let [app, plug] = ["compose_faults", "faults"].map(|name| {
        let package = Package::from_file(name, None, guest(name), graph.types_mut()).unwrap();
        graph.register_package(package).unwrap()
    });
    wac_graph::plug(&mut graph, vec![plug], app).unwrap();
    let parts = Parts::new();
    let whole = parts.path("whole.wasm");
    fs::write(&whole, graph.encode(EncodeOptions::default()).unwrap()).unwrap();
    for cores in [1, 2, 8] {
        let app = App::file(&whole).cores(cores).arg("trap");
        app.run().stdout_has("faults.wasm!faults::trapping_call").stdout_has("\nothers: 380\n").exit(0);
    }
}

#[test]
fn a_portable_app_imports_only_wasi() {
    let parts = Parts::new();
    let mut command = parts.command();
    command
        .args(["compose", "--portable", "-o", "out.wasm", "--plug"])
        .args([guest("faults"), guest("compose_faults")]);
    Running::start(command).end().exit(0).stdout("").stderr("");
    let out = parts.path("out.wasm");
    let imports = imports(&out);
    assert!(imports.len() > 5 && imports.iter().all(|name| is_wasi(name)), "{imports:?}");
    // The export for jobs is gone, because no host could call it.
    let inspected = parts.host("inspect --json out.wasm").text();
    assert!(inspected.contains("\"worker\": null") && inspected.contains("\"runs\": true"), "{inspected}");

    parts.app("app.wasm", &["demo:a/x@0.1.0", "wasi:random/x@0.2.0", "wasi:nn/x@0.3.0"], 2);
    let says =
        "app.wasm imports demo:a/x@0.1.0, wasi:nn/x@0.3.0, which is not of WASI 0.2, so this is not portable";
    parts.host("compose app.wasm --portable -o out.wasm").exit(65).stderr_is_one_line().stderr_has(says);
    parts.plug("plug.wasm", &["demo:a/y@0.1.0"], &["demo:a/x@0.1.0", "wasi:nn/x@0.3.0"]);
    let refused = parts.host("compose app.wasm --plug plug.wasm --portable -o out.wasm");
    refused.exit(65).stderr_has("plug.wasm imports demo:a/y@0.1.0, which is not of WASI 0.2");
    // An app without jobs is unchanged.
    parts.app("app.wasm", &["demo:a/x@0.1.0"], 1);
    parts.plug("plug.wasm", &[], &["demo:a/x@0.1.0"]);
    parts.host("compose app.wasm --plug plug.wasm --portable -o small.wasm").exit(0);
    assert!(fs::metadata(parts.path("small.wasm")).unwrap().len() < 2_000);
    parts.host("run small.wasm").exit(0);
}

fn is_wasi(name: &str) -> bool {
    name.starts_with("wasi:") && name.contains("@0.2.")
}

#[test]
fn the_provider_answers_for_a_host_without_cores() {
    let parts = Parts::new();
    let mut command = parts.command();
    command.args(["compose", "--portable", "-o", "out.wasm"]).arg(guest("compose_provider"));
    Running::start(command).end().exit(0);
    let no_host = "there are no jobs here: this app was made to run without a host.";
    let expected = format!(
        "cores 0, stopping false\nsend: {no_host}\nshare: {no_host}\nshared None false\nready false true\n"
    );
    parts.host("run out.wasm").exit(0).stdout(&expected).stderr("");
}

/// File names do not matter: the same contents are the same app.
#[test]
fn the_same_files_make_the_same_bytes() {
    let parts = Parts::new();
    let plugs = ["a", "b", "c", "d", "e"].map(|name| {
        parts.plug(&format!("{name}.wasm"), &["wasi:random/x@0.2.0"], &[&format!("demo:{name}/x@0.1.0")]);
        format!("demo:{name}/x@0.1.0")
    });
    parts.app("app.wasm", &plugs.each_ref().map(String::as_str), 5);
    let line = "compose app.wasm --plug a.wasm --plug b.wasm --plug c.wasm --plug d.wasm --plug e.wasm -o -";
    let first = parts.host(line);
    for _ in 0..5 {
        assert_eq!(parts.host(line).exit(0).stdout, first.stdout);
    }
}
