//! Lines of output: they are never mixed with other output, and an incomplete line is not held back forever.

use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::process::{ChildStdout, Command};
use std::sync::mpsc::channel;
use std::time::Duration;

use tests::{App, Running, guest, host};

/// A line that takes longer is held back.
const GUARD: Duration = Duration::from_secs(60);

/// Waits until the app has printed this text and nothing else.
#[track_caller]
fn prints(mut stdout: ChildStdout, expected: &'static str) -> ChildStdout {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut printed = vec![0; expected.len()];
        let read = stdout.read_exact(&mut printed);
        // Sending fails after a timeout.
        let _ = sender.send((read.map(|()| printed), stdout));
    });
    let Ok((printed, stdout)) = receiver.recv_timeout(GUARD) else { panic!("{expected:?} was not printed") };
    assert_eq!(String::from_utf8(printed.unwrap()).unwrap(), expected);
    stdout
}

/// Checks that these lines were printed once each, those of one job in order, and no others.
#[track_caller]
fn are_whole(printed: &str, expected: &[Vec<String>]) {
    let places: HashMap<_, _> = expected
        .iter()
        .enumerate()
        .flat_map(|(job, lines)| lines.iter().enumerate().map(move |(n, line)| (line.as_str(), (job, n))))
        .collect();
    let mut next = vec![0; expected.len()];
    for line in printed.lines() {
        let Some(&(job, n)) = places.get(line) else { panic!("no such line: {line:?}") };
        assert_eq!(n, next[job], "{line:?} is not the next of its job");
        next[job] += 1;
    }
    assert!(next.iter().zip(expected).all(|(next, lines)| *next == lines.len()), "lines are missing");
}

#[test]
fn lines_in_pieces_do_not_mix() {
    let of_jobs = |line: fn(u32, u32) -> String| -> Vec<Vec<String>> {
        (0..40).map(|job| (0..100).map(|n| line(job, n)).collect()).collect()
    };
    let out = of_jobs(|job, line| format!("job {job} has line {line}"));
    let err = of_jobs(|job, line| format!("job {job} has line {line} of 100, in pieces"));
    for cores in [1, 2, 8] {
        let output = App::new("lines_pieces").cores(cores).run();
        output.exit(0);
        are_whole(&output.text(), &out);
        // The host may warn about more cores than CPUs.
        let is_the_apps = |line: &&str| !line.starts_with("warning: ");
        are_whole(&output.stderr.split_inclusive('\n').filter(is_the_apps).collect::<String>(), &err);
    }
}

#[test]
fn a_prompt_is_there_before_the_answer() {
    let mut running = App::new("lines_prompt").start();
    let (mut stdin, stdout) = (running.stdin(), running.stdout());
    let stdout = prints(stdout, "name? ");
    stdin.write_all(b"Ada\n").unwrap();
    let stdout = prints(stdout, "hello Ada\nage? ");
    stdin.write_all(b"36\n").unwrap();
    prints(stdout, "so 36\n");
    running.end().exit(0).stderr("");
}

/// The program never ends, so its output appears before the end.
#[test]
fn progress_shows_while_a_guest_computes() {
    for who in ["main", "job"] {
        let mut running = App::new("lines_progress").cores(2).arg(who).start();
        prints(running.stdout(), "...");
    }
}

#[test]
fn a_line_is_written_when_its_writer_ends_in_the_middle() {
    for cores in [1, 2] {
        let output = App::new("lines_cut_short").cores(cores).run();
        output.stdout(
            "return: half a line, true\npanic: half a line, false\n\
             abort: half a line, false\nexit: half a line, false\n",
        );
        output.stderr("return; panic; abort; exit; ").exit(0);
    }
}

#[test]
fn stdout_and_stderr_on_one_pipe_keep_their_order() {
    let mut command = Command::new("sh");
    command.args(["-c", "exec \"$0\" run --cores 2 \"$1\" 2>&1"]);
    command.envs(host().get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.arg(host().get_program()).arg(guest("lines_both"));
    let output = Running::start(command).end();
    output.stderr("").exit(0);
    let lines =
        |name: String| (0..100).map(|n| format!("{name} {n}: out, err, out, err")).collect::<Vec<_>>();
    let jobs = (0..4).map(|n| lines(format!("job-{n}")));
    are_whole(&output.text(), &[lines("main".to_owned())].into_iter().chain(jobs).collect::<Vec<_>>());
}
