//! A plain function that uses jobs, called from main and from a job.
use guest_runtime::prelude::*;

fn lengths(words: &[String]) -> Vec<usize> {
    words.par_map(async |word| word.len()).wait()
}

#[guest_runtime::main]
async fn main() {
    let words = ["one", "two", "three"].map(String::from);
    println!("{:?} in main", lengths(&words));

    let others = ["four", "five"].map(String::from);
    let job = par!([&others] async { lengths(others) });
    println!("{:?} in a job", job.await);
}
