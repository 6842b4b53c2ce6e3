//! Who sends requests, and how long it waits.

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

/// Gets what is at this URI: [`Client::get`] of a client with nothing set.
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
/// Those of [`Client::send`].
///
/// # Cancellation
///
/// Dropping the future ends the connection.
pub async fn get<U>(uri: U) -> Result<Response<Body>, Error>
where
    U: TryInto<Uri, Error: Into<::http::Error>>,
{
    Client::new().get(uri).await
}

/// Sends requests, and waits as long as it is told to.
///
/// There is nothing behind it: no connections that are kept and no cookies. It is a few numbers,
/// copied where it is needed.
///
/// Each part of an exchange has a time of its own, and where none is set, the host's (in wasmtime
/// ten minutes). For all of it together, [`timeout`](crate::time::timeout()) around the future.
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
    /// A client that waits as long as the host does.
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

    /// How long to wait for a connection.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::http::Client;
    /// use std::time::Duration;
    ///
    /// let client = Client::new().connect_timeout(Duration::from_secs(1));
    /// assert!(format!("{client:?}").contains("connect: Some(1s)"));
    /// ```
    pub const fn connect_timeout(mut self, duration: Duration) -> Self {
        self.connect = Some(duration);
        self
    }

    /// How long to wait for the response's head, from the connection on.
    ///
    /// The upload is part of that time, unless the server answers before it has all of it.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::http::Client;
    /// use std::time::Duration;
    ///
    /// let client = Client::new().first_byte_timeout(Duration::from_secs(30));
    /// assert!(format!("{client:?}").contains("first_byte: Some(30s)"));
    /// ```
    pub const fn first_byte_timeout(mut self, duration: Duration) -> Self {
        self.first_byte = Some(duration);
        self
    }

    /// How long to wait for each next part of the response's body.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::http::Client;
    /// use std::time::Duration;
    ///
    /// let client = Client::new().between_bytes_timeout(Duration::from_secs(5));
    /// assert!(format!("{client:?}").contains("between_bytes: Some(5s)"));
    /// ```
    pub const fn between_bytes_timeout(mut self, duration: Duration) -> Self {
        self.between_bytes = Some(duration);
        self
    }

    /// Gets what is at this URI.
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
    /// Those of [`send`](Client::send), and [`ErrorKind::Request`] if that is no URI.
    ///
    /// # Cancellation
    ///
    /// Dropping the future ends the connection.
    pub async fn get<U>(self, uri: U) -> Result<Response<Body>, Error>
    where
        U: TryInto<Uri, Error: Into<::http::Error>>,
    {
        self.send(Request::get(uri).body(())?).await
    }

    /// Sends a request, and returns the response as soon as its head is there.
    ///
    /// A status is not an error, 404 and 500 are responses. A redirect is a response too, with the
    /// header `location`: nobody follows it but you.
    ///
    /// The body is sent while this waits. If the server answers before it has all of it, the rest
    /// is sent while the response's body is read, and that body does not end before; unless the
    /// status is an error, which a server may say without having read.
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
    /// * Everything that can happen on the way; [`ErrorKind`] lists it.
    ///
    /// # Cancellation
    ///
    /// Dropping the future ends the connection. What the server has already got it has got, but
    /// not as a complete request, if the body was under way.
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
            // A host may know none of them; who has asked for one has to know that.
            if time.is_some() && done.is_err() {
                let what = format!("the host cannot limit the time {what}");
                return Err(Error::new(ErrorKind::Request, Some(peer), what));
            }
        }
        Ok(options)
    }
}

/// Waits for the response, and sends the body meanwhile.
async fn arrival(
    response: &FutureIncomingResponse,
    upload: &mut Option<Upload>,
    peer: &Peer,
) -> Result<IncomingResponse, Error> {
    loop {
        let mut wait = wait_for(response.subscribe());
        poll_fn(|context| {
            // Its end is not waited for: what is left goes out while the response is read.
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
