//! Nothing happens until a parallel future is awaited: a hundred thousand are made and dropped.
use guest_runtime::prelude::*;

#[guest_runtime::parallel]
async fn touch(name: String) {
    std::fs::write(format!("/{name}"), "").unwrap();
}

fn files() -> usize {
    std::fs::read_dir("/").unwrap().count()
}

#[guest_runtime::main]
async fn main() {
    for n in 0..100_000 {
        drop(touch(n.to_string()).par());
        drop((async || panic!("started")).par::<()>().catch());
    }
    println!("{}", files());
    let kept = touch("kept".into()).par();
    (async || {}).par().await;
    println!("{}", files());
    kept.await;
    println!("{}", files());
}
