//! The last words of a program whose stdout has no reader, and output that is not held back at all.

use super::*;

/// Returns an output whose stdout has no reader, and the reader of its stderr.
fn without_reader() -> (Output, PipeReader) {
    let (_, stdout) = pipe().unwrap();
    let (reader, stderr) = pipe().unwrap();
    (Output::new(stdout.into(), stderr.into()).unwrap(), reader)
}

fn all_of(mut reader: PipeReader, output: Output) -> String {
    drop(output);
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    text
}

#[test]
fn what_a_program_says_before_it_traps_is_dropped() {
    for has_trapped in [false, true] {
        let (output, reader) = without_reader();
        let (stdout, stderr, lines) = output.stdio();
        print(&mut *stderr.p2_stream(), "before\n").unwrap();
        assert!(print(&mut *stdout.p2_stream(), "out\n").is_err());
        print(&mut *stderr.p2_stream(), "failed printing to stdout\n").unwrap();
        lines.release_old();
        lines.release_old();
        lines.end();
        drop((stdout, stderr, lines));
        assert_eq!(output.finish(false, has_trapped).is_err(), has_trapped);
        let expected = if has_trapped { "before\n" } else { "before\nfailed printing to stdout\n" };
        assert_eq!(all_of(reader, output), expected);
    }
}

#[test]
fn what_a_program_says_before_it_goes_on_is_printed() {
    let (output, reader) = without_reader();
    let (stdout, stderr, lines) = output.stdio();
    assert!(print(&mut *stdout.p2_stream(), "out\n").is_err());
    print(&mut *stderr.p2_stream(), "goes on, ").unwrap();
    lines.release();
    assert!(lines.is_empty());
    // As does one that says much.
    for _ in 0..2_000 {
        print(&mut *stderr.p2_stream(), "0123456789").unwrap();
    }
    drop((stdout, stderr, lines));
    _ = output.finish(false, true);
    let text = all_of(reader, output);
    assert!(text.starts_with("goes on, 0123456789") && text.len() > 16_000, "{}", text.len());
}

#[test]
fn the_output_of_one_instance_is_written_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("out");
    let file = File::create(&path).unwrap();
    let output = Output::beside(file.into(), null(), None, false).unwrap();
    let (stdout, _stderr, lines) = output.stdio();
    let mut stream = stdout.p2_stream();
    let written = || std::fs::read_to_string(&path).unwrap();
    print(&mut *stream, "partial").unwrap();
    assert_eq!(written(), "partial");
    write(&mut *stream, ", more").unwrap();
    stream.flush().unwrap();
    block_on(stream.ready());
    assert_eq!(written(), "partial, more");
    assert!(lines.is_empty());
}
