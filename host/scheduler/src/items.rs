//! Items: what a job sends to its parent before its result, and how far ahead of the parent it may get.
//!
//! A job that was started with a window has a [`Channel`]. What it sends stays there until the parent
//! takes it, and goes on counting until the parent lets go of it: so many items as the window has may
//! count at a time. What an instance gets and what it sends are its [`Items`]; one whose jobs have no
//! window, and that has none itself, pays one load for all this.
//!
//! A job may have several senders, of which the host knows nothing: to it, all are the one job. So a
//! refusal stays until the job has heard of room. An item that fits meanwhile is that of another sender,
//! and the one that was refused still waits.
//!
//! A thread that holds the lock of a channel may take that of the parent's items, never the reverse.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Waker};

use crate::sync::{AtomicBool, Mutex, Ordering, lock, planted};

/// What the untaken items of all jobs of a run have in common: how much they may weigh together.
pub trait Budget: Send + Sync + 'static {
    /// What jobs send.
    type Item: Send;

    /// Returns what an item counts.
    fn weight(item: &Self::Item) -> usize;

    /// Counts this weight in any case. Returns whether there was room for it.
    fn queue(&self, weight: usize) -> bool;

    /// Returns whether there would be room for this weight.
    fn could_queue(&self, weight: usize) -> bool;

    /// Takes the weight off again.
    fn unqueue(&self, weight: usize);
}

/// What became of an item.
#[derive(Debug, PartialEq, Eq)]
pub enum Sent {
    /// It is with the parent.
    Arrived,
    /// It was dropped: too much is on its way.
    NoRoom,
    /// It was dropped: nobody will take it.
    Unwanted,
}

/// The items of one job, between it and its parent.
pub struct Channel<B: Budget> {
    window: u32,
    budget: Arc<B>,
    parent: Weak<Items<B>>,
    flow: Mutex<Flow<B::Item>>,
}

struct Flow<T> {
    untaken: VecDeque<T>,
    /// How many have been taken that the parent has not let go of.
    held: u32,
    /// That the job found no room, until it has heard of some.
    refused: Option<Refusal>,
    /// Whether the parent has forgotten the job.
    is_closed: bool,
    /// The job, while it waits for room.
    sender: Option<Waker>,
}

#[derive(Clone, Copy)]
struct Refusal {
    /// The least that any refused item weighs.
    weight: usize,
    /// Whether the job has been woken for room since. What it sends next is the answer to that.
    is_told: bool,
}

/// The items of one instance: those that its jobs have sent, and those that it sends itself.
pub struct Items<B: Budget> {
    /// Whether there is a channel to either side. Only the thread of the instance asks or changes it.
    is_used: AtomicBool,
    ends: Mutex<Ends<B>>,
}

struct Ends<B: Budget> {
    /// Those with something to take, each with the number of its job.
    incoming: Vec<(u32, Arc<Channel<B>>)>,
    /// The instance, while it waits for that.
    waiter: Option<Waker>,
    /// That of the job that runs in the instance.
    outgoing: Option<Arc<Channel<B>>>,
}

impl<B: Budget> Channel<B> {
    /// Sends an item, which comes from the job of this number.
    pub fn send(self: &Arc<Self>, job: u32, item: B::Item) -> Sent {
        let Some(parent) = self.parent.upgrade() else { return Sent::Unwanted };
        let mut flow = lock(&self.flow);
        if flow.is_closed {
            return Sent::Unwanted;
        }
        let weight = B::weight(&item);
        if !flow.is_within(self.window) || !self.queue(&flow, weight) {
            flow.refuse(weight);
            return Sent::NoRoom;
        }
        if planted("send-unrefuses") || flow.refused.is_some_and(|refused| refused.is_told) {
            flow.refused = None;
        }
        flow.untaken.push_back(item);
        // It is listed with the first until all are taken.
        let waiter = if flow.untaken.len() == 1 { parent.arrived(job, self) } else { None };
        drop(flow);
        waiter.into_iter().for_each(Waker::wake);
        Sent::Arrived
    }

    /// Counts an item, if there is room. Who has nothing there that could be taken has to have some,
    /// because nobody would make it.
    fn queue(&self, flow: &Flow<B::Item>, weight: usize) -> bool {
        let has_room = self.budget.queue(weight) || flow.would_be_first();
        if !has_room {
            self.budget.unqueue(weight);
        }
        has_room
    }

    fn has_room(&self, flow: &Flow<B::Item>) -> bool {
        let weight = flow.refused.map_or(0, |refused| refused.weight);
        flow.is_within(self.window) && (flow.would_be_first() || self.budget.could_queue(weight))
    }

    /// Whether there is room for what was refused. If so, the job knows now.
    fn may_send(&self) -> bool {
        let mut flow = lock(&self.flow);
        let has_room = self.tells(&mut flow);
        if has_room {
            flow.refused = None;
        }
        has_room
    }

    /// Ready while there is room that the job does not know of.
    fn poll_room(&self, context: &Context<'_>) -> Poll<()> {
        let mut flow = lock(&self.flow);
        if flow.refused.is_none() {
            return Poll::Pending;
        }
        if self.tells(&mut flow) {
            return Poll::Ready(());
        }
        if planted("room-one-look") {
            drop(flow);
            flow = lock(&self.flow);
        }
        flow.sender = Some(context.waker().clone());
        Poll::Pending
    }

    /// Whether there is room, which the job hears.
    fn tells(&self, flow: &mut Flow<B::Item>) -> bool {
        let has_room = self.has_room(flow);
        if let Some(refused) = &mut flow.refused {
            // Another job may have taken the room that this one was told of before.
            refused.is_told = has_room;
        }
        has_room
    }

    /// The parent lets go of so many items that it has taken.
    pub fn more(&self, count: u32) {
        self.change(|flow| flow.held = flow.held.saturating_sub(count));
    }

    fn take(&self) -> VecDeque<B::Item> {
        self.change(|flow| {
            let taken = std::mem::take(&mut flow.untaken);
            flow.held = flow.held.saturating_add(u32::try_from(taken.len()).unwrap_or(u32::MAX));
            // Before it is asked whether there is room now.
            self.unqueue(&taken);
            taken
        })
    }

    /// Makes room, and wakes the job if it waits for that.
    fn change<T>(&self, change: impl FnOnce(&mut Flow<B::Item>) -> T) -> T {
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

    fn unqueue(&self, items: &VecDeque<B::Item>) {
        self.budget.unqueue(items.iter().map(B::weight).sum());
    }
}

impl<B: Budget> Drop for Channel<B> {
    fn drop(&mut self) {
        self.close();
    }
}

impl<T> Flow<T> {
    /// An item of this weight found no room. The lightest decides when there is some: the others are tried
    /// again then, and refused again.
    fn refuse(&mut self, weight: usize) {
        let others = self.refused.filter(|refused| !refused.is_told).map(|refused| refused.weight);
        let weight = others.map_or(weight, |others| others.min(weight));
        self.refused = Some(Refusal { weight, is_told: false });
    }

    fn would_be_first(&self) -> bool {
        self.untaken.is_empty() && !planted("first-needs-room")
    }

    fn is_within(&self, window: u32) -> bool {
        self.untaken.len() + (self.held as usize) < window as usize
    }
}

impl<B: Budget> Items<B> {
    /// A channel for a job of this instance.
    pub fn channel(self: &Arc<Self>, budget: &Arc<B>, window: u32) -> Arc<Channel<B>> {
        self.is_used.store(true, Ordering::Relaxed);
        let (budget, parent) = (Arc::clone(budget), Arc::downgrade(self));
        Arc::new(Channel { window, budget, parent, flow: Mutex::new(Flow::default()) })
    }

    /// The instance runs a job with this channel from now on.
    pub fn begin(&self, outgoing: &Arc<Channel<B>>) {
        self.is_used.store(true, Ordering::Relaxed);
        lock(&self.ends).outgoing = Some(Arc::clone(outgoing));
    }

    /// Lets go of everything, for the next job. Those that the last one started have to be gone.
    pub fn clear(&self) {
        if self.is_used.swap(false, Ordering::Relaxed) {
            let ends = std::mem::take(&mut *lock(&self.ends));
            ends.incoming.iter().for_each(|(_, channel)| channel.close());
        }
    }

    /// A channel has something to take. Returns who waits for that.
    fn arrived(&self, job: u32, channel: &Arc<Channel<B>>) -> Option<Waker> {
        let mut ends = lock(&self.ends);
        ends.incoming.push((job, Arc::clone(channel)));
        ends.waiter.take()
    }

    /// All that has come in, each with the number of its job.
    pub fn take(&self) -> Vec<(u32, B::Item)> {
        if !self.is_used.load(Ordering::Relaxed) {
            return Vec::new();
        }
        let incoming = std::mem::take(&mut lock(&self.ends).incoming);
        let of =
            |(job, channel): (u32, Arc<Channel<B>>)| channel.take().into_iter().map(move |item| (job, item));
        incoming.into_iter().flat_map(of).collect()
    }

    /// Drops what a job has sent, and will send: the instance has forgotten it.
    pub fn forget(&self, channel: &Arc<Channel<B>>) {
        channel.close();
        lock(&self.ends).incoming.retain(|(_, other)| !Arc::ptr_eq(channel, other));
    }

    /// Whether the job that runs here may send what it last found no room for.
    pub fn may_send(&self) -> bool {
        let outgoing = lock(&self.ends).outgoing.clone();
        outgoing.is_some_and(|channel| channel.may_send())
    }

    /// Ready while there is something to take, or room that the job here waits for.
    pub fn poll_ready(&self, context: &Context<'_>) -> Poll<()> {
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

impl<T> Default for Flow<T> {
    fn default() -> Self {
        Self { untaken: VecDeque::new(), held: 0, refused: None, is_closed: false, sender: None }
    }
}

impl<B: Budget> Default for Items<B> {
    fn default() -> Self {
        Self { is_used: AtomicBool::new(false), ends: Mutex::new(Ends::default()) }
    }
}

impl<B: Budget> Default for Ends<B> {
    fn default() -> Self {
        Self { incoming: Vec::new(), waiter: None, outgoing: None }
    }
}

impl<B: Budget> fmt::Debug for Channel<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Channel").field("window", &self.window).finish_non_exhaustive()
    }
}

impl<B: Budget> fmt::Debug for Items<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items").finish_non_exhaustive()
    }
}
