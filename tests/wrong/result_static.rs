//! Not even what lives for ever crosses as a reference.
#[guest_runtime::parallel]
async fn name(n: u64) -> &'static str {
    if n == 0 { "zero" } else { "more" }
}

fn main() {}
