//! What an instance may wait for: all of its jobs, or one.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use wasmtime_wasi::p2::Pollable;

use super::handed::Handed;
use crate::job::call::{Children, Job};
use crate::job::items::Items;

/// Ready while there is an outcome or an item to take, or room for one that the instance sends, and from
/// when it is asked to stop.
pub(super) struct Arrivals {
    pub(super) children: Arc<Children>,
    pub(super) items: Arc<Items>,
    pub(super) handed: Arc<Handed>,
}

#[async_trait::async_trait]
impl Pollable for Arrivals {
    async fn ready(&mut self) {
        // Whoever waits has what it was given.
        self.handed.clear();
        poll_fn(|context| match self.children.poll_ready(context) {
            Poll::Ready(()) => Poll::Ready(()),
            Poll::Pending => self.items.poll_ready(context),
        })
        .await;
    }
}

/// Ready when a job is gone; a number that names no job has none to wait for.
pub(super) struct End(pub(super) Option<Arc<Job>>);

#[async_trait::async_trait]
impl Pollable for End {
    async fn ready(&mut self) {
        if let Some(job) = &self.0 {
            poll_fn(|context| job.poll_gone(context)).await;
        }
    }
}
