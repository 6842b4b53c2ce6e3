//! A UDP socket.

use std::fmt;
use std::io;
use std::net::SocketAddr;

use wasi::sockets::instance_network::instance_network;
use wasi::sockets::network::{ErrorCode, IpSocketAddress};
use wasi::sockets::udp::{
    IncomingDatagram, IncomingDatagramStream, OutgoingDatagram, OutgoingDatagramStream, UdpSocket as Socket,
};
use wasi::sockets::udp_create_socket::create_udp_socket;

use super::address::{self, Address};
use super::error;
use super::socket::finish;
use crate::reactor::{Registration, Waiting};

/// A UDP socket.
///
/// All methods but [`connect`](Self::connect) take `&self`, so futures can send and receive at the same time.
///
/// # Examples
///
/// ```no_run
/// use guest_runtime::net::UdpSocket;
/// use guest_runtime::prelude::*;
///
/// # fn main() -> std::io::Result<()> {
/// guest_runtime::block_on(async {
///     let (a, b) = (UdpSocket::bind("127.0.0.1:0"), UdpSocket::bind("127.0.0.1:0")).try_join().await?;
///     a.send_to(b"hello", b.local_addr()?).await?;
///     let mut buffer = [0; 16];
///     let (length, from) = b.recv_from(&mut buffer).await?;
///     assert_eq!((&buffer[..length], from), (&b"hello"[..], a.local_addr()?));
///     Ok(())
/// })
/// # }
/// ```
///
/// # Cancellation
///
/// A future that is dropped before it is ready has sent and received nothing. Dropping the socket drops
/// datagrams that were not received.
pub struct UdpSocket {
    // The fields are dropped in this order, because each is a child of a later one.
    streams: Option<Streams>,
    socket: Socket,
}

struct Streams {
    receivable: Registration,
    incoming: IncomingDatagramStream,
    sendable: Registration,
    outgoing: OutgoingDatagramStream,
}

impl UdpSocket {
    /// Returns a socket bound to the first of these addresses that is available; port 0 is any free port.
    ///
    /// # Examples
    ///
    /// ```
    /// # guest_runtime::block_on(async {
    /// use guest_runtime::net::UdpSocket;
    ///
    /// // Tests are granted no network.
    /// let error = UdpSocket::bind("127.0.0.1:0").await.unwrap_err();
    /// assert_eq!(error.kind(), std::io::ErrorKind::PermissionDenied);
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// The error of the last address, if none is available.
    pub async fn bind(address: impl Address) -> io::Result<Self> {
        address::first(address, "bind to", Self::bind_to).await
    }

    async fn bind_to(address: SocketAddr) -> Result<Self, ErrorCode> {
        let socket = create_udp_socket(address::family(address))?;
        socket.start_bind(&instance_network(), address::to_wasi(address))?;
        let bound = Registration::new(socket.subscribe());
        finish(&bound, || socket.finish_bind()).await?;
        // It is a child of the socket.
        drop(bound);
        let streams = Some(Streams::new(&socket, None)?);
        Ok(Self { streams, socket })
    }

    /// Connects the socket: from now on it sends to, and receives from, this address only.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn f() -> std::io::Result<()> {
    /// let mut socket = guest_runtime::net::UdpSocket::bind("0.0.0.0:0").await?;
    /// socket.connect("127.0.0.1:53").await?;
    /// assert_eq!(socket.send(b"hello").await?, 5);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// The error of the last address, if none can be used.
    pub async fn connect(&mut self, address: impl Address) -> io::Result<()> {
        address::first(address, "connect to", async |address| {
            // A socket may have one pair of streams at a time.
            self.streams = None;
            self.streams = Some(Streams::new(&self.socket, Some(address::to_wasi(address)))?);
            Ok(())
        })
        .await
    }

    /// Sends one datagram, and returns its length.
    ///
    /// # Examples
    ///
    /// See [`UdpSocket`].
    ///
    /// ```no_run
    /// # async fn f(socket: guest_runtime::net::UdpSocket) {
    /// assert!(socket.send_to(b"hello", "127.0.0.1:4000").await.is_ok());
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// `InvalidInput` if it is too large for a datagram, or an error of the system.
    pub async fn send_to(&self, bytes: &[u8], address: impl Address) -> io::Result<usize> {
        let Some(address) = address.resolve().await?.into_iter().next() else {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "there is no address to send to"));
        };
        let sent = self.send_datagram(bytes, Some(address::to_wasi(address))).await;
        sent.map_err(|code| error::cannot(format!("send to {address}"), code))
    }

    /// Sends one datagram to the connected address, and returns its length.
    ///
    /// # Examples
    ///
    /// See [`connect`](Self::connect).
    ///
    /// ```no_run
    /// # async fn f(socket: guest_runtime::net::UdpSocket) {
    /// assert!(socket.send(b"hello").await.is_ok());
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`send_to`](Self::send_to), and one if the socket is not connected.
    pub async fn send(&self, bytes: &[u8]) -> io::Result<usize> {
        self.send_datagram(bytes, None).await.map_err(|code| error::cannot("send a datagram", code))
    }

    /// Receives one datagram, and returns its length and its sender.
    ///
    /// Bytes that do not fit into the buffer are lost.
    ///
    /// # Examples
    ///
    /// See [`UdpSocket`].
    ///
    /// ```no_run
    /// # async fn f(socket: guest_runtime::net::UdpSocket) -> std::io::Result<()> {
    /// let (length, _from) = socket.recv_from(&mut [0; 1500]).await?;
    /// assert!(length <= 1500);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// An error of the system, such as `ConnectionRefused` if nothing received an earlier datagram.
    pub async fn recv_from(&self, into: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        let datagram = self.next().await.map_err(|code| error::cannot("receive a datagram", code))?;
        let length = datagram.data.len().min(into.len());
        into[..length].copy_from_slice(&datagram.data[..length]);
        Ok((length, address::of_wasi(datagram.remote_address)))
    }

    /// Receives one datagram, and returns its length.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn f(socket: guest_runtime::net::UdpSocket) -> std::io::Result<()> {
    /// assert!(socket.recv(&mut [0; 1500]).await? <= 1500);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`recv_from`](Self::recv_from).
    pub async fn recv(&self, into: &mut [u8]) -> io::Result<usize> {
        Ok(self.recv_from(into).await?.0)
    }

    /// Returns the local address, with the actual port if 0 was asked for.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn f() -> std::io::Result<()> {
    /// let socket = guest_runtime::net::UdpSocket::bind("127.0.0.1:0").await?;
    /// assert_ne!(socket.local_addr()?.port(), 0);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// An error of the system.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        let address = self.socket.local_address();
        address.map(address::of_wasi).map_err(|code| error::cannot("get the address of a socket", code))
    }

    fn streams(&self) -> Result<&Streams, ErrorCode> {
        // A `connect` that failed leaves none.
        self.streams.as_ref().ok_or(ErrorCode::InvalidState)
    }

    async fn send_datagram(&self, data: &[u8], to: Option<IpSocketAddress>) -> Result<usize, ErrorCode> {
        let Streams { outgoing, sendable, .. } = self.streams()?;
        let datagrams = [OutgoingDatagram { data: data.to_vec(), remote_address: to }];
        // `check_send` has to be called first, and `send` may still accept none.
        while outgoing.check_send()? == 0 || outgoing.send(&datagrams)? == 0 {
            Waiting::new(sendable).await;
        }
        Ok(data.len())
    }

    async fn next(&self) -> Result<IncomingDatagram, ErrorCode> {
        let Streams { incoming, receivable, .. } = self.streams()?;
        loop {
            // One at a time: another future may be waiting for the next one.
            match incoming.receive(1)?.pop() {
                Some(datagram) => return Ok(datagram),
                None => Waiting::new(receivable).await,
            }
        }
    }
}

impl Streams {
    fn new(socket: &Socket, remote: Option<IpSocketAddress>) -> Result<Self, ErrorCode> {
        let (incoming, outgoing) = socket.stream(remote)?;
        let receivable = Registration::new(incoming.subscribe());
        let sendable = Registration::new(outgoing.subscribe());
        Ok(Self { receivable, incoming, sendable, outgoing })
    }
}

impl fmt::Debug for UdpSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UdpSocket").field("local_addr", &self.local_addr()).finish_non_exhaustive()
    }
}
