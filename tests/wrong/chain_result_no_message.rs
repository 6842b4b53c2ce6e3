//! What a chain returns is a message.
use guest_runtime::prelude::*;

struct Square {
    area: u64,
}

#[guest_runtime::main]
async fn main() {
    let squares: Vec<Square> = (0..9_u64).into_par_iter().map(|n| Square { area: n * n }).collect().await;
    println!("{}", squares[1].area);
}
