//! Fetches several URLs at a time, and prints a line for each when it has arrived.
//!
//! ```text
//! $ host run -S http fetch.wasm -- -j 4 -t 10 http://127.0.0.1:8000/Cargo.toml http://127.0.0.1:8001/
//! 200       3153 bytes   0.004 s  9ae0daaf  http://127.0.0.1:8000/Cargo.toml
//! failed: http://127.0.0.1:8001/: 127.0.0.1:8001: connection refused
//! ```
//!
//! Without URLs, it reads them from stdin and starts with the first line. No second core is needed:
//! the program waits, and a checksum costs less than the transfer through the host.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program's output")]

use std::cell::Cell;
use std::fs::{self, File};
use std::io::Write as _;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use guest_runtime::futures_lite::stream;
use guest_runtime::http::{self, Body, StatusCode};
use guest_runtime::io;
use guest_runtime::prelude::*;
use guest_runtime::time::timeout;

struct Options {
    at_a_time: NonZeroUsize,
    limit: Duration,
    /// The directory for the bodies.
    dir: Option<PathBuf>,
    /// Read from stdin if empty.
    urls: Vec<String>,
}

/// The result of a successful request.
struct Fetched {
    status: StatusCode,
    bytes: u64,
    checksum: u32,
}

async fn fetch(url: &str, file: Option<PathBuf>) -> io::Result<Fetched> {
    let response = http::get(url).await?;
    let status = response.status();
    let file = file.filter(|_| status.is_success()).map(File::create).transpose()?;
    let (bytes, checksum) = keep(response.into_body(), file).await?;
    Ok(Fetched { status, bytes, checksum })
}

/// Reads a whole body, with only the current chunk in memory.
async fn keep(mut body: Body, mut file: Option<File>) -> io::Result<(u64, u32)> {
    let (mut length, mut checksum) = (0, crc32fast::Hasher::new());
    loop {
        let bytes = body.fill_buf().await?;
        if bytes.is_empty() {
            return Ok((length, checksum.finalize()));
        }
        checksum.update(bytes);
        if let Some(file) = &mut file {
            file.write_all(bytes)?;
        }
        let read = bytes.len();
        length += read as u64;
        body.consume(read);
    }
}

/// Returns a unique file name for the `number`th URL, without special characters.
fn name(number: usize, url: &str) -> String {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let last = path.rsplit('/').next().unwrap_or_default();
    let is_harmless = |c: &char| c.is_ascii_alphanumeric() || "-_.".contains(*c);
    format!("{number:04}-{}", last.chars().filter(is_harmless).collect::<String>())
}

/// Fetches one URL within its time and prints the result. Returns whether it succeeded.
async fn fetch_and_tell(number: usize, url: &str, options: &Options) -> bool {
    let file = options.dir.as_ref().map(|dir| dir.join(name(number, url)));
    let start = Instant::now();
    match timeout(options.limit, fetch(url, file)).await {
        Ok(Ok(Fetched { status, bytes, checksum })) => {
            let seconds = start.elapsed().as_secs_f64();
            println!("{} {bytes:>10} bytes {seconds:>7.3} s  {checksum:08x}  {url}", status.as_u16());
            status.is_success()
        }
        Ok(Err(error)) => {
            println!("failed: {url}: {error}");
            false
        }
        Err(elapsed) => {
            println!("failed: {url}: {elapsed}");
            false
        }
    }
}

fn arguments() -> Result<Options, lexopt::Error> {
    use lexopt::prelude::*;

    let mut arguments = lexopt::Parser::from_env();
    let (mut at_a_time, mut seconds, mut dir, mut urls) = (8, 30.0, None, Vec::new());
    while let Some(argument) = arguments.next()? {
        match argument {
            Short('j') => at_a_time = arguments.value()?.parse()?,
            Short('t') => seconds = arguments.value()?.parse()?,
            Short('o') => dir = Some(arguments.value()?.into()),
            Value(url) => urls.push(url.string()?),
            _ => return Err(argument.unexpected()),
        }
    }
    let at_a_time = NonZeroUsize::new(at_a_time).ok_or("-j has to be at least 1")?;
    let limit = Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())?;
    Ok(Options { at_a_time, limit, dir, urls })
}

fn make_dir(dir: Option<&Path>) -> io::Result<()> {
    dir.map_or(Ok(()), fs::create_dir_all)
}

#[guest_runtime::main]
async fn main() -> ExitCode {
    let mut options = arguments().unwrap_or_else(|error| {
        eprintln!("fetch: {error}\nusage: fetch [-j N] [-t SECONDS] [-o DIRECTORY] [URL...]");
        guest_runtime::exit(2)
    });
    if let Err(error) = make_dir(options.dir.as_deref()) {
        eprintln!("fetch: cannot make the directory: {error}");
        return ExitCode::FAILURE;
    }
    let urls = std::mem::take(&mut options.urls);
    let urls = match urls.is_empty() {
        true => io::stdin().lines().boxed_local(),
        false => stream::iter(urls).map(Ok).boxed_local(),
    };

    // `for_each` respects the limit and starts each item as soon as there is room.
    let all_well = Cell::new(true);
    let fetched = urls.enumerate().co().limit(Some(options.at_a_time)).for_each(async |(index, url)| {
        let is_well = match url {
            Ok(url) => fetch_and_tell(index + 1, url.trim(), &options).await,
            Err(error) => {
                eprintln!("fetch: cannot read the list: {error}");
                false
            }
        };
        all_well.set(all_well.get() && is_well);
    });
    fetched.await;
    if all_well.get() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
