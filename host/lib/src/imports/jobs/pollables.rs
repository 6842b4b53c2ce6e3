//! The pollables that an instance may wait for: all of its jobs, or one.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use wasmtime_wasi::p2::Pollable;

use super::handed::Handed;
use crate::job::call::{Children, Job};
use crate::job::items::Items;

/// Ready while there is an outcome or an item to take, or room for an item that the instance sends, and once
/// the instance has been asked to stop.
pub(super) struct Arrivals {
    pub(super) children: Arc<Children>,
    pub(super) items: Arc<Items>,
    pub(super) handed: Arc<Handed>,
}

#[async_trait::async_trait]
impl Pollable for Arrivals {
    async fn ready(&mut self) {
        // A guest that waits has received everything returned to it before.
        self.handed.clear();
        poll_fn(|context| match self.children.poll_ready(context) {
            Poll::Ready(()) => Poll::Ready(()),
            Poll::Pending => self.items.poll_ready(context),
        })
        .await;
    }
}

/// Ready when a job is gone, or at once if the number names no job.
pub(super) struct End(pub(super) Option<Arc<Job>>);

#[async_trait::async_trait]
impl Pollable for End {
    async fn ready(&mut self) {
        if let Some(job) = &self.0 {
            poll_fn(|context| job.poll_gone(context)).await;
        }
    }
}
