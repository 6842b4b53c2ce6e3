//! Every adapter and end yields what the iterators of std do, however the items are divided.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};


use crate::block_on;
use crate::prelude::*;

/// A sum of floats depends neither on the grain nor on how many jobs there are.
#[test]
fn sums_of_floats_are_the_same() {
    block_on(async {
        let floats: Vec<f32> = (1..5000).map(|n| 1.0 / n as f32).collect();
        let once = floats.par_iter().sum::<f32>().await;
        for grain in [1, 3, 64, 1000, 10_000] {
            assert_eq!(floats.par_iter().grain(grain).sum::<f32>().await.to_bits(), once.to_bits());
            let folded = floats.par_iter().grain(grain).fold(|| 0.0, |sum, x| sum + x).sum::<f32>().limit(1).await;
            assert_eq!(folded.to_bits(), once.to_bits());
        }
        let unknown = || floats.clone().into_iter().filter(|x| *x > 0.0).par_bridge().sum::<f32>();
        assert_eq!(unknown().await.to_bits(), unknown().grain(7).await.to_bits());
    });
}
