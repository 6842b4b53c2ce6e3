//! Where a server listens.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

/// An address at which a server listens.
///
/// # Examples
///
/// ```
/// use host::Address;
///
/// let address: Address = "127.0.0.1:8080".parse().unwrap();
/// assert_eq!(address, Address::Tcp(([127, 0, 0, 1], 8080).into()));
/// assert_eq!("unix:/run/app.sock".parse(), Ok(Address::Unix("/run/app.sock".into())));
/// assert_eq!(address.to_string(), "127.0.0.1:8080");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Address {
    /// An IP address and a port. With port 0, the system chooses a port.
    Tcp(SocketAddr),
    /// The path of a Unix socket, which the server creates and removes.
    Unix(PathBuf),
}

/// How the text of the address of a Unix socket begins.
const UNIX: &str = "unix:";

impl From<SocketAddr> for Address {
    fn from(address: SocketAddr) -> Self {
        Self::Tcp(address)
    }
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.strip_prefix(UNIX) {
            Some("") => Err("the path of a Unix socket must not be empty".to_owned()),
            Some(path) => Ok(Self::Unix(path.into())),
            None => text
                .parse()
                .map(Self::Tcp)
                .map_err(|_| format!("it must be an IP address and a port, or {UNIX} and a path")),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "{UNIX}{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_as_it_is_shown() {
        for text in ["127.0.0.1:0", "[::1]:443", "unix:relative/app.sock"] {
            assert_eq!(text.parse::<Address>().unwrap().to_string(), text);
        }
        for text in ["", "localhost:80", "127.0.0.1", "unix:"] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }
}
