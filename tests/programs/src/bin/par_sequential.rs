//! Jobs that are awaited one after the other run one after the other, in the order of the awaits.
use guest_runtime::prelude::*;

#[guest_runtime::parallel]
async fn append(line: String) -> usize {
    let mut text = std::fs::read_to_string("/log").unwrap_or_default();
    text += &line;
    std::fs::write("/log", &text).unwrap();
    text.len()
}

#[guest_runtime::main]
async fn main() {
    let (a, b, c) = (append("a".into()).par(), append("b".into()).par(), append("c".into()).par());
    println!("{} {} {}", c.await, a.await, b.await);
    for n in 0..50 {
        append(format!(" {n}")).par().await;
    }
    println!("{}", std::fs::read_to_string("/log").unwrap());
}
