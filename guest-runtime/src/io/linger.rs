//! Streams that were dropped before the host had written everything.
//!
//! Dropping such a stream may block in the host, and block the instance with it. So it is kept until the host
//! is done, as an operating system keeps a socket that was closed. No future can wait for it; the turns of the
//! reactor drop it when it is done.
//!
//! A host of this project does this itself for connections, for a bounded time and number. On other hosts, a
//! client that never reads keeps its connection here for as long as the program runs.

use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;

use wasi::io::streams::OutputStream;

use crate::reactor::{Interest, Registration};

/// A stream that lingers. The fields are dropped in this order, because each is a child of the next.
struct Lingering {
    _writable: Registration,
    stream: OutputStream,
    _parent: Option<Rc<dyn Any>>,
}

thread_local! {
    static LINGERING: RefCell<Vec<Lingering>> = RefCell::default();
}

/// Keeps a stream until everything is written.
pub(super) fn until_written(writable: Registration, stream: OutputStream, parent: Option<Rc<dyn Any>>) {
    writable.set_interest(Interest::Active(release));
    LINGERING.with_borrow_mut(|all| all.push(Lingering { _writable: writable, stream, _parent: parent }));
}

/// Drops the streams that are done. The reactor calls this when one of them is ready.
fn release() {
    // They are dropped after the borrow has ended.
    let _done: Vec<_> = LINGERING.with_borrow_mut(|all| {
        all.extract_if(.., |lingering| !matches!(lingering.stream.check_write(), Ok(0))).collect()
    });
}
