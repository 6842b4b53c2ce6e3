//! A closure that captures by reference is not even a function that could run elsewhere.
use guest_runtime::prelude::*;

fn main() {
    let words = vec!["a".to_string()];
    let _ = (async || words.len()).par();
}
