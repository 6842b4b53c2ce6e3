//! The destination of an output: mostly one file descriptor, and two ways to write to it.

use std::io::{self, IoSlice};
use std::os::fd::OwnedFd;
#[cfg(feature = "cluster")]
use std::sync::Arc;

use bytes::{Buf as _, Bytes};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{FileType, fstat};
use rustix::io::{Errno, ReadWriteFlags, pwritev2, writev};

#[cfg(feature = "cluster")]
use super::forward::Forward;
use crate::observe::status::StatusLine;

/// The size up to which a write to a pipe is atomic, so that it never mixes with other writes.
pub(super) const PIPE_BUF: usize = 4096;

/// The most pieces that are passed to the OS in one call, which allows 1024.
const MAX_PIECES: usize = 64;

/// The destination of an output.
#[derive(Debug)]
pub(super) enum Sink {
    Descriptor(Descriptor),
    /// The owner of the run, on another machine.
    #[cfg(feature = "cluster")]
    Forward(Arc<dyn Forward>),
}

/// A file descriptor that output is written to.
#[derive(Debug)]
pub(super) struct Descriptor {
    fd: OwnedFd,
    is_file: bool,
    /// The status line of this terminal.
    status: Option<StatusLine>,
}

/// The result of a write that does not wait.
pub(super) enum Attempt {
    /// This many bytes are written; the rest would have to wait.
    Written(usize),
    /// This kind of file cannot be written to without waiting.
    Unsupported,
}

impl Sink {
    pub(super) fn new(fd: OwnedFd, status: Option<StatusLine>) -> Self {
        let is_file =
            fstat(&fd).is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile);
        Self::Descriptor(Descriptor { fd, is_file, status })
    }

    /// Returns whether it is a terminal.
    pub(super) fn is_terminal(&self) -> bool {
        match self {
            Self::Descriptor(descriptor) => io::IsTerminal::is_terminal(&descriptor.fd),
            #[cfg(feature = "cluster")]
            Self::Forward(_) => false,
        }
    }

    /// Writes as much as is accepted at once, on a core.
    pub(super) fn write_now(&self, bytes: &Bytes) -> io::Result<Attempt> {
        match self {
            Self::Descriptor(descriptor) => descriptor.write_now(bytes),
            #[cfg(feature = "cluster")]
            Self::Forward(_) => Ok(Attempt::Unsupported),
        }
    }

    /// Writes all pieces, and waits for as long as that takes, on a thread that has no other work.
    pub(super) fn write_waiting(&self, pieces: &mut [Bytes]) -> io::Result<()> {
        match self {
            Self::Descriptor(descriptor) => descriptor.write_waiting(pieces),
            #[cfg(feature = "cluster")]
            Self::Forward(to) => {
                pieces.iter().for_each(|piece| to.forward(piece.clone()));
                Ok(())
            }
        }
    }
}

impl Descriptor {
    /// Writes as much as the OS accepts at once.
    ///
    /// A file always accepts all: files of guests are written on the core as well.
    fn write_now(&self, bytes: &[u8]) -> io::Result<Attempt> {
        if self.status.is_some() {
            // Another thread may be writing to the terminal, and a core must not wait.
            return Ok(Attempt::Unsupported);
        }
        let flags = if self.is_file { ReadWriteFlags::empty() } else { ReadWriteFlags::NOWAIT };
        let mut written = 0;
        while written < bytes.len() {
            let piece = [IoSlice::new(&bytes[written..])];
            // This offset stands for the current position of the file descriptor.
            match pwritev2(&self.fd, &piece, u64::MAX, flags) {
                Ok(n) => written += n,
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => break,
                Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL | Errno::SPIPE) if written == 0 => {
                    return Ok(Attempt::Unsupported);
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Attempt::Written(written))
    }

    fn write_waiting(&self, pieces: &mut [Bytes]) -> io::Result<()> {
        if let Some(mut way) = self.status.as_ref().map(StatusLine::clear) {
            way.written(pieces.iter().rfind(|piece| !piece.is_empty()).map_or(&[], |piece| piece));
            return self.write_pieces(pieces);
        }
        self.write_pieces(pieces)
    }

    fn write_pieces(&self, pieces: &mut [Bytes]) -> io::Result<()> {
        let mut first = 0;
        while first < pieces.len() {
            if pieces[first].is_empty() {
                first += 1;
                continue;
            }
            let slices = pieces[first..].iter().take(MAX_PIECES);
            let slices = slices.map(|piece| IoSlice::new(piece)).collect::<Vec<_>>();
            match writev(&self.fd, &slices) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => advance(&mut pieces[first..], written),
                Err(Errno::INTR) => {}
                // Another process made it non-blocking, for all that have it open.
                Err(Errno::AGAIN) => self.wait_until_writable()?,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    fn wait_until_writable(&self) -> io::Result<()> {
        match poll(&mut [PollFd::new(&self.fd, PollFlags::OUT)], None) {
            Ok(_) | Err(Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// Removes this many bytes from the front of the pieces.
fn advance(pieces: &mut [Bytes], mut written: usize) {
    for piece in pieces {
        let taken = written.min(piece.len());
        piece.advance(taken);
        written -= taken;
        if written == 0 {
            break;
        }
    }
}
