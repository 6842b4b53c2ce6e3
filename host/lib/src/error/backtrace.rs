//! The stack of a trap, as lines for people.

use std::fmt;

use wasmtime::WasmBacktrace;

use crate::escaped::{Escaped, is_steering};

/// Displays the engine's rendering of a stack, with names demangled. If a name would control a terminal or
/// forge a line, all names are shown as they are in the file, escaped.
pub(crate) struct Backtrace<'a>(pub(crate) &'a WasmBacktrace);

impl fmt::Display for Backtrace<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_plain = |name: Option<&str>| name.is_none_or(|name| !name.contains(is_steering));
        let are_plain = self.0.frames().iter().all(|frame| {
            let symbols = frame.symbols().iter();
            let mut names = symbols.flat_map(|symbol| [symbol.name(), symbol.file()]);
            is_plain(frame.module().name()) && is_plain(frame.func_name()) && names.all(is_plain)
        });
        if are_plain {
            return self.0.fmt(f);
        }
        f.write_str("error while executing at wasm backtrace:")?;
        self.0.frames().iter().enumerate().try_for_each(|(index, frame)| {
            let module = Escaped(frame.module().name().unwrap_or("<unknown>"));
            let function = Escaped(frame.func_name().unwrap_or("<unknown>"));
            let offset = frame.module_offset().unwrap_or_default();
            write!(f, "\n  {index:>3}: {offset:#8x} - {module}!{function}")
        })
    }
}
