//! The error codes of `wasi:http`, in words.

use wasi::http::types::{ErrorCode, FieldSizePayload};

use super::error_kind::ErrorKind;

/// Returns the kind of an error code, and the message without the server's name.
pub(super) fn explain(code: &ErrorCode) -> (ErrorKind, String) {
    use ErrorCode as Code;
    use ErrorKind as Kind;

    let (kind, what) = match code {
        Code::DnsTimeout => (Kind::Timeout, "no address in time"),
        Code::ConnectionTimeout => (Kind::Timeout, "no connection in time"),
        Code::ConnectionReadTimeout | Code::HttpResponseTimeout => (Kind::Timeout, "nothing came in time"),
        Code::ConnectionWriteTimeout => (Kind::Timeout, "nothing was taken in time"),
        Code::DnsError(payload) => return (Kind::Dns, with("no address", payload.rcode.as_deref())),
        Code::ConnectionRefused => (Kind::Refused, "connection refused"),
        Code::DestinationNotFound => (Kind::Unreachable, "the server was not found"),
        Code::DestinationUnavailable => (Kind::Unreachable, "the server is not available"),
        Code::DestinationIpUnroutable => (Kind::Unreachable, "no route to the address"),
        Code::ConnectionTerminated => (Kind::Disconnected, "the connection ended without a response"),
        Code::DestinationIpProhibited => (Kind::Denied, "the host does not allow this address"),
        Code::HttpRequestDenied => (Kind::Denied, "the host does not allow this request"),
        Code::ConnectionLimitReached => (Kind::Denied, "the host allows no more connections"),
        Code::TlsProtocolError => (Kind::Tls, "the server does not speak TLS as it should"),
        Code::TlsCertificateError => (Kind::Tls, "the server's certificate is not to be trusted"),
        Code::TlsAlertReceived(alert) => {
            return (Kind::Tls, with("TLS alert", alert.alert_message.as_deref()));
        }
        Code::HttpRequestLengthRequired => (Kind::Request, "the body has to have a `content-length`"),
        Code::HttpRequestMethodInvalid => (Kind::Request, "the method is invalid"),
        Code::HttpRequestUriInvalid => (Kind::Request, "the URI is invalid"),
        Code::HttpRequestUriTooLong => (Kind::Request, "the URI is too long"),
        Code::HttpRequestHeaderSectionSize(_) => (Kind::Request, "the headers are too large"),
        Code::HttpRequestHeaderSize(Some(field)) => return (Kind::Request, too_large("header", field)),
        Code::HttpRequestHeaderSize(None) => (Kind::Request, "a header is too large"),
        Code::HttpRequestTrailerSectionSize(_) => (Kind::Request, "the trailers are too large"),
        Code::HttpRequestTrailerSize(field) => return (Kind::Request, too_large("trailer", field)),
        Code::HttpRequestBodySize(size) => return (Kind::Upload, of_size("not the length announced", *size)),
        Code::HttpResponseIncomplete => (Kind::Response, "the connection ended within the response"),
        Code::HttpResponseHeaderSectionSize(_) => {
            (Kind::Response, "the response's headers are too many or too large")
        }
        Code::HttpResponseHeaderSize(field) => return (Kind::Response, too_large("response header", field)),
        Code::HttpResponseBodySize(size) => {
            return (Kind::Response, of_size("the response's body is too large", *size));
        }
        Code::HttpResponseTrailerSectionSize(_) => (Kind::Response, "the response's trailers are too large"),
        Code::HttpResponseTrailerSize(field) => {
            return (Kind::Response, too_large("response trailer", field));
        }
        Code::HttpResponseTransferCoding(coding) => {
            return (Kind::Response, with("unknown transfer coding", coding.as_deref()));
        }
        Code::HttpResponseContentCoding(coding) => {
            return (Kind::Response, with("unknown content coding", coding.as_deref()));
        }
        Code::HttpUpgradeFailed => (Kind::Response, "the server does not change the protocol"),
        Code::HttpProtocolError => (Kind::Response, "what came is not HTTP"),
        Code::LoopDetected => (Kind::Other, "the request goes round in a loop"),
        Code::ConfigurationError => (Kind::Other, "the host is not set up for this request"),
        Code::InternalError(text) => return (Kind::Other, with("the host failed", text.as_deref())),
    };
    (kind, what.to_owned())
}

fn with(what: &str, more: Option<&str>) -> String {
    more.map_or_else(|| what.to_owned(), |more| format!("{what}: {more}"))
}

fn of_size(what: &str, size: Option<u64>) -> String {
    size.map_or_else(|| what.to_owned(), |size| format!("{what}: {size} bytes"))
}

fn too_large(what: &str, field: &FieldSizePayload) -> String {
    match &field.field_name {
        Some(name) => format!("the {what} `{name}` is too large"),
        None => format!("a {what} is too large"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasi::http::types::DnsErrorPayload;

    #[test]
    fn what_the_host_knows_is_said() {
        let dns = DnsErrorPayload { rcode: Some("NXDOMAIN".to_owned()), info_code: None };
        let field = FieldSizePayload { field_name: Some("cookie".to_owned()), field_size: Some(9) };
        for (code, kind, what) in [
            (ErrorCode::DnsError(dns), ErrorKind::Dns, "no address: NXDOMAIN"),
            (
                ErrorCode::HttpRequestHeaderSize(Some(field)),
                ErrorKind::Request,
                "the header `cookie` is too large",
            ),
            (ErrorCode::HttpRequestBodySize(Some(3)), ErrorKind::Upload, "not the length announced: 3 bytes"),
            (ErrorCode::InternalError(None), ErrorKind::Other, "the host failed"),
        ] {
            assert_eq!(explain(&code), (kind, what.to_owned()));
        }
    }
}
