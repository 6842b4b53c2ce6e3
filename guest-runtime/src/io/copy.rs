//! Copying a reader to a writer.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;

use futures_io::{AsyncBufRead, AsyncWrite};
use futures_lite::AsyncWriteExt as _;

/// Copies a reader to a writer until its end, flushes the writer, and returns the number of bytes.
///
/// The reader's own buffer is written, so bytes are copied once into it and once out of it. Wrap a reader
/// without a buffer in a [`BufReader`](futures_lite::io::BufReader).
///
/// # Examples
///
/// ```
/// use guest_runtime::io;
///
/// guest_runtime::block_on(async {
///     let mut copied = Vec::new();
///     assert_eq!(io::copy(&b"some bytes"[..], &mut copied).await.unwrap(), 10);
///     assert_eq!(copied, b"some bytes");
/// });
/// ```
///
/// # Errors
///
/// The first error of either side.
///
/// # Cancellation
///
/// What was written before the future is dropped stays written. Bytes that were read and not yet written stay
/// in the reader's buffer.
pub async fn copy<R, W>(reader: R, writer: W) -> io::Result<u64>
where
    R: AsyncBufRead,
    W: AsyncWrite + Unpin,
{
    let (mut reader, mut writer) = (std::pin::pin!(reader), writer);
    let mut copied = 0;
    loop {
        let length = poll_fn(|context| {
            let bytes = std::task::ready!(reader.as_mut().poll_fill_buf(context))?;
            if bytes.is_empty() {
                return std::task::Poll::Ready(Ok::<_, io::Error>(0));
            }
            match std::task::ready!(Pin::new(&mut writer).poll_write(context, bytes))? {
                0 => std::task::Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                length => std::task::Poll::Ready(Ok(length)),
            }
        })
        .await?;
        if length == 0 {
            writer.flush().await?;
            return Ok(copied);
        }
        reader.as_mut().consume(length);
        copied += length as u64;
    }
}
