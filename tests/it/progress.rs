//! `--progress`: the line is drawn only on a terminal, and never mixes with the app's output.

use std::process::Command;

use tests::{App, guest, host};

#[test]
fn where_there_is_no_terminal_there_is_no_line() {
    let output = App::new("progress_prints").option("--progress").run();
    output.exit(0).stdout("line 0\nline 1\nbegun and ended\n").stderr("on stderr\n");
}

/// Returns what a terminal receives from this command, if a program that provides a terminal is installed.
fn on_terminal(options: &[&str], program: &str) -> Option<String> {
    let host = host();
    let mut line = format!("{} run {}", host.get_program().to_str()?, options.join(" "));
    line += &format!(" {}", guest(program).to_str()?);
    let mut script = Command::new("script");
    script.args(["--quiet", "--return", "--flush", "--command", &line, "/dev/null"]);
    script.envs(host.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let output = script.stdin(std::process::Stdio::null()).output().ok()?;
    assert!(output.status.success(), "{output:?}");
    Some(String::from_utf8(output.stdout).unwrap())
}

/// Returns the visible text of a terminal that received this.
fn seen(text: &str) -> String {
    let (mut lines, mut column) = (vec![Vec::<char>::new()], 0);
    let mut rest = text.chars();
    while let Some(letter) = rest.next() {
        let line = lines.last_mut().unwrap();
        match letter {
            '\r' => column = 0,
            '\n' => lines.push(Vec::new()),
            '\x1b' => {
                let sequence = rest.by_ref().find(char::is_ascii_alphabetic);
                match sequence {
                    Some('K') => line.truncate(column),
                    // Line wrapping.
                    Some('l' | 'h') => {}
                    other => panic!("{other:?} in {text:?}"),
                }
            }
            letter => {
                line.resize(line.len().max(column + 1), ' ');
                line[column] = letter;
                column += 1;
            }
        }
    }
    lines.into_iter().map(String::from_iter).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_line_gives_way_and_is_gone_in_the_end() {
    let Some(text) = on_terminal(&["--progress", "--cores", "2"], "progress_prints") else { return };
    assert!(text.contains(" of 2 cores busy, jobs: 0 done, 3 running, 0 waiting, "), "{text:?}");
    assert!(text.contains(" of 2 cores busy, jobs: 4 done, 1 running, 0 waiting, "), "{text:?}");
    // The progress line is not drawn into an incomplete line.
    let (_, begun) = text.split_once("begun").unwrap();
    assert!(begun.starts_with(" and ended"), "{text:?}");
    assert_eq!(seen(&text), "line 0\nline 1\nbegun and ended\non stderr\n", "{text:?}");
}

#[test]
fn final_output_follows_the_progress_line() {
    let Some(text) = on_terminal(&["--progress", "--stats", "--cores", "2"], "progress_prints") else {
        return;
    };
    let seen = seen(&text);
    let stats = seen.strip_prefix("line 0\nline 1\nbegun and ended\non stderr\njobs       5\n");
    assert!(stats.is_some_and(|stats| stats.starts_with("           5 returned\n")), "{seen:?}");
    let Some(text) = on_terminal(&["--stats"], "progress_prints") else { return };
    assert!(!text.contains("cores busy") && !text.contains('\x1b'), "{text:?}");
}
