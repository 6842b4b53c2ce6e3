//! One run of an app, start to end.

use crate::Error;
use crate::app::App;
use crate::config::Config;
use crate::cores;
use crate::engine;
use crate::grants::Template;
use wasmtime_wasi::I32Exit;

/// tmp
pub fn run(config: &Config) -> Result<u8, Error> {
    let engine = engine::new(cores::max_instances(config.cores))?;
    let app = App::load(&engine, &config.app, &config.cache)?;
    let template = Template::new(config)?;
    let ended = cores::run(config.cores, app, template)?;
    match ended {
        Ok(true) => Ok(0),
        Ok(false) => Ok(1),
        Err(error) => match error.downcast_ref() {
            Some(I32Exit(code)) => Ok(*code as u8),
            None => Err(Error::trapped(&error)),
        },
    }
}
