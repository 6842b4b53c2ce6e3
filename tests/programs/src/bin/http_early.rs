//! Servers that respond before the upload is complete.
use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use guest_runtime::futures_lite::io::{BufReader, repeat};
use guest_runtime::http::{self, Body, Client, Request};
use guest_runtime::io::{self, AsyncRead};

/// A reader with the first half of its bytes at once, and the second only after `may` is set.
struct InTwoHalves {
    may: Rc<Cell<bool>>,
    halves: Vec<&'static [u8]>,
}

impl AsyncRead for InTwoHalves {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        // No waker is needed: the code that sets it polls again.
        if self.halves.len() == 1 && !self.may.get() {
            return Poll::Pending;
        }
        let Some(half) = self.halves.first_mut() else { return Poll::Ready(Ok(0)) };
        let length = ready!(Pin::new(&mut *half).poll_read(context, into))?;
        if half.is_empty() {
            self.halves.remove(0);
        }
        Poll::Ready(Ok(length))
    }
}

#[guest_runtime::main]
async fn main() -> Result<(), http::Error> {
    let server = std::env::args().nth(1).unwrap();
    let post = |path: &str, body: Body| Request::post(format!("{server}{path}")).body(body);

    // The server refuses the upload, which is endless, and reads no more of it.
    let endless = Body::reader(BufReader::new(repeat(7)));
    let response = Client::new().send(post("/early-refusal", endless)?).await?;
    println!("{} {}", response.status(), response.into_body().text().await?);

    // The server responds early and reads the whole upload; its response ends after that.
    let may = Rc::new(Cell::new(false));
    let halves = InTwoHalves { may: Rc::clone(&may), halves: vec![b"one, ", b"two"] };
    let body = Body::reader(BufReader::new(halves));
    let response = Client::new().send(post("/early-answer", body)?).await?;
    println!("{}", response.status());
    may.set(true);
    println!("{}", response.into_body().text().await?);
    // The host has buffered the whole upload by now, and sends it while this program runs.
    println!("{}", http::get(format!("{server}/when-that-is-over")).await?.into_body().text().await?);
    Ok(())
}
