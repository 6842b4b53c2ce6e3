//! A running server on a free port.

use std::io::{BufRead as _, BufReader};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

/// A server that takes this long to listen hangs.
const GUARD: Duration = Duration::from_secs(30);

/// The server. Dropping this kills it.
pub(crate) struct Server {
    child: Child,
    pub(crate) port: u16,
}

impl Server {
    /// Starts what this makes for a port, and waits until it listens there.
    pub(crate) fn start(command: impl FnOnce(u16) -> Command) -> Result<Self> {
        // No other process of the benchmark takes the port before the server listens there.
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut command = command(port);
        let name = command.get_program().to_owned();
        let started = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
        let mut child = started.with_context(|| format!("cannot start {}", name.display()))?;
        // The server would block on a full pipe, so this thread reads and discards its output.
        let stdout = child.stdout.take().context("the server has no stdout")?;
        std::thread::spawn(move || BufReader::new(stdout).lines().map_while(Result::ok).for_each(drop));
        let server = Self { child, port };
        let deadline = Instant::now() + GUARD;
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if Instant::now() > deadline {
                bail!("{} does not listen", name.display());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have exited already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
