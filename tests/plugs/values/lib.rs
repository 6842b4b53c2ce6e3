//! A library whose functions the tests call: values of all types, and work of all kinds.

use std::cell::Cell;
use std::hint::black_box;
use std::process;
use std::thread;
use std::time::Duration;

use bindings::Guest;
use bindings::exports::tests::values::types::{self, Access, Color, Point, Shape, Small};
use bindings::exports::tests::values::work;

#[expect(unsafe_code, reason = "an export is unsafe code, which wit-bindgen writes")]
mod bindings {
    use super::Values;

    wit_bindgen::generate!({ path: "wit", world: "values" });
    export!(Values);
}

struct Values;

impl Guest for Values {
    fn hello() -> String {
        "hello".to_owned()
    }
}

impl types::Guest for Values {
    fn echo_bool(value: bool) -> bool {
        value
    }

    fn echo_char(value: char) -> char {
        value
    }

    fn echo_string(value: String) -> String {
        value
    }

    fn echo_small(value: Small) -> Small {
        value
    }

    fn echo_floats(one: f32, two: f64) -> (f32, f64) {
        (one, two)
    }

    fn echo_point(value: Point) -> Point {
        value
    }

    fn echo_shape(value: Shape) -> Shape {
        value
    }

    fn echo_color(value: Color) -> Color {
        value
    }

    fn echo_access(value: Access) -> Access {
        value
    }

    fn echo_option(value: Option<Option<u32>>) -> Option<Option<u32>> {
        value
    }

    fn echo_result(value: Result<u32, String>) -> Result<u32, String> {
        value
    }

    fn echo_list(value: Vec<(String, u8)>) -> Vec<(String, u8)> {
        value
    }
}

thread_local! {
    static CALLS: Cell<u32> = const { Cell::new(0) };
}

impl work::Guest for Values {
    fn add(a: u32, b: u32) -> u32 {
        a.wrapping_add(b)
    }

    fn count(text: String) -> u32 {
        u32::try_from(text.split_whitespace().count()).unwrap_or(u32::MAX)
    }

    fn next() -> u32 {
        CALLS.set(CALLS.get() + 1);
        CALLS.get()
    }

    fn spin(rounds: u64) -> u64 {
        (0..rounds).fold(1, |hash, round| black_box(hash ^ round).wrapping_mul(0x100_0000_01b3))
    }

    fn sleep(milliseconds: u32) {
        thread::sleep(Duration::from_millis(milliseconds.into()));
    }

    fn allocate(bytes: u32) -> u32 {
        u32::try_from(black_box(vec![1_u8; bytes as usize]).len()).unwrap_or(u32::MAX)
    }

    fn repeat(bytes: u32) -> String {
        "x".repeat(bytes as usize)
    }

    fn print(text: String) {
        println!("{text}");
    }

    fn risky(number: u32) -> u32 {
        match number {
            13 => trapping_function(),
            14 => loop {
                std::hint::spin_loop();
            },
            15 => process::exit(1),
            number => number,
        }
    }

    fn even(number: u32) -> Result<u32, String> {
        if number.is_multiple_of(2) { Ok(number) } else { Err(format!("{number} is odd")) }
    }
}

/// Traps. A test looks for this function's name in the backtrace.
#[inline(never)]
fn trapping_function() -> ! {
    process::abort();
}
