//! What the app prints: the stdout and stderr of all instances, through a writer of our own.
//!
//! A core must never wait for the reader of a pipe, and wasmtime's own stdio does. So a write goes
//! into a bounded queue, and if the queue is full, the guest that wants to write is suspended, and
//! it alone. A thread of its own empties the queue. Where a write cannot block (a file, a pipe with
//! room), nobody is woken for it: the core does it at once, in 0.7 us where to wake the thread and to
//! be woken by it took 4 to 29.
//!
//! What one guest hands over in one write is written before the next, whoever hands that over, so
//! the lines of two jobs never mix. What an instance wrote before it trapped is still written.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use rustix::fs::{FileType, fstat};

mod queue;
mod sink;
mod stream;

use queue::{OnBrokenPipe, Queue};
use sink::Sink;
pub(crate) use stream::Stdio;

/// The stdout and stderr of one run.
///
/// A clone is the same output. If the last one is dropped before [`finish`](Self::finish), what is
/// queued is still written as long as the process lives, but nobody waits for it.
#[derive(Debug, Clone)]
pub(crate) struct Output(Arc<Streams>);

#[derive(Debug)]
struct Streams {
    stdout: Arc<Queue>,
    /// The same queue as stdout's, where both are one pipe or terminal.
    stderr: Arc<Queue>,
    writers: Mutex<Vec<JoinHandle<()>>>,
}

impl Output {
    /// The output of this process.
    ///
    /// # Errors
    ///
    /// Fails if the OS gives no file descriptor, or no thread.
    pub(crate) fn inherit() -> io::Result<Self> {
        let stdout = io::stdout().as_fd().try_clone_to_owned()?;
        let stderr = io::stderr().as_fd().try_clone_to_owned()?;
        Self::new(stdout, stderr)
    }

    /// An output that goes to these two files, pipes or whatever they are.
    ///
    /// # Errors
    ///
    /// Fails if the OS gives no thread.
    pub(crate) fn new(stdout: OwnedFd, stderr: OwnedFd) -> io::Result<Self> {
        let same = is_same_pipe(&stdout, &stderr);
        let mut writers = Vec::new();
        let stdout = start("stdout", stdout, OnBrokenPipe::Wait, &mut writers)?;
        let stderr = if same {
            Arc::clone(&stdout)
        } else {
            match start("stderr", stderr, OnBrokenPipe::Tell, &mut writers) {
                Ok(stderr) => stderr,
                Err(error) => {
                    stdout.close();
                    return Err(error);
                }
            }
        };
        Ok(Self(Arc::new(Streams { stdout, stderr, writers: Mutex::new(writers) })))
    }

    /// Stdout for one instance.
    pub(crate) fn stdout(&self) -> Stdio {
        Stdio::new(Arc::clone(&self.0.stdout))
    }

    /// Stderr for one instance.
    pub(crate) fn stderr(&self) -> Stdio {
        Stdio::new(Arc::clone(&self.0.stderr))
    }

    /// Completes when the reader of stdout has gone away, if it ever does.
    ///
    /// A native program is ended by SIGPIPE then, and so should a run be. Until it is, guests that
    /// write to stdout wait.
    pub(crate) async fn stdout_closed(&self) {
        self.0.stdout.broken_pipe().await;
    }

    /// Writes all that is queued, and ends the writers. What is written later is refused.
    ///
    /// This waits for the reader of a pipe for as long as it takes, as any program does at its end.
    ///
    /// # Errors
    ///
    /// Returns the first error of stdout, or else of stderr, but no error if stderr has no reader:
    /// nobody wanted to hear of it. An error is returned once.
    pub(crate) fn finish(&self) -> io::Result<()> {
        let Streams { stdout, stderr, writers } = &*self.0;
        stdout.close();
        stderr.close();
        let mut writers = writers.lock().unwrap_or_else(PoisonError::into_inner);
        for writer in writers.drain(..) {
            writer.join().map_err(|_| io::Error::other("the writer of the output panicked"))?;
        }
        if let Some(error) = stdout.take_error() {
            return Err(error);
        }
        match stderr.take_error() {
            Some(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
            _ => Ok(()),
        }
    }
}

impl Drop for Streams {
    fn drop(&mut self) {
        self.stdout.close();
        self.stderr.close();
    }
}

/// Makes a queue, and the thread that empties it.
fn start(
    name: &str,
    fd: OwnedFd,
    on_broken_pipe: OnBrokenPipe,
    writers: &mut Vec<JoinHandle<()>>,
) -> io::Result<Arc<Queue>> {
    let queue = Arc::new(Queue::new(Sink::new(fd), on_broken_pipe));
    let writer = thread::Builder::new().name(name.into()).spawn({
        let queue = Arc::clone(&queue);
        move || queue.write_all()
    })?;
    writers.push(writer);
    Ok(queue)
}

/// Whether both are one and the same pipe, terminal or socket, as after `2>&1`.
///
/// Then one queue keeps their lines apart too. Two descriptors of one file may have positions of
/// their own, so files stay two.
fn is_same_pipe(a: &OwnedFd, b: &OwnedFd) -> bool {
    let (Ok(a), Ok(b)) = (fstat(a), fstat(b)) else {
        return false;
    };
    let is_file = FileType::from_raw_mode(a.st_mode) == FileType::RegularFile;
    !is_file && (a.st_dev, a.st_ino, a.st_rdev) == (b.st_dev, b.st_ino, b.st_rdev)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;
    use std::io::{PipeReader, Read as _, pipe};
    use std::pin::Pin;
    use std::time::Duration;

    use bytes::Bytes;
    use wasmtime_wasi::cli::StdoutStream as _;
    use wasmtime_wasi::p2::{OutputStream, StreamError};

    fn null() -> OwnedFd {
        File::options().write(true).open("/dev/null").unwrap().into()
    }

    fn piped() -> (Output, PipeReader) {
        let (reader, writer) = pipe().unwrap();
        (Output::new(writer.into(), null()).unwrap(), reader)
    }

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        runtime.unwrap().block_on(future)
    }

    /// What the future gives within a moment; `None` if it is still waiting then.
    fn soon<T>(future: impl Future<Output = T>) -> Option<T> {
        block_on(async { tokio::time::timeout(Duration::from_millis(100), future).await.ok() })
    }

    fn print(stream: &mut dyn OutputStream, text: impl Into<Bytes>) -> Result<(), StreamError> {
        block_on(stream.blocking_write_and_flush(text.into()))
    }

    fn read_all(mut reader: PipeReader) -> JoinHandle<Vec<u8>> {
        thread::spawn(move || {
            let mut bytes = Vec::new();
            reader.read_to_end(&mut bytes).unwrap();
            bytes
        })
    }

    /// Writes without flushing until there is no permit left; how much that was.
    fn fill(stream: &mut dyn OutputStream) -> usize {
        let mut total = 0;
        loop {
            match stream.check_write().unwrap() {
                0 => return total,
                permit => {
                    let len = permit.min(10_000);
                    stream.write(vec![b'x'; len].into()).unwrap();
                    total += len;
                }
            }
        }
    }

    #[test]
    fn lines_of_many_instances_never_mix() {
        const LINES: usize = 2_000;
        let (output, reader) = piped();
        let reader = read_all(reader);
        thread::scope(|scope| {
            for name in b'a'..b'e' {
                let stdout = output.stdout();
                scope.spawn(move || {
                    let mut stream = stdout.p2_stream();
                    for i in 0..LINES {
                        let mut line = vec![name; 1 + (i * 37) % 4095];
                        line.push(b'\n');
                        print(&mut *stream, line).unwrap();
                    }
                });
            }
        });
        output.finish().unwrap();
        drop(output);
        let mut seen = [0; 4];
        for line in reader.join().unwrap().split_inclusive(|&byte| byte == b'\n') {
            let name = line[0];
            let nth = &mut seen[usize::from(name - b'a')];
            assert_eq!(line.len(), 2 + (*nth * 37) % 4095, "in order, and whole");
            assert!(line[..line.len() - 1].iter().all(|&byte| byte == name));
            *nth += 1;
        }
        assert_eq!(seen, [LINES; 4]);
    }

    #[test]
    fn a_full_pipe_suspends_only_who_writes_to_it() {
        let (output, reader) = piped();
        let (stdout, stderr) = (output.stdout(), output.stderr());
        let mut stream = stdout.p2_stream();
        let total = fill(&mut *stream);
        assert!(total >= 64 << 10, "the pipe, and one permit");
        assert_eq!(soon(stream.ready()), None, "there is no room");
        print(&mut *stderr.p2_stream(), "stderr is another matter").unwrap();

        let reader = read_all(reader);
        block_on(stream.ready());
        assert!(stream.check_write().unwrap() > 0);
        output.finish().unwrap();
        drop((output, stdout, stderr, stream));
        assert_eq!(reader.join().unwrap().len(), total);
    }

    #[test]
    fn a_flush_lasts_until_all_is_written() {
        let (output, reader) = piped();
        let mut stream = output.stdout().p2_stream();
        fill(&mut *stream);
        stream.flush().unwrap();
        assert_eq!(stream.check_write().unwrap(), 0);
        assert_eq!(soon(stream.ready()), None);
        assert!(matches!(stream.write("more".into()), Err(StreamError::Trap(_))));

        let _reader = read_all(reader);
        block_on(stream.ready());
        assert_eq!(stream.check_write().unwrap(), queue::PERMIT);
    }

    #[test]
    fn many_writers_together_are_bounded() {
        let (output, reader) = piped();
        let stdios = (0..100).map(|_| output.stdout()).collect::<Vec<_>>();
        let total = stdios.iter().map(|stdio| fill(&mut *stdio.p2_stream())).sum::<usize>();
        assert!(total < 2 << 20, "{total}");
        let mut last = stdios[99].p2_stream();
        assert_eq!(soon(last.ready()), None);
        let _reader = read_all(reader);
        block_on(last.ready());
    }

    #[test]
    fn hoarded_permits_are_bounded() {
        let (output, _reader) = piped();
        let stdout = output.stdout();
        let mut streams = (0..100).map(|_| stdout.p2_stream()).collect::<Vec<_>>();
        let mut refused = 0;
        for stream in &mut streams {
            match stream.write(vec![b'x'; 64 << 10].into()) {
                Ok(()) => {}
                Err(StreamError::Trap(_)) => refused += 1,
                Err(other) => panic!("{other}"),
            }
        }
        assert!(refused > 80, "{refused}");
    }

    #[test]
    fn nothing_is_lost_when_an_instance_ends() {
        let (output, reader) = piped();
        let total = fill(&mut *output.stdout().p2_stream());
        let reader = read_all(reader);
        output.finish().unwrap();
        drop(output);
        assert_eq!(reader.join().unwrap().len(), total);
    }

    #[test]
    fn a_full_disk_is_reported_once() {
        let full: OwnedFd = File::options().write(true).open("/dev/full").unwrap().into();
        let output = Output::new(full, null()).unwrap();
        let mut stream = output.stdout().p2_stream();
        match print(&mut *stream, "hello") {
            Err(StreamError::LastOperationFailed(error)) => {
                let error = error.downcast_ref::<io::Error>().unwrap();
                assert_eq!(error.kind(), io::ErrorKind::StorageFull);
            }
            other => panic!("{other:?}"),
        }
        assert!(matches!(stream.check_write(), Err(StreamError::Closed)));
        assert_eq!(output.finish().unwrap_err().kind(), io::ErrorKind::StorageFull);
        output.finish().unwrap();
    }

    #[test]
    fn guests_wait_for_the_end_when_nobody_reads_stdout() {
        let (output, reader) = piped();
        assert_eq!(soon(output.stdout_closed()), None);
        drop(reader);
        let mut stream = output.stdout().p2_stream();
        let _ = stream.write("hello".into());
        block_on(output.stdout_closed());
        assert_eq!(stream.check_write().unwrap(), 0);
        assert_eq!(soon(stream.ready()), None);
        assert_eq!(output.finish().unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }

    #[test]
    fn guests_are_told_when_nobody_reads_stderr() {
        let (reader, stderr) = pipe().unwrap();
        let output = Output::new(null(), stderr.into()).unwrap();
        drop(reader);
        let mut stream = output.stderr().p2_stream();
        while stream.write("hello".into()).is_ok() {}
        assert!(matches!(stream.check_write(), Err(StreamError::Closed)));
        output.finish().unwrap();
    }

    #[test]
    fn files_are_written_in_order() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        let log = File::create(&path).unwrap();
        let output = Output::new(log.try_clone().unwrap().into(), log.into()).unwrap();
        print(&mut *output.stdout().p2_stream(), "out ").unwrap();
        print(&mut *output.stderr().p2_stream(), "err").unwrap();
        output.finish().unwrap();
        assert_eq!(std::fs::read_to_string(path).unwrap(), "out err");
    }

    #[test]
    fn after_the_end_nothing_is_taken() {
        let (output, _reader) = piped();
        let mut stream = output.stdout().p2_stream();
        output.finish().unwrap();
        assert!(matches!(stream.check_write(), Err(StreamError::Closed)));
    }

    #[test]
    fn the_async_stream_is_the_same() {
        let (output, reader) = piped();
        let mut stream = Pin::from(output.stdout().async_stream());
        let reader = read_all(reader);
        let text = vec![b'x'; 1 << 20];
        block_on(async {
            let mut rest = &text[..];
            while !rest.is_empty() {
                let write = std::future::poll_fn(|cx| stream.as_mut().poll_write(cx, rest));
                rest = &rest[write.await.unwrap()..];
            }
            std::future::poll_fn(|cx| stream.as_mut().poll_flush(cx)).await.unwrap();
        });
        output.finish().unwrap();
        drop((output, stream));
        assert_eq!(reader.join().unwrap(), text);
    }
}
