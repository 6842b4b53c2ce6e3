//! Renders the Mandelbrot set, one job per row of the picture, and writes a PNG.
//!
//! ```text
//! $ host run mandelbrot.wasm --cores 8 --dir . -- -o seahorse.png
//! ```
//!
//! The cost of rows differs a hundredfold: a row inside of the set takes the maximum number of iterations.
//! The program ignores that, because each row goes to the next free core.

#![expect(clippy::print_stderr, reason = "a program's output")]

mod picture;

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use guest_runtime::prelude::*;

use picture::{SEAHORSE, View};

const USAGE: &str = "\
usage: mandelbrot [--size WIDTHxHEIGHT] [--center RE,IM] [--zoom FACTOR] [-o FILE]";

#[guest_runtime::parallel]
async fn row(view: View, y: u32) -> Vec<u8> {
    view.row(y)
}

async fn render(view: View, output: &Path) -> Result<(), png::EncodingError> {
    // Opened first, so that an invalid path is reported before the work.
    let file = BufWriter::new(File::create(output)?);
    let rows: Vec<_> = (0..view.height).map(|y| row(view, y).par()).collect();
    picture::write(view, &rows.join().await.concat(), file)
}

/// Parses two numbers with a separator, such as `1280x800`.
fn pair<T: std::str::FromStr>(text: &str, between: char) -> Result<(T, T), String> {
    let pair = text.split_once(between).and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
    pair.ok_or_else(|| format!("two numbers are needed, with `{between}` between them"))
}

fn arguments() -> Result<(View, PathBuf), lexopt::Error> {
    use lexopt::prelude::*;

    let mut view = SEAHORSE;
    let mut output = PathBuf::from("mandelbrot.png");
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("size") => {
                (view.width, view.height) = arguments.value()?.parse_with(|text| pair(text, 'x'))?;
            }
            Long("center") => view.center = arguments.value()?.parse_with(|text| pair(text, ','))?,
            Long("zoom") => view.zoom = arguments.value()?.parse()?,
            Short('o') => output = arguments.value()?.into(),
            _ => return Err(argument.unexpected()),
        }
    }
    Ok((view, output))
}

#[guest_runtime::main]
async fn main() -> ExitCode {
    let (view, output) = arguments().unwrap_or_else(|error| {
        eprintln!("mandelbrot: {error}\n{USAGE}");
        guest_runtime::exit(2)
    });
    match render(view, &output).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("mandelbrot: {}: {error}", output.display());
            ExitCode::FAILURE
        }
    }
}
