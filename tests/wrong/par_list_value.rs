//! A list has variables, and other values by a name.
use guest_runtime::prelude::*;

fn main() {
    let text = String::from("text");
    let _ = par!([text.clone()] async { text.len() });
}
