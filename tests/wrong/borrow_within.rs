//! A borrow within a value does not cross; a borrow that is the argument does.
#[guest_runtime::parallel]
async fn count(words: Vec<&'static str>) -> usize {
    words.len()
}

fn main() {}
