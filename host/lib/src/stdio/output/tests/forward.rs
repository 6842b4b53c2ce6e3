//! Output that goes to another machine.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use wasmtime_wasi::cli::StdoutStream as _;

use crate::stdio::forward::Forward;
use crate::stdio::output::Output;

/// Keeps what it gets.
#[derive(Debug, Default)]
struct Kept(Mutex<Vec<Bytes>>);

impl Forward for Kept {
    fn forward(&self, piece: Bytes) {
        self.0.lock().unwrap().push(piece);
    }
}

#[test]
fn a_guest_waits_until_its_output_has_arrived() {
    let (stdout, stderr) = (Arc::<Kept>::default(), Arc::<Kept>::default());
    let output = Output::forwarded(stdout.clone(), stderr.clone()).unwrap();
    let mut stream = output.stdout().p2_stream();
    let mut written = 0;
    while let Ok(room @ 1..) = stream.check_write() {
        let line = vec![b'\n'; room.min(1000)];
        written += line.len();
        stream.write(line.into()).unwrap();
    }
    let on_its_way: usize = stdout.0.lock().unwrap().iter().map(Bytes::len).sum();
    assert_eq!(on_its_way, written);
    assert!(stderr.0.lock().unwrap().is_empty());
    stdout.0.lock().unwrap().clear();
    assert!(stream.check_write().unwrap() > 0, "all of it has arrived");
    drop(stream);
    output.finish(false, false).unwrap();
}
