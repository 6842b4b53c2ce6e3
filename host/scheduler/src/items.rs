//! Items: the values that a job sends to its parent before its result, with backpressure.
//!
//! A job that was started with a window has a [`Channel`]. An item stays in it until the parent takes the item,
//! and counts against the window until the parent releases it. The [`Items`] of an instance are the channels of
//! its jobs, and the channel of the job that it runs. In an instance without channels, a check costs one load.
//!
//! A job may have several senders, but the host sees only the job. So a refusal is remembered until the job was
//! notified of room. An item that is accepted meanwhile may come from another sender, while the refused sender
//! still waits.
//!
//! Order of locks: a thread that holds the lock of a channel may take the lock of the parent's items, never the
//! reverse.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Waker};

use crate::sync::{AtomicBool, Mutex, Ordering, lock};

/// An empty channel keeps memory for at most this many items.
const KEPT: usize = 64;

/// The limit on the total weight of the items of all jobs of a tree that were not taken.
pub trait Budget: Send + Sync + 'static {
    /// The maximum total weight of a batch, unless it has a single item.
    const BATCH: usize;

    /// The type of an item.
    type Item: Send;

    /// The reason why an item can never be sent, even if the parent takes all others.
    type Excess;

    /// Returns the weight of an item.
    fn weight(item: &Self::Item) -> usize;

    /// Adds this weight, and returns whether the sum is within the limit.
    ///
    /// # Errors
    ///
    /// Fails if the sum could never be within the limit. Then nothing is added.
    fn queue(&self, weight: usize) -> Result<bool, Self::Excess>;

    /// Returns whether the sum would be within the limit if this weight were added.
    fn could_queue(&self, weight: usize) -> bool;

    /// Subtracts a weight that was added.
    fn unqueue(&self, weight: usize);
}

/// The result of a send.
#[derive(Debug, PartialEq, Eq)]
pub enum Sent<E> {
    /// The parent can take the item.
    Arrived,
    /// The item was not read, because the window or the limit is exhausted. The job will be notified of room.
    NoRoom,
    /// The item was not read, because it can never be within the limit.
    NoMemory(E),
    /// The item was dropped, because no parent will take it.
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
    /// How many items the parent has taken and not released.
    held: u32,
    /// Set when an item found no room, until the job has been notified of room.
    refused: Option<Refusal>,
    /// Whether the parent has forgotten the job.
    is_closed: bool,
    /// Wakes the job that waits for room.
    sender: Option<Waker>,
}

#[derive(Clone, Copy)]
struct Refusal {
    /// The weight of the lightest refused item.
    weight: usize,
    /// Whether the job was notified of room since. Its next item is then a new attempt.
    is_notified: bool,
}

/// The channels of one instance: those of its jobs, and the channel into which it sends.
pub struct Items<B: Budget> {
    /// Whether there is any channel. Only the thread of the instance reads or changes this.
    is_used: AtomicBool,
    links: Mutex<Links<B>>,
}

struct Links<B: Budget> {
    /// The channels that have items, each with the number of its job.
    incoming: VecDeque<(u32, Arc<Channel<B>>)>,
    /// The channels of jobs whose outcome the instance has taken, each with the weight of its items: the next
    /// batch must have these items.
    promised: Vec<(usize, Arc<Channel<B>>)>,
    /// Wakes the instance that waits for items.
    waiter: Option<Waker>,
    /// The channel of the job that the instance runs.
    outgoing: Option<Arc<Channel<B>>>,
}

impl<B: Budget> Channel<B> {
    /// Sends an item of this weight from the job of this number. Calls `read` only if there is room for it.
    pub fn send(
        self: &Arc<Self>,
        job: u32,
        weight: usize,
        read: impl FnOnce() -> B::Item,
    ) -> Sent<B::Excess> {
        let Some(parent) = self.parent.upgrade() else { return Sent::Unwanted };
        if let Some(refused) = self.admit(weight) {
            return refused;
        }
        // Without the lock, because this may take long. Meanwhile the parent may take items or forget the job.
        // No other item can be sent: only the job sends, and it is in this call.
        let item = read();
        let mut flow = lock(&self.flow);
        if flow.is_closed {
            drop(flow);
            self.budget.unqueue(weight);
            return Sent::Unwanted;
        }
        flow.untaken.push_back(item);
        // The channel is listed from its first item until all are taken.
        let waiter = if flow.untaken.len() == 1 { parent.arrived(job, self) } else { None };
        drop(flow);
        waiter.into_iter().for_each(Waker::wake);
        Sent::Arrived
    }

    /// Adds the weight of an item if there is room, or returns why there is none.
    fn admit(&self, weight: usize) -> Option<Sent<B::Excess>> {
        let mut flow = lock(&self.flow);
        if flow.is_closed {
            return Some(Sent::Unwanted);
        }
        if flow.is_within(self.window) {
            match self.budget.queue(weight) {
                // An empty channel gets room in any case: the parent has nothing to take from it, so nothing
                // would ever notify its job. This costs memory all the same.
                Ok(has_room) if has_room || flow.would_be_first() => {
                    if flow.refused.is_some_and(|refused| refused.is_notified) {
                        flow.refused = None;
                    }
                    return None;
                }
                Ok(_) => self.budget.unqueue(weight),
                Err(excess) if flow.would_be_first() => return Some(Sent::NoMemory(excess)),
                Err(_) => {}
            }
        }
        flow.refuse(weight);
        Some(Sent::NoRoom)
    }

    fn has_room(&self, flow: &Flow<B::Item>) -> bool {
        let weight = flow.refused.map_or(0, |refused| refused.weight);
        flow.is_within(self.window) && (flow.would_be_first() || self.budget.could_queue(weight))
    }

    /// Returns whether there is room for the refused item. If so, the refusal is over.
    fn may_send(&self) -> bool {
        let mut flow = lock(&self.flow);
        let has_room = self.notify_of_room(&mut flow);
        if has_room {
            flow.refused = None;
        }
        has_room
    }

    /// Waits until there is room for the refused item. Never ready if no item was refused.
    fn poll_room(&self, context: &Context<'_>) -> Poll<()> {
        let mut flow = lock(&self.flow);
        if flow.refused.is_none() {
            return Poll::Pending;
        }
        if self.notify_of_room(&mut flow) {
            return Poll::Ready(());
        }
        flow.sender = Some(context.waker().clone());
        Poll::Pending
    }

    /// Returns whether there is room. If so, records that the job was notified.
    fn notify_of_room(&self, flow: &mut Flow<B::Item>) -> bool {
        let has_room = self.has_room(flow);
        if let Some(refused) = &mut flow.refused {
            // Checked again even after a notification, because another job may have taken the room since.
            refused.is_notified = has_room;
        }
        has_room
    }

    /// Releases this many items that the parent has taken, which makes room in the window.
    pub fn release(&self, count: u32) {
        self.change(|flow| flow.held = flow.held.saturating_sub(count));
    }

    /// Takes items as long as they are admitted. Returns whether there are more.
    fn take(&self, mut admits: impl FnMut(usize) -> bool, mut each: impl FnMut(B::Item)) -> bool {
        self.change(|flow| {
            while let Some(item) = flow.untaken.pop_front_if(|item| admits(B::weight(item))) {
                flow.held = flow.held.saturating_add(1);
                // Before `change` checks whether there is room for the job.
                self.budget.unqueue(B::weight(&item));
                each(item);
            }
            // A channel that once had many small items would keep more memory than its items weigh now.
            if flow.untaken.capacity() > KEPT && flow.untaken.len() < flow.untaken.capacity() / 4 {
                flow.untaken.shrink_to(KEPT);
            }
            !flow.untaken.is_empty()
        })
    }

    /// Returns the weight of the items that can be taken.
    fn weight(&self) -> usize {
        lock(&self.flow).untaken.iter().map(B::weight).sum()
    }

    /// Changes the flow, and wakes the job if it waits for room and there is some now.
    fn change<T>(&self, change: impl FnOnce(&mut Flow<B::Item>) -> T) -> T {
        let mut flow = lock(&self.flow);
        let changed = change(&mut flow);
        let is_notified = flow.refused.is_some() && self.has_room(&flow);
        let sender = if is_notified { flow.sender.take() } else { None };
        drop(flow);
        sender.into_iter().for_each(Waker::wake);
        changed
    }

    /// Drops the items, and all later ones.
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
    /// Records that an item of this weight found no room. The lightest refused item determines when the job is
    /// notified. Heavier ones are then tried too, and refused again.
    fn refuse(&mut self, weight: usize) {
        let others = self.refused.filter(|refused| !refused.is_notified).map(|refused| refused.weight);
        let weight = others.map_or(weight, |others| others.min(weight));
        self.refused = Some(Refusal { weight, is_notified: false });
    }

    fn would_be_first(&self) -> bool {
        self.untaken.is_empty()
    }

    fn is_within(&self, window: u32) -> bool {
        self.untaken.len() + (self.held as usize) < window as usize
    }
}

impl<B: Budget> Items<B> {
    /// Creates a channel for a job of this instance.
    pub fn channel(self: &Arc<Self>, budget: &Arc<B>, window: u32) -> Arc<Channel<B>> {
        self.is_used.store(true, Ordering::Relaxed);
        let (budget, parent) = (Arc::clone(budget), Arc::downgrade(self));
        Arc::new(Channel { window, budget, parent, flow: Mutex::new(Flow::default()) })
    }

    /// Sets the channel of the job that the instance runs from now on.
    pub fn begin(&self, outgoing: &Arc<Channel<B>>) {
        self.is_used.store(true, Ordering::Relaxed);
        lock(&self.links).outgoing = Some(Arc::clone(outgoing));
    }

    /// Drops all channels, for the next job. The jobs that the last one has started must be gone.
    pub fn clear(&self) {
        if self.is_used.swap(false, Ordering::Relaxed) {
            let links = std::mem::take(&mut *lock(&self.links));
            links.incoming.iter().for_each(|(_, channel)| channel.close());
        }
    }

    /// Adds a channel with its first item to the list. Returns the waker of the instance if it waits for items.
    fn arrived(&self, job: u32, channel: &Arc<Channel<B>>) -> Option<Waker> {
        let mut links = lock(&self.links);
        links.incoming.push_back((job, Arc::clone(channel)));
        links.waiter.take()
    }

    /// Returns whether the parent may take the outcome of the job with this channel. The next batch must
    /// contain all items of the job, so the outcome has to wait if they do not fit.
    pub fn promise(&self, channel: &Arc<Channel<B>>) -> bool {
        let weight = channel.weight();
        if weight == 0 {
            return true;
        }
        let mut links = lock(&self.links);
        let promised = links.promised.iter().map(|(weight, _)| weight).sum::<usize>();
        let fits = promised.saturating_add(weight) <= B::BATCH;
        if fits {
            links.promised.push((weight, Arc::clone(channel)));
        }
        fits
    }

    /// Takes a batch of items, each with the number of its job.
    pub fn take(&self) -> Vec<(u32, B::Item)> {
        if !self.is_used.load(Ordering::Relaxed) {
            return Vec::new();
        }
        let mut links = lock(&self.links);
        let (mut incoming, promised) =
            (std::mem::take(&mut links.incoming), std::mem::take(&mut links.promised));
        drop(links);
        if !promised.is_empty() {
            let is_promised = |link: &(u32, Arc<Channel<B>>)| {
                promised.iter().any(|(_, channel)| Arc::ptr_eq(channel, &link.1))
            };
            incoming.make_contiguous().sort_by_key(|link| !is_promised(link));
        }
        let (mut taken, mut weight) = (Vec::new(), 0_usize);
        while let Some(link) = incoming.pop_front() {
            let (job, channel) = &link;
            let admits = |more| {
                let is_admitted = weight == 0 || weight.saturating_add(more) <= B::BATCH;
                weight = if is_admitted { weight.saturating_add(more) } else { B::BATCH };
                is_admitted
            };
            if channel.take(admits, |item| taken.push((*job, item))) {
                // There are more: the other channels come first next time.
                incoming.push_back(link);
                break;
            }
        }
        if !incoming.is_empty() {
            let mut links = lock(&self.links);
            incoming.append(&mut links.incoming);
            links.incoming = incoming;
        }
        taken
    }

    /// Drops all items of a job, including later ones, because the instance has forgotten the job.
    pub fn forget(&self, channel: &Arc<Channel<B>>) {
        channel.close();
        let mut links = lock(&self.links);
        links.incoming.retain(|(_, other)| !Arc::ptr_eq(channel, other));
        links.promised.retain(|(_, other)| !Arc::ptr_eq(channel, other));
    }

    /// Returns whether there is room for the item of the current job that was refused last. If so, the refusal
    /// is over.
    pub fn may_send(&self) -> bool {
        let outgoing = lock(&self.links).outgoing.clone();
        outgoing.is_some_and(|channel| channel.may_send())
    }

    /// Waits until there is an item to take, or room for which the current job waits.
    pub fn poll_ready(&self, context: &Context<'_>) -> Poll<()> {
        if !self.is_used.load(Ordering::Relaxed) {
            return Poll::Pending;
        }
        let mut links = lock(&self.links);
        if !links.incoming.is_empty() {
            return Poll::Ready(());
        }
        links.waiter = Some(context.waker().clone());
        let outgoing = links.outgoing.clone();
        drop(links);
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
        Self { is_used: AtomicBool::new(false), links: Mutex::new(Links::default()) }
    }
}

impl<B: Budget> Default for Links<B> {
    fn default() -> Self {
        Self { incoming: VecDeque::new(), promised: Vec::new(), waiter: None, outgoing: None }
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
