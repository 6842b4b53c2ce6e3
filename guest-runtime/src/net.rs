//! TCP and UDP over WASI sockets, IPv4 and IPv6.
//!
//! | std | this module |
//! | --- | --- |
//! | `TcpListener` | [`TcpListener`]: `accept`, and [`incoming`](TcpListener::incoming) as a stream |
//! | `TcpStream` | [`TcpStream`]: the traits of [`io`](crate::io), and [`split`](TcpStream::split) |
//! | `UdpSocket` | [`UdpSocket`] |
//! | `ToSocketAddrs` | [`Address`], [`lookup_host`] |
//!
//! A program has no access to the network unless its host grants it: `host run -S inherit-network app.wasm`,
//! and `-S allow-ip-name-lookup` for names.
//!
//! # A server
//!
//! A server needs no spawn: its connections are the items of a stream, and it serves as many at a time as its
//! limit allows. When the future is dropped, so are all connections.
//!
//! ```no_run
//! use guest_runtime::io;
//! use guest_runtime::net::{TcpListener, TcpStream};
//! use guest_runtime::prelude::*;
//! use std::num::NonZeroUsize;
//!
//! async fn echo(stream: TcpStream) -> io::Result<()> {
//!     let (reader, mut writer) = stream.split();
//!     io::copy(reader, &mut writer).await?;
//!     writer.close().await
//! }
//!
//! #[guest_runtime::main]
//! async fn main() -> io::Result<()> {
//!     let listener = TcpListener::bind("127.0.0.1:7000").await?;
//!     let connections = listener.incoming().co().limit(NonZeroUsize::new(100));
//!     connections
//!         .for_each(async |stream| {
//!             // An error of one connection does not affect the others.
//!             if let Err(error) = async { echo(stream?).await }.await {
//!                 eprintln!("{error}");
//!             }
//!         })
//!         .await;
//!     Ok(())
//! }
//! ```

mod address;
mod error;
mod socket;
mod tcp_listener;
mod tcp_stream;
mod halves;
mod udp_socket;

pub use address::{Address, lookup_host};
pub use halves::{ReadHalf, WriteHalf};
pub use tcp_listener::{Incoming, TcpListener};
pub use tcp_stream::TcpStream;
pub use udp_socket::UdpSocket;

#[doc(no_inline)]
pub use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, SocketAddrV4, SocketAddrV6};
