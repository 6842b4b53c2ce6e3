//! What comes back of a `str` may have another length.
#[guest_runtime::parallel]
async fn upper(text: &mut str) {
    text.make_ascii_uppercase();
}

fn main() {}
