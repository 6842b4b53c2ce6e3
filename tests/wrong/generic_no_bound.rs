//! A type parameter has to be said to be a message.
#[guest_runtime::parallel]
async fn largest<T: Ord + Clone>(items: &[T]) -> Option<u64> {
    items.iter().max().map(|_| 1)
}

fn main() {}
