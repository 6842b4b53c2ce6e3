//! `unzip` and `partition`: two collections.

use std::marker::PhantomData;
use std::ops::ControlFlow;
use std::panic::Location;

use super::super::adapter::adapter;
use super::super::closure::{Captureless, captures_nothing};
use super::super::end::End;
use super::super::for_all::ForAll;
use super::super::kind::Returned;
use super::super::op::Op;
use super::super::par::Par;
use super::super::plan::Cut;
use super::super::source::{ItemOf, Source};
use super::collect::OwnedOf;
use crate::Message;

/// Adds two collections of one type each to two others.
struct Unzip<C>(PhantomData<fn() -> C>);

adapter! {
    Partition<F, C>(function: F)
}

impl<C> Copy for Unzip<C> {}

impl<C> Clone for Unzip<C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Par<S> {
    /// Collects the two halves of items that are pairs.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let pairs = (0..3_u32).into_par_iter().map(|n| (n, n * n));
    ///     let (numbers, squares): (Vec<u32>, Vec<u32>) = pairs.unzip().await;
    ///     assert_eq!((numbers, squares), (vec![0, 1, 2], vec![0, 1, 4]));
    /// });
    /// ```
    #[track_caller]
    pub fn unzip<'a, A, B, L, R>(self) -> ForAll<'a, (L, R)>
    where
        S: Source<Kind: Returned<Owned = (A, B)>> + 'a,
        A: Message,
        B: Message,
        L: Default + Extend<A> + 'static,
        R: Default + Extend<B> + 'static,
    {
        self.end(Unzip::<(L, R)>(PhantomData), Cut::Anywhere, Location::caller())
    }

    /// Collects the items for which a function returns `true`, and the others.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let (even, odd): (Vec<u32>, Vec<u32>) = (0..5_u32).into_par_iter().partition(|n| n % 2 == 0).await;
    ///     assert_eq!((even, odd), (vec![0, 2, 4], vec![1, 3]));
    /// });
    /// ```
    #[track_caller]
    pub fn partition<'a, F, L, R>(self, function: F) -> ForAll<'a, (L, R)>
    where
        S: Source<Kind: Returned> + 'a,
        F: for<'x, 'y> Fn(S::Arg<'x, &'y ItemOf<'x, S>>) -> bool + Captureless,
        L: Default + Extend<OwnedOf<S>> + 'static,
        R: Default + Extend<OwnedOf<S>> + 'static,
    {
        const { captures_nothing::<F>() };
        self.end(Partition::<F, (L, R)>::new(function), Cut::Anywhere, Location::caller())
    }
}

impl<S, A, B, C> Op<S> for Unzip<C>
where
    S: Source<Kind: Returned<Owned = (A, B)>>,
    A: Message,
    B: Message,
    C: 'static,
{
    type Output = (Vec<A>, Vec<B>);
    type Named = S::Named;

    async fn run<'x>(self, _: S::Env<'x>, items: impl Iterator<Item = ItemOf<'x, S>>) -> (Vec<A>, Vec<B>) {
        items.map(S::Kind::owned).unzip()
    }
}

impl<S, A, B, L, R> End<S> for Unzip<(L, R)>
where
    S: Source<Kind: Returned<Owned = (A, B)>>,
    A: Message,
    B: Message,
    L: Default + Extend<A> + 'static,
    R: Default + Extend<B> + 'static,
{
    type Sum = (L, R);
    type Total = (L, R);

    async fn add(self, sum: &mut (L, R), (left, right): (Vec<A>, Vec<B>)) -> ControlFlow<()> {
        sum.0.extend(left);
        sum.1.extend(right);
        ControlFlow::Continue(())
    }

    async fn finish(self, sum: (L, R)) -> (L, R) {
        sum
    }
}

impl<S, F, C> Op<S> for Partition<F, C>
where
    S: Source<Kind: Returned>,
    F: for<'x, 'y> Fn(S::Arg<'x, &'y ItemOf<'x, S>>) -> bool + Captureless,
    C: 'static,
{
    type Output = (Vec<OwnedOf<S>>, Vec<OwnedOf<S>>);
    type Named = F;

    async fn run<'x>(self, env: S::Env<'x>, items: impl Iterator<Item = ItemOf<'x, S>>) -> Self::Output {
        let (mut left, mut right) = (Vec::new(), Vec::new());
        for item in items {
            let side = if self.0(S::arg(env, &item)) { &mut left } else { &mut right };
            side.push(S::Kind::owned(item));
        }
        (left, right)
    }
}

impl<S, F, L, R> End<S> for Partition<F, (L, R)>
where
    S: Source<Kind: Returned>,
    F: for<'x, 'y> Fn(S::Arg<'x, &'y ItemOf<'x, S>>) -> bool + Captureless,
    L: Default + Extend<OwnedOf<S>> + 'static,
    R: Default + Extend<OwnedOf<S>> + 'static,
{
    type Sum = (L, R);
    type Total = (L, R);

    async fn add(self, sum: &mut (L, R), (left, right): Self::Output) -> ControlFlow<()> {
        sum.0.extend(left);
        sum.1.extend(right);
        ControlFlow::Continue(())
    }

    async fn finish(self, sum: (L, R)) -> (L, R) {
        sum
    }
}
