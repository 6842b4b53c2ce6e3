//! A result cannot be a reference, not even a `'static` one.
#[guest_runtime::parallel]
async fn name(n: u64) -> &'static str {
    if n == 0 { "zero" } else { "more" }
}

fn main() {}
