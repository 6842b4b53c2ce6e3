//! Does not compile: a result that points into an argument.

#[guest_runtime::parallel]
async fn first(words: &[String]) -> &str {
    &words[0]
}

fn main() {}
