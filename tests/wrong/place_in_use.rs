//! The future holds the place until it is awaited or dropped.
use guest_runtime::prelude::*;

#[guest_runtime::parallel]
async fn sort(items: &mut [u32]) {
    items.sort();
}

fn main() {
    guest_runtime::block_on(async {
        let mut items = vec![3, 1, 2];
        let sorted = sort(&mut items).par();
        items.push(4);
        sorted.await;
    });
}
