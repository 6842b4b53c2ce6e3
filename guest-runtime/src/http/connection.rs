//! The connection of a response, which the request's body may need for longer.
//!
//! To drop a body that came is to end the connection. But what the host was given to send last is
//! then still on its way, and nothing in `wasi:http` says when it is gone.

use std::cell::RefCell;
use std::collections::VecDeque;

use wasi::http::types::IncomingBody;

/// Connections that are kept for what the host has still to send. One more ends the oldest.
///
/// Each is only a few bytes of the host's when it is done, and none is needed for long.
const KEPT: usize = 16;

thread_local! {
    static SENDING: RefCell<VecDeque<IncomingBody>> = const { RefCell::new(VecDeque::new()) };
}

/// Owns the body that came; dropping it ends the connection, unless it is to be kept.
pub(super) struct Connection {
    /// `None` when somebody has taken it.
    body: Option<IncomingBody>,
    is_sending: bool,
}

impl Connection {
    pub(super) fn new(body: IncomingBody) -> Self {
        Self { body: Some(body), is_sending: false }
    }

    /// From here on the host may still be sending, and nobody receives any more.
    pub(super) fn keep(&mut self) {
        self.is_sending = true;
    }

    /// The body, which whoever takes it has to keep.
    pub(super) fn take(&mut self) -> IncomingBody {
        self.body.take().expect("it is taken at the end, by the one owner")
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let Some(body) = self.body.take().filter(|_| self.is_sending) else { return };
        // It is dropped when nothing is borrowed.
        let _oldest = SENDING.with_borrow_mut(|all| {
            all.push_back(body);
            (all.len() > KEPT).then(|| all.pop_front())
        });
    }
}
