//! Tampers with the files under `/c`, as a guest could with the entries of a cache.
use std::fs;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let path = |n: usize| format!("/c/{}", args[n]);
    match args.first().map(String::as_str) {
        None => {}
        Some("copy") => _ = fs::copy(path(1), path(2)).unwrap(),
        Some("rename") => fs::rename(path(1), path(2)).unwrap(),
        Some("link") => {
            fs::remove_file(path(2)).unwrap();
            fs::hard_link(path(1), path(2)).unwrap();
        }
        Some("write") => {
            let mut code = fs::read(path(2)).unwrap();
            let middle = code.len() / 2;
            code[middle] ^= 1;
            fs::write(path(2), code).unwrap();
        }
        Some("truncate") => fs::File::options().write(true).open(path(2)).unwrap().set_len(100).unwrap(),
        Some(other) => panic!("what is {other:?}?"),
    }
    println!("this is the tamperer");
}
