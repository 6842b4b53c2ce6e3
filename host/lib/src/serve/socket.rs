//! The sockets of a server: those that it opens, and those that it is given.

use std::fs::{self, Metadata};
use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use tokio::net;

use super::address::Address;

/// A socket that listens. Dropping it closes it, and removes the file of a Unix socket that was created.
pub(super) enum Socket {
    Tcp(TcpListener),
    Unix(UnixListener, Option<SocketFile>),
}

/// A connection that was accepted, before a core registers it.
pub(super) enum Accepted {
    Tcp(TcpStream, SocketAddr),
    Unix(UnixStream),
}

/// A socket whose connections are accepted.
pub(super) enum Accepting {
    Tcp(net::TcpListener),
    Unix { socket: net::UnixListener, _file: Option<SocketFile> },
}

impl Socket {
    /// Opens a socket at this address.
    pub(super) fn open(address: &Address) -> io::Result<Self> {
        let socket = match address {
            Address::Tcp(address) => Self::Tcp(TcpListener::bind(address)?),
            Address::Unix(path) => {
                remove_stale(path)?;
                let listener = UnixListener::bind(path)?;
                Self::Unix(listener, Some(SocketFile::of(path)?))
            }
        };
        socket.unblock()?;
        Ok(socket)
    }

    /// Takes a socket that listens already.
    pub(super) fn given(socket: OwnedFd) -> io::Result<Self> {
        let listener = TcpListener::from(socket);
        // Of any other kind of socket, this is no address.
        let socket = match listener.local_addr() {
            Ok(_) => Self::Tcp(listener),
            Err(_) => Self::Unix(UnixListener::from(OwnedFd::from(listener)), None),
        };
        socket.address()?;
        socket.unblock()?;
        Ok(socket)
    }

    fn unblock(&self) -> io::Result<()> {
        match self {
            Self::Tcp(socket) => socket.set_nonblocking(true),
            Self::Unix(socket, _) => socket.set_nonblocking(true),
        }
    }

    /// Returns the address at which it listens.
    pub(super) fn address(&self) -> io::Result<Address> {
        match self {
            Self::Tcp(socket) => socket.local_addr().map(Address::Tcp),
            Self::Unix(socket, _) => {
                let address = socket.local_addr()?;
                Ok(Address::Unix(address.as_pathname().unwrap_or(Path::new("")).to_owned()))
            }
        }
    }

    /// Registers the socket with the runtime of this thread.
    pub(super) fn accepting(self) -> io::Result<Accepting> {
        match self {
            Self::Tcp(socket) => net::TcpListener::from_std(socket).map(Accepting::Tcp),
            Self::Unix(socket, file) => {
                net::UnixListener::from_std(socket).map(|socket| Accepting::Unix { socket, _file: file })
            }
        }
    }
}

impl Accepting {
    /// Waits for a connection.
    pub(super) async fn accept(&self) -> io::Result<Accepted> {
        match self {
            Self::Tcp(socket) => {
                let (stream, client) = socket.accept().await?;
                Ok(Accepted::Tcp(stream.into_std()?, client))
            }
            Self::Unix { socket, .. } => Ok(Accepted::Unix(socket.accept().await?.0.into_std()?)),
        }
    }
}

impl Accepted {
    /// Returns the address of the client. A client on this machine has none.
    pub(super) fn client(&self) -> Option<IpAddr> {
        match self {
            Self::Tcp(_, client) => Some(client.ip()),
            Self::Unix(_) => None,
        }
    }
}

/// The file of a Unix socket, removed when this is dropped, unless another server has replaced it.
pub(super) struct SocketFile {
    path: PathBuf,
    id: (u64, u64),
}

impl SocketFile {
    fn of(path: &Path) -> io::Result<Self> {
        Ok(Self { path: path.to_owned(), id: id(&fs::symlink_metadata(path)?) })
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if fs::symlink_metadata(&self.path).is_ok_and(|metadata| id(&metadata) == self.id) {
            // There is nothing to do if it is gone by now.
            _ = fs::remove_file(&self.path);
        }
    }
}

fn id(metadata: &Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

/// Removes the file of a Unix socket whose server has ended without removing it.
fn remove_stale(path: &Path) -> io::Result<()> {
    let is_socket = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.file_type().is_socket());
    let refuses =
        || UnixStream::connect(path).is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused);
    if is_socket && refuses() { fs::remove_file(path) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_of_a_socket_is_there_as_long_as_its_server() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.sock");
        let address = Address::Unix(path.clone());
        let first = Socket::open(&address).unwrap();
        assert_eq!(first.address().unwrap(), address);
        assert!(Socket::open(&address).is_err(), "its server listens");
        drop(first);
        assert!(!path.exists());
        // One that was killed leaves its file.
        drop(UnixListener::bind(&path).unwrap());
        let second = Socket::open(&address).unwrap();
        // Another server has moved its own socket there.
        let other = UnixListener::bind(folder.path().join("other.sock")).unwrap();
        fs::rename(folder.path().join("other.sock"), &path).unwrap();
        drop(second);
        assert!(path.exists());
        drop(other);
        fs::remove_file(&path).unwrap();
        fs::write(&path, "a file").unwrap();
        assert!(Socket::open(&address).is_err());
        assert_eq!(fs::read(&path).unwrap(), b"a file");
    }

    #[test]
    fn a_socket_that_is_given_has_its_address() {
        let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = tcp.local_addr().unwrap();
        assert_eq!(Socket::given(tcp.into()).unwrap().address().unwrap(), address.into());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.sock");
        let unix = UnixListener::bind(&path).unwrap();
        let given = Socket::given(unix.into()).unwrap();
        assert_eq!(given.address().unwrap(), Address::Unix(path.clone()));
        drop(given);
        assert!(path.exists(), "it was not created here");
        assert!(Socket::given(fs::File::open(folder.path()).unwrap().into()).is_err());
    }
}
