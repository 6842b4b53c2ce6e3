//! Runs apps one after the other in this process, reusing hosts and their cores. Reports the outcome and
//! anything that is left behind.

use std::collections::HashMap;
use std::fs;
use std::io::{PipeReader, Read as _, pipe};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{LazyLock, Mutex, Once};
use std::thread::{JoinHandle, spawn};
use std::time::{Duration, Instant};

use crate::exit;
use host::{App, Cache, Config, Error, Host, Placement, RunConfig, Stats, Stdio, Usage};

/// A run that takes longer hangs.
const GUARD: Duration = Duration::from_secs(20);

/// A host, an app, and the configuration of its run.
#[derive(Debug)]
pub(crate) struct Setting {
    pub(crate) host: Config,
    pub(crate) app: PathBuf,
    pub(crate) run: RunConfig,
}

impl Setting {
    /// Creates the default setting with this many cores.
    pub(crate) fn of(app: PathBuf, cores: usize) -> Self {
        let mut host = Config::default();
        host.cores = cores.try_into().expect("a host has cores");
        host.runs = 1;
        // Most are small things, of which there are many.
        host.cache = Cache::Dir(temporary().join("hostile/cache"));
        Self { host, app, run: RunConfig::default() }
    }
}

/// The outcome of a run.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) stdout: String,
    /// The stderr of the app, and the message of the [`host::Error`].
    pub(crate) stderr: String,
    /// `None` if it did not end in time.
    pub(crate) code: Option<i32>,
    /// The number of panics of cores.
    pub(crate) panics: usize,
    /// The peak growth of the process, in MiB.
    pub(crate) resident: u64,
    /// The CPU time of the process during the run.
    pub(crate) cpu: Duration,
    /// Resources that are left behind.
    pub(crate) left: Vec<String>,
}

/// Runs an app to its end, with nothing else in this process.
pub(crate) fn run(setting: &Setting) -> Outcome {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    count_panics();
    let host = the_host(&setting.host);
    // The threads that compile stay.
    let app = host.load(&setting.app);
    let (panics, before, cpu) = (PANICS.load(Ordering::SeqCst), Resources::now(), cpu());
    let (outcome, stats) = run_on(app, setting);
    let mut outcome = Outcome {
        panics: PANICS.load(Ordering::SeqCst) - panics,
        resident: peak().saturating_sub(before.resident),
        cpu: self::cpu().saturating_sub(cpu),
        ..outcome
    };
    outcome.left.extend(before.left(&host));
    if (stats.live_jobs(), stats.instances()) != (0, 0) {
        outcome.left.push(format!("{stats}"));
    }
    outcome
}

/// Returns the host with this configuration. Hosts with the default number of slots are shared, because
/// address space suffices only for a few.
fn the_host(config: &Config) -> Host {
    static HOSTS: LazyLock<Mutex<HashMap<usize, Host>>> = LazyLock::new(Mutex::default);
    let new = || Host::new(config).expect("such a host can be had");
    if (config.slots, config.placement, config.depth) != (1_000, Placement::Steal, 64) {
        return new();
    }
    let mut hosts = HOSTS.lock().expect("no host panics");
    hosts.entry(config.cores.get()).or_insert_with(new).clone()
}

fn run_on(app: Result<App, Error>, setting: &Setting) -> (Outcome, Stats) {
    let stats = Stats::new(setting.host.cores);
    let (stdout, stderr) = (Pipe::new(), Pipe::new());
    let mut config = setting.run.clone();
    config.stdin = false;
    (config.stdout, config.stderr) = (stdout.stdio, stderr.stdio);
    config.observer = Some(stats.observer());
    let started = app.and_then(|app| app.start(&config));
    drop(config);
    let (ended, end) = channel();
    let stop = started.as_ref().ok().map(host::Run::stop_handle);
    spawn(move || _ = ended.send(started.and_then(host::Run::wait)));
    let in_time = end.recv_timeout(GUARD);
    if let (Err(_), Some(stop)) = (&in_time, stop) {
        stop.stop();
        _ = end.recv_timeout(GUARD).expect("it does not even stop");
    }
    let (code, error) = match in_time {
        Err(_) => (None, "it does not end".to_owned()),
        Ok(Ok(code)) => (Some(code), String::new()),
        Ok(Err(error)) => (Some(exit::code(error.kind())), error.to_string()),
    };
    let [stdout, stderr] = [stdout.text, stderr.text].map(|text| text.join().expect("a pipe can be read"));
    let outcome = Outcome {
        stdout,
        stderr: stderr + &error,
        code: code.map(i32::from),
        panics: 0,
        resident: 0,
        cpu: Duration::ZERO,
        left: Vec::new(),
    };
    (outcome, stats)
}

/// A pipe for output, and everything printed to it.
struct Pipe {
    stdio: Stdio,
    text: JoinHandle<String>,
}

impl Pipe {
    fn new() -> Self {
        let (reader, writer) = pipe().expect("there is a pipe");
        let read = |mut reader: PipeReader| {
            let mut bytes = Vec::new();
            reader.read_to_end(&mut bytes).expect("a pipe can be read");
            String::from_utf8_lossy(&bytes).into_owned()
        };
        Self { stdio: Stdio::to(writer), text: spawn(move || read(reader)) }
    }
}

/// The resources of this process.
struct Resources {
    threads: usize,
    files: usize,
    /// Memory, in MiB.
    resident: u64,
}

impl Resources {
    /// Takes a snapshot, and resets the peak.
    fn now() -> Self {
        fs::write("/proc/self/clear_refs", "5").expect("the peak can be reset");
        let count = |what| fs::read_dir(Path::new("/proc/self").join(what)).expect("it is there").count();
        Self { threads: count("task"), files: count("fd"), resident: peak() }
    }

    /// Returns what there is more of now. A finished thread disappears a little later, and one that has read
    /// a file for a guest waits ten seconds for another.
    fn left(&self, host: &Host) -> Vec<String> {
        let deadline = Instant::now() + Duration::from_secs(15);
        loop {
            let now = Self::now();
            let checks = [
                ("threads", now.threads.saturating_sub(self.threads)),
                ("files", now.files.saturating_sub(self.files)),
                ("of the host", usize::from(host.usage() != Usage::default())),
            ];
            let left = checks.into_iter().filter(|(_, more)| *more > 0);
            let left = left.map(|(what, more)| format!("{more} {what}")).collect::<Vec<_>>();
            if left.is_empty() || Instant::now() > deadline {
                return left;
            }
            std::thread::yield_now();
        }
    }
}

/// Returns the peak resident memory since it was reset, in MiB.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("it is there");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("it says so");
    let kibibytes = line.trim().strip_suffix(" kB").and_then(|kib| kib.parse::<u64>().ok());
    kibibytes.expect("a number") >> 10
}

/// Returns the CPU time. User and system time are the 14th and 15th field, in hundredths of a second on every
/// Linux.
fn cpu() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").expect("it is there");
    let (_, fields) = stat.rsplit_once(')').expect("the name is in brackets");
    let ticks = fields.split_whitespace().skip(11).take(2).map(|field| field.parse::<u64>().ok());
    Duration::from_millis(ticks.sum::<Option<u64>>().expect("numbers") * 10)
}

static PANICS: AtomicUsize = AtomicUsize::new(0);

/// Counts the panics of cores, which they catch.
fn count_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let print = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if std::thread::current().name().is_some_and(|name| name.starts_with("core-")) {
                PANICS.fetch_add(1, Ordering::SeqCst);
            }
            print(panic);
        }));
    });
}

/// Where what cargo builds for this test may lie.
pub(crate) fn temporary() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
}
