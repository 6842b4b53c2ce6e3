//! Borrowed arguments are updated together, or not at all.
use std::time::Duration;

use guest_runtime::prelude::*;
use guest_runtime::time::timeout;

/// Removes the entries that it has added up.
#[guest_runtime::parallel]
async fn book(entries: &mut Vec<i64>, balance: &mut i64) {
    while let Some(entry) = entries.pop() {
        assert!(entry != 0, "an entry without an amount");
        *balance += entry;
    }
}

#[guest_runtime::parallel]
async fn book_for_ever(balance: &mut i64) {
    loop {
        *balance = balance.wrapping_add(1);
    }
}

#[guest_runtime::main]
async fn main() {
    let (mut entries, mut balance) = (vec![0, 50, -20], 100);
    let failure = book(&mut entries, &mut balance).par().catch().await.unwrap_err();
    println!("{failure}");
    println!("{entries:?}, {balance}");

    entries.remove(0);
    book(&mut entries, &mut balance).par().await;
    println!("{entries:?}, {balance}");

    // A cancelled job changes nothing either.
    let stopped =
        timeout(Duration::from_millis(20), book_for_ever(&mut balance).par()).await;
    println!("{}, {balance}", stopped.is_err());
}
