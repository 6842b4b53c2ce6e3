//! Messages of the command on stderr, which never keep the process from going on or from ending.

use std::fmt;
use std::io::{self, Write as _};
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// How long a message may take to be written.
const LIMIT: Duration = Duration::from_secs(1);

/// The end of a message that has taken longer than that.
static STUCK: Mutex<Option<Receiver<()>>> = Mutex::new(None);

/// Writes a message, because stdout belongs to the app.
///
/// Ignores errors, and gives up after a second if stderr is not read. Until that message is written, later ones are
/// left out.
pub(crate) fn tell(text: fmt::Arguments<'_>) {
    let mut stuck = STUCK.lock().unwrap_or_else(PoisonError::into_inner);
    if stuck.as_ref().is_some_and(|end| end.try_recv() == Err(TryRecvError::Empty)) {
        return;
    }
    *stuck = None;
    let text: Arc<str> = text.to_string().into();
    let write = |text: &str| drop(io::stderr().write_all(text.as_bytes()));
    let (end, ended) = channel();
    let to_write = Arc::clone(&text);
    let on_thread = move || {
        write(&to_write);
        drop(end);
    };
    if thread::Builder::new().spawn(on_thread).is_err() {
        // Where there is no thread, the message is likely to be about that.
        write(&text);
    } else if ended.recv_timeout(LIMIT) == Err(RecvTimeoutError::Timeout) {
        *stuck = Some(ended);
    }
}
