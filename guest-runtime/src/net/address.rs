//! Addresses: as text, as types of std, and as types of WASI.

use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

use wasi::sockets::instance_network::instance_network;
use wasi::sockets::ip_name_lookup::resolve_addresses;
use wasi::sockets::network::{
    ErrorCode, IpAddress, IpAddressFamily, IpSocketAddress, Ipv4SocketAddress, Ipv6SocketAddress,
};

use super::error;
use crate::reactor::{Registration, Waiting};

/// An address to connect to or to listen on: a socket address, or the name of a host and a port.
///
/// | | |
/// | --- | --- |
/// | `"127.0.0.1:80"`, `"[::1]:80"`, `"localhost:80"` | `&str`, `String` |
/// | `("::1", 80)`, `("localhost", 80)` | a host and a port |
/// | `(Ipv4Addr::LOCALHOST, 80)` | an address of a host and a port |
/// | a [`SocketAddr`], or a slice of them | what [`lookup_host`] returns |
///
/// This is std's [`ToSocketAddrs`](std::net::ToSocketAddrs), except that it does not block.
///
/// # Examples
///
/// ```
/// use guest_runtime::net::{Address, SocketAddr};
///
/// guest_runtime::block_on(async {
///     let address: SocketAddr = ([127, 0, 0, 1], 80).into();
///     assert_eq!("127.0.0.1:80".resolve().await.unwrap(), [address]);
///     assert!("127.0.0.1".resolve().await.is_err());      // no port
/// });
/// ```
pub trait Address {
    /// Returns the socket addresses.
    ///
    /// # Errors
    ///
    /// Fails with `InvalidInput` if the text is not an address, with `NotFound` if no host has this name, and
    /// with `PermissionDenied` if this program may not look up names.
    fn resolve(self) -> impl Future<Output = io::Result<Vec<SocketAddr>>>;
}

/// Returns the socket addresses of a host.
///
/// # Examples
///
/// ```
/// use guest_runtime::net::lookup_host;
///
/// guest_runtime::block_on(async {
///     let all: Vec<_> = lookup_host("[::1]:80").await.unwrap().collect();
///     assert!(all.len() == 1 && all[0].is_ipv6());
/// });
/// ```
///
/// # Errors
///
/// The errors of [`Address::resolve`].
pub async fn lookup_host(host: impl Address) -> io::Result<impl Iterator<Item = SocketAddr>> {
    Ok(host.resolve().await?.into_iter())
}

impl Address for SocketAddr {
    async fn resolve(self) -> io::Result<Vec<SocketAddr>> {
        Ok(vec![self])
    }
}

impl Address for &[SocketAddr] {
    async fn resolve(self) -> io::Result<Vec<SocketAddr>> {
        Ok(self.to_vec())
    }
}

macro_rules! is_a_socket_addr {
    ($($address:ty),*) => {
        $(impl Address for $address {
            async fn resolve(self) -> io::Result<Vec<SocketAddr>> {
                Ok(vec![self.into()])
            }
        })*
    };
}

is_a_socket_addr!(SocketAddrV4, SocketAddrV6, (IpAddr, u16), (Ipv4Addr, u16), (Ipv6Addr, u16));

impl Address for &str {
    async fn resolve(self) -> io::Result<Vec<SocketAddr>> {
        if let Ok(address) = self.parse() {
            return Ok(vec![address]);
        }
        let parts = self.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse().ok()?)));
        match parts {
            Some((host, port)) => (host, port).resolve().await,
            None => {
                let text = format!("`{self}` is no address: write a host, a colon and a port");
                Err(io::Error::new(io::ErrorKind::InvalidInput, text))
            }
        }
    }
}

impl Address for String {
    async fn resolve(self) -> io::Result<Vec<SocketAddr>> {
        self.as_str().resolve().await
    }
}

impl Address for &String {
    async fn resolve(self) -> io::Result<Vec<SocketAddr>> {
        self.as_str().resolve().await
    }
}

impl Address for (&str, u16) {
    async fn resolve(self) -> io::Result<Vec<SocketAddr>> {
        let (host, port) = self;
        let addresses = match host.parse() {
            Ok(address) => vec![address],
            Err(_) => look_up(host).await.map_err(|code| error::cannot(format!("look up `{host}`"), code))?,
        };
        Ok(addresses.into_iter().map(|address| SocketAddr::new(address, port)).collect())
    }
}

/// Tries these addresses one after the other, and returns the first success.
///
/// The error is that of the last address, and names the operation, such as "listen on".
pub(super) async fn first<T>(
    address: impl Address,
    what: &str,
    mut attempt: impl AsyncFnMut(SocketAddr) -> Result<T, ErrorCode>,
) -> io::Result<T> {
    let mut last = io::Error::new(io::ErrorKind::InvalidInput, format!("there is no address to {what}"));
    for address in address.resolve().await? {
        match attempt(address).await {
            Ok(done) => return Ok(done),
            Err(code) => last = error::cannot(format!("{what} {address}"), code),
        }
    }
    Err(last)
}

async fn look_up(host: &str) -> Result<Vec<IpAddr>, ErrorCode> {
    let answers = resolve_addresses(&instance_network(), host)?;
    let registration = Registration::new(answers.subscribe());
    let mut addresses = Vec::new();
    loop {
        match answers.resolve_next_address() {
            Ok(Some(address)) => addresses.push(ip_of_wasi(address)),
            // The registration goes before the answers: its pollable is their child.
            Ok(None) => return Ok(addresses),
            Err(ErrorCode::WouldBlock) => Waiting::new(&registration).await,
            Err(code) => return Err(code),
        }
    }
}

pub(super) fn family(address: SocketAddr) -> IpAddressFamily {
    if address.is_ipv4() { IpAddressFamily::Ipv4 } else { IpAddressFamily::Ipv6 }
}

pub(super) fn to_wasi(address: SocketAddr) -> IpSocketAddress {
    match address {
        SocketAddr::V4(v4) => {
            IpSocketAddress::Ipv4(Ipv4SocketAddress { port: v4.port(), address: v4.ip().octets().into() })
        }
        SocketAddr::V6(v6) => IpSocketAddress::Ipv6(Ipv6SocketAddress {
            port: v6.port(),
            flow_info: v6.flowinfo(),
            address: v6.ip().segments().into(),
            scope_id: v6.scope_id(),
        }),
    }
}

pub(super) fn of_wasi(address: IpSocketAddress) -> SocketAddr {
    match address {
        IpSocketAddress::Ipv4(v4) => SocketAddr::new(ip_of_wasi(IpAddress::Ipv4(v4.address)), v4.port),
        IpSocketAddress::Ipv6(v6) => {
            let ip = <[u16; 8]>::from(v6.address).into();
            SocketAddr::V6(SocketAddrV6::new(ip, v6.port, v6.flow_info, v6.scope_id))
        }
    }
}

fn ip_of_wasi(address: IpAddress) -> IpAddr {
    match address {
        IpAddress::Ipv4(octets) => IpAddr::from(<[u8; 4]>::from(octets)),
        IpAddress::Ipv6(segments) => IpAddr::from(<[u16; 8]>::from(segments)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_survive_the_way_to_wasi_and_back() {
        for text in ["1.2.3.4:5", "[::1]:80", "[fe80::1%7]:1", "[2001:db8::ff00:42:8329]:65535"] {
            let address: SocketAddr = text.parse().unwrap();
            assert_eq!(of_wasi(to_wasi(address)), address);
        }
    }
}
