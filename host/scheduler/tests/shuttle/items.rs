//! Items in a tree of jobs: several senders in each, which are also passed on to jobs of that job.
//!
//! An instance here does what the guest runtime does. It tries each sender until that is refused, and a
//! sender that was refused waits until the instance has heard of room. Which sender is tried when, what
//! an item weighs, how late an instance lets go of items, and which job is dropped when, are left to chance.
//! An instance that nobody wakes is a deadlock, which shuttle finds.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use scheduler::{Budget, Sent};
use shuttle::sync::Mutex;
use shuttle::sync::atomic::{AtomicUsize, Ordering};
use shuttle::thread::{self, JoinHandle};

use crate::cores::Bell;
use crate::{flip, in_any_order, in_unfair_orders, random};

type Items = scheduler::Items<Scarce>;
type Channel = scheduler::Channel<Scarce>;

/// What all items of a run may weigh together.
struct Scarce {
    limit: usize,
    used: AtomicUsize,
}

#[derive(Debug, Clone)]
struct Item {
    /// Which of all senders it is from, and how many that had sent before.
    sender: usize,
    nth: usize,
    weight: usize,
}

impl Budget for Scarce {
    const BATCH: usize = usize::MAX;

    type Item = Item;

    type Excess = Infallible;

    fn weight(item: &Item) -> usize {
        item.weight
    }

    fn queue(&self, weight: usize) -> Result<bool, Infallible> {
        Ok(self.used.fetch_add(weight, Ordering::SeqCst) + weight <= self.limit)
    }

    fn could_queue(&self, weight: usize) -> bool {
        self.used.load(Ordering::SeqCst) + weight <= self.limit
    }

    fn unqueue(&self, weight: usize) {
        self.used.fetch_sub(weight, Ordering::SeqCst);
    }
}

/// What a parent and its job know of each other besides items: that the job has ended, or is to stop.
#[derive(Default)]
struct Fate(Mutex<(Option<Ended>, bool, Vec<Waker>)>);

/// How many items each sender below has sent: the number of the sender, and the count.
type Ended = Vec<(usize, usize)>;

impl Fate {
    fn end(&self, sent: Ended) {
        self.change(|fate| fate.0 = Some(sent));
    }

    fn stop(&self) {
        self.change(|fate| fate.1 = true);
    }

    fn change(&self, change: impl FnOnce(&mut (Option<Ended>, bool, Vec<Waker>))) {
        let mut fate = self.0.lock().unwrap();
        change(&mut fate);
        let waiters = std::mem::take(&mut fate.2);
        drop(fate);
        waiters.into_iter().for_each(Waker::wake);
    }

    fn take_end(&self) -> Option<Ended> {
        self.0.lock().unwrap().0.take()
    }

    fn is_stopped(&self) -> bool {
        self.0.lock().unwrap().1
    }

    /// Registers the waker before the state is read.
    fn listen(&self, context: &Context<'_>) {
        self.0.lock().unwrap().2.push(context.waker().clone());
    }
}

/// A job as its parent knows it.
struct Child {
    channel: Arc<Channel>,
    fate: Arc<Fate>,
    thread: Option<JoinHandle<()>>,
}

/// Something that sends: of this job, or of a job of it, whose items it passes on.
struct Sender {
    items: VecDeque<Item>,
    /// Whose items these are.
    child: Option<usize>,
    is_waiting: bool,
}

struct Instance {
    items: Arc<Items>,
    bell: Arc<Bell>,
    /// Where its items go; main has them for itself.
    outgoing: Option<(u32, Arc<Channel>, Arc<Fate>)>,
    senders: Vec<Sender>,
    children: Vec<Child>,
    /// How many items each sender has sent. Main: has got.
    sent: Vec<(usize, usize)>,
    /// Of main: what it has not let go of, by child.
    held: Vec<u32>,
    /// Whether its parent has dropped it: what it would have passed on is dropped, too.
    is_unwanted: bool,
}

/// Numbers senders, so that each item is known.
struct Names(AtomicUsize);

impl Instance {
    /// With jobs down to this depth, and, unless it is main, with senders of its own.
    fn new(
        depth: usize,
        scarce: &Arc<Scarce>,
        names: &Arc<Names>,
        to: Option<(u32, Arc<Channel>, Arc<Fate>)>,
    ) -> Self {
        let items = Arc::<Items>::default();
        let mut senders = Vec::new();
        if let Some((_, channel, _)) = &to {
            items.begin(channel);
            senders.extend((0..random(1, 4)).map(|_| {
                let sender = names.0.fetch_add(1, Ordering::SeqCst);
                let items = (0..random(0, 4)).map(|nth| Item { sender, nth, weight: random(0, 5) });
                Sender { items: items.collect(), child: None, is_waiting: false }
            }));
        }
        let mut instance = Self {
            items,
            bell: Arc::default(),
            outgoing: to,
            senders,
            children: Vec::new(),
            sent: Vec::new(),
            held: Vec::new(),
            is_unwanted: false,
        };
        let children = if depth == 0 { 0 } else { random(1, 3) };
        (0..children).for_each(|_| instance.start(depth - 1, scarce, names));
        instance
    }

    fn start(&mut self, depth: usize, scarce: &Arc<Scarce>, names: &Arc<Names>) {
        let number = self.children.len();
        let channel = self.items.channel(scarce, random(1, 4) as u32);
        let fate = Arc::<Fate>::default();
        let to = Some((number as u32, Arc::clone(&channel), Arc::clone(&fate)));
        let (scarce, names) = (Arc::clone(scarce), Arc::clone(names));
        let thread = Some(thread::spawn(move || Self::new(depth, &scarce, &names, to).run()));
        self.children.push(Child { channel, fate, thread });
        self.held.push(0);
        self.senders.push(Sender { items: VecDeque::new(), child: Some(number), is_waiting: false });
    }

    /// Until all is sent and all jobs have ended, or until it is stopped.
    fn run(mut self) {
        while !self.is_stopped() && !self.is_done() {
            let has_more = self.send();
            if self.outgoing.is_none() {
                self.let_go(!has_more);
            }
            if !has_more && !self.is_done() {
                self.wait();
            }
            self.collect();
        }
        self.end();
    }

    fn is_stopped(&self) -> bool {
        self.outgoing.as_ref().is_some_and(|(_, _, fate)| fate.is_stopped())
    }

    fn is_done(&self) -> bool {
        self.senders.iter().all(|sender| sender.items.is_empty())
            && self.children.iter().all(|child| child.thread.is_none())
    }

    /// Tries some senders. Returns whether there are others to try.
    fn send(&mut self) -> bool {
        let mut has_more = false;
        for index in 0..self.senders.len() {
            if self.senders[index].is_waiting || self.senders[index].items.is_empty() {
                continue;
            }
            if flip() {
                // It computes, or sleeps.
                has_more = true;
                continue;
            }
            self.send_of(index);
            // A future that waits may be dropped; what it would have sent is not sent.
            let sender = &mut self.senders[index];
            if sender.is_waiting && sender.child.is_none() && random(0, 6) == 0 {
                sender.items.clear();
            }
        }
        has_more
    }

    fn send_of(&mut self, index: usize) {
        let sender = &mut self.senders[index];
        while let Some(item) = sender.items.front().cloned() {
            let (name, nth) = (item.sender, item.nth);
            let sent = match &self.outgoing {
                Some((number, channel, _)) => channel.send(*number, item.weight, || item),
                None => Sent::Arrived,
            };
            match sent {
                Sent::Arrived => {}
                Sent::NoRoom => return sender.is_waiting = true,
                Sent::NoMemory(never) => match never {},
                Sent::Unwanted => {
                    self.is_unwanted = true;
                    return sender.items.clear();
                }
            }
            sender.items.pop_front();
            match (sender.child, &self.outgoing) {
                (Some(child), Some(_)) => self.children[child].channel.more(1),
                (Some(child), None) => self.held[child] += 1,
                (None, _) => {}
            }
            let counted = self.sent.iter_mut().find(|(sender, _)| *sender == name);
            match counted {
                Some((_, count)) => {
                    assert_eq!(*count, nth, "an item is lost, doubled or in front of another");
                    *count += 1;
                }
                None => {
                    assert_eq!(nth, 0, "the first item is lost");
                    self.sent.push((name, 1));
                }
            }
        }
    }

    /// Main lets go of what it has, sooner or later.
    fn let_go(&mut self, of_all: bool) {
        for (child, held) in self.children.iter().zip(&mut self.held) {
            if *held > 0 && (of_all || flip()) {
                child.channel.more(std::mem::take(held));
            }
        }
    }

    /// Sleeps until there is something to take, room that a sender waits for, the end of a job, or a stop.
    fn wait(&self) {
        let waker = Waker::from(Arc::clone(&self.bell));
        let context = Context::from_waker(&waker);
        self.children
            .iter()
            .filter(|child| child.thread.is_some())
            .for_each(|child| child.fate.listen(&context));
        self.outgoing.iter().for_each(|(_, _, fate)| fate.listen(&context));
        let has_ended = |child: &Child| child.thread.is_some() && child.fate.0.lock().unwrap().0.is_some();
        if self.is_stopped() || self.children.iter().any(has_ended) {
            return;
        }
        if self.items.poll_ready(&context) == Poll::Pending {
            self.bell.wait();
        }
    }

    /// Takes what has arrived. Ends come first, because what an ended job sent is there by then.
    fn collect(&mut self) {
        let ended: Vec<_> = self.children.iter().map(|child| child.fate.take_end()).collect();
        for (number, item) in self.items.take() {
            self.senders.iter_mut().filter(|sender| sender.child == Some(number as usize)).for_each(
                |sender| {
                    sender.items.push_back(item.clone());
                },
            );
        }
        let waits = self.senders.iter().any(|sender| sender.is_waiting);
        if waits && self.items.may_send() {
            self.senders.iter_mut().for_each(|sender| sender.is_waiting = false);
        }
        for (number, sent) in ended.into_iter().enumerate() {
            let Some(sent) = sent else {
                if self.children[number].thread.is_some() && random(0, 40) == 0 {
                    self.drop_child(number);
                }
                continue;
            };
            if self.children[number].thread.is_none() {
                // It was dropped before it ended.
                continue;
            }
            self.children[number].thread.take().unwrap().join().unwrap();
            // What each sender below has sent is on its way from here, or is here.
            for (name, count) in sent {
                let of_it = |item: &&Item| item.sender == name;
                let here = self.senders[self.sender_of(number)].items.iter().filter(of_it).count();
                let passed =
                    self.sent.iter().find(|(sender, _)| *sender == name).map_or(0, |&(_, count)| count);
                assert!(
                    here + passed == count || self.is_unwanted,
                    "of {count} items of a job that has ended there are {here} here, and {passed} passed on"
                );
            }
        }
    }

    fn sender_of(&self, child: usize) -> usize {
        self.senders.iter().position(|sender| sender.child == Some(child)).unwrap()
    }

    /// Forgets a job, and all that it has sent.
    fn drop_child(&mut self, number: usize) {
        let index = self.sender_of(number);
        self.senders[index].items.clear();
        let child = &mut self.children[number];
        child.fate.stop();
        self.items.forget(&child.channel);
        child.thread.take().unwrap().join().unwrap();
    }

    fn end(mut self) {
        for number in 0..self.children.len() {
            if self.children[number].thread.is_some() {
                self.drop_child(number);
            }
        }
        self.items.clear();
        if let Some((_, _, fate)) = &self.outgoing {
            fate.end(std::mem::take(&mut self.sent));
        }
    }
}

/// One run from its start to its end.
fn run() {
    let scarce = Arc::new(Scarce { limit: random(1, 8), used: AtomicUsize::new(0) });
    Instance::new(2, &scarce, &Arc::new(Names(AtomicUsize::new(0))), None).run();
    assert_eq!(scarce.used.load(Ordering::SeqCst), 0, "what no item weighs still counts");
}

#[test]
fn all_items_arrive_in_any_order_of_threads() {
    in_any_order(7, 20_000, run);
}

#[test]
fn all_items_arrive_in_unfair_orders_too() {
    in_unfair_orders(11, 10_000, run);
}
