//! Does not compile: a borrow inside of a value.

#[guest_runtime::parallel]
async fn count(words: Vec<&'static str>) -> usize {
    words.len()
}

fn main() {}
