//! Runs two apps on the same cores: one is observed, and stopped when the other has ended.
//!
//! ```sh
//! cargo run --release -p parallel-host --example two_apps -- server.wasm client.wasm
//! ```

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program's output")]

use std::error::Error;
use std::process::ExitCode;

use host::{Config, DirGrant, ErrorKind, Event, Host, Observer, RunConfig, Stats, Stdio};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let args = std::env::args().skip(1).collect::<Vec<_>>();
    let [server, client] = args.try_into().map_err(|_| "name two apps: two_apps SERVER.wasm CLIENT.wasm")?;
    let mut config = Config::default();
    config.cores = 2.try_into()?;
    let host = Host::new(&config)?;

    let mut watched = RunConfig::default();
    watched.stdout = Stdio::null();
    watched.limits.job_memory = 64 << 20;
    watched.observer = Some(Observer::new(|event| {
        if let Event::Finished { job, end, .. } = event {
            eprintln!("job {job} of the first app: {end}");
        }
    }));
    let first = host.load(server)?.start(&watched)?;

    let stats = Stats::new(config.cores);
    let mut counted = RunConfig::default();
    counted.args = vec!["--once".to_owned()];
    counted.grants.dirs = vec![DirGrant::read_only(".", "/")];
    counted.observer = Some(stats.observer());
    println!("the second app: exit code {}", host.load(client)?.start(&counted)?.wait()?);
    eprint!("{stats}");

    first.stop_handle().stop();
    match first.wait() {
        Err(error) if error.kind() == ErrorKind::Stopped => println!("the first app: {error}"),
        ended => println!("the first app had ended: {ended:?}"),
    }
    Ok(())
}
