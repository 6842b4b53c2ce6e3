//! A type whose serde impls disagree, as each kind of message: it is refused and never arrives.
use std::fmt::Debug;

use guest_runtime::prelude::*;
use guest_runtime::{Failure, Sender, Shared, try_stream};
use serde::{Deserialize, Serialize};

/// A reader that ignores the names of fields would take `to` for `from`.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Range {
    #[serde(skip_serializing)]
    from: u32,
    #[serde(skip_deserializing)]
    to: u32,
}

const RANGE: Range = Range { from: 1, to: 2 };

#[guest_runtime::parallel]
async fn lent(range: &Range, _number: u8) -> u32 {
    range.from
}

#[guest_runtime::parallel]
async fn changed(range: &mut Range) {
    range.to += 1;
}

#[guest_runtime::parallel]
async fn items(ranges: &[Range]) -> u32 {
    ranges.iter().map(|range| range.from).sum()
}

#[guest_runtime::parallel]
async fn shared(range: &Shared<Option<Range>>) -> u32 {
    range.as_ref().map_or(0, |range| range.from)
}

#[guest_runtime::parallel]
async fn sends(out: Sender<Range>) {
    out.send(RANGE).await;
}

fn say<T: Debug>(way: &str, outcome: Result<T, Failure>) {
    match outcome {
        Err(Failure::BadMessage(reason)) if reason.contains("`Range`") => println!("{way}: refused"),
        other => println!("{way}: {other:?}"),
    }
}

#[guest_runtime::main]
async fn main() {
    say("argument", (async |range: Range| range.from).par_with(RANGE).catch().await);
    say("result", (async || Some(RANGE)).par().catch().await);
    say("borrow", lent(&RANGE, 7).par().catch().await);
    let mut place = RANGE;
    say("place", changed(&mut place).par().catch().await);
    println!("{}, {}", place.from, place.to);
    say("slice", items(&[RANGE, RANGE]).par().catch().await);
    say("shared", shared(&Shared::new(Some(RANGE))).par().catch().await);
    let sent: Vec<_> = try_stream(|out| sends(out).par().catch()).collect().await;
    sent.into_iter().for_each(|sent| say("item", sent));
    let ranges = vec![RANGE; 100];
    say("each", ranges.clone().par_map(async |range| range.from).catch().await);
    say("group", (&ranges).par_map(async |range| range.from).grain(10).catch().await);
    say("results", (0..100_u32).par_map(async |from| Range { from, to: 0 }).grain(10).catch().await);
}
