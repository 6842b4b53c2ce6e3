//! Two jobs cannot have the same place.
use guest_runtime::prelude::*;

#[guest_runtime::parallel]
async fn sort(items: &mut [u32]) {
    items.sort();
}

fn main() {
    guest_runtime::block_on(async {
        let mut items = vec![3, 1, 2];
        let (a, b) = (sort(&mut items).par(), sort(&mut items).par());
        (a, b).join().await;
    });
}
