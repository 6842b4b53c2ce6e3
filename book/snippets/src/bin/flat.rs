//! Numbers inside a struct, copied as a block.
use guest_runtime::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Tile {
    x: u32,
    #[serde(with = "guest_runtime::flat")]
    pixels: Vec<f32>,
}

#[guest_runtime::parallel]
async fn brighten(mut tile: Tile) -> Tile {
    tile.pixels.iter_mut().for_each(|pixel| *pixel *= 2.0);
    tile
}

#[guest_runtime::main]
async fn main() {
    let tiles = (0..4).map(|x| Tile { x, pixels: vec![0.25; 1 << 18] });
    let bright =
        tiles.map(|tile| brighten(tile).par()).collect::<Vec<_>>().join().await;
    for Tile { x, pixels } in bright {
        println!("tile {x}: {} pixels of {}", pixels.len(), pixels[0]);
    }
}
