//! The values of options: how each is written, and what is wrong with one that is not.

use std::ffi::{OsStr, OsString};
use std::num::NonZeroUsize;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;
use std::time::Duration;

use bytesize::ByteSize;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use host::{DirGrant, MAX_CORES, Placement};

use super::environment::EnvVar;

pub(super) fn cores(text: &str) -> Result<NonZeroUsize, String> {
    let cores = text.parse().ok().filter(|cores| *cores <= MAX_CORES);
    cores.ok_or_else(|| format!("it must be a whole number from 1 to {MAX_CORES}"))
}

pub(super) fn dir(text: OsString) -> Result<DirGrant, String> {
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

/// A file to write. `-` is none: what a host prints on stdout is the app's.
pub(super) fn file(path: OsString) -> Result<PathBuf, String> {
    if path == "-" { Err("name a file: stdout is the app's".into()) } else { Ok(path.into()) }
}

/// `10s`, `500ms`, `1h 30m`.
pub(super) fn time(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text).map_err(|error| format!("{error}; as in 10s or 500ms"))
}

/// `4GiB`, `512MB`, `65536`.
pub(super) fn size(text: &str) -> Result<u64, String> {
    let size = text.parse::<ByteSize>();
    size.map(|size| size.as_u64()).map_err(|error| format!("{error}; as in 512MiB or 4GiB"))
}

pub(super) fn placement() -> impl TypedValueParser<Value = Placement> {
    PossibleValuesParser::new(["steal", "sharded", "global"]).map(|name| match name.as_str() {
        "sharded" => Placement::Sharded,
        "global" => Placement::Global,
        _ => Placement::Steal,
    })
}

pub(super) fn env_var(text: &str) -> Result<EnvVar, &'static str> {
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
pub(super) enum WasiOption {
    InheritNetwork,
    Tcp,
    Udp,
    AllowIpNameLookup,
    Http,
    InheritEnv,
}

/// The value of one `-S`.
#[derive(Debug, Clone)]
pub(super) struct WasiOptions(Vec<(WasiOption, bool)>);

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
    pub(super) fn resolve(given: Vec<WasiOptions>) -> impl Fn(Self) -> Option<bool> {
        let given = given.into_iter().flat_map(|options| options.0).collect::<Vec<_>>();
        move |key| given.iter().rev().find(|(known, _)| *known == key).map(|(_, value)| *value)
    }
}

pub(super) fn wasi_options(text: &str) -> Result<WasiOptions, String> {
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
