//! The jobs of one parallel iterator: how many are in flight, which items the next one gets, and the order in
//! which results are returned.

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use super::grain::{Grain, fixed_items};
use super::op::{Op, PieceFn, Several, Single, Timed};
use super::plan::{Cut, Failed, Plan};
use super::reduction::aligned;
use super::source::Source;
use crate::job::{Catch, ParallelFuture};
use crate::reactor::Reactor;
use crate::remote::{Entry, JobFn, Transfer};
use crate::{Failure, cores};

/// How many jobs are in flight for each core, by default.
const JOBS_PER_CORE: usize = 4;

/// Makes jobs of items. The types of the source and of the function are not part of [`Pieces`].
pub(super) trait Supply<'a, T> {
    /// Returns the next job, of at most `most` items, and how many it has.
    fn poll_job(&mut self, most: usize, context: &mut Context<'_>) -> Poll<Option<(Running<'a, T>, usize)>>;

    /// Returns the same work as a future of this instance.
    fn poll_local(&mut self, most: usize, context: &mut Context<'_>)
    -> Poll<Option<(Running<'a, T>, usize)>>;

    fn left(&self) -> Option<usize>;

    fn bytes_of_item(&self) -> usize;

    /// Returns whether a piece has as many items as it may have.
    fn is_filled(&self) -> bool;

    /// Returns whether a job has one result for each of its items.
    fn is_exact(&self) -> bool;

    /// Returns whether this result makes all later items unnecessary.
    fn is_last(&self, result: &T) -> bool;

    /// Returns the entry of the jobs of several items.
    fn entry(&self) -> &'static Entry;
}

/// The processing of one piece.
pub(super) enum Running<'a, T> {
    Remote(Catch<'a, Timed<T>>),
    Local(Pin<Box<dyn Future<Output = Timed<T>> + 'a>>),
    /// A job whose failure is a result.
    Caught(Pin<Box<dyn Future<Output = Timed<T>> + 'a>>),
}

struct InFlight<'a, T> {
    /// The number of its first item.
    start: u64,
    items: usize,
    began: Instant,
    running: Running<'a, T>,
}

thread_local! {
    /// What has been measured of each function, by the number of its entry.
    static GRAINS: RefCell<BTreeMap<u32, Grain>> = const { RefCell::new(BTreeMap::new()) };
}

/// All jobs of one parallel iterator.
pub(super) struct Pieces<'a, T> {
    supply: Box<dyn Supply<'a, T> + 'a>,
    plan: Plan,
    called_at: &'static Location<'static>,
    grain: Grain,
    cores: usize,
    /// The number of all items, if it was known at the start.
    total: Option<usize>,
    /// The number of the next item to send, until there is none.
    next: Option<u64>,
    in_flight: Vec<InFlight<'a, T>>,
    /// Outcomes that wait for their turn, by the number of the first item, each with its number of items.
    done: BTreeMap<u64, (usize, Result<T, Failure>)>,
    /// The number of the first item of the next result.
    out: u64,
    /// Whether a piece was processed here and the reactor has had no turn since.
    has_helped: bool,
}

impl<'a, T> Pieces<'a, T> {
    pub(super) fn new<S, O>(source: S, op: O, mut plan: Plan, called_at: &'static Location<'static>) -> Self
    where
        S: Source + 'a,
        O: Op<S, Output = T>,
        T: 'a,
    {
        if S::HAS_FOLD || (plan.cut == Cut::Aligned && !S::IS_EXACT) {
            plan.cut = Cut::Fixed;
        }
        let total = source.left();
        let supply = Box::new(Jobs { source, op, plan, called_at });
        let number = Supply::<T>::entry(&*supply).number();
        let grain = GRAINS.with_borrow(|grains| grains.get(&number).copied());
        Self {
            supply,
            plan,
            called_at,
            grain: grain.unwrap_or(Grain::unknown()),
            cores: cores().max(1),
            total,
            next: Some(0),
            in_flight: Vec::new(),
            done: BTreeMap::new(),
            out: 0,
            has_helped: false,
        }
    }

    /// Returns the name of the function.
    pub(super) fn name(&self) -> Cow<'static, str> {
        self.plan.name.map_or_else(|| self.supply.entry().name_at(self.called_at), Cow::Borrowed)
    }

    /// Replaces what makes the jobs, before there are any.
    pub(super) fn with_supply<U>(
        self,
        of: impl FnOnce(Box<dyn Supply<'a, T> + 'a>) -> Box<dyn Supply<'a, U> + 'a>,
    ) -> Pieces<'a, U> {
        let Self { supply, plan, called_at, grain, cores, total, next, out, has_helped, .. } = self;
        let (in_flight, done) = (Vec::new(), BTreeMap::new());
        let supply = of(supply);
        Pieces { supply, plan, called_at, grain, cores, total, next, in_flight, done, out, has_helped }
    }

    /// Returns the next result, in the order of the items or of completion.
    pub(super) async fn next(&mut self, ordered: bool) -> Result<Option<T>, Failed> {
        let outcome = poll_fn(|context| match ordered {
            true => self.poll_next(context),
            false => self.poll_next_unordered(context),
        });
        outcome.await.map_err(|failure| Failed { job: self.name(), failure })
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

    /// Starts and collects jobs. Returns `true` if there are more outcomes, and `false` if none will come.
    fn poll_progress(&mut self, context: &mut Context<'_>) -> Poll<bool> {
        loop {
            self.start(context);
            if self.collect(context) {
                return Poll::Ready(true);
            }
            if self.in_flight.is_empty() && self.next.is_none() {
                return Poll::Ready(false);
            }
            if self.has_helped {
                // A future that wakes itself gets a look at the reactor only now and then, and other cores would have
                // nothing to do until then.
                self.has_helped = false;
                Reactor::look();
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            if !self.help(context) {
                return Poll::Pending;
            }
        }
    }

    /// Takes a piece for this instance, while other cores have enough to do, if processing it takes not much longer
    /// than sending it: the items are here already. So the sum of a slice is not slower than in a loop.
    fn help(&mut self, context: &mut Context<'_>) -> bool {
        let Some(start) = self.next else { return false };
        if !self.is_cheap() || self.in_flight.len() < self.limit() || self.done.len() >= self.most_done() {
            return false;
        }
        let (most, _) = self.next_items(start);
        let Poll::Ready(piece) = self.supply.poll_local(most, context) else { return false };
        self.add(start, piece);
        self.has_helped = true;
        true
    }

    /// Takes as many items from the source as jobs may be in flight. Each job starts when it is polled.
    fn start(&mut self, context: &mut Context<'_>) {
        while let Some(start) = self.next
            && self.in_flight.len() < self.limit()
            && self.done.len() < self.most_done()
        {
            let (most, local) = self.next_items(start);
            let supply = &mut self.supply;
            let job = if local { supply.poll_local(most, context) } else { supply.poll_job(most, context) };
            match job {
                Poll::Pending => break,
                Poll::Ready(piece) => self.add(start, piece),
            }
        }
    }

    /// Adds a piece that begins with the item of this number; `None` if there are no more items.
    fn add(&mut self, start: u64, piece: Option<(Running<'a, T>, usize)>) {
        self.next = piece.map(|(running, items)| {
            self.in_flight.push(InFlight { start, items, began: Instant::now(), running });
            start + items as u64
        });
    }

    /// Returns how many jobs may be in flight.
    fn limit(&self) -> usize {
        // If this instance helps, that is its core's part of the work.
        let cores = if self.is_cheap() { self.cores - 1 } else { self.cores };
        self.plan.limit.unwrap_or(cores * JOBS_PER_CORE)
    }

    /// Returns how many results may wait for their turn.
    fn most_done(&self) -> usize {
        let bound = || self.plan.limit.unwrap_or(self.cores * JOBS_PER_CORE);
        if self.plan.bounded { bound() } else { usize::MAX }
    }

    /// Returns whether this instance should process some of the items.
    fn is_cheap(&self) -> bool {
        self.plan.allows_local() && self.grain.is_cheaper_than_sending(self.supply.bytes_of_item())
    }

    /// Returns how many items the next job may have, and whether it is processed in this instance.
    fn next_items(&self, start: u64) -> (usize, bool) {
        let (left, bytes) = (self.supply.left(), self.supply.bytes_of_item());
        let local = left.is_some_and(|left| self.is_for_local(left));
        let most = match self.plan.grain {
            Some(grain) => grain,
            None if local => left.unwrap_or(1),
            None => {
                let (least, most) = (self.plan.least.unwrap_or(1), self.plan.most.unwrap_or(usize::MAX));
                self.grain.next(left, self.cores, bytes).max(least).min(most)
            }
        };
        let most = match self.plan.cut {
            Cut::Anywhere => most,
            Cut::Aligned => aligned(start, most),
            Cut::Fixed if self.supply.is_filled() => fixed_items(self.total, start, bytes),
            Cut::Fixed => 1,
        };
        (most, local)
    }

    /// Returns whether the items that are left take less time than starting a job.
    fn is_for_local(&self, left: usize) -> bool {
        let none_remote = self.in_flight.iter().all(|job| matches!(job.running, Running::Local(_)));
        self.plan.allows_local() && none_remote && self.grain.is_too_small(left)
    }

    /// Collects the outcomes of jobs that have ended. Returns whether there was any.
    fn collect(&mut self, context: &mut Context<'_>) -> bool {
        let mut collected = false;
        let mut index = 0;
        while let Some(job) = self.in_flight.get_mut(index) {
            let Poll::Ready(outcome) = job.running.poll(context) else {
                index += 1;
                continue;
            };
            let InFlight { start, items, began, running } = self.in_flight.swap_remove(index);
            match (&running, &outcome) {
                (Running::Remote(_), Ok(timed)) => self.grain.measured(items, timed.took, began.elapsed()),
                (Running::Local(_), Ok(timed)) => self.grain.measured_here(items, timed.took),
                (Running::Caught(_), Ok(_)) | (_, Err(_)) => {}
            }
            let outcome = outcome.map(|timed| timed.value);
            if outcome.as_ref().map_or(true, |value| self.supply.is_last(value)) {
                // The jobs with later items are cancelled.
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
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<Timed<T>, Failure>> {
        match self {
            Self::Remote(job) => Pin::new(job).poll(context),
            Self::Local(work) | Self::Caught(work) => work.as_mut().poll(context).map(Ok),
        }
    }
}

/// Makes jobs of an operation and the items of a source.
struct Jobs<S, O> {
    source: S,
    op: O,
    plan: Plan,
    called_at: &'static Location<'static>,
}

impl<S, O> Jobs<S, O> {
    /// Makes a job with the options of the plan.
    fn job<'a, F, T>(&self, function: F, argument: F::Argument) -> Running<'a, T>
    where
        F: JobFn<Result = Timed<T>, Argument: 'a> + 'a,
    {
        let mut job = ParallelFuture::called_at(self.called_at, function, argument);
        if let Some(limit) = self.plan.timeout {
            job = job.timeout(limit);
        }
        if let Some(bytes) = self.plan.memory {
            job = job.memory(bytes);
        }
        if let Some(name) = self.plan.name {
            job = job.named(name);
        }
        Running::Remote(job.catch())
    }
}

impl<'a, S, O> Supply<'a, O::Output> for Jobs<S, O>
where
    S: Source + 'a,
    O: Op<S>,
{
    fn poll_job(
        &mut self,
        most: usize,
        context: &mut Context<'_>,
    ) -> Poll<Option<(Running<'a, O::Output>, usize)>> {
        let job = if most == 1 {
            let single = ready!(self.source.poll_single(context));
            single.map(|single| (self.job(PieceFn::<S, Single, O>::new(self.op), single), 1))
        } else {
            let piece = ready!(self.source.poll_piece(most, context));
            piece.map(|(piece, items)| (self.job(PieceFn::<S, Several, O>::new(self.op), piece), items))
        };
        Poll::Ready(job)
    }

    fn poll_local(
        &mut self,
        most: usize,
        context: &mut Context<'_>,
    ) -> Poll<Option<(Running<'a, O::Output>, usize)>> {
        let work = PieceFn::<S, Several, O>::new(self.op);
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

    fn is_filled(&self) -> bool {
        S::IS_FILLED
    }

    fn is_exact(&self) -> bool {
        S::IS_EXACT && !S::HAS_FOLD
    }

    fn is_last(&self, result: &O::Output) -> bool {
        O::is_last(result)
    }

    fn entry(&self) -> &'static Entry {
        Entry::of::<PieceFn<S, Several, O>>()
    }
}
