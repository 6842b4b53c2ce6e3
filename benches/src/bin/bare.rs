//! A component with empty functions, which imports no more than any Rust program.
//! `host/lib/examples/bare_engine.rs` calls it.

#[expect(unsafe_code, reason = "exporting functions to a component generates unsafe code")]
mod bindings {
    use super::Bare;

    wit_bindgen::generate!({
        inline: "
            package benches:bare;
            world bare {
                /// The function of a worker, without failures.
                export run: func(entry: u32, message: list<u8>) -> list<u8>;
                /// The same, without a result.
                export take: func(message: list<u8>);
            }
        ",
    });
    export!(Bare);
}

struct Bare;

impl bindings::Guest for Bare {
    fn run(_: u32, message: Vec<u8>) -> Vec<u8> {
        message
    }

    fn take(message: Vec<u8>) {
        drop(message);
    }
}

fn main() {}
