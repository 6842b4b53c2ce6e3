//! The connection of a response, which may be needed until the request's body is sent.
//!
//! Dropping the body of a response closes the connection. But the host may still be sending the end of the
//! request's body, and `wasi:http` does not report when that is done.

use std::cell::RefCell;
use std::collections::VecDeque;

use wasi::http::types::IncomingBody;

/// How many connections are kept because the host may still be sending. One more closes the oldest.
///
/// A connection that is done costs the host a few bytes, and none is needed for long.
const KEPT: usize = 16;

thread_local! {
    static SENDING: RefCell<VecDeque<IncomingBody>> = const { RefCell::new(VecDeque::new()) };
}

/// Owns the body of a response. Dropping it closes the connection, unless it is kept.
pub(super) struct Connection {
    /// `None` after it has been taken.
    body: Option<IncomingBody>,
    is_sending: bool,
}

impl Connection {
    pub(super) fn new(body: IncomingBody) -> Self {
        Self { body: Some(body), is_sending: false }
    }

    /// Keeps the connection when this is dropped, because the host may still be sending.
    pub(super) fn keep(&mut self) {
        self.is_sending = true;
    }

    /// Takes the body; the connection is closed when that is dropped.
    pub(super) fn take(&mut self) -> IncomingBody {
        self.body.take().expect("the only owner takes the body once")
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let Some(body) = self.body.take().filter(|_| self.is_sending) else { return };
        // It is dropped after the borrow has ended.
        let _oldest = SENDING.with_borrow_mut(|all| {
            all.push_back(body);
            (all.len() > KEPT).then(|| all.pop_front())
        });
    }
}
