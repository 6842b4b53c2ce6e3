//! A clock that advances whenever something waits for it, however much or little happens in between.
//!
//! So a time limit can expire at any moment, decided by the interleaving like everything else.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use shuttle::sync::{Condvar, Mutex};

use crate::World;

#[derive(Default)]
pub(crate) struct Clock {
    time: Mutex<Time>,
    is_wanted: Condvar,
}

#[derive(Default)]
struct Time {
    now: u32,
    waiting: Vec<(u32, Waker)>,
    is_over: bool,
}

impl Clock {
    pub(crate) fn now(&self) -> u32 {
        self.time.lock().unwrap().now
    }

    /// The thread of the clock.
    pub(crate) fn run(&self) {
        let mut time = self.time.lock().unwrap();
        while !time.is_over {
            let Some(next) = time.waiting.iter().map(|&(moment, _)| moment).min() else {
                time = self.is_wanted.wait(time).unwrap();
                continue;
            };
            time.now = time.now.max(next);
            let now = time.now;
            let due: Vec<_> = time.waiting.extract_if(.., |&mut (moment, _)| moment <= now).collect();
            drop(time);
            due.into_iter().for_each(|(_, waker)| waker.wake());
            time = self.time.lock().unwrap();
        }
    }

    pub(crate) fn end(&self) {
        self.time.lock().unwrap().is_over = true;
        self.is_wanted.notify_one();
    }
}

/// Ready at this moment.
pub(crate) fn sleep_until(world: &Arc<World>, moment: u32) -> Sleep {
    Sleep { world: Arc::clone(world), moment, waker: None }
}

pub(crate) struct Sleep {
    world: Arc<World>,
    moment: u32,
    /// The waiter. The first poll of a guest has the waker of its core, the next one its own.
    waker: Option<Waker>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let world = Arc::clone(&self.world);
        let mut time = world.clock.time.lock().unwrap();
        if time.now >= self.moment {
            return Poll::Ready(());
        }
        if !self.waker.as_ref().is_some_and(|waker| waker.will_wake(context.waker())) {
            self.waker = Some(context.waker().clone());
            time.waiting.push((self.moment, context.waker().clone()));
            drop(time);
            world.clock.is_wanted.notify_one();
        }
        Poll::Pending
    }
}
