//! A pollable is a handle of this instance.
use wasi::io::poll::Pollable;

#[guest_runtime::parallel]
async fn wait(pollable: Pollable) {
    pollable.block();
}

fn main() {}
