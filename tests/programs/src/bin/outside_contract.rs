//! The pollable of one job, through the contract itself. The jobs have an invalid entry, and fail.
use bindings::parallel::futures::jobs;
// Links the `worker` export.
use guest_runtime as _;

mod bindings {
    wit_bindgen::generate!({
        path: "../../wit",
        inline: "package tests:outside; world app { import parallel:futures/jobs@0.1.0; }",
        world: "tests:outside/app",
        with: { "wasi:io/poll@0.2.12": wasi::io::poll },
        generate_all,
    });
}

/// There is always room for one more.
fn start(entry: u32) -> u32 {
    let options = jobs::Options { timeout: None, memory: None, fresh: false, window: 0, name: None };
    jobs::start(entry, b"message", &options).expect("there is room")
}

fn main() {
    println!("none: {}", jobs::subscribe_to(0).ready() && jobs::subscribe_to(u32::MAX).ready());
    let mut found = 0;
    let mut stayed = 0;
    let mut cancelled = 0;
    for _ in 0..1000 {
        let job = start(1);
        let ended = jobs::subscribe_to(job);
        ended.block();
        // Ready means that the completion is there already.
        found += jobs::completed().iter().filter(|completion| completion.job == job).count();
        stayed += usize::from(ended.ready() && jobs::subscribe_to(job).ready());

        let job = start(1);
        let ended = jobs::subscribe_to(job);
        jobs::cancel(job);
        ended.block();
        cancelled += usize::from(ended.ready() && jobs::completed().is_empty());
    }
    println!("found {found}, stayed ready {stayed}, cancelled {cancelled}");

    // All at once, and each is ready only with its own completion.
    let jobs: Vec<_> = (0..100).map(|_| start(1)).collect();
    let pollables: Vec<_> = jobs.iter().map(|&job| jobs::subscribe_to(job)).collect();
    pollables.iter().for_each(|ended| ended.block());
    println!("all {}", jobs::completed().len());
}
