//! A request, as a resource of the host.

use ::http::header::CONTENT_LENGTH;
use ::http::{HeaderValue, Method, Request, Uri};
use wasi::http::types::{self, OutgoingRequest, Scheme};

use super::body::Body;
use super::error::Error;
use super::error_kind::ErrorKind;
use super::fields;
use super::peer::Peer;
use super::upload::Upload;

/// A request that is ready to be sent.
#[derive(Debug)]
pub(super) struct Outgoing {
    pub(super) head: OutgoingRequest,
    /// `None` if there is no body.
    pub(super) upload: Option<Upload>,
    pub(super) method: Method,
    pub(super) peer: Peer,
}

impl Outgoing {
    pub(super) fn new(request: Request<Body>) -> Result<Self, Error> {
        let (mut parts, body) = request.into_parts();
        let (scheme, peer) = server(&parts.uri)?;
        let has_body = body.length() != Some(0);
        // A length of zero is sent only where a body is expected.
        let expects_body = [Method::POST, Method::PUT, Method::PATCH].contains(&parts.method);
        if let Some(length) = body.length().filter(|_| has_body || expects_body) {
            parts.headers.entry(CONTENT_LENGTH).or_insert_with(|| HeaderValue::from(length));
        }
        let head = OutgoingRequest::new(fields::to_host(&parts.headers, &peer)?);
        let invalid =
            |what: &str| Error::new(ErrorKind::Request, Some(&peer), format!("the {what} is invalid"));
        let path = parts.uri.path_and_query().map(|path| path.as_str());
        head.set_method(&method(&parts.method)).map_err(|()| invalid("method"))?;
        head.set_scheme(Some(&scheme)).map_err(|()| invalid("scheme"))?;
        head.set_authority(Some(&peer.to_string())).map_err(|()| invalid("server's name"))?;
        head.set_path_with_query(path).map_err(|()| invalid("path"))?;
        let mut upload = None;
        if has_body {
            // The host checks the header here.
            let body_of_head = head.body().map_err(|()| invalid("header `content-length`"))?;
            upload = Some(Upload::new(body, body_of_head, peer.clone()));
        }
        Ok(Self { head, upload, method: parts.method, peer })
    }
}

/// Returns the scheme and the server of a URI.
fn server(uri: &Uri) -> Result<(Scheme, Peer), Error> {
    let wrong = |peer: Option<&Peer>, what: String| Error::new(ErrorKind::Request, peer, what);
    let Some(authority) = uri.authority() else {
        return Err(wrong(None, format!("the URI `{uri}` names no server")));
    };
    // The name appears in logs, so it does not include a password.
    let name = authority.as_str();
    let peer = Peer::new(name.rsplit_once('@').map_or(name, |(_, name)| name));
    if name.contains('@') {
        let what = "a user's name in a URI is not sent: use the header `authorization`";
        return Err(wrong(Some(&peer), what.to_owned()));
    }
    match uri.scheme_str() {
        Some("http") => Ok((Scheme::Http, peer)),
        Some("https") => Ok((Scheme::Https, peer)),
        Some(scheme) => Err(wrong(Some(&peer), format!("the scheme `{scheme}` is neither http nor https"))),
        None => Err(wrong(Some(&peer), "the URI begins neither with http:// nor with https://".to_owned())),
    }
}

fn method(method: &Method) -> types::Method {
    match *method {
        Method::GET => types::Method::Get,
        Method::HEAD => types::Method::Head,
        Method::POST => types::Method::Post,
        Method::PUT => types::Method::Put,
        Method::DELETE => types::Method::Delete,
        Method::CONNECT => types::Method::Connect,
        Method::OPTIONS => types::Method::Options,
        Method::TRACE => types::Method::Trace,
        Method::PATCH => types::Method::Patch,
        _ => types::Method::Other(method.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why_not(uri: &str) -> String {
        server(&uri.parse().unwrap()).unwrap_err().to_string()
    }

    #[test]
    fn a_request_needs_a_server() {
        let (scheme, peer) = server(&"HTTPS://a.test:8/b?c".parse().unwrap()).unwrap();
        assert!(matches!(scheme, Scheme::Https));
        assert_eq!(peer.to_string(), "a.test:8");
        assert_eq!(why_not("/b"), "the URI `/b` names no server");
        assert_eq!(why_not("a.test"), "a.test: the URI begins neither with http:// nor with https://");
        assert_eq!(why_not("ws://a.test/"), "a.test: the scheme `ws` is neither http nor https");
    }

    #[test]
    fn a_password_is_not_sent_and_not_told() {
        let why = why_not("http://me:secret@a.test/");
        assert_eq!(why, "a.test: a user's name in a URI is not sent: use the header `authorization`");
    }

    #[test]
    fn methods_of_ones_own() {
        let other = method(&Method::from_bytes(b"PURGE").unwrap());
        assert!(matches!(other, types::Method::Other(name) if name == "PURGE"));
        assert!(matches!(method(&Method::PATCH), types::Method::Patch));
    }
}
