//! The host's side of `wit/`, as wasmtime's bindgen writes it, and nothing else.

wasmtime::component::bindgen!({
    path: "wit",
    world: "parallel:futures/parallel",
    imports: { default: trappable },
    exports: { default: async },
    additional_derives: [PartialEq],
    with: { "wasi:io/poll": wasmtime_wasi::p2::bindings::io::poll },
});
