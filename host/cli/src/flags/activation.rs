//! The sockets that a service manager such as systemd has opened for this process: those of `LISTEN_FDS`.

use std::os::fd::OwnedFd;
use std::sync::Arc;

use clap::error::ErrorKind;
use listenfd::ListenFd;

/// Takes all of them, which a process can do once.
///
/// # Errors
///
/// One of them is no socket of a server for streams.
pub(super) fn sockets() -> Result<Vec<Arc<OwnedFd>>, clap::Error> {
    let mut given = ListenFd::from_env();
    (0..given.len()).map(|index| socket(&mut given, index)).collect()
}

fn socket(given: &mut ListenFd, index: usize) -> Result<Arc<OwnedFd>, clap::Error> {
    if let Ok(Some(socket)) = given.take_tcp_listener(index) {
        return Ok(Arc::new(socket.into()));
    }
    match given.take_unix_listener(index) {
        Ok(Some(socket)) => Ok(Arc::new(socket.into())),
        _ => {
            let text = format!("LISTEN_FDS: socket {index} is neither a TCP nor a Unix socket for streams\n");
            Err(clap::Error::raw(ErrorKind::ValueValidation, text))
        }
    }
}
