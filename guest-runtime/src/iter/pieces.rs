//! The jobs of one piece of work on many items: how many run, what goes into the next, and in which
//! order their results are handed out.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use super::grain::Grain;
use super::op::{Op, Several, Single, Timed};
use super::plan::{Failed, Plan};
use super::reduction::aligned;
use super::source::Source;
use crate::job::{Catch, ParallelFuture};
use crate::remote::{Entry, JobFn, Transfer};
use crate::{Failure, cores};

/// By default, so many jobs for each core are under way.
const JOBS_PER_CORE: usize = 4;

/// What makes jobs of items. The types of these are not part of the type of what they become.
trait Supply<'a, T> {
    /// The next job, of at most so many items, and how many it has.
    fn poll_job(&mut self, most: usize, context: &mut Context<'_>) -> Poll<Option<(Running<'a, T>, usize)>>;

    /// The same work, done here.
    fn poll_local(&mut self, most: usize, context: &mut Context<'_>)
    -> Poll<Option<(Running<'a, T>, usize)>>;

    fn left(&self) -> Option<usize>;

    fn bytes_of_item(&self) -> usize;

    /// Whether nothing more is to be done behind the items of this result.
    fn is_last(&self, result: &T) -> bool;

    /// The entry of the jobs of several items.
    fn entry(&self) -> &'static Entry;
}

/// The work on one piece, under way.
enum Running<'a, T> {
    Remote(Catch<'a, Timed<T>>),
    Local(Pin<Box<dyn Future<Output = Timed<T>> + 'a>>),
}

struct InFlight<'a, T> {
    /// The number of its first item.
    start: u64,
    items: usize,
    began: Instant,
    running: Running<'a, T>,
}

thread_local! {
    /// What is known of each work that this instance has given away.
    static GRAINS: RefCell<BTreeMap<u32, Grain>> = const { RefCell::new(BTreeMap::new()) };
}

/// All jobs of one piece of work.
pub(super) struct Pieces<'a, T> {
    supply: Box<dyn Supply<'a, T> + 'a>,
    plan: Plan,
    grain: Grain,
    cores: usize,
    /// The number of the next item to be sent, until there is none.
    next: Option<u64>,
    in_flight: Vec<InFlight<'a, T>>,
    /// Outcomes that wait for their turn, by the number of the first item, with the number of items.
    done: BTreeMap<u64, (usize, Result<T, Failure>)>,
    /// The number of the next item to be handed out.
    out: u64,
}

impl<'a, T> Pieces<'a, T> {
    pub(super) fn new<S, O>(source: S, op: O, plan: Plan, called_at: &'static Location<'static>) -> Self
    where
        S: Source + 'a,
        O: Op<S, Many = T>,
        T: 'a,
    {
        let supply = Box::new(Jobs { source, op, called_at });
        let number = Supply::<T>::entry(&*supply).number();
        let grain = GRAINS.with_borrow(|grains| grains.get(&number).copied());
        Self {
            supply,
            plan,
            grain: grain.unwrap_or(Grain::unknown()),
            cores: cores().max(1),
            next: Some(0),
            in_flight: Vec::new(),
            done: BTreeMap::new(),
            out: 0,
        }
    }

    /// What the work is called.
    pub(super) fn name(&self) -> &'static str {
        self.supply.entry().name()
    }

    /// The next result in the order of the items.
    pub(super) async fn next(&mut self) -> Result<Option<T>, Failed> {
        let outcome = poll_fn(|context| self.poll_next(context)).await;
        outcome.map_err(|failure| Failed { job: self.name(), failure })
    }

    /// The next result in the order in which they come.
    pub(super) async fn next_unordered(&mut self) -> Result<Option<T>, Failed> {
        let outcome = poll_fn(|context| self.poll_next_unordered(context)).await;
        outcome.map_err(|failure| Failed { job: self.name(), failure })
    }

    pub(super) fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Result<Option<T>, Failure>> {
        loop {
            if let Some((items, outcome)) = self.done.remove(&self.out) {
                self.out += items as u64;
                return Poll::Ready(outcome.map(Some));
            }
            if !ready!(self.poll_progress(context)) {
                return Poll::Ready(Ok(None));
            }
        }
    }

    pub(super) fn poll_next_unordered(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Result<Option<T>, Failure>> {
        loop {
            if let Some((_, (_, outcome))) = self.done.pop_first() {
                return Poll::Ready(outcome.map(Some));
            }
            if !ready!(self.poll_progress(context)) {
                return Poll::Ready(Ok(None));
            }
        }
    }

    /// Ready with `true` when there are more outcomes, and with `false` when there will be none.
    fn poll_progress(&mut self, context: &mut Context<'_>) -> Poll<bool> {
        self.start(context);
        if self.collect(context) {
            Poll::Ready(true)
        } else if self.in_flight.is_empty() && self.next.is_none() {
            Poll::Ready(false)
        } else {
            Poll::Pending
        }
    }

    /// Takes what there is room for from the source. It starts when it is polled.
    fn start(&mut self, context: &mut Context<'_>) {
        let limit = self.plan.limit.unwrap_or(self.cores * JOBS_PER_CORE);
        let most_done = if self.plan.bounded { limit } else { usize::MAX };
        while let Some(start) = self.next
            && self.in_flight.len() < limit
            && self.done.len() < most_done
        {
            let left = self.supply.left();
            let local = left.is_some_and(|left| self.is_for_local(left));
            let bytes = self.supply.bytes_of_item();
            let mut most = self.plan.grain.unwrap_or_else(|| self.grain.next(left, self.cores, bytes));
            if local {
                most = left.unwrap_or(most);
            }
            if self.plan.aligned {
                most = aligned(start, most);
            }
            let supply = &mut self.supply;
            let job = if local { supply.poll_local(most, context) } else { supply.poll_job(most, context) };
            match job {
                Poll::Pending => break,
                Poll::Ready(None) => self.next = None,
                Poll::Ready(Some((running, items))) => {
                    self.next = Some(start + items as u64);
                    self.in_flight.push(InFlight { start, items, began: Instant::now(), running });
                }
            }
        }
    }

    /// Whether what is left is less than it costs to give it away. Not if the program said how to.
    fn is_for_local(&self, left: usize) -> bool {
        let free = !self.plan.caught && self.plan.grain.is_none() && self.plan.limit.is_none();
        let alone = self.in_flight.iter().all(|job| matches!(job.running, Running::Local(_)));
        free && alone && self.grain.is_too_small(left)
    }

    /// Takes what has ended. Whether there was any.
    fn collect(&mut self, context: &mut Context<'_>) -> bool {
        let mut collected = false;
        let mut index = 0;
        while let Some(job) = self.in_flight.get_mut(index) {
            let Poll::Ready(outcome) = job.running.poll(context) else {
                index += 1;
                continue;
            };
            let InFlight { start, items, began, running } = self.in_flight.swap_remove(index);
            if let (Running::Remote(_), Ok(timed)) = (&running, &outcome) {
                self.grain.measured(items, timed.took, began.elapsed());
            }
            let outcome = outcome.map(|timed| timed.value);
            if outcome.as_ref().map_or(true, |value| self.supply.is_last(value)) {
                // What is behind it is of no use any more.
                self.next = None;
                self.in_flight.retain(|job| job.start < start);
                index = 0;
            }
            self.done.insert(start, (items, outcome));
            collected = true;
        }
        if collected {
            let number = self.supply.entry().number();
            GRAINS.with_borrow_mut(|grains| grains.insert(number, self.grain));
        }
        collected
    }
}

impl<T> Running<'_, T> {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<Timed<T>, Failure>> {
        match self {
            Self::Remote(job) => Pin::new(job).poll(context),
            Self::Local(work) => work.as_mut().poll(context).map(Ok),
        }
    }
}

/// The jobs of some work on the items of a source.
struct Jobs<S, O> {
    source: S,
    op: O,
    called_at: &'static Location<'static>,
}

impl<'a, S, O> Supply<'a, O::Many> for Jobs<S, O>
where
    S: Source + 'a,
    O: Op<S>,
{
    fn poll_job(
        &mut self,
        most: usize,
        context: &mut Context<'_>,
    ) -> Poll<Option<(Running<'a, O::Many>, usize)>> {
        let (called_at, op) = (self.called_at, self.op);
        let job = if most == 1 {
            let single = ready!(self.source.poll_single(context));
            single.map(|single| (ParallelFuture::called_at(called_at, Single::<S, O>::new(op), single), 1))
        } else {
            let piece = ready!(self.source.poll_piece(most, context));
            piece.map(|(piece, items)| {
                (ParallelFuture::called_at(called_at, Several::<S, O>::new(op), piece), items)
            })
        };
        Poll::Ready(job.map(|(job, items)| (Running::Remote(job.catch()), items)))
    }

    fn poll_local(
        &mut self,
        most: usize,
        context: &mut Context<'_>,
    ) -> Poll<Option<(Running<'a, O::Many>, usize)>> {
        let work = Several::<S, O>::new(self.op);
        let piece = ready!(self.source.poll_piece(most, context));
        Poll::Ready(piece.map(|(piece, items)| {
            let work = async move { work.run(piece.into_local()).await };
            (Running::Local(Box::pin(work)), items)
        }))
    }

    fn left(&self) -> Option<usize> {
        self.source.left()
    }

    fn bytes_of_item(&self) -> usize {
        self.source.bytes_of_item()
    }

    fn is_last(&self, result: &O::Many) -> bool {
        O::is_last(result)
    }

    fn entry(&self) -> &'static Entry {
        Entry::of::<Several<S, O>>()
    }
}
