//! `host call` and `host map`: functions of components without anything of this project in them.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::Command;

use tests::{Output, Running, guest, host};

/// Returns `host call` or `host map` with the component of `tests/plugs/values`.
fn command(name: &str, options: &[&str], function: &str) -> Command {
    let mut command = host();
    command.arg(name).args(options).arg(guest("values")).arg(function);
    command
}

fn call(function: &str) -> Output {
    Running::start(command("call", &[], function)).end()
}

/// Maps lines to lines.
fn map(options: &[&str], function: &str, input: &str) -> Output {
    let mut running = Running::start(command("map", options, function));
    let (mut pipe, input) = (running.stdin(), input.to_owned());
    // The command need not read all of it.
    let writer = std::thread::spawn(move || _ = pipe.write_all(input.as_bytes()));
    let output = running.end();
    writer.join().unwrap();
    output
}

fn numbers(numbers: impl IntoIterator<Item = u64>) -> String {
    numbers.into_iter().fold(String::new(), |mut all, number| {
        writeln!(all, "{number}").unwrap();
        all
    })
}

#[test]
fn values_of_all_types_go_both_ways() {
    for (function, wave, json) in [
        ("echo-bool", "true", "true"),
        ("echo-char", "'ß'", "\"ß\""),
        ("echo-string", r#""a \"b\" \n☃""#, r#""a \"b\" \n☃""#),
        (
            "echo-small",
            "{a: -128, b: 255, c: -32768, d: 65535, e: 4294967295, f: -9223372036854775808, g: 18446744073709551615}",
            r#"{"a":-128,"b":255,"c":-32768,"d":65535,"e":4294967295,"f":-9223372036854775808,"g":18446744073709551615}"#,
        ),
        ("echo-point", "{x: -1, y: 0.5, label: some(\"here\")}", r#"{"x":-1,"y":0.5,"label":"here"}"#),
        ("echo-point", "{x: 1, y: -inf}", r#"{"x":1,"y":"-inf","label":null}"#),
        ("echo-shape", "nothing", "\"nothing\""),
        ("echo-shape", "circle(1.5)", r#"{"circle":1.5}"#),
        (
            "echo-shape",
            "polygon([{x: 1, y: 2}, {x: 3, y: nan}])",
            r#"{"polygon":[{"x":1,"y":2.0,"label":null},{"x":3,"y":"nan","label":null}]}"#,
        ),
        ("echo-color", "light-blue", "\"light-blue\""),
        ("echo-access", "{read, run-it}", r#"["read","run-it"]"#),
        ("echo-access", "{}", "[]"),
        ("echo-option", "none", "null"),
        ("echo-option", "some(none)", r#"{"some":null}"#),
        ("echo-option", "some(some(7))", r#"{"some":7}"#),
        ("echo-result", "ok(7)", r#"{"ok":7}"#),
        ("echo-result", "err(\"no\")", r#"{"err":"no"}"#),
        ("echo-list", "[(\"a\", 1), (\"b\", 2)]", r#"[["a",1],["b",2]]"#),
        ("echo-list", "[]", "[]"),
    ] {
        let code = i32::from(wave.starts_with("err"));
        call(&format!("{function}({wave})")).stdout(&format!("{wave}\n")).exit(code);
        let json = format!("{json}\n");
        map(&[], function, &json).stdout(&json).stderr("").exit(0);
        map(&["--input", "wave"], function, &format!("{wave}\n")).stdout(&format!("{wave}\n")).exit(0);
    }
    call("echo-floats(0.1, 1e300)").stdout_has("(0.1, 1000000").exit(0);
    map(&[], "echo-floats", "[0.1, 1e300]\n").stdout("[0.1,1e+300]\n").exit(0);
}

#[test]
fn a_function_is_found_by_each_of_its_names() {
    for name in [
        "tests:values/work@0.1.0.add",
        "tests:values/work.add@0.1.0",
        "tests:values/work.add",
        "tests:values/work#add",
        "work.add",
        "add",
    ] {
        call(&format!("{name}(1, 2)")).stdout("3\n").stderr("").exit(0);
    }
    for text in ["hello", "hello()"] {
        call(text).stdout("\"hello\"\n").exit(0);
    }
}

#[test]
fn what_cannot_be_called_says_what_can() {
    call("work.ad(1, 2)")
        .stderr_has("exports no function work.ad; it has tests:values/work.add@0.1.0, ")
        .stderr_is_one_line()
        .exit(2);
    for (text, says) in [
        ("add(1)", "add@0.1.0 got invalid arguments"),
        ("add(1)", "it is tests:values/work.add@0.1.0: func(a: u32, b: u32) -> u32"),
        ("add(1, \"b\")", "u32"),
        ("echo-color(blue)", "enum { red, light-blue }"),
        ("echo-point({x: 1})", "y"),
    ] {
        call(text).stdout("").stderr_has(says).stderr_is_one_line().exit(2);
    }
    call("add(1, 2").stderr_has("no closing parenthesis").exit(2);
    let library = host().args(["run"]).arg(guest("values")).output().unwrap();
    let said = String::from_utf8(library.stderr).unwrap();
    assert!(said.contains("a library, not a command") && said.contains("`host call`"), "{said}");
    // Wrong lines of JSON.
    for (function, line, says) in [
        ("add", "[1]", "1 arguments instead of 2"),
        ("add", "{", "invalid JSON"),
        ("add", "[1, 1.5]", "b: 1.5 is not of type u32"),
        ("add", "[-1, 1]", "a: -1 is not of type u32"),
        ("echo-point", r#"{"y":1}"#, "the field x is missing"),
        ("echo-point", r#"{"x":1,"y":1,"z":1}"#, "there is no field z; the record has x, y, label"),
        ("echo-shape", r#""circle""#, "circle needs a value of type f64"),
        ("echo-shape", r#"{"nothing":1}"#, "nothing has no value"),
        ("echo-list", r#"[["a",256]]"#, "value: 0: 1: 256 is not of type u8"),
        ("count", "\"\\ud800\"", "invalid JSON"),
    ] {
        map(&[], function, &format!("{line}\n")).stdout("").stderr_has("line 1: ").stderr_has(says).exit(2);
    }
    map(&["--input", "text"], "add", "1\n").stderr_has("text is one argument, and it has 2").exit(2);
}

#[test]
fn a_failed_call_ends_with_its_exit_code() {
    call("risky(13)").stderr_has("risky@0.1.0 trapped: ").stderr_has("HOST_BACKTRACE=1").exit(134);
    call("risky(15)").stderr_has("exited with code 1").exit(1);
    call("even(3)").stdout("err(\"3 is odd\")\n").stderr("").exit(1);
    call("even(4)").stdout("ok(4)\n").exit(0);
    let limited = |options: &[&str], function: &str| Running::start(command("call", options, function)).end();
    limited(&["--timeout", "100ms"], "risky(14)").stderr_has("took longer than 100ms").exit(124);
    limited(&["--timeout", "100ms"], "sleep(60000)").stderr_has("took longer than 100ms").exit(124);
    limited(&["--job-memory", "20MiB"], "allocate(50000000)")
        .stderr_has("ran out of memory")
        .stderr_has("--job-memory")
        .exit(134);
    let mut traced = command("call", &[], "risky(13)");
    traced.env("HOST_BACKTRACE", "1");
    Running::start(traced).end().stderr_has("trapping_function").exit(134);
}

#[test]
fn what_a_function_prints_comes_before_its_result() {
    call("print(\"a word\")").stdout("a word\n\n").exit(0);
    // The lines of `map` are its own.
    map(&[], "print", "\"a word\"\n").stdout("null\n").stderr("a word\n").exit(0);
}

#[test]
fn lines_keep_their_order_on_any_number_of_cores() {
    for cores in ["1", "2", "8"] {
        let cores = ["--cores", cores];
        map(&cores, "echo-result", "").stdout("").exit(0);
        map(&cores, "risky", &numbers(100..5_100)).stdout(&numbers(100..5_100)).exit(0);
        let unordered = map(&[&cores[..], &["--unordered"]].concat(), "risky", &numbers(100..5_100));
        let mut lines = unordered.text().lines().map(str::to_owned).collect::<Vec<_>>();
        lines.sort_by_key(|line| line.parse::<u64>().unwrap());
        assert_eq!(lines.join("\n") + "\n", numbers(100..5_100));
        let texts = map(&[&cores[..], &["--input", "text"]].concat(), "count", "to be\n\nor not to be");
        texts.stdout("2\n0\n4\n").exit(0);
    }
}

#[test]
fn an_instance_is_used_again_unless_it_is_to_be_fresh() {
    let lines = "\n".repeat(3);
    map(&["--cores", "1"], "next", &lines).stdout("1\n2\n3\n").exit(0);
    map(&["--cores", "1", "--fresh"], "next", &lines).stdout("1\n1\n1\n").exit(0);
}

#[test]
fn the_first_failure_ends_the_rest_and_names_its_line() {
    for cores in ["1", "2", "8"] {
        let output = map(&["--cores", cores], "risky", "1\n2\n13\n4\n");
        output.stdout("1\n2\n").stderr_has("error: line 3: tests:values/work.risky@0.1.0 trapped").exit(134);
        // The loop of the line before does not end by itself.
        let output = map(&["--cores", cores, "--unordered"], "risky", "14\n13\n");
        output.stdout("").stderr_has("line 2: ").exit(134);
    }
    let output = map(&["--job-timeout", "50ms"], "risky", "1\n14\n");
    output.stdout("1\n").stderr_has("line 2: tests:values/work.risky@0.1.0 took longer than 50ms").exit(124);
    let output = map(&["--timeout", "100ms"], "risky", "14\n");
    output.stderr_has("took longer than 100ms (--timeout)").exit(124);
}

#[test]
fn failures_are_lines_with_keep_going() {
    let lines = "1\n13\n3\n14\n\"x\"\n6\n";
    for cores in ["1", "2", "8"] {
        let options = ["--cores", cores, "--keep-going", "--job-timeout", "100ms"];
        let output = map(&options, "risky", lines);
        let text = output.text();
        let found = text.lines().collect::<Vec<_>>();
        assert_eq!((found[0], found[2], found[5]), ("{\"ok\":1}", "{\"ok\":3}", "{\"ok\":6}"));
        assert!(found[1].starts_with("{\"err\":\"line 2 trapped: "), "{text}");
        assert_eq!(found[3], "{\"err\":\"line 4 took longer than 100ms\"}");
        assert!(found[4].starts_with("{\"err\":\"line 5 got invalid arguments: "), "{text}");
        output.stderr_has("error: lines failed: 3\n").exit(1);
    }
    let options = ["--keep-going", "--input", "wave"];
    map(&options, "risky", "1\n15\n").stdout("ok(1)\nerr(\"line 2 exited with code 1\")\n").exit(1);
    let options = ["--keep-going", "--input", "text"];
    map(&options, "risky", "1\n15\n3\n").stdout("1\n\n3\n").stderr_has("line 2 exited with code 1").exit(1);
}

#[test]
fn input_without_an_end_takes_bounded_memory() {
    let mut running = Running::start(command("map", &["--memory", "64MiB", "--cores", "2"], "echo-string"));
    let (mut stdin, mut stdout) = (running.stdin(), BufReader::new(running.stdout()));
    // 400 MB go through it, and nothing of it is kept.
    let line = format!("{:?}\n", "x".repeat(100_000));
    let (expected, lines) = (line.clone(), 4_000);
    let writer = std::thread::spawn(move || {
        for _ in 0..lines {
            stdin.write_all(line.as_bytes()).unwrap();
        }
    });
    let mut text = String::new();
    for _ in 0..lines {
        text.clear();
        stdout.read_line(&mut text).unwrap();
        assert!(text == expected, "{} bytes", text.len());
    }
    writer.join().unwrap();
    running.end().stderr("").exit(0);
}

#[test]
fn a_slow_reader_makes_the_input_wait() {
    let mut running = Running::start(command("map", &["--memory", "64MiB", "--cores", "2"], "repeat"));
    let (mut stdin, mut stdout) = (running.stdin(), running.stdout());
    // The results would take 10 GB.
    let writer = std::thread::spawn(move || _ = stdin.write_all("100000\n".repeat(100_000).as_bytes()));
    let mut some = vec![0; 1 << 20];
    stdout.read_exact(&mut some).unwrap();
    let status = std::fs::read_to_string(format!("/proc/{}/status", running.id())).unwrap();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    let kilobytes: u64 = resident.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(kilobytes < 300_000, "{kilobytes} kB");
    drop(stdout);
    running.end().stderr("").exit(141);
    writer.join().unwrap();
}

#[test]
fn a_result_appears_when_no_more_input_is_there() {
    let mut running = Running::start(command("map", &[], "add"));
    let (mut stdin, mut stdout) = (running.stdin(), BufReader::new(running.stdout()));
    for n in 0..3 {
        writeln!(stdin, "[{n}, 1]").unwrap();
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        assert_eq!(line, format!("{}\n", n + 1));
    }
    drop(stdin);
    running.end().exit(0);
}

#[test]
fn a_signal_ends_calls_and_lines() {
    let kill = |running: &Running| {
        let sent = Command::new("kill").args(["-s", "TERM", &running.id().to_string()]).status();
        assert!(sent.unwrap().success());
    };
    let mut running = Running::start(command("map", &["--cores", "2"], "risky"));
    let (mut stdin, mut stdout) = (running.stdin(), BufReader::new(running.stdout()));
    stdin.write_all(b"1\n").unwrap();
    stdout.read_line(&mut String::new()).unwrap();
    // It waits for input, which does not come.
    kill(&running);
    running.end().stderr("").exit(143);
    drop(stdin);
    let mut running = Running::start(command("call", &["-S", "inherit-stdout=y"], "print(\"ready\")"));
    running.stdout().read_to_string(&mut String::new()).unwrap();
    running.end().exit(0);
}

#[test]
fn lines_that_are_too_long_or_no_text_fail() {
    let long = format!("{:?}\n\"b\"\n", "x".repeat(2_000));
    let options = ["--max-message", "1000B", "--keep-going"];
    let output = map(&options, "count", &long);
    output.stdout_has("line 1 has arguments or a result of 2002 bytes").stdout_has("{\"ok\":1}\n").exit(1);
    let mut running = Running::start(command("map", &["--input", "text"], "count"));
    running.stdin().write_all(b"a\n\xff\n").unwrap();
    running.end().stdout("1\n").stderr_has("line 2: ").stderr_has("is not UTF-8").exit(2);
}

#[test]
fn a_plug_and_a_grant_are_there_as_for_a_run() {
    // A component in which nothing is exported twice: its own functions win over those of plugs.
    let mut command = host();
    command.arg("call").arg(guest("faults")).arg("act({what: \"refuse\", amount: 3})");
    Running::start(command).end().stdout("err(\"3 refused\")\n").exit(1);
}

#[test]
fn a_type_that_is_long_when_written_out_makes_no_long_error() {
    // Each tuple has two of the one before.
    let mut text = "(component (type $t0 (tuple u8 u8))".to_owned();
    for n in 1..15 {
        write!(text, "(type $t{n} (tuple $t{} $t{}))", n - 1, n - 1).unwrap();
    }
    text += r#"(core module $m (memory (export "m") 1)
            (func (export "r") (param i32 i32 i32 i32) (result i32) (i32.const 0)) (func (export "f") (param i32)))
        (core instance $m (instantiate $m))
        (func (export "long") (param "value" $t14)
            (canon lift (core func $m "f") (memory (core memory $m "m")) (realloc (core func $m "r")))))"#;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("long.wat");
    std::fs::write(&file, text).unwrap();
    let mut command = host();
    command.arg("call").arg(&file).arg("long(1)");
    let output = Running::start(command).end();
    output.stderr_has("got invalid arguments").stderr_is_one_line().exit(2);
    assert!(output.stderr.len() < 10_000, "{} bytes", output.stderr.len());
}

#[test]
fn a_function_of_map_does_not_read_the_lines() {
    let mut command = host();
    command.args(["map", "-"]).arg("f");
    Running::start(command).end().stderr_has("has to be a file").exit(2);
    let lines = (0..100).map(|n| format!("{n}\n")).collect::<String>();
    map(&["--timeout", "1m"], "risky", &lines.replace("13\n", "").replace("14\n", "").replace("15\n", ""))
        .stderr("")
        .exit(0);
}
