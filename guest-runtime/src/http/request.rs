//! A request that a handler receives, from the resource of the host.

use ::http::header::CONTENT_LENGTH;
use ::http::{Method, Request, Uri};
use wasi::http::types::{self, IncomingRequest, Scheme};

use super::body::Body;
use super::error::Error;
use super::error_kind::ErrorKind;
use super::fields;
use super::incoming::Incoming;
use super::peer::Peer;

/// Returns a request whose head has arrived.
pub(super) fn from_host(incoming: &IncomingRequest, client: &Peer) -> Result<Request<Body>, Error> {
    let invalid = |what: &str| Error::new(ErrorKind::Request, Some(client), format!("the {what} is invalid"));
    let path = incoming.path_with_query();
    let uri = uri(incoming.scheme().as_ref(), incoming.authority().as_deref(), path.as_deref());
    let headers = fields::from_host(&incoming.headers(), client)?;
    let length = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    let body = incoming.consume().expect("the body of a new request has not been taken");
    let body = Incoming::new(body, None, false, client.clone());
    let mut request = Request::new(Body::response(body, length));
    *request.method_mut() = method(&incoming.method()).ok_or_else(|| invalid("method"))?;
    *request.uri_mut() = uri.ok_or_else(|| invalid("URI"))?;
    *request.headers_mut() = headers;
    Ok(request)
}

/// Returns the URI that the client has asked for. It has no server if the client has not named one.
fn uri(scheme: Option<&Scheme>, authority: Option<&str>, path: Option<&str>) -> Option<Uri> {
    let path = path.filter(|path| !path.is_empty()).unwrap_or("/");
    let scheme = match scheme {
        Some(Scheme::Https) => "https",
        Some(Scheme::Other(other)) => other,
        Some(Scheme::Http) | None => "http",
    };
    match authority.filter(|authority| !authority.is_empty() && path.starts_with('/')) {
        Some(authority) => format!("{scheme}://{authority}{path}").parse().ok(),
        None => path.parse().ok(),
    }
}

fn method(method: &types::Method) -> Option<Method> {
    Some(match method {
        types::Method::Get => Method::GET,
        types::Method::Head => Method::HEAD,
        types::Method::Post => Method::POST,
        types::Method::Put => Method::PUT,
        types::Method::Delete => Method::DELETE,
        types::Method::Connect => Method::CONNECT,
        types::Method::Options => Method::OPTIONS,
        types::Method::Trace => Method::TRACE,
        types::Method::Patch => Method::PATCH,
        types::Method::Other(name) => return Method::from_bytes(name.as_bytes()).ok(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uri_has_what_the_client_named() {
        let text = |scheme, authority, path| uri(scheme, authority, path).unwrap().to_string();
        assert_eq!(text(Some(&Scheme::Https), Some("a.test:8"), Some("/b?c")), "https://a.test:8/b?c");
        assert_eq!(text(None, Some("a.test"), None), "http://a.test/");
        assert_eq!(text(None, None, Some("/b")), "/b");
        assert_eq!(text(None, Some("a.test"), Some("*")), "*", "OPTIONS for the whole server");
        assert_eq!(uri(None, Some("a b"), Some("/")), None);
    }

    #[test]
    fn methods_of_ones_own() {
        assert_eq!(method(&types::Method::Other("PURGE".to_owned())).unwrap(), "PURGE");
        assert_eq!(method(&types::Method::Other("no method".to_owned())), None);
    }
}
