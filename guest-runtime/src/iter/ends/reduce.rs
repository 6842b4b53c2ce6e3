//! `reduce`, `reduce_with`, and `try_reduce`, whose items are results or options.

use std::ops::ControlFlow;
use std::panic::Location;

use super::super::adapter::adapter;
use super::super::attempt::Attempt;
use super::super::closure::{Captureless, captures_nothing};
use super::super::end::End;
use super::super::for_all::ForAll;
use super::super::kind::Owned;
use super::super::op::Op;
use super::super::par::Par;
use super::super::plan::Cut;
use super::super::source::{ItemOf, Source};
use super::combine::{Combine, Combined};
use crate::Message;

adapter! {
    Reduce<I, F, T>(identity: I, function: F)
}
adapter! {
    ReduceWith<F, T>(function: F)
}
adapter! {
    TryReduce<I, F, T>(identity: I, function: F)
}

impl<S> Par<S> {
    /// Combines all items, which are values, by a function; the first of each piece with `identity`.
    ///
    /// If the function is associative, the result is that of a loop. In any case it is the same on any number
    /// of cores.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let largest = [7_u32, 9, 8].par_iter().copied().reduce(|| 0, |a, b| a.max(b));
    ///     assert_eq!(largest.await, 9);
    /// });
    /// ```
    #[track_caller]
    pub fn reduce<'a, I, F, T>(self, identity: I, function: F) -> ForAll<'a, T>
    where
        S: Source<Kind = Owned<T>> + 'a,
        I: Fn() -> T + Captureless,
        F: Fn(T, T) -> T + Captureless,
        T: Message,
    {
        const { captures_nothing::<(I, F)>() };
        self.end(Combined(Reduce::new(identity, function)), Cut::Fixed, Location::caller())
    }

    /// Is like [`reduce`](Self::reduce), without an identity; `None` if there are no items.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let text = vec!["a".to_string(), "b".to_string()].into_par_iter().reduce_with(|a, b| a + &b);
    ///     assert_eq!(text.await.as_deref(), Some("ab"));
    /// });
    /// ```
    #[track_caller]
    pub fn reduce_with<'a, F, T>(self, function: F) -> ForAll<'a, Option<T>>
    where
        S: Source<Kind = Owned<T>> + 'a,
        F: Fn(T, T) -> T + Captureless,
        T: Message,
    {
        const { captures_nothing::<F>() };
        self.end(Combined(ReduceWith::new(function)), Cut::Fixed, Location::caller())
    }

    /// Combines the values of all items, which are results or options, or returns the first `Err` or `None`.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let parse = |text: &String| text.parse::<u8>().map_err(|error| error.to_string());
    ///     let add = |a: u8, b: u8| a.checked_add(b).ok_or_else(|| "too large".to_string());
    ///     let (good, bad) = (["1", "2"].map(String::from), ["200", "99"].map(String::from));
    ///     assert_eq!(good.par_iter().map(parse).try_reduce(|| 0, add).await, Ok(3));
    ///     assert_eq!(bad.par_iter().map(parse).try_reduce(|| 0, add).await, Err("too large".to_string()));
    /// });
    /// ```
    #[track_caller]
    pub fn try_reduce<'a, I, F, T>(self, identity: I, function: F) -> ForAll<'a, T>
    where
        S: Source<Kind = Owned<T>> + 'a,
        I: Fn() -> T::Output + Captureless,
        F: Fn(T::Output, T::Output) -> T + Captureless,
        T: Attempt + Message,
    {
        const { captures_nothing::<(I, F)>() };
        self.end(TryReduce::new(identity, function), Cut::Fixed, Location::caller())
    }
}

impl<S, I, F, T> Combine<S> for Reduce<I, F, T>
where
    S: Source<Kind = Owned<T>>,
    I: Fn() -> T + Captureless,
    F: Fn(T, T) -> T + Captureless,
    T: Message,
{
    type Value = T;
    type Total = T;
    type Named = F;

    fn combine<'x>(self, _: S::Env<'x>, items: impl Iterator<Item = ItemOf<'x, S>>) -> Option<T> {
        Some(items.fold(self.0(), &self.1))
    }

    fn join(self, left: T, right: T) -> T {
        self.1(left, right)
    }

    fn total(self, value: Option<T>) -> T {
        value.unwrap_or_else(&self.0)
    }
}

impl<S, F, T> Combine<S> for ReduceWith<F, T>
where
    S: Source<Kind = Owned<T>>,
    F: Fn(T, T) -> T + Captureless,
    T: Message,
{
    type Value = T;
    type Total = Option<T>;
    type Named = F;

    fn combine<'x>(self, _: S::Env<'x>, items: impl Iterator<Item = ItemOf<'x, S>>) -> Option<T> {
        items.reduce(&self.0)
    }

    fn join(self, left: T, right: T) -> T {
        self.0(left, right)
    }

    fn total(self, value: Option<T>) -> Option<T> {
        value
    }
}

impl<I, F, T> TryReduce<I, F, T>
where
    I: Fn() -> T::Output,
    F: Fn(T::Output, T::Output) -> T,
    T: Attempt,
{
    fn join(&self, left: T, right: T) -> T {
        match (left.branch(), right.branch()) {
            (Ok(left), Ok(right)) => self.1(left, right),
            (Err(end), _) | (_, Err(end)) => end,
        }
    }
}

impl<S, I, F, T> Op<S> for TryReduce<I, F, T>
where
    S: Source<Kind = Owned<T>>,
    I: Fn() -> T::Output + Captureless,
    F: Fn(T::Output, T::Output) -> T + Captureless,
    T: Attempt + Message,
{
    type Output = T;
    type Named = F;

    async fn run<'x>(self, _: S::Env<'x>, mut items: impl Iterator<Item = ItemOf<'x, S>>) -> T {
        let first = T::of(self.0());
        items
            .try_fold(first, |value, item| {
                let value = self.join(value, item);
                if value.is_end() { Err(value) } else { Ok(value) }
            })
            .unwrap_or_else(|end| end)
    }

    fn is_last(output: &T) -> bool {
        output.is_end()
    }
}

impl<S, I, F, T> End<S> for TryReduce<I, F, T>
where
    S: Source<Kind = Owned<T>>,
    I: Fn() -> T::Output + Captureless,
    F: Fn(T::Output, T::Output) -> T + Captureless,
    T: Attempt + Message,
{
    type Sum = Option<T>;
    type Total = T;

    async fn add(self, sum: &mut Option<T>, output: T) -> ControlFlow<()> {
        let value = match sum.take() {
            Some(value) => self.join(value, output),
            None => output,
        };
        let is_end = value.is_end();
        *sum = Some(value);
        if is_end { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    async fn finish(self, sum: Option<T>) -> T {
        sum.unwrap_or_else(|| T::of(self.0()))
    }
}
