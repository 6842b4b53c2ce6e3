//! Jobs that return a `Result`.
use std::num::ParseIntError;

use guest_runtime::prelude::*;

#[guest_runtime::parallel]
async fn parse(text: String) -> Result<u32, String> {
    text.parse().map_err(|error: ParseIntError| format!("{text:?}: {error}"))
}

#[guest_runtime::main]
async fn main() {
    let parse = |text: &str| parse(text.into()).par();

    println!("{:?}", (parse("1"), parse("2")).try_join().await);
    println!("{:?}", (parse("1"), parse("two")).try_join().await);
    println!("{:?}", [parse("one"), parse("2")].race_ok().await.ok());
    println!(
        "{:?}",
        [parse("one"), parse("two")].race_ok().await.unwrap_err().to_vec()
    );
}
