//! Jobs that print as much as they may without waiting, and end at once.
use guest_runtime::parallel;
use guest_runtime::prelude::*;
use wasi::cli::stdout::get_stdout;

#[guest_runtime::main]
async fn main() {
    let mut printed = 0;
    for _ in 0..20 {
        let jobs: Vec<_> = (0..20).map(|_| prints.par_with(64 << 10)).collect();
        printed += jobs.join().await.into_iter().sum::<usize>();
    }
    eprintln!("{printed} bytes");
}

/// Prints without waiting, at most this many bytes at a time, and returns how many it has printed.
#[parallel]
async fn prints(most: usize) -> usize {
    let (stdout, bytes) = (get_stdout(), vec![b'x'; most]);
    let mut printed = 0;
    loop {
        let permit = most.min(stdout.check_write().unwrap() as usize);
        if permit == 0 {
            return printed;
        }
        stdout.write(&bytes[..permit]).unwrap();
        printed += permit;
    }
}
