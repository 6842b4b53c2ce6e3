//! A stream of pieces as a reader.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use futures_io::{AsyncBufRead, AsyncRead};

/// Reads the pieces of a stream, one after the other.
pub(super) struct Chunks<S, T> {
    stream: Pin<Box<S>>,
    /// The piece that is being read, and how many of its bytes are consumed.
    piece: Option<T>,
    consumed: usize,
}

// No pin reaches the piece.
impl<S, T> Unpin for Chunks<S, T> {}

impl<S, T> Chunks<S, T> {
    pub(super) fn new(stream: S) -> Self {
        Self { stream: Box::pin(stream), piece: None, consumed: 0 }
    }
}

impl<S: Stream<Item = T>, T: AsRef<[u8]>> AsyncBufRead for Chunks<S, T> {
    fn poll_fill_buf(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        let Self { stream, piece, consumed } = self.get_mut();
        // An empty piece is not the end.
        while piece.as_ref().is_none_or(|piece| piece.as_ref().len() == *consumed) {
            // If the next one has to be awaited, the last one must not come again.
            (*piece, *consumed) = (None, 0);
            *piece = ready!(stream.as_mut().poll_next(context));
            if piece.is_none() {
                return Poll::Ready(Ok(&[]));
            }
        }
        Poll::Ready(Ok(piece.as_ref().map_or(&[], |piece| &piece.as_ref()[*consumed..])))
    }

    fn consume(mut self: Pin<&mut Self>, amount: usize) {
        self.consumed += amount;
    }
}

impl<S: Stream<Item = T>, T: AsRef<[u8]>> AsyncRead for Chunks<S, T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let bytes = ready!(self.as_mut().poll_fill_buf(context))?;
        let length = bytes.len().min(into.len());
        into[..length].copy_from_slice(&bytes[..length]);
        self.consume(length);
        Poll::Ready(Ok(length))
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use futures_lite::stream;
    use futures_lite::{AsyncReadExt as _, StreamExt as _, future};

    use super::*;

    #[test]
    fn each_piece_comes_once_although_it_is_awaited() {
        let mut waits = true;
        let mut pieces = ["ab", "", "c"].into_iter();
        // Before each piece, it is pending once.
        let stream = stream::poll_fn(move |context| {
            waits = !waits;
            if waits {
                return Poll::Ready(pieces.next());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        });
        let mut text = String::new();
        future::block_on(Chunks::new(stream).read_to_string(&mut text)).unwrap();
        assert_eq!(text, "abc");
    }

    #[test]
    fn a_piece_may_be_consumed_in_parts() {
        let mut chunks = Chunks::new(stream::iter(["abc"]).map(str::to_owned));
        let mut context = Context::from_waker(Waker::noop());
        for rest in ["abc", "c", ""] {
            let Poll::Ready(Ok(bytes)) = Pin::new(&mut chunks).poll_fill_buf(&mut context) else { panic!() };
            assert_eq!(bytes, rest.as_bytes());
            Pin::new(&mut chunks).consume(rest.len().min(2));
        }
    }
}
