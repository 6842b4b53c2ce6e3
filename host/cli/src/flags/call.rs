//! `host call` and `host map`: flags for calls of exported functions, beside those of `host run`.
//!
//! The doc comments of [`Call`] and [`Map`] are the texts of their `--help`.

use std::num::NonZeroUsize;
use std::path::Path;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Arg, Args};

use host::{Format, Stdio};

use super::run::{Run, RunApp};

/// The parsed command line of `host call`.
#[derive(Debug)]
pub(crate) struct CallFunction {
    pub(crate) app: RunApp,
    pub(crate) function: String,
    /// The arguments, in WAVE.
    pub(crate) arguments: String,
    pub(crate) output: Format,
}

/// The parsed command line of `host map`.
#[derive(Debug)]
pub(crate) struct MapFunction {
    pub(crate) app: RunApp,
    pub(crate) function: String,
    pub(crate) lines: Lines,
}

/// How lines are read, and how their results are written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lines {
    pub(crate) input: Format,
    pub(crate) output: Format,
    pub(crate) is_ordered: bool,
    pub(crate) keeps_going: bool,
    /// The most lines that are read and not written.
    pub(crate) window: usize,
    /// The most bytes of such lines together, and of one line.
    pub(crate) bytes: usize,
    pub(crate) longest: usize,
}

/// Lines that are in flight may use the memory of the run divided by this.
const PART: u64 = 8;

/// How many lines are in flight for each core by default.
const LINES_EACH: usize = 64;

pub(super) const EXAMPLES: &str = r#"Examples:
  host call text.wasm 'demo:text/stats.analyse("to be or not")'
  host call text.wasm 'analyse("to be or not")'       the only function of this name
  host call app.wasm 'resize({width: 80, height: 60})' --output json

Exit codes: 0, or
    1  the function returned the err case of a result, or called the host too often
    2  invalid command line, no such function, or arguments that it does not take
  134  the function trapped, panicked or ran out of memory
and those of host run. A function that exits ends the command with its code."#;

pub(super) const MAP_EXAMPLES: &str = r#"Examples:
  host map text.wasm demo:text/stats.analyse < texts.jsonl > stats.jsonl
  host map text.wasm analyse --input text < texts.txt      each line is the argument
  seq 1000000 | host map maths.wasm is-prime --cores 8 --unordered

Failures: the first line that fails ends the command, after all lines before it were written. With
--keep-going a line that fails is written, too: each line is then a result, {"ok": value} or {"err": "why"},
in WAVE ok(value) or err("why"). In text such a line is empty, and stderr says why.

Exit codes: 0, or
    1  lines failed, with --keep-going; or the function called the host too often
    2  invalid command line, no such function, or a line that is not its arguments
  134  the function trapped, panicked or ran out of memory
and those of host run. A closed output ends the command with 141, without a message."#;

/// Call a function of a component
///
/// The component need not be an app: any exported function will do, of a component in any language. The function
/// is named as in WIT, and its arguments are in parentheses, in WAVE, as for wasmtime run --invoke. The result is
/// printed on stdout, after what the function prints.
#[derive(Args, Debug)]
pub(super) struct Call {
    /// Format of the result: wave, json or text [default: wave]
    #[arg(long, value_name = "FORMAT", value_parser = format(), hide_possible_values = true, help_heading = "Calls")]
    output: Option<Format>,

    #[command(flatten)]
    run: Run,
}

/// Call a function of a component for each line of stdin, on many cores
///
/// The component need not be an app: any exported function will do, of a component in any language. Each line is
/// the arguments of one call, and each result is one line on stdout, in the order of the input. What the function
/// prints goes to stderr. An instance runs one call after another, unless --fresh is given.
#[derive(Args, Debug)]
pub(super) struct Map {
    /// Format of the input [default: json]
    ///
    /// json: an array of arguments, or the argument itself if there is one parameter
    /// wave: arguments separated by commas, as in host call
    /// text: the line is the one argument
    #[arg(long, value_name = "FORMAT", value_parser = format(), hide_possible_values = true, verbatim_doc_comment, help_heading = "Calls")]
    input: Option<Format>,

    /// Format of the output: json, wave, or text, which is a string as it is [default: as --input]
    #[arg(long, value_name = "FORMAT", value_parser = format(), hide_possible_values = true, help_heading = "Calls")]
    output: Option<Format>,

    /// Write each result when it is there
    ///
    /// Otherwise results are in the order of the lines.
    #[arg(long, help_heading = "Calls")]
    unordered: bool,

    /// Go on after lines that fail
    #[arg(long, help_heading = "Calls")]
    keep_going: bool,

    /// Maximum number of lines that are read ahead of the output [default: 64 for each core]
    ///
    /// Their text, and that of their results, counts towards --memory.
    #[arg(long, value_name = "N", help_heading = "Calls")]
    window: Option<NonZeroUsize>,

    #[command(flatten)]
    run: Run,
}

/// Describes the arguments after the component, which those of `host run` stand for.
pub(super) fn of_call(arg: Arg) -> Arg {
    arg.value_name("FUNCTION(ARGUMENTS)").help("Function to call, and its arguments in WAVE").required(true)
}

/// As [`of_call`], for `host map`.
pub(super) fn of_map(arg: Arg) -> Arg {
    arg.value_name("FUNCTION").help("Function to call").required(true)
}

impl Call {
    pub(super) fn resolve(self) -> Result<CallFunction, clap::Error> {
        let mut app = self.run.resolve()?;
        let call = only(&mut app)?;
        let (function, arguments) = match call.split_once('(') {
            None => (call.as_str(), ""),
            Some((function, rest)) => match rest.trim_end().strip_suffix(')') {
                Some(arguments) => (function.trim_end(), arguments),
                None => {
                    let text = format!("the arguments of {function} have no closing parenthesis\n");
                    return Err(clap::Error::raw(ErrorKind::ValueValidation, text));
                }
            },
        };
        let (function, arguments) = (function.to_owned(), arguments.to_owned());
        Ok(CallFunction { app, function, arguments, output: self.output.unwrap_or(Format::Wave) })
    }
}

impl Map {
    pub(super) fn resolve(self) -> Result<MapFunction, clap::Error> {
        let mut app = self.run.resolve()?;
        let function = only(&mut app)?;
        if app.app == Path::new("-") {
            let text = "stdin has the lines, so the component has to be a file\n";
            return Err(clap::Error::raw(ErrorKind::ValueValidation, text));
        }
        // The lines are not for the function to read.
        app.run.stdin = false;
        let input = self.input.unwrap_or(Format::Json);
        let output = self.output.unwrap_or(input);
        let window = self.window.map_or(LINES_EACH * app.host.cores.get(), NonZeroUsize::get);
        let (is_ordered, keeps_going) = (!self.unordered, self.keep_going);
        let limits = &app.run.limits;
        let part = usize::try_from(limits.memory / PART).unwrap_or(usize::MAX);
        let (bytes, longest) = (part.min(limits.queued), limits.message);
        if app.run.stdout.is_inherited() {
            app.run.stdout = Stdio::stderr();
        }
        let lines = Lines { input, output, is_ordered, keeps_going, window, bytes, longest };
        Ok(MapFunction { app, function, lines })
    }
}

/// Takes the only argument after the component.
fn only(app: &mut RunApp) -> Result<String, clap::Error> {
    let mut args = std::mem::take(&mut app.run.args).into_iter();
    match (args.next(), args.next()) {
        (Some(function), None) => Ok(function),
        (_, Some(more)) => {
            let text = format!("there is one function, so {more:?} is too much; quote its arguments\n");
            Err(clap::Error::raw(ErrorKind::UnknownArgument, text))
        }
        (None, _) => Err(clap::Error::raw(ErrorKind::MissingRequiredArgument, "name a function\n")),
    }
}

fn format() -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(["json", "wave", "text"]).map(|name| match name.as_str() {
        "json" => Format::Json,
        "wave" => Format::Wave,
        _ => Format::Text,
    })
}
