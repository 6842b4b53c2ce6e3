//! A client for HTTP: requests to servers, with bodies of any size in both directions.
//!
//! The types are those of the crate `http`, so a [`Request`] is built as everywhere. A
//! [`Body`] is a stream of bytes as those of [`io`](crate::io) are: what reads a file reads a
//! response.
//!
//! ```no_run
//! use guest_runtime::http::{self, Client, Request, StatusCode};
//! use guest_runtime::prelude::*;
//!
//! #[guest_runtime::main]
//! async fn main() -> Result<(), http::Error> {
//!     let page = http::get("http://127.0.0.1:8000/").await?;
//!     println!("{} {:?}", page.status(), page.headers().get("content-type"));
//!     println!("{}", page.into_body().limit(1 << 20).text().await?);
//!
//!     let client = Client::new().connect_timeout(std::time::Duration::from_secs(1));
//!     let upload = Request::put("http://127.0.0.1:8000/notes").body("one note")?;
//!     assert_eq!(client.send(upload).await?.status(), StatusCode::CREATED);
//!
//!     // Two at a time, as with any two futures.
//!     let pages = (client.get("http://127.0.0.1:8000/a"), client.get("http://127.0.0.1:8000/b"));
//!     let (a, b) = pages.try_join().await?;
//!     assert!(a.status().is_success() && b.status().is_success());
//!     Ok(())
//! }
//! ```
//!
//! It is there with the cargo feature `http`:
//!
//! ```toml
//! guest-runtime = { version = "0.1", features = ["http"] }
//! ```
//!
//! # What the host does
//!
//! The requests go through `wasi:http/outgoing-handler`, which a host grants or not: with ours,
//! `host run -S http app.wasm`. Without it every request is [`ErrorKind::Denied`]. An app that
//! calls nothing of this module does not ask for the interface, whatever its features are.
//!
//! The host makes the connections: names, TLS with its certificates, the headers `host` and
//! `connection`, chunks. It follows no redirects, keeps no cookies, and decodes no `gzip`.
//!
//! # What goes on when
//!
//! Nothing runs by itself here. [`Client::send`] connects and sends when it is polled, and waits
//! for the response at the same time. What is left of the request's body after that is sent by
//! whoever reads the response's. So a server that answers while it is still being told
//! something, such as one that echoes, needs no memory for what is under way on either side.
//!
//! Whatever is dropped stops there: the future of `send`, or a body that is half read, ends its
//! connection.

mod body;
mod client;
mod code;
mod connection;
mod error;
mod error_kind;
mod fields;
mod incoming;
mod outgoing;
mod peer;
mod response;
mod upload;

pub use body::Body;
pub use client::{Client, get};
pub use error::Error;
pub use error_kind::ErrorKind;

#[doc(no_inline)]
pub use ::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri, header};
