//! `block_on` inside `block_on` is an error with a message.
fn main() {
    guest_runtime::block_on(async {
        guest_runtime::block_on(async {});
        println!("not reached");
    });
}
