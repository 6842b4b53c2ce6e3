//! What has moved to a job is gone.
use guest_runtime::prelude::*;

fn main() {
    let text = String::from("text");
    let job = par!([text] async { text.len() });
    println!("{text}: {}", job.wait());
}
