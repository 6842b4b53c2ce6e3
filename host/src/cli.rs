//! What may be typed, and the [`Config`] it means.
//!
//! The doc comments of [`Run`] are the text of `host run --help`.

use std::ffi::{OsStr, OsString};
use std::num::NonZeroUsize;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

use clap::builder::{OsStringValueParser, TypedValueParser as _};
use clap::error::ErrorKind;
use clap::{Args, CommandFactory as _, Parser, Subcommand};

use host::{Cache, Config, DirGrant, MAX_CORES};

mod split;

/// Names the directory of the cache, where `--cache-dir` does not.
const CACHE_DIR_VAR: &str = "HOST_CACHE_DIR";

/// What the command line asks for.
#[derive(Debug)]
#[non_exhaustive]
pub(crate) enum Command {
    /// To run an app.
    Run(Config),
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
        Subcommands::Run(run) => Ok(Command::Run(run.into_config()?)),
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
70 bug of the host, 71 refused by the system, 74 output not written, 134 the app trapped,
141 nobody reads the output.";

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

    /// Grant more of WASI: inherit-network, tcp, udp, allow-ip-name-lookup, inherit-env
    ///
    /// inherit-network: use all addresses this machine can reach, with TCP and UDP
    /// tcp, udp: make such sockets; =n takes them out of inherit-network
    /// allow-ip-name-lookup: look up host names
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
    fn into_config(self) -> Result<Config, clap::Error> {
        let Self { cores, dirs, env, argv0, wasi, no_cache, cache_dir, app, args } = self;
        let mut config = Config::new(app);
        config.args = args;
        config.argv0 = argv0;
        config.cores = cores.unwrap_or(config.cores);
        config.grants.dirs = dirs;
        config.cache = match cache_dir.or_else(cache_dir_from_env) {
            _ if no_cache => Cache::Off,
            Some(dir) => Cache::Dir(dir),
            None => Cache::User,
        };
        let wasi = WasiOption::resolve(wasi);
        let inherit_network = wasi(WasiOption::InheritNetwork).unwrap_or(false);
        config.grants.inherit_network = inherit_network;
        config.grants.tcp = wasi(WasiOption::Tcp).unwrap_or(inherit_network);
        config.grants.udp = wasi(WasiOption::Udp).unwrap_or(inherit_network);
        config.grants.ip_name_lookup = wasi(WasiOption::AllowIpNameLookup).unwrap_or(false);
        if wasi(WasiOption::InheritEnv).unwrap_or(false) {
            for (name, value) in std::env::vars_os() {
                // Such a name can be inherited, but not be told from its value.
                if name.as_bytes().contains(&b'=') {
                    continue;
                }
                let value = utf8(&name, value)?;
                config.grants.env.push((utf8(&name, name.clone())?, value));
            }
        }
        for EnvVar { name, value } in env {
            let value = match value {
                Some(value) => value,
                None => match std::env::var_os(&name) {
                    Some(value) => utf8(OsStr::new(&name), value)?,
                    None => continue,
                },
            };
            config.grants.env.push((name, value));
        }
        Ok(config)
    }
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

fn dir(text: OsString) -> Result<DirGrant, &'static str> {
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
        return Err("the name of a directory must not be empty");
    }
    let guest = str::from_utf8(guest).map_err(|_| "what the app calls it must be UTF-8")?;
    let host = OsStr::from_bytes(host);
    Ok(if read_only { DirGrant::read_only(host, guest) } else { DirGrant::read_write(host, guest) })
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
    InheritEnv,
}

/// The value of one `-S`.
#[derive(Debug, Clone)]
struct WasiOptions(Vec<(WasiOption, bool)>);

impl WasiOption {
    const ALL: [(&'static str, Self); 5] = [
        ("inherit-network", Self::InheritNetwork),
        ("tcp", Self::Tcp),
        ("udp", Self::Udp),
        ("allow-ip-name-lookup", Self::AllowIpNameLookup),
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
mod tests {
    use super::*;
    use host::Grants;

    fn run(args: &[&str]) -> Result<Config, String> {
        let args = ["host", "run"].iter().chain(args).map(OsString::from);
        match parse(args) {
            Ok(Command::Run(config)) => Ok(config),
            Err(error) => {
                assert_eq!(error.exit_code(), 2, "{error}");
                Err(error.to_string())
            }
        }
    }

    #[track_caller]
    fn fails(args: &[&str], says: &str) {
        let error = run(args).expect_err(says);
        assert!(error.contains(says), "{error}");
    }

    #[test]
    fn verify_cli() {
        Cli::command().debug_assert();
    }

    /// Where the options of the host end and the app's arguments begin.
    #[test]
    fn what_belongs_to_whom() {
        const ALL: usize = 0;
        for (line, cores, app, args) in [
            ("app.wasm", ALL, "app.wasm", ""),
            ("app.wasm --cores 8", 8, "app.wasm", ""),
            ("--cores 8 app.wasm", 8, "app.wasm", ""),
            ("--cores=8 app.wasm arg", 8, "app.wasm", "arg"),
            ("app.wasm --cores 8 -- arg", 8, "app.wasm", "arg"),
            ("app.wasm --cores=8 arg --cores 3", 8, "app.wasm", "arg --cores 3"),
            ("--cores 2 pgzip.wasm -d file.gz", 2, "pgzip.wasm", "-d file.gz"),
            ("app.wasm -- --cores 3", ALL, "app.wasm", "--cores 3"),
            ("-- app.wasm --nocapture", ALL, "app.wasm", "--nocapture"),
            ("-- app.wasm --cores 3", ALL, "app.wasm", "--cores 3"),
            ("--cores 8 -- app.wasm --cores 3", 8, "app.wasm", "--cores 3"),
            ("-- app.wasm -- x", ALL, "app.wasm", "-- x"),
            ("app.wasm x -- y", ALL, "app.wasm", "x -- y"),
            ("app.wasm -- -- x", ALL, "app.wasm", "-- x"),
            ("app.wasm - x", ALL, "app.wasm", "- x"),
            ("- x", ALL, "-", "x"),
            ("app.wasm --nocapture --test-threads 1", ALL, "app.wasm", "--nocapture --test-threads 1"),
            ("app.wasm --help", ALL, "app.wasm", "--help"),
            ("app.wasm -h", ALL, "app.wasm", "-h"),
            ("app.wasm --version", ALL, "app.wasm", "--version"),
            ("app.wasm --color never", ALL, "app.wasm", "--color never"),
            ("app.wasm --end 5", ALL, "app.wasm", "--end 5"),
            ("app.wasm -V", ALL, "app.wasm", "-V"),
            ("--cores 1 app.wasm --cores 2", 2, "app.wasm", ""),
            ("-Stcp app.wasm -S udp -x", ALL, "app.wasm", "-x"),
            ("--dir . app.wasm --no-cache --env A=B --argv0 x run", ALL, "app.wasm", "run"),
        ] {
            let config = run(&line.split(' ').collect::<Vec<_>>()).expect(line);
            let expected = NonZeroUsize::new(cores).unwrap_or(Config::new("").cores);
            assert_eq!(config.cores, expected, "{line}");
            assert_eq!(config.app.to_str(), Some(app), "{line}");
            assert_eq!(config.args.join(" "), args, "{line}");
        }
    }

    #[test]
    fn a_slip_right_after_the_file_is_noticed() {
        for (typed, meant) in [
            ("--core", "--cores"),
            ("--coers", "--cores"),
            ("--cores8", "--cores"),
            ("--core=8", "--cores"),
            ("--Cores", "--cores"),
            ("--dirs", "--dir"),
            ("--evn", "--env"),
            ("--nocache", "--no-cache"),
            ("--cachedir", "--cache-dir"),
            ("--cache_dir", "--cache-dir"),
        ] {
            let says = format!("did you mean {meant}? (to pass it to the app, put it after --)");
            fails(&["app.wasm", typed, "8"], &says);
            run(&["app.wasm", "--", typed]).unwrap();
            run(&["app.wasm", "x", typed]).unwrap();
            run(&["--", "app.wasm", typed]).unwrap();
        }
        fails(&["--coers", "8", "app.wasm"], "'--cores'");
    }

    #[test]
    fn cores_have_a_range() {
        for cores in ["0", "-1", "abc", "1e9", "1025", "", "2.5", "99999999999999999999", "--"] {
            fails(&["--cores", cores, "app.wasm"], "a whole number from 1 to 1024");
            fails(&["app.wasm", "--cores", cores], "a whole number from 1 to 1024");
        }
        fails(&["app.wasm", "--cores="], "a whole number from 1 to 1024");
        fails(&["app.wasm", "--cores"], "a value is required");
        assert_eq!(run(&["--cores", "1024", "app.wasm"]).unwrap().cores, MAX_CORES);
    }

    #[test]
    fn directories() {
        for (text, grant) in [
            (".", DirGrant::read_write(".", ".")),
            (".::/", DirGrant::read_write(".", "/")),
            ("a:b::c", DirGrant::read_write("a:b", "c")),
            ("data:ro", DirGrant::read_only("data", "data")),
            ("data:rw", DirGrant::read_write("data", "data")),
            ("/x::/y:ro", DirGrant::read_only("/x", "/y")),
            ("/x::/y:rw", DirGrant::read_write("/x", "/y")),
        ] {
            assert_eq!(run(&["--dir", text, "app.wasm"]).unwrap().grants.dirs, [grant], "{text}");
        }
        for text in ["", "::", "a::", "::b", ":ro", "a:::ro"] {
            fails(&["--dir", text, "app.wasm"], "--dir");
        }
        let two = run(&["--dir", "a", "app.wasm", "--dir", "b"]).unwrap();
        assert_eq!(two.grants.dirs.len(), 2);
    }

    #[test]
    fn environment() {
        let env = |args: &[&str]| run(args).unwrap().grants.env;
        assert_eq!(env(&["app.wasm"]), []);
        let given = env(&["--env", "A=1=2", "--env", "B=", "--env", "NO_SUCH_VARIABLE", "app.wasm"]);
        assert_eq!(given, [("A".into(), "1=2".into()), ("B".into(), String::new())]);
        let name = std::env::var("CARGO_PKG_NAME").unwrap();
        let pair = ("CARGO_PKG_NAME".into(), name);
        assert_eq!(env(&["--env", "CARGO_PKG_NAME", "app.wasm"]), std::slice::from_ref(&pair));
        let all = env(&["app.wasm", "-S", "inherit-env", "--env", "A=1"]);
        assert!(all.contains(&pair));
        assert_eq!(all.last(), Some(&("A".into(), "1".into())), "it overrides what is inherited");
        fails(&["--env", "=x", "app.wasm"], "--env");
    }

    #[test]
    fn network() {
        let grants = |value| run(&["-S", value, "app.wasm"]).unwrap().grants;
        let none = Grants::default();
        let with = |change: fn(&mut Grants)| {
            let mut grants = Grants::default();
            change(&mut grants);
            grants
        };
        let tcp = with(|grants| grants.tcp = true);
        let all = with(|grants| (grants.inherit_network, grants.tcp, grants.udp) = (true, true, true));
        let no_udp = with(|grants| (grants.inherit_network, grants.tcp) = (true, true));
        assert_eq!(grants("tcp"), tcp);
        assert_eq!(grants("inherit-network"), all, "as in wasmtime, without name lookup");
        assert_eq!(grants("udp=n,inherit-network=yes"), no_udp);
        assert!(grants("allow-ip-name-lookup").ip_name_lookup);
        assert_eq!(grants("tcp,tcp=false"), none);
        let config = run(&["-Sinherit-network", "--wasi=tcp=n", "-S", "tcp", "app.wasm"]);
        assert_eq!(config.unwrap().grants, all);
        fails(&["-S", "htpp", "app.wasm"], "known are inherit-network, tcp, udp, allow-ip");
        fails(&["-S", "", "app.wasm"], "known are");
        fails(&["-S", "tcp=maybe", "app.wasm"], "=y or =n");
    }

    #[test]
    fn cache() {
        let cache = |args: &[&str]| run(args).unwrap().cache;
        assert_eq!(cache(&["--cache-dir", "/c", "app.wasm"]), Cache::Dir("/c".into()));
        assert_eq!(cache(&["--no-cache", "app.wasm"]), Cache::Off);
        assert_eq!(cache(&["--cache-dir", "/c", "app.wasm", "--no-cache"]), Cache::Off);
    }

    #[test]
    fn what_is_missing_is_named() {
        fails(&[], "APP.wasm");
        fails(&["--cores", "2"], "APP.wasm");
        fails(&["--no-such-option", "app.wasm"], "--no-such-option");
        let args = ["host", "run", "app.wasm"].map(OsString::from).into_iter();
        let error = parse(args.chain([OsStr::from_bytes(b"\xff").into()])).unwrap_err();
        assert_eq!(error.exit_code(), 2);
    }

    #[test]
    fn help_and_version_are_no_errors() {
        for line in [
            "host --help",
            "host help",
            "host help run",
            "host run --help",
            "host --version",
            "host run -h",
            "host run --cores 2 --help",
        ] {
            let error = parse(line.split(' ').map(OsString::from)).unwrap_err();
            assert_eq!(error.exit_code(), 0, "{line}: {error}");
        }
        let error = parse(["host".into()]).unwrap_err();
        assert_eq!(error.exit_code(), 2);
    }
}
