//! Separates the host's options from the app's arguments.
//!
//! The host's options may also follow the file, where clap cannot tell them from the app's. This module moves
//! them to the front: `app.wasm --cores 8 x` becomes `--cores=8 -- app.wasm x`, which clap can parse. It asks
//! clap which options there are, and which take a value.
//!
//! Options of `HOST_ARGS` follow those before the file, and precede those after it: the last one wins, so they
//! override those of the runner of cargo, and options after the file override both.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use clap::error::ErrorKind;
use clap::{Arg, Command};

use super::host_args;

/// The commands whose options may follow the file.
const COMMANDS: [&str; 4] = ["run", "serve", "call", "map"];

/// Puts the options of `run`, `serve`, `call` or `map` before the file, and `--` in between.
///
/// Leaves a command line that clap will refuse as it is, so that clap reports the error.
///
/// # Errors
///
/// Fails if the first argument after the file looks like a misspelt option of the host, if `run` is missing, or
/// if `HOST_ARGS` has anything but options.
pub(super) fn split(
    mut cli: Command,
    args: Vec<OsString>,
    host_args: Option<&OsStr>,
) -> Result<Vec<OsString>, clap::Error> {
    let named = args.get(1).and_then(|arg| COMMANDS.into_iter().find(|name| arg == *name));
    let name = match (named, args.get(1)) {
        (Some(name), _) => name,
        (None, Some(file)) if Path::new(file).extension().is_some_and(|extension| extension == "wasm") => {
            return Err(forgotten_run(&mut cli, file));
        }
        _ => return Ok(args),
    };
    // It is for what cargo runs.
    let host_args = host_args.filter(|_| name == "run");
    let Some(run) = cli.find_subcommand(name) else {
        return Ok(args);
    };
    let mut rest = args[2..].iter();
    let mut options = Vec::new();

    take_options(run, &mut rest, &mut options);
    // After this `--`, everything that follows the file belongs to the app.
    let is_separated = rest.as_slice().first().is_some_and(|arg| arg == "--");
    if let Err(what) = take_host_args(run, host_args, &mut options) {
        return Err(error_of(&mut cli, name, what));
    }
    if is_separated {
        rest.next();
    }
    let Some(app) = rest.next() else {
        return Ok(args);
    };
    if !is_separated {
        if is_option(app) {
            return Ok(args);
        }
        take_options(run, &mut rest, &mut options);
        if let Some(function) = take_function(name, run, &mut rest, &mut options) {
            let head = args[..2].iter().cloned().chain(options);
            let positional = ["--".into(), app.clone(), function];
            return Ok(head.chain(positional).chain(rest.cloned()).collect());
        }
        match rest.as_slice().first() {
            Some(arg) if arg == "--" => _ = rest.next(),
            Some(arg) => {
                if let Some(meant) = near_miss(run, arg) {
                    return Err(did_you_mean(&mut cli, name, arg, &meant));
                }
            }
            None => {}
        }
    }
    let head = args[..2].iter().cloned().chain(options);
    Ok(head.chain(["--".into(), app.clone()]).chain(rest.cloned()).collect())
}

/// Takes the function of `call` and `map`, which has no options of its own, so those of the host may follow it.
fn take_function(
    name: &str,
    command: &Command,
    rest: &mut std::slice::Iter<'_, OsString>,
    options: &mut Vec<OsString>,
) -> Option<OsString> {
    let function = if matches!(name, "call" | "map") { rest.next() } else { None }?;
    take_options(command, rest, options);
    Some(function.clone())
}

/// Moves the host's options and their values from the front of `rest` to `options`.
fn take_options<'a>(run: &Command, rest: &mut std::slice::Iter<'a, OsString>, options: &mut Vec<OsString>) {
    while let Some((option, value)) = rest.as_slice().first().and_then(|arg| find(run, arg)) {
        rest.next();
        let mut text = OsString::from("--");
        text.push(option.get_long().unwrap_or_default());
        let value = match value {
            Some(value) => Some(value),
            None if option.get_action().takes_values() => rest.next().map(OsString::as_os_str),
            None => None,
        };
        if let Some(value) = value {
            text.push("=");
            text.push(value);
        }
        options.push(text);
    }
}

/// Returns the host's option that this argument is, and the value that is part of the argument.
fn find<'r, 'a>(run: &'r Command, arg: &'a OsStr) -> Option<(&'r Arg, Option<&'a OsStr>)> {
    let bytes = arg.as_bytes();
    if let Some(text) = bytes.strip_prefix(b"--") {
        let (name, value) = split_value(text);
        let option = run
            .get_arguments()
            .find(|option| option.get_long().is_some_and(|long| long.as_bytes() == name))?;
        return Some((option, value));
    }
    let (&name, value) = bytes.strip_prefix(b"-")?.split_first()?;
    let option = run.get_arguments().find(|option| option.get_short() == Some(name.into()))?;
    let value = value.strip_prefix(b"=").unwrap_or(value);
    Some((option, Some(OsStr::from_bytes(value)).filter(|value| !value.is_empty())))
}

/// Splits `name=value` into both parts; the value is missing in `name`.
fn split_value(text: &[u8]) -> (&[u8], Option<&OsStr>) {
    match text.iter().position(|&byte| byte == b'=') {
        Some(at) => (&text[..at], Some(OsStr::from_bytes(&text[at + 1..]))),
        None => (text, None),
    }
}

/// Returns whether clap would parse this as an option; a lone `-` is an argument.
fn is_option(arg: &OsStr) -> bool {
    arg.as_bytes().starts_with(b"-") && arg != "-"
}

/// Returns the host's long option that this argument is probably a misspelling of.
fn near_miss(run: &Command, arg: &OsStr) -> Option<String> {
    let (name, _) = split_value(arg.as_bytes().strip_prefix(b"--")?);
    let name = str::from_utf8(name).ok()?.to_lowercase().replace('_', "-");
    let mut longs = run.get_arguments().filter_map(Arg::get_long);
    longs.find(|long| is_near(&name, long)).map(|long| format!("--{long}"))
}

/// Returns whether there is at most one typing error: a letter added, missing, wrong, or swapped with the
/// next.
///
/// Words of three or four letters are too similar to each other (`--end` is not a misspelt `--env`), so they
/// must have the right letters, in any order, or an `s` added.
fn is_near(typed: &str, meant: &str) -> bool {
    if meant.len() > 4 {
        return strsim::osa_distance(typed, meant) <= 1;
    }
    let sorted = |word: &str| {
        let mut letters = word.bytes().collect::<Vec<_>>();
        letters.sort_unstable();
        letters
    };
    sorted(typed) == sorted(meant) || typed.strip_suffix('s') == Some(meant)
}

/// Adds the options of `HOST_ARGS`.
fn take_host_args(run: &Command, text: Option<&OsStr>, options: &mut Vec<OsString>) -> Result<(), String> {
    let words = text.map_or_else(|| Ok(Vec::new()), host_args::words)?;
    let mut words = words.iter();
    take_options(run, &mut words, options);
    match words.next() {
        Some(word) => Err(format!("HOST_ARGS: {} is not an option of host run", word.display())),
        None => Ok(()),
    }
}

fn forgotten_run(cli: &mut Command, file: &OsStr) -> clap::Error {
    let file = file.display();
    cli.error(
        ErrorKind::InvalidSubcommand,
        format!("no command before {file}: did you mean host run {file}?"),
    )
}

fn did_you_mean(cli: &mut Command, name: &str, typed: &OsStr, meant: &str) -> clap::Error {
    let typed = typed.display();
    let text = format!(
        "unknown option {typed} after the file: did you mean {meant}? (to pass it to the app, put it \
         after --)"
    );
    error_of(cli, name, text)
}

fn error_of(cli: &mut Command, name: &str, text: String) -> clap::Error {
    // Only a built command has the full name `host run` in its usage.
    cli.build();
    match cli.find_subcommand_mut(name) {
        Some(run) => run.error(ErrorKind::UnknownArgument, text),
        None => cli.error(ErrorKind::UnknownArgument, text),
    }
}
