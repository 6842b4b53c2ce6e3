//! `host run`: flags that configure the host, the app and its grants.
//!
//! The doc comments of [`Run`] are the text of `host run --help`.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser as _};
use clap::error::ErrorKind;

use host::{Config, DirGrant, Limits, Placement, RunConfig, Stdio};

#[cfg(feature = "cluster")]
use super::cluster::{Joining, RunInCluster};
use super::compile::CompileArgs;
use super::environment::{self, EnvVar};
use super::values::{cores, dir, env_var, file, placement, size, tcp, time};
use super::wasi::{Wasi, wasi};
use crate::hint;

/// The parsed command line of `host run`.
#[derive(Debug)]
pub(crate) struct RunApp {
    pub(crate) host: Config,
    pub(crate) app: PathBuf,
    pub(crate) plugs: Vec<PathBuf>,
    pub(crate) run: RunConfig,
    /// The limit on open files, directories and sockets.
    pub(crate) max_files: Option<u64>,
    pub(crate) shown: Shown,
    /// The cluster that it takes part in.
    #[cfg(feature = "cluster")]
    pub(crate) joining: Option<Joining>,
}

/// What the command reports about the run, besides the app's own output.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Shown {
    /// Whether to print a summary at the end.
    pub(crate) stats: bool,
    /// The files for the trace and for the timeline page.
    pub(crate) trace: Option<PathBuf>,
    pub(crate) timeline: Option<PathBuf>,
    /// Whether to show progress on the terminal.
    pub(crate) progress: bool,
    /// Where to serve metrics for Prometheus.
    pub(crate) metrics: Option<SocketAddr>,
}

pub(super) const EXAMPLES: &str = "\
Examples:
  host run app.wasm                        run on all cores
  host run app.wasm --cores 8 input.txt    run on 8 cores, and pass input.txt to the app
  host run --dir . pgzip.wasm -d file.gz   grant the current directory, and pass -d file.gz to the app
  host run --dir data::/in:ro app.wasm     let the app read the directory data, under the name /in
  host run app.wasm -- --cores 3           pass --cores 3 to the app
  host run app.wasm --plug filters.wasm    link filters.wasm, which exports what the app imports

Runner of cargo run and cargo test, in .cargo/config.toml; each test has a run of its own:
  [target.wasm32-wasip2]
  runner = [\"host\", \"run\", \"--cores\", \"8\", \"--\"]

Environment variables:
  HOST_ARGS          more options, for cargo run and cargo test: HOST_ARGS='--cores 2' cargo run
  HOST_CACHE_DIR     default of --cache-dir
  HOST_BACKTRACE=1   print all of the WebAssembly call stack of a trap
  HOST_LOG=debug     log more than warnings; off logs nothing
  SSL_CERT_FILE      default of --ca

Exit codes: the app's own, or
    1  the app made a call that the host does not allow
    2  invalid command line
   65  not an app that this host can run
   66  a file or a granted directory cannot be read
   69  the server of the cluster cannot be reached, or refuses this host
   70  bug of the host
   71  refused by the operating system
   74  the output cannot be written, and the app did not handle that
  124  stopped by --timeout
  129  stopped by SIGHUP, unless it was ignored at startup
  130  stopped by SIGINT (Ctrl-C), unless it was ignored at startup
  134  the app trapped
  141  the output is a closed pipe, and the app did not handle that
  143  stopped by SIGTERM, unless it was ignored at startup";

/// Run an app (a WebAssembly component with a main function)
///
/// Work that the app starts with .par() runs in parallel, on up to --cores cores. The app has no access to
/// files, network or environment unless an option grants it.
///
/// Options of the host come before APP.wasm or right after it. Everything from the first argument that is not
/// an option of the host, or after --, is passed to the app unchanged.
#[derive(Debug, Args)]
pub(super) struct Run {
    /// Number of cores to run on [default: all available CPUs]
    ///
    /// The default respects the CPU affinity of the process and the CPU quota of its container. Cores share
    /// CPUs if there are more cores than CPUs.
    #[arg(long, value_name = "N", value_parser = cores)]
    cores: Option<NonZeroUsize>,

    /// Link a component whose exports satisfy imports of the app
    ///
    /// Every instance of the app gets its own instance of the component, so jobs call it in parallel. The
    /// component may import what another --plug exports. Can be given more than once.
    #[arg(long = "plug", value_name = "FILE.wasm")]
    plugs: Vec<PathBuf>,

    /// Grant the app access to a directory
    ///
    /// The app sees the directory under the name GUEST, which defaults to HOST. With :ro the app can only
    /// read it. Otherwise, or with :rw, it can also create, change and delete files. Can be given more than
    /// once.
    #[arg(
        long = "dir",
        value_name = "HOST[::GUEST][:ro]",
        value_parser = OsStringValueParser::new().try_map(dir),
    )]
    dirs: Vec<DirGrant>,

    /// Set an environment variable of the app
    ///
    /// Without =VALUE, the app inherits the variable from the host, if it is set there. Can be given more
    /// than once; the app gets all of them, and most languages use the first of a name.
    #[arg(long, value_name = "NAME[=VALUE]", value_parser = env_var)]
    env: Vec<EnvVar>,

    /// Program name passed to the app [default: the file name of APP.wasm]
    #[arg(long, value_name = "NAME")]
    argv0: Option<String>,

    /// Grant network, HTTP or environment, or set another option of WASI
    ///
    /// inherit-network: use TCP and UDP with every address this machine can reach
    /// tcp, udp: create sockets of this kind; =n excludes the kind from inherit-network
    /// allow-ip-name-lookup: resolve host names
    /// http: send HTTP requests to any server this machine can reach
    /// inherit-env: inherit all environment variables
    /// inherit-stdin, inherit-stdout, inherit-stderr: with =n, the stream is empty, or its output is dropped
    /// cwd=PATH: the initial working directory
    /// config-var=NAME=VALUE: a variable of wasi:config
    /// keyvalue-in-memory-data=KEY=VALUE: an entry of wasi:keyvalue
    /// max-random-size=SIZE: random bytes per call [default: 64MiB]
    /// max-http-fields-size=SIZE: headers of an HTTP message [default: 128KiB]
    /// max-resources=N: files, streams, sockets and the like of an instance [default: as --memory allows]
    /// hostcall-fuel=SIZE: bytes passed to the host per call [default: as --memory allows]
    ///
    /// A key without a value, or with =y, grants; =n does not. The book lists all options of wasmtime.
    #[arg(
        short = 'S',
        long = "wasi",
        value_name = "KEY[=VALUE][,KEY...]",
        value_parser = wasi,
        verbatim_doc_comment,
    )]
    wasi: Vec<String>,

    /// Authorities that HTTPS and wasi:tls trust, in PEM [default: Mozilla's list]
    ///
    /// SSL_CERT_FILE overrides the default, if the app may send HTTP requests or use TCP.
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,

    /// Stop the app after this time, such as 10s or 500ms [default: no limit]
    ///
    /// Compiling the app does not count. It has a limit of its own: this time, or a minute if that is longer.
    #[arg(long, value_name = "TIME", value_parser = time, help_heading = "Limits")]
    timeout: Option<Duration>,

    /// Time limit of each job, counted from its start [default: no limit]
    #[arg(long, value_name = "TIME", value_parser = time, help_heading = "Limits")]
    job_timeout: Option<Duration>,

    /// Memory limit of the app, such as 4GiB [default: 3/4 of the available memory]
    ///
    /// Counts all instances and what the host keeps for them. The available memory is the least of the
    /// machine's, the container's and that of ulimit -v.
    #[arg(long, value_name = "SIZE", value_parser = size, help_heading = "Limits")]
    memory: Option<u64>,

    /// Memory limit of the instance of each job [default: 1GiB]
    #[arg(long, value_name = "SIZE", value_parser = size, help_heading = "Limits")]
    job_memory: Option<u64>,

    /// Stack of main and of each job, such as 8MiB [default: 1MiB]
    ///
    /// A guest that recurses deeper traps. Each instance takes this much of --memory.
    #[arg(long, value_name = "SIZE", value_parser = size, help_heading = "Limits")]
    stack: Option<u64>,

    /// Maximum number of calls to the host per job [default: no limit]
    #[arg(long, value_name = "N", help_heading = "Limits")]
    job_calls: Option<u64>,

    /// Maximum number of open files, directories and sockets [default: the hard limit of ulimit -n]
    ///
    /// At the limit, opening a file fails, and a server accepts its next client when another one has
    /// disconnected. The host raises its own soft limit to the hard limit at startup.
    #[arg(long, value_name = "N", help_heading = "Limits")]
    max_files: Option<u64>,

    /// Maximum number of unfinished jobs; further jobs start later [default: 100000]
    #[arg(long, value_name = "N", help_heading = "Limits")]
    max_jobs: Option<usize>,

    /// Maximum total size of messages and unread items; more are sent later [default: 1GiB]
    #[arg(long, value_name = "SIZE", value_parser = size, help_heading = "Limits")]
    max_queued: Option<u64>,

    /// Maximum size of a message, result or item [default: 256MiB]
    #[arg(long, value_name = "SIZE", value_parser = size, help_heading = "Limits")]
    max_message: Option<u64>,

    /// Maximum nesting depth of jobs [default: 64]
    #[arg(long, value_name = "N", help_heading = "Limits")]
    max_depth: Option<u32>,

    /// Grace period before a cancelled job is killed [default: 100ms]
    ///
    /// A cancelled job is first asked to stop: its future is dropped, and destructors run. A job that
    /// computes and has never waited cannot be asked, and is killed at once. When the app is stopped, all its
    /// jobs and main share one grace period.
    #[arg(long, value_name = "TIME", value_parser = time, help_heading = "Limits")]
    grace: Option<Duration>,

    /// Maximum number of started jobs, beside one per nesting depth [default: 1000]
    ///
    /// A started job keeps an instance, also while it waits; other jobs stay in their queue. Each nesting
    /// depth has one more slot of its own. Address space for all slots is reserved at startup.
    #[arg(long, value_name = "N")]
    slots: Option<usize>,

    /// Which core runs a job [default: steal]
    ///
    /// steal: the core of its parent, unless an idle core steals it
    /// sharded: the cores round-robin; a job stays on its core
    /// global: the first core that asks; all cores share one queue
    #[arg(long, value_name = "HOW", value_parser = placement(), verbatim_doc_comment)]
    placement: Option<Placement>,

    /// Disable preemption of running guests
    ///
    /// Guests compute faster, most of all in small loops and functions. But nothing can stop a guest before
    /// it waits: not --timeout, --job-timeout, its parent, or the first Ctrl-C.
    #[arg(long)]
    no_preemption: bool,

    /// Run each job in a new instance
    #[arg(long)]
    fresh: bool,

    /// Print statistics of jobs and cores to stderr at the end
    #[arg(long, help_heading = "Observability")]
    stats: bool,

    /// Write a trace of all jobs, for https://ui.perfetto.dev
    ///
    /// The trace is JSON in Chrome's trace event format. It shows when each job was queued, ran and waited.
    /// It is written when the app ends, however it ends. It holds the first 64 MiB of events, at less than
    /// 100 bytes for a job that does not wait; the file and a warning on stderr say if events are missing.
    #[arg(long, value_name = "OUT.json", value_parser = OsStringValueParser::new().try_map(file), help_heading = "Observability")]
    trace: Option<PathBuf>,

    /// Write the trace as an HTML page that draws a timeline
    ///
    /// The page needs no network.
    #[arg(long, value_name = "OUT.html", value_parser = OsStringValueParser::new().try_map(file), help_heading = "Observability")]
    timeline: Option<PathBuf>,

    /// Show progress on the last line of the terminal
    ///
    /// Has no effect if stderr is not a terminal.
    #[arg(long, help_heading = "Observability")]
    progress: bool,

    /// Write the names of the app's functions for perf, to /tmp/perf-PID.map
    ///
    /// perf record -g host run --perf-map app.wasm shows them beside those of the host.
    #[arg(long, help_heading = "Observability")]
    perf_map: bool,

    /// Serve metrics for Prometheus at this address, such as 127.0.0.1:9100
    ///
    /// They are at /metrics, without encryption and without a password, until the host ends.
    #[arg(long, value_parser = tcp, value_name = "ADDRESS", help_heading = "Observability")]
    metrics: Option<SocketAddr>,

    #[command(flatten)]
    compile: CompileArgs,

    #[cfg(feature = "cluster")]
    #[command(flatten)]
    cluster: RunInCluster,

    /// The app: a component, as built by cargo build --target wasm32-wasip2; - for stdin
    #[arg(value_name = "APP.wasm")]
    app: PathBuf,

    /// Arguments passed to the app
    #[arg(value_name = "ARGS", trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<String>,
}

impl Run {
    fn limits(&self, mut limits: Limits) -> Limits {
        let bytes = |size: u64| usize::try_from(size).unwrap_or(usize::MAX);
        limits.timeout = self.timeout;
        limits.job_timeout = self.job_timeout;
        limits.memory = self.memory.unwrap_or(limits.memory);
        limits.job_memory = self.job_memory.unwrap_or(limits.job_memory);
        limits.jobs = self.max_jobs.unwrap_or(limits.jobs);
        limits.queued = self.max_queued.map_or(limits.queued, bytes);
        limits.message = self.max_message.map_or(limits.message, bytes);
        limits.depth = self.max_depth.unwrap_or(limits.depth);
        limits.job_calls = self.job_calls;
        limits
    }

    fn shown(&self) -> Shown {
        let Self { stats, trace, timeline, progress, metrics, .. } = self;
        let (trace, timeline) = (trace.clone(), timeline.clone());
        Shown { stats: *stats, trace, timeline, progress: *progress, metrics: *metrics }
    }

    fn host(&self) -> Config {
        let mut host = Config::default();
        host.cores = self.cores.unwrap_or(host.cores);
        host.placement = self.placement.unwrap_or(host.placement);
        host.preemption = !self.no_preemption;
        host.slots = self.slots.unwrap_or(host.slots);
        host.depth = self.max_depth.unwrap_or(host.depth);
        host.runs = 1;
        host.stack = self.stack.map_or(host.stack, |size| usize::try_from(size).unwrap_or(usize::MAX));
        host.perf_map = self.perf_map;
        self.compile.apply(&mut host);
        host
    }

    pub(super) fn resolve(self) -> Result<RunApp, clap::Error> {
        let (host, shown) = (self.host(), self.shown());
        let mut run = RunConfig::default();
        run.limits = self.limits(run.limits);
        #[cfg(feature = "cluster")]
        let joining = self.cluster.resolve()?;
        let Self { max_files, plugs, dirs, env, argv0, wasi, app, args, .. } = self;
        run.args = args;
        run.argv0 = argv0;
        run.fresh = self.fresh;
        run.grace = self.grace.unwrap_or(run.grace);
        run.setting_name = hint::name;
        run.grants.dirs = dirs;
        let wasi =
            Wasi::parse(&wasi).map_err(|why| clap::Error::raw(ErrorKind::ValueValidation, why + "\n"))?;
        let inherit_network = wasi.inherit_network.unwrap_or(false);
        run.grants.inherit_network = inherit_network;
        run.grants.tcp = wasi.tcp.unwrap_or(inherit_network);
        run.grants.udp = wasi.udp.unwrap_or(inherit_network);
        run.grants.ip_name_lookup = wasi.allow_ip_name_lookup.unwrap_or(false);
        run.grants.http = wasi.http.unwrap_or(false);
        run.grants.ca = self.ca.or_else(|| {
            let connects = run.grants.http || run.grants.tcp;
            let file = std::env::var_os("SSL_CERT_FILE").filter(|file| connects && !file.is_empty());
            file.map(PathBuf::from)
        });
        run.grants.env = environment::environment(wasi.inherit_env.unwrap_or(false), env)?;
        run.stdin = wasi.inherit_stdin.unwrap_or(true);
        let output = |inherit: Option<bool>| match inherit {
            Some(false) => Stdio::null(),
            _ => Stdio::inherit(),
        };
        (run.stdout, run.stderr) = (output(wasi.inherit_stdout), output(wasi.inherit_stderr));
        run.cwd = wasi.cwd;
        run.grants.config = wasi.config;
        run.grants.keyvalue = wasi.keyvalue;
        run.limits.resources = wasi.max_resources;
        run.limits.hostcall = wasi.hostcall_fuel;
        run.limits.random = wasi.max_random_size.unwrap_or(run.limits.random);
        run.limits.http_fields = wasi.max_http_fields_size.unwrap_or(run.limits.http_fields);
        Ok(RunApp {
            host,
            app,
            plugs,
            run,
            max_files,
            shown,
            #[cfg(feature = "cluster")]
            joining,
        })
    }
}
