//! A closure that has taken what it captures is no different.
use guest_runtime::prelude::*;

fn main() {
    let text = String::from("text");
    let _ = (async move || text.len()).par();
}
