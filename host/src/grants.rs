//! stub
use crate::{Error, config::Config};
use wasmtime_wasi::WasiCtx;
pub(crate) struct Template {
    args: Vec<String>,
    dirs: Vec<(std::path::PathBuf, String)>,
}
impl Template {
    pub(crate) fn new(config: &Config) -> Result<Self, Error> {
        let mut args = vec![config.argv0.clone().unwrap_or_else(|| config.app.display().to_string())];
        args.extend(config.args.iter().cloned());
        Ok(Self {
            args,
            dirs: config.grants.dirs.iter().map(|d| (d.host.clone(), d.guest.clone())).collect(),
        })
    }
    pub(crate) fn ctx(&self) -> WasiCtx {
        let mut b = WasiCtx::builder();
        b.args(&self.args).inherit_stdio().allow_blocking_current_thread(true);
        for (h, g) in &self.dirs {
            b.preopened_dir(h, g, wasmtime_wasi::FsPerms::ReadWrite).unwrap();
        }
        b.build()
    }
}
