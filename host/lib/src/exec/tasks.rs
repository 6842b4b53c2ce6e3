//! Tasks of the host on a core, such as connections of clients: they run between its guests.

use std::future::Future;
use std::sync::Arc;

use tokio::runtime::Handle;

use crate::store::core_state::CoreState;

/// The tasks of one core. They end when the core ends.
#[derive(Clone)]
pub(crate) struct Tasks {
    runtime: Handle,
    core: Arc<CoreState>,
}

impl Tasks {
    pub(super) fn new(runtime: Handle, core: Arc<CoreState>) -> Self {
        Self { runtime, core }
    }

    /// Returns how many tasks there are.
    pub(crate) fn len(&self) -> usize {
        self.core.tasks()
    }

    /// Starts a task.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.core.begin_task();
        let counted = Counted(Arc::clone(&self.core));
        self.runtime.spawn(async move {
            let _counted = counted;
            task.await;
        });
    }
}

/// Counts a task until it is dropped.
struct Counted(Arc<CoreState>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.end_task();
    }
}
