//! Parsers for the values of options.

use std::convert::Infallible;
use std::ffi::{OsStr, OsString};
use std::net::SocketAddr;
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
    let host = OsStr::from_bytes(host);
    Ok(if read_only { DirGrant::read_only(host, guest) } else { DirGrant::read_write(host, guest) })
}

/// Parses the name of a file to write. `-` is an error, because stdout belongs to the app.
pub(super) fn file(path: OsString) -> Result<PathBuf, String> {
    if path == "-" { Err("name a file: stdout belongs to the app".into()) } else { Ok(path.into()) }
}

/// Parses an address for TCP.
pub(super) fn tcp(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "it must be an IP address and a port".to_owned())
}

/// Parses a time, such as `10s`, `500ms` or `1h 30m`.
pub(super) fn time(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text).map_err(|error| format!("{error}; write a time such as 10s or 500ms"))
}

/// Parses a size, such as `4GiB`, `512MB` or `65536` bytes.
pub(super) fn size(text: &str) -> Result<u64, String> {
    let size = text.parse::<ByteSize>();
    size.map(|size| size.as_u64()).map_err(|_| "write a size such as 512MiB or 4GiB".to_owned())
}

pub(super) fn placement() -> impl TypedValueParser<Value = Placement> {
    PossibleValuesParser::new(["steal", "sharded", "global"]).map(|name| match name.as_str() {
        "sharded" => Placement::Sharded,
        "global" => Placement::Global,
        _ => Placement::Steal,
    })
}

pub(super) fn env_var(text: &str) -> Result<EnvVar, Infallible> {
    Ok(match text.split_once('=') {
        Some((name, value)) => EnvVar { name: name.to_owned(), value: Some(value.to_owned()) },
        None => EnvVar { name: text.to_owned(), value: None },
    })
}
