//! Options for the cache of compiled apps, shared by every command that compiles.

use std::path::PathBuf;

use clap::Args;

use host::Cache;

/// The environment variable with the cache directory, used without `--cache-dir`.
const CACHE_DIR_VAR: &str = "HOST_CACHE_DIR";

#[derive(Debug, Args)]
pub(crate) struct CacheArgs {
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
}

impl CacheArgs {
    pub(crate) fn resolve(&self) -> Cache {
        let from_env = || std::env::var_os(CACHE_DIR_VAR).filter(|dir| !dir.is_empty()).map(PathBuf::from);
        match self.cache_dir.clone().or_else(from_env) {
            _ if self.no_cache => Cache::Off,
            Some(dir) => Cache::Dir(dir),
            None => Cache::User,
        }
    }
}
