//! The state that all clients share.

use std::cell::{Cell, RefCell};
use std::time::Instant;

use crate::pubsub::Channels;
use crate::stop::Stop;
use crate::store::Store;

pub(crate) struct Server {
    pub(crate) store: RefCell<Store>,
    pub(crate) channels: Channels,
    pub(crate) stop: Stop,
    /// The total and the current number of clients.
    seen: Cell<u64>,
    connected: Cell<u64>,
}

impl Server {
    pub(crate) fn new() -> Self {
        Self {
            store: RefCell::new(Store::new(Instant::now)),
            channels: Channels::default(),
            stop: Stop::default(),
            seen: Cell::new(0),
            connected: Cell::new(0),
        }
    }

    /// Registers a client and returns its number.
    pub(crate) fn comes(&self) -> u64 {
        self.connected.update(|count| count + 1);
        self.seen.update(|count| count + 1);
        self.seen.get()
    }

    /// Unregisters a client.
    pub(crate) fn goes(&self) {
        self.connected.update(|count| count - 1);
    }

    /// Returns the number of clients.
    pub(crate) fn clients(&self) -> u64 {
        self.connected.get()
    }
}
