//! The function of a job, with the types of its argument and its result.
//!
//! A job function has size zero, so its type suffices: every instance can create a value of it.

use std::future::Future;
use std::marker::PhantomData;
use std::ptr::NonNull;

use super::argument::{Argument, Transfer, Value};
use super::message::Message;

/// A function that exists in every instance of the app, with the types of its argument and output.
pub(crate) trait JobFn: Copy {
    type Argument: Argument;
    type Output: Value;

    /// The type to which the caller converts the output.
    type Result;

    /// The type that the job is named after.
    type Named;

    fn run<'x>(self, argument: <Self::Argument as Transfer>::Lent<'x>) -> impl Future<Output = Self::Output>;

    fn result(output: Self::Output) -> Self::Result;

    /// Creates the function in the job's instance, where no value of it exists.
    fn conjure() -> Self;
}

/// A function without arguments.
pub(crate) struct Nullary<F, R>(F, PhantomData<fn() -> R>);

/// A function of one argument, which may be a tuple.
pub(crate) struct Unary<F, A, R>(F, PhantomData<fn(A) -> R>);

impl<F: AsyncFn() -> R + Copy + 'static, R: Message> JobFn for Nullary<F, R> {
    type Argument = ();
    type Output = R;
    type Result = R;
    type Named = F;

    async fn run<'x>(self, (): ()) -> R {
        (self.0)().await
    }

    fn result(output: R) -> R {
        output
    }

    fn conjure() -> Self {
        Self::new(conjure())
    }
}

impl<F, A, R> JobFn for Unary<F, A, R>
where
    F: for<'x> AsyncFn(A::Lent<'x>) -> R + Copy + 'static,
    A: Argument,
    R: Message,
{
    type Argument = A;
    type Output = R;
    type Result = R;
    type Named = F;

    async fn run<'x>(self, argument: A::Lent<'x>) -> R {
        (self.0)(argument).await
    }

    fn result(output: R) -> R {
        output
    }

    fn conjure() -> Self {
        Self::new(conjure())
    }
}

macro_rules! function_newtype {
    ($name:ident<$($parameter:ident),*>) => {
        impl<$($parameter),*> $name<$($parameter),*> {
            pub(crate) fn new(function: F) -> Self {
                Self(function, PhantomData)
            }
        }

        impl<$($parameter),*> Clone for $name<$($parameter),*>
        where
            F: Copy,
        {
            fn clone(&self) -> Self {
                *self
            }
        }

        impl<$($parameter),*> Copy for $name<$($parameter),*> where F: Copy {}
    };
}

function_newtype!(Nullary<F, R>);
function_newtype!(Unary<F, A, R>);

/// Fails to compile a closure that captures something, which could not be sent.
#[track_caller]
pub(crate) const fn captures_nothing<F>() {
    assert!(
        size_of::<F>() == 0,
        "this closure captures a variable, and a variable exists in one instance only: \
         pass it as an argument, `(async |value| ..).par_with(value)`"
    );
}

/// Creates a function that captures nothing, and so has size zero.
pub(crate) fn conjure<F: Copy + 'static>() -> F {
    captures_nothing::<F>();
    #[expect(unsafe_code, reason = "creates a value of size zero in an instance that cannot receive one")]
    // SAFETY: `read` has three requirements.
    // * The pointer is valid for reads and aligned: `dangling` is aligned, and a pointer that is
    //   not null is valid for reads of zero bytes; the assertion above shows that `F` has none.
    // * It points to an initialized value: a type without bytes has no uninitialized bytes. A value
    //   of `F` can exist, because the parent passed one to `par`, and the job's instance runs the
    //   same code of the same component.
    // * A second `F` may be created, because `F` is `Copy`.
    unsafe {
        NonNull::<F>::dangling().read()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block_on;
    use crate::remote::argument::Moved;

    /// Does what `par` and the entry do, within one instance. Under Miri this checks the `unsafe` above.
    fn conjured<F: JobFn>(_passed: F, argument: F::Argument) -> F::Output {
        let mut received = F::Argument::decode(argument.encode().unwrap()).unwrap();
        block_on(F::conjure().run(F::Argument::lend(&mut received)))
    }

    async fn add(a: u64) -> u64 {
        a + 1
    }

    async fn sum(numbers: &[u64]) -> u64 {
        numbers.iter().sum()
    }

    #[test]
    fn functions_and_closures_come_out_of_nothing() {
        assert_eq!(conjured(Nullary::new(async || 1_u64), ()), 1);
        assert_eq!(conjured(Unary::new(add), Moved::new(1)), 2);
        assert_eq!(
            conjured(Unary::new(async |text: String| text.len() as u64), Moved::new("abc".to_owned())),
            3
        );
        assert_eq!(conjured(Unary::new(sum), &[5, 1][..]), 6);
        assert_eq!(conjured(Unary::new(async |(a, b): (&u64, u64)| a - b), (&5, Moved::new(1))), 4);
    }
}
