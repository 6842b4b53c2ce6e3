//! Headers and trailers, to and from the types of the host.

use ::http::{HeaderMap, HeaderName, HeaderValue};
use wasi::http::types::{Fields, HeaderError};

use super::error::Error;
use super::error_kind::ErrorKind;
use super::peer::Peer;

/// Converts headers to those of the host.
pub(super) fn to_host(headers: &HeaderMap, peer: &Peer) -> Result<Fields, Error> {
    let fields = Fields::new();
    for (name, value) in headers {
        fields.append(name.as_str(), value.as_bytes()).map_err(|error| {
            let why = match error {
                HeaderError::Forbidden => "is the host's to set",
                HeaderError::InvalidSyntax | HeaderError::Immutable => "is invalid",
            };
            Error::new(ErrorKind::Request, Some(peer), format!("the header `{name}` {why}"))
        })?;
    }
    Ok(fields)
}

/// Converts headers or trailers of the host.
pub(super) fn from_host(fields: &Fields, peer: &Peer) -> Result<HeaderMap, Error> {
    let entries = fields.entries();
    let mut headers = HeaderMap::with_capacity(entries.len());
    for (name, value) in entries {
        let invalid =
            || Error::new(ErrorKind::Response, Some(peer), format!("the header `{name}` is invalid"));
        let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| invalid())?;
        let value = HeaderValue::from_maybe_shared(value).map_err(|_| invalid())?;
        headers.append(key, value);
    }
    Ok(headers)
}
