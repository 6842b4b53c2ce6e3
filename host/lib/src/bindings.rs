//! The host's side of `wit/`, as wasmtime's bindgen writes it, and nothing else.

wasmtime::component::bindgen!({
    path: "wit",
    world: "parallel:futures/parallel",
    imports: { default: trappable },
    exports: { default: async },
    // Failures are sent to other machines.
    additional_derives: [PartialEq, serde::Serialize, serde::Deserialize],
    with: { "wasi:io/poll": wasmtime_wasi::p2::bindings::io::poll },
});
