//! Writes as many MiB into a file as it can.
use std::io::Write as _;

fn main() {
    let mut args = std::env::args().skip(1);
    let path = args.next().unwrap();
    let mebibytes: usize = args.next().unwrap().parse().unwrap();
    let mut file = std::fs::File::create(&path).unwrap();
    let mut written = 0;
    let mut left = mebibytes << 20;
    let bytes = vec![b'x'; 1 << 16];
    let error = loop {
        match file.write(&bytes[..left.min(bytes.len())]) {
            Ok(0) => break None,
            Ok(n) => (written, left) = (written + n, left - n),
            Err(error) => break Some(error),
        }
    };
    println!("written {written}");
    if let Some(error) = error {
        println!("{error}");
    }
    println!("still there");
}
