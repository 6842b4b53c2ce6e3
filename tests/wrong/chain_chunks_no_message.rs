//! And chunks of them.
use guest_runtime::prelude::*;

#[derive(Clone)]
struct Point {
    x: f64,
}

#[guest_runtime::main]
async fn main() {
    let mut points = vec![Point { x: 1.0 }; 9];
    points.par_chunks_mut(3).for_each(|points| points[0].x += 1.0).await;
}
