//! WAVE, by the library that the engine uses.

use wasmtime::component::Val;
use wasmtime::component::types::Type;
use wasmtime::component::wasm_wave::{self, untyped::UntypedFuncCall};

/// Reads arguments that are separated by commas.
pub(super) fn read(text: &str, params: &[(String, Type)]) -> Result<Vec<Val>, String> {
    // The parser reads a call.
    let call = format!("f({text})");
    let call = UntypedFuncCall::parse(&call).map_err(|error| error.to_string())?;
    let types = params.iter().map(|(_, ty)| ty).collect::<Vec<_>>();
    call.to_wasm_params(types).map_err(|error| error.to_string())
}

pub(super) fn write(value: &Val) -> String {
    // It fails only for types that have no text, which are refused before a call.
    wasm_wave::to_string(value).unwrap_or_default()
}
