//! Chains of parallel iterators on data of `benches/examples/chain_peers.rs`, where rayon has the same chains.
//!
//! The arguments are the case, its size, and `sequential` for the chain of std. Prints a checksum, and the median of the times on stderr.

#[path = "../chain_data.rs"]
mod chain_data;

use std::collections::HashMap;
use std::time::Instant;

use chain_data::{Case, ROUNDS, merge, report, value};
use guest_runtime::prelude::*;

#[guest_runtime::main]
async fn main() {
    let case = Case::of_arguments();
    let Case { what, size, a, b, text, .. } = &case;
    let size = *size;
    let mut times = Vec::new();
    let mut checksum = 0;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        checksum = match what.as_str() {
            _ if case.is_sequential => case.sequential(),
            "sum" => a.par_iter().map(|x| x * 0.5).filter(|x| *x > 0.1).sum::<f64>().await as u64,
            "dot" => a.par_iter().zip(b).map(|(x, y)| x * y).sum::<f64>().await as u64,
            "max" => largest(a).await as u64,
            "collect" => {
                let ids = (0..size as u64).into_par_iter();
                let map: HashMap<u64, f64> = ids.map(|n| (n, value(n))).collect().await;
                map.len() as u64
            }
            "csv" => text.par_lines().map(chain_data::third).sum::<u64>().await,
            "words" => {
                let counts = text.par_split_whitespace().fold(HashMap::new, chain_data::count);
                counts.reduce(HashMap::new, merge).await.len() as u64
            }
            _ => panic!("no such case: {what}"),
        };
        times.push(start.elapsed());
    }
    report(what, size, checksum, times);
}

async fn largest(a: &[f64]) -> usize {
    let largest = a.par_iter().enumerate().max_by(|(_, x), (_, y)| x.total_cmp(y)).await;
    largest.map_or(0, |(index, _)| index)
}
