//! Chains as rayon has them, with `.await`, and with the values that closures borrow.
use std::collections::BTreeMap;

use guest_runtime::prelude::*;

#[guest_runtime::main]
async fn main() {
    let prices = vec![3.5_f64, 20.0, 7.25];
    let quantities = vec![2.0, 1.0, 4.0];

    // A piece of both slices is sent to a job, and one number comes back.
    let total = prices.par_iter().zip(&quantities).map(|(p, q)| p * q);
    println!("{}", total.sum::<f64>().await);

    // What rayon's closures would capture is lent.
    let (limit, factor) = (5.0, 1.2);
    let raised = prices
        .par_iter()
        .lending((limit, factor))
        .filter(|((limit, _), price)| **price > limit)
        .map(|((_, factor), price)| price * factor);
    println!("{:?}", raised.collect::<Vec<_>>().await);

    // One accumulator per piece, and one of all.
    let text = "one fish\ntwo fish\nred fish";
    let count = |mut counts: BTreeMap<String, u32>, word: &str| {
        *counts.entry(word.to_owned()).or_default() += 1;
        counts
    };
    let merge = |mut all: BTreeMap<String, u32>, counts: BTreeMap<_, _>| {
        for (word, count) in counts {
            *all.entry(word).or_default() += count;
        }
        all
    };
    let words = text.par_split_whitespace().fold(BTreeMap::new, count);
    println!("{:?}", words.reduce(BTreeMap::new, merge).await);
}
