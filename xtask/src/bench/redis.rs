//! `examples/mini-redis`, the same server on wstd, and Redis itself, under `redis-benchmark`.

use std::process::Command;

use anyhow::{Context as _, Result};

use super::guests::Guests;
use super::results::{Results, Row};
use super::server::Server;

const ROUNDS: usize = 3;
const PIPELINES: [usize; 3] = [1, 16, 64];
const COMMANDS: [&str; 2] = ["SET", "GET"];

const VARIANTS: [&str; 3] = ["mini-redis", "on wstd", "redis-server"];

pub(crate) fn measure(guests: &Guests) -> Result<Results> {
    let mut rows = Vec::new();
    for pipeline in PIPELINES {
        let mut of_pipeline = COMMANDS.map(|command| Row {
            what: format!("{command}, 50 clients, {pipeline} at a time"),
            rounds: vec![Vec::new(); VARIANTS.len()],
            ..Row::default()
        });
        for _ in 0..ROUNDS {
            for (variant, name) in VARIANTS.iter().enumerate() {
                let server = start(guests, variant)?;
                for (row, rate) in of_pipeline.iter_mut().zip(load(&server, pipeline)?) {
                    eprintln!("{}: {name} {rate}", row.what);
                    row.rounds[variant].push(rate);
                }
            }
        }
        rows.extend(of_pipeline);
    }
    Ok(Results {
        about: "`redis-benchmark -n 100000 -c 50` on loopback against `examples/mini-redis`, the same \
                server on wstd 0.6 (`benches/src/bin/wstd_redis.rs`), both under this host, and Debian's \
                redis-server without persistence."
            .to_owned(),
        unit: "requests/s".to_owned(),
        more_is_better: true,
        labels: VARIANTS.map(str::to_owned).to_vec(),
        rows,
        ..Results::default()
    })
}

/// Starts a server.
fn start(guests: &Guests, variant: usize) -> Result<Server> {
    let server = Server::start(|port| {
        let network = ["--cores", "1", "-S", "inherit-network"];
        let mut command = match variant {
            0 => guests.command(&network, "mini-redis"),
            1 => guests.command(&network, "wstd_redis"),
            _ => Command::new("redis-server"),
        };
        match variant {
            0 | 1 => command.arg(format!("127.0.0.1:{port}")),
            _ => command.args(["--port", &port.to_string(), "--save", "", "--appendonly", "no"]),
        };
        command
    });
    server.with_context(|| {
        format!("{} does not serve (redis-server is in the package of that name)", VARIANTS[variant])
    })
}

/// Returns the requests per second of each command.
fn load(server: &Server, pipeline: usize) -> Result<Vec<f64>> {
    let mut command = Command::new("redis-benchmark");
    command.args(["-p", &server.port.to_string(), "-n", "100000", "-c", "50", "--csv"]);
    command.args(["-P", &pipeline.to_string(), "-t", &COMMANDS.join(",").to_lowercase()]);
    let output = command.output().context("cannot start redis-benchmark (package redis-tools)")?;
    let text = String::from_utf8_lossy(&output.stdout);
    rates(&text).with_context(|| format!("redis-benchmark printed: {text}"))
}

/// Parses the lines of redis-benchmark, such as `"SET","90000.00",...`.
fn rates(csv: &str) -> Result<Vec<f64>> {
    let rate = |command: &str| {
        let line = csv.lines().find_map(|line| line.strip_prefix(&format!("\"{command}\",\"")));
        let line = line.with_context(|| format!("there is no line about {command}"))?;
        let (rate, _) = line.split_once('"').context("there is no number")?;
        Ok(rate.parse()?)
    };
    COMMANDS.iter().map(|command| rate(command)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read_by_their_names() {
        let csv = "\"test\",\"rps\",\"avg\"\n\"SET\",\"90000.50\",\"0.3\"\n\"GET\",\"100000.00\",\"0.2\"\n";
        assert_eq!(rates(csv).unwrap(), [90000.5, 100_000.0]);
        assert!(rates("\"SET\",\"1.0\"").is_err());
    }
}
