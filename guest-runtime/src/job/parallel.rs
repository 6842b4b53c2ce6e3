//! The two traits with `.par()`.

use std::future::Future;

use super::future::ParallelFuture;
use crate::remote::{Argument, CapturesNothing, Message, Moved, Nullary, Unary, Value, captures_nothing};

/// A call of a [`#[parallel]`](macro@crate::parallel) function: a future that can run in another instance.
///
/// Awaited directly, it runs in the caller's instance, like the call of any `async fn`.
/// [`par`](Parallel::par) makes a future of it that runs in another.
///
/// # Examples
///
/// ```
/// use guest_runtime::prelude::*;
///
/// #[guest_runtime::parallel]
/// async fn double(n: u64) -> u64 {
///     n * 2
/// }
///
/// guest_runtime::block_on(async {
///     assert_eq!(double(4).await, 8);
///     assert_eq!(double(4).par().await, 8);
/// });
/// ```
#[must_use = "a call does nothing until it is awaited, or made parallel and awaited"]
pub trait Parallel: Future {
    /// Returns a future that runs this call in another instance of this app, on the first core that is free.
    ///
    /// Nothing is sent until the future is first polled.
    ///
    /// The future holds what the call has borrowed. A mutable borrow has its new value when the future is
    /// ready; if the job fails or the future is dropped before, it keeps the old one.
    fn par<'a>(self) -> ParallelFuture<'a, Self::Output>
    where
        Self: Sized + 'a;
}

/// A function or a closure that captures nothing, which can run in another instance without an attribute.
///
/// A future that exists cannot move to another instance, but the code that makes it is there already. So the
/// parallel form of `async { 1 }` is `(async || 1).par()`, or [`par!(async { 1 })`](crate::par).
///
/// # Examples
///
/// ```
/// use guest_runtime::prelude::*;
///
/// async fn shout(text: String) -> String {
///     text.to_uppercase()
/// }
///
/// guest_runtime::block_on(async {
///     let a = (async || 1).par();
///     let b = (async |n: u64| n * 2).par_with(21);
///     let c = shout.par_with("hello".to_string());
///     assert_eq!((a, b, c).join().await, (1, 42, "HELLO".to_string()));
/// });
/// ```
///
/// A closure that captures does not compile; [`par!`](crate::par) takes a list of variables instead:
///
/// ```compile_fail,E0277
/// # use guest_runtime::prelude::*;
/// let n: u64 = 21;
/// let doubled = (async move || n * 2).par();
/// ```
pub trait ParallelFn: Copy + 'static /* a variable goes into a list: par!([name, &other] async { .. }) */ {
    /// Returns a future that calls this function without arguments in another instance of this app.
    ///
    /// Nothing is sent until the future is first polled.
    #[track_caller]
    fn par<R: Message>(self) -> ParallelFuture<'static, R>
    where
        Self: CapturesNothing<(), Output = R>,
    {
        const { captures_nothing::<Self>() };
        ParallelFuture::new(Nullary::new(self), ())
    }

    /// Returns a future that calls this function with a value in another instance of this app.
    ///
    /// Pass several values as a tuple. If they are large, a [`#[parallel]`](macro@crate::parallel) function is
    /// faster, because it copies each flat argument as it is. To lend something, use
    /// [`par_on`](Self::par_on).
    #[track_caller]
    fn par_with<A: Value, R: Message>(self, value: A) -> ParallelFuture<'static, R>
    where
        Self: CapturesNothing<(A,), Output = R>,
    {
        const { captures_nothing::<Self>() };
        ParallelFuture::new(Unary::<_, Moved<A>, _>::new(self), Moved::new(value))
    }

    /// Returns a future that calls this function in another instance of this app, and lends it a borrow, or a
    /// tuple of borrows and numbers. [`par!`](crate::par) takes borrows and all values together.
    ///
    /// A mutable borrow has its new value when the future is ready; if the job fails or the future is dropped
    /// before, it keeps the old one.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let mut numbers = vec![3_u32, 1, 4, 1];
    ///     let (left, right) = numbers.split_at_mut(2);
    ///     let sort = async |numbers: &mut [u32]| numbers.sort();
    ///     (sort.par_on(left), sort.par_on(right)).join().await;
    ///     assert_eq!(numbers, [1, 3, 1, 4]);
    ///
    ///     let mut total = 0;
    ///     let add = async |(total, numbers): (&mut u32, &[u32])| *total += numbers.iter().sum::<u32>();
    ///     add.par_on((&mut total, &numbers[..])).await;
    ///     assert_eq!(total, 9);
    /// });
    /// ```
    ///
    /// The future holds the borrow:
    ///
    /// ```compile_fail,E0502
    /// # use guest_runtime::prelude::*;
    /// # guest_runtime::block_on(async {
    /// let mut numbers = vec![3_u32, 1, 4, 1];
    /// let sorted = (async |numbers: &mut [u32]| numbers.sort()).par_on(&mut numbers[..]);
    /// assert_eq!(numbers.len(), 4);
    /// sorted.await;
    /// # });
    /// ```
    #[track_caller]
    fn par_on<'a, A: Argument + 'a, R: Message>(self, argument: A) -> ParallelFuture<'a, R>
    where
        // Makes an argument that cannot be lent the first error, because `A::Lent` is none then.
        Self: for<'x> AsyncFn(A::Lent<'x>) -> R,
        Self: for<'x> CapturesNothing<(A::Lent<'x>,), Output = R>,
    {
        const { captures_nothing::<Self>() };
        ParallelFuture::new(Unary::new(self), argument)
    }
}

#[diagnostic::do_not_recommend]
impl<F: Copy + 'static> ParallelFn for F {}
