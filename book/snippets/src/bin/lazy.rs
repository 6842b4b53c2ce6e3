//! Shows when a job starts.
use guest_runtime::prelude::*;

#[guest_runtime::parallel]
async fn say(word: String) {
    println!("{word}");
}

#[guest_runtime::main]
async fn main() {
    let awaited = say("awaited".into()).par();
    let dropped = say("dropped".into()).par();
    println!("made: {awaited:?}");
    drop(dropped);
    awaited.await;
}
