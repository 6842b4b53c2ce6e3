//! Also behind a borrow.
#[guest_runtime::parallel]
async fn print(value: &impl std::fmt::Display) {
    println!("{value}");
}

fn main() {}
