//! Local variables for a job: what `par!` expands to.
//!
//! A job cannot capture, because its variables exist in one instance only. So `par!` turns a list of variables
//! into the argument of the job.

use super::future::ParallelFuture;
use crate::remote::{Argument, Block, Listed, Message};

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
    ParallelFuture::new(Block::new(function), argument)
}
