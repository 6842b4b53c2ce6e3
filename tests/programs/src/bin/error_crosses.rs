//! An error of std arrives as text, with its sources and its kind.
use std::path::PathBuf;

use guest_runtime::prelude::*;
use guest_runtime::{Context, Error};

#[guest_runtime::parallel]
async fn number(path: PathBuf) -> Result<u64, Error> {
    let text = std::fs::read_to_string(&path).context(format_args!("cannot read {}", path.display()))?;
    Ok(text.trim().parse()?)
}

#[guest_runtime::parallel]
async fn sum(paths: Vec<PathBuf>) -> Result<u64, Error> {
    let numbers: Vec<_> = paths.into_iter().map(|path| number(path).par()).collect();
    let numbers = numbers.join().await.into_iter().collect::<Result<Vec<_>, _>>();
    Ok(numbers.context("cannot add")?.iter().sum())
}

#[guest_runtime::main]
async fn main() -> Result<(), Error> {
    let files = [("/a", "1\n"), ("/b", "2"), ("/c", "three")];
    for (path, text) in files {
        std::fs::write(path, text)?;
    }
    let paths = |names: &[&str]| names.iter().map(PathBuf::from).collect::<Vec<_>>();
    println!("{:?}", sum(paths(&["/a", "/b"])).par().await);
    let error = sum(paths(&["/c"])).par().await.unwrap_err();
    println!("{error} | {error:#} | {:?}", error.io_kind());
    let error = sum(paths(&["/missing"])).par().await.unwrap_err();
    println!("{error} | {:?}", error.io_kind());
    sum(paths(&["/c", "/missing"])).par().await.context("no sum")?;
    Ok(())
}
