//! Writes the partial lines of a guest when it waits, but not when it is only interrupted.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Wake, Waker};

use futures_util::task::AtomicWaker;

use crate::stdio::line::OpenLines;
use crate::store::yielding::Yielding;

/// Writes the partial line of a guest whenever the guest waits, and when it has ended. A guest that only
/// yields continues its line. So does one that `collects` garbage: the engine suspends it between the steps of
/// a collection, and wakes it at once.
pub(super) fn printing<'a, F: Future>(
    mut call: Pin<&'a mut F>,
    lines: &'a OpenLines,
    yielding: &'a Yielding,
    collects: bool,
) -> impl Future<Output = F::Output> + 'a {
    let noticed = collects.then(Noticed::new);
    poll_fn(move |context| {
        let (polled, is_woken) = match &noticed {
            None => (call.as_mut().poll(context), false),
            Some((noticed, waker)) => {
                noticed.begin(context.waker());
                let polled = call.as_mut().poll(&mut Context::from_waker(waker));
                (polled, noticed.is_woken.load(Ordering::Acquire))
            }
        };
        if polled.is_ready() {
            lines.end();
        } else if !(yielding.has_yielded() || is_woken) {
            lines.release();
        }
        polled
    })
}

/// A waker that notices whether it is woken.
struct Noticed {
    is_woken: AtomicBool,
    inner: AtomicWaker,
}

impl Noticed {
    fn new() -> (Arc<Self>, Waker) {
        let noticed = Arc::new(Self { is_woken: AtomicBool::new(false), inner: AtomicWaker::new() });
        (Arc::clone(&noticed), Waker::from(noticed))
    }

    /// Begins a poll, in which this stands for the other waker.
    fn begin(&self, waker: &Waker) {
        self.inner.register(waker);
        self.is_woken.store(false, Ordering::Release);
    }
}

impl Wake for Noticed {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.is_woken.store(true, Ordering::Release);
        self.inner.wake();
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::{Read as _, pipe};
    use std::pin::pin;
    use std::task::Poll;

    use futures_util::FutureExt as _;
    use wasmtime_wasi::cli::StdoutStream as _;

    use super::*;
    use crate::stdio::output::Output;

    /// A line was cut in two wherever a collection came between two of its pieces.
    #[test]
    fn a_line_goes_on_after_a_collection_and_not_after_a_wait() {
        let (mut reader, writer) = pipe().unwrap();
        let null = File::options().write(true).open("/dev/null").unwrap();
        let output = Output::new(writer.into(), null.into()).unwrap();
        let (stdout, _stderr, lines) = output.stdio();
        let yielding = Yielding::default();
        let mut stream = stdout.p2_stream();
        assert!(stream.check_write().unwrap() > 0);
        stream.write("a piece".into()).unwrap();
        let mut polls = 0;
        let guest = pin!(poll_fn(|context| {
            polls += 1;
            if polls == 1 {
                context.waker().wake_by_ref();
            }
            Poll::<()>::Pending
        }));
        let mut guest = pin!(printing(guest, &lines, &yielding, true));
        assert_eq!(guest.as_mut().now_or_never(), None);
        assert!(!lines.is_empty(), "it was woken at once");
        assert_eq!(guest.as_mut().now_or_never(), None);
        assert!(lines.is_empty(), "it waits");
        let mut text = [0; 7];
        reader.read_exact(&mut text).unwrap();
        assert_eq!(&text, b"a piece");
    }
}
