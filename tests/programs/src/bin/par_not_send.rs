//! What a job holds across its awaits need not be `Send`: `Rc`, `RefCell`, raw pointers.
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use guest_runtime::prelude::*;
use guest_runtime::time::sleep;

#[guest_runtime::parallel]
async fn shared(times: u32) -> u32 {
    let sum = Rc::new(RefCell::new(0));
    let pointer = std::ptr::from_ref(&*sum);
    let add = async |n| {
        let sum = Rc::clone(&sum);
        sleep(Duration::from_micros(u64::from(n))).await;
        *sum.borrow_mut() += (async |n: u32| n * 2).par_with(n).await;
    };
    (0..times).map(add).collect::<Vec<_>>().join().await;
    assert_eq!(pointer, std::ptr::from_ref(&*sum));
    sum.take()
}

#[guest_runtime::main]
async fn main() {
    println!("{:?}", (shared(10).par(), shared(5).par(), shared(3)).join().await);
}
