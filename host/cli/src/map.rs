//! `host map`: calls a function for each line of stdin.
//!
//! One thread reads lines, the cores run their calls, and the first thread writes the results. A line that was read
//! and not written takes a place in a window and permits for its bytes, so that the memory for them has a bound,
//! however long the input is, and however slowly the output is read.

use std::io::{self, BufRead, Read as _, Write};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, FutureExt as _, select};
use futures_util::stream::{self, LocalBoxStream, StreamExt as _};
use host::{Error, Failure, Format, Function, Text, TextFunction};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::flags::Lines;
use crate::stderr::tell;

/// A permit stands for this many bytes.
const PERMIT: usize = 1 << 10;

/// How many lines the reading thread may be ahead of the calls.
const AHEAD: usize = 256;

/// The bytes of output that are collected before they are written, so that many short lines need few system calls.
const BUFFER: usize = 64 << 10;

/// Why lines were not all called.
#[derive(Debug)]
pub(crate) enum Ended {
    /// The call of a line failed.
    Line {
        line: u64,
        failure: Failure,
    },
    /// A signal stopped the command.
    Stopped,
    TimedOut(Duration),
    Input(io::Error),
    Output(io::Error),
}

/// One line of input, with its number, from 1.
struct Line {
    number: u64,
    text: Result<String, Failure>,
    /// Given back when the result of the line is written.
    permit: OwnedSemaphorePermit,
}

/// One line of output.
struct Done {
    number: u64,
    result: Result<Text, Failure>,
    _permit: OwnedSemaphorePermit,
}

/// Returns what ends the calls, and what [`lines`] waits for.
pub(crate) fn stop() -> (impl FnOnce() + Send + 'static, oneshot::Receiver<()>) {
    let (sender, receiver) = oneshot::channel();
    (move || _ = sender.send(()), receiver)
}

/// Calls the function for each line of stdin, until the input ends, a call fails, the time is over or something is
/// received from `stopped`. Returns the number of lines that failed, which is 0 unless it keeps going.
///
/// # Errors
///
/// The function has no such text. The inner error is the reason why not all lines were called.
pub(crate) fn lines(
    function: &Function,
    lines: Lines,
    limit: Option<Duration>,
    stopped: oneshot::Receiver<()>,
) -> Result<Result<u64, Ended>, Error> {
    let text = function.text(lines.input, lines.output)?;
    let (sender, receiver) = mpsc::channel(AHEAD.min(lines.window));
    let permits = Arc::new(Semaphore::new(permits(lines.bytes)));
    let read = move || read(io::stdin().lock(), &sender, &permits, lines.longest);
    if let Err(error) = std::thread::Builder::new().name("stdin".to_owned()).spawn(read) {
        return Ok(Err(Ended::Input(error)));
    }
    let stopped = ended_by(stopped, limit);
    Ok(futures_executor::block_on(write(results(text, receiver, lines), stopped, lines)))
}

/// Returns the reason to end before the input does, when there is one.
async fn ended_by(stopped: oneshot::Receiver<()>, limit: Option<Duration>) -> Ended {
    let (sender, timed_out) = oneshot::channel::<()>();
    if let Some(limit) = limit {
        // If there is no thread for it, the time is over at once.
        _ = std::thread::Builder::new().name("timeout".to_owned()).spawn(move || {
            std::thread::sleep(limit);
            drop(sender);
        });
    } else {
        std::mem::forget(sender);
    }
    let stopped = stopped.then(|stopped| async move {
        if stopped.is_err() {
            // No signal is watched.
            std::future::pending::<()>().await;
        }
    });
    match select(Box::pin(stopped), timed_out).await {
        Either::Left(_) => Ended::Stopped,
        Either::Right(_) => Ended::TimedOut(limit.unwrap_or_default()),
    }
}

fn permits(bytes: usize) -> usize {
    bytes.div_ceil(PERMIT).min(Semaphore::MAX_PERMITS)
}

/// Reads lines, each when there is memory for it. Ends at the end of the input, or when nothing receives any more.
fn read(mut input: impl BufRead, lines: &Sender<io::Result<Line>>, permits: &Arc<Semaphore>, longest: usize) {
    let all = permits.available_permits();
    for number in 1.. {
        let line = match next_line(&mut input, longest) {
            Ok(None) => return,
            Ok(Some(text)) => {
                let bytes = text.as_ref().map_or(0, String::len);
                // A longer line than all may have waits until it is the only one.
                let needed = u32::try_from(self::permits(bytes).min(all)).unwrap_or(u32::MAX);
                let permit = Arc::clone(permits).acquire_many_owned(needed);
                let Ok(permit) = futures_executor::block_on(permit) else { return };
                Ok(Line { number, text, permit })
            }
            Err(error) => Err(error),
        };
        let is_last = line.is_err();
        if lines.blocking_send(line).is_err() || is_last {
            return;
        }
    }
}

/// Reads a line, without its end; `None` at the end of the input. A line that is too long, or not UTF-8, is a
/// failure of its call.
fn next_line(input: &mut impl BufRead, longest: usize) -> io::Result<Option<Result<String, Failure>>> {
    let mut bytes = Vec::new();
    // Two more, for the end of the line.
    let most = (longest as u64).saturating_add(2);
    if input.take(most).read_until(b'\n', &mut bytes)? == 0 {
        return Ok(None);
    }
    let has_end = bytes.pop_if(|last| *last == b'\n').is_some();
    if has_end {
        bytes.pop_if(|last| *last == b'\r');
    }
    if bytes.len() > longest {
        let rest = if has_end { 0 } else { io::copy(&mut Rest(input), &mut io::sink())? };
        return Ok(Some(Err(Failure::TooLarge(bytes.len() as u64 + rest))));
    }
    let not_text = |_| Failure::BadArguments("the line is not UTF-8".to_owned());
    Ok(Some(String::from_utf8(bytes).map_err(not_text)))
}

/// The rest of a line.
struct Rest<'a, R>(&'a mut R);

impl<R: BufRead> io::Read for Rest<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let there = self.0.fill_buf()?;
        let most = there.len().min(buffer.len());
        let line = there[..most].iter().position(|&byte| byte == b'\n').unwrap_or(most);
        let is_end = line < most;
        buffer[..line].copy_from_slice(&there[..line]);
        self.0.consume(line + usize::from(is_end && line == 0));
        Ok(line)
    }
}

/// Calls the function for lines, at most as many at a time as the window has.
fn results(
    function: TextFunction,
    mut lines: Receiver<io::Result<Line>>,
    Lines { is_ordered, window, .. }: Lines,
) -> LocalBoxStream<'static, io::Result<Done>> {
    let lines = stream::poll_fn(move |context| lines.poll_recv(context));
    let calls = lines.map(move |line| {
        let line =
            line.map(|Line { number, text, permit }| (number, text.map(|text| function.call(text)), permit));
        async move {
            let (number, call, permit) = line?;
            let result = match call {
                Ok(call) => call.await,
                Err(failure) => Err(failure),
            };
            Ok(Done { number, result, _permit: permit })
        }
    });
    match is_ordered {
        true => calls.buffered(window).boxed_local(),
        false => calls.buffer_unordered(window).boxed_local(),
    }
}

/// Writes results as lines, until there are no more, one has failed, or `ended` is ready.
async fn write(
    mut results: LocalBoxStream<'static, io::Result<Done>>,
    ended: impl Future<Output = Ended>,
    lines: Lines,
) -> Result<u64, Ended> {
    let mut ended = Box::pin(ended);
    let mut output = io::BufWriter::with_capacity(BUFFER, io::stdout().lock());
    let mut failed = 0;
    loop {
        let next = match results.next().now_or_never() {
            Some(next) => next,
            None => {
                // Nothing more is there, so the reader gets what there is.
                output.flush().map_err(Ended::Output)?;
                match select(results.next(), &mut ended).await {
                    Either::Left((next, _)) => next,
                    Either::Right((ended, _)) => return Err(ended),
                }
            }
        };
        let Some(done) = next else { break };
        let Done { number, result, .. } = done.map_err(Ended::Input)?;
        match result {
            Ok(text) => write_result(&mut output, &text, lines),
            Err(failure) if lines.keeps_going && failure != Failure::Stopped => {
                failed += 1;
                write_failure(&mut output, number, &failure, lines.output)
            }
            Err(failure) => {
                output.flush().map_err(Ended::Output)?;
                return Err(Ended::Line { line: number, failure });
            }
        }
        .map_err(Ended::Output)?;
    }
    output.flush().map_err(Ended::Output)?;
    Ok(failed)
}

fn write_result(output: &mut impl Write, text: &str, lines: Lines) -> io::Result<()> {
    match (lines.keeps_going, lines.output) {
        (true, Format::Json) => writeln!(output, "{{\"ok\":{text}}}"),
        (true, Format::Wave) if text.is_empty() => writeln!(output, "ok"),
        (true, Format::Wave) => writeln!(output, "ok({text})"),
        _ => writeln!(output, "{text}"),
    }
}

/// Writes the line of a call that has failed. Text has no form for it, so stderr has it.
fn write_failure(output: &mut impl Write, line: u64, failure: &Failure, format: Format) -> io::Result<()> {
    let text = format!("line {line} {failure}");
    match format {
        Format::Json => writeln!(output, "{{\"err\":{}}}", serde_json::Value::from(text)),
        Format::Wave => {
            let text = host::wasmtime::component::Val::String(text);
            let text = host::wasmtime::component::wasm_wave::to_string(&text).unwrap_or_default();
            writeln!(output, "err({text})")
        }
        _ => {
            tell(format_args!("error: {text}\n"));
            writeln!(output)
        }
    }
}
