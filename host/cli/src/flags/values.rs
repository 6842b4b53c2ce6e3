//! Parsers for the values of options.

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
    let guest = str::from_utf8(guest).map_err(|_| "the name that the app sees must be UTF-8")?;
    if dirs.len() == text.len()
        && let Some((_, end)) = guest.rsplit_once(':')
        && !end.contains('/')
    {
        return Err(format!(
            "the suffix is :ro or :rw, not :{end}; if :{end} is part of the name, append :ro or :rw"
        ));
    }
    let host = OsStr::from_bytes(host);
    Ok(if read_only { DirGrant::read_only(host, guest) } else { DirGrant::read_write(host, guest) })
}

/// Parses the name of a file to write. `-` is an error, because stdout belongs to the app.
pub(super) fn file(path: OsString) -> Result<PathBuf, String> {
    if path == "-" { Err("name a file: stdout belongs to the app".into()) } else { Ok(path.into()) }
}

/// Parses a time, such as `10s`, `500ms` or `1h 30m`.
pub(super) fn time(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text).map_err(|error| format!("{error}; write a time such as 10s or 500ms"))
}

/// Parses a size, such as `4GiB`, `512MB` or `65536` bytes.
pub(super) fn size(text: &str) -> Result<u64, String> {
    let size = text.parse::<ByteSize>();
    size.map(|size| size.as_u64()).map_err(|error| format!("{error}; write a size such as 512MiB or 4GiB"))
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

/// A key of `-S`, with the name and meaning that it has for wasmtime.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WasiOption {
    InheritNetwork,
    Tcp,
    Udp,
    AllowIpNameLookup,
    Http,
    InheritEnv,
}

/// The value of one `-S` option.
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

    /// Returns a function from each key to its last value, or to `None` for a key that was not given.
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
        _ => Err(format!("the value of {name} is y or n, not {value}")),
    }
}
