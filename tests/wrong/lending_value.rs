//! A value is not lent.
use guest_runtime::prelude::*;

#[guest_runtime::main]
async fn main() {
    let names = vec!["a".to_string()];
    let longest = (0..1_usize).into_par_iter().lending(names).map(|(names, n)| names[n].len()).max().await;
    println!("{longest:?}");
}
