//! The stack of a trap, in lines for people.

use wasmtime::WasmBacktrace;

use crate::escaped::{Escaped, is_steering};

/// The engine's rendering of a stack, with names demangled; where a name would steer a terminal or forge a
/// line, all are shown as they are in the file, escaped.
pub(crate) fn backtrace(stack: &WasmBacktrace) -> String {
    let is_plain = |name: Option<&str>| name.is_none_or(|name| !name.contains(is_steering));
    let are_plain = stack.frames().iter().all(|frame| {
        let symbols = frame.symbols().iter();
        let mut names = symbols.flat_map(|symbol| [symbol.name(), symbol.file()]);
        is_plain(frame.module().name()) && is_plain(frame.func_name()) && names.all(is_plain)
    });
    if are_plain {
        return stack.to_string();
    }
    let mut text = "error while executing at wasm backtrace:".to_owned();
    for (index, frame) in stack.frames().iter().enumerate() {
        let module = Escaped(frame.module().name().unwrap_or("<unknown>"));
        let function = Escaped(frame.func_name().unwrap_or("<unknown>"));
        let offset = frame.module_offset().unwrap_or_default();
        text += &format!("\n  {index:>3}: {offset:#8x} - {module}!{function}");
    }
    text
}
