//! A result is owned: what it would point to ends with the job.
#[guest_runtime::parallel]
async fn first(words: &[String]) -> &str {
    &words[0]
}

fn main() {}
