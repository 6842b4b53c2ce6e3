//! A block that uses a variable which is not in its list.
use guest_runtime::prelude::*;

fn main() {
    let (words, n) = (vec!["a".to_string()], 2);
    let _ = par!([&words] async { words.len() * n });
}
