//! `for_each` and `try_for_each`.

use std::ops::ControlFlow;
use std::panic::Location;

use super::super::adapter::adapter;
use super::super::attempt::Attempt;
use super::super::closure::{Captureless, captures_nothing};
use super::super::end::End;
use super::super::for_all::ForAll;
use super::super::op::Op;
use super::super::par::Par;
use super::super::plan::Cut;
use super::super::source::{ArgOf, ItemOf, Source};
use crate::Message;

adapter! {
    ForEach<F>(function: F)
}
adapter! {
    TryForEach<F, T>(function: F)
}

impl<S> Par<S> {
    /// Calls a function with every item. What it changes through a mutable borrow is changed when the job
    /// completes.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let mut words = ["a".to_string(), "b".to_string()];
    ///     words.par_iter_mut().for_each(|word| word.push('!')).await;
    ///     assert_eq!(words, ["a!", "b!"]);
    /// });
    /// ```
    #[track_caller]
    pub fn for_each<'a, F>(self, function: F) -> ForAll<'a, ()>
    where
        S: Source + 'a,
        F: for<'x> Fn(ArgOf<'x, S>) + Captureless,
    {
        const { captures_nothing::<F>() };
        self.end(ForEach::new(function), Cut::Anywhere, Location::caller())
    }

    /// Is like [`for_each`](Self::for_each), but the function also gets a value that is made once for each job.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let mut words = ["ba", "dca"].map(String::from);
    ///     let sort = |letters: &mut Vec<char>, word: &mut String| {
    ///         letters.extend(word.chars());
    ///         letters.sort();
    ///         *word = letters.drain(..).collect();
    ///     };
    ///     words.par_iter_mut().for_each_init(Vec::new, sort).await;
    ///     assert_eq!(words, ["ab", "acd"]);
    /// });
    /// ```
    #[track_caller]
    pub fn for_each_init<'a, I, F, T>(self, init: I, function: F) -> ForAll<'a, ()>
    where
        S: Source + 'a,
        I: Fn() -> T + Captureless,
        F: for<'x, 'y> Fn(&'y mut T, ArgOf<'x, S>) + Captureless,
        T: 'static,
    {
        const { captures_nothing::<(I, F)>() };
        self.map_init(init, function).end(Exhaust, Cut::Anywhere, Location::caller())
    }

    /// Is like [`for_each`](Self::for_each), but the function also gets a clone of a value, which is one for each
    /// job; see [`map_with`](Self::map_with).
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let (mut numbers, step) = ([1, 2, 3], 10);
    ///     numbers.par_iter_mut().for_each_with(step, |step, n| *n += *step).await;
    ///     assert_eq!(numbers, [11, 12, 13]);
    /// });
    /// ```
    #[track_caller]
    pub fn for_each_with<'a, F, T>(self, value: T, function: F) -> ForAll<'a, ()>
    where
        S: Source + 'a,
        F: for<'x, 'y> Fn(&'y mut T, ArgOf<'x, S>) + Captureless,
        T: Message + Clone,
    {
        const { captures_nothing::<F>() };
        self.map_with(value, function).end(Exhaust, Cut::Anywhere, Location::caller())
    }

    /// Calls a function with every item, and returns its first `Err` or `None`.
    ///
    /// # Errors
    ///
    /// The error of the first item, in their order, that has one. Jobs with later items are cancelled, or never
    /// start.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let check = |n: u32| if n < 7 { Ok(()) } else { Err(n) };
    ///     assert_eq!((0..7_u32).into_par_iter().try_for_each(check).await, Ok(()));
    ///     assert_eq!((0..70_u32).into_par_iter().try_for_each(check).await, Err(7));
    /// });
    /// ```
    #[track_caller]
    pub fn try_for_each<'a, F, T>(self, function: F) -> ForAll<'a, T>
    where
        S: Source + 'a,
        F: for<'x> Fn(ArgOf<'x, S>) -> T + Captureless,
        T: Attempt<Output = ()> + Message,
    {
        const { captures_nothing::<F>() };
        self.end(TryForEach::new(function), Cut::Anywhere, Location::caller())
    }
}

/// The end of chains that have done everything already.
#[derive(Clone, Copy)]
struct Exhaust;

impl<S: Source> Op<S> for Exhaust {
    type Output = ();
    type Named = S::Named;

    async fn run<'x>(self, _: S::Env<'x>, items: impl Iterator<Item = ItemOf<'x, S>>) {
        items.for_each(drop);
    }
}

impl<S: Source> End<S> for Exhaust {
    type Sum = ();
    type Total = ();

    const IS_ORDERED: bool = false;

    async fn add(self, (): &mut (), (): ()) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    async fn finish(self, (): ()) {}
}

impl<S, F> Op<S> for ForEach<F>
where
    S: Source,
    F: for<'x> Fn(ArgOf<'x, S>) + Captureless,
{
    type Output = ();
    type Named = F;

    async fn run<'x>(self, env: S::Env<'x>, items: impl Iterator<Item = ItemOf<'x, S>>) {
        items.for_each(|item| self.0(S::arg(env, item)));
    }
}

impl<S, F> End<S> for ForEach<F>
where
    S: Source,
    F: for<'x> Fn(ArgOf<'x, S>) + Captureless,
{
    type Sum = ();
    type Total = ();

    const IS_ORDERED: bool = false;

    async fn add(self, (): &mut (), (): ()) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    async fn finish(self, (): ()) {}
}

impl<S, F, T> Op<S> for TryForEach<F, T>
where
    S: Source,
    F: for<'x> Fn(ArgOf<'x, S>) -> T + Captureless,
    T: Attempt<Output = ()> + Message,
{
    type Output = T;
    type Named = F;

    async fn run<'x>(self, env: S::Env<'x>, mut items: impl Iterator<Item = ItemOf<'x, S>>) -> T {
        items.try_for_each(|item| self.0(S::arg(env, item)).branch()).map_or_else(|end| end, T::of)
    }

    fn is_last(output: &T) -> bool {
        output.is_end()
    }
}

impl<S, F, T> End<S> for TryForEach<F, T>
where
    S: Source,
    F: for<'x> Fn(ArgOf<'x, S>) -> T + Captureless,
    T: Attempt<Output = ()> + Message,
{
    type Sum = Option<T>;
    type Total = T;

    async fn add(self, end: &mut Option<T>, output: T) -> ControlFlow<()> {
        *end = output.branch().err();
        if end.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    async fn finish(self, end: Option<T>) -> T {
        end.unwrap_or_else(|| T::of(()))
    }
}
