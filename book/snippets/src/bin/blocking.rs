//! Jobs in a program without an async runtime.
use guest_runtime::prelude::*;

#[guest_runtime::parallel]
async fn steps(start: u64) -> usize {
    std::iter::successors(Some(start), |&n| {
        Some(if n % 2 == 0 { n / 2 } else { 3 * n + 1 })
    })
    .take_while(|&n| n != 1)
    .count()
}

fn main() {
    println!("{}", steps(27).par().wait());

    let mut jobs: Vec<_> = (1..=1000).map(|n| steps(n).par()).collect();
    jobs.iter_mut().for_each(|job| job.start());
    println!("{:?}", jobs.into_iter().map(|job| job.wait()).max());
}
