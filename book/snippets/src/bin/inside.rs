//! Inside of a job, futures can hold any value.
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use guest_runtime::prelude::*;
use guest_runtime::time::sleep;

#[guest_runtime::parallel]
async fn longest(text: String) -> Option<String> {
    let words: Rc<[&str]> = text.split(' ').collect();
    let looked_at = RefCell::new(0);
    // `words` borrows from `text`, and all three are held across this await.
    sleep(Duration::from_millis(1)).await;
    let words = words.iter().inspect(|_| *looked_at.borrow_mut() += 1);
    let longest = words.max_by_key(|word| word.len())?;
    Some(format!("{longest}, the longest of {}", looked_at.borrow()))
}

#[guest_runtime::main]
async fn main() {
    println!("{:?}", longest("more convenient than it was".into()).par().await);
}
