//! A response, from the resource of the host.

use ::http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use ::http::{HeaderMap, Method, Response, StatusCode};
use wasi::http::types::IncomingResponse;

use super::body::Body;
use super::error::Error;
use super::error_kind::ErrorKind;
use super::fields;
use super::incoming::Incoming;
use super::peer::Peer;
use super::upload::Upload;

/// Returns a response whose head has arrived, with the rest of the upload as a part of its body.
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
    let body = incoming.consume().expect("the body of a new response has not been taken");
    let body = Incoming::new(body, upload, is_refusal, peer.clone());
    let mut response = Response::new(Body::response(body, length));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}

/// Returns the length of the body, if the head has it.
fn length(headers: &HeaderMap, status: StatusCode, method: &Method) -> Option<u64> {
    // The `content-length` of these is that of a body that is not sent.
    let has_none = [StatusCode::NO_CONTENT, StatusCode::NOT_MODIFIED].contains(&status);
    if has_none || *method == Method::HEAD {
        return Some(0);
    }
    // Its chunks say where such a body ends, whatever the other header says.
    if headers.contains_key(TRANSFER_ENCODING) {
        return None;
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
        let mut chunked = headers("12");
        chunked.insert(TRANSFER_ENCODING, "chunked".parse().unwrap());
        assert_eq!(length(chunked, Method::GET), None);
        assert_eq!(length(HeaderMap::new(), Method::GET), None);
        assert_eq!(super::length(&headers("12"), StatusCode::NOT_MODIFIED, &Method::GET), Some(0));
    }
}
