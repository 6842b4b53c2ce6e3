//! An `async fn` of a trait promises a future, and not one that can be parallel.
use guest_runtime::prelude::*;

trait Shape {
    async fn area(&self) -> f64;
}

async fn area(shape: &impl Shape) -> f64 {
    shape.area().par().await
}

fn main() {}
