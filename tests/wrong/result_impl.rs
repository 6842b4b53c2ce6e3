//! A result is of a type with a name.
#[guest_runtime::parallel]
async fn double(n: u64) -> Option<impl std::fmt::Display> {
    Some(n * 2)
}

fn main() {}
