//! Sends a body that is larger than the memory of the program, and reads the echo meanwhile.
use std::pin::Pin;
use std::task::{Context, Poll};

use guest_runtime::http::{self, Body, Client, Request};
use guest_runtime::io::{self, AsyncBufRead, AsyncRead};
use guest_runtime::prelude::*;

const SIZE: u64 = 50_000_000;
const PIECE: [u8; 4_001] = {
    let mut piece = [0; 4_001];
    let mut n = 0;
    while n < piece.len() {
        piece[n] = ((n * n) >> 3) as u8;
        n += 1;
    }
    piece
};

/// A body that repeats one piece, so that the byte at each position is known.
#[derive(Default)]
struct Endless {
    place: usize,
}

impl AsyncBufRead for Endless {
    fn poll_fill_buf(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        Poll::Ready(Ok(&PIECE[self.place % PIECE.len()..]))
    }

    fn consume(mut self: Pin<&mut Self>, amount: usize) {
        self.place += amount;
    }
}

impl AsyncRead for Endless {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let bytes = std::task::ready!(self.as_mut().poll_fill_buf(context))?;
        let length = bytes.len().min(into.len());
        into[..length].copy_from_slice(&bytes[..length]);
        self.consume(length);
        Poll::Ready(Ok(length))
    }
}

#[guest_runtime::main]
async fn main() -> Result<(), http::Error> {
    let server = std::env::args().nth(1).unwrap();
    let body = Body::reader(Endless::default().take(SIZE));
    let response = Client::new().send(Request::post(format!("{server}/echo")).body(body)?).await?;
    let (mut echoed, mut same) = (response.into_body(), Endless::default());
    let mut length = 0;
    loop {
        let came = echoed.fill_buf().await.unwrap();
        if came.is_empty() {
            break;
        }
        let expected = same.fill_buf().await.unwrap();
        let common = came.len().min(expected.len());
        assert!(came[..common] == expected[..common], "at {length}");
        length += common as u64;
        echoed.consume(common);
        same.consume(common);
    }
    assert_eq!(length, SIZE);
    let pages = core::arch::wasm32::memory_size(0);
    assert!(pages < 8 << 4, "{pages} pages of 64 KiB are more than 8 MiB");
    println!("{length}");
    Ok(())
}
