//! A call of a `#[parallel]` function: its arguments, until it is known where it runs.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::arguments::{Arguments, Message};
use super::work::Spread;
use super::{Parallel, ParallelFuture};

/// What the call of a `#[parallel]` function returns; the attribute writes the call of this.
pub fn call<F, A, R>(function: F, arguments: A) -> impl Parallel<Output = R>
where
    F: AsyncFn(A) -> R + Copy + 'static,
    A: Arguments,
    R: Message,
{
    async fn here<F: AsyncFn(A) -> R, A, R>(function: F, arguments: A) -> R {
        function(arguments).await
    }
    Call { function, arguments: Some(arguments), here, running: None }
}

pin_project! {
    struct Call<F, A, H> {
        function: F,
        arguments: Option<A>,
        // How to run the function in this instance, and the future of doing so.
        here: fn(F, A) -> H,
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
        if let Some(arguments) = this.arguments.take() {
            this.running.set(Some((this.here)(*this.function, arguments)));
        }
        match this.running.as_pin_mut() {
            Some(running) => running.poll(context),
            None => panic!("a call that was made parallel was polled"),
        }
    }
}

impl<F, A, H, R> Parallel for Call<F, A, H>
where
    F: AsyncFn(A) -> R + Copy + 'static,
    A: Arguments,
    R: Message,
    H: Future<Output = R>,
{
    #[track_caller]
    fn par(self) -> ParallelFuture<R> {
        match self.arguments {
            Some(arguments) => ParallelFuture::new(Spread::new(self.function), arguments),
            None => panic!("a call that already runs here cannot be made parallel"),
        }
    }
}
