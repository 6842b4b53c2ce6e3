//! Custom types as arguments and results.
use std::collections::BTreeMap;

use guest_runtime::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
enum Shape {
    Circle { radius: f64 },
    Polygon(Vec<(f64, f64)>),
}

#[derive(Debug, Serialize, Deserialize)]
struct Flat;

#[guest_runtime::parallel]
async fn area(shape: Shape) -> Result<f64, Flat> {
    match shape {
        Shape::Circle { radius } => Ok(std::f64::consts::PI * radius * radius),
        Shape::Polygon(corners) if corners.len() < 3 => Err(Flat),
        Shape::Polygon(corners) => {
            let next = corners.iter().cycle().skip(1);
            let twice: f64 =
                corners.iter().zip(next).map(|(a, b)| a.0 * b.1 - a.1 * b.0).sum();
            Ok(twice.abs() / 2.0)
        }
    }
}

#[guest_runtime::parallel]
async fn letters(text: String) -> BTreeMap<char, usize> {
    let mut letters = BTreeMap::new();
    text.chars().for_each(|letter| *letters.entry(letter).or_default() += 1);
    letters
}

#[guest_runtime::main]
async fn main() {
    println!("{:.3?}", area(Shape::Circle { radius: 1.0 }).par().await);
    println!(
        "{:?}",
        area(Shape::Polygon(vec![(0.0, 0.0), (4.0, 0.0), (4.0, 3.0)])).par().await
    );
    println!("{:?}", area(Shape::Polygon(vec![])).par().await);
    println!("{:?}", letters("banana".into()).par().await);
}
