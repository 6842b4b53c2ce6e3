//! The stack of a trap, as lines for people.
//!
//! Names are those of the app's file. A mangled name of a few hundred bytes can stand for one of more bytes than
//! there is memory, so demangling has a bound: what would be longer is shown as it is in the file.

use std::error::Error;
use std::fmt::{self, Write as _};

use cpp_demangle::{BorrowedSymbol, DemangleOptions};
use wasmtime::{FrameInfo, FrameSymbol, WasmBacktrace};

use crate::escaped::Escaped;

/// How the engine's rendering begins, and ours.
const HEADING: &str = "error while executing at wasm backtrace:";

/// The most bytes of a name that is shown demangled.
const DEMANGLED: usize = 4 << 10;

/// The most bytes of a C++ name that is demangled. Reading a name also takes time.
const MANGLED: usize = 1 << 10;

/// Displays a stack as the engine does, but with bounded and [escaped](Escaped) names.
pub(crate) struct Backtrace<'a>(pub(crate) &'a WasmBacktrace);

impl fmt::Display for Backtrace<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HEADING)?;
        self.0.frames().iter().enumerate().try_for_each(|(index, frame)| {
            write!(f, "\n  {index:>3}: ")?;
            if let Some(offset) = frame.module_offset() {
                write!(f, "{offset:#8x} - ")?;
            }
            match frame.symbols() {
                [] => {
                    let module = Escaped(frame.module().name().unwrap_or("<unknown>"));
                    write!(f, "{module}!{}", function(frame))
                }
                [outermost, inlined @ ..] => {
                    write_symbol(f, outermost, &function(frame))?;
                    inlined.iter().try_for_each(|symbol| {
                        write!(f, "\n                - ")?;
                        write_symbol(f, symbol, "<inlined function>")
                    })
                }
            }
        })
    }
}

/// Returns whether an error is the engine's rendering of a stack. Does not render it further than its heading.
pub(crate) fn is_backtrace(error: &dyn Error) -> bool {
    let mut start = Bounded { text: String::new(), most: HEADING.len() };
    // An error only means that there is more.
    _ = write!(start, "{error}");
    start.text == HEADING
}

/// Writes the name of a function, and its place in the source if the debug information has one.
fn write_symbol(f: &mut fmt::Formatter<'_>, symbol: &FrameSymbol, unnamed: &str) -> fmt::Result {
    match symbol.name() {
        Some(name) => f.write_str(&shown(name))?,
        None => f.write_str(unnamed)?,
    }
    let Some(file) = symbol.file() else { return Ok(()) };
    write!(f, "\n                    at {}", Escaped(file))?;
    match (symbol.line(), symbol.column()) {
        (Some(line), Some(column)) => write!(f, ":{line}:{column}"),
        (Some(line), None) => write!(f, ":{line}"),
        (None, _) => Ok(()),
    }
}

fn function(frame: &FrameInfo) -> String {
    match frame.func_name() {
        Some(name) => shown(name),
        None => format!("<wasm function {}>", frame.func_index()),
    }
}

/// Returns a name as it is shown: demangled if it can be, and escaped.
fn shown(name: &str) -> String {
    Escaped(demangled(name).as_deref().unwrap_or(name)).to_string()
}

/// Returns what a name of Rust or C++ stands for, unless that is too long.
fn demangled(name: &str) -> Option<String> {
    let mut text = Bounded { text: String::new(), most: DEMANGLED };
    if let Ok(rust) = rustc_demangle::try_demangle(name) {
        write!(text, "{rust}").ok()?;
    } else if name.len() <= MANGLED {
        let cpp = BorrowedSymbol::new(name.as_bytes()).ok()?;
        cpp.structured_demangle(&mut text, &DemangleOptions::default()).ok()?;
    } else {
        return None;
    }
    Some(text.text)
}

/// A text that takes its first bytes, and ends the writing of more.
struct Bounded {
    text: String,
    most: usize,
}

impl fmt::Write for Bounded {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        let free = self.most - self.text.len();
        self.text.push_str(&more[..more.floor_char_boundary(free)]);
        if more.len() > free { Err(fmt::Error) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_both_languages_are_demangled() {
        assert_eq!(shown("_RNvCs1234_7mycrate3foo"), "mycrate[3c1c0]::foo");
        assert_eq!(shown("_ZN3foo3barE17h05af221e174051e9E"), "_ZN3foo3barE17h05af221e174051e9E");
        assert_eq!(shown("_ZN3foo3bar17h05af221e174051e9E"), "foo::bar::h05af221e174051e9");
        assert_eq!(shown("_ZN3foo3barEi"), "foo::bar(int)");
        assert_eq!(shown("main"), "main");
        assert_eq!(shown("a\u{1b}[2J"), r"a\u{1b}[2J");
    }

    /// Each further argument is a type with the one before it, twice.
    #[test]
    fn names_that_double_are_shown_as_they_are() {
        let number = |n: u32| char::from_digit(n % 36, 36).unwrap_or('0').to_ascii_uppercase();
        let twice = |n: u32| format!("S_IS{0}_S{0}_E", number(n));
        let cpp = format!("_Z1f1aIiiE{}", (0..30).map(twice).collect::<String>());
        assert_eq!(shown(&cpp), cpp);

        let (mut rust, mut last) = ("_RINvC1a1fTuuE".to_owned(), "8".to_owned());
        for _ in 0..30 {
            // A reference counts from behind the first two characters, in base 62, from 0 as `_`.
            let here = base_62(rust.len() - 2);
            rust.push_str(&format!("TB{last}_B{last}_E"));
            last = here;
        }
        rust.push('E');
        assert!(rustc_demangle::try_demangle(&rust).is_ok(), "{rust}");
        assert_eq!(shown(&rust), rust);
        let deep = format!("_Z1f{}i", "P".repeat(50_000));
        assert_eq!(shown(&deep), deep);
    }

    /// Writes a number as Rust's mangling does, without the `_` at its end.
    fn base_62(number: usize) -> String {
        let digits = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
        let number = number - 1;
        let (high, low) = (number / 62, char::from(digits[number % 62]));
        if high == 0 { low.to_string() } else { format!("{}{low}", char::from(digits[high])) }
    }
}
