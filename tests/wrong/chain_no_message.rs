//! Items of a vector are messages.
use guest_runtime::prelude::*;

struct Point {
    x: f64,
}

#[guest_runtime::main]
async fn main() {
    let points = vec![Point { x: 1.0 }, Point { x: 2.0 }];
    let sum: f64 = points.par_iter().map(|point| point.x).sum().await;
    println!("{sum}");
}
