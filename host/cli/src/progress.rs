//! `--progress`: draws the state of a run on the last line of the terminal, ten times per second.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::num::NonZeroUsize;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use host::{Snapshot, Stats, StatusLine};

/// The time between two updates; a faster change cannot be read.
const PERIOD: Duration = Duration::from_millis(100);

/// Number of samples kept: the numbers shown are averages over the last second.
const SAMPLES: usize = 10;

/// The thread that draws the line. Dropping this erases the line.
pub(crate) struct Progress {
    thread: Option<JoinHandle<()>>,
    until_dropped: Option<Sender<Infallible>>,
}

impl Progress {
    /// Starts to draw the state of the run that `stats` counts.
    pub(crate) fn draw(status: StatusLine, stats: Stats, cores: NonZeroUsize) -> Self {
        let (until_dropped, dropped) = channel::<Infallible>();
        let draw = move || {
            let mut samples = VecDeque::from([(Instant::now(), stats.now())]);
            while dropped.recv_timeout(PERIOD) == Err(RecvTimeoutError::Timeout) {
                samples.push_back((Instant::now(), stats.now()));
                status.draw(&text(&samples, cores));
                if samples.len() > SAMPLES {
                    samples.pop_front();
                }
            }
            status.erase();
        };
        let thread = std::thread::Builder::new().name("progress".into()).spawn(draw);
        // Without the thread there is no progress line; the run is not affected.
        let thread = thread.inspect_err(|error| tracing::warn!("cannot show progress: {error}")).ok();
        Self { thread, until_dropped: Some(until_dropped) }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        drop(self.until_dropped.take());
        self.thread.take().map(JoinHandle::join);
    }
}

/// Returns the text of the line, from at least one sample.
fn text(samples: &VecDeque<(Instant, Snapshot)>, cores: NonZeroUsize) -> String {
    let (Some((since, first)), Some((now, last))) = (samples.front(), samples.back()) else {
        return String::new();
    };
    let time = now.saturating_duration_since(*since).as_secs_f64().max(1e-9);
    let busy = last.busy.saturating_sub(first.busy).as_secs_f64() / time;
    let per_second = last.done.saturating_sub(first.done) as f64 / time;
    let Snapshot { done, running, waiting, .. } = last;
    format!(
        "{busy:.1} of {cores} cores busy, jobs: {done} done, {running} running, {waiting} waiting, {per_second:.0} per second"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_averages_over_the_samples() {
        let samples = |busy: [u64; 2], done: [u64; 2]| {
            let start = Instant::now();
            let sample = |n: usize| {
                let mut snapshot = Snapshot::default();
                snapshot.done = done[n];
                snapshot.busy = Duration::from_millis(busy[n]);
                (start + Duration::from_millis(500 * n as u64), snapshot)
            };
            VecDeque::from([sample(0), sample(1)])
        };
        let two = NonZeroUsize::MIN.saturating_add(1);
        assert_eq!(
            text(&samples([100, 850], [10, 60]), two),
            "1.5 of 2 cores busy, jobs: 60 done, 0 running, 0 waiting, 100 per second"
        );
        let mut one = samples([0, 0], [0, 0]);
        one.pop_back();
        assert!(text(&one, two).starts_with("0.0 of 2 cores busy"), "one sample has no duration");
    }
}
