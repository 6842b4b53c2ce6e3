//! A logger and a configuration in each instance.
use std::sync::OnceLock;

use guest_runtime::Error;
use guest_runtime::prelude::*;
use serde::{Deserialize, Serialize};
use tracing::Level;

#[derive(Debug, Serialize, Deserialize)]
struct Config {
    greeting: String,
    level: String,
}

static CONFIG: OnceLock<Config> = OnceLock::new();

async fn set_up(config: Config) -> Result<(), Error> {
    let level: Level = config.level.parse()?;
    tracing_subscriber::fmt()
        .with_max_level(level)
        .with_target(false)
        .without_time()
        .init();
    CONFIG.set(config).map_err(|_| Error::msg("the configuration was set before"))
}

#[guest_runtime::parallel]
async fn greet(name: String) -> String {
    tracing::debug!("greets {name}");
    let greeting = CONFIG.get().map_or("?", |config| &config.greeting);
    format!("{greeting}, {name}")
}

#[guest_runtime::main]
async fn main() -> Result<(), Error> {
    let config = Config { greeting: "hello".into(), level: "debug".into() };
    guest_runtime::init(set_up, config).await?;
    tracing::info!("main is set up");
    println!("{}", greet("world".into()).par().await);
    Ok(())
}
