//! The settings of one job, as the contract passes them.

use wasmtime::component::{ComponentType, Lift};

use crate::job::lift::texts::Text;
use crate::job::names::Names;

/// The options of `start`. See `wit/jobs.wit`.
#[derive(ComponentType, Lift)]
#[component(record)]
pub(super) struct Options {
    pub(super) timeout: Option<u64>,
    pub(super) memory: Option<u64>,
    pub(super) fresh: bool,
    pub(super) window: u32,
    pub(super) name: Option<Text<{ Names::LONGEST }>>,
}

/// The options of `run`. See `wit/wasi03/jobs.wit`.
#[derive(Clone, ComponentType, Lift)]
#[component(record)]
pub(super) struct RunOptions {
    timeout: Option<u64>,
    memory: Option<u64>,
    fresh: bool,
    name: Option<Text<{ Names::LONGEST }>>,
}

impl From<RunOptions> for Options {
    fn from(RunOptions { timeout, memory, fresh, name }: RunOptions) -> Self {
        Self { timeout, memory, fresh, window: 0, name }
    }
}
