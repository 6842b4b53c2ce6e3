//! Arrays have serde's traits up to 32 items.
use guest_runtime::prelude::*;

#[guest_runtime::main]
async fn main() {
    let bytes = vec![1_u8, 2, 1];
    let count = |mut counts: [u32; 256], byte: &u8| {
        counts[usize::from(*byte)] += 1;
        counts
    };
    let add = |a: [u32; 256], b: [u32; 256]| std::array::from_fn(|index| a[index] + b[index]);
    println!("{}", bytes.par_iter().fold(|| [0; 256], count).reduce(|| [0; 256], add).await[1]);
}
