//! A response as the host gives it.

use ::http::header::CONTENT_LENGTH;
use ::http::{HeaderMap, Method, Response, StatusCode};
use wasi::http::types::IncomingResponse;

use super::body::Body;
use super::error::Error;
use super::error_kind::ErrorKind;
use super::fields;
use super::incoming::Incoming;
use super::peer::Peer;
use super::upload::Upload;

/// A response whose head is there, and the rest of the request's body.
pub(super) fn from_host(
    incoming: &IncomingResponse,
    upload: Option<Upload>,
    method: &Method,
    peer: &Peer,
) -> Result<Response<Body>, Error> {
    let status = StatusCode::from_u16(incoming.status())
        .map_err(|error| Error::new(ErrorKind::Response, Some(peer), error.to_string()))?;
    let headers = fields::from_host(&incoming.headers(), peer)?;
    let length = length(&headers, status, method);
    let is_refusal = status.is_client_error() || status.is_server_error();
    let body = incoming.consume().expect("nobody has taken the body of a new response");
    let body = Incoming::new(body, upload, is_refusal, peer.clone());
    let mut response = Response::new(Body::response(body, length));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}

/// How long the body is, as far as the head says it.
fn length(headers: &HeaderMap, status: StatusCode, method: &Method) -> Option<u64> {
    // Their `content-length` is that of a body which does not come.
    let has_none = [StatusCode::NO_CONTENT, StatusCode::NOT_MODIFIED].contains(&status);
    if has_none || *method == Method::HEAD {
        return Some(0);
    }
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_of_a_body() {
        let headers = |text: &'static str| HeaderMap::from_iter([(CONTENT_LENGTH, text.parse().unwrap())]);
        let length = |headers: HeaderMap, method| length(&headers, StatusCode::OK, &method);
        assert_eq!(length(headers("12"), Method::GET), Some(12));
        assert_eq!(length(headers("12"), Method::HEAD), Some(0));
        assert_eq!(length(headers("many"), Method::GET), None);
        assert_eq!(length(HeaderMap::new(), Method::GET), None);
        assert_eq!(super::length(&headers("12"), StatusCode::NOT_MODIFIED, &Method::GET), Some(0));
    }
}
