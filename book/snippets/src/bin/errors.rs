//! A job that returns an error, with the text of its source.
use guest_runtime::prelude::*;
use guest_runtime::{Context, Error};

#[guest_runtime::parallel]
async fn sum(text: String) -> Result<i64, Error> {
    let mut sum = 0;
    for word in text.split(' ') {
        let number: i64 =
            word.parse().context(format_args!("`{word}` is no number"))?;
        sum += number;
    }
    Ok(sum)
}

#[guest_runtime::main]
async fn main() -> Result<(), Error> {
    println!("{}", sum("1 2 3".into()).par().await?);
    let error = sum("1 x".into()).par().await.unwrap_err();
    println!("{error}");
    println!("{error:#}");
    sum("1 y 3".into()).par().await.context("cannot add")?;
    Ok(())
}
