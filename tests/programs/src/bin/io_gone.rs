//! Jobs that print as much as they may without waiting, or more, and end at once.
use guest_runtime::parallel;
use guest_runtime::prelude::*;
use wasi::cli::stdout::get_stdout;

#[guest_runtime::main]
async fn main() {
    let mut printed = 0;
    for _ in 0..20 {
        let jobs: Vec<_> = (0..20).map(|n| prints.par_with(n % 2 == 0).catch()).collect();
        // Jobs that write without a permit trap.
        printed += jobs.join().await.into_iter().filter_map(Result::ok).sum::<usize>();
    }
    eprintln!("{printed} bytes");
}

/// Prints without waiting, and returns the number of bytes.
#[parallel]
async fn prints(asks: bool) -> usize {
    let (stdout, bytes) = (get_stdout(), vec![b'x'; 64 << 10]);
    let mut printed = 0;
    loop {
        let permit = if asks { stdout.check_write().unwrap() as usize } else { bytes.len() };
        if permit == 0 {
            return printed;
        }
        stdout.write(&bytes[..permit]).unwrap();
        printed += permit;
    }
}
