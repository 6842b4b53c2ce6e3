//! Sends items to whoever started this job.

use std::task::{Context, Poll};

use super::info::check_message;
use super::jobs::{may_send, wait_to_send};
use super::send_queue::Turn;
use crate::Failure;
use crate::bindings::parallel::futures::jobs as host;

/// Sends an item to whoever started this job; pending while there is no room for it, or while others that
/// came before have not tried.
///
/// # Errors
///
/// The item is too long, this is no job with a window, or it is to stop.
pub(crate) fn poll_send(item: &[u8], turn: &mut Turn, context: &Context<'_>) -> Poll<Result<(), Failure>> {
    if !may_send(turn) {
        context.waker().wake_by_ref();
        return Poll::Pending;
    }
    check_message(item.len())?;
    if host::send(item)? {
        return Poll::Ready(Ok(()));
    }
    wait_to_send(turn, context.waker());
    Poll::Pending
}
