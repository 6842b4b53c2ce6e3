//! `host serve`: flags that configure a server, beside those of `host run`.
//!
//! The doc comments of [`Serve`] are the text of `host serve --help`.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use clap::error::ErrorKind;

use host::{Address, ServeConfig, Stdio, Tls};

use super::activation;
use super::run::{Run, RunApp};
use super::values::{size, time};

/// The parsed command line of `host serve`.
#[derive(Debug)]
pub(crate) struct ServeApp {
    pub(crate) run: RunApp,
    pub(crate) serve: ServeConfig,
}

pub(super) const EXAMPLES: &str = "\
Examples:
  host serve app.wasm                              serve on http://127.0.0.1:8080, on all cores
  host serve app.wasm --addr 0.0.0.0:80            serve to other machines
  host serve app.wasm --addr [::]:443 --tls-cert cert.pem --tls-key key.pem
  host serve app.wasm --addr unix:/run/app.sock    serve to a proxy on this machine
  host serve app.wasm --dir data::/data:ro         let the app read a directory

Signals: the first SIGINT or SIGTERM lets requests end, for as long as --drain says. The second one ends the
process.

Exit codes: 0 after a signal, when all requests have ended, or those of host run";

/// Serve HTTP with a component, on many cores
///
/// The component exports wasi:http/incoming-handler, or wasi:http/handler of WASI 0.3. Each request is handled on
/// any core, in an instance that handles no other request at that time. Clients use HTTP/1.1 or HTTP/2.
#[derive(Args, Debug)]
pub(super) struct Serve {
    /// Address to listen at; can be given more than once [default: 127.0.0.1:8080]
    ///
    /// With port 0 the system chooses one, and the line on stderr says which. A Unix socket is created, and
    /// removed at the end. Sockets of a service manager (LISTEN_FDS) are used too, and replace the default.
    #[arg(long = "addr", value_name = "IP:PORT|unix:PATH", help_heading = "Server")]
    addresses: Vec<Address>,

    /// Certificate for HTTPS, followed by those that sign it, in PEM
    #[arg(long, value_name = "FILE", requires = "tls_key", help_heading = "Server")]
    tls_cert: Option<PathBuf>,

    /// Private key of the certificate, in PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert", help_heading = "Server")]
    tls_key: Option<PathBuf>,

    /// Time limit of a request, from when its handler begins; then the client gets 504 [default: no limit]
    #[arg(long, value_name = "TIME", value_parser = time, help_heading = "Server")]
    request_timeout: Option<Duration>,

    /// Time for a client to send the head of a request, and for the handshake of TLS [default: 10s]
    #[arg(long, value_name = "TIME", value_parser = time, help_heading = "Server")]
    header_timeout: Option<Duration>,

    /// Time after which a connection without a request is closed [default: 60s]
    #[arg(long, value_name = "TIME", value_parser = time, help_heading = "Server")]
    idle_timeout: Option<Duration>,

    /// Time for requests to end after a signal [default: 10s]
    #[arg(long, value_name = "TIME", value_parser = time, help_heading = "Server")]
    drain: Option<Duration>,

    /// Maximum number of connections; then the one that is idle for longest is closed [default: 10000]
    #[arg(long, value_name = "N", help_heading = "Server")]
    max_connections: Option<usize>,

    /// Maximum number of requests at a time; as many more wait, and others get 503 [default: 1000]
    #[arg(long, value_name = "N", help_heading = "Server")]
    max_requests: Option<usize>,

    /// Maximum size of the body of a request; the client of a larger one gets 413 [default: no limit]
    #[arg(long, value_name = "SIZE", value_parser = size, help_heading = "Server")]
    max_body: Option<u64>,

    /// Path at which the server itself answers 200, or 503 while it drains
    #[arg(long, value_name = "PATH", help_heading = "Server")]
    health: Option<String>,

    /// Append a line for each request to this file, in the combined log format; - for stdout
    ///
    /// It ends with the seconds that the request took. A client that has left without a response has the status
    /// 499.
    #[arg(long, value_name = "FILE", help_heading = "Server")]
    access_log: Option<PathBuf>,

    /// Handle one request after another in an instance
    ///
    /// This is the default for components with the guest runtime and for handlers of WASI 0.3, unless --fresh is
    /// given. Others may not expect a second request.
    #[arg(long, conflicts_with = "fresh", help_heading = "Server")]
    reuse: bool,

    #[command(flatten)]
    run: Run,
}

/// Opens the access log, whose lines are added to those that it has.
fn open(path: PathBuf) -> Result<Stdio, clap::Error> {
    if path == Path::new("-") {
        return Ok(Stdio::inherit());
    }
    let file = File::options().append(true).create(true).open(&path);
    file.map(Stdio::to).map_err(|error| {
        clap::Error::raw(ErrorKind::Io, format!("cannot open the access log {}: {error}\n", path.display()))
    })
}

impl Serve {
    pub(super) fn resolve(self) -> Result<ServeApp, clap::Error> {
        let mut serve = ServeConfig::default();
        let Self { addresses, tls_cert, tls_key, request_timeout, max_body, health, reuse, run, .. } = self;
        serve.sockets = activation::sockets()?;
        if !addresses.is_empty() || !serve.sockets.is_empty() {
            serve.addresses = addresses;
        }
        serve.tls = tls_cert.zip(tls_key).map(|(certificates, key)| Tls { certificates, key });
        serve.request_timeout = request_timeout;
        serve.header_timeout = self.header_timeout.unwrap_or(serve.header_timeout);
        serve.idle_timeout = self.idle_timeout.unwrap_or(serve.idle_timeout);
        serve.drain = self.drain.unwrap_or(serve.drain);
        serve.max_connections = self.max_connections.unwrap_or(serve.max_connections);
        serve.max_requests = self.max_requests.unwrap_or(serve.max_requests);
        serve.max_body = max_body.unwrap_or(serve.max_body);
        serve.health = health;
        serve.access_log = self.access_log.map(open).transpose()?;
        serve.reuse = reuse.then_some(true);
        let run = run.resolve()?;
        if run.run.limits.timeout.is_some() {
            let text = "a server has no --timeout: --request-timeout limits each request\n";
            return Err(clap::Error::raw(ErrorKind::ArgumentConflict, text));
        }
        Ok(ServeApp { run, serve })
    }
}
