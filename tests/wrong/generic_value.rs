//! A type parameter by value.
#[guest_runtime::parallel]
async fn largest<T: Ord>(items: Vec<T>) -> Option<T> {
    items.into_iter().max()
}

fn main() {}
