//! Items: what a job sends to its parent before its result, and how far ahead of the parent it may get.
//!
//! A job that was started with a window has a [`Channel`]. What it sends stays there until the parent
//! takes it, and goes on counting until the parent lets go of it: so many items as the window has may
//! count at a time. What an instance gets and what it sends are its [`Items`]; one whose jobs have no
//! window, and that has none itself, pays one load for all this.
//!
//! A thread that holds the lock of a channel may take that of the parent's items, never the reverse.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker};

use crate::tree::Tree;

/// What an item counts besides its bytes, so that there is a limit for empty ones, too.
const OVERHEAD: usize = 64;

/// What became of an item.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    /// It is with the parent.
    Arrived,
    /// It was dropped: too much is on its way.
    NoRoom,
    /// It was dropped: nobody will take it.
    Unwanted,
}

/// The items of one job, between it and its parent.
#[derive(Debug)]
pub(crate) struct Channel {
    window: u32,
    tree: Arc<Tree>,
    parent: Weak<Items>,
    flow: Mutex<Flow>,
}

#[derive(Debug, Default)]
struct Flow {
    untaken: VecDeque<Vec<u8>>,
    /// How many have been taken that the parent has not let go of.
    held: u32,
    /// The weight of the item that the job last found no room for, until it has been told of room.
    refused: Option<usize>,
    /// Whether the parent has forgotten the job.
    is_closed: bool,
    /// The job, while it waits for room.
    sender: Option<Waker>,
}

/// The items of one instance: those that its jobs have sent, and those that it sends itself.
#[derive(Debug, Default)]
pub(crate) struct Items {
    /// Whether there is a channel to either side. Only the thread of the instance asks or changes it.
    is_used: AtomicBool,
    ends: Mutex<Ends>,
}

#[derive(Debug, Default)]
struct Ends {
    /// Those with something to take, each with the number of its job.
    incoming: Vec<(u32, Arc<Channel>)>,
    /// The instance, while it waits for that.
    waiter: Option<Waker>,
    /// That of the job that runs in the instance.
    outgoing: Option<Arc<Channel>>,
}

impl Channel {
    /// Sends an item, which comes from the job of this number.
    pub(crate) fn send(self: &Arc<Self>, job: u32, item: Vec<u8>) -> Sent {
        let Some(parent) = self.parent.upgrade() else { return Sent::Unwanted };
        let mut flow = lock(&self.flow);
        if flow.is_closed {
            return Sent::Unwanted;
        }
        let weight = weight(&item);
        if !flow.is_within(self.window) || !self.queue(&flow, weight) {
            flow.refused = Some(weight);
            return Sent::NoRoom;
        }
        flow.refused = None;
        flow.untaken.push_back(item);
        // It is listed with the first until all are taken.
        let waiter = if flow.untaken.len() == 1 { parent.arrived(job, self) } else { None };
        drop(flow);
        waiter.into_iter().for_each(Waker::wake);
        Sent::Arrived
    }

    /// Counts an item, if there is room. Who has nothing there that could be taken has to have some,
    /// because nobody would make it.
    fn queue(&self, flow: &Flow, weight: usize) -> bool {
        let has_room = self.tree.queue(weight) || flow.untaken.is_empty();
        if !has_room {
            self.tree.unqueue(weight);
        }
        has_room
    }

    fn has_room(&self, flow: &Flow) -> bool {
        let weight = flow.refused.unwrap_or_default();
        flow.is_within(self.window) && (flow.untaken.is_empty() || self.tree.could_queue(weight))
    }

    /// Whether there is room for what was refused. If so, the job knows now.
    fn may_send(&self) -> bool {
        let mut flow = lock(&self.flow);
        let has_room = self.has_room(&flow);
        if has_room {
            flow.refused = None;
        }
        has_room
    }

    /// Ready while there is room that the job does not know of.
    fn poll_room(&self, context: &Context<'_>) -> Poll<()> {
        let mut flow = lock(&self.flow);
        if flow.refused.is_some() {
            if self.has_room(&flow) {
                return Poll::Ready(());
            }
            flow.sender = Some(context.waker().clone());
        }
        Poll::Pending
    }

    /// The parent lets go of so many items that it has taken.
    pub(crate) fn more(&self, count: u32) {
        self.change(|flow| flow.held = flow.held.saturating_sub(count));
    }

    fn take(&self) -> VecDeque<Vec<u8>> {
        let taken = self.change(|flow| {
            let taken = std::mem::take(&mut flow.untaken);
            flow.held = flow.held.saturating_add(u32::try_from(taken.len()).unwrap_or(u32::MAX));
            taken
        });
        self.unqueue(&taken);
        taken
    }

    /// Makes room, and wakes the job if it waits for that.
    fn change<T>(&self, change: impl FnOnce(&mut Flow) -> T) -> T {
        let mut flow = lock(&self.flow);
        let changed = change(&mut flow);
        let is_told = flow.refused.is_some() && self.has_room(&flow);
        let sender = if is_told { flow.sender.take() } else { None };
        drop(flow);
        sender.into_iter().for_each(Waker::wake);
        changed
    }

    /// Nobody will take anything any more.
    fn close(&self) {
        let mut flow = lock(&self.flow);
        flow.is_closed = true;
        let dropped = std::mem::take(&mut flow.untaken);
        drop(flow);
        self.unqueue(&dropped);
    }

    fn unqueue(&self, items: &VecDeque<Vec<u8>>) {
        self.tree.unqueue(items.iter().map(|item| weight(item)).sum());
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        self.close();
    }
}

impl Flow {
    fn is_within(&self, window: u32) -> bool {
        self.untaken.len() + (self.held as usize) < window as usize
    }
}

impl Items {
    /// A channel for a job of this instance.
    pub(crate) fn channel(self: &Arc<Self>, tree: &Arc<Tree>, window: u32) -> Arc<Channel> {
        self.is_used.store(true, Ordering::Relaxed);
        let (tree, parent) = (Arc::clone(tree), Arc::downgrade(self));
        Arc::new(Channel { window, tree, parent, flow: Mutex::default() })
    }

    /// The instance runs a job with this channel from now on.
    pub(crate) fn begin(&self, outgoing: &Arc<Channel>) {
        self.is_used.store(true, Ordering::Relaxed);
        lock(&self.ends).outgoing = Some(Arc::clone(outgoing));
    }

    /// Lets go of everything, for the next job. Those that the last one started have to be gone.
    pub(crate) fn clear(&self) {
        if self.is_used.swap(false, Ordering::Relaxed) {
            let ends = std::mem::take(&mut *lock(&self.ends));
            ends.incoming.iter().for_each(|(_, channel)| channel.close());
        }
    }

    /// A channel has something to take. Returns who waits for that.
    fn arrived(&self, job: u32, channel: &Arc<Channel>) -> Option<Waker> {
        let mut ends = lock(&self.ends);
        ends.incoming.push((job, Arc::clone(channel)));
        ends.waiter.take()
    }

    /// All that has come in, each with the number of its job.
    pub(crate) fn take(&self) -> Vec<(u32, Vec<u8>)> {
        if !self.is_used.load(Ordering::Relaxed) {
            return Vec::new();
        }
        let incoming = std::mem::take(&mut lock(&self.ends).incoming);
        let of =
            |(job, channel): (u32, Arc<Channel>)| channel.take().into_iter().map(move |item| (job, item));
        incoming.into_iter().flat_map(of).collect()
    }

    /// Drops what a job has sent, and will send: the instance has forgotten it.
    pub(crate) fn forget(&self, channel: &Arc<Channel>) {
        channel.close();
        lock(&self.ends).incoming.retain(|(_, other)| !Arc::ptr_eq(channel, other));
    }

    /// Whether the job that runs here may send what it last found no room for.
    pub(crate) fn may_send(&self) -> bool {
        let outgoing = lock(&self.ends).outgoing.clone();
        outgoing.is_some_and(|channel| channel.may_send())
    }

    /// Ready while there is something to take, or room that the job here waits for.
    pub(crate) fn poll_ready(&self, context: &Context<'_>) -> Poll<()> {
        if !self.is_used.load(Ordering::Relaxed) {
            return Poll::Pending;
        }
        let mut ends = lock(&self.ends);
        if !ends.incoming.is_empty() {
            return Poll::Ready(());
        }
        ends.waiter = Some(context.waker().clone());
        let outgoing = ends.outgoing.clone();
        drop(ends);
        outgoing.map_or(Poll::Pending, |channel| channel.poll_room(context))
    }
}

fn weight(item: &[u8]) -> usize {
    item.len().saturating_add(OVERHEAD)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
