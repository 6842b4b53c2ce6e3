//! The `host` command: runs a parsed command line, prints errors and sets the exit code.

mod flags;
mod ulimit;
mod files;
mod views;
mod loading;
mod libtest;
#[cfg(feature = "cluster")]
mod cluster;
mod inspection;
mod map;
mod hint;
mod backtrace;
mod failed_call;
mod exit;
mod metrics;
mod progress;
mod new;
mod shell;
mod within;
mod allocator;
mod log;
mod stderr;
mod signals;

use std::ffi::OsString;
use std::fmt;
use std::io::{self, Write as _};
use std::mem;
use std::num::NonZeroUsize;
use std::sync::mpsc::Sender;
use std::time::Duration;

/// The library has no allocator of its own; an embedder chooses one.
#[global_allocator]
static ALLOCATOR: allocator::Allocator = allocator::Allocator;

use backtrace::{BACKTRACE, shows_backtraces};
use exit::{NO_READER, NOT_AN_APP, NOT_WRITTEN, REFUSED, USAGE};
use flags::{CallFunction, Command, ComposeApp, Inspect, MapFunction, New, RunApp, ServeApp, Shown};
use hint::Hinted;
use host::wasmtime::component::types::Type;
use host::{Address, Composition, Config, ErrorKind, Escaped, Format, Host, Library};
use libtest::TestProgram;
use stderr::tell;
use views::Views;

fn main() {
    host::compile_if_asked();
    let command =
        flags::parse(std::env::args_os(), host_args().as_deref()).unwrap_or_else(|error| refuse(&error));
    one_arena();
    signals::prepare();
    log::init();
    signals::return_write_errors();
    ulimit::raise();
    host::trim_with(allocator::trim);
    let ended = match command {
        Command::Run(app) => run(*app),
        Command::Serve(app) => serve(*app),
        Command::Call(function) => call(*function),
        Command::Map(function) => map(*function),
        Command::Compose(app) => compose(&app),
        Command::Inspect(file) => inspect(&file),
        Command::New(project) => Ok(create(&project)),
        #[cfg(feature = "cluster")]
        Command::Node(offer) => cluster::offer(*offer),
        #[cfg(feature = "cluster")]
        Command::Nodes(server) => cluster::nodes(&server).map(|table| say(table.as_bytes())),
        #[cfg(feature = "cluster")]
        Command::NewKey(file) => {
            cluster::make_key(&file).map(|key| say(key.as_bytes())).or_else(cluster::Failed::report)
        }
        #[cfg(feature = "cluster")]
        Command::Sign(app) => cluster::sign(app).map(|()| 0).or_else(cluster::Failed::report),
        Command::Completions(shell) => Ok(say(&shell::completions(shell))),
        Command::Man(command) => {
            Ok(shell::manual(*command).map_or_else(|error| not_written(&error), |page| say(&page)))
        }
    };
    let code = match ended {
        Ok(code) => code,
        Err(error) if error.kind() == ErrorKind::Stopped => signals::exit_code(),
        Err(error) => {
            report(&error);
            exit::code(error.kind())
        }
    };
    // All output is written. A normal exit would have the allocator give its memory back piece by piece.
    signal_hook::low_level::exit(code.into())
}

/// Returns further options of `host run`, for `cargo run` and `cargo test`.
fn host_args() -> Option<OsString> {
    std::env::var_os("HOST_ARGS")
}

/// Makes the threads share one arena of the C library's allocator.
///
/// Little uses that allocator, and each thread would reserve 64 MiB of address space for an arena, which may
/// be scarce.
#[cfg(target_env = "gnu")]
#[expect(unsafe_code, reason = "the C library has no other way")]
fn one_arena() {
    // SAFETY: mallopt sets a number, and no other thread runs yet that could read it.
    _ = unsafe { libc::mallopt(libc::M_ARENA_MAX, 1) };
}

#[cfg(not(target_env = "gnu"))]
fn one_arena() {}

/// Prints the error or the help text of the command line, and exits.
///
/// The text may repeat an argument, such as the name of a file. If an argument contains control sequences,
/// they are escaped: the same command line is parsed again with escaped arguments.
fn refuse(error: &clap::Error) -> ! {
    let args = || std::env::args_os().map(|arg| Escaped(arg.display()).to_string().into());
    if args().eq(std::env::args_os()) {
        error.exit();
    }
    match flags::parse(args(), host_args().as_deref()) {
        Err(error) => error.exit(),
        Ok(_) => tell(format_args!("error: an argument cannot be printed\n")),
    }
    std::process::exit(USAGE.into())
}

fn run(app: RunApp) -> Result<u8, host::Error> {
    #[cfg(feature = "cluster")]
    let app = match cluster::join(app) {
        Ok(app) => app,
        Err(failed) => return failed.report(),
    };
    let RunApp { host, app: path, plugs, mut run, max_files, shown, .. } = app;
    // Before any file is opened, because opening an output truncates it.
    if let Err(clash) = files::check(&shown, &path, &plugs, run.grants.ca.as_deref()) {
        return Ok(clashing(&clash));
    }
    let app = plugs.into_iter().fold(Composition::new(&path), Composition::plug);
    // A report is about one run.
    if shown == Shown::default()
        && let Some(tests) = TestProgram::find(&path, &run.args)
    {
        if let Some(files) = max_files {
            ulimit::leave(files, run.grants.dirs.len());
        }
        return tests.run(&host, app, &run);
    }
    let app = match loading::load(&host, app, &path, run.limits.timeout) {
        Ok(app) => app?,
        Err(error) => {
            tell(format_args!("error: {error}\n"));
            return Ok(error.code());
        }
    };
    // After the app is loaded, so that an invalid app leaves no empty files, and before it runs.
    let views = match Views::open(&shown, &path, host.cores) {
        Ok(views) => views,
        Err(error) => return Ok(not_written(&error)),
    };
    if let Err(error) = views.serve(shown.metrics) {
        tell(format_args!("error: {error}\n"));
        return Ok(REFUSED);
    }
    run.observer = views.observer();
    run.status = views.status();
    let signals = signals::watch();
    if let Some(files) = max_files {
        ulimit::leave(files, run.grants.dirs.len());
    }
    let ended = app.start(&run).and_then(|run| {
        // Sending fails if no signals are watched.
        let handle = run.stop_handle();
        let _ = signals.send(Box::new(move || handle.stop()));
        run.wait()
    });
    // Dropping the app would stop sleeping cores and unmap the pool. The process exits now, and the kernel
    // does both faster.
    mem::forget(app);
    show(views, ended)
}

fn serve(ServeApp { run, serve }: ServeApp) -> Result<u8, host::Error> {
    #[cfg(feature = "cluster")]
    let run = match cluster::join(run) {
        Ok(run) => run,
        Err(failed) => return failed.report(),
    };
    let RunApp { host, app: path, plugs, mut run, max_files, shown, .. } = run;
    if let Err(clash) = files::check(&shown, &path, &plugs, run.grants.ca.as_deref()) {
        return Ok(clashing(&clash));
    }
    let app = plugs.into_iter().fold(Composition::new(&path), Composition::plug);
    let cores = host.cores;
    let host = Host::new(&host)?;
    let views = match Views::open(&shown, &path, cores) {
        Ok(views) => views,
        Err(error) => return Ok(not_written(&error)),
    };
    if let Err(error) = views.serve(shown.metrics) {
        tell(format_args!("error: {error}\n"));
        return Ok(REFUSED);
    }
    run.observer = views.observer();
    run.status = views.status();
    let signals = signals::watch();
    if let Some(files) = max_files {
        ulimit::leave(files, run.grants.dirs.len());
    }
    let ended = host.serve(app, &run, &serve).and_then(|server| {
        let scheme = if serve.tls.is_some() { "https" } else { "http" };
        for address in server.addresses() {
            match address {
                Address::Tcp(address) => tell(format_args!("serving on {scheme}://{address}\n")),
                address => tell(format_args!("serving {scheme} on {}\n", Escaped(address))),
            }
        }
        let handle = server.stop_handle();
        let _ = signals.send(Box::new(move || handle.drain()));
        server.wait().map(|()| 0)
    });
    mem::forget(host);
    show(views, ended)
}

/// A component whose functions can be called, with what shows and stops its calls.
struct Opened {
    library: Library,
    views: Views,
    signals: Sender<signals::Stop>,
}

/// Opens a component by itself, or on a host with all cores, within a time limit. The inner error is an exit code.
fn open(app: RunApp, has_own_host: bool, limit: Option<Duration>) -> Result<Result<Opened, u8>, host::Error> {
    let RunApp { host, app: path, plugs, mut run, max_files, shown, .. } = app;
    if let Err(clash) = files::check(&shown, &path, &plugs, run.grants.ca.as_deref()) {
        return Ok(Err(clashing(&clash)));
    }
    let app = plugs.into_iter().fold(Composition::new(&path), Composition::plug);
    let views = match Views::open(&shown, &path, host.cores) {
        Ok(views) => views,
        Err(error) => return Ok(Err(not_written(&error))),
    };
    if let Err(error) = views.serve(shown.metrics) {
        tell(format_args!("error: {error}\n"));
        return Ok(Err(REFUSED));
    }
    run.observer = views.observer();
    run.status = views.status();
    let signals = signals::watch();
    if let Some(files) = max_files {
        ulimit::leave(files, run.grants.dirs.len());
    }
    let open = move || match has_own_host {
        true => Library::open_alone(&host, app, &run),
        false => Host::new(&host)?.open(app, &run),
    };
    match loading::load_with(&path, limit, open) {
        Ok(library) => Ok(Ok(Opened { library: library?, views, signals })),
        Err(error) => {
            tell(format_args!("error: {error}\n"));
            Ok(Err(error.code()))
        }
    }
}

fn call(CallFunction { app, function, arguments, output }: CallFunction) -> Result<u8, host::Error> {
    let limit = app.run.limits.timeout;
    let Opened { library, views, signals } = match open(app, true, limit)? {
        Ok(opened) => opened,
        Err(code) => return Ok(code),
    };
    let function = library.function(&function)?;
    let text = function.text(Format::Wave, output)?;
    let handle = library.stop_handle();
    // Sending fails if no signals are watched.
    let _ = signals.send(Box::new(move || handle.stop()));
    let ended = text.call(arguments).wait();
    // All that the function has printed comes before its result.
    let closed = library.close();
    let code = match ended {
        Ok(result) => {
            closed?;
            let code = say(format!("{result}\n").as_bytes());
            if code == 0 && is_err(&function, output, &result) { exit::FAILED } else { code }
        }
        Err(failure) => {
            failed_call::report(function.name(), &failure);
            failed_call::code(&failure)
        }
    };
    show(views, Ok(code))
}

/// Returns whether a function has returned the `err` case of a result.
fn is_err(function: &host::Function, format: Format, text: &str) -> bool {
    let is_result = matches!(function.ty().results().next(), Some(Type::Result(_)));
    is_result && text.starts_with(if format == Format::Json { "{\"err\"" } else { "err" })
}

fn map(function: MapFunction) -> Result<u8, host::Error> {
    let MapFunction { mut app, function, lines } = function;
    // Those of each line have a limit of their own.
    let limit = app.run.limits.timeout;
    app.run.limits.timeout = None;
    let Opened { library, views, signals } = match open(app, false, limit)? {
        Ok(opened) => opened,
        Err(code) => return Ok(code),
    };
    let function = library.function(&function)?;
    let (stop, stopped) = map::stop();
    // Sending fails if no signals are watched.
    let _ = signals.send(Box::new(stop));
    let code = match map::lines(&function, lines, limit, stopped)? {
        Ok(0) => 0,
        Ok(failed) => {
            tell(format_args!("error: lines failed: {failed}\n"));
            exit::FAILED
        }
        Err(map::Ended::Line { line, failure }) => {
            failed_call::report(&format!("line {line}: {}", function.name()), &failure);
            failed_call::code(&failure)
        }
        Err(map::Ended::Stopped) => signals::exit_code(),
        Err(map::Ended::TimedOut(limit)) => {
            tell(format_args!("error: took longer than {limit:?} (--timeout)\n"));
            exit::TIMED_OUT
        }
        Err(map::Ended::Input(error)) => {
            tell(format_args!("error: cannot read stdin: {error}\n"));
            exit::UNREADABLE
        }
        Err(map::Ended::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => NO_READER,
        Err(map::Ended::Output(error)) => not_written(&format_args!("cannot write to stdout: {error}")),
    };
    if code == 0 {
        library.close()?;
    }
    show(views, Ok(code))
}

/// Shows the reports of a run that has ended. Returns the exit code.
fn show(mut views: Views, ended: Result<u8, host::Error>) -> Result<u8, host::Error> {
    let written = views.write();
    views.stats().into_iter().for_each(print);
    match written {
        Ok(()) => ended,
        Err(error) => {
            let code = not_written(&error);
            // The app's own failure takes precedence over an output that was not written.
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
    // Inspecting runs nothing, so the smallest host will do.
    (config.cores, config.slots, config.depth, config.runs) = (NonZeroUsize::MIN, 0, 0, 0);
    inspect.compile.apply(&mut config);
    let inspection = Host::new(&config)?.inspect(inspect.composition())?;
    let text = if inspect.json { inspection::json(&inspection) } else { inspection::text(&inspection) };
    match say(format!("{text}\n").as_bytes()) {
        0 if !inspection.runs() => Ok(NOT_AN_APP),
        code => Ok(code),
    }
}

fn create(project: &New) -> u8 {
    match new::create(project) {
        Ok(next) => say(next.as_bytes()),
        Err(error @ new::Error::NotWritten(..)) => not_written(&error),
        Err(error @ new::Error::Refused(_)) => {
            tell(format_args!("error: {error}\n"));
            USAGE
        }
    }
}

/// Prints on stdout, and returns the exit code.
fn say(text: &[u8]) -> u8 {
    match io::stdout().write_all(text).and_then(|()| io::stdout().flush()) {
        Ok(()) => 0,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => NO_READER,
        Err(error) => not_written(&format_args!("cannot write to stdout: {error}")),
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

fn report(error: &host::Error) {
    // The reader of the pipe closed it, so there is nothing to report.
    if error.kind() == ErrorKind::BrokenPipe {
        return;
    }
    if error.details().is_empty() {
        tell(format_args!("error: {}\n", Hinted(error)));
    } else if shows_backtraces() {
        tell(format_args!("error: {}\n", Hinted(error)));
        error.details().lines().for_each(|line| tell(format_args!("{}\n", Escaped(line))));
    } else {
        tell(format_args!("error: {} ({BACKTRACE}=1 shows more)\n", Hinted(error)));
        error.frames().lines().for_each(|line| tell(format_args!("{}\n", Escaped(line))));
    }
}
