//! `catch_each`: the failure of a job becomes a result, and other jobs go on.

use std::future::poll_fn;
use std::task::{Context, Poll};
use std::time::Duration;

use super::batch::Batch;
use super::op::Timed;
use super::pieces::{Pieces, Running, Supply};
use crate::Failure;
use crate::remote::Entry;

/// Makes the failure of a job its results.
pub(super) fn caught<'a, R: 'a>(pieces: Pieces<'a, Batch<R>>) -> Pieces<'a, Batch<Result<R, Failure>>> {
    pieces.with_supply(|supply| Box::new(Caught(supply)))
}

struct Caught<'a, R>(Box<dyn Supply<'a, Batch<R>> + 'a>);

type Job<'a, R> = Option<(Running<'a, Batch<R>>, usize)>;

impl<'a, R: 'a> Caught<'a, R> {
    /// Makes the failure of a job its results. A job whose number of results is not known has one then.
    fn caught(&self, job: Job<'a, R>) -> Job<'a, Result<R, Failure>> {
        let (running, items) = job?;
        let results = if self.0.is_exact() { items } else { 1 };
        Some((Running::Caught(Box::pin(outcome(running, results))), items))
    }
}

async fn outcome<R>(mut job: Running<'_, Batch<R>>, results: usize) -> Timed<Batch<Result<R, Failure>>> {
    match poll_fn(|context| job.poll(context)).await {
        Ok(Timed { value: Batch(values), took }) => {
            Timed { value: Batch(values.into_iter().map(Ok).collect()), took }
        }
        Err(failure) => {
            let failures = std::iter::repeat_n(failure, results).map(Err);
            Timed { value: Batch(failures.collect()), took: Duration::ZERO }
        }
    }
}

impl<'a, R: 'a> Supply<'a, Batch<Result<R, Failure>>> for Caught<'a, R> {
    fn poll_job(&mut self, most: usize, context: &mut Context<'_>) -> Poll<Job<'a, Result<R, Failure>>> {
        self.0.poll_job(most, context).map(|job| self.caught(job))
    }

    fn poll_local(&mut self, most: usize, context: &mut Context<'_>) -> Poll<Job<'a, Result<R, Failure>>> {
        self.0.poll_local(most, context).map(|job| self.caught(job))
    }

    fn left(&self) -> Option<usize> {
        self.0.left()
    }

    fn bytes_of_item(&self) -> usize {
        self.0.bytes_of_item()
    }

    fn is_filled(&self) -> bool {
        self.0.is_filled()
    }

    fn is_exact(&self) -> bool {
        self.0.is_exact()
    }

    fn is_last(&self, _results: &Batch<Result<R, Failure>>) -> bool {
        false
    }

    fn entry(&self) -> &'static Entry {
        self.0.entry()
    }
}
