//! The host's side of `wit/`, as wasmtime's bindgen writes it, and nothing else.

#![expect(
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    reason = "generated code, documented in wit/"
)]

wasmtime::component::bindgen!({
    path: "../wit",
    world: "parallel:futures/parallel",
    imports: { default: trappable },
    exports: { default: async },
    with: { "wasi:io/poll": wasmtime_wasi::p2::bindings::io::poll },
});
