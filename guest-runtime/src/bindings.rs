//! The imports and the export of `wit/`, as wit-bindgen writes them, and nothing else.

#![expect(
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    unsafe_code,
    unsafe_op_in_unsafe_fn,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    clippy::undocumented_unsafe_blocks,
    reason = "generated code, documented in wit/"
)]

wit_bindgen::generate!({
    path: "../wit",
    world: "parallel:futures/parallel",
    // The pollable of the `wasi` crate, so that one list can hold ours and everybody else's.
    with: { "wasi:io/poll@0.2.12": wasi::io::poll },
    pub_export_macro: true,
});
