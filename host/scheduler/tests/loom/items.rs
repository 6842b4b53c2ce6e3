//! Items of one job: the job sends, and its parent takes and releases them.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use loom::thread;
use scheduler::{Budget, Channel, Items, Sent};

use crate::{model, wait};

/// The limit on the total weight of items. An item is its own weight.
struct Limit(usize, AtomicUsize);

impl Limit {
    fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self(limit, AtomicUsize::new(0)))
    }
}

impl Budget for Limit {
    const BATCH: usize = usize::MAX;

    type Item = usize;

    type Excess = Infallible;

    fn weight(item: &usize) -> usize {
        *item
    }

    fn queue(&self, weight: usize) -> Result<bool, Infallible> {
        Ok(self.1.fetch_add(weight, Ordering::SeqCst) + weight <= self.0)
    }

    fn could_queue(&self, weight: usize) -> bool {
        self.1.load(Ordering::SeqCst) + weight <= self.0
    }

    fn unqueue(&self, weight: usize) {
        self.1.fetch_sub(weight, Ordering::SeqCst);
    }
}

/// Creates the items of a parent and of its job, and the channel between them.
fn pair(limit: &Arc<Limit>, window: u32) -> (Arc<Items<Limit>>, Arc<Items<Limit>>, Arc<Channel<Limit>>) {
    let (parent, job) = (Arc::<Items<_>>::default(), Arc::<Items<_>>::default());
    let channel = parent.channel(limit, window);
    job.begin(&channel);
    (parent, job, channel)
}

/// Takes this many items, and releases each at once. Returns their sum.
fn take(parent: &Items<Limit>, channel: &Channel<Limit>, count: usize) -> usize {
    let (mut taken, mut sum) = (0, 0);
    while taken < count {
        wait(|context| parent.poll_ready(context));
        for (_, item) in parent.take() {
            (taken, sum) = (taken + 1, sum + item);
            channel.more(1);
        }
    }
    sum
}

/// Sends an item as soon as there is room for it.
fn send(job: &Items<Limit>, channel: &Arc<Channel<Limit>>, item: usize) {
    while channel.send(0, item, || item) == Sent::NoRoom {
        wait(|context| job.poll_ready(context));
        assert!(job.may_send());
    }
}

#[test]
fn a_job_that_waits_for_room_is_woken() {
    // Limited by the window, and by the weight of its items.
    for (window, limit) in [(1, 9), (9, 1)] {
        model(move || {
            let limit = Limit::new(limit);
            let (parent, job, channel) = pair(&limit, window);
            let its_channel = Arc::clone(&channel);
            let job = thread::spawn(move || (0..2).for_each(|_| send(&job, &its_channel, 1)));
            assert_eq!(take(&parent, &channel, 2), 2);
            job.join().unwrap();
            assert_eq!(limit.1.load(Ordering::SeqCst), 0);
        });
    }
}

/// Two senders of one job. The parent may make room before the first is refused, between the first and the
/// second, or after both.
#[test]
fn a_waiting_sender_is_woken_although_another_has_sent() {
    model(|| {
        let (parent, job, channel) = pair(&Limit::new(9), 1);
        let its_channel = Arc::clone(&channel);
        let job = thread::spawn(move || {
            let mut waiting = Vec::new();
            for item in [1, 2, 4] {
                if its_channel.send(0, item, || item) == Sent::NoRoom {
                    waiting.push(item);
                }
            }
            while !waiting.is_empty() {
                wait(|context| job.poll_ready(context));
                if job.may_send() {
                    waiting.retain(|&item| its_channel.send(0, item, || item) == Sent::NoRoom);
                }
            }
        });
        assert_eq!(take(&parent, &channel, 3), 7);
        job.join().unwrap();
    });
}

/// The parent drops the job, at any step.
#[test]
fn items_of_a_dropped_job_are_dropped() {
    model(|| {
        let limit = Limit::new(9);
        let (parent, _job, channel) = pair(&limit, 2);
        let its_channel = Arc::clone(&channel);
        let job = thread::spawn(move || {
            for item in [1, 2] {
                let _sent = its_channel.send(0, item, || item);
            }
        });
        let taken = parent.take();
        parent.forget(&channel);
        assert!(taken.len() <= 2 && parent.take().is_empty());
        job.join().unwrap();
        assert_eq!(channel.send(0, 4, || 4), Sent::Unwanted);
        assert_eq!(limit.1.load(Ordering::SeqCst), 0);
    });
}
