//! Sending items to the parent of this job.

use std::task::{Context, Poll};

use super::info::check_message;
use super::jobs::{may_send, wait_to_send};
use super::send_queue::Turn;
use crate::Failure;
use crate::bindings::parallel::futures::jobs as imports;

/// Sends an item to the parent; pending while there is no room for it, or while it is the turn of an earlier
/// sender.
///
/// # Errors
///
/// Fails if the item is too long, if this instance runs no job with a window, or if the job was asked to stop.
pub(crate) fn poll_send(item: &[u8], turn: &mut Turn, context: &Context<'_>) -> Poll<Result<(), Failure>> {
    if !may_send(turn) {
        context.waker().wake_by_ref();
        return Poll::Pending;
    }
    check_message(item.len())?;
    if imports::send(item)? {
        return Poll::Ready(Ok(()));
    }
    wait_to_send(turn, context.waker());
    Poll::Pending
}
