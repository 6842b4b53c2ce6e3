//! Timers, clients, limits and signals while jobs keep all cores busy.
//!
//! A core used to check its timers and sockets only when it had no job to start. With 64 jobs of 300 us in
//! progress, 0 of 100 ticks were delivered, and a client waited for six seconds.
//!
//! Lateness is measured by how much work the jobs have done in the meantime. A clock would measure the load
//! of the machine.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;

use tests::App;

const CORES: [usize; 3] = [1, 2, 8];

/// The kinds of jobs, and how many microseconds each computes at a time.
const LOADS: [(&str, &str); 9] = [
    ("leaf", "0"),
    ("leaf", "30"),
    ("leaf", "300"),
    ("leaf", "900"),
    ("leaf", "3000"),
    ("leaf", "50000"),
    ("tree", "100"),
    ("waits", "300"),
    ("sends", "100"),
];

#[test]
fn timers_come_between_jobs() {
    for cores in CORES {
        for (kind, micros) in LOADS {
            let app = App::new("time_saturated").cores(cores).arg(kind).arg(micros).arg("timers");
            app.run().stdout("timers come\n").exit(0);
        }
    }
}

#[test]
fn timers_come_between_jobs_that_cannot_be_interrupted() {
    for micros in ["30", "900"] {
        let app = App::new("time_saturated").option("--no-preemption").cores(1);
        app.arg("leaf").arg(micros).arg("timers").run().stdout("timers come\n").exit(0);
    }
}

/// Requests the work done by all jobs so far, in microseconds per core.
fn ask(address: &str, byte: &[u8]) -> u64 {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(byte).unwrap();
    let mut done = [0; 8];
    stream.read_exact(&mut done).unwrap();
    u64::from_le_bytes(done)
}

#[test]
fn clients_are_answered_between_jobs() {
    for cores in CORES {
        for (kind, micros) in [("leaf", "300"), ("leaf", "3000"), ("sends", "100")] {
            let app = App::new("time_saturated").network().cores(cores);
            let mut running = app.arg(kind).arg(micros).arg("serve").start();
            let mut address = String::new();
            BufReader::new(running.stdout()).read_line(&mut address).unwrap();
            let address = address.trim();
            let mut before = ask(address, b"a");
            for _ in 0..20 {
                let now = ask(address, b"a");
                let done = now - before;
                assert!(done < 200_000, "{kind} of {micros} us, {cores} cores: {done} us before an answer");
                before = now;
            }
            ask(address, b".");
            running.end().exit(0);
        }
    }
}

#[test]
fn a_limit_of_time_holds_beside_short_jobs() {
    for cores in CORES {
        let app = App::new("time_saturated").cores(cores).option("--timeout").option("300ms");
        app.arg("leaf").arg("300").arg("waits").run().exit(124);
    }
}

#[test]
fn a_signal_ends_a_run_of_short_jobs() {
    for cores in CORES {
        let app = App::new("time_saturated").network().cores(cores);
        let mut running = app.arg("leaf").arg("300").arg("serve").start();
        let mut address = String::new();
        BufReader::new(running.stdout()).read_line(&mut address).unwrap();
        while ask(address.trim(), b"a") < 20_000 {}
        let sent = Command::new("kill").args(["-INT", &running.id().to_string()]).status();
        assert!(sent.is_ok_and(|status| status.success()));
        running.end().exit(130);
    }
}
