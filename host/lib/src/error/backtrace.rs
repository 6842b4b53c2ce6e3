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

/// How many frames an error shows, unless all are wanted.
const INNERMOST: usize = 5;

/// The most bytes of a name that is shown demangled.
const DEMANGLED: usize = 4 << 10;

/// The most bytes of a C++ name that is demangled. Reading a name also takes time.
const MANGLED: usize = 1 << 10;

/// Displays a stack as the engine does, but with bounded and [escaped](Escaped) names.
pub(crate) struct Backtrace<'a>(pub(crate) &'a WasmBacktrace);

impl fmt::Display for Backtrace<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HEADING)?;
        let frames = self.0.frames();
        // An app with plugs has several modules.
        let has_several = frames.windows(2).any(|pair| pair[0].module().name() != pair[1].module().name());
        frames.iter().enumerate().try_for_each(|(index, frame)| {
            write!(f, "\n  {index:>3}: ")?;
            if let Some(offset) = frame.module_offset() {
                write!(f, "{offset:#8x} - ")?;
            }
            let module = if has_several || frame.symbols().is_empty() {
                format!("{}!", Escaped(frame.module().name().unwrap_or("<unknown>")))
            } else {
                String::new()
            };
            f.write_str(&module)?;
            match frame.symbols() {
                [] => f.write_str(&function(frame)),
                [innermost, inlined @ ..] => {
                    write_symbol(f, innermost, &function(frame))?;
                    inlined.iter().try_for_each(|symbol| {
                        write!(f, "\n                - {module}")?;
                        write_symbol(f, symbol, "<inlined function>")
                    })
                }
            }
        })
    }
}

/// Returns the innermost frames of a stack that was rendered, a line each, without those of libraries, unless there
/// are only those.
pub(super) fn innermost(stack: &str) -> String {
    let mut frames: Vec<String> = Vec::new();
    for line in stack.lines().map(str::trim) {
        match (line.strip_prefix("at "), frames.last_mut()) {
            (Some(place), Some(frame)) => *frame += &format!(" ({place})"),
            _ => frames.extend(name(line)),
        }
    }
    // The name of the module says something only where there are several.
    let module = frames.first().and_then(|frame| module(frame)).map(|module| format!("{module}!"));
    if let Some(module) = module
        && frames.iter().all(|frame| frame.starts_with(&module))
    {
        frames.iter_mut().for_each(|frame| _ = frame.drain(..module.len()));
    }
    let of_app = frames.iter().filter(|frame| !is_of_library(frame)).collect::<Vec<_>>();
    // A library can fail without a function of the app, as in an export that its macro wrote.
    let shown = if of_app.is_empty() { frames.iter().collect() } else { of_app };
    shown.iter().take(INNERMOST).map(|frame| format!("  at {frame}")).collect::<Vec<_>>().join("\n")
}

/// Returns the name in the line of a frame, `0: 0x1f - name`, or in that of a function inlined into it, `- name`. The
/// name has no hash.
fn name(line: &str) -> Option<String> {
    let inlined = line.strip_prefix("- ");
    let name = inlined.or_else(|| {
        let (number, frame) = line.split_once(": ")?;
        number.parse::<u32>().ok()?;
        // Offsets are in a column.
        let frame = frame.trim_start();
        Some(
            frame
                .split_once(" - ")
                .filter(|(offset, _)| offset.starts_with("0x"))
                .map_or(frame, |(_, name)| name),
        )
    })?;
    let name = match name.rsplit_once("::h") {
        Some((path, hash)) if hash.len() == 16 && is_hex(hash) => path.to_owned(),
        // A crate is followed by its hash in brackets.
        _ => name
            .split('[')
            .map(|part| part.split_once(']').filter(|(hash, _)| is_hex(hash)).map_or(part, |(_, rest)| rest))
            .collect(),
    };
    Some(name)
}

/// Returns the name of the module of a frame, if it has one.
fn module(frame: &str) -> Option<&str> {
    let (module, _) = frame.split_once('!')?;
    // In the name of a function, `!` is a type.
    (!module.contains([' ', ':'])).then_some(module)
}

fn is_hex(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Returns whether a function is one of std, of the guest runtime, or of what calls these.
fn is_of_library(frame: &str) -> bool {
    let name = module(frame).map_or(frame, |module| &frame[module.len() + 1..]);
    let name = name.trim_start_matches('<');
    let libraries = ["std::", "core::", "alloc::", "guest_runtime::", "__rust", "rust_", "panic_abort::"];
    let exports = ["parallel:futures/worker@", "wasi:cli/run@"];
    libraries.iter().chain(&exports).any(|start| name.starts_with(start))
        || ["abort", "_start", "__main_void"].contains(&name)
}

/// Returns the lines of a stack as the engine indents them.
pub(super) fn indented(stack: &str) -> String {
    let line = |line: &str| match line.get(..2) {
        Some("at") => format!("                    {line}"),
        Some("- ") => format!("                {line}"),
        _ => format!(
            "  {:>3}{}",
            line.split(':').next().unwrap_or(line),
            &line[line.find(':').unwrap_or(line.len())..]
        ),
    };
    stack.lines().map(line).collect::<Vec<_>>().join("\n")
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
    fn the_innermost_frames_are_those_of_the_app() {
        let stack = "0: 0x1f - abort
            1: 0x2f - std::process::abort::h05af221e174051e9
                 - std[3c1c0]::panicking::begin_panic
                        at /rustc/library/std/src/panicking.rs:1:2
            2:   0x3f - <app[3c1c0]::Shape as core[12]::fmt::Display>::fmt
            3: plug!app::inner::h05af221e174051e9
                        at src/main.rs:3:67
                 - std::outer
                        at src/main.rs:5
            4: <unknown>!<wasm function 7>
            5: more
            6: most";
        let shown = "  at <app::Shape as core::fmt::Display>::fmt
  at plug!app::inner (src/main.rs:3:67)
  at <unknown>!<wasm function 7>
  at more
  at most";
        assert_eq!(innermost(stack), shown);
        assert_eq!(innermost("0: abort\n1: std::f"), "  at abort\n  at std::f");
        assert_eq!(innermost("0: m!core::panicking::panic\n1: m!f"), "  at f");
        assert_eq!(innermost(""), "");
        assert_eq!(indented("10: a\nat b\n- c"), "   10: a\n                    at b\n                - c");
    }

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
