//! Options for compiling and for the cache of compiled apps, shared by every command that compiles.

use std::path::PathBuf;

use clap::Args;

use host::{Cache, CompilerProcess, Config};

use super::values::size;

/// The environment variable with the cache directory, used without `--cache-dir`.
const CACHE_DIR_VAR: &str = "HOST_CACHE_DIR";

#[derive(Debug, Args)]
pub(crate) struct CompileArgs {
    /// Compile the app anew, and do not cache the result
    #[arg(long)]
    no_cache: bool,

    /// Directory of the compilation cache [default: $XDG_CACHE_HOME/parallel-host]
    ///
    /// Without XDG_CACHE_HOME the default is ~/.cache/parallel-host. HOST_CACHE_DIR overrides the default.
    /// The cache is used only if no other user can write to the directory, and no app of this run: it must
    /// not lie in a directory granted with --dir, unless that is read-only.
    #[arg(long, value_name = "DIR")]
    cache_dir: Option<PathBuf>,

    /// Maximum memory for compiling the app [default: half of the machine or container]
    ///
    /// The app is compiled in a process of its own, which the kernel ends if it takes more.
    #[arg(long, value_name = "SIZE", value_parser = size)]
    compile_memory: Option<u64>,
}

impl CompileArgs {
    /// Sets how a host compiles.
    pub(crate) fn apply(&self, host: &mut Config) {
        host.cache = self.cache();
        // Without /proc the host compiles by itself.
        host.compiler = std::env::current_exe().ok().map(|_| {
            // This names the program that runs, even if another version has replaced its file.
            let mut compiler = CompilerProcess::new("/proc/self/exe");
            compiler.memory = self.compile_memory.unwrap_or(compiler.memory);
            compiler
        });
    }

    fn cache(&self) -> Cache {
        let from_env = || std::env::var_os(CACHE_DIR_VAR).filter(|dir| !dir.is_empty()).map(PathBuf::from);
        match self.cache_dir.clone().or_else(from_env) {
            _ if self.no_cache => Cache::Off,
            Some(dir) => Cache::Dir(dir),
            None => Cache::User,
        }
    }
}
