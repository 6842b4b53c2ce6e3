//! A job that returns `Err` is a job that returned: its value is a `Result`, and nothing failed.
use guest_runtime::prelude::*;

#[guest_runtime::parallel]
async fn parse(text: String) -> Result<u32, String> {
    text.parse().map_err(|error: std::num::ParseIntError| error.to_string())
}

#[guest_runtime::main]
async fn main() {
    println!("{:?}", parse("7".into()).par().await);
    println!("{:?}", parse("x".into()).par().await);
    println!("{:?}", parse("".into()).par().catch().await);
    println!("{:?}", (parse("1".into()).par(), parse("y".into()).par()).try_join().await);
    println!("{:?}", (parse("z".into()).par(), parse("2".into()).par()).race_ok().await.ok());
}
