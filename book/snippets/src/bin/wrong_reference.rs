//! Does not compile: a borrowed result.

#[guest_runtime::parallel]
async fn first(words: &[String]) -> &str {
    &words[0]
}

fn main() {}
