//! Renders the Mandelbrot set, one job per row of the picture, and writes a PNG.
//!
//! ```text
//! $ host run mandelbrot.wasm --cores 8 --dir . -- -o seahorse.png
//! ```
//!
//! Rows differ in cost a hundredfold: one inside of the set takes all the iterations there are.
//! Nothing here has to care, because each row goes to the next core that is free.

#![expect(clippy::print_stderr, reason = "a program's output")]

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use guest_runtime::prelude::*;
use serde::{Deserialize, Serialize};

const USAGE: &str = "\
usage: mandelbrot [--size WIDTHxHEIGHT] [--center RE,IM] [--zoom FACTOR] [-o FILE]";

/// What stays bounded for so long is taken for a part of the set.
const ITERATIONS: u32 = 5_000;

/// Each pixel is the mean of a square of so many by so many points.
const SAMPLES: u32 = 3;

/// Where the light comes from: a direction in the plane, and a height above it.
const LIGHT: (Complex, f64) = ((-0.6, 0.8), 1.4);

/// The colours on the way out of the set, round and round, as sRGB.
const PALETTE: [[u8; 3]; 6] =
    [[4, 6, 40], [22, 82, 160], [120, 196, 226], [252, 244, 214], [246, 164, 44], [110, 28, 40]];

type Complex = (f64, f64);
type Color = [f64; 3];

/// The part of the plane to see, and how large.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct View {
    width: u32,
    height: u32,
    center: Complex,
    zoom: f64,
}

#[guest_runtime::parallel]
async fn row(view: View, y: u32) -> Vec<u8> {
    (0..view.width).flat_map(|x| view.pixel(x, y)).collect()
}

impl View {
    fn pixel(&self, x: u32, y: u32) -> [u8; 3] {
        let mut sum = [0.0; 3];
        for (i, j) in (0..SAMPLES).flat_map(|i| (0..SAMPLES).map(move |j| (i, j))) {
            let color = color(self.point(x, y, (i, j)));
            (0..3).for_each(|channel| sum[channel] += color[channel]);
        }
        sum.map(|channel| encode(channel / f64::from(SAMPLES * SAMPLES)))
    }

    /// At zoom 1 the picture is three units high: the whole set.
    fn point(&self, x: u32, y: u32, (i, j): (u32, u32)) -> Complex {
        let unit = 3.0 / self.zoom / f64::from(self.height);
        let offset = |pixel, sample, size| {
            let within = (f64::from(sample) + 0.5) / f64::from(SAMPLES);
            (f64::from(pixel) + within - f64::from(size) / 2.0) * unit
        };
        (self.center.0 + offset(x, i, self.width), self.center.1 - offset(y, j, self.height))
    }
}

fn color(c: Complex) -> Color {
    let Some((time, slope)) = escape(c) else { return [0.0; 3] };
    let (direction, height) = LIGHT;
    let light = (slope.0 * direction.0 + slope.1 * direction.1 + height) / (1.0 + height);
    let base = palette(3.0 * time.ln() + 5.0);
    base.map(|channel| channel * light.max(0.0))
}

/// When a point leaves, without steps between the iterations, and the slope of that time there.
fn escape(c: Complex) -> Option<(f64, Complex)> {
    if in_the_body(c) {
        return None;
    }
    let (mut z, mut dz): (Complex, Complex) = ((0.0, 0.0), (0.0, 0.0));
    for n in 0..ITERATIONS {
        dz = (2.0 * (z.0 * dz.0 - z.1 * dz.1) + 1.0, 2.0 * (z.0 * dz.1 + z.1 * dz.0));
        z = (z.0 * z.0 - z.1 * z.1 + c.0, 2.0 * z.0 * z.1 + c.1);
        let square = z.0 * z.0 + z.1 * z.1;
        // Far out, so that the logarithms below are nearly exact.
        if square > 1e6 {
            let time = f64::from(n) + 2.0 - square.ln().log2();
            // z / dz, to length 1.
            let slope = (z.0 * dz.0 + z.1 * dz.1, z.1 * dz.0 - z.0 * dz.1);
            let length = slope.0.hypot(slope.1);
            return Some((time.max(1.0), (slope.0 / length, slope.1 / length)));
        }
    }
    None
}

/// Whether a point is in one of the two largest parts of the set, for which there are formulas.
fn in_the_body((x, y): Complex) -> bool {
    let (from_cusp, square) = (x - 0.25, y * y);
    let q = from_cusp * from_cusp + square;
    q * (q + from_cusp) < square / 4.0 || (x + 1.0) * (x + 1.0) + square < 1.0 / 16.0
}

/// The colour at a point of the endless cycle, as linear light.
fn palette(at: f64) -> Color {
    let at = at.rem_euclid(PALETTE.len() as f64);
    let (index, part) = (at as usize, at.fract());
    let (from, to) = (PALETTE[index], PALETTE[(index + 1) % PALETTE.len()]);
    let part = part * part * (3.0 - 2.0 * part);
    std::array::from_fn(|channel| decode(from[channel]) * (1.0 - part) + decode(to[channel]) * part)
}

/// sRGB to linear light, where colours may be mixed. A square comes close enough.
fn decode(srgb: u8) -> f64 {
    (f64::from(srgb) / 255.0).powi(2)
}

fn encode(light: f64) -> u8 {
    (light.min(1.0).sqrt() * 255.0).round() as u8
}

async fn render(view: View, output: &Path) -> Result<(), png::EncodingError> {
    // Before the work, so that a wrong path is told at once.
    let file = BufWriter::new(File::create(output)?);
    let rows: Vec<_> = (0..view.height).map(|y| row(view, y).par()).collect();
    let pixels = rows.join().await.concat();

    let mut encoder = png::Encoder::new(file, view.width, view.height);
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&pixels)?;
    writer.finish()
}

/// Two numbers with something between them, such as `1280x800`.
fn pair<T: std::str::FromStr>(text: &str, between: char) -> Result<(T, T), String> {
    let pair = text.split_once(between).and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
    pair.ok_or_else(|| format!("two numbers are needed, with `{between}` between them"))
}

fn arguments() -> Result<(View, PathBuf), lexopt::Error> {
    use lexopt::prelude::*;

    // A small copy of the set, deep down in the seahorse valley.
    let mut view = View { width: 1280, height: 800, center: (-0.743_643_887, 0.131_825_904), zoom: 60_000.0 };
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
