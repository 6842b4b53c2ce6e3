//! The compiler: in the process of its host, or in a process of its own whose memory the kernel limits.
//!
//! A file of 2 MB can be made to take gigabytes to compile, and compiling is before any limit of a run. Neither
//! memory nor time of a compilation can be limited within a process. So a host may start a process for each, which
//! gets the component on stdin and returns the code on stdout.

use std::any::Any;
use std::env::ArgsOs;
use std::error::Error as _;
use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{self, Child, ChildStdout, Command, ExitStatus, Stdio};

use rustix::process::{Signal, set_parent_process_death_signal};
use wasmtime::Engine;
use wasmtime::component::Component;

use super::engine::{self, Demand, Parts};
use crate::config::{CompilerProcess, Config};
use crate::machine;
use crate::store::failure;

/// The name that a compiler's process was started with, instead of the path of its program.
const NAME: &str = "parallel-host: compiler";

impl CompilerProcess {
    /// Compiles a component for an engine with the settings of this task.
    pub(super) fn compile(&self, engine: &Engine, task: Task, bytes: &[u8]) -> wasmtime::Result<Component> {
        let code = match self.code(task, bytes) {
            Ok(code) => code,
            Err(NotCompiled::NoProcess(error)) => {
                tracing::debug!("compiling without a process of its own: {error}");
                return compile_here(engine, bytes);
            }
            Err(NotCompiled::Refused(why)) => return Err(wasmtime::Error::msg(why)),
            Err(why) => return Err(why.into()),
        };
        #[expect(unsafe_code, reason = "there is no other way to load compiled code")]
        // SAFETY: `code` must be the unchanged output of the engine's compiler, because it is run as it is. It came
        // through a pipe from the process that was started for it, so no other process can have written it; that
        // its program is trusted, and calls `compile_if_asked`, is said where it is configured. The answer is
        // complete: the process ended with success after it had written all. wasmtime checks its version and
        // settings.
        unsafe {
            Component::deserialize(engine, code)
        }
    }

    /// Returns the code of a component, or why there is none.
    fn code(&self, task: Task, bytes: &[u8]) -> Result<Vec<u8>, NotCompiled> {
        let mut child = self.start(task).map_err(NotCompiled::NoProcess)?;
        // A compiler that ends before it has read everything says why, by its answer or by its status.
        let sent = child.stdin.take().map(|mut stdin| stdin.write_all(bytes));
        let answer = child.stdout.take().map(Answer::read);
        let status = child.wait().map_err(NotCompiled::NoProcess)?;
        match (sent, answer) {
            (Some(Ok(())), Some(Ok(Answer::Code(code)))) if status.success() => Ok(code),
            (_, Some(Ok(Answer::Refused(why)))) if status.success() => Err(NotCompiled::Refused(why)),
            _ if is_for_want_of_memory(status) => Err(NotCompiled::OutOfMemory(self.memory)),
            _ => Err(NotCompiled::Died(status)),
        }
    }

    fn start(&self, task: Task) -> io::Result<Child> {
        let mut command = Command::new(&self.program);
        command.arg0(NAME).args(task.to_args().map(|n| n.to_string())).arg(self.memory.to_string());
        // A program with mimalloc would reserve a gigabyte first.
        command.env("MIMALLOC_ARENA_RESERVE", "0");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()
    }
}

/// Why a process returned no code.
#[derive(Debug)]
pub(crate) enum NotCompiled {
    /// It could not be started.
    NoProcess(io::Error),
    /// The engine refuses the component.
    Refused(String),
    /// It needed more than this many bytes.
    OutOfMemory(u64),
    /// It ended without an answer.
    Died(ExitStatus),
}

impl fmt::Display for NotCompiled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoProcess(error) => write!(f, "no process: {error}"),
            Self::Refused(why) => f.write_str(why),
            Self::OutOfMemory(limit) => write!(f, "compiling it takes more than {limit} bytes"),
            Self::Died(status) => write!(f, "the compiler ended with {status}"),
        }
    }
}

impl std::error::Error for NotCompiled {}

/// Returns whether a process was ended because it got no more memory: by itself, or by the kernel.
fn is_for_want_of_memory(status: ExitStatus) -> bool {
    [Signal::ABORT, Signal::KILL].iter().any(|signal| status.signal() == Some(signal.as_raw()))
}

/// The settings of an engine on which its code depends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Task {
    pub(super) demand: Demand,
    pub(super) preemption: bool,
    pub(super) stack: usize,
    /// Whether instances come from a pool.
    pub(super) is_pooled: bool,
}

impl Task {
    fn to_args(self) -> [u64; 9] {
        let Parts { memories, tables, memory, table } = self.demand.parts;
        [
            self.demand.concurrency.into(),
            memories.into(),
            tables.into(),
            memory,
            table,
            self.preemption.into(),
            self.stack as u64,
            self.is_pooled.into(),
            self.demand.places.into(),
        ]
    }

    fn from_args(args: [u64; 9]) -> Option<Self> {
        let [concurrency, memories, tables, memory, table, preemption, stack, is_pooled, places] = args;
        let (memories, tables) = (memories.try_into().ok()?, tables.try_into().ok()?);
        let parts = Parts { memories, tables, memory, table };
        let demand = Demand { concurrency: concurrency != 0, places: places != 0, parts };
        let stack = stack.try_into().ok()?;
        Some(Self { demand, preemption: preemption != 0, stack, is_pooled: is_pooled != 0 })
    }

    /// Creates an engine whose code runs on the engine of the host.
    fn engine(self) -> wasmtime::Result<Engine> {
        let config = Config::default().with_preemption(self.preemption).with_stack(self.stack);
        engine::to_compile(self.demand, self.is_pooled, &config)
    }
}

/// What a compiler writes: a byte that says what follows, then code or a text.
#[derive(Debug, PartialEq, Eq)]
enum Answer {
    Code(Vec<u8>),
    Refused(String),
}

impl Answer {
    const CODE: u8 = 0;
    const REFUSED: u8 = 1;

    fn read(mut stdout: ChildStdout) -> io::Result<Self> {
        let mut first = [0];
        stdout.read_exact(&mut first)?;
        let mut rest = Vec::new();
        stdout.read_to_end(&mut rest)?;
        match first {
            [Self::CODE] => Ok(Self::Code(rest)),
            _ => Ok(Self::Refused(String::from_utf8_lossy(&rest).into_owned())),
        }
    }

    fn write(&self) -> io::Result<()> {
        let (first, rest) = match self {
            Self::Code(code) => (Self::CODE, code.as_slice()),
            Self::Refused(why) => (Self::REFUSED, why.as_bytes()),
        };
        let mut stdout = io::stdout().lock();
        stdout.write_all(&[first])?;
        stdout.write_all(rest)?;
        stdout.flush()
    }
}

/// Compiles a component and ends the process, if a host started it for that; otherwise does nothing.
///
/// The program of a [`CompilerProcess`] calls this first in its main function, before it starts threads.
///
/// # Examples
///
/// ```
/// host::compile_if_asked();
/// println!("no host has started this program to compile");
/// ```
pub fn compile_if_asked() {
    let mut args = std::env::args_os();
    if args.next().is_some_and(|name| name == NAME) {
        let answered = answer(args);
        process::exit(i32::from(answered.is_err()));
    }
}

/// Reads a component, compiles it, and writes the answer.
fn answer(args: ArgsOs) -> io::Result<()> {
    let invalid = || io::Error::from(io::ErrorKind::InvalidInput);
    let number = |arg: OsString| arg.to_str()?.parse().ok();
    let numbers: Option<Vec<u64>> = args.map(number).collect();
    let numbers = numbers.ok_or_else(invalid)?;
    let (&memory, args) = numbers.split_last().ok_or_else(invalid)?;
    let task = args.try_into().ok().and_then(Task::from_args).ok_or_else(invalid)?;
    let compiled = catch_unwind(AssertUnwindSafe(|| {
        // What the engine reserves for instances is not for compiling.
        let engine = task.engine()?;
        limit(memory);
        let mut bytes = Vec::new();
        io::stdin().read_to_end(&mut bytes)?;
        start_threads()?;
        engine.precompile_component(&bytes)
    }));
    match compiled {
        Ok(Ok(code)) => Answer::Code(code),
        Ok(Err(cause)) if failure::is_for_want_of_room(&cause) => process::abort(),
        Ok(Err(cause)) => Answer::Refused(format!("{cause:#}")),
        Err(panic) => Answer::Refused(panicked(&*panic)),
    }
    .write()
}

fn panicked(panic: &(dyn Any + Send)) -> String {
    format!("the compiler panicked, please report it: {}", failure::text_of(panic))
}

/// Limits the memory that this process takes from now on, and lets the kernel end it before others, and with its
/// parent.
///
/// A failure leaves the process as it would be without its own.
fn limit(memory: u64) {
    let _ = machine::limit_writable(memory);
    let _ = set_parent_process_death_signal(Some(Signal::KILL));
    let _ = fs::write("/proc/self/oom_score_adj", "1000");
}

/// Compiles a component in this process.
pub(super) fn compile_here(engine: &Engine, bytes: &[u8]) -> wasmtime::Result<Component> {
    start_threads()?;
    Component::from_binary(engine, bytes)
}

/// Starts the threads that compile. The engine would start them with its first function, and panic if it could not.
fn start_threads() -> io::Result<()> {
    if let Err(error) = rayon::ThreadPoolBuilder::new().build_global()
        && let Some(refused) = error.source().and_then(|source| source.downcast_ref::<io::Error>())
    {
        return Err(io::Error::from_raw_os_error(refused.raw_os_error().unwrap_or_default()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::engine::Room;
    use super::*;

    const TASK: Task = Task {
        demand: Demand {
            concurrency: true,
            places: true,
            parts: Parts { memories: 1, tables: 2, memory: 3, table: 4 },
        },
        preemption: false,
        stack: 5,
        is_pooled: true,
    };

    #[test]
    fn a_task_crosses_as_numbers() {
        assert_eq!(Task::from_args(TASK.to_args()), Some(TASK));
        let mut wrong = TASK.to_args();
        wrong[1] = u64::MAX;
        assert_eq!(Task::from_args(wrong), None);
    }

    #[test]
    fn the_code_is_that_of_the_hosts_engine() {
        let component = b"\0asm\x0d\0\x01\0";
        let host = Config::default();
        for (stack, preemption) in [(1 << 20, true), (8 << 20, true), (1 << 20, false)] {
            let host = host.clone().with_preemption(preemption).with_stack(stack);
            let room = Room { instances: 150, parts_of: 150 };
            let pooled = engine::new(Demand::default(), room, &host).unwrap();
            let is_pooled = pooled.room.is_some();
            let task = Task { demand: Demand::default(), preemption, stack, is_pooled };
            let code = task.engine().unwrap().precompile_component(component).unwrap();
            #[expect(unsafe_code, reason = "loads compiled code")]
            // SAFETY: the engine's compiler has just made it.
            let loaded = unsafe { Component::deserialize(&pooled.engine, code) };
            assert!(loaded.is_ok(), "{task:?}");
        }
    }

    #[test]
    fn a_compiler_that_does_not_answer_is_told_apart() {
        let with = |program: &str| CompilerProcess::new(program).code(TASK, &[0; 1 << 20]).unwrap_err();
        assert!(matches!(with("no/such/program"), NotCompiled::NoProcess(_)));
        assert!(matches!(with("/bin/false"), NotCompiled::Died(status) if status.code() == Some(1)));
        assert!(matches!(with("/bin/true"), NotCompiled::Died(status) if status.success()));
    }
}
