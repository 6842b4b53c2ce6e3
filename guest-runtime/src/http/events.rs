//! Server-sent events: a response that goes on for as long as there are events.

use std::borrow::Cow;

use ::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use ::http::{HeaderValue, Response};
use futures_core::Stream;
use futures_lite::StreamExt as _;

use super::body::Body;

/// An event that a page receives by `EventSource`.
///
/// # Examples
///
/// ```
/// use guest_runtime::http::Event;
///
/// let event = Event::new("42 %").named("progress");
/// assert_eq!(event.to_string(), "event: progress\ndata: 42 %\n\n");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    name: Option<Cow<'static, str>>,
    id: Option<Cow<'static, str>>,
    data: Cow<'static, str>,
}

impl Event {
    /// Returns an event with this data, which may have several lines.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::http::Event;
    ///
    /// assert_eq!(Event::new("one\ntwo").to_string(), "data: one\ndata: two\n\n");
    /// ```
    #[must_use]
    pub fn new(data: impl Into<Cow<'static, str>>) -> Self {
        Self { name: None, id: None, data: data.into() }
    }

    /// Sets the name, by which a page listens. Without a name, it is a `message`.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::http::Event;
    ///
    /// assert_eq!(Event::new("").named("done").to_string(), "event: done\ndata: \n\n");
    /// ```
    #[must_use]
    pub fn named(self, name: impl Into<Cow<'static, str>>) -> Self {
        Self { name: Some(name.into()), ..self }
    }

    /// Sets the id, which a page that connects again sends as the header `last-event-id`.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::http::Event;
    ///
    /// assert_eq!(Event::new("a").with_id("7").to_string(), "id: 7\ndata: a\n\n");
    /// ```
    #[must_use]
    pub fn with_id(self, id: impl Into<Cow<'static, str>>) -> Self {
        Self { id: Some(id.into()), ..self }
    }
}

/// The lines of the event, and the empty line at its end. What a name or an id has after a line break is left out.
impl std::fmt::Display for Event {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (field, value) in [("event", &self.name), ("id", &self.id)] {
            let line = value.as_ref().map(|value| value.split(['\r', '\n']).next().unwrap_or_default());
            if let Some(line) = line {
                writeln!(f, "{field}: {line}")?;
            }
        }
        // A line may end with either, or with both.
        for line in self.data.replace("\r\n", "\n").split(['\r', '\n']) {
            writeln!(f, "data: {line}")?;
        }
        f.write_str("\n")
    }
}

impl<T: Into<Cow<'static, str>>> From<T> for Event {
    fn from(data: T) -> Self {
        Self::new(data)
    }
}

/// Returns a response that sends each event of this stream when it comes.
///
/// The request ends when the stream does, or when the client disconnects: then the handler is stopped, with the
/// jobs that feed the stream.
///
/// # Examples
///
/// ```
/// use guest_runtime::http::{self, Event};
/// use guest_runtime::prelude::*;
///
/// guest_runtime::block_on(async {
///     let lines = guest_runtime::futures_lite::stream::iter(["one", "two"]);
///     let response = http::events(lines);
///     assert_eq!(response.headers()["content-type"], "text/event-stream");
///     assert_eq!(response.into_body().text().await.unwrap(), "data: one\n\ndata: two\n\n");
/// });
/// ```
pub fn events<S>(stream: S) -> Response<Body>
where
    S: Stream<Item: Into<Event>> + 'static,
{
    let mut response = Response::new(Body::stream(stream.map(|event| event.into().to_string())));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_an_event_begins_another() {
        let event = Event::new("a\rb\r\nc\n\nd").named("n\ndata: x").with_id("1\r2");
        assert_eq!(event.to_string(), "event: n\nid: 1\ndata: a\ndata: b\ndata: c\ndata: \ndata: d\n\n");
    }
}
