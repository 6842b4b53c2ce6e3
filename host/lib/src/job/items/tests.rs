//! Tests of the credits of a channel, its wakes, and what its items count for the run.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use scheduler::Slots;

use super::{BATCH, Channel, Items, OVERHEAD, Sent, weight};
use crate::job::tree::Tree;
use crate::{Limits, RunConfig};

/// Creates a run whose items may have this total weight.
fn tree(queued: usize) -> Arc<Tree> {
    of_limits(Limits { queued, ..Limits::default() })
}

fn of_limits(limits: Limits) -> Arc<Tree> {
    Arc::new(Tree::new(0, &RunConfig { limits, ..RunConfig::default() }, Slots::new(1, 1)))
}

/// A parent, its job number 3 with this window, and the instance of the job.
struct Pair {
    parent: Arc<Items>,
    job: Arc<Items>,
    channel: Arc<Channel>,
}

impl Pair {
    fn new(tree: &Arc<Tree>, window: u32) -> Self {
        let (parent, job) = (Arc::<Items>::default(), Arc::<Items>::default());
        let channel = parent.channel(tree, window);
        job.begin(&channel);
        Self { parent, job, channel }
    }

    fn send(&self, item: &[u8]) -> Sent {
        send(&self.channel, item)
    }

    fn take(&self) -> Vec<Vec<u8>> {
        let taken = self.parent.take().into_iter();
        taken.map(|(job, item)| if job == 3 { item } else { panic!("of {job}") }).collect()
    }
}

fn send(channel: &Arc<Channel>, item: &[u8]) -> Sent {
    channel.send(3, weight(item.len()), || item.to_vec())
}

/// Counts how often it was woken.
#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Polls the items. Returns the result, and the counter of the waker.
fn poll(items: &Items) -> (Poll<()>, Arc<Woken>) {
    let woken = Arc::<Woken>::default();
    let polled = items.poll_ready(&Context::from_waker(&Waker::from(Arc::clone(&woken))));
    (polled, woken)
}

#[test]
fn a_window_holds_the_job_up_until_its_parent_lets_go() {
    let pair = Pair::new(&tree(1000), 2);
    assert_eq!(
        [pair.send(b"a"), pair.send(b"b"), pair.send(b"c")],
        [Sent::Arrived, Sent::Arrived, Sent::NoRoom]
    );
    let (polled, woken) = poll(&pair.job);
    assert!(polled.is_pending());
    assert_eq!(pair.take(), [b"a", b"b"]);
    assert_eq!(woken.0.load(Ordering::Relaxed), 0, "to take is not to let go");
    assert!(!pair.job.may_send());
    pair.channel.release(1);
    assert_eq!(woken.0.load(Ordering::Relaxed), 1);
    assert!(poll(&pair.job).0.is_ready() && poll(&pair.job).0.is_ready(), "until it is told");
    assert_eq!([pair.send(b"c"), pair.send(b"d")], [Sent::Arrived, Sent::NoRoom]);
    assert_eq!(pair.take(), [b"c"]);
}

#[test]
fn who_knows_of_room_is_not_told_again() {
    let pair = Pair::new(&tree(1000), 1);
    assert!(poll(&pair.job).0.is_pending(), "nothing was refused");
    assert_eq!([pair.send(b"a"), pair.send(b"b")], [Sent::Arrived, Sent::NoRoom]);
    pair.take();
    pair.channel.release(1);
    assert!(poll(&pair.job).0.is_ready() && pair.job.may_send());
    assert!(poll(&pair.job).0.is_pending());
    assert!(pair.job.may_send());
}

/// The job has two senders. One finds no room and waits, while the other sends an item that fits.
#[test]
fn a_refusal_stays_when_another_sender_finds_room() {
    let pair = Pair::new(&tree(1000), 1);
    assert_eq!([pair.send(b"a"), pair.send(b"b")], [Sent::Arrived, Sent::NoRoom]);
    pair.take();
    pair.channel.release(1);
    assert_eq!(pair.send(b"c"), Sent::Arrived, "of the other, before the job has been told of room");
    let (polled, woken) = poll(&pair.job);
    assert!(polled.is_pending() && !pair.job.may_send());
    pair.take();
    pair.channel.release(1);
    assert_eq!(woken.0.load(Ordering::Relaxed), 1);
    assert!(poll(&pair.job).0.is_ready() && pair.job.may_send());
    assert_eq!(pair.send(b"b"), Sent::Arrived);
}

/// The job has two senders again. Another job takes the room of which this one was notified.
#[test]
fn a_refusal_stays_when_the_room_is_gone_again() {
    let tree = tree(10 * OVERHEAD);
    let (pair, other) = (Pair::new(&tree, 9), Pair::new(&tree, 9));
    assert!([pair.send(b""), other.send(&[0; 7 * OVERHEAD])].iter().all(|sent| *sent == Sent::Arrived));
    assert_eq!(pair.send(&[0; 3 * OVERHEAD]), Sent::NoRoom);
    other.take();
    assert!(poll(&pair.job).0.is_ready());
    assert_eq!(other.send(&[0; 7 * OVERHEAD]), Sent::Arrived);
    assert!(!pair.job.may_send());
    assert_eq!(pair.send(b""), Sent::Arrived, "a lighter one, of the other sender");
    other.take();
    assert!(poll(&pair.job).0.is_ready() && pair.job.may_send());
    assert_eq!(pair.send(&[0; 3 * OVERHEAD]), Sent::Arrived);
}

#[test]
fn the_lightest_refused_item_decides() {
    let tree = tree(10 * OVERHEAD);
    let (pair, other) = (Pair::new(&tree, 9), Pair::new(&tree, 9));
    assert_eq!([pair.send(b""), other.send(&[0; 7 * OVERHEAD])], [Sent::Arrived, Sent::Arrived]);
    assert_eq!([pair.send(&[0; OVERHEAD]), pair.send(&[0; 9 * OVERHEAD])], [Sent::NoRoom, Sent::NoRoom]);
    let (polled, _) = poll(&pair.job);
    assert!(polled.is_pending());
    other.take();
    assert!(poll(&pair.job).0.is_ready() && pair.job.may_send(), "for the lighter one");
    assert_eq!([pair.send(&[0; 9 * OVERHEAD]), pair.send(&[0; OVERHEAD])], [Sent::NoRoom, Sent::Arrived]);
}

#[test]
fn no_more_is_let_go_of_than_was_taken() {
    let pair = Pair::new(&tree(1000), 2);
    pair.send(b"a");
    pair.channel.release(100);
    assert_eq!([pair.send(b"b"), pair.send(b"c")], [Sent::Arrived, Sent::NoRoom]);
    assert_eq!(pair.take().len(), 2);
    pair.channel.release(u32::MAX);
    assert_eq!(
        [pair.send(b"c"), pair.send(b"d"), pair.send(b"e")],
        [Sent::Arrived, Sent::Arrived, Sent::NoRoom]
    );
}

#[test]
fn the_first_item_wakes_the_parent() {
    let pair = Pair::new(&tree(1000), 2);
    let (polled, woken) = poll(&pair.parent);
    assert!(polled.is_pending());
    pair.send(b"a");
    pair.send(b"b");
    assert_eq!(woken.0.load(Ordering::Relaxed), 1);
    assert!(poll(&pair.parent).0.is_ready());
    pair.take();
    assert!(poll(&pair.parent).0.is_pending());
}

#[test]
fn untaken_bytes_count_for_the_run_and_one_item_always_fits() {
    let tree = tree(2 * OVERHEAD);
    let (one, other) = (Pair::new(&tree, 9), Pair::new(&tree, 9));
    assert_eq!([one.send(b""), one.send(b""), one.send(b"")], [Sent::Arrived, Sent::Arrived, Sent::NoRoom]);
    assert_eq!([other.send(&[0; 9000]), other.send(b"")], [Sent::Arrived, Sent::NoRoom]);
    let (polled, woken) = poll(&one.job);
    assert!(polled.is_pending());
    one.take();
    assert_eq!(woken.0.load(Ordering::Relaxed), 1, "it has nothing there, so it may send");
    assert_eq!([one.send(b""), one.send(b"")], [Sent::Arrived, Sent::NoRoom]);
    other.take();
    assert_eq!(one.send(b""), Sent::Arrived);
    one.take();
    assert!(tree.could_queue(2 * OVERHEAD), "all of it has been given back");
}

#[test]
fn what_nobody_will_take_is_dropped() {
    let tree = tree(1000);
    let pair = Pair::new(&tree, 2);
    pair.send(b"a");
    pair.parent.forget(&pair.channel);
    assert!(tree.could_queue(1000) && poll(&pair.parent).0.is_pending());
    assert_eq!(pair.send(b"b"), Sent::Unwanted);

    let pair = Pair::new(&tree, 2);
    pair.send(b"a");
    pair.parent.clear();
    assert!(tree.could_queue(1000) && pair.take().is_empty());

    let Pair { parent, job, channel } = Pair::new(&tree, 2);
    send(&channel, b"a");
    drop(parent);
    assert_eq!(send(&channel, b"b"), Sent::Unwanted);
    drop((job, channel));
    assert!(tree.could_queue(1000));
}

#[test]
fn without_memory_an_item_waits_only_if_its_parent_can_make_room() {
    let tree = of_limits(Limits { memory: 5 << 20, ..Limits::default() });
    let (one, other) = (Pair::new(&tree, 9), Pair::new(&tree, 9));
    assert_eq!(one.send(&[0; 5 << 20]), Sent::Arrived);
    assert_eq!(one.send(&[0; 2 << 20]), Sent::NoRoom, "the parent can take the first");
    assert!(matches!(other.send(&[0; 2 << 20]), Sent::NoMemory(excess) if excess.limit == 5 << 20));
    let (polled, woken) = poll(&one.job);
    assert!(polled.is_pending());
    one.take();
    assert_eq!(woken.0.load(Ordering::Relaxed), 1);
    assert_eq!([one.send(&[0; 2 << 20]), other.send(&[0; 1 << 20])], [Sent::Arrived, Sent::Arrived]);
}

#[test]
fn items_are_handed_over_in_batches_and_every_job_has_its_turn() {
    let tree = tree(1 << 30);
    let parent = Arc::<Items>::default();
    let channels = [1, 2].map(|job| (job, parent.channel(&tree, 99)));
    for (job, channel) in &channels {
        for n in 0..3 {
            channel.send(*job, BATCH, || vec![n; BATCH - OVERHEAD]);
        }
    }
    channels[1].1.send(2, OVERHEAD, Vec::new);
    let of = |taken: Vec<(u32, Vec<u8>)>| taken.into_iter().map(|(job, item)| (job, item.first().copied()));
    let mut all = Vec::new();
    while poll(&parent).0.is_ready() {
        let batch = of(parent.take()).collect::<Vec<_>>();
        assert_eq!(batch.len(), 1);
        all.extend(batch);
    }
    let nth = |job, n| (job, Some(n));
    let last = (2, None);
    assert_eq!(all, [nth(1, 0), nth(2, 0), nth(1, 1), nth(2, 1), nth(1, 2), nth(2, 2), last]);
}

#[test]
fn who_hears_of_an_end_finds_the_items_in_the_next_batch() {
    let tree = tree(1 << 30);
    let parent = Arc::<Items>::default();
    let [long, short, other] = [1, 2, 3].map(|job| {
        let channel = parent.channel(&tree, 99);
        channel.send(job, OVERHEAD, Vec::new);
        channel
    });
    long.send(1, weight(BATCH), || vec![0; BATCH]);
    assert!(!parent.promise(&long), "its items are more than a batch");
    assert!(parent.promise(&other) && parent.promise(&short));
    assert_eq!(parent.take().iter().map(|(job, _)| *job).collect::<Vec<_>>(), [2, 3, 1]);
    assert!(!parent.promise(&long));
    assert_eq!(parent.take().len(), 1);
    assert!(parent.promise(&long), "there are none left");
}
