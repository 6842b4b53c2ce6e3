//! `--progress`: how a run stands, on the last line of the terminal, several times per second.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::num::NonZeroUsize;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use host::{Snapshot, Stats, StatusLine};

/// More often nobody can read it.
const PERIOD: Duration = Duration::from_millis(100);

/// The numbers are those of the last second.
const LOOKS: usize = 10;

/// The line and the thread that draws it. Dropping it erases the line.
pub(crate) struct Progress {
    thread: Option<JoinHandle<()>>,
    going_on: Option<Sender<Infallible>>,
}

impl Progress {
    /// Draws how a run stands that these count.
    pub(crate) fn draw(status: StatusLine, stats: Stats, cores: NonZeroUsize) -> Self {
        let (going_on, ended) = channel::<Infallible>();
        let draw = move || {
            let mut looks = VecDeque::from([(Instant::now(), stats.now())]);
            while ended.recv_timeout(PERIOD) == Err(RecvTimeoutError::Timeout) {
                looks.push_back((Instant::now(), stats.now()));
                status.draw(&text(&looks, cores));
                if looks.len() > LOOKS {
                    looks.pop_front();
                }
            }
            status.erase();
        };
        let thread = std::thread::Builder::new().name("progress".into()).spawn(draw);
        // Without a thread there is no line, and all else is as it is.
        let thread = thread.inspect_err(|error| tracing::warn!("no progress is shown: {error}")).ok();
        Self { thread, going_on: Some(going_on) }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        drop(self.going_on.take());
        self.thread.take().map(JoinHandle::join);
    }
}

/// What is said, out of at least one look.
fn text(looks: &VecDeque<(Instant, Snapshot)>, cores: NonZeroUsize) -> String {
    let (Some((since, first)), Some((now, last))) = (looks.front(), looks.back()) else {
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
    fn the_numbers_are_those_of_the_time_between() {
        let looks = |busy: [u64; 2], done: [u64; 2]| {
            let start = Instant::now();
            let look = |n: usize| {
                let mut snapshot = Snapshot::default();
                snapshot.done = done[n];
                snapshot.busy = Duration::from_millis(busy[n]);
                (start + Duration::from_millis(500 * n as u64), snapshot)
            };
            VecDeque::from([look(0), look(1)])
        };
        let two = NonZeroUsize::MIN.saturating_add(1);
        assert_eq!(
            text(&looks([100, 850], [10, 60]), two),
            "1.5 of 2 cores busy, jobs: 60 done, 0 running, 0 waiting, 100 per second"
        );
        let mut one = looks([0, 0], [0, 0]);
        one.pop_back();
        assert!(text(&one, two).starts_with("0.0 of 2 cores busy"), "no time has gone by");
    }
}
