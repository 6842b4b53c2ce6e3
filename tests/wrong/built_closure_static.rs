//! Only a build finds a closure that captures what a `&'static` points to.
use guest_runtime::prelude::*;

fn main() {
    let text: &'static str = "text";
    let _ = (async || text.len()).par();
}
