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

/// Room for so many items is kept.
const KEPT: usize = 64;

/// What the untaken items of all jobs of a run have in common: how much they may weigh together.
pub trait Budget: Send + Sync + 'static {
    /// Items of this weight are handed over at a time, and at least one.
    const BATCH: usize;

    /// What jobs send.
    type Item: Send;

    /// Why an item cannot be sent, whatever the parent takes.
    type Excess;

    /// Returns what an item counts.
    fn weight(item: &Self::Item) -> usize;

    /// Counts this weight, and returns whether there was room for it.
    ///
    /// # Errors
    ///
    /// There is more than there may ever be; then nothing is counted.
    fn queue(&self, weight: usize) -> Result<bool, Self::Excess>;

    /// Returns whether there would be room for this weight.
    fn could_queue(&self, weight: usize) -> bool;

    /// Takes the weight off again.
    fn unqueue(&self, weight: usize);
}

/// What became of an item.
#[derive(Debug, PartialEq, Eq)]
pub enum Sent<E> {
    /// It is with the parent.
    Arrived,
    /// It was not read: too much is on its way.
    NoRoom,
    /// It was not read: there may not be so much, and nothing that the parent takes would change that.
    NoMemory(E),
    /// It is dropped: no parent will take it.
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
    is_notified: bool,
}

/// The items of one instance: those that its jobs have sent, and those that it sends itself.
pub struct Items<B: Budget> {
    /// Whether there is a channel to either side. Only the thread of the instance asks or changes it.
    is_used: AtomicBool,
    links: Mutex<Links<B>>,
}

struct Links<B: Budget> {
    /// Those with something to take, each with the number of its job.
    incoming: VecDeque<(u32, Arc<Channel<B>>)>,
    /// Those of jobs whose end the instance has been told of, each with the weight of what is there: it has
    /// to find that with the next items that it takes.
    promised: Vec<(usize, Arc<Channel<B>>)>,
    /// The instance, while it waits for that.
    waiter: Option<Waker>,
    /// That of the job that runs in the instance.
    outgoing: Option<Arc<Channel<B>>>,
}

impl<B: Budget> Channel<B> {
    /// Sends an item of this weight, which comes from the job of this number. It is read when there is room
    /// for it.
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
        // Without the lock, for it may be long. Meanwhile the parent may take what is there or forget the job,
        // but only the job sends.
        let item = read();
        let mut flow = lock(&self.flow);
        if flow.is_closed {
            drop(flow);
            self.budget.unqueue(weight);
            return Sent::Unwanted;
        }
        flow.untaken.push_back(item);
        // It is listed with the first until all are taken.
        let waiter = if flow.untaken.len() == 1 { parent.arrived(job, self) } else { None };
        drop(flow);
        waiter.into_iter().for_each(Waker::wake);
        Sent::Arrived
    }

    /// Counts an item of this weight if there is room, or returns why there is none.
    fn admit(&self, weight: usize) -> Option<Sent<B::Excess>> {
        let mut flow = lock(&self.flow);
        if flow.is_closed {
            return Some(Sent::Unwanted);
        }
        if flow.is_within(self.window) {
            match self.budget.queue(weight) {
                // A job of which nothing can be taken gets room in any case, because nothing else would make
                // any. That needs memory all the same.
                Ok(has_room) if has_room || flow.would_be_first() => {
                    if planted("send-unrefuses") || flow.refused.is_some_and(|refused| refused.is_notified) {
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

    /// Whether there is room for what was refused. If so, the job knows now.
    fn may_send(&self) -> bool {
        let mut flow = lock(&self.flow);
        let has_room = self.notify_of_room(&mut flow);
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
        if self.notify_of_room(&mut flow) {
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
    fn notify_of_room(&self, flow: &mut Flow<B::Item>) -> bool {
        let has_room = self.has_room(flow);
        if let Some(refused) = &mut flow.refused {
            // Another job may have taken the room that this one was told of before.
            refused.is_notified = has_room;
        }
        has_room
    }

    /// The parent lets go of so many items that it has taken.
    pub fn release(&self, count: u32) {
        self.change(|flow| flow.held = flow.held.saturating_sub(count));
    }

    /// Takes items as long as they are admitted, and returns whether there are more.
    fn take(&self, mut admits: impl FnMut(usize) -> bool, mut each: impl FnMut(B::Item)) -> bool {
        self.change(|flow| {
            while let Some(item) = flow.untaken.pop_front_if(|item| admits(B::weight(item))) {
                flow.held = flow.held.saturating_add(1);
                // Before it is asked whether there is room now.
                self.budget.unqueue(B::weight(&item));
                each(item);
            }
            // Room for many small ones is more than what they weigh together when most of them are gone.
            if flow.untaken.capacity() > KEPT && flow.untaken.len() < flow.untaken.capacity() / 4 {
                flow.untaken.shrink_to(KEPT);
            }
            !flow.untaken.is_empty()
        })
    }

    /// Returns how much there is to take.
    fn weight(&self) -> usize {
        lock(&self.flow).untaken.iter().map(B::weight).sum()
    }

    /// Makes room, and wakes the job if it waits for that.
    fn change<T>(&self, change: impl FnOnce(&mut Flow<B::Item>) -> T) -> T {
        let mut flow = lock(&self.flow);
        let changed = change(&mut flow);
        let is_notified = flow.refused.is_some() && self.has_room(&flow);
        let sender = if is_notified { flow.sender.take() } else { None };
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
        let others = self.refused.filter(|refused| !refused.is_notified).map(|refused| refused.weight);
        let weight = others.map_or(weight, |others| others.min(weight));
        self.refused = Some(Refusal { weight, is_notified: false });
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
        lock(&self.links).outgoing = Some(Arc::clone(outgoing));
    }

    /// Lets go of everything, for the next job. Those that the last one started have to be gone.
    pub fn clear(&self) {
        if self.is_used.swap(false, Ordering::Relaxed) {
            let links = std::mem::take(&mut *lock(&self.links));
            links.incoming.iter().for_each(|(_, channel)| channel.close());
        }
    }

    /// A channel has something to take. Returns who waits for that.
    fn arrived(&self, job: u32, channel: &Arc<Channel<B>>) -> Option<Waker> {
        let mut links = lock(&self.links);
        links.incoming.push_back((job, Arc::clone(channel)));
        links.waiter.take()
    }

    /// Returns whether the parent may be told of the end of the job with this channel: it has to find what
    /// that has sent with the next items that it takes.
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

    /// A batch of what has come in, each with the number of its job.
    pub fn take(&self) -> Vec<(u32, B::Item)> {
        if !self.is_used.load(Ordering::Relaxed) {
            return Vec::new();
        }
        let mut links = lock(&self.links);
        let (mut incoming, promised) =
            (std::mem::take(&mut links.incoming), std::mem::take(&mut links.promised));
        drop(links);
        if !promised.is_empty() {
            let is_promised = |end: &(u32, Arc<Channel<B>>)| {
                promised.iter().any(|(_, channel)| Arc::ptr_eq(channel, &end.1))
            };
            incoming.make_contiguous().sort_by_key(|end| !is_promised(end));
        }
        let (mut taken, mut weight) = (Vec::new(), 0_usize);
        while let Some(end) = incoming.pop_front() {
            let (job, channel) = &end;
            let admits = |more| {
                let is_admitted = weight == 0 || weight.saturating_add(more) <= B::BATCH;
                weight = if is_admitted { weight.saturating_add(more) } else { B::BATCH };
                is_admitted
            };
            if channel.take(admits, |item| taken.push((*job, item))) {
                // The others are next.
                incoming.push_back(end);
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

    /// Drops what a job has sent, and will send: the instance has forgotten it.
    pub fn forget(&self, channel: &Arc<Channel<B>>) {
        channel.close();
        let mut links = lock(&self.links);
        links.incoming.retain(|(_, other)| !Arc::ptr_eq(channel, other));
        links.promised.retain(|(_, other)| !Arc::ptr_eq(channel, other));
    }

    /// Whether the job that runs here may send what it last found no room for.
    pub fn may_send(&self) -> bool {
        let outgoing = lock(&self.links).outgoing.clone();
        outgoing.is_some_and(|channel| channel.may_send())
    }

    /// Ready while there is something to take, or room that the job here waits for.
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
