//! `host run`: an app, the host it runs on, and what it is granted.
//!
//! The doc comments of [`Run`] are the text of `host run --help`.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser as _};

use host::{Config, DirGrant, Limits, Placement, RunConfig};

use super::cache::CacheArgs;
use super::environment::{self, EnvVar};
use super::values::{
    WasiOption, WasiOptions, cores, dir, env_var, file, placement, size, time, wasi_options,
};

/// Which app to run, on what, and how.
#[derive(Debug)]
pub(crate) struct RunApp {
    pub(crate) host: Config,
    pub(crate) app: PathBuf,
    pub(crate) plugs: Vec<PathBuf>,
    pub(crate) run: RunConfig,
    /// How many files, directories and sockets it may hold at a time.
    pub(crate) max_files: Option<u64>,
    pub(crate) shown: Shown,
}

/// What is shown of the run beside what the app prints.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Shown {
    /// Whether to say at the end how it went.
    pub(crate) stats: bool,
    /// Where the trace goes, and the page that draws it.
    pub(crate) trace: Option<PathBuf>,
    pub(crate) timeline: Option<PathBuf>,
    /// Whether to say on the terminal how it goes.
    pub(crate) progress: bool,
}

pub(super) const EXAMPLES: &str = "\
Examples:
  host run app.wasm                            run it on all cores
  host run app.wasm --cores 8 input.txt        on 8; input.txt is the app's
  host run --dir . pgzip.wasm -d file.gz       -d file.gz is the app's
  host run --dir data::/in:ro app.wasm         the app may read data, as /in
  host run app.wasm -- --cores 3               --cores 3 is the app's
  host run app.wasm --plug filters.wasm        filters.wasm exports what the app imports

As the runner of cargo run and cargo test, in .cargo/config.toml:
  [target.wasm32-wasip2]
  runner = [\"host\", \"run\", \"--cores\", \"8\", \"--\"]

Exit code: the app's own, or 2 usage, 65 not an app this host can run, 66 cannot read it,
70 bug of the host, 71 refused by the system, 74 output not written, 124 --timeout is over,
129, 130, 143 stopped by SIGHUP, SIGINT, SIGTERM (unless ignored at the start), 134 the app trapped, 141 nobody reads the output.";

/// Run an app, a WebAssembly component with a main function
///
/// The app may use one core for each unit of work it calls .par() on, up to the number of --cores.
/// It sees nothing of this machine that is not granted here: no files, no environment, no network.
///
/// Options of the host stand before the file or right after it. From the first argument that is not
/// one of them, or after --, everything belongs to the app, unchanged.
#[derive(Debug, Args)]
pub(super) struct Run {
    /// Cores to use at a time [default: all this process may use]
    ///
    /// The default honours the CPU affinity of the process and the CPU quota of its container.
    /// With more cores than CPUs, cores share CPUs.
    #[arg(long, value_name = "N", value_parser = cores)]
    cores: Option<NonZeroUsize>,

    /// Satisfy imports of the app with the exports of this component
    ///
    /// Each instance of the app has a copy of it, so jobs call it in parallel. It may import what
    /// another --plug exports. May be given more than once, in any order.
    #[arg(long = "plug", value_name = "FILE.wasm")]
    plugs: Vec<PathBuf>,

    /// Let the app use a directory
    ///
    /// The app calls it GUEST, or the same as here if there is no GUEST. With :ro it may only read
    /// in it; without, or with :rw, it may also change, create and delete what is in it. May be
    /// given more than once.
    #[arg(
        long = "dir",
        value_name = "HOST[::GUEST][:ro]",
        value_parser = OsStringValueParser::new().try_map(dir),
    )]
    dirs: Vec<DirGrant>,

    /// Set an environment variable for the app
    ///
    /// Without a value, the app gets the variable as it is here, if it is set. May be given more
    /// than once; the last value of a name counts.
    #[arg(long, value_name = "NAME[=VALUE]", value_parser = env_var)]
    env: Vec<EnvVar>,

    /// What the app sees as its own name [default: the name of the file]
    #[arg(long, value_name = "NAME")]
    argv0: Option<String>,

    /// Grant more of WASI: inherit-network, tcp, udp, allow-ip-name-lookup, http, inherit-env
    ///
    /// inherit-network: use all addresses this machine can reach, with TCP and UDP
    /// tcp, udp: make such sockets; =n takes them out of inherit-network
    /// allow-ip-name-lookup: look up host names
    /// http: send HTTP requests to any server this machine can reach
    /// inherit-env: see all environment variables
    ///
    /// Each may be followed by =y or =n.
    #[arg(
        short = 'S',
        long = "wasi",
        value_name = "KEY[=y|n][,KEY...]",
        value_parser = wasi_options,
        verbatim_doc_comment,
    )]
    wasi: Vec<WasiOptions>,

    /// Stop the app after this time, as 10s or 500ms
    #[arg(long, value_name = "TIME", value_parser = time, help_heading = "Limits")]
    timeout: Option<Duration>,

    /// Let no job take longer than this, from when it begins
    #[arg(long, value_name = "TIME", value_parser = time, help_heading = "Limits")]
    job_timeout: Option<Duration>,

    /// Memory of all instances, and what is kept for them, as 4GiB [default: 3/4 of what there is]
    #[arg(long, value_name = "SIZE", value_parser = size, help_heading = "Limits")]
    memory: Option<u64>,

    /// Memory of the instance of a job [default: 1GiB]
    #[arg(long, value_name = "SIZE", value_parser = size, help_heading = "Limits")]
    job_memory: Option<u64>,

    /// How often a job may call the host [default: no limit]
    #[arg(long, value_name = "N", help_heading = "Limits")]
    job_calls: Option<u64>,

    /// Files, directories and sockets that are open at a time [default: all that ulimit -n allows]
    ///
    /// Beyond, opening one fails, and a server accepts its next client when another has gone. The soft limit
    /// of this process is raised to the hard one first.
    #[arg(long, value_name = "N", help_heading = "Limits")]
    max_files: Option<u64>,

    /// Jobs that are under way at a time; more begin later [default: 100000]
    #[arg(long, value_name = "N", help_heading = "Limits")]
    max_jobs: Option<usize>,

    /// Bytes that their messages and items have together; more come later [default: 1GiB]
    #[arg(long, value_name = "SIZE", value_parser = size, help_heading = "Limits")]
    max_queued: Option<u64>,

    /// Bytes of one message, result or item [default: 256MiB]
    #[arg(long, value_name = "SIZE", value_parser = size, help_heading = "Limits")]
    max_message: Option<u64>,

    /// How deep jobs are nested [default: 64]
    #[arg(long, value_name = "N", help_heading = "Limits")]
    max_depth: Option<u32>,

    /// How long a job that has to stop may take for that, and the whole app [default: 100ms]
    ///
    /// It is asked to stop first: its future is dropped, and destructors run. A job that computes
    /// and has never waited for anything cannot be asked, and is stopped at once.
    #[arg(long, value_name = "TIME", value_parser = time, help_heading = "Limits")]
    grace: Option<Duration>,

    /// Jobs that have begun at a time, besides one of each depth [default: 1000]
    ///
    /// Each keeps an instance, also while it waits. Address space for all is taken at the start.
    #[arg(long, value_name = "N")]
    slots: Option<usize>,

    /// Which core gets a job [default: steal]
    ///
    /// steal: the core of its parent, until another has nothing to do and takes it
    /// sharded: each core in turn; there it stays
    /// global: whichever core asks first; all have one queue
    #[arg(long, value_name = "HOW", value_parser = placement(), verbatim_doc_comment)]
    placement: Option<Placement>,

    /// Let a guest that computes have its core until it waits
    ///
    /// It then computes faster, most where its loops and functions are small. But until it waits nothing
    /// stops it: no --timeout, no --job-timeout, no parent, no first Ctrl-C.
    #[arg(long)]
    no_preemption: bool,

    /// Run every job in an instance of its own
    #[arg(long)]
    fresh: bool,

    /// Say at the end how many jobs there were, where, and how they ended, on stderr
    #[arg(long, help_heading = "Seeing the run")]
    stats: bool,

    /// Write when each job was queued, ran and waited, for https://ui.perfetto.dev
    ///
    /// It is JSON in the format of Chrome's traces, written when the app has ended, however it did. It
    /// has the first 64 MiB of what happens, at less than 100 bytes for a job that does not wait; the
    /// file and stderr say if there was more.
    #[arg(long, value_name = "OUT.json", value_parser = OsStringValueParser::new().try_map(file), help_heading = "Seeing the run")]
    trace: Option<PathBuf>,

    /// Write the same as a page that draws it, for a browser without a network
    #[arg(long, value_name = "OUT.html", value_parser = OsStringValueParser::new().try_map(file), help_heading = "Seeing the run")]
    timeline: Option<PathBuf>,

    /// Say how it goes on the last line of the terminal, if stderr is one
    #[arg(long, help_heading = "Seeing the run")]
    progress: bool,

    #[command(flatten)]
    cache: CacheArgs,

    /// The app: a component, as cargo build --target wasm32-wasip2 makes it
    #[arg(value_name = "APP.wasm")]
    app: PathBuf,

    /// Arguments of the app
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
        let Self { stats, trace, timeline, progress, .. } = self;
        Shown { stats: *stats, trace: trace.clone(), timeline: timeline.clone(), progress: *progress }
    }

    fn host(&self) -> Config {
        let mut host = Config::default();
        host.cores = self.cores.unwrap_or(host.cores);
        host.placement = self.placement.unwrap_or(host.placement);
        host.preemption = !self.no_preemption;
        host.slots = self.slots.unwrap_or(host.slots);
        host.depth = self.max_depth.unwrap_or(host.depth);
        host.runs = 1;
        host.cache = self.cache.resolve();
        host
    }

    pub(super) fn resolve(self) -> Result<RunApp, clap::Error> {
        let (host, shown) = (self.host(), self.shown());
        let mut run = RunConfig::default();
        run.limits = self.limits(run.limits);
        let Self { max_files, plugs, dirs, env, argv0, wasi, app, args, .. } = self;
        run.args = args;
        run.argv0 = argv0;
        run.fresh = self.fresh;
        run.grace = self.grace.unwrap_or(run.grace);
        run.grants.dirs = dirs;
        let wasi = WasiOption::resolve(wasi);
        let inherit_network = wasi(WasiOption::InheritNetwork).unwrap_or(false);
        run.grants.inherit_network = inherit_network;
        run.grants.tcp = wasi(WasiOption::Tcp).unwrap_or(inherit_network);
        run.grants.udp = wasi(WasiOption::Udp).unwrap_or(inherit_network);
        run.grants.ip_name_lookup = wasi(WasiOption::AllowIpNameLookup).unwrap_or(false);
        run.grants.http = wasi(WasiOption::Http).unwrap_or(false);
        run.grants.env = environment::environment(wasi(WasiOption::InheritEnv).unwrap_or(false), env)?;
        Ok(RunApp { host, app, plugs, run, max_files, shown })
    }
}
