//! HTTP: a client, and handlers of requests, with bodies of any size in both directions.
//!
//! Its types are those of the crate `http`, so a [`Request`] is built as everywhere. A [`Body`] has the same
//! traits as the streams of [`io`](crate::io), so code that reads a file can read a response.
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
//!     // Two at a time, like any two futures.
//!     let pages = (client.get("http://127.0.0.1:8000/a"), client.get("http://127.0.0.1:8000/b"));
//!     let (a, b) = pages.try_join().await?;
//!     assert!(a.status().is_success() && b.status().is_success());
//!     Ok(())
//! }
//! ```
//!
//! The module needs the cargo feature `http`:
//!
//! ```toml
//! guest-runtime = { package = "parallel-guest-runtime", version = "0.1", features = ["http"] }
//! ```
//!
//! # The host's part
//!
//! Requests go through `wasi:http/outgoing-handler`, which the host has to grant, for example with
//! `host run -S http app.wasm`. Without it every request fails with [`ErrorKind::Denied`]. An app that
//! calls nothing of this module does not import the interface, even with the feature.
//!
//! The host connects: it looks names up, speaks TLS and checks certificates, sets the headers `host` and
//! `connection`, and handles chunks. It follows no redirects, keeps no cookies, and decodes no `gzip`.
//!
//! # Handlers
//!
//! [`#[guest_runtime::serve]`](macro@crate::serve) makes a function the handler of a component that a server runs.
//! [`events()`] sends server-sent events, [`Body::stream`] any other stream, and a [`Responder`] lets a handler go on
//! after its response.
//!
//! # Progress
//!
//! Nothing runs in the background. [`Client::send`] sends the request while it waits for the response. If the
//! response arrives first, the rest of the request's body is sent while the response's body is read. So
//! neither side has to buffer when a server responds before it has the whole request, as one that echoes
//! does.
//!
//! Dropping the future of `send`, or a body that has not been read to its end, closes the connection.

mod body;
mod chunks;
mod client;
mod code;
mod connection;
mod error;
mod error_kind;
mod events;
mod fields;
pub(crate) mod handler;
mod incoming;
mod outgoing;
mod peer;
mod request;
mod responder;
mod response;
mod upload;

pub use body::Body;
pub use client::{Client, get};
pub use error::Error;
pub use error_kind::ErrorKind;
pub use events::{Event, events};
pub use handler::Answer;
pub use responder::Responder;

#[doc(no_inline)]
pub use ::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri, header};
