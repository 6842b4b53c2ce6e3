//! Prints hello, with std only, so that every runtime can run it.

#![expect(clippy::print_stdout, reason = "a program's output")]

fn main() {
    println!("hello");
}
