//! Pipes, both full and closed ones, files and disks: the output is what was written.

use super::*;
use crate::stdio::account;
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

/// Returns the output of a future that completes within a moment; `None` if it is still pending then.
fn soon<T>(future: impl Future<Output = T>) -> Option<T> {
    block_on(async { tokio::time::timeout(Duration::from_millis(100), future).await.ok() })
}

/// Writes without a flush, as far as that is permitted.
fn write(stream: &mut dyn OutputStream, text: &'static str) -> Result<(), StreamError> {
    if stream.check_write()? < text.len() {
        return Err(StreamError::trap("not permitted"));
    }
    stream.write(text.into())
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

/// Writes lines without flushing until there is no permit left, and returns how much that was.
fn fill(stream: &mut dyn OutputStream) -> usize {
    let mut total = 0;
    loop {
        match stream.check_write().unwrap() {
            0 => return total,
            permit => {
                let len = permit.min(10_000);
                let mut line = vec![b'x'; len];
                line[len - 1] = b'\n';
                stream.write(line.into()).unwrap();
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
    output.finish(false, false).unwrap();
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
    output.finish(false, false).unwrap();
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
    assert!(stream.check_write().unwrap() > 0);
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
    for stream in &mut streams {
        assert!(stream.check_write().unwrap() >= account::PERMIT);
    }
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

/// A stdout of wasmtime accepts writes without a permit, and so does this one while there is room.
#[test]
fn a_write_needs_room_and_no_permit() {
    let (output, reader) = piped();
    let mut stream = output.stdout().p2_stream();
    stream.write("no permit\n".into()).unwrap();
    fill(&mut *stream);
    assert!(is_full(stream.write("more".into())));
    stream.write(Bytes::new()).unwrap();
    let _reader = read_all(reader);
    block_on(stream.ready());
    stream.write("more".into()).unwrap();
}

/// Returns whether the host has to wait, and then to repeat the write.
fn is_full(result: Result<(), StreamError>) -> bool {
    matches!(result, Err(StreamError::Trap(error)) if error.is::<crate::stdio::refusal::Full>())
}

/// Instances that had printed all that they could and had ended each left up to 1 MiB behind: 1.9 GB with a
/// limit of 64 MiB.
#[test]
fn instances_that_are_gone_leave_a_bounded_rest() {
    let (output, reader) = piped();
    let mut total = 0;
    let ended = (0..1_000).filter(|_| {
        let stdout = output.stdout();
        let mut stream = stdout.p2_stream();
        // Some do not ask for a permit.
        let rude = stream.write(vec![b'x'; 64 << 10].into()).is_ok();
        total += if rude { 64 << 10 } else { 0 } + fill(&mut *stream);
        rude
    });
    assert!(ended.count() < 20);
    assert!(total < 2 << 20, "{total}");
    let reader = read_all(reader);
    output.finish(false, false).unwrap();
    drop(output);
    assert_eq!(reader.join().unwrap().len(), total, "nothing is lost");
}

/// A single byte takes more room in the queue than one byte.
#[test]
fn what_single_bytes_take_is_bounded() {
    let (output, reader) = piped();
    let mut stream = output.stdout().p2_stream();
    // Fills the pipe, so that all later output waits.
    fill(&mut *stream);
    let mut other = output.stdout().p2_stream();
    let single = std::iter::from_fn(|| write(&mut *other, "\n").ok());
    let count = single.take(account::PERMIT).count();
    assert!(count <= account::PERMIT / account::PIECE, "{count}");
    let _reader = read_all(reader);
    block_on(other.ready());
    assert_eq!(write(&mut *other, "\n").ok(), Some(()));
}

#[test]
fn nothing_is_lost_when_an_instance_ends() {
    let (output, reader) = piped();
    let total = fill(&mut *output.stdout().p2_stream());
    let reader = read_all(reader);
    output.finish(false, false).unwrap();
    drop(output);
    assert_eq!(reader.join().unwrap().len(), total);
}

fn full_disk() -> Output {
    let full: OwnedFd = File::options().write(true).open("/dev/full").unwrap().into();
    Output::new(full, null()).unwrap()
}

/// Each write is another attempt: a program may free space meanwhile.
#[test]
fn a_full_disk_is_an_error_of_each_write() {
    let output = full_disk();
    let mut stream = output.stdout().p2_stream();
    for _ in 0..3 {
        match print(&mut *stream, "hello\n") {
            Err(StreamError::LastOperationFailed(error)) => {
                let error = error.downcast_ref::<io::Error>().unwrap();
                assert_eq!(error.kind(), io::ErrorKind::StorageFull);
            }
            other => panic!("{other:?}"),
        }
        assert!(stream.check_write().unwrap() > 0);
    }
    output.finish(false, false).unwrap();
}

#[test]
fn a_failure_that_no_guest_was_told_of_is_one_of_the_run() {
    let output = full_disk();
    let (stdout, _stderr, lines) = output.stdio();
    let mut stream = stdout.p2_stream();
    // Accepted, and written when the instance is gone.
    write(&mut *stream, "a prompt").unwrap();
    drop((stdout, stream, lines, _stderr));
    assert_eq!(output.finish(false, false).unwrap_err().kind(), io::ErrorKind::StorageFull);
    output.finish(false, false).unwrap();
}

#[test]
fn a_guest_that_traps_about_its_output_has_not_dealt_with_it() {
    let output = full_disk();
    assert!(print(&mut *output.stdout().p2_stream(), "hello\n").is_err());
    assert_eq!(output.finish(false, true).unwrap_err().kind(), io::ErrorKind::StorageFull);
}

#[test]
fn guests_are_told_when_nobody_reads_stdout() {
    let (output, reader) = piped();
    drop(reader);
    let mut stream = output.stdout().p2_stream();
    for _ in 0..3 {
        assert!(matches!(print(&mut *stream, "hello\n"), Err(StreamError::Closed)));
        assert!(matches!(stream.check_write(), Err(StreamError::Closed)));
    }
    block_on(stream.ready());
    output.finish(false, false).unwrap();
}

/// A program in C that does not look at the result of `printf` would print forever.
#[test]
fn a_guest_that_never_looks_is_ended() {
    let (output, reader) = piped();
    drop(reader);
    let (stdout, _stderr, lines) = output.stdio();
    let mut stream = stdout.p2_stream();
    let mut refused = || loop {
        match stream.write("y\n".into()) {
            Ok(()) | Err(StreamError::Closed) => {}
            other => break other,
        }
    };
    assert!(
        matches!(refused(), Err(StreamError::Trap(error)) if error.to_string() == "stdout has no reader")
    );
    // One that waits in between does something else.
    lines.release();
    assert!(matches!(stream.write("y\n".into()), Err(StreamError::Closed)));
    assert_eq!(output.finish(false, true).unwrap_err().kind(), io::ErrorKind::BrokenPipe);
}

#[test]
fn guests_are_told_when_nobody_reads_stderr() {
    let (reader, stderr) = pipe().unwrap();
    let output = Output::new(null(), stderr.into()).unwrap();
    drop(reader);
    let mut stream = output.stderr().p2_stream();
    while write(&mut *stream, "hello\n").is_ok() {}
    assert!(matches!(stream.check_write(), Err(StreamError::Closed)));
    output.finish(false, false).unwrap();
}

#[test]
fn files_are_written_in_order() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("log");
    let log = File::create(&path).unwrap();
    let output = Output::new(log.try_clone().unwrap().into(), log.into()).unwrap();
    let (stdout, stderr, lines) = output.stdio();
    print(&mut *stdout.p2_stream(), "out ").unwrap();
    print(&mut *stderr.p2_stream(), "err").unwrap();
    drop((stdout, stderr, lines));
    output.finish(false, false).unwrap();
    assert_eq!(std::fs::read_to_string(path).unwrap(), "out err");
}

#[test]
fn after_the_end_nothing_is_taken() {
    let (output, _reader) = piped();
    let mut stream = output.stdout().p2_stream();
    output.finish(false, false).unwrap();
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
    drop(stream);
    output.finish(false, false).unwrap();
    drop(output);
    assert_eq!(reader.join().unwrap(), text);
}

#[cfg(feature = "cluster")]
mod forward;
mod lines;
mod words;
