//! A place for a `&str` has nothing that could come back to it.
#[guest_runtime::parallel]
async fn shorten(text: &mut &str) {
    *text = &text[1..];
}

fn main() {}
