//! The command line: parses it into a [`Command`].

use std::ffi::{OsStr, OsString};

use clap::{CommandFactory as _, Parser, Subcommand};

mod activation;
mod call;
#[cfg(feature = "cluster")]
mod cluster;
mod compile;
mod compose;
mod environment;
mod host_args;
mod inspect;
mod new;
mod run;
mod serve;
mod shell;
mod split;
mod values;
mod wasi;

pub(crate) use call::{CallFunction, Lines, MapFunction};
#[cfg(feature = "cluster")]
pub(crate) use cluster::{OfferCores, Sign};
pub(crate) use compose::ComposeApp;
pub(crate) use inspect::Inspect;
pub(crate) use new::New;
pub(crate) use run::{RunApp, Shown};
pub(crate) use serve::ServeApp;
pub(crate) use shell::Shell;

/// A parsed command line.
#[derive(Debug)]
#[non_exhaustive]
pub(crate) enum Command {
    /// Runs an app.
    Run(Box<RunApp>),
    /// Serves HTTP with an app.
    Serve(Box<ServeApp>),
    /// Calls a function.
    Call(Box<CallFunction>),
    /// Calls a function for each line of stdin.
    Map(Box<MapFunction>),
    /// Links an app and its plugs into one component.
    Compose(ComposeApp),
    /// Describes a file.
    Inspect(Inspect),
    /// Creates a project.
    New(New),
    /// Offers the cores of this machine to a cluster.
    #[cfg(feature = "cluster")]
    Node(Box<OfferCores>),
    /// Lists the nodes of a cluster.
    #[cfg(feature = "cluster")]
    Nodes(Box<host::NatsConfig>),
    /// Makes a key, whose secret half is written to this file.
    #[cfg(feature = "cluster")]
    NewKey(std::path::PathBuf),
    /// Signs a program.
    #[cfg(feature = "cluster")]
    Sign(Sign),
    /// Prints completions for a shell.
    Completions(Shell),
    /// Prints the manual page of this command.
    Man(Box<clap::Command>),
}

/// Parses a command line whose first argument is the name of the program, with the text of `HOST_ARGS`.
///
/// # Errors
///
/// Fails if the command line is invalid. A request for help or the version is an error too: its
/// [`exit`](clap::Error::exit) prints the text and exits with the right code.
pub(crate) fn parse(
    args: impl IntoIterator<Item = OsString>,
    host_args: Option<&OsStr>,
) -> Result<Command, clap::Error> {
    let args = split::split(Cli::command(), args.into_iter().collect(), host_args)?;
    match Cli::try_parse_from(args)?.command {
        Subcommands::Run(run) => Ok(Command::Run(Box::new(run.resolve()?))),
        Subcommands::Serve(serve) => Ok(Command::Serve(Box::new(serve.resolve()?))),
        Subcommands::Call(call) => Ok(Command::Call(Box::new(call.resolve()?))),
        Subcommands::Map(map) => Ok(Command::Map(Box::new(map.resolve()?))),
        Subcommands::Compose(compose) => Ok(Command::Compose(compose.resolve()?)),
        Subcommands::Inspect(inspect) => Ok(Command::Inspect(inspect)),
        Subcommands::New(new) => Ok(Command::New(new)),
        #[cfg(feature = "cluster")]
        Subcommands::Node(node) => Ok(Command::Node(Box::new(node.resolve()?))),
        #[cfg(feature = "cluster")]
        Subcommands::Nodes(nodes) => Ok(Command::Nodes(Box::new(nodes.resolve()?))),
        #[cfg(feature = "cluster")]
        Subcommands::Key(cluster::KeyArgs { command: cluster::KeyCommand::New { file } }) => {
            Ok(Command::NewKey(file))
        }
        #[cfg(feature = "cluster")]
        Subcommands::Sign(sign) => Ok(Command::Sign(sign)),
        Subcommands::Completions(completions) => Ok(Command::Completions(completions.shell)),
        Subcommands::Man(man) => Ok(Command::Man(Box::new(man.resolve(command())?))),
    }
}

/// Returns the definition of the command line.
pub(crate) fn command() -> clap::Command {
    Cli::command()
}

/// Returns the long options of `host run` as they are typed.
#[cfg(test)]
pub(crate) fn of_run() -> Vec<String> {
    let command = Cli::command();
    let run = command.find_subcommand("run").into_iter().flat_map(clap::Command::get_arguments);
    run.filter_map(clap::Arg::get_long).map(|long| format!("--{long}")).collect()
}

const EXAMPLES: &str = "\
Examples:
  host run app.wasm --cores 8     run an app on 8 cores
  host serve app.wasm             serve HTTP with a component that handles requests
  host call lib.wasm 'f(1, 2)'    call a function of a component
  host map lib.wasm f < in.jsonl  call it for each line, on all cores
  host inspect app.wasm           show what a file is and what it needs
  host new myapp                  write a project that builds, runs and tests

Run 'host COMMAND --help' for all options of a command.";

/// Run WebAssembly components in parallel on many cores
#[derive(Debug, Parser)]
#[command(name = "host", version, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Subcommands,
}

#[derive(Debug, Subcommand)]
enum Subcommands {
    #[command(after_long_help = run::EXAMPLES, args_override_self = true)]
    Run(Box<run::Run>),
    #[command(after_long_help = serve::EXAMPLES, args_override_self = true)]
    Serve(Box<serve::Serve>),
    #[command(after_long_help = call::EXAMPLES, args_override_self = true, mut_arg("args", call::of_call))]
    Call(Box<call::Call>),
    #[command(after_long_help = call::MAP_EXAMPLES, args_override_self = true, mut_arg("args", call::of_map))]
    Map(Box<call::Map>),
    #[command(after_help = compose::EXAMPLES)]
    Compose(compose::Compose),
    #[command(after_help = inspect::EXIT_CODES)]
    Inspect(Inspect),
    #[command(after_help = new::EXAMPLES)]
    New(New),
    #[cfg(feature = "cluster")]
    #[command(after_help = cluster::NODE_EXAMPLES)]
    Node(Box<cluster::Node>),
    #[cfg(feature = "cluster")]
    Nodes(cluster::Nodes),
    #[cfg(feature = "cluster")]
    #[command(after_help = cluster::KEY_EXAMPLES)]
    Key(cluster::KeyArgs),
    #[cfg(feature = "cluster")]
    #[command(after_help = cluster::SIGN_EXAMPLES)]
    Sign(Sign),
    #[command(after_help = shell::EXAMPLES)]
    Completions(shell::Completions),
    #[command(after_help = shell::PAGES)]
    Man(shell::Man),
}

#[cfg(test)]
mod tests;
