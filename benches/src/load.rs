//! What a program does whose timers and connections are measured while its jobs keep all cores busy.

use std::time::{Duration, Instant};

/// So many jobs are under way at a time.
pub(crate) const JOBS: usize = 64;

/// What a client sends at last.
pub(crate) const END: u8 = b'.';

/// Computes for so long: what a job does.
pub(crate) fn spin(time: Duration) {
    let start = Instant::now();
    while start.elapsed() < time {
        std::hint::spin_loop();
    }
}

/// How long the timer of this number is: 2 to 7 ms, at no fixed distance from the others.
pub(crate) fn nap(number: u64) -> Duration {
    Duration::from_micros(2_000 + number * 617 % 5_000)
}

/// The arguments: the address to listen on, how long a job computes, and a number.
pub(crate) fn arguments() -> (String, Duration, usize) {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().expect("an address");
    let mut numbers = arguments.map(|argument| argument.parse::<u64>().expect("a number"));
    let micros = numbers.next().expect("how long a job computes");
    (address, Duration::from_micros(micros), numbers.next().unwrap_or(1) as usize)
}

/// How late each timer was, in milliseconds, below a line with their number.
pub(crate) fn print(late: &[Duration]) {
    println!("{}", late.len());
    for late in late {
        println!("{:.4}", late.as_secs_f64() * 1e3);
    }
}
