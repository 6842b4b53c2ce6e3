//! Writes lines endlessly, or, if requested, until its reader has not read for a while.
use std::cell::Cell;
use std::time::Duration;

use guest_runtime::io;
use guest_runtime::prelude::*;
use guest_runtime::time::sleep;

#[guest_runtime::main]
async fn main() -> io::Result<()> {
    let until_stalled = std::env::args().nth(1).is_some();
    let written = Cell::new(0_u64);
    let flood = async {
        let mut stdout = io::stdout();
        let line = [b"x".repeat(999), b"\n".to_vec()].concat();
        loop {
            stdout.write_all(&line).await?;
            written.set(written.get() + 1);
        }
    };
    let ticks = async {
        let (mut before, mut ticks) = (0, 0);
        while ticks < 20 || !until_stalled {
            sleep(Duration::from_millis(1)).await;
            ticks = if written.get() == before { ticks + 1 } else { 0 };
            before = written.get();
        }
        let pages = core::arch::wasm32::memory_size(0);
        eprintln!("{} lines, {pages} pages of memory, {ticks} ticks", written.get());
        Ok(())
    };
    (flood, ticks).race().await
}
