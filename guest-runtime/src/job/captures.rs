//! Local variables for a job: what `par!` expands to.
//!
//! A job cannot capture, because its variables exist in one instance only. So `par!` turns a list of variables
//! into the argument of the job.

use super::future::ParallelFuture;
use crate::remote::{Argument, Expanded, Listed, Message};

/// Returns a future that runs an `async` block in another instance, with the local variables in the list.
///
/// `par!([&words, &mut total, n] async { .. })` runs the block as a job. What the block uses of the function
/// around it is in the list:
///
/// | Entry | The block gets |
/// | --- | --- |
/// | `n`, `mut n` | the value, which moves to the job; of a variable that is a borrow, that borrow |
/// | `&words` | a `&` of its own copy |
/// | `&mut total` | a `&mut`, whose new value is assigned when the future is ready |
/// | `name = value` | the value of the expression, which may be a borrow such as `&words[2..]` |
///
/// Without variables it is `par!(async { .. })`. A value is a [`Message`](crate::Message), a
/// [`Sender`](crate::Sender) or a [`Shared`](crate::Shared), and a borrow is one of a message, a slice or a
/// `str`. A list has up to eight entries. In the block, `return` and `?` end the job.
///
/// The future is lazy and has the options of every [`ParallelFuture`](crate::ParallelFuture). It holds what is
/// lent; a mutable borrow has its new value when the future is ready, and keeps the old one if the job fails or
/// the future is dropped before.
///
/// # Examples
///
/// ```
/// use guest_runtime::prelude::*;
///
/// guest_runtime::block_on(async {
///     let words = ["one", "two", "three"].map(String::from);
///     let (mut total, n) = (0, 2);
///
///     let sum = par!([&words, &mut total, n] async {
///         *total += words.iter().map(String::len).sum::<usize>() * n;
///     });
///     let longest = par!([part = &words[1..]] async { part.iter().max_by_key(|word| word.len()).cloned() });
///     let ((), longest) = (sum, longest).join().await;
///     assert_eq!((total, longest.as_deref()), (22, Some("three")));
/// });
/// ```
///
/// Errors with `?`, and options:
///
/// ```
/// use guest_runtime::prelude::*;
/// use std::time::Duration;
///
/// guest_runtime::block_on(async {
///     let text = "twelve";
///     let number = par!([text] async {
///         let number: u32 = text.parse().map_err(|_| format!("{text} is no number"))?;
///         Ok::<_, String>(number)
///     });
///     assert_eq!(number.timeout(Duration::from_secs(60)).await, Err("twelve is no number".to_string()));
/// });
/// ```
///
/// A variable that the list lacks is an error:
///
/// ```compile_fail,E0277
/// # use guest_runtime::prelude::*;
/// let n: u64 = 21;
/// let doubled = par!(async { n * 2 });
/// ```
#[macro_export]
macro_rules! par {
    ($($tokens:tt)*) => {
        // The path of this crate, which may be renamed where the macro is used.
        $crate::__private::par!($crate $($tokens)*)
    };
}

/// Makes the future of `par!`: a job whose function is a closure that gets the list as its argument.
#[track_caller]
pub fn job<'a, A, F, R>(argument: A, function: F) -> ParallelFuture<'a, R>
where
    A: Argument + 'a,
    F: for<'x> AsyncFn(A::Lent<'x>) -> R,
    F: for<'x> Listed<A::Lent<'x>>,
    R: Message,
{
    const {
        assert!(
            size_of::<F>() == 0,
            "a block of `par!` uses a variable that is not in its list: add the variable to the list, as in \
             `par!([name] async {{ .. }})`"
        );
    }
    ParallelFuture::new(Expanded::new(function), argument)
}
