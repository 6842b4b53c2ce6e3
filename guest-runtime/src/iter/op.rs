//! What the jobs of a parallel iterator do: they process a piece of the source, or a single item of it.

use std::borrow::Cow;
use std::future::Future;
use std::marker::PhantomData;
use std::time::{Duration, Instant};

use super::closure::captures_nothing;
use super::source::{ItemOf, Lent, Source};
use crate::Failure;
use crate::remote::{Argument, JobFn, Transmit, Value, conjure};

/// What a job makes of the items of its piece, as a type without size.
pub(super) trait Op<S: Source>: Copy + 'static {
    /// What a job returns.
    type Output: Value;

    /// The type that jobs are named after.
    type Named;

    fn run<'x>(
        self,
        env: S::Env<'x>,
        items: impl Iterator<Item = ItemOf<'x, S>>,
    ) -> impl Future<Output = Self::Output>;

    /// Returns whether this output makes all later items unnecessary.
    fn is_last(output: &Self::Output) -> bool {
        let _ = output;
        false
    }
}

/// What a job gets: several items, or a single one.
pub(super) trait Part<S: Source>: Copy {
    type Argument: Argument;

    fn open<'x>(argument: Lent<'x, Self::Argument>) -> (S::Env<'x>, impl Iterator<Item = ItemOf<'x, S>>);
}

#[derive(Clone, Copy)]
pub(super) struct Several;

/// A single item is sent as it is: a large flat one is not encoded.
#[derive(Clone, Copy)]
pub(super) struct Single;

impl<S: Source> Part<S> for Several {
    type Argument = S::Piece;

    fn open<'x>(piece: Lent<'x, S::Piece>) -> (S::Env<'x>, impl Iterator<Item = ItemOf<'x, S>>) {
        S::items(piece)
    }
}

impl<S: Source> Part<S> for Single {
    type Argument = S::Single;

    fn open<'x>(single: Lent<'x, S::Single>) -> (S::Env<'x>, impl Iterator<Item = ItemOf<'x, S>>) {
        S::single(single)
    }
}

/// The function of a job.
pub(super) struct PieceFn<S, P, O>(O, PhantomData<fn(S, P)>);

impl<S, P, O> PieceFn<S, P, O> {
    pub(super) fn new(op: O) -> Self {
        Self(op, PhantomData)
    }
}

impl<S, P, O: Copy> Copy for PieceFn<S, P, O> {}

impl<S, P, O: Copy> Clone for PieceFn<S, P, O> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S: Source, P: Part<S>, O: Op<S>> JobFn for PieceFn<S, P, O> {
    type Argument = P::Argument;
    type Output = Timed<O::Output>;
    type Result = Timed<O::Output>;
    type Named = O::Named;

    async fn run<'x>(self, argument: Lent<'x, P::Argument>) -> Timed<O::Output> {
        let began = Instant::now();
        let (env, items) = P::open(argument);
        let value = self.0.run(env, items).await;
        Timed { value, took: began.elapsed() }
    }

    fn result(output: Timed<O::Output>) -> Timed<O::Output> {
        output
    }

    fn conjure() -> Self {
        const { captures_nothing::<O>() };
        Self::new(conjure())
    }
}

/// The result of a job, and how long its function ran.
pub(super) struct Timed<T> {
    pub(super) value: T,
    pub(super) took: Duration,
}

const NANOSECONDS: usize = size_of::<u64>();

/// The time is encoded after the value, so that a flat value is still decoded as one.
impl<T: Transmit> Transmit for Timed<T> {
    fn encode(&self) -> Result<Cow<'_, [u8]>, Failure> {
        let mut message = self.value.encode()?.into_owned();
        message.extend_from_slice(&self.nanoseconds());
        Ok(Cow::Owned(message))
    }

    fn into_encoded(self) -> Result<Vec<u8>, Failure> {
        let nanoseconds = self.nanoseconds();
        let mut message = self.value.into_encoded()?;
        message.extend_from_slice(&nanoseconds);
        Ok(message)
    }

    fn decode(message: Cow<'_, [u8]>) -> Result<Self, Failure> {
        let Some((&nanoseconds, value)) =
            message.split_last_chunk::<NANOSECONDS>().map(|(v, n)| (n, v.len()))
        else {
            return Err(Failure::BadMessage("a job did not return how long it took".to_owned()));
        };
        let value = match message {
            Cow::Owned(mut message) => {
                message.truncate(value);
                Cow::Owned(message)
            }
            Cow::Borrowed(message) => Cow::Borrowed(&message[..value]),
        };
        let took = Duration::from_nanos(u64::from_le_bytes(nanoseconds));
        Ok(Self { value: T::decode(value)?, took })
    }
}

impl<T> Timed<T> {
    fn nanoseconds(&self) -> [u8; NANOSECONDS] {
        u64::try_from(self.took.as_nanos()).unwrap_or(u64::MAX).to_le_bytes()
    }
}
