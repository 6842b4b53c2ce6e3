//! The job has to know the type.
#[guest_runtime::parallel]
async fn print(value: impl std::fmt::Display) {
    println!("{value}");
}

fn main() {}
