//! Jobs with explicit names.
use guest_runtime::prelude::*;

#[guest_runtime::parallel]
async fn letters(page: String) -> usize {
    page.chars().filter(|c| c.is_alphabetic()).count()
}

#[guest_runtime::main]
async fn main() {
    let pages = ["It was the best of times,", "it was the worst of times,"];
    let jobs: Vec<_> = pages
        .iter()
        .enumerate()
        .map(|(n, page)| {
            letters(page.to_string()).par().named(format!("page {}", n + 1))
        })
        .collect();
    println!("{:?}", jobs.join().await);
}
