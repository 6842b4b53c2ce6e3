//! `cargo test`: runs each test of a test program in a run of its own, on all cores.
//!
//! A panic on WebAssembly ends the instance. In one instance, the first test that fails would end all others, and
//! its message would stay in the buffer of the test harness. So this module asks the program for its tests,
//! starts a run for each, and prints results in the format of the harness.

mod options;
mod report;

use std::io::{self, Read as _, Write as _};
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;
use std::{fs, mem};

use host::{App, Composition, Config, Error, ErrorKind, Escaped, Host, RunConfig, Stdio};

use crate::backtrace::shows_backtraces;
use crate::hint::Hinted;
use options::Options;
use report::{Report, Verdict};

/// The name of an environment variable that every program with the harness reads, and hardly another one.
const MARK: &[u8] = b"RUST_TEST_THREADS";

/// The harness of a test program, and how to run it.
#[derive(Debug)]
pub(crate) struct TestProgram {
    options: Options,
}

/// The end of one run, and what it printed.
struct Ended {
    code: Result<u8, Error>,
    stdout: String,
    stderr: String,
}

impl TestProgram {
    /// Returns the test program in this file; `None` if it is none, or if its arguments ask for something else than
    /// running tests.
    ///
    /// Cargo puts test programs, and little else that it runs, into a folder `deps`.
    pub(crate) fn find(path: &Path, args: &[String]) -> Option<Self> {
        let folder = path.parent()?.file_name()?;
        let options = Options::parse(args).filter(|_| folder == "deps")?;
        let bytes = fs::read(path).ok()?;
        bytes.windows(MARK.len()).any(|window| window == MARK).then_some(Self { options })
    }

    /// Runs the tests, and returns the exit code of the harness.
    ///
    /// # Errors
    ///
    /// Fails if the program cannot be loaded, or if it fails when it is asked for its tests.
    pub(crate) fn run(self, config: &Config, app: Composition, run: &RunConfig) -> Result<u8, Error> {
        let began = Instant::now();
        let threads = self.options.threads.unwrap_or(config.cores);
        let mut config = config.clone();
        config.runs = threads.get();
        let host = Host::new(&config)?;
        let app = host.load(app)?;
        let mut run = run.clone();
        run.stdin = false;
        let listed = list(&app, &run, &self.options.filters)?;
        if !matches!(listed.code, Ok(0)) {
            // It has another harness, or does not get that far.
            return listed.repeat();
        }
        let tests = listed.tests();
        let all = match &*self.options.filters {
            [] => tests.len(),
            _ => list(&app, &run, &[])?.tests().len(),
        };
        let report = Mutex::new(Report::new(&tests, &self.options));
        run_all(&tests, threads, |index, name| {
            let verdict = self.run_one(&app, &run, name);
            report.lock().unwrap_or_else(|error| error.into_inner()).add(index, verdict);
        });
        let code = report.into_inner().unwrap_or_else(|error| error.into_inner()).end(all, began.elapsed());
        // As after any other run, the kernel frees everything faster.
        mem::forget((app, host));
        Ok(code)
    }

    fn run_one(&self, app: &App, run: &RunConfig, name: &str) -> Verdict {
        let mut args = vec![name.to_owned(), "--exact".to_owned(), "--nocapture".to_owned()];
        args.extend(self.options.ignored.clone());
        match captured(app, run, args) {
            Ok(ended) => ended.verdict(name),
            Err(error) => Verdict::Failed(format!("error: {}\n", Hinted(&error))),
        }
    }
}

/// Calls a function with each test, on this many threads.
fn run_all(tests: &[String], threads: NonZeroUsize, run: impl Fn(usize, &str) + Sync) {
    let next = AtomicUsize::new(0);
    let work = || {
        while let index = next.fetch_add(1, Ordering::Relaxed)
            && let Some(name) = tests.get(index)
        {
            run(index, name);
        }
    };
    thread::scope(|scope| {
        // This thread is one of them.
        for _ in 1..threads.get().min(tests.len()) {
            // With fewer threads it takes longer.
            _ = thread::Builder::new().spawn_scoped(scope, work);
        }
        work();
    });
}

/// Asks the program for the tests that these filters select.
fn list(app: &App, run: &RunConfig, filters: &[String]) -> Result<Ended, Error> {
    let args = filters.iter().map(String::as_str).chain(["--list", "--format", "terse"]);
    captured(app, run, args.map(str::to_owned).collect())
}

/// Runs the program with these arguments, and returns what it printed.
fn captured(app: &App, run: &RunConfig, args: Vec<String>) -> Result<Ended, Error> {
    let mut run = run.clone();
    run.args = args;
    let (stdout, stderr) = (pipe(&mut run.stdout), pipe(&mut run.stderr));
    let started = app.start(&run);
    // The readers end when the run has closed the last writer.
    drop(run);
    let code = started.and_then(host::Run::wait);
    let [stdout, stderr] = [stdout, stderr].map(|reader| reader.map_or_else(String::new, text));
    Ok(Ended { code, stdout, stderr })
}

/// Directs a stream into a pipe that a thread reads. Without one, for want of descriptors, the stream is as it was.
fn pipe(stream: &mut Stdio) -> Option<thread::JoinHandle<Vec<u8>>> {
    let (mut reader, writer) = io::pipe().ok()?;
    let read = move || {
        let mut bytes = Vec::new();
        // What was read before an error is shown.
        _ = reader.read_to_end(&mut bytes);
        bytes
    };
    let reader = thread::Builder::new().spawn(read).ok()?;
    *stream = Stdio::to(writer);
    Some(reader)
}

fn text(reader: thread::JoinHandle<Vec<u8>>) -> String {
    String::from_utf8_lossy(&reader.join().unwrap_or_default()).into_owned()
}

impl Ended {
    /// Returns the names of the tests that were listed.
    fn tests(&self) -> Vec<String> {
        self.stdout.lines().filter_map(|line| line.strip_suffix(": test")).map(str::to_owned).collect()
    }

    /// Prints the output of the run, and returns its exit code.
    fn repeat(self) -> Result<u8, Error> {
        // The exit code matters, not whether there is a reader.
        _ = io::stdout().write_all(self.stdout.as_bytes());
        _ = io::stderr().write_all(self.stderr.as_bytes());
        self.code
    }

    /// Returns the lines about the error of the run. A panic has printed why the test failed.
    fn trap(&self, error: &Error) -> String {
        let is_panic = error.kind() == ErrorKind::Trapped && self.stderr.contains("panicked at ");
        let details = if shows_backtraces() { error.details() } else { "" };
        let mut text = String::new();
        if !is_panic || !details.is_empty() {
            text = format!("error: {}\n", Hinted(error));
        }
        text.extend(details.lines().map(|line| format!("{}\n", Escaped(line))));
        text
    }

    fn verdict(self, name: &str) -> Verdict {
        let mut printed = self.stdout.split_once(" ... ").map_or(self.stdout.as_str(), |(_, rest)| rest);
        let is_ignored =
            |line: &&str| line.starts_with(&format!("test {name}")) && line.contains(" ... ignored");
        match &self.code {
            Ok(0) => {
                if let Some(line) = self.stdout.lines().find(is_ignored) {
                    return Verdict::Ignored(line.to_owned());
                }
                printed =
                    printed.rsplit_once("ok\n\ntest result: ok. 1 passed").map_or(printed, |(own, _)| own);
                Verdict::Passed(join(printed, &self.stderr))
            }
            Ok(_) => {
                // The harness has printed its summary, unless the test has ended the program.
                printed = printed.rsplit_once("FAILED\n\nfailures:\n").map_or(printed, |(own, _)| own);
                Verdict::Failed(join(printed, &self.stderr))
            }
            Err(error) => Verdict::Failed(join(printed, &self.stderr) + &self.trap(error)),
        }
    }
}

/// The advice of a panic in a plain `#[test]`. A component has no backtrace.
const ADVICE: &str = "note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace";

/// Joins the outputs of a test, each with a line break at its end.
fn join(stdout: &str, stderr: &str) -> String {
    let stderr = stderr.replace(ADVICE, "");
    let stderr = stderr.as_str();
    let parts = [stdout, stderr].into_iter().map(|part| part.trim_matches('\n'));
    parts.filter(|part| !part.is_empty()).map(|part| format!("{part}\n")).collect()
}
