//! Runs one app under one configuration, and says what came of it. The only file that knows how: today
//! by the host's binary, each run in a process of its own.

use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::thread::{JoinHandle, sleep, spawn};
use std::time::{Duration, Instant};

use host::{Cache, Config, Placement};

/// No run takes this long, unless it hangs.
const GUARD: Duration = Duration::from_secs(20);

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) stdout: String,
    /// Without the `error: ` of the binary: what [`host::Error`] says.
    pub(crate) stderr: String,
    /// `None` if it was killed: it did not end in time, or by a signal.
    pub(crate) code: Option<i32>,
    /// The most memory that was ever resident, in MiB, at the last look.
    pub(crate) resident: u64,
    /// The CPU time of the run, at the last look.
    pub(crate) cpu: Duration,
}

/// Runs an app to its end.
pub(crate) fn run(config: &Config) -> Outcome {
    let mut command = Command::new(env!("CARGO_BIN_EXE_host"));
    command.args(flags(config)).arg("--").arg(&config.app).args(&config.args);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the host can be started");
    let stdout = child.stdout.take().map(reader).expect("it is piped");
    let stderr = child.stderr.take().map(reader).expect("it is piped");
    let (code, resident, cpu) = watch(&mut child);
    let stderr = stderr.join().expect("a pipe can be read");
    let stderr = stderr.strip_prefix("error: ").map(str::to_owned).unwrap_or(stderr);
    Outcome { stdout: stdout.join().expect("a pipe can be read"), stderr, code, resident, cpu }
}

/// Everything that the configuration says, for the command line.
fn flags(config: &Config) -> Vec<OsString> {
    let limits = &config.limits;
    let placement = if config.placement == Placement::Sharded { "sharded" } else { "steal" };
    let mut flags = vec!["run".to_owned()];
    let mut flag = |name: &str, value: String| flags.extend([format!("--{name}"), value]);
    let time = |time: Duration| format!("{}ns", time.as_nanos());
    flag("cores", config.cores.to_string());
    flag("placement", placement.to_owned());
    flag("slots", config.slots.to_string());
    flag("grace", time(config.grace));
    flag("memory", limits.memory.to_string());
    flag("job-memory", limits.job_memory.to_string());
    flag("max-jobs", limits.jobs.to_string());
    flag("max-queued", limits.queued.to_string());
    flag("max-message", limits.message.to_string());
    flag("max-depth", limits.depth.to_string());
    limits.timeout.into_iter().for_each(|limit| flag("timeout", time(limit)));
    limits.job_timeout.into_iter().for_each(|limit| flag("job-timeout", time(limit)));
    limits.job_calls.into_iter().for_each(|limit| flag("job-calls", limit.to_string()));
    config.grants.env.iter().for_each(|(name, value)| flag("env", format!("{name}={value}")));
    let mut flags: Vec<OsString> = flags.into_iter().map(OsString::from).collect();
    flags.extend(config.fresh.then(|| "--fresh".into()));
    for dir in &config.grants.dirs {
        let mut grant = dir.host.clone().into_os_string();
        grant.push(format!("::{}:{}", dir.guest, if dir.read_only { "ro" } else { "rw" }));
        flags.extend(["--dir".into(), grant]);
    }
    match &config.cache {
        Cache::Dir(dir) => flags.extend(["--cache-dir".into(), dir.into()]),
        Cache::Off => flags.push("--no-cache".into()),
        _ => {}
    }
    flags
}

/// Waits for the end, and looks now and then at what the process has used.
fn watch(child: &mut Child) -> (Option<i32>, u64, Duration) {
    let deadline = Instant::now() + GUARD;
    let (mut resident, mut cpu) = (0, Duration::ZERO);
    loop {
        if let Some(status) = child.try_wait().expect("a child can be waited for") {
            return (status.code(), resident, cpu);
        }
        if Instant::now() >= deadline {
            child.kill().and_then(|()| child.wait()).expect("a child can be killed");
            return (None, resident, cpu);
        }
        let process = PathBuf::from(format!("/proc/{}", child.id()));
        // The files of a process that has just ended are gone, or empty.
        resident = read_resident(&process).unwrap_or(resident);
        cpu = read_cpu(&process).unwrap_or(cpu);
        sleep(Duration::from_millis(2));
    }
}

fn read_resident(process: &Path) -> Option<u64> {
    let status = std::fs::read_to_string(process.join("status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kibibytes| kibibytes >> 10)
}

/// User and system time are the 14th and 15th field, in hundredths of a second on every Linux.
fn read_cpu(process: &Path) -> Option<Duration> {
    let stat = std::fs::read_to_string(process.join("stat")).ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    let ticks = fields.split_whitespace().skip(11).take(2).map(|field| field.parse::<u64>().ok());
    ticks.sum::<Option<u64>>().map(|ticks| Duration::from_millis(ticks * 10))
}

fn reader(mut pipe: impl Read + Send + 'static) -> JoinHandle<String> {
    spawn(move || {
        let mut bytes = Vec::new();
        pipe.read_to_end(&mut bytes).expect("a pipe can be read");
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// Where what cargo builds for this test may lie.
pub(crate) fn temporary() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
}

/// The file of a guest, which has to be built.
pub(crate) fn guest(name: &str) -> PathBuf {
    static GUESTS: LazyLock<PathBuf> = LazyLock::new(|| match std::env::var_os("GUESTS_DIR") {
        Some(path) => path.into(),
        None => temporary().with_file_name("wasm32-wasip2").join("release"),
    });
    let path = GUESTS.join(name).with_extension("wasm");
    assert!(
        path.exists(),
        "{} is missing: cargo build --release --target wasm32-wasip2 -p programs --bin {name}",
        path.display()
    );
    path
}
