//! What may be typed, and what it means: a command each.

use std::ffi::OsString;

use clap::{CommandFactory as _, Parser, Subcommand};

mod cache;
mod compose;
mod environment;
mod inspect;
mod new;
mod run;
mod shell;
mod split;
mod values;

pub(crate) use compose::ComposeApp;
pub(crate) use inspect::Inspect;
pub(crate) use new::New;
pub(crate) use run::{RunApp, Shown};
pub(crate) use shell::Shell;

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
    /// To create a project.
    New(New),
    /// To print completions for a shell.
    Completions(Shell),
    /// To print the manual page of this command.
    Man(Box<clap::Command>),
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
        Subcommands::New(new) => Ok(Command::New(new)),
        Subcommands::Completions(completions) => Ok(Command::Completions(completions.shell)),
        Subcommands::Man(man) => Ok(Command::Man(Box::new(man.resolve()?))),
    }
}

/// Describes all that may be typed.
pub(crate) fn command() -> clap::Command {
    Cli::command()
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
    #[command(after_help = new::EXAMPLES)]
    New(New),
    #[command(after_help = shell::EXAMPLES)]
    Completions(shell::Completions),
    #[command(after_help = shell::PAGES)]
    Man(shell::Man),
}

#[cfg(test)]
mod tests;
