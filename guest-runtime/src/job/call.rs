//! A call of a `#[parallel]` function, until it is decided where it runs.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::future::ParallelFuture;
use super::parallel::Parallel;
use crate::remote::{Argument, Body, Borrowed, BorrowedMut, Message};

/// Returns the borrow. The attribute calls this so that a borrow that cannot be sent is an error by itself.
pub fn lend<T: Borrowed + ?Sized>(borrow: &T) -> &T {
    borrow
}

/// Returns the mutable borrow, for the same purpose.
pub fn lend_mut<T: BorrowedMut + ?Sized>(borrow: &mut T) -> &mut T {
    borrow
}

/// Checks that a part of a type is a message, so that one that is none is an error by itself.
pub fn is_message<T: Message>() {}

/// Returns the call of a `#[parallel]` function; the attribute writes a call of this.
pub fn call<A, F, R>(function: F, argument: A) -> impl Parallel<Output = R>
where
    // First, because the compiler reports the first bound that does not hold.
    A: Argument,
    R: Message,
    F: for<'x> AsyncFn(A::Lent<'x>) -> R + Copy + 'static,
{
    async fn local<F, A, R>(function: F, argument: A) -> R
    where
        F: for<'x> AsyncFn(A::Lent<'x>) -> R,
        A: Argument,
    {
        function(argument.into_local()).await
    }
    Call { function, argument: Some(argument), local, running: None }
}

pin_project! {
    struct Call<F, A, H> {
        function: F,
        argument: Option<A>,
        // Calls the function in this instance; `running` is the future of that.
        local: fn(F, A) -> H,
        #[pin]
        running: Option<H>,
    }
}

impl<F, A, H> Future for Call<F, A, H>
where
    F: Copy,
    H: Future,
{
    type Output = H::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<H::Output> {
        let mut this = self.project();
        if let Some(argument) = this.argument.take() {
            this.running.set(Some((this.local)(*this.function, argument)));
        }
        match this.running.as_pin_mut() {
            Some(running) => running.poll(context),
            None => panic!("a call that was made parallel was polled"),
        }
    }
}

impl<F, A, H, R> Parallel for Call<F, A, H>
where
    F: for<'x> AsyncFn(A::Lent<'x>) -> R + Copy + 'static,
    A: Argument,
    R: Message,
    H: Future<Output = R>,
{
    #[track_caller]
    fn par<'a>(self) -> ParallelFuture<'a, R>
    where
        Self: 'a,
    {
        match self.argument {
            Some(argument) => ParallelFuture::new(Body::new(self.function), argument),
            None => panic!("a call that has been polled cannot be made parallel"),
        }
    }
}
