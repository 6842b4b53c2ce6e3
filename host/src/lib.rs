//! tmp
mod bindings;
mod error;
pub mod config;
mod file;
mod cache;
mod grants;
mod job;
mod scheduler;
mod engine;
mod imports;
mod state;
mod failure;
mod app;
mod instance;
mod cores;
mod run;
pub use error::Error;
pub use run::run;
