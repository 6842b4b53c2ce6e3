//! Streams: all bytes, in order, at the pace of the reader.

use tests::App;

#[test]
fn all_that_is_read_is_written() {
    for size in [0, 1, 4096, 65_536, 65_537, 10_000_000] {
        let bytes: Vec<u8> = (0..size).map(|n: usize| (n * n >> 3) as u8).collect();
        let output = App::new("io_cat").stdin(bytes.clone()).run();
        output.exit(0).stderr(&format!("{size}\n"));
        assert!(output.stdout == bytes, "{size} bytes");
    }
}
