//! Writes many pieces with vectored writes, each as often as it takes.
use std::io::IoSlice;

use guest_runtime::io;
use guest_runtime::prelude::*;

#[guest_runtime::main]
async fn main() -> io::Result<()> {
    let mut stdout = io::stdout();
    // Empty ones, small ones, and some that are longer than what is put together.
    for scale in [1, 100, 10_000] {
        let pieces: Vec<_> = (0..26).map(|n| vec![b'a' + n; usize::from(n % 5) * scale]).collect();
        let mut slices: Vec<_> = pieces.iter().map(|piece| IoSlice::new(piece)).collect();
        let mut rest = &mut slices[..];
        IoSlice::advance_slices(&mut rest, 0);
        while !rest.is_empty() {
            let written = stdout.write_vectored(rest).await?;
            IoSlice::advance_slices(&mut rest, written);
        }
        assert_eq!(stdout.write_vectored(&[]).await?, 0);
    }
    stdout.flush().await
}
