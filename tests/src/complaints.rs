//! The stderr of a run. It is read from the start, so that the pipe never fills up, and can be inspected at
//! any time.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, channel};
use std::time::Instant;

/// The stderr of a run so far.
#[derive(Debug)]
pub(crate) struct Complaints {
    read: Vec<u8>,
    pieces: Receiver<io::Result<Vec<u8>>>,
}

impl Complaints {
    pub(crate) fn read(mut pipe: impl Read + Send + 'static) -> Self {
        let (sender, pieces) = channel();
        std::thread::spawn(move || {
            loop {
                let mut piece = vec![0; 4096];
                let length = pipe.read(&mut piece);
                let is_last = !matches!(length, Ok(length) if length > 0);
                // Sending fails once the run is dropped.
                let is_heard = sender.send(length.map(|length| piece[..length].to_vec())).is_ok();
                if is_last || !is_heard {
                    break;
                }
            }
        });
        Self { read: Vec::new(), pieces }
    }

    /// Waits for a line that contains this text. The error is what has been printed instead.
    pub(crate) fn wait_for(&mut self, text: &str, deadline: Instant) -> Result<String, String> {
        loop {
            let said = self.text();
            let mut lines = said.split_inclusive('\n').filter(|line| line.ends_with('\n'));
            if let Some(line) = lines.find(|line| line.contains(text)) {
                return Ok(line.trim_end().to_owned());
            }
            let left = deadline.saturating_duration_since(Instant::now());
            match self.pieces.recv_timeout(left) {
                Ok(piece) => self.read.extend(piece.expect("a pipe can be read")),
                Err(_) => return Err(said),
            }
        }
    }

    /// Returns everything that is printed until the end.
    pub(crate) fn all(mut self) -> String {
        for piece in &self.pieces {
            self.read.extend(piece.expect("a pipe can be read"));
        }
        self.text()
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.read).into_owned()
    }
}
