//! Command lines: any arguments are accepted or rejected with a message, and the app gets its own unchanged.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::Read as _;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use fastrand::Rng;
use fuzz::{Make, Target, mutate};
use tempfile::TempDir;

use crate::flags;
use crate::guests::{command, component};

/// The parts of command lines: all options, valid and almost valid values, and files.
const WORDS: &[&str] = &[
    "run",
    "compose",
    "inspect",
    "help",
    "--",
    "-",
    "",
    "app.wasm",
    "text.wasm",
    "missing.wasm",
    ".",
    "x",
    "--cores",
    "--cores=2",
    "0",
    "1",
    "2",
    "1024",
    "18446744073709551616",
    "-1",
    "--plug",
    "--plug=plug.wasm",
    "plug.wasm",
    "--dir",
    "--dir=.",
    ".::a:ro",
    ".::",
    "::",
    ":ro",
    "a:b::c:rw",
    "--env",
    "A=1",
    "=",
    "A",
    "--env=B=",
    "--argv0",
    "name",
    "-S",
    "-Stcp",
    "--wasi",
    "tcp",
    "http,udp=n",
    "inherit-env",
    "inherit-network=maybe",
    "--timeout",
    "--timeout=100ms",
    "1s",
    "500ms",
    "1h 30m",
    "584942417355y",
    "1e9s",
    "--job-timeout",
    "--memory",
    "--memory=64MiB",
    "64KiB",
    "0B",
    "16EiB",
    "1.5GB",
    "99999999999999999GiB",
    "--job-memory",
    "--job-calls",
    "--max-jobs",
    "--max-queued",
    "--max-message",
    "--max-depth",
    "--grace",
    "--grace=0s",
    "--slots",
    "--slots=3",
    "--placement",
    "steal",
    "sharded",
    "--placement=global",
    "--no-preemption",
    "--fresh",
    "--stats",
    "--trace",
    "--trace=out.json",
    "--timeline",
    "out.html",
    "--progress",
    "--no-cache",
    "--cache-dir",
    "--cache-dir=cache",
    "--json",
    "--portable",
    "-o",
    "-oout.wasm",
    "--output",
    "out.wasm",
    "-h",
    "--help",
    "-V",
    "--version",
    "--core",
    "--Cores",
    "--memroy=1",
    "\\n",
    "\u{1b}[31m",
    "\u{202e}",
];

/// One of this many command lines is run.
const RUN_ONE_IN: u64 = 500;

/// Arguments, separated by newlines.
pub(crate) struct Commands {
    folder: TempDir,
    inputs: u64,
}

impl Make for Commands {
    fn make(_: &Path) -> Self {
        let folder = tempfile::tempdir().expect("there is a place for files");
        for (file, bytes) in [
            ("app.wasm", component("template")),
            ("plug.wasm", component("clock")),
            ("text.wasm", b"no component"),
        ] {
            fs::write(folder.path().join(file), bytes).expect("a file can be written");
        }
        Self { folder, inputs: 0 }
    }
}

impl Target for Commands {
    const LIMIT: Duration = Duration::from_secs(60);

    fn input(&mut self, random: &mut Rng, seeds: &[Vec<u8>]) -> Vec<u8> {
        let words: Vec<_> = WORDS.iter().map(|word| word.as_bytes()).collect();
        let mut input = match random.choice(seeds) {
            Some(seed) if random.bool() => seed.clone(),
            _ => {
                let words = (0..random.usize(0..8)).map(|_| WORDS[random.usize(..WORDS.len())]);
                ["run"].into_iter().chain(words).collect::<Vec<_>>().join("\n").into_bytes()
            }
        };
        for _ in 0..random.u8(0..4) {
            mutate(random, &mut input, seeds, &words);
        }
        input
    }

    fn run(&mut self, input: &[u8]) -> Result<(), String> {
        let args = arguments(input);
        check(&args)?;
        self.inputs += 1;
        if self.inputs.is_multiple_of(RUN_ONE_IN) && stays_here(&args) {
            self.check_run(&args)
        } else {
            Ok(())
        }
    }
}

/// Splits the input into arguments, one per line; `\n` stands for a newline.
fn arguments(input: &[u8]) -> Vec<OsString> {
    let unescape = |line: &[u8]| {
        let mut bytes = line.to_vec();
        while let Some(at) = bytes.windows(2).position(|pair| pair == b"\\n") {
            bytes.splice(at..at + 2, [b'\n']);
        }
        // A NUL byte would end an argument.
        bytes.retain(|&byte| byte != 0);
        OsString::from_vec(bytes)
    };
    input.split(|&byte| byte == b'\n').map(unescape).collect()
}

/// Checks how a command line is parsed.
fn check(args: &[OsString]) -> Result<(), String> {
    let line = [OsString::from("host")].into_iter().chain(args.iter().cloned());
    match flags::parse(line, None) {
        Ok(flags::Command::Run(run)) => {
            // The app's arguments come last, after the app or `--`.
            let app = run.run.args.iter().map(OsStr::new).collect::<Vec<_>>();
            let rest = args.len().checked_sub(app.len()).map(|at| args.split_at(at));
            let is_right = rest.is_some_and(|(before, rest)| {
                rest == app && before.iter().any(|arg| arg.as_os_str() == run.app.as_os_str())
            });
            if is_right { Ok(()) } else { Err(format!("of {args:?}, {:?} gets {app:?}", run.app)) }
        }
        Ok(_) => Ok(()),
        Err(error) if [0, 2].contains(&error.exit_code()) && !error.to_string().is_empty() => Ok(()),
        Err(error) => Err(format!("{args:?} ends with {}: {error:?}", error.exit_code())),
    }
}

/// Returns whether a command with these arguments writes only to its working directory.
fn stays_here(args: &[OsString]) -> bool {
    args.iter().all(|arg| {
        let bytes = arg.as_bytes();
        !bytes.contains(&b'/') && !bytes.windows(2).any(|pair| pair == b"..")
    })
}

impl Commands {
    /// Runs the command and checks how it ends.
    fn check_run(&self, args: &[OsString]) -> Result<(), String> {
        let mut command = Command::new(command());
        command.args(args).current_dir(self.folder.path()).env_clear().env("HOME", self.folder.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| format!("{command:?}: {error}"))?;
        let mut stdout = child.stdout.take();
        let drained = thread::spawn(move || std::io::copy(stdout.as_mut()?, &mut std::io::sink()).ok());
        let mut stderr = Vec::new();
        child.stderr.take().map(|mut pipe| pipe.read_to_end(&mut stderr));
        _ = drained.join();
        let status = child.wait().map_err(|error| error.to_string())?;
        let stderr = String::from_utf8_lossy(&stderr);
        let is_known = status.code().is_some_and(|code| KNOWN.contains(&code));
        if !is_known || stderr.contains("panicked at host/") || stderr.contains("thread 'core-") {
            return Err(format!("{args:?} ends with {status}: {stderr}"));
        }
        Ok(())
    }
}

/// The exit codes of the command, except that of a bug, and those of the app.
const KNOWN: [i32; 10] = [0, 1, 2, 65, 66, 71, 74, 124, 134, 141];
