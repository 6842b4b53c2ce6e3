//! Streams: all bytes arrive, in order, with backpressure from the reader.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;

use tempfile::tempdir;
use tests::{App, Output, Running, guest, host};

fn bytes(size: usize) -> Vec<u8> {
    (0..size).map(|n| ((n * n) >> 3) as u8).collect()
}

#[test]
fn all_that_is_read_is_written() {
    for size in [0, 1, 4096, 65_536, 65_537, 10_000_000] {
        let output = App::new("io_cat").stdin(bytes(size)).run();
        output.exit(0).stderr(&format!("{size}\n"));
        assert!(output.stdout == bytes(size), "{size} bytes");
    }
}

/// The pollable is a child of the stream, and the stream was dropped first: the program trapped.
#[test]
fn two_jobs_that_read_get_each_byte_once() {
    for cores in [1, 2] {
        let input = bytes(300_000);
        let sum: u64 = input.iter().map(|&byte| u64::from(byte)).sum();
        let output = App::new("hostile").cores(cores).arg("two readers").stdin(input).run();
        output.stdout(&format!("(300000, {sum})\nsiblings right\ncanary right\n")).exit(0);
    }
}

#[test]
fn a_socket_that_was_waited_for_is_dropped() {
    let mut running = App::new("io_dropped").option("-S").option("inherit-network").start();
    let mut lines = BufReader::new(running.stdout()).lines().map(Result::unwrap);
    let mut stream = TcpStream::connect(lines.next().unwrap()).unwrap();
    let written: usize = lines.next().unwrap().parse().unwrap();
    stream.read_exact(&mut vec![0; written]).unwrap();
    drop(running.stdin());
    assert_eq!(stream.read(&mut [0]).unwrap(), 0);
    assert_eq!(lines.next().as_deref(), Some("dropped"));
    running.end().exit(0).stderr("");
}

#[test]
fn a_line_is_answered_before_the_next_is_typed() {
    let mut running = App::new("io_lines").start();
    let (mut stdin, mut answers) = (running.stdin(), BufReader::new(running.stdout()).lines());
    for n in 0..100 {
        // In two writes: half a line is not returned.
        write!(stdin, "line").unwrap();
        writeln!(stdin, " {n}").unwrap();
        assert_eq!(answers.next().unwrap().unwrap(), format!("line {n}?"));
    }
    write!(stdin, "the last has no end").unwrap();
    drop(stdin);
    assert_eq!(answers.next().unwrap().unwrap(), "the last has no end?");
    running.end().exit(0).stderr("");
}

#[test]
fn stdin_may_be_dropped_half_read() {
    App::new("io_half_read").stdin(bytes(10_000_000)).run().exit(0);
    App::new("io_half_read").stdin("abc").run().exit(1).stderr_has("UnexpectedEof");
    // More input does not keep the program from ending.
    let mut running = App::new("io_half_read").start();
    let mut stdin = running.stdin();
    stdin.write_all(b"abcdefgh").unwrap();
    running.end().stdout("abcd\n").exit(0);
}

#[test]
fn a_read_that_loses_races_loses_no_byte() {
    let mut running = App::new("io_raced").start();
    let (mut stdin, mut stdout) = (running.stdin(), BufReader::new(running.stdout()));
    let mut typed = String::new();
    for n in 0..50 {
        let piece = format!("piece {n};");
        stdin.write_all(piece.as_bytes()).unwrap();
        typed += &piece;
        // All input is read, and the timer has won ten times.
        let mut told = String::new();
        while told.trim() != typed.len().to_string() {
            told.clear();
            assert_ne!(stdout.read_line(&mut told).unwrap(), 0);
        }
    }
    drop(stdin);
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).unwrap();
    assert!(rest.ends_with(&typed), "{rest}");
    running.end().exit(0).stderr("");
}

#[test]
fn vectored_writes() {
    let pieces =
        |scale| (0..26).map(move |n| char::from(b'a' + n).to_string().repeat((n % 5) as usize * scale));
    let expected: String = [1, 100, 10_000].into_iter().flat_map(pieces).collect();
    App::new("io_vectored").run().stdout(&expected).exit(0);
}

#[test]
fn two_ways_to_print_keep_the_order() {
    let words: String = (0..100).map(|n| format!("{n} and ")).collect();
    let lines: String = (0..100).map(|n| format!("{n}\nand\n")).collect();
    App::new("io_mixed").run().stdout(&format!("{words}{lines}the end")).exit(0);
}

#[test]
fn adapters_of_other_crates() {
    let output = App::new("io_adapters").stdin("first\n12345a,b,,c").run();
    output.exit(0);
    let mut gunzip = Running::start(command("gzip", &["-d"]));
    gunzip.stdin().write_all(&output.stdout).unwrap();
    gunzip.end().stdout("\"first\\n\" \"12345 and more\"\na\nb\n\nc\n").exit(0);
}

fn command(name: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(name);
    command.args(arguments);
    command
}

#[test]
fn a_reader_that_goes_away_ends_it() {
    let mut running = App::new("io_flood").start();
    let mut line = String::new();
    BufReader::new(running.stdout()).read_line(&mut line).unwrap();
    assert_eq!(line, "x".repeat(999) + "\n");
    // Main returns the error.
    running.end().exit(1).stderr_has("BrokenPipe").stderr_is_one_line();
}

/// Runs a line of a shell in a directory; `run` is `host run --dir .`, and `$APP` is this guest.
#[track_caller]
fn shell(directory: &Path, app: &str, line: &str) -> Output {
    let script = format!("cd \"$0\"; run() {{ \"$HOST\" run --dir . \"$@\"; }}; {line}");
    let mut command = command("bash", &["-c", &script]);
    command.envs(host().get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.arg(directory).env("HOST", host().get_program()).env("APP", guest(app));
    Running::start(command).end()
}

/// The program reports the error, and ends as it likes. The host used to report it too, and to exit with 74.
#[test]
fn a_full_disk_is_one_error() {
    let output = shell(tempdir().unwrap().path(), "io_flood", "run $APP > /dev/full");
    output.exit(1).stderr_is_one_line();
    assert!(output.stderr.starts_with("Error: Custom { kind: StorageFull"), "{}", output.stderr);
}

/// A warning of the host that could not be written made it panic, and exit with 101.
#[test]
fn a_host_that_cannot_warn_goes_on() {
    let dir = tempdir().unwrap();
    let output = shell(dir.path(), "solo", "run --cache-dir /proc/none $APP lines 1 2> /dev/full");
    output.stdout("line 0\n").exit(0);
}

/// `tee out.txt | head -1` left 2 lines of 200,000 in out.txt, and exited with 141.
#[test]
fn a_guest_that_handles_a_closed_pipe_goes_on() {
    let dir = tempdir().unwrap();
    let output = shell(
        dir.path(),
        "solo",
        "run $APP 'kept on' 100000 out | head -1; echo ${PIPESTATUS[0]}; wc -l < out",
    );
    output.stdout("line 0\n0\n100000\n").stderr("stdout: Some(BrokenPipe)\n").exit(0);
}

#[test]
fn a_guest_that_handles_a_full_disk_ends_as_it_likes() {
    let dir = tempdir().unwrap();
    let says_so = shell(dir.path(), "solo", "run $APP 'says so' > /dev/full");
    says_so.stderr("cannot print: Uncategorized\n").exit(1);
    let ignores = shell(dir.path(), "solo", "run $APP ignored 1000 > /dev/full");
    ignores.stderr("printed them all\n").exit(0);
}

/// `blocking_write_and_flush("partial")` returned, and the file was empty.
#[test]
fn a_flush_has_written() {
    let dir = tempdir().unwrap();
    let output = shell(dir.path(), "solo", "run $APP partial out > out");
    output.exit(0).stderr(
        "written and flushed: \"partial\"\nflushed: \"partial, more\"\n\
         after a wait: \"partial, more, and more\"\nno newline",
    );
}

#[test]
fn stdout_and_stderr_in_one_file_keep_their_order() {
    let dir = tempdir().unwrap();
    let lines = (0..50).map(|n| format!("out {n}, err {n}, end\n")).collect::<String>();
    let expected = lines + "the end has no newline";
    for to in ["> out 2>&1", "> out 2>> out"] {
        shell(dir.path(), "solo", &format!(": > out; run $APP both >{to}; cat out"))
            .stdout(&expected)
            .exit(0);
    }
    // Also if there are jobs.
    let output = shell(dir.path(), "lines_both", "run $APP > out 2>&1; cat out");
    let is_whole = |line: &str| line.ends_with(": out, err, out, err");
    assert!(output.exit(0).text().lines().all(is_whole), "{}", output.text());
}

/// What Python printed at once ended after 64 KiB: it relies on a permit as large as wasmtime's.
#[test]
fn writes_of_any_length_arrive_whole() {
    for len in [1, 65_537, 1 << 20] {
        let output = App::new("solo").arg("one write").arg(len.to_string()).run();
        assert_eq!(output.exit(0).stdout.len(), len);
    }
    for (len, times) in [(10, 1_000), (65_537, 3), (3_000_000, 3)] {
        let app = App::new("solo").arg("unchecked").arg(len.to_string()).arg(times.to_string());
        // However long a write is, the host has only a piece of it.
        let output = app.option("--memory").option("16MiB").run();
        assert_eq!(output.exit(0).stdout.len(), len * times);
    }
    let zeroes = App::new("solo").arg("zeroes").arg("3000000").run();
    assert!(zeroes.exit(0).stdout == vec![0; 3_000_010]);
}

/// More than 1 MiB at once was a trap.
#[test]
fn many_random_bytes() {
    let random = |len: &str| App::new("solo").arg("random").arg(len);
    let output = random("5000000").run();
    output.stdout("5000000 and 5000000 bytes\n256 and 256 values, equal: false\n").exit(0);
    let output = random("1001").option("-S").option("max-random-size=1000").run();
    output.exit(1).stderr_has("trapped: asked for 1001 random bytes, the limit is 1000");
    let output = random("60000000").option("--memory").option("16MiB").run();
    output.exit(134).stderr_has("out of memory");
}

/// Each job left 1 MiB of output behind: 1.9 GB in a host with `--memory 64MiB`.
#[test]
fn output_left_behind_for_a_slow_reader_is_bounded() {
    for cores in [1, 2, 8] {
        let mut running = App::new("io_gone").cores(cores).option("--memory").option("64MiB").start();
        let said = running.complains("bytes");
        let printed: usize = said.split_once(' ').unwrap().0.parse().unwrap();
        let peak = peak_memory(running.id());
        // 1.1 times the memory limit, 64 MiB, and the memory of an idle host.
        assert!(peak < (64 << 20) / 10 * 11 + (64 << 20) + (40 << 20), "{peak}");
        let mut read = Vec::new();
        running.stdout().read_to_end(&mut read).unwrap();
        assert!(read == vec![b'x'; printed], "{} of {printed}", read.len());
        running.end().exit(0);
    }
}

/// Returns the peak memory of a process in bytes.
fn peak_memory(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    peak.trim().strip_suffix(" kB").unwrap().parse::<u64>().unwrap() << 10
}

#[test]
fn a_reader_that_stops_stops_the_writer_and_nothing_else() {
    let mut running = App::new("io_flood").arg("until-stalled").start();
    let mut stdout = BufReader::new(running.stdout());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    // The timers beside the writer keep running, and report it.
    running.complains("20 ticks");
    let read = 1 + stdout.lines().count();
    // A writer that was dropped while it waited, and could have continued, used to drop its stream before the
    // stream's pollable, and trapped.
    let output = running.end();
    output.exit(0);
    let numbers: Vec<usize> = output.stderr.split(' ').filter_map(|word| word.parse().ok()).collect();
    let [written, pages, _ticks] = numbers[..] else { panic!("{}", output.stderr) };
    // The last line may have been written in part.
    assert!(read == written || read == written + 1, "{read} of {written}");
    // Neither the pipe, nor the queue of the host, nor the guest holds more than this.
    assert!(written < 1000 && pages < 40, "{}", output.stderr);
}
