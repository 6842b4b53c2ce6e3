//! Where compiled apps are kept: options of every command that compiles.

use std::path::PathBuf;

use clap::Args;

use host::Cache;

/// Names the directory of the cache, where `--cache-dir` does not.
const CACHE_DIR_VAR: &str = "HOST_CACHE_DIR";

#[derive(Debug, Args)]
pub(crate) struct CacheArgs {
    /// Compile the app anew, and do not keep the result
    #[arg(long)]
    no_cache: bool,

    /// Where compiled apps are kept [default: $XDG_CACHE_HOME/parallel-host]
    ///
    /// Without XDG_CACHE_HOME it is ~/.cache/parallel-host. HOST_CACHE_DIR sets another default.
    /// It is used only if no other user can write to it, and no app of this run: it must not lie in
    /// a directory of --dir, unless that is read-only.
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
