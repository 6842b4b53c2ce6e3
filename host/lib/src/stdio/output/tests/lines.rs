//! Unfinished lines: what is held back, for how long, and what releases it.

use super::*;

use crate::stdio::account::{MAX_HELD, PERMIT};

/// Returns the output so far. A mark that this writes shows where that ends.
fn read_so_far(reader: &mut PipeReader, output: &Output) -> String {
    print(&mut *output.stdout().p2_stream(), "\0\n").unwrap();
    let mut text = Vec::new();
    while !text.ends_with(b"\0\n") {
        let mut some = [0; 8192];
        let len = reader.read(&mut some).unwrap();
        text.extend_from_slice(&some[..len]);
    }
    text.truncate(text.len() - 2);
    String::from_utf8(text).unwrap()
}

#[test]
fn pieces_of_lines_that_alternate_come_out_as_whole_lines() {
    const LINES: usize = 500;
    let (output, reader) = piped();
    let reader = read_all(reader);
    let (one, other) = (output.stdout(), output.stdout());
    let mut streams = [one.p2_stream(), other.p2_stream()];
    for _ in 0..LINES {
        for piece in ["thread ", "panicked", ": ", "oh no", "\n"] {
            for (stream, name) in streams.iter_mut().zip(["a ", "b "]) {
                let piece = if piece == "thread " { name.to_owned() + piece } else { piece.to_owned() };
                print(&mut **stream, piece).unwrap();
            }
        }
    }
    output.finish(false, false).unwrap();
    drop((output, one, other, streams));
    let text = String::from_utf8(reader.join().unwrap()).unwrap();
    assert_eq!(text, "a thread panicked: oh no\nb thread panicked: oh no\n".repeat(LINES));
}

#[test]
fn what_follows_the_last_newline_is_held_back() {
    let (output, mut reader) = piped();
    let (stdout, _stderr, lines) = output.stdio();
    let mut stream = stdout.p2_stream();
    assert!(lines.is_empty());
    print(&mut *stream, "one\ntwo\nthr").unwrap();
    assert!(!lines.is_empty());
    assert_eq!(read_so_far(&mut reader, &output), "one\ntwo\n");
    print(&mut *stream, "ee\nfo").unwrap();
    assert_eq!(read_so_far(&mut reader, &output), "three\n");
    print(&mut *stream, "ur\n").unwrap();
    assert_eq!(read_so_far(&mut reader, &output), "four\n");
    assert!(lines.is_empty());
}

#[test]
fn a_line_that_is_too_long_goes_out_in_parts() {
    let (output, mut reader) = piped();
    let (stdout, _stderr, lines) = output.stdio();
    let mut stream = stdout.p2_stream();
    let mut long = String::from("a\n") + &"x".repeat(MAX_HELD + 1);
    print(&mut *stream, long.clone()).unwrap();
    assert_eq!(read_so_far(&mut reader, &output), long, "held back in one write");
    assert!(lines.is_empty());

    long = "x".repeat(MAX_HELD);
    print(&mut *stream, long.clone()).unwrap();
    assert_eq!(read_so_far(&mut reader, &output), "", "as much as is kept together");
    print(&mut *stream, "y").unwrap();
    assert_eq!(read_so_far(&mut reader, &output), long + "y");
    assert!(lines.is_empty());
}

#[test]
fn a_prompt_is_released() {
    let (output, mut reader) = piped();
    let (stdout, _stderr, lines) = output.stdio();
    let mut stream = stdout.p2_stream();
    print(&mut *stream, "name? ").unwrap();
    assert_eq!(read_so_far(&mut reader, &output), "");
    lines.clone().release();
    assert!(lines.is_empty());
    lines.release();
    assert_eq!(read_so_far(&mut reader, &output), "name? ");
    print(&mut *stream, "hello\n").unwrap();
    assert_eq!(read_so_far(&mut reader, &output), "hello\n");
}

#[test]
fn a_tick_releases_what_the_one_before_it_has_seen() {
    let (output, mut reader) = piped();
    let (stdout, _stderr, lines) = output.stdio();
    let mut stream = stdout.p2_stream();
    print(&mut *stream, ".").unwrap();
    lines.release_old();
    print(&mut *stream, "err").unwrap();
    assert_eq!(read_so_far(&mut reader, &output), "");
    lines.release_old();
    assert_eq!(read_so_far(&mut reader, &output), ".");
    assert!(!lines.is_empty());
    print(&mut *stream, "or\nnew").unwrap();
    assert_eq!(read_so_far(&mut reader, &output), "error\n");
    lines.release_old();
    assert_eq!(read_so_far(&mut reader, &output), "", "this line has begun since");
    lines.release_old();
    assert_eq!(read_so_far(&mut reader, &output), "new");
    assert!(lines.is_empty());
}

#[test]
fn a_flush_does_not_wait_for_what_is_held_back() {
    let (output, mut reader) = piped();
    let (stdout, _stderr, lines) = output.stdio();
    let mut stream = stdout.p2_stream();
    let printed = soon(stream.blocking_write_and_flush("he".into()));
    assert!(printed.is_some_and(|printed| printed.is_ok()));
    write(&mut *stream, "ld").unwrap();
    stream.flush().unwrap();
    assert_eq!(soon(stream.ready()), Some(()));
    assert!(stream.check_write().unwrap() > 0);
    assert!(!lines.is_empty());
    lines.release();
    stream.flush().unwrap();
    block_on(stream.ready());
    assert_eq!(read_so_far(&mut reader, &output), "held");
}

#[test]
fn a_flush_waits_for_what_was_released() {
    let (output, reader) = piped();
    let (stdout, _stderr, lines) = output.stdio();
    fill(&mut *output.stdout().p2_stream());
    let mut stream = stdout.p2_stream();
    write(&mut *stream, "held").unwrap();
    lines.release();
    stream.flush().unwrap();
    assert_eq!(soon(stream.ready()), None);
    let _reader = read_all(reader);
    block_on(stream.ready());
}

#[test]
fn who_waits_for_the_output_itself_keeps_its_line() {
    let (output, reader) = piped();
    let (stdout, _stderr, lines) = output.stdio();
    fill(&mut *output.stdout().p2_stream());
    let mut stream = stdout.p2_stream();
    write(&mut *stream, "one\ntw").unwrap();
    stream.flush().unwrap();
    block_on(async {
        let mut ready = std::pin::pin!(stream.ready());
        assert!(is_pending(ready.as_mut()).await);
        lines.release();
        assert!(!lines.is_empty(), "it may go on with its line after that");
        let _reader = read_all(reader);
        ready.await;
        lines.release();
        assert!(lines.is_empty());
    });
}

/// Polls a future once.
async fn is_pending(mut future: Pin<&mut impl Future<Output = ()>>) -> bool {
    std::future::poll_fn(|cx| std::task::Poll::Ready(future.as_mut().poll(cx).is_pending())).await
}

#[test]
fn the_end_of_an_instance_releases_its_lines() {
    let (output, mut reader) = piped();
    let (stdout, stderr, lines) = output.stdio();
    let mut stream = stdout.p2_stream();
    print(&mut *stream, "before the trap").unwrap();
    drop((stdout, stderr));
    assert_eq!(read_so_far(&mut reader, &output), "", "one of its streams is left");
    drop(stream);
    assert_eq!(read_so_far(&mut reader, &output), "before the trap");
    assert!(lines.is_empty());
    lines.release();
}

#[test]
fn on_one_pipe_the_two_streams_of_an_instance_keep_their_order() {
    let (mut reader, writer) = pipe().unwrap();
    let output = Output::new(writer.try_clone().unwrap().into(), writer.into()).unwrap();
    let (stdout, stderr, lines) = output.stdio();
    print(&mut *stdout.p2_stream(), "working ... ").unwrap();
    print(&mut *stderr.p2_stream(), "bad luck\n").unwrap();
    assert_eq!(read_so_far(&mut reader, &output), "working ... bad luck\n");
    print(&mut *stderr.p2_stream(), ".").unwrap();
    lines.release_old();
    assert!(!lines.is_empty(), "one tick is one tick for both");
    lines.release_old();
    assert_eq!(read_so_far(&mut reader, &output), ".");
}

#[test]
fn both_streams_of_an_instance_are_released() {
    let (mut out, stdout) = pipe().unwrap();
    let (mut err, stderr) = pipe().unwrap();
    let output = Output::new(stdout.into(), stderr.into()).unwrap();
    let (stdout, stderr, lines) = output.stdio();
    print(&mut *stdout.p2_stream(), "out").unwrap();
    print(&mut *stderr.p2_stream(), "err").unwrap();
    lines.release();
    assert!(lines.is_empty());
    let mut text = [[0; 3]; 2];
    out.read_exact(&mut text[0]).unwrap();
    err.read_exact(&mut text[1]).unwrap();
    assert_eq!(&text, &[*b"out", *b"err"]);
}

#[test]
fn what_is_held_back_for_a_reader_that_is_gone_is_an_error_of_the_run() {
    let (output, reader) = piped();
    let (stdout, _stderr, lines) = output.stdio();
    let mut stream = stdout.p2_stream();
    write(&mut *stream, "held").unwrap();
    drop(reader);
    assert!(stream.check_write().is_ok(), "nothing was written yet");
    lines.release();
    drop((stdout, stream));
    assert!(lines.is_empty());
    assert_eq!(output.finish(false, false).unwrap_err().kind(), io::ErrorKind::BrokenPipe);
}

#[test]
fn pieces_of_lines_are_bounded_as_lines_are() {
    let (output, reader) = piped();
    let (stdout, stderr, _lines) = output.stdio();
    let mut stream = stdout.p2_stream();
    let mut total = 0;
    loop {
        match stream.check_write().unwrap().min(1000) {
            0 => break,
            len => {
                stream.write(vec![b'x'; len].into()).unwrap();
                total += len;
            }
        }
    }
    assert!(total < 3 * PERMIT, "{total}");
    assert_eq!(soon(stream.ready()), None);
    let reader = read_all(reader);
    block_on(stream.ready());
    drop((stdout, stderr, stream));
    output.finish(false, false).unwrap();
    drop(output);
    assert_eq!(reader.join().unwrap().len(), total);
}
