//! What is printed in pieces arrives in lines, and what is no line yet arrives when it should.

use std::io::{Read as _, Write as _};

use tests::App;

#[test]
fn lines_do_not_mix_and_none_is_lost() {
    let mut expected: Vec<String> =
        (0..40).flat_map(|job| (0..50).map(move |line| format!("job {job} says {line}"))).collect();
    expected.sort();
    for cores in [1, 2, 8] {
        let output = App::new("lines").cores(cores).arg("jobs").run();
        output.exit(0);
        for (name, bytes) in [("stdout", &output.stdout[..]), ("stderr", output.stderr.as_bytes())] {
            let text = String::from_utf8_lossy(bytes);
            let mut lines = text.lines().filter(|line| !line.starts_with("warning: ")).collect::<Vec<_>>();
            lines.sort_unstable();
            assert!(lines == expected, "{name} on {cores} cores: {text}");
        }
    }
}

#[test]
fn a_prompt_is_there_before_the_answer() {
    let mut running = App::new("lines").arg("prompt").start();
    let (mut stdin, mut stdout) = (running.stdin(), running.stdout());
    let mut prompt = [0; 11];
    stdout.read_exact(&mut prompt).unwrap();
    assert_eq!(&prompt, b"your name? ");
    stdin.write_all(b"Ada\n").unwrap();
    drop(stdin);
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "hello Ada\n");
    running.end().exit(0);
}

#[test]
fn dots_of_progress_appear_while_it_computes() {
    let mut running = App::new("lines").arg("dots").start();
    let mut dots = [0; 3];
    running.stdout().read_exact(&mut dots).unwrap();
    assert_eq!(&dots, b"...");
    // It never ends; dropped, it is killed.
}

#[test]
fn the_last_words_of_a_job_are_no_whole_line() {
    let output = App::new("lines").cores(2).arg("unfinished").run();
    output.exit(0).stdout("one and one and ").stderr_has("two and ");
}
