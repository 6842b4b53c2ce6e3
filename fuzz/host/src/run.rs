//! One run in this process: how it is ended, and what must hold afterwards.

use std::io::{PipeReader, Read as _, pipe};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use host::{App, Run, RunConfig, Stdio};

use crate::exit;
use crate::texts::check_error;
use crate::watch::Timelines;

/// What ends a run, unless it ends by itself.
#[derive(Debug, Clone, Copy)]
pub(crate) enum By {
    Itself,
    /// It is asked to stop after this time.
    StopHandle(Duration),
    /// It is dropped after this time.
    Drop(Duration),
}

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// The exit code of the app or of the error; `None` if the run was dropped.
    pub(crate) code: Option<u8>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) jobs: u64,
    pub(crate) returned: u64,
}

/// Runs an app to its end. An error describes a fault of the host, not of the app.
pub(crate) fn run(app: &App, mut config: RunConfig, by: By) -> Result<Ended, String> {
    let timelines = Timelines::default();
    let [(stdout, out), (stderr, err)] = [(); 2].map(|()| printed());
    config.stdin = false;
    (config.stdout, config.stderr) = (stdout, stderr);
    config.observer = Some(timelines.observer());
    let started = app.start(&config);
    drop(config);
    let ended = started.map_err(Some).and_then(|run| ended(run, by));
    let [stdout, stderr] = [out, err].map(|text| text.join().unwrap_or_default());
    let code = match ended {
        Ok(code) => Some(code),
        Err(None) => None,
        Err(Some(error)) => {
            check_error(&error.to_string(), exit::code(error.kind()))?;
            Some(exit::code(error.kind()))
        }
    };
    Ok(Ended { code, stdout, stderr, jobs: timelines.ended()?, returned: timelines.returned() })
}

/// The exit code; no error if the run was dropped.
fn ended(run: Run, by: By) -> Result<u8, Option<host::Error>> {
    match by {
        By::Itself => run.wait().map_err(Some),
        By::StopHandle(after) => {
            let stop = run.stop_handle();
            thread::scope(|scope| {
                scope.spawn(move || {
                    thread::sleep(after);
                    stop.stop();
                });
                run.wait().map_err(Some)
            })
        }
        By::Drop(after) => {
            thread::sleep(after);
            drop(run);
            Err(None)
        }
    }
}

/// A pipe for output, and everything printed to it.
fn printed() -> (Stdio, JoinHandle<String>) {
    let (reader, writer) = pipe().expect("there is a pipe");
    let read = |mut reader: PipeReader| {
        let mut bytes = Vec::new();
        _ = reader.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    };
    (Stdio::to(writer), thread::spawn(move || read(reader)))
}
