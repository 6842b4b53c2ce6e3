//! The body of a request or of a response.

use std::borrow::Cow;
use std::fmt;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use ::http::HeaderMap;
use futures_core::Stream;
use futures_io::{AsyncBufRead, AsyncRead};

use super::chunks::Chunks;
use super::error::Error;
use super::error_kind::ErrorKind;
use super::incoming::Incoming;
use super::peer::Peer;

/// The body of a request or of a response.
///
/// It is an [`AsyncBufRead`], so it can be read line by line, copied with
/// [`io::copy`](crate::io::copy), and sent as the body of another request. Only the part that is being
/// processed is in memory. [`bytes`](Body::bytes) and [`text`](Body::text) collect all of it.
///
/// | Body of a request | made from | `content-length` |
/// | --- | --- | --- |
/// | empty | `()`, [`Body::default`] | 0, for methods that have a body |
/// | bytes | `Vec<u8>`, `String`, `&'static [u8]`, `&'static str` | their number |
/// | a reader, or a stream of pieces | [`Body::reader`], [`Body::stream`] | none, unless the request's headers have one |
/// | the body of a response | the `Body` | that of the response, if it has one |
///
/// # Examples
///
/// ```
/// use guest_runtime::http::Body;
/// use guest_runtime::prelude::*;
///
/// guest_runtime::block_on(async {
///     let mut body = Body::from("one\ntwo\n");
///     let mut line = String::new();
///     body.read_line(&mut line).await.unwrap();
///     assert_eq!(line, "one\n");
///     assert_eq!(body.length(), Some(4));
///     assert_eq!(body.text().await.unwrap(), "two\n");
/// });
/// ```
///
/// # Cancellation
///
/// A read that is dropped loses nothing. Dropping the body of a response closes the connection, even if parts of
/// it, or of the request's body, are missing.
#[must_use = "a body does nothing until it is read or sent"]
pub struct Body {
    source: Source,
    /// How many bytes are left, if that is known.
    left: Option<u64>,
    /// How many more bytes are allowed.
    limit: Option<u64>,
}

enum Source {
    Bytes { bytes: Cow<'static, [u8]>, consumed: usize },
    Reader(Pin<Box<dyn AsyncBufRead>>),
    Response(Box<Incoming>),
}

impl Body {
    /// Returns a body that is read from this reader while it is sent.
    ///
    /// Its length is unknown, so HTTP/1.1 sends it in chunks. If the server requires a length, set the header
    /// `content-length`; a body of any other length is then an error.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::http::Body;
    /// use guest_runtime::io;
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let body = Body::reader(io::stdin());
    ///     assert_eq!(body.length(), None);
    ///     let text = Body::reader(b"ab".chain(&b"cd"[..])).text().await;
    ///     assert_eq!(text.unwrap(), "abcd");
    /// });
    /// ```
    pub fn reader(reader: impl AsyncBufRead + 'static) -> Self {
        Self { source: Source::Reader(Box::pin(reader)), left: None, limit: None }
    }

    /// Returns a body that sends each piece of this stream when it comes: strings, vectors or slices of bytes.
    ///
    /// Its length is unknown. A client that reads slowly slows the stream down.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::http::Body;
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let pieces = guest_runtime::futures_lite::stream::iter(["one, ", "", "two"]);
    ///     assert_eq!(Body::stream(pieces).text().await.unwrap(), "one, two");
    /// });
    /// ```
    pub fn stream<S>(stream: S) -> Self
    where
        S: Stream<Item: AsRef<[u8]>> + 'static,
    {
        Self::reader(Chunks::new(stream))
    }

    pub(super) fn response(incoming: Incoming, length: Option<u64>) -> Self {
        Self { source: Source::Response(Box::new(incoming)), left: length, limit: None }
    }

    /// Limits how many more bytes the body may have; more are an error.
    ///
    /// A server may send without end, so set a limit before collecting a body in memory.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::http::{Body, ErrorKind};
    ///
    /// guest_runtime::block_on(async {
    ///     assert_eq!(Body::from("four").limit(4).text().await.unwrap(), "four");
    ///     let error = Body::from("fours").limit(4).text().await.unwrap_err();
    ///     assert_eq!(error.kind(), ErrorKind::TooLarge);
    /// });
    /// ```
    pub fn limit(self, bytes: u64) -> Self {
        Self { limit: Some(bytes), ..self }
    }

    /// Returns how many bytes are left to read, if that is known.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::http::Body;
    ///
    /// assert_eq!(Body::from("four").length(), Some(4));
    /// assert_eq!(Body::default().length(), Some(0));
    /// ```
    pub fn length(&self) -> Option<u64> {
        self.left
    }

    /// Reads the body to its end, and returns its bytes.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # use guest_runtime::http;
    /// # async fn f() -> Result<(), http::Error> {
    /// let response = http::get("http://127.0.0.1:8000/logo.png").await?;
    /// let png = response.into_body().limit(1 << 20).bytes().await?;
    /// assert!(png.starts_with(b"\x89PNG"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of a read of the body.
    pub async fn bytes(mut self) -> Result<Vec<u8>, Error> {
        // The announced length may be wrong, so it does not decide how much memory is allocated.
        let mut all = Vec::with_capacity(self.left.map_or(0, |left| left.min(1 << 20) as usize));
        loop {
            let bytes = poll_fn(|context| {
                let bytes = ready!(Pin::new(&mut self).poll_fill_buf(context))?;
                all.extend_from_slice(bytes);
                Poll::Ready(Ok(bytes.len()))
            });
            match bytes.await.map_err(Error::of_body)? {
                0 => return Ok(all),
                length => Pin::new(&mut self).consume(length),
            }
        }
    }

    /// Reads the body to its end, and returns it as text, which has to be UTF-8.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # use guest_runtime::http;
    /// # async fn f() -> Result<(), http::Error> {
    /// let text = http::get("http://127.0.0.1:8000/").await?.into_body().text().await?;
    /// assert!(text.contains("<html>"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// * The errors of a read of the body.
    /// * [`ErrorKind::Response`] if the bytes are not UTF-8. A `charset` in the headers is ignored.
    pub async fn text(self) -> Result<String, Error> {
        let text = String::from_utf8(self.bytes().await?);
        text.map_err(|error| Error::new(ErrorKind::Response, None, format!("the body is not text: {error}")))
    }

    /// Reads the body to its end, and returns its trailers, of which most responses have none.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # use guest_runtime::http;
    /// # use guest_runtime::io;
    /// # async fn f() -> Result<(), http::Error> {
    /// let mut body = http::get("http://127.0.0.1:8000/sum").await?.into_body();
    /// io::copy(&mut body, io::stdout()).await.unwrap();
    /// let trailers = body.trailers().await?;
    /// assert!(trailers.contains_key("digest"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of a read of the body.
    pub async fn trailers(mut self) -> Result<HeaderMap, Error> {
        loop {
            let next = poll_fn(|context| Pin::new(&mut self).poll_fill_buf(context).map_ok(<[u8]>::len));
            match next.await.map_err(Error::of_body)? {
                0 => break,
                length => Pin::new(&mut self).consume(length),
            }
        }
        match self.source {
            Source::Response(incoming) => incoming.trailers().await,
            Source::Bytes { .. } | Source::Reader(_) => Ok(HeaderMap::new()),
        }
    }
}

impl Source {
    fn poll_fill_buf(&mut self, context: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        match self {
            Self::Bytes { bytes, consumed } => Poll::Ready(Ok(&bytes[*consumed..])),
            Self::Reader(reader) => reader.as_mut().poll_fill_buf(context),
            Self::Response(incoming) => incoming.poll_fill_buf(context).map_err(Into::into),
        }
    }

    /// Returns the server that an error is about.
    fn peer(&self) -> Option<&Peer> {
        match self {
            Self::Response(incoming) => Some(incoming.peer()),
            Self::Bytes { .. } | Self::Reader(_) => None,
        }
    }
}

impl AsyncBufRead for Body {
    fn poll_fill_buf(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        let Self { source, limit, .. } = self.get_mut();
        if *limit == Some(0) {
            let is_end = ready!(source.poll_fill_buf(context))?.is_empty();
            let too_large =
                || Error::new(ErrorKind::TooLarge, source.peer(), "the body is longer than its limit");
            return Poll::Ready(if is_end { Ok(&[]) } else { Err(too_large().into()) });
        }
        let bytes = ready!(source.poll_fill_buf(context))?;
        let limit = limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
        Poll::Ready(Ok(&bytes[..bytes.len().min(limit)]))
    }

    fn consume(self: Pin<&mut Self>, amount: usize) {
        let Self { source, left, limit } = self.get_mut();
        for count in [left, limit].into_iter().flatten() {
            *count = count.saturating_sub(amount as u64);
        }
        match source {
            Source::Bytes { bytes, consumed } => *consumed = (*consumed + amount).min(bytes.len()),
            Source::Reader(reader) => reader.as_mut().consume(amount),
            Source::Response(incoming) => incoming.consume(amount),
        }
    }
}

impl AsyncRead for Body {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        if into.is_empty() {
            return Poll::Ready(Ok(0));
        }
        let bytes = ready!(self.as_mut().poll_fill_buf(context))?;
        let length = bytes.len().min(into.len());
        into[..length].copy_from_slice(&bytes[..length]);
        self.consume(length);
        Poll::Ready(Ok(length))
    }
}

impl Default for Body {
    fn default() -> Self {
        Self::from(&b""[..])
    }
}

impl From<()> for Body {
    fn from((): ()) -> Self {
        Self::default()
    }
}

impl From<Cow<'static, [u8]>> for Body {
    fn from(bytes: Cow<'static, [u8]>) -> Self {
        let left = Some(bytes.len() as u64);
        Self { source: Source::Bytes { bytes, consumed: 0 }, left, limit: None }
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Cow::<'static, [u8]>::from(bytes).into()
    }
}

impl From<&'static [u8]> for Body {
    fn from(bytes: &'static [u8]) -> Self {
        Cow::from(bytes).into()
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        text.into_bytes().into()
    }
}

impl From<&'static str> for Body {
    fn from(text: &'static str) -> Self {
        text.as_bytes().into()
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let source: &dyn fmt::Debug = match &self.source {
            Source::Bytes { .. } => &"bytes",
            Source::Reader(_) => &"a reader",
            Source::Response(incoming) => incoming,
        };
        let Self { left, limit, .. } = self;
        f.debug_struct("Body").field("source", source).field("left", left).field("limit", limit).finish()
    }
}
