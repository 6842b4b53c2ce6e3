//! Streams of bytes: stdin, stdout and stderr, and every other stream of WASI.
//!
//! A [`Reader`] reads, a [`Writer`] writes, and both are what the rest of the async world knows:
//! the traits are those of [futures-io](futures_io), so what futures-lite, async-compression and
//! their like offer works on them. The extension traits of [futures-lite](futures_lite), with
//! `read_line` and `write_all`, are in the [prelude](crate::prelude).
//!
//! Nothing here blocks the instance: a read that has to wait lets the other futures go on, and so
//! does a write that its reader is too slow for.
//!
//! Blocking I/O of std stays what it is, `println!` included: it waits with all the instance.
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

/// What this program reads from outside.
///
/// Each call makes a [`Reader`] with a buffer of its own, and what one has taken into it no other
/// sees, std's included: make one and keep it. All instances of an app share one stdin, so let
/// `main` read it.
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
///     assert_eq!(text, "");       // nobody writes to a test
/// });
/// ```
pub fn stdin() -> Reader {
    Reader::new(wasi::cli::stdin::get_stdin())
}

/// Where this program prints to.
///
/// What is in the buffer of `print!` is written out first, so that what is printed in both ways
/// comes in order, as long as `print!` does not leave half a line behind in the meantime.
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
    // Whoever writes next is told of an error.
    let _ = std::io::stdout().flush();
    Writer::new(wasi::cli::stdout::get_stdout())
}

/// Where this program complains.
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
