//! The `host` command: exit codes and error texts, and nothing else.

mod flags;
mod ulimit;
mod files;
mod views;
mod inspection;
mod hint;
mod exit;
mod progress;
mod allocator;
mod log;
mod signals;

use std::convert::Infallible;
use std::fmt;
use std::io::{self, Write as _};
use std::mem;
use std::num::NonZeroUsize;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

/// An embedder chooses its own.
#[global_allocator]
static ALLOCATOR: allocator::Allocator = allocator::Allocator;

use exit::{NO_READER, NOT_AN_APP, NOT_WRITTEN, USAGE};
use flags::{Command, ComposeApp, Inspect, RunApp};
use hint::Hinted;
use host::{App, Composition, Config, ErrorKind, Escaped, Host};
use views::Views;

/// Set to anything but 0, the WebAssembly stack of a trap is shown.
///
/// Not `RUST_BACKTRACE`: a panic has told its place already, and its stack is mostly std's.
const BACKTRACE: &str = "HOST_BACKTRACE";

/// How long a text on stderr may take to be written.
const LAST_WORDS: Duration = Duration::from_secs(1);

fn main() {
    let command = flags::parse(std::env::args_os()).unwrap_or_else(|error| refuse(&error));
    one_arena();
    log::init();
    signals::keep_writing();
    ulimit::raise();
    host::trim_with(allocator::trim);
    let ended = match command {
        Command::Run(app) => run(*app),
        Command::Compose(app) => compose(&app),
        Command::Inspect(file) => inspect(&file),
    };
    let code = match ended {
        Ok(code) => code,
        Err(error) if error.kind() == ErrorKind::Stopped => signals::exit_code(),
        Err(error) => {
            report(&error);
            exit::code(error.kind())
        }
    };
    // All is written. What is left to do at an exit is the allocator's, which would give its memory back
    // piece by piece.
    signal_hook::low_level::exit(code.into())
}

/// Has what still uses the allocator of the C library share one arena.
///
/// That is next to nothing, and else each thread reserves 64 MiB of address space for it, of which there may be
/// little.
#[cfg(target_env = "gnu")]
#[expect(unsafe_code, reason = "the C library has no other way")]
fn one_arena() {
    // SAFETY: it sets a number, before there is a thread that could read it.
    _ = unsafe { libc::mallopt(libc::M_ARENA_MAX, 1) };
}

#[cfg(not(target_env = "gnu"))]
fn one_arena() {}

/// Prints why a command line is none, or the help that was asked for, and ends.
///
/// The text may repeat an argument, which may be the name of a file: if one would steer the terminal, the text
/// is that of the same command line with escapes.
fn refuse(error: &clap::Error) -> ! {
    let args = || std::env::args_os().map(|arg| Escaped(arg.display()).to_string().into());
    if args().eq(std::env::args_os()) {
        error.exit();
    }
    match flags::parse(args()) {
        Err(error) => error.exit(),
        Ok(_) => tell(format_args!("error: an argument cannot be shown\n")),
    }
    std::process::exit(USAGE.into())
}

fn run(RunApp { host, app: path, plugs, mut run, max_files, shown }: RunApp) -> Result<u8, host::Error> {
    // Before anything is opened, and so emptied.
    if let Err(clash) = files::check(&shown, &path, &plugs) {
        return Ok(clashing(&clash));
    }
    let app = plugs.into_iter().fold(Composition::new(&path), Composition::plug);
    let app = App::load_alone(&host, app)?;
    // After the app, so that one that is none leaves no empty files, and before it runs.
    let mut views = match Views::open(&shown, &path, host.cores) {
        Ok(views) => views,
        Err(error) => return Ok(not_written(&error)),
    };
    run.observer = views.observer();
    run.status = views.status();
    let signals = signals::watch();
    if let Some(files) = max_files {
        ulimit::leave(files, run.grants.dirs.len());
    }
    let ended = app.start(&run).and_then(|run| {
        // It is told to nobody where signals are not watched.
        let _ = signals.send(run.stopper());
        run.wait()
    });
    let written = views.write();
    views.stats().into_iter().for_each(print);
    // The run has ended, and the process does now: the kernel takes the cores that sleep and the address space
    // of the pool in less time than it takes to give them back.
    mem::forget(app);
    match written {
        Ok(()) => ended,
        Err(error) => {
            let code = not_written(&error);
            // What became of the app is worth more.
            ended.map(|app| if app == 0 { code } else { app })
        }
    }
}

fn compose(ComposeApp { composition, inputs, output }: &ComposeApp) -> Result<u8, host::Error> {
    if let Err(clash) = files::check_output(output, inputs) {
        return Ok(clashing(&clash));
    }
    composition.write(output).map(|()| 0)
}

fn inspect(inspect: &Inspect) -> Result<u8, host::Error> {
    let mut config = Config::default();
    // Nothing runs.
    (config.cores, config.slots, config.depth, config.runs) = (NonZeroUsize::MIN, 0, 0, 0);
    config.cache = inspect.cache.resolve();
    let inspection = Host::new(&config)?.inspect(inspect.composition())?;
    let text = if inspect.json { inspection::json(&inspection) } else { inspection::text(&inspection) };
    match writeln!(io::stdout(), "{text}").and_then(|()| io::stdout().flush()) {
        Ok(()) if inspection.runs() => Ok(0),
        Ok(()) => Ok(NOT_AN_APP),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(NO_READER),
        Err(error) => Ok(not_written(&format_args!("cannot write what the file is: {error}"))),
    }
}

fn clashing(clash: &files::Clash) -> u8 {
    tell(format_args!("error: {clash}\n"));
    USAGE
}

fn not_written(error: &dyn fmt::Display) -> u8 {
    tell(format_args!("error: {error}\n"));
    NOT_WRITTEN
}

fn print(stats: &host::Stats) {
    tell(format_args!("{stats}"));
}

/// Prints on stderr, because stdout is the app's. Errors are ignored, and so is a reader that does not read: the
/// process must end all the same.
fn tell(text: fmt::Arguments<'_>) {
    let text = text.to_string();
    let (end, ended) = channel::<Infallible>();
    let write = move || {
        let _ = io::stderr().write_all(text.as_bytes());
        drop(end);
    };
    if thread::Builder::new().spawn(write).is_ok() {
        let _ = ended.recv_timeout(LAST_WORDS);
    }
}

fn report(error: &host::Error) {
    // Who closed the pipe knows.
    if error.kind() == ErrorKind::BrokenPipe {
        return;
    }
    if error.details().is_empty() {
        tell(format_args!("error: {}\n", Hinted(error)));
    } else if std::env::var_os(BACKTRACE).is_some_and(|value| value != "0") {
        tell(format_args!("error: {}\n", Hinted(error)));
        error.details().lines().for_each(|line| tell(format_args!("{}\n", Escaped(line))));
    } else {
        tell(format_args!("error: {} ({BACKTRACE}=1 shows where)\n", Hinted(error)));
    }
}
