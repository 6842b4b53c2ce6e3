//! Exits with a code of its own.

#[guest_runtime::main]
async fn main() {
    println!("nothing found");
    guest_runtime::exit(3);
}
