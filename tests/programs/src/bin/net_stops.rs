//! A line server that stops accepting when a line says `stop`, and ends when all accepted clients have their
//! replies.
use std::cell::Cell;
use std::future::poll_fn;
use std::task::{Poll, Waker};

use guest_runtime::futures_lite::stream::stop_after_future;
use guest_runtime::io;
use guest_runtime::net::{TcpListener, TcpStream};
use guest_runtime::prelude::*;

#[derive(Default)]
struct Stop {
    is_told: Cell<bool>,
    waker: Cell<Option<Waker>>,
}

impl Stop {
    fn tell(&self) {
        self.is_told.set(true);
        self.waker.take().into_iter().for_each(Waker::wake);
    }

    async fn told(&self) {
        poll_fn(|context| {
            self.waker.set(Some(context.waker().clone()));
            if self.is_told.get() { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}

async fn serve(stream: io::Result<TcpStream>, stop: &Stop) -> io::Result<()> {
    let (reader, mut writer) = stream?.split();
    let mut lines = reader.lines();
    while let Some(line) = lines.next().await {
        let line = line?;
        if line == "stop" {
            stop.tell();
        }
        writer.write_all((line + "\n").as_bytes()).await?;
    }
    writer.close().await
}

#[guest_runtime::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    let stop = Stop::default();
    stop_after_future(listener.incoming(), stop.told())
        .co()
        .for_each(async |stream| serve(stream, &stop).await.unwrap_or_else(|error| eprintln!("{error}")))
        .await;
    println!("all are served");
    Ok(())
}
