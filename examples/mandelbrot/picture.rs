//! The picture: computing one row, and writing all of them to a file.

use std::io::Write;

use serde::{Deserialize, Serialize};

/// Points that stay bounded for so many iterations belong to the set.
const ITERATIONS: u32 = 5_000;

/// The number of steps in one iteration of the loop, because preemption checks each iteration.
const STRIDE: u32 = 4;

/// Each pixel is the mean of a square of samples, with this many per side.
const SAMPLES: u32 = 3;

/// The direction of the light in the plane, and its height above it.
const LIGHT: (Complex, f64) = ((-0.6, 0.8), 1.4);

/// The cyclic colours outside of the set, as sRGB.
const PALETTE: [[u8; 3]; 6] =
    [[4, 6, 40], [22, 82, 160], [120, 196, 226], [252, 244, 214], [246, 164, 44], [110, 28, 40]];

type Complex = (f64, f64);
type Color = [f64; 3];

/// The part of the plane to draw, and the size of the picture.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(crate) struct View {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) center: Complex,
    pub(crate) zoom: f64,
}

/// A small copy of the set, in the seahorse valley.
pub(crate) const SEAHORSE: View =
    View { width: 1280, height: 800, center: (-0.743_643_887, 0.131_825_904), zoom: 60_000.0 };

impl View {
    /// Computes one row from left to right, each pixel as red, green and blue.
    pub(crate) fn row(&self, y: u32) -> Vec<u8> {
        (0..self.width).flat_map(|x| self.pixel(x, y)).collect()
    }

    fn pixel(&self, x: u32, y: u32) -> [u8; 3] {
        let mut sum = [0.0; 3];
        for (i, j) in (0..SAMPLES).flat_map(|i| (0..SAMPLES).map(move |j| (i, j))) {
            let color = color(self.point(x, y, (i, j)));
            (0..3).for_each(|channel| sum[channel] += color[channel]);
        }
        sum.map(|channel| encode(channel / f64::from(SAMPLES * SAMPLES)))
    }

    /// At zoom 1 the picture is three units high, which is the whole set.
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

/// Returns the smooth iteration count at which a point escapes, and the slope there.
fn escape(c: Complex) -> Option<(f64, Complex)> {
    if in_the_body(c) {
        return None;
    }
    let (mut z, mut dz): (Complex, Complex) = ((0.0, 0.0), (0.0, 0.0));
    for first in (0..ITERATIONS).step_by(STRIDE as usize) {
        for n in first..first + STRIDE {
            dz = (2.0 * (z.0 * dz.0 - z.1 * dz.1) + 1.0, 2.0 * (z.0 * dz.1 + z.1 * dz.0));
            z = (z.0 * z.0 - z.1 * z.1 + c.0, 2.0 * z.0 * z.1 + c.1);
            let square = z.0 * z.0 + z.1 * z.1;
            // Far outside, so that the logarithms below are nearly exact.
            if square > 1e6 {
                let time = f64::from(n) + 2.0 - square.ln().log2();
                // z / dz, normalized.
                let slope = (z.0 * dz.0 + z.1 * dz.1, z.1 * dz.0 - z.0 * dz.1);
                let length = slope.0.hypot(slope.1);
                return Some((time.max(1.0), (slope.0 / length, slope.1 / length)));
            }
        }
    }
    None
}

/// Returns whether a point is in one of the two largest parts of the set, which have formulas.
fn in_the_body((x, y): Complex) -> bool {
    let (from_cusp, square) = (x - 0.25, y * y);
    let q = from_cusp * from_cusp + square;
    q * (q + from_cusp) < square / 4.0 || (x + 1.0) * (x + 1.0) + square < 1.0 / 16.0
}

/// Returns the colour at a point of the cycle, as linear light.
fn palette(at: f64) -> Color {
    let at = at.rem_euclid(PALETTE.len() as f64);
    let (index, part) = (at as usize, at.fract());
    let (from, to) = (PALETTE[index], PALETTE[(index + 1) % PALETTE.len()]);
    let part = part * part * (3.0 - 2.0 * part);
    std::array::from_fn(|channel| decode(from[channel]) * (1.0 - part) + decode(to[channel]) * part)
}

/// Converts sRGB to linear light, in which colours can be mixed. A square is close enough.
fn decode(srgb: u8) -> f64 {
    (f64::from(srgb) / 255.0).powi(2)
}

fn encode(light: f64) -> u8 {
    (light.min(1.0).sqrt() * 255.0).round() as u8
}

/// Writes all rows as a PNG.
pub(crate) fn write(view: View, pixels: &[u8], file: impl Write) -> Result<(), png::EncodingError> {
    let mut encoder = png::Encoder::new(file, view.width, view.height);
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    writer.finish()
}
