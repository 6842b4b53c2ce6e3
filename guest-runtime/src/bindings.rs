//! The imports and the export of `wit/`, as wit-bindgen writes them, and nothing else.

wit_bindgen::generate!({
    path: "wit",
    world: "parallel:futures/parallel",
    // The pollable of the `wasi` crate, so that one list can hold ours and everybody else's.
    with: { "wasi:io/poll@0.2.12": wasi::io::poll },
    pub_export_macro: true,
});
