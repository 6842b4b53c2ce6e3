//! Writes and reads a GiB and 10,000 small files in the directory given as its argument, twice, and prints
//! how many seconds each step took.

#![expect(clippy::print_stdout, reason = "a program's output")]

#[path = "../files.rs"]
mod files;

fn main() {
    let dir = std::env::args().nth(1).expect("the argument is a directory");
    for _ in 0..2 {
        let times = files::measure(dir.as_ref()).expect("the files can be written and read");
        println!("{}", times.map(|time| time.as_secs_f64().to_string()).join(" "));
    }
}
