//! `--metrics`: an HTTP server that tells Prometheus the state of the run.

use std::convert::Infallible;
use std::fmt;
use std::fs;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::header::CONTENT_TYPE;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::sync::Semaphore;

use host::Stats;

/// The most connections at a time; others wait to be accepted.
const CONNECTIONS: usize = 16;

/// How long a client may take for its request, and how long a connection may be idle.
const PATIENCE: Duration = Duration::from_secs(120);

/// The type of a response, by Prometheus' documentation.
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The error of an address that cannot be listened at.
#[derive(Debug)]
pub(crate) struct NotServed {
    address: SocketAddr,
    source: io::Error,
}

impl fmt::Display for NotServed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { address, source } = self;
        write!(f, "cannot listen at {address}: {source}; choose another address (--metrics)")
    }
}

/// Serves the state of a run until the process ends. Returns the address, which has a port even if `address` has
/// none.
///
/// # Errors
///
/// Fails if the address is in use or the system refuses a thread.
pub(crate) fn serve(address: SocketAddr, stats: Stats) -> Result<SocketAddr, NotServed> {
    let start = || {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let bound = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
        let served = move || runtime.block_on(accept(listener, stats));
        thread::Builder::new().name("metrics".into()).spawn(served)?;
        Ok(bound)
    };
    start().map_err(|source| NotServed { address, source })
}

async fn accept(listener: TcpListener, stats: Stats) -> io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let free = Arc::new(Semaphore::new(CONNECTIONS));
    // It is never closed.
    while let Ok(permit) = Arc::clone(&free).acquire_owned().await {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::debug!("a client of --metrics was not accepted: {error}");
                tokio::time::sleep(Duration::from_secs(1)).await;
                continue;
            }
        };
        let stats = stats.clone();
        let service = service_fn(move |request| {
            let response = respond(&request, &stats);
            async { Ok::<_, Infallible>(response) }
        });
        let mut server = http1::Builder::new();
        server.timer(TokioTimer::new()).header_read_timeout(PATIENCE);
        let connection = server.serve_connection(TokioIo::new(stream), service);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!("a client of --metrics: {error}");
            }
            drop(permit);
        });
    }
    Ok(())
}

fn respond(request: &Request<Incoming>, stats: &Stats) -> Response<String> {
    let (status, text) = match (request.method(), request.uri().path()) {
        (&Method::GET | &Method::HEAD, "/metrics") => (StatusCode::OK, stats.prometheus() + &of_process()),
        (_, "/metrics") => (StatusCode::METHOD_NOT_ALLOWED, "use GET\n".to_owned()),
        _ => (StatusCode::NOT_FOUND, "the metrics are at /metrics\n".to_owned()),
    };
    let mut response = Response::new(text);
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, hyper::header::HeaderValue::from_static(TEXT));
    response
}

/// Returns the memory of this process, under the name that Prometheus' clients use.
fn of_process() -> String {
    let statm = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm.split_whitespace().nth(1).and_then(|pages| pages.parse::<u64>().ok());
    let Some(pages) = pages else { return String::new() };
    let bytes = pages * rustix::param::page_size() as u64;
    format!(
        "# HELP process_resident_memory_bytes Resident memory size in bytes.\n\
         # TYPE process_resident_memory_bytes gauge\n\
         process_resident_memory_bytes {bytes}\n"
    )
}
