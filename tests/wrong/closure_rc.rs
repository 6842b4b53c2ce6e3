//! A result of a closure is a message too.
use std::rc::Rc;

use guest_runtime::prelude::*;

fn main() {
    let _ = (async || Rc::new(7)).par();
}
