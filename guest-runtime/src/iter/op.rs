//! The functions of the jobs of a parallel iterator: one for several items, one for a single item.

use std::borrow::Cow;
use std::future::Future;
use std::marker::PhantomData;
use std::time::{Duration, Instant};

use super::source::{Lent, Source};
use crate::Failure;
use crate::remote::{JobFn, Message, Transmit, captures_nothing, conjure};

/// An operation on items, as a type without size.
pub(super) trait Op<S: Source>: Copy + 'static {
    /// The result for several items.
    type Many: Message;

    /// The result for a single item, which is sent as it is.
    type One: Message;

    /// The type that jobs are named after.
    type Named;

    fn many<'x>(self, piece: Lent<'x, S::Piece>) -> impl Future<Output = Self::Many>;

    fn one<'x>(self, item: S::Item<'x>) -> impl Future<Output = Self::One>;

    /// Makes the result for several items of the result for one.
    fn widen(one: Self::One) -> Self::Many;

    /// Returns whether this result makes all later items unnecessary.
    fn is_last(many: &Self::Many) -> bool {
        let _ = many;
        false
    }
}

/// The job function for several items.
pub(super) struct Several<S, O>(pub(super) O, PhantomData<fn(S)>);

/// The job function for a single item.
pub(super) struct Single<S, O>(pub(super) O, PhantomData<fn(S)>);

macro_rules! works {
    ($($name:ident: $argument:ident, $output:ident, |$op:ident, $lent:ident| $run:expr, |$value:ident| $result:expr;)*) => {
        $(
            impl<S, O> $name<S, O> {
                pub(super) fn new(op: O) -> Self {
                    Self(op, PhantomData)
                }
            }

            impl<S, O: Copy> Copy for $name<S, O> {}

            impl<S, O: Copy> Clone for $name<S, O> {
                fn clone(&self) -> Self {
                    *self
                }
            }

            impl<S: Source, O: Op<S>> JobFn for $name<S, O> {
                type Argument = S::$argument;
                type Output = Timed<O::$output>;
                type Result = Timed<O::Many>;
                type Named = O::Named;

                async fn run<'x>(self, $lent: Lent<'x, S::$argument>) -> Self::Output {
                    let $op = self.0;
                    let began = Instant::now();
                    let value = $run.await;
                    Timed { value, took: began.elapsed() }
                }

                fn result(Timed { value: $value, took }: Self::Output) -> Self::Result {
                    Timed { value: $result, took }
                }

                fn conjure() -> Self {
                    const { captures_nothing::<O>() };
                    Self::new(conjure())
                }
            }
        )*
    };
}

works! {
    Several: Piece, Many, |op, piece| op.many(piece), |many| many;
    Single: Single, One, |op, single| op.one(S::item(single)), |one| O::widen(one);
}

/// The result of a job, and how long its function ran.
pub(super) struct Timed<T> {
    pub(super) value: T,
    pub(super) took: Duration,
}

const NANOSECONDS: usize = size_of::<u64>();

/// The time is encoded after the value, so that a flat value is still decoded as one.
impl<T: Message> Transmit for Timed<T> {
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
