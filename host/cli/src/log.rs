//! Log messages on stderr, one line each, in the format of the errors: `warning: what failed, and what to
//! do`.

use std::fmt;
use std::io::{self, Write};
use std::sync::OnceLock;

use tracing::{Event, Level, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::{FormatEvent, FormatFields, Writer};
use tracing_subscriber::fmt::{FmtContext, fmt};
use tracing_subscriber::registry::LookupSpan;

use host::{Escaped, StatusLine};

use crate::stderr::tell;

/// The environment variable that sets the level: `HOST_LOG=debug` shows more than warnings, `HOST_LOG=off`
/// nothing.
const FILTER: &str = "HOST_LOG";

/// The filter without `HOST_LOG`.
///
/// It hides the warnings of wasmtime-wasi-http about failed requests. The app receives each error, and may have
/// expected it. It hides those of the client of NATS, because the cluster has its own.
const DEFAULT: &str = "warn,wasmtime_wasi_http=error,async_nats=off";

pub(crate) fn init() {
    let filter = EnvFilter::builder().with_default_directive(Level::WARN.into());
    let filter = filter.parse_lossy(std::env::var(FILTER).as_deref().unwrap_or(DEFAULT));
    fmt().with_env_filter(filter).with_writer(|| Stderr).event_format(Line).init();
}

/// The status line of the terminal, once there is one.
static STATUS: OnceLock<StatusLine> = OnceLock::new();

/// Makes all later messages clear this status line before they are printed.
pub(crate) fn print_above(status: StatusLine) {
    // The process has one run, so this is set once.
    _ = STATUS.set(status);
}

/// A writer to stderr, above the status line if there is one. It is not buffered.
struct Stderr;

impl Write for Stderr {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match STATUS.get() {
            Some(status) => status.print(&String::from_utf8_lossy(bytes)),
            None => tell(format_args!("{}", String::from_utf8_lossy(bytes))),
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
