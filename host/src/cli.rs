//! What may be typed, and the [`Config`] and [`RunConfig`] it means.
//!
//! The doc comments of [`Run`] are the text of `host run --help`.

use std::ffi::{OsStr, OsString};
use std::num::NonZeroUsize;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;
use std::time::Duration;

use bytesize::ByteSize;
use clap::builder::{OsStringValueParser, PossibleValuesParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Args, CommandFactory as _, Parser, Subcommand};

use host::{Cache, Config, DirGrant, Limits, MAX_CORES, Placement, RunConfig};

mod split;

/// Names the directory of the cache, where `--cache-dir` does not.
const CACHE_DIR_VAR: &str = "HOST_CACHE_DIR";

/// What the command line asks for.
#[derive(Debug)]
#[non_exhaustive]
pub(crate) enum Command {
    /// To run an app.
    Run(Box<RunApp>),
}

/// Which app to run, on what, and how.
#[derive(Debug)]
pub(crate) struct RunApp {
    pub(crate) host: Config,
    pub(crate) app: PathBuf,
    pub(crate) run: RunConfig,
    /// Whether to say at the end how it went.
    pub(crate) stats: bool,
}

/// Reads a command line, with the name of the program as its first argument.
///
/// # Errors
///
/// Fails if it is not one that we know. Help and version come as an error too: its
/// [`exit`](clap::Error::exit) prints any of them and ends with the right code.
pub(crate) fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Command, clap::Error> {
    let args = split::split(Cli::command(), args.into_iter().collect())?;
    match Cli::try_parse_from(args)?.command {
        Subcommands::Run(run) => Ok(Command::Run(Box::new(run.resolve()?))),
    }
}

/// Runs WebAssembly components on many cores.
#[derive(Debug, Parser)]
#[command(name = "host", version, after_help = "Try: host run app.wasm --cores 8")]
struct Cli {
    #[command(subcommand)]
    command: Subcommands,
}

#[derive(Debug, Subcommand)]
enum Subcommands {
    #[command(after_long_help = EXAMPLES, args_override_self = true)]
    Run(Box<Run>),
}

const EXAMPLES: &str = "\
Examples:
  host run app.wasm                            run it on all cores
  host run app.wasm --cores 8 input.txt        on 8; input.txt is the app's
  host run --dir . pgzip.wasm -d file.gz       -d file.gz is the app's
  host run --dir data::/in:ro app.wasm         the app may read data, as /in
  host run app.wasm -- --cores 3               --cores 3 is the app's

As the runner of cargo run and cargo test, in .cargo/config.toml:
  [target.wasm32-wasip2]
  runner = [\"host\", \"run\", \"--cores\", \"8\", \"--\"]

Exit code: the app's own, or 2 usage, 65 not an app this host can run, 66 cannot read it,
70 bug of the host, 71 refused by the system, 74 output not written, 124 --timeout is over,
129, 130, 143 stopped by SIGHUP, SIGINT, SIGTERM, 134 the app trapped, 141 nobody reads the output.";

/// Run an app, a WebAssembly component with a main function
///
/// The app may use one core for each unit of work it calls .par() on, up to the number of --cores.
/// It sees nothing of this machine that is not granted here: no files, no environment, no network.
///
/// Options of the host stand before the file or right after it. From the first argument that is not
/// one of them, or after --, everything belongs to the app, unchanged.
#[derive(Debug, Args)]
struct Run {
    /// Cores to use at a time [default: all this process may use]
    ///
    /// The default honours the CPU affinity of the process and the CPU quota of its container.
    /// With more cores than CPUs, cores share CPUs.
    #[arg(long, value_name = "N", value_parser = cores)]
    cores: Option<NonZeroUsize>,

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

    /// Memory of all instances together, as 512MiB or 4GiB [default: 3/4 of what there is]
    #[arg(long, value_name = "SIZE", value_parser = size, help_heading = "Limits")]
    memory: Option<u64>,

    /// Memory of the instance of a job [default: 1GiB]
    #[arg(long, value_name = "SIZE", value_parser = size, help_heading = "Limits")]
    job_memory: Option<u64>,

    /// How often a job may call the host [default: no limit]
    #[arg(long, value_name = "N", help_heading = "Limits")]
    job_calls: Option<u64>,

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
    #[arg(long, value_name = "HOW", value_parser = placement(), verbatim_doc_comment)]
    placement: Option<Placement>,

    /// Run every job in an instance of its own
    #[arg(long)]
    fresh: bool,

    /// Say at the end how many jobs there were, where, and how they ended, on stderr
    #[arg(long)]
    stats: bool,

    /// Compile the app anew, and do not keep the result
    #[arg(long)]
    no_cache: bool,

    /// Where compiled apps are kept [default: $XDG_CACHE_HOME/parallel-host]
    ///
    /// Without XDG_CACHE_HOME it is ~/.cache/parallel-host. HOST_CACHE_DIR sets another default.
    /// It is used only if nobody else can write to it.
    #[arg(long, value_name = "DIR")]
    cache_dir: Option<PathBuf>,

    /// The app: a component, as cargo build --target wasm32-wasip2 makes it
    #[arg(value_name = "APP.wasm")]
    app: PathBuf,

    /// Arguments of the app
    #[arg(value_name = "ARGS", trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<String>,
}

impl Run {
    fn limits(&self) -> Limits {
        let bytes = |size: u64| usize::try_from(size).unwrap_or(usize::MAX);
        let mut limits = Limits::default();
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

    fn host(&self) -> Config {
        let mut host = Config::default();
        host.cores = self.cores.unwrap_or(host.cores);
        host.placement = self.placement.unwrap_or(host.placement);
        host.slots = self.slots.unwrap_or(host.slots);
        host.depth = self.max_depth.unwrap_or(host.depth);
        host.runs = 1;
        host.cache = match self.cache_dir.clone().or_else(cache_dir_from_env) {
            _ if self.no_cache => Cache::Off,
            Some(dir) => Cache::Dir(dir),
            None => Cache::User,
        };
        host
    }

    fn resolve(self) -> Result<RunApp, clap::Error> {
        let (host, limits) = (self.host(), self.limits());
        let Self { dirs, env, argv0, wasi, app, args, stats, .. } = self;
        let mut run = RunConfig::default();
        run.args = args;
        run.argv0 = argv0;
        run.fresh = self.fresh;
        run.grace = self.grace.unwrap_or(run.grace);
        run.limits = limits;
        run.grants.dirs = dirs;
        let wasi = WasiOption::resolve(wasi);
        let inherit_network = wasi(WasiOption::InheritNetwork).unwrap_or(false);
        run.grants.inherit_network = inherit_network;
        run.grants.tcp = wasi(WasiOption::Tcp).unwrap_or(inherit_network);
        run.grants.udp = wasi(WasiOption::Udp).unwrap_or(inherit_network);
        run.grants.ip_name_lookup = wasi(WasiOption::AllowIpNameLookup).unwrap_or(false);
        run.grants.http = wasi(WasiOption::Http).unwrap_or(false);
        run.grants.env = environment(wasi(WasiOption::InheritEnv).unwrap_or(false), env)?;
        Ok(RunApp { host, app, run, stats })
    }
}

/// The variables that the app gets: those that are here, if it inherits them, and the given ones.
fn environment(inherit: bool, given: Vec<EnvVar>) -> Result<Vec<(String, String)>, clap::Error> {
    let mut env = Vec::new();
    // Names with = in them can be inherited, but not be told from their value.
    let inherited = std::env::vars_os().filter(|(name, _)| inherit && !name.as_bytes().contains(&b'='));
    for (name, value) in inherited {
        let value = utf8(&name, value)?;
        env.push((utf8(&name, name.clone())?, value));
    }
    for EnvVar { name, value } in given {
        let value = match value {
            Some(value) => value,
            None => match std::env::var_os(&name) {
                Some(value) => utf8(OsStr::new(&name), value)?,
                None => continue,
            },
        };
        env.push((name, value));
    }
    Ok(env)
}

fn cache_dir_from_env() -> Option<PathBuf> {
    std::env::var_os(CACHE_DIR_VAR).filter(|dir| !dir.is_empty()).map(PathBuf::from)
}

/// A part of the environment variable `name`, for the app.
fn utf8(name: &OsStr, part: OsString) -> Result<String, clap::Error> {
    part.into_string().map_err(|_| {
        let name = name.display();
        let text = format!("environment variable {name} is not UTF-8, so the app cannot have it\n");
        clap::Error::raw(ErrorKind::InvalidUtf8, text)
    })
}

fn cores(text: &str) -> Result<NonZeroUsize, String> {
    let cores = text.parse().ok().filter(|cores| *cores <= MAX_CORES);
    cores.ok_or_else(|| format!("it must be a whole number from 1 to {MAX_CORES}"))
}

fn dir(text: OsString) -> Result<DirGrant, String> {
    let text = text.as_bytes();
    let (dirs, read_only) = match (text.strip_suffix(b":ro"), text.strip_suffix(b":rw")) {
        (Some(dirs), _) => (dirs, true),
        (None, Some(dirs)) => (dirs, false),
        (None, None) => (text, false),
    };
    let (host, guest) = match dirs.windows(2).position(|pair| pair == b"::") {
        Some(at) => (&dirs[..at], &dirs[at + 2..]),
        None => (dirs, dirs),
    };
    if host.is_empty() || guest.is_empty() {
        return Err("the name of a directory must not be empty".into());
    }
    let guest = str::from_utf8(guest).map_err(|_| "what the app calls it must be UTF-8")?;
    if dirs.len() == text.len()
        && let Some((_, end)) = guest.rsplit_once(':')
        && !end.contains('/')
    {
        return Err(format!(
            "it ends in :ro or :rw, not in :{end}; a name that does is followed by one of them"
        ));
    }
    let host = OsStr::from_bytes(host);
    Ok(if read_only { DirGrant::read_only(host, guest) } else { DirGrant::read_write(host, guest) })
}

/// `10s`, `500ms`, `1h 30m`.
fn time(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text).map_err(|error| format!("{error}; as in 10s or 500ms"))
}

/// `4GiB`, `512MB`, `65536`.
fn size(text: &str) -> Result<u64, String> {
    let size = text.parse::<ByteSize>();
    size.map(|size| size.as_u64()).map_err(|error| format!("{error}; as in 512MiB or 4GiB"))
}

fn placement() -> impl TypedValueParser<Value = Placement> {
    PossibleValuesParser::new(["steal", "sharded"]).map(|name| match name.as_str() {
        "sharded" => Placement::Sharded,
        _ => Placement::Steal,
    })
}

/// `--env NAME` or `--env NAME=VALUE`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct EnvVar {
    name: String,
    value: Option<String>,
}

fn env_var(text: &str) -> Result<EnvVar, &'static str> {
    let (name, value) = match text.split_once('=') {
        Some((name, value)) => (name, Some(value.to_owned())),
        None => (text, None),
    };
    if name.is_empty() {
        return Err("the name of a variable must not be empty");
    }
    Ok(EnvVar { name: name.to_owned(), value })
}

/// One key of `-S`, with wasmtime's name and meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum WasiOption {
    InheritNetwork,
    Tcp,
    Udp,
    AllowIpNameLookup,
    Http,
    InheritEnv,
}

/// The value of one `-S`.
#[derive(Debug, Clone)]
struct WasiOptions(Vec<(WasiOption, bool)>);

impl WasiOption {
    const ALL: [(&'static str, Self); 6] = [
        ("inherit-network", Self::InheritNetwork),
        ("tcp", Self::Tcp),
        ("udp", Self::Udp),
        ("allow-ip-name-lookup", Self::AllowIpNameLookup),
        ("http", Self::Http),
        ("inherit-env", Self::InheritEnv),
    ];

    /// What was said of each key, last of all; `None` for what was not mentioned.
    fn resolve(given: Vec<WasiOptions>) -> impl Fn(Self) -> Option<bool> {
        let given = given.into_iter().flat_map(|options| options.0).collect::<Vec<_>>();
        move |key| given.iter().rev().find(|(known, _)| *known == key).map(|(_, value)| *value)
    }
}

fn wasi_options(text: &str) -> Result<WasiOptions, String> {
    text.split(',').map(wasi_option).collect::<Result<_, _>>().map(WasiOptions)
}

fn wasi_option(text: &str) -> Result<(WasiOption, bool), String> {
    let (name, value) = text.split_once('=').unwrap_or((text, "y"));
    let Some((_, key)) = WasiOption::ALL.iter().find(|(known, _)| *known == name) else {
        let known = WasiOption::ALL.map(|(known, _)| known).join(", ");
        return Err(format!("there is no '{name}'; known are {known}"));
    };
    match value {
        "y" | "yes" | "true" => Ok((*key, true)),
        "n" | "no" | "false" => Ok((*key, false)),
        _ => Err(format!("{name} is followed by =y or =n, not by ={value}")),
    }
}

#[cfg(test)]
mod tests;
