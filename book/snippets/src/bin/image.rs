//! An image in rows: large flat items.
use guest_runtime::prelude::*;

const WIDTH: usize = 512;
const HEIGHT: usize = 512;

/// A gradient from dark on the left to light on the right.
async fn gradient(row: &mut [f32]) {
    for (x, pixel) in row.iter_mut().enumerate() {
        *pixel = x as f32 / WIDTH as f32;
    }
}

#[guest_runtime::main]
async fn main() {
    let mut pixels = vec![0.0_f32; WIDTH * HEIGHT];
    pixels.par_chunks_mut(WIDTH).par_for_each(gradient).await;

    // Brightens all rows by the same amount.
    let brighter = async |(factor, row): (&f32, &mut [f32])| {
        row.iter_mut().for_each(|pixel| *pixel = (*pixel * factor).min(1.0));
    };
    pixels.par_chunks_mut(WIDTH).lending(&1.5).par_for_each(brighter).await;

    let white =
        async |row: &[f32]| row.iter().filter(|&&pixel| pixel == 1.0).count();
    let whites =
        pixels.par_chunks(WIDTH).par_reduce(white, async |a, b| a + b).await;
    println!("{} {} {whites:?}", pixels[0], pixels[256]);
}
