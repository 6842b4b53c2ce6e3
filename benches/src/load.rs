//! The load of programs that keep all cores busy with jobs, while the lateness of their timers and
//! connections is measured.

use std::time::{Duration, Instant};

/// The number of jobs in progress at a time.
pub(crate) const JOBS: usize = 64;

/// The byte that ends the program.
pub(crate) const END: u8 = b'.';

/// Computes for this long: the work of a job.
pub(crate) fn spin(time: Duration) {
    let start = Instant::now();
    while start.elapsed() < time {
        std::hint::spin_loop();
    }
}

/// Returns the duration of the timer with this number: 2 to 7 ms, varying so that timers do not align.
pub(crate) fn nap(number: u64) -> Duration {
    Duration::from_micros(2_000 + number * 617 % 5_000)
}

/// Parses the arguments: the address to listen on, how long a job computes, and a number.
pub(crate) fn arguments() -> (String, Duration, usize) {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().expect("an address");
    let mut numbers = arguments.map(|argument| argument.parse::<u64>().expect("a number"));
    let micros = numbers.next().expect("how long a job computes");
    (address, Duration::from_micros(micros), numbers.next().unwrap_or(1) as usize)
}

/// Prints the number of timers, and then how many milliseconds late each was.
pub(crate) fn print(late: &[Duration]) {
    println!("{}", late.len());
    for late in late {
        println!("{:.4}", late.as_secs_f64() * 1e3);
    }
}
