//! Streams of bytes: stdin, stdout and stderr, and every other stream of WASI.
//!
//! A [`Reader`] reads and a [`Writer`] writes a stream. They implement the traits of
//! [futures-io](futures_io), so everything that futures-lite, async-compression and other crates do with
//! those works on them. The extension traits of [futures-lite](futures_lite), with `read_line` and
//! `write_all`, are in the [prelude](crate::prelude).
//!
//! Nothing here blocks the instance: while a read or a write waits, the other futures run.
//!
//! Blocking I/O of std, `println!` included, still blocks the whole instance.
//!
//! ```no_run
//! use guest_runtime::io;
//! use guest_runtime::prelude::*;
//!
//! #[guest_runtime::main]
//! async fn main() -> io::Result<()> {
//!     let mut lines = io::stdin().lines();
//!     let mut stdout = io::stdout();
//!     while let Some(line) = lines.next().await {
//!         stdout.write_all(format!("{}\n", line?.to_uppercase()).as_bytes()).await?;
//!     }
//!     Ok(())
//! }
//! ```

mod copy;
pub(crate) mod error;
mod linger;
mod reader;
mod writer;

use std::io::Write as _;

pub use copy::copy;
pub use reader::Reader;
pub use writer::Writer;

#[doc(no_inline)]
pub use futures_io::{AsyncBufRead, AsyncRead, AsyncWrite};
#[doc(no_inline)]
pub use std::io::{Error, ErrorKind, Result};

/// Returns a reader of the standard input.
///
/// Each call makes a [`Reader`] with a buffer of its own. Bytes in that buffer are lost to all other readers,
/// including std's, so make one and keep it. All instances of an app share one stdin: let `main` read it.
///
/// # Examples
///
/// ```
/// use guest_runtime::io;
/// use guest_runtime::prelude::*;
///
/// guest_runtime::block_on(async {
///     let mut text = String::new();
///     io::stdin().read_to_string(&mut text).await.unwrap();
///     assert_eq!(text, "");       // the input of a test is empty
/// });
/// ```
pub fn stdin() -> Reader {
    Reader::new(wasi::cli::stdin::get_stdin())
}

/// Returns a writer of the standard output.
///
/// The buffer of `print!` is flushed first, so that output of both kinds is in order, unless `print!` leaves
/// an incomplete line in its buffer afterwards.
///
/// # Examples
///
/// ```
/// use guest_runtime::io;
/// use guest_runtime::prelude::*;
///
/// guest_runtime::block_on(async {
///     let mut stdout = io::stdout();
///     stdout.write_all(b"all of it").await.unwrap();
///     stdout.flush().await.unwrap();
/// });
/// ```
pub fn stdout() -> Writer {
    // The next write returns the error.
    let _ = std::io::stdout().flush();
    Writer::new(wasi::cli::stdout::get_stdout())
}

/// Returns a writer of the standard error.
///
/// # Examples
///
/// ```
/// use guest_runtime::io;
/// use guest_runtime::prelude::*;
///
/// guest_runtime::block_on(async {
///     assert!(io::stderr().write_all(b"careful\n").await.is_ok());
/// });
/// ```
pub fn stderr() -> Writer {
    Writer::new(wasi::cli::stderr::get_stderr())
}
