//! The client: it sends requests, with timeouts.

use std::future::{Future as _, poll_fn};
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use ::http::{Request, Response, Uri};
use wasi::http::outgoing_handler;
use wasi::http::types::{FutureIncomingResponse, IncomingResponse, RequestOptions};

use super::body::Body;
use super::error::Error;
use super::error_kind::ErrorKind;
use super::outgoing::Outgoing;
use super::peer::Peer;
use super::response;
use super::upload::Upload;
use crate::pollable::wait_for;

/// Sends a GET request to this URI, with the default [`Client`].
///
/// # Examples
///
/// ```no_run
/// use guest_runtime::http;
///
/// #[guest_runtime::main]
/// async fn main() -> Result<(), http::Error> {
///     let response = http::get("http://127.0.0.1:8000/").await?;
///     assert_eq!(response.status(), 200);
///     println!("{}", response.into_body().limit(1 << 20).text().await?);
///     Ok(())
/// }
/// ```
///
/// # Errors
///
/// The errors of [`Client::send`].
///
/// # Cancellation
///
/// Dropping the future closes the connection.
pub async fn get<U>(uri: U) -> Result<Response<Body>, Error>
where
    U: TryInto<Uri, Error: Into<::http::Error>>,
{
    Client::new().get(uri).await
}

/// Sends requests, with timeouts.
///
/// It keeps no connections and no cookies: it is three timeouts, and is copied where it is needed.
///
/// Each part of an exchange has a timeout. The default is that of the host, which is ten minutes in wasmtime.
/// To limit the whole exchange, wrap its future in [`timeout`](crate::time::timeout()).
///
/// # Examples
///
/// ```no_run
/// # use guest_runtime::http::{self, Body, Client, Request};
/// # use guest_runtime::time::timeout;
/// # use std::time::Duration;
/// # async fn f() -> Result<(), Box<dyn std::error::Error>> {
/// let client = Client::new().connect_timeout(Duration::from_secs(1));
/// let request = Request::post("http://127.0.0.1:8000/").body("hello")?;
/// let response = timeout(Duration::from_secs(5), client.send(request)).await??;
/// assert!(response.status().is_success());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, Default)]
#[must_use = "a client does nothing until it sends"]
pub struct Client {
    connect: Option<Duration>,
    first_byte: Option<Duration>,
    between_bytes: Option<Duration>,
}

impl Client {
    /// Returns a client with the timeouts of the host.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::http::{Client, ErrorKind};
    ///
    /// guest_runtime::block_on(async {
    ///     let error = Client::new().get("no URI").await.unwrap_err();
    ///     assert_eq!(error.kind(), ErrorKind::Request);
    /// });
    /// ```
    pub const fn new() -> Self {
        Self { connect: None, first_byte: None, between_bytes: None }
    }

    /// Sets how long to wait for a connection.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # use guest_runtime::http::{self, Client};
    /// # use std::time::Duration;
    /// # async fn f() -> Result<(), http::Error> {
    /// let client = Client::new().connect_timeout(Duration::from_secs(1));
    /// let response = client.get("http://127.0.0.1:8000/").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub const fn connect_timeout(mut self, duration: Duration) -> Self {
        self.connect = Some(duration);
        self
    }

    /// Sets how long to wait for the head of the response, counted from the connection.
    ///
    /// This includes the upload, unless the server responds before it has the whole request.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # use guest_runtime::http::{self, Client, ErrorKind};
    /// # use std::time::Duration;
    /// # async fn f() {
    /// let client = Client::new().first_byte_timeout(Duration::from_secs(30));
    /// if let Err(error) = client.get("http://127.0.0.1:8000/report").await
    ///     && error.kind() == ErrorKind::Timeout
    /// {
    ///     eprintln!("the report takes too long");
    /// }
    /// # }
    /// ```
    pub const fn first_byte_timeout(mut self, duration: Duration) -> Self {
        self.first_byte = Some(duration);
        self
    }

    /// Sets how long to wait for each further part of the response's body.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # use guest_runtime::http::{self, Client};
    /// # use std::time::Duration;
    /// # async fn f() -> Result<(), http::Error> {
    /// let client = Client::new().between_bytes_timeout(Duration::from_secs(5));
    /// let page = client.get("http://127.0.0.1:8000/").await?.into_body().limit(1 << 20).text().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub const fn between_bytes_timeout(mut self, duration: Duration) -> Self {
        self.between_bytes = Some(duration);
        self
    }

    /// Sends a GET request to this URI.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # use guest_runtime::http::{self, Client};
    /// # use std::time::Duration;
    /// # async fn f() -> Result<(), http::Error> {
    /// let client = Client::new().first_byte_timeout(Duration::from_secs(5));
    /// let response = client.get("http://127.0.0.1:8000/").await?;
    /// assert_eq!(response.headers()["content-type"], "text/html");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`send`](Client::send), and [`ErrorKind::Request`] if the URI is invalid.
    ///
    /// # Cancellation
    ///
    /// Dropping the future closes the connection.
    pub async fn get<U>(self, uri: U) -> Result<Response<Body>, Error>
    where
        U: TryInto<Uri, Error: Into<::http::Error>>,
    {
        self.send(Request::get(uri).body(())?).await
    }

    /// Sends a request, and returns the response as soon as its head has arrived.
    ///
    /// No status is an error: 404 and 500 are responses. A redirect is a response too, with the header
    /// `location`, and is not followed.
    ///
    /// The body is sent while this waits. If the server responds before it has the whole body, the rest is sent
    /// while the response's body is read, and that does not end before the upload does. An error status ends
    /// the upload, because a server may send one without reading the request.
    ///
    /// # Examples
    ///
    /// A body of any size, from one server to another:
    ///
    /// ```no_run
    /// # use guest_runtime::http::{self, Client, Request};
    /// # async fn f() -> Result<(), Box<dyn std::error::Error>> {
    /// let client = Client::new();
    /// let from = client.get("http://127.0.0.1:8000/large").await?;
    /// let to = Request::put("http://127.0.0.1:8001/large").body(from.into_body())?;
    /// assert!(client.send(to).await?.status().is_success());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// * [`ErrorKind::Request`] if the request cannot be sent: its URI names no server or has a
    ///   password in it, or one of its headers is the host's to set, such as `host`.
    /// * [`ErrorKind::Upload`] if its body cannot be read.
    /// * Everything else that can fail in an exchange; [`ErrorKind`] lists it.
    ///
    /// # Cancellation
    ///
    /// Dropping the future closes the connection. If the body was being sent, the server has received
    /// an incomplete request.
    pub async fn send<B: Into<Body>>(self, request: Request<B>) -> Result<Response<Body>, Error> {
        let Outgoing { head, mut upload, method, peer } = Outgoing::new(request.map(Into::into))?;
        let options = self.options(&peer)?;
        let response =
            outgoing_handler::handle(head, Some(options)).map_err(|code| Error::of_code(&peer, &code))?;
        let incoming = arrival(&response, &mut upload, &peer).await?;
        response::from_host(&incoming, upload, &method, &peer)
    }

    fn options(self, peer: &Peer) -> Result<RequestOptions, Error> {
        let options = RequestOptions::new();
        let nanos =
            |time: Option<Duration>| time.map(|time| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX));
        let set = [
            (self.connect, options.set_connect_timeout(nanos(self.connect)), "for a connection"),
            (self.first_byte, options.set_first_byte_timeout(nanos(self.first_byte)), "for the response"),
            (
                self.between_bytes,
                options.set_between_bytes_timeout(nanos(self.between_bytes)),
                "between bytes",
            ),
        ];
        for (time, done, what) in set {
            // A host may support no timeouts. Ignoring one that was set would be wrong.
            if time.is_some() && done.is_err() {
                let what = format!("the host cannot limit the time {what}");
                return Err(Error::new(ErrorKind::Request, Some(peer), what));
            }
        }
        Ok(options)
    }
}

/// Waits for the response while it sends the body.
async fn arrival(
    response: &FutureIncomingResponse,
    upload: &mut Option<Upload>,
    peer: &Peer,
) -> Result<IncomingResponse, Error> {
    loop {
        let mut wait = wait_for(response.subscribe());
        poll_fn(|context| {
            // The end of the upload is not awaited: the rest is sent while the response is read.
            if let Poll::Ready(Err(error)) = Upload::poll(upload, context) {
                return Poll::Ready(Err(error));
            }
            Pin::new(&mut wait).poll(context).map(Ok)
        })
        .await?;
        if let Some(came) = response.get() {
            return came.expect("a response is taken once").map_err(|code| Error::of_code(peer, &code));
        }
    }
}
