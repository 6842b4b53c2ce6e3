//! Tells a thread that sleeps, and waits for its answer: says how many microseconds each round trip took.
//!
//! The arguments are those of `wake`: how many, and how many microseconds lie between them. The two
//! channels are those of std, which wait in a futex. Each thread has a CPU of its own, as cores have: where
//! both are on one, no CPU has to be woken.

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
    let ((tell, told), (answer, answered)) = (channel(), channel());
    let thread = std::thread::spawn(move || {
        pin(there);
        while let Ok(()) = told.recv() {
            answer.send(()).expect("somebody waits for it");
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
        tell.send(()).expect("the thread is there");
        answered.recv().expect("the thread is there");
        times.push(start.elapsed());
    }
    drop(tell);
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
