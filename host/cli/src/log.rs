//! Warnings on stderr, a line each, in the form of the errors: `warning: what, and what to do`.

use std::fmt;
use std::io::{self, Write};
use std::sync::OnceLock;

use tracing::{Event, Level, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::{FormatEvent, FormatFields, Writer};
use tracing_subscriber::fmt::{FmtContext, fmt};
use tracing_subscriber::registry::LookupSpan;

use host::{Escaped, StatusLine};

/// Shows more than warnings, or less: `HOST_LOG=debug`, `HOST_LOG=off`.
const FILTER: &str = "HOST_LOG";

/// What is shown if nothing is said.
///
/// wasmtime-wasi-http warns of each request that fails; but the app is told of that, and may well
/// have expected it.
const DEFAULT: &str = "warn,wasmtime_wasi_http=error";

pub(crate) fn init() {
    let filter = EnvFilter::builder().with_default_directive(Level::WARN.into());
    let filter = filter.parse_lossy(std::env::var(FILTER).as_deref().unwrap_or(DEFAULT));
    fmt().with_env_filter(filter).with_writer(|| Stderr).event_format(Line).init();
}

/// What stands on the last line of the terminal, from when there is such a thing.
static STATUS: OnceLock<StatusLine> = OnceLock::new();

/// From now on this gives way to warnings.
pub(crate) fn give_way(status: StatusLine) {
    // There is one run.
    _ = STATUS.set(status);
}

/// Where warnings go. Each is written at once.
struct Stderr;

impl Write for Stderr {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match STATUS.get() {
            Some(status) => status.print(&String::from_utf8_lossy(bytes)),
            None => io::stderr().write_all(bytes)?,
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

struct Line;

impl<S, N> FormatEvent<S, N> for Line
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let level = match *event.metadata().level() {
            Level::ERROR => "error",
            Level::WARN => "warning",
            Level::INFO => "info",
            Level::DEBUG => "debug",
            Level::TRACE => "trace",
        };
        let mut text = String::new();
        context.field_format().format_fields(Writer::new(&mut text), event)?;
        writeln!(writer, "{level}: {}", Escaped(text))
    }
}
