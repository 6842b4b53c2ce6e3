//! A NATS server for a test, as a process of its own.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A running server, which is killed when this is dropped.
pub(crate) struct Server {
    child: Option<Child>,
    program: PathBuf,
    port: u16,
    config: PathBuf,
    _folder: tempfile::TempDir,
}

impl Server {
    /// Starts a server with these lines in its configuration. Returns `None`, and says so, if there is none on
    /// this machine.
    #[expect(clippy::print_stderr, reason = "a skipped test has to be seen")]
    pub(crate) fn start(config: &str) -> Option<Self> {
        let Some(program) = program() else {
            eprintln!("skipped: nats-server is not there (cargo xtask test --only packages)");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        // The server has to be found again after a restart, so it cannot choose the port itself.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let path = folder.path().join("server.conf");
        fs::write(&path, format!("listen: 127.0.0.1:{port}\n{config}\n")).unwrap();
        let mut server = Self { child: None, program, port, config: path, _folder: folder };
        server.restart();
        Some(server)
    }

    /// Returns the address of the server.
    pub(crate) fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// Kills the server, as by `kill -9`.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Starts the server, and waits until it takes connections.
    pub(crate) fn restart(&mut self) {
        let mut command = Command::new(&self.program);
        command.arg("-c").arg(&self.config).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        self.child = Some(command.spawn().unwrap());
        while std::net::TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            let ended = self.child.as_mut().unwrap().try_wait().unwrap();
            assert!(ended.is_none(), "the server ended: {ended:?}");
            std::thread::yield_now();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Returns the path of the server. Debian installs it for administrators.
fn program() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<_> = std::env::split_paths(&path).collect();
    folders.push(Path::new("/usr/sbin").to_owned());
    folders.into_iter().map(|folder| folder.join("nats-server")).find(|program| program.is_file())
}
