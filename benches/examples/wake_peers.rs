//! Wakes a sleeping thread and waits for its answer. Prints the microseconds of each round trip.
//!
//! The arguments are those of `wake`: the number of round trips, and the microseconds between them. The two
//! channels are std's, which wait in a futex. Each thread is bound to a CPU of its own, as cores are; on a
//! shared CPU, no CPU would have to be woken.

#![expect(clippy::print_stdout, reason = "a program's output")]

use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// As in `wake`.
const SHORT: Duration = Duration::from_millis(1);

fn main() {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse().expect("a number"));
    let (count, pause): (u64, u64) = (arguments.next().unwrap_or(100), arguments.next().unwrap_or(20_000));
    let pause = Duration::from_micros(pause);
    let cpus = sched_getaffinity(None).expect("threads have CPUs");
    let mut cpus = (0..CpuSet::MAX_CPU).filter(|&cpu| cpus.is_set(cpu)).cycle();
    let (here, there) = (cpus.next(), cpus.next());
    pin(here);
    let ((wake, woken), (answer, answered)) = (channel(), channel());
    let thread = std::thread::spawn(move || {
        pin(there);
        while let Ok(()) = woken.recv() {
            answer.send(()).expect("the main thread waits for it");
        }
    });
    let mut times = Vec::new();
    for _ in 0..count {
        if pause < SHORT {
            let start = Instant::now();
            while start.elapsed() < pause {
                std::hint::spin_loop();
            }
        } else {
            std::thread::sleep(pause);
        }
        let start = Instant::now();
        wake.send(()).expect("the thread runs");
        answered.recv().expect("the thread runs");
        times.push(start.elapsed());
    }
    drop(wake);
    thread.join().expect("it does not panic");
    for time in times {
        println!("{:.3}", time.as_secs_f64() * 1e6);
    }
}

/// Binds this thread to a CPU.
fn pin(cpu: Option<usize>) {
    let mut only = CpuSet::new();
    only.set(cpu.expect("there is at least one"));
    sched_setaffinity(None, &only).expect("it may run there");
}
