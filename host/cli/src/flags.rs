//! What may be typed, and what it means: a command each.

use std::ffi::OsString;

use clap::{CommandFactory as _, Parser, Subcommand};

mod cache;
mod compose;
mod environment;
mod inspect;
mod run;
mod split;
mod values;

pub(crate) use compose::ComposeApp;
pub(crate) use inspect::Inspect;
pub(crate) use run::{RunApp, Shown};

/// What the command line asks for.
#[derive(Debug)]
#[non_exhaustive]
pub(crate) enum Command {
    /// To run an app.
    Run(Box<RunApp>),
    /// To write down an app and its plugs as one component.
    Compose(ComposeApp),
    /// To say what a file is.
    Inspect(Inspect),
}

/// Reads a command line, with the name of the program as its first argument.
///
/// # Errors
///
/// Fails if it is not one that we know. Help and version come as an error too: its
/// [`exit`](clap::Error::exit) prints any of them and ends with the right code.
pub(crate) fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Command, clap::Error> {
    let args = split::split(Cli::command(), args.into_iter().collect())?;
    match Cli::try_parse_from(args)?.command {
        Subcommands::Run(run) => Ok(Command::Run(Box::new(run.resolve()?))),
        Subcommands::Compose(compose) => Ok(Command::Compose(compose.resolve()?)),
        Subcommands::Inspect(inspect) => Ok(Command::Inspect(inspect)),
    }
}

/// The long options of `host run`, each as it is typed.
#[cfg(test)]
pub(crate) fn of_run() -> Vec<String> {
    let command = Cli::command();
    let run = command.find_subcommand("run").into_iter().flat_map(clap::Command::get_arguments);
    run.filter_map(clap::Arg::get_long).map(|long| format!("--{long}")).collect()
}

/// Runs WebAssembly components on many cores.
#[derive(Debug, Parser)]
#[command(name = "host", version, after_help = "Try: host run app.wasm --cores 8")]
struct Cli {
    #[command(subcommand)]
    command: Subcommands,
}

#[derive(Debug, Subcommand)]
enum Subcommands {
    #[command(after_long_help = run::EXAMPLES, args_override_self = true)]
    Run(Box<run::Run>),
    #[command(after_help = compose::EXAMPLES)]
    Compose(compose::Compose),
    Inspect(Inspect),
}

#[cfg(test)]
mod tests;
