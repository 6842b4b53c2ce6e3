//! One run of an app, start to end.

use wasmtime_wasi::I32Exit;

use crate::app::App;
use crate::config::{Config, MAX_CORES};
use crate::cores::{self, MainEnd};
use crate::grants::Template;
use crate::output::Output;
use crate::{Error, engine};

/// Runs an app to its end and returns its exit code.
///
/// Main runs on the first core, and each job that it or another job starts on whichever is free
/// first. When this returns, nothing of the app is running any more, and all that it printed has
/// been written.
///
/// The code is 0 if main returned well, 1 if it returned an error, and else the one that the app
/// called `exit` with.
///
/// # Errors
///
/// * The configuration is none that a run can have.
/// * The app cannot be read, is not a component, or needs what this host does not have.
/// * Something that it is granted cannot be opened.
/// * The system refuses threads or memory to start with.
/// * Main trapped. A job's trap is no error here: it is a value that its parent gets.
/// * What the app printed cannot be written.
///
/// # Examples
///
/// ```no_run
/// let code = host::run(&host::Config::new("app.wasm"))?;
/// # Ok::<(), host::Error>(())
/// ```
pub fn run(config: &Config) -> Result<u8, Error> {
    if config.cores > MAX_CORES {
        return Err(Error::invalid_config("cores", format!("a run has at most {MAX_CORES}")));
    }
    let engine = engine::new(cores::max_instances(config.cores))?;
    let app = App::load(&engine, config)?;
    let output = Output::inherit()
        .map_err(|cause| Error::resources("start the threads that write the output", cause))?;
    let ended =
        Template::new(config, output.clone()).and_then(|template| cores::run(config.cores, app, template));
    // All instances are gone: nothing more will be printed.
    let written = output.finish().map_err(Error::output);
    let end = ended?;
    // First: a trap may be nothing but a panic of the app over what it could not print.
    written?;
    match end {
        MainEnd::Returned(well) => Ok(u8::from(!well)),
        MainEnd::NoReader => Ok(0),
        MainEnd::Stopped(error) => match error.downcast_ref() {
            Some(I32Exit(code)) => Ok(u8::try_from(*code).unwrap_or(u8::MAX)),
            None => Err(Error::trapped(&config.app, &error)),
        },
    }
}
