//! A process of its own for each compilation.

use std::path::PathBuf;

use crate::machine;

/// The program that compiles components in processes of their own, and the memory that one may have.
///
/// The program calls [`compile_if_asked`](crate::compile_if_asked), and is usually that of the host. The host
/// runs the code that it returns, so it has to be as trusted as the host. If no process can be started, the host
/// compiles by itself.
///
/// # Examples
///
/// ```
/// let mut compiler = host::CompilerProcess::new(std::env::current_exe()?);
/// compiler.memory = 2 << 30;
/// let config = host::Config::default().with_compiler(compiler);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CompilerProcess {
    /// The path of the program.
    pub program: PathBuf,
    /// The most memory that a compilation may take, in bytes.
    pub memory: u64,
}

impl CompilerProcess {
    /// Returns a compiler that may take half of the memory of this machine, or of the control groups or the
    /// `ulimit -v` of this process.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(host::CompilerProcess::new("/proc/self/exe").memory > 0);
    /// ```
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self { program: program.into(), memory: machine::memory() / 2 }
    }
}
