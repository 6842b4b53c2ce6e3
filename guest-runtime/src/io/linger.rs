//! Streams that were dropped while the host still had something to write.
//!
//! A host may wait for that when a stream is dropped, and the instance with it. So they are kept
//! until it is done, as an operating system keeps a socket that was closed. Nobody can wait for
//! them: they go on in the turns that the reactor takes anyway.
//!
//! A host with cores does that by itself for connections, in a bounded time and number. On others a client
//! that never reads keeps one here for as long as the program runs.

use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;

use wasi::io::streams::OutputStream;

use crate::reactor::{Interest, Registration};

/// In the order in which the parts have to be dropped: each is a child of the next.
struct Lingering {
    _writable: Registration,
    stream: OutputStream,
    _parent: Option<Rc<dyn Any>>,
}

thread_local! {
    static LINGERING: RefCell<Vec<Lingering>> = RefCell::default();
}

/// Keeps a stream until all that it was given is written.
pub(super) fn until_written(writable: Registration, stream: OutputStream, parent: Option<Rc<dyn Any>>) {
    writable.set_interest(Interest::Active(release));
    LINGERING.with_borrow_mut(|all| all.push(Lingering { _writable: writable, stream, _parent: parent }));
}

/// Drops those that are done. The reactor calls this when one of them is.
fn release() {
    // They are dropped when nothing is borrowed.
    let _done: Vec<_> = LINGERING.with_borrow_mut(|all| {
        all.extract_if(.., |lingering| !matches!(lingering.stream.check_write(), Ok(0))).collect()
    });
}
