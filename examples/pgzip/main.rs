//! Compresses a file as gzip does, on all cores, into one ordinary gzip stream.
//!
//! ```text
//! $ host run pgzip.wasm --cores 8 --dir . -- access.log
//! $ gzip -t access.log.gz
//! ```
//!
//! The file is cut into blocks, and one job deflates each block. The results form one stream: a block
//! uses the end of the previous one as its dictionary, so hardly any compression is lost; it ends on a
//! byte boundary (a "sync flush"); and the checksum of the whole is combined from those of the blocks.
//! The same input always gives the same output.

#![expect(clippy::print_stderr, reason = "a program's output")]

mod block;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use flate2::read::MultiGzDecoder;
use guest_runtime::futures_concurrency::future::FutureGroup;
use guest_runtime::prelude::*;
use serde::{Deserialize, Serialize};

use block::{BLOCK, DICTIONARY, HEADER};

const USAGE: &str = "\
usage: pgzip [-1..-9] [-cdf] [-o OUTPUT] FILE

  -d      restore FILE.gz instead of compressing FILE
  -c      write to standard output
  -o OUT  write to OUT
  -f      overwrite what is there
  -1..-9  fast .. small; 6 if not given

FILE itself is never changed or removed.";

#[derive(Serialize, Deserialize)]
struct Deflated {
    crc: u32,
    length: u64,
    #[serde(with = "guest_runtime::flat")]
    bytes: Vec<u8>,
}

/// One block of the stream. The first bytes of `text` are the dictionary.
#[guest_runtime::parallel]
async fn deflate(text: Vec<u8>, dictionary: usize, last: bool, level: u32) -> Deflated {
    let (dictionary, text) = text.split_at(dictionary);
    let bytes = block::deflate(text, dictionary, last, level);
    Deflated { crc: crc32fast::hash(text), length: text.len() as u64, bytes }
}

async fn compress(mut input: Input, output: &mut Output, level: u32) -> Result<(), String> {
    // Blocks that were read and are not yet written: enough that no core waits for this loop.
    let window = 3 * guest_runtime::cores();
    let (mut read, mut written) = (0, 0);
    let mut group = FutureGroup::with_capacity(window);
    let mut early = BTreeMap::new();
    let mut checksum = crc32fast::Hasher::new();
    let mut length: u64 = 0;

    output.write(&HEADER)?;
    loop {
        while read - written < window
            && let Some(Block { text, dictionary, last }) = input.block()?
        {
            let (number, job) = (read, deflate(text, dictionary, last, level).par().catch());
            group.insert(async move { (number, job.await) });
            read += 1;
        }
        let Some((number, block)) = group.next().await else { break };
        early.insert(number, block.map_err(|failure| format!("block {number}: {failure}"))?);
        while let Some(block) = early.remove(&written) {
            output.write(&block.bytes)?;
            checksum.combine(&crc32fast::Hasher::new_with_initial_len(block.crc, block.length));
            length += block.length;
            written += 1;
        }
    }
    output.write(&block::trailer(checksum.finalize(), length))
}

/// Sequential, because the end of a block is known only after decoding everything before it.
fn decompress(input: Input, output: &mut Output) -> Result<(), String> {
    let mut decoder = MultiGzDecoder::new(BufReader::with_capacity(BLOCK, input.file));
    let mut buffer = vec![0; BLOCK];
    loop {
        match decoder.read(&mut buffer).map_err(|error| at(&input.path, error))? {
            0 => return Ok(()),
            n => output.write(&buffer[..n])?,
        }
    }
}

struct Input {
    path: PathBuf,
    file: File,
    /// The end of the last block, the dictionary of the next.
    tail: Vec<u8>,
    ended: bool,
}

struct Block {
    text: Vec<u8>,
    dictionary: usize,
    last: bool,
}

impl Input {
    fn open(path: &Path) -> Result<Self, String> {
        let file = File::open(path).map_err(|error| at(path, error))?;
        if !file.metadata().map_err(|error| at(path, error))?.is_file() {
            return Err(format!("{}: not a file", path.display()));
        }
        Ok(Self { path: path.to_owned(), file, tail: Vec::new(), ended: false })
    }

    /// Returns the next block; `None` after the last one, which is shorter than the others and may be empty.
    fn block(&mut self) -> Result<Option<Block>, String> {
        if self.ended {
            return Ok(None);
        }
        let dictionary = self.tail.len();
        let mut text = Vec::with_capacity(dictionary + BLOCK);
        text.append(&mut self.tail);
        (&self.file).take(BLOCK as u64).read_to_end(&mut text).map_err(|error| at(&self.path, error))?;
        self.ended = text.len() - dictionary < BLOCK;
        self.tail = text[text.len().saturating_sub(DICTIONARY)..].to_vec();
        Ok(Some(Block { text, dictionary, last: self.ended }))
    }
}

/// The destination. A file gets its name only when it is complete.
struct Output {
    path: PathBuf,
    part: Option<Part>,
}

/// An incomplete file, which is removed when it is dropped.
struct Part {
    path: PathBuf,
    file: File,
}

impl Output {
    fn stdout() -> Self {
        Self { path: "standard output".into(), part: None }
    }

    fn create(path: &Path, overwrite: bool) -> Result<Self, String> {
        if !overwrite && path.exists() {
            return Err(format!("{}: exists already; -f overwrites it", path.display()));
        }
        let mut part = path.to_owned();
        part.add_extension("part");
        let file = File::create(&part).map_err(|error| at(&part, error))?;
        Ok(Self { path: path.to_owned(), part: Some(Part { path: part, file }) })
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), String> {
        match &mut self.part {
            Some(part) => part.file.write_all(bytes),
            None => io::stdout().write_all(bytes),
        }
        .map_err(|error| at(&self.path, error))
    }

    fn complete(self) -> Result<(), String> {
        match &self.part {
            Some(part) => fs::rename(&part.path, &self.path),
            None => io::stdout().flush(),
        }
        .map_err(|error| at(&self.path, error))
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // A complete file no longer has this name. If removing fails, the original error is the one to
        // report.
        let _ = fs::remove_file(&self.path);
    }
}

fn at(path: &Path, error: io::Error) -> String {
    format!("{}: {error}", path.display())
}

struct Arguments {
    input: PathBuf,
    output: Option<PathBuf>,
    decompress: bool,
    stdout: bool,
    overwrite: bool,
    level: u32,
}

fn arguments() -> Result<Arguments, lexopt::Error> {
    use lexopt::prelude::*;

    let (mut input, mut output, mut level) = (None, None, 6);
    let (mut decompress, mut stdout, mut overwrite) = (false, false, false);
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            Short('c') => stdout = true,
            Short('d') => decompress = true,
            Short('f') => overwrite = true,
            Short('k') => {}
            Short('o') => output = Some(arguments.value()?.into()),
            Short(digit @ '1'..='9') => level = u32::from(digit) - u32::from('0'),
            Value(path) if input.is_none() => input = Some(path.into()),
            _ => return Err(argument.unexpected()),
        }
    }
    let input = input.ok_or("which file?")?;
    Ok(Arguments { input, output, decompress, stdout, overwrite, level })
}

impl Arguments {
    fn output(&self) -> Result<Output, String> {
        if self.stdout {
            return Ok(Output::stdout());
        }
        let path = match &self.output {
            Some(path) => path.clone(),
            None if !self.decompress => {
                let mut path = self.input.clone();
                path.add_extension("gz");
                path
            }
            None if self.input.extension().is_some_and(|extension| extension == "gz") => {
                self.input.with_extension("")
            }
            None => return Err(format!("{}: does not end in .gz; -o says where to", self.input.display())),
        };
        Output::create(&path, self.overwrite)
    }
}

async fn run(arguments: &Arguments) -> Result<(), String> {
    let input = Input::open(&arguments.input)?;
    let mut output = arguments.output()?;
    if arguments.decompress {
        decompress(input, &mut output)?;
    } else {
        compress(input, &mut output, arguments.level).await?;
    }
    output.complete()
}

#[guest_runtime::main]
async fn main() -> ExitCode {
    let arguments = arguments().unwrap_or_else(|error| {
        eprintln!("pgzip: {error}\n{USAGE}");
        guest_runtime::exit(2)
    });
    match run(&arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("pgzip: {error}");
            ExitCode::FAILURE
        }
    }
}
