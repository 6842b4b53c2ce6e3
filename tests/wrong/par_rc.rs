//! An entry of a list is a message.
use std::rc::Rc;

use guest_runtime::prelude::*;

fn main() {
    let (n, rc) = (1, Rc::new(7_u64));
    let _ = par!([n, &rc] async { **rc + n });
}
