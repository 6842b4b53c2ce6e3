//! `block_on` inside `block_on` is a mistake, and says so.
fn main() {
    guest_runtime::block_on(async {
        guest_runtime::block_on(async {});
        println!("not reached");
    });
}
