//! In a tuple each is a borrow of a message.
use std::rc::Rc;

use guest_runtime::prelude::*;

fn main() {
    let (mut n, rc) = (1, Rc::new(7_u64));
    let _ = (async |(n, rc): (&mut u64, &Rc<u64>)| *n += **rc).par_on((&mut n, &rc));
}
